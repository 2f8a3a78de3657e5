"""The query language: a text becomes a `Query` or a `QueryError`. No I/O.

Read `keys` first (what can be asked for), then `language` (text to terms), `query` (terms to a checked
query), `index` (what the catalogue answers) and `suggest` (how a text could go on).
"""

from services.collection.search.rules.index import Index
from services.collection.search.rules.keys import NEW_DAYS
from services.collection.search.rules.language import QueryError
from services.collection.search.rules.query import Query, Sort, read
from services.collection.search.rules.spans import Spans
from services.collection.search.rules.suggest import Suggestion, suggest

__all__ = [
    "NEW_DAYS",
    "Index",
    "Query",
    "QueryError",
    "Sort",
    "Spans",
    "Suggestion",
    "read",
    "suggest",
]
