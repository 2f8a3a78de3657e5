"""What stands in the catalogue, how a file of it is read, and how it is searched. No I/O.

Read `catalog` first, then `cells` (one cell), `rows` (one row) and `source` (the whole file).
"""

from services.collection.catalog.rules.catalog import Catalog, Series, Stats, Waifu, by_name
from services.collection.catalog.rules.rows import Problem, SourceRow
from services.collection.catalog.rules.source import Draft, Plan, read, settle

__all__ = [
    "Catalog",
    "Draft",
    "Plan",
    "Problem",
    "Series",
    "SourceRow",
    "Stats",
    "Waifu",
    "by_name",
    "read",
    "settle",
]
