"""What is told of an expedition. Only whole numbers and words, so it is the same wherever it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.expeditions.atlas.rules.types import EncounterType
from services.expeditions.expedition.rules.chances import Shares
from services.expeditions.expedition.rules.party import Tired


class Outcome(StrEnum):
    """How an encounter ended."""

    GREAT = "great_success"
    SUCCESS = "success"
    FAILURE = "failure"
    MISHAP = "mishap"
    SKIPPED = "skipped"


class Label(StrEnum):
    """How the whole expedition went. Only a word: rewards do not depend on it."""

    PERFECT = "perfect"
    GREAT = "great_success"
    SUCCESS = "success"
    FAILURE = "failure"


class Fortune(StrEnum):
    """What luck makes of the money at the end, from the worst to the best."""

    CATASTROPHE = "catastrophe"
    SETBACK = "setback"
    STANDARD = "standard"
    JACKPOT = "jackpot"


@dataclass(frozen=True, slots=True)
class Loot:
    """One find."""

    thing: str
    """`sakura_crystals`, `quartzs`, or the code of an item."""
    amount: int
    value: int
    """Of the encounter it comes from."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a stat and what it came to."""

    stat: str
    total: int
    """The stat of all members with everything that raises or lowers it."""
    favored: int
    disfavored: int
    score: int
    """Floored; the shares follow from the exact one."""
    difficulty: int
    shares: Shares
    roll: int
    """1 to 10 000; low is good."""


@dataclass(frozen=True, slots=True)
class Event:
    """One encounter as it happened."""

    number: int
    encounter_id: str
    type: EncounterType
    outcome: Outcome
    check: Check | None = None
    """Of standard encounters that were not skipped."""
    loot: tuple[Loot, ...] = ()
    lost: tuple[Loot, ...] = ()
    modifier: str = ""
    """The type of what changed with it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many encounters ended how."""

    greats: int
    successes: int
    failures: int
    mishaps: int
    skips: int
    checks: int


@dataclass(frozen=True, slots=True)
class Rewards:
    """What is paid and handed over; a piece of equipment is given beside it."""

    crystals: int
    quartzs: int
    daphine: int
    items: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Luck:
    """The roll at the end."""

    score: int
    shares: tuple[int, int, int, int]
    """From catastrophe to jackpot."""
    roll: int
    """1 to 10 000; high is good."""
    fortune: Fortune


@dataclass(frozen=True, slots=True)
class Report:
    """All that happened on an expedition and all it brings."""

    version: int
    """Of the rules."""
    events: tuple[Event, ...]
    tally: Tally
    label: Label
    luck: Luck
    found: Mapping[str, int]
    """What was kept to the end, before anything multiplied it."""
    rewards: Rewards
    members: tuple[Tired, ...]
