"""What an atlas is made of."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

STATS = ("hp", "atk", "mag", "vit", "spr", "int", "spd", "lck")


@dataclass(frozen=True, slots=True)
class Affinity:
    """One thing that a waifu can have and a place can like or dislike."""

    category: str
    """elemental, archetype, series_id or genre."""
    value: str
    """Ids of series as decimal text."""


@dataclass(frozen=True, slots=True)
class Template:
    """A place to go to, and how hard it is."""

    template_id: str
    name: str
    duration_hours: int
    difficulty: int
    favored_count: int
    """How many of `favored` are drawn for one expedition."""
    disfavored_count: int
    favored: tuple[Affinity, ...]
    disfavored: tuple[Affinity, ...]
    dominant_stats: tuple[str, ...]
    """The only stats that are checked there."""
    tags: tuple[str, ...]


class EncounterType(StrEnum):
    """How an encounter is resolved."""

    STANDARD = "STANDARD"
    GATED = "GATED"
    BOON = "BOON"
    HAZARD = "HAZARD"


@dataclass(frozen=True, slots=True)
class Condition:
    """What somebody of the party must have; `team_size` asks the party as a whole."""

    type: str
    """series_id, archetype, elemental, genre or team_size."""
    values: tuple[str, ...]
    """Any of them is enough."""


@dataclass(frozen=True, slots=True)
class Modifier:
    """What changes for the rest of an expedition, or for its next encounter."""

    type: str
    stats: tuple[str, ...] = ()
    value: Fraction | None = None
    """As it stands in the file: a penalty may be negative."""
    affinity: str = ""
    """favored or disfavored."""
    category: str = ""
    name: str = ""
    """The value of the affinity; empty where the file has none, and then the modifier does nothing."""
    tags: tuple[str, ...] = ()
    kind: str = ""
    """Its `bonus_type` or `penalty_type`."""
    swap_from: str = ""
    swap_to: str = ""


@dataclass(frozen=True, slots=True)
class Encounter:
    """Something that happens on the way."""

    encounter_id: str
    name: str
    type: EncounterType
    tags: tuple[str, ...]
    text_success: str
    text_failure: str
    check_stat: str = ""
    difficulty: int = 0
    common: int = 0
    great: int = 0
    condition: Condition | None = None
    success_loot_value: int = 0
    modifier: Modifier | None = None
