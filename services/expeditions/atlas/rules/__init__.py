"""What stands in the atlas, how files of it are read, and what a week opens. No I/O.

Read `types` first, then `atlas` (what is asked of it) and `rotation`. Files are read by `values` (one
value), `fields` (one object), `entries` and `modifiers` (one entry) and `source` (whole files); `warning`
looks at the outcome.
"""

from services.expeditions.atlas.rules.atlas import Atlas, expected_encounters, tier_of
from services.expeditions.atlas.rules.fields import Finding, SourceEntry
from services.expeditions.atlas.rules.rotation import REST, WEEK, draw, week_of
from services.expeditions.atlas.rules.source import Draft, Source, read
from services.expeditions.atlas.rules.types import (
    STATS,
    Affinity,
    Condition,
    Encounter,
    EncounterType,
    Modifier,
    Template,
)
from services.expeditions.atlas.rules.warning import Catalogue, warnings

__all__ = [
    "REST",
    "STATS",
    "WEEK",
    "Affinity",
    "Atlas",
    "Catalogue",
    "Condition",
    "Draft",
    "Encounter",
    "EncounterType",
    "Finding",
    "Modifier",
    "Source",
    "SourceEntry",
    "Template",
    "draw",
    "expected_encounters",
    "read",
    "tier_of",
    "warnings",
    "week_of",
]
