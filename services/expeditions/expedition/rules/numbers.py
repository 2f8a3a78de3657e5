"""Every number of an expedition, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.expeditions.atlas.rules.types import STATS, EncounterType

VERSION = 1
"""Goes up with every change that lets an old seed come out otherwise; a report carries it."""
WHOLE = 10_000
"""Chances are whole parts of this: hundredths of a percent."""

# The party.

PARTY = range(1, 4)
STAT_PERCENT = 95
FREE_STARS = 9
"""A stat counts for 95 % of (9 + stars) tenths."""
CONSTELLATION_PERCENT = 2
BOND_PERCENTS: Mapping[int, int] = {5: 1, 10: 1}
"""Bond level to what it gives from there on, beside what lower levels gave."""
CHECKED_STATS = tuple(stat for stat in STATS if stat != "hp")
SERIES_PARTY = 3
SERIES_FACTOR = Fraction(6, 5)

# How tired it comes home, in percent of its stats.

HP_STAT, MP_STAT = "hp", "mag"
HP_PER_FAILURE = 5
HP_PER_MISHAP = 15
MP_PER_CHECK = 5

# What a place likes and dislikes.

MOST_PER_MEMBER = 3
FAVORED_FACTOR = Fraction(6, 5)
DISFAVORED_FACTOR = Fraction(3, 5)
LEAST_AFFINITY = Fraction(1, 10)
MOST_AFFINITY = Fraction(18, 5)

# The way.

ENCOUNTERS_PER_HOUR = Fraction(3, 4)
LENGTH_STEPS = 1_000_000
"""The length is half to one and a half of the usual one, in so many steps."""
TYPE_WEIGHTS: Mapping[EncounterType, int] = {
    EncounterType.STANDARD: 15,
    EncounterType.GATED: 1,
    EncounterType.BOON: 1,
    EncounterType.HAZARD: 1,
}
SPREAD_OF_DIFFICULTY = 100
"""Encounters come by a bell curve around the difficulty of the place; this is its deviation."""

# A check, by how often the score goes into the difficulty.

BANDS_PER_ONE = 4
BANDS: tuple[tuple[int, int, int, int], ...] = (
    (0, 5, 65, 30),
    (0, 15, 70, 15),
    (0, 25, 65, 10),
    (3, 37, 50, 10),
    (5, 60, 30, 5),
    (10, 67, 19, 4),
    (15, 72, 11, 2),
    (25, 72, 3, 0),
    (35, 65, 0, 0),
)
"""Great success, success, failure and mishap in percent; the last band has no upper end."""

# What an encounter is worth.

KNEE = Fraction(3, 2)
"""Up to so many times the difficulty the score counts in full, beyond it for less."""
BEYOND_THE_KNEE = Fraction(35, 100)
GATE_FACTOR = 4
LEAST_VALUE, MOST_VALUE = 1, 2_000
"""Within these a value decides what kind of loot it is; how much of it has no upper end."""
SECOND_VALUE = Fraction(13, 10)
SECOND_AMOUNT = 4
"""The second find of a great success is of better kind, and a quarter of the amount."""
ITEM_CHANCE = Fraction(1, 100)
ITEM_CHANCE_MORE = Fraction(4, 100)
ITEM_FROM = 500
QUARTZ_CHANCE = Fraction(2, 100)
QUARTZ_CHANCE_MORE = Fraction(13, 100)


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of a currency is found: (from this value, base there, value for one more)."""

    steps: tuple[tuple[int, int, int], ...]
    spread_tenths: int
    """Deviation of the amount, in tenths of the base."""
    least_spread_tenths: int
    """The same in tenths of one, where the base is small."""


CRYSTAL_AMOUNTS = Amounts(((0, 0, 25), (500, 20, 20), (1500, 70, 15)), 2, 10)
QUARTZ_AMOUNTS = Amounts(((0, 0, 100), (500, 5, 75), (1500, 17, 50)), 3, 5)
ITEMS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "one-star-selector": (
        (1, 200), (2, 350), (3, 500), (4, 800), (5, 1100), (6, 1300), (20, 2400), (100, 3500),
    ),
    "two-star-series": ((1, 500), (2, 800), (3, 1200), (4, 1500), (5, 1700)),
    "two-star-selector": (
        (1, 800), (2, 1200), (3, 1500), (4, 1800), (5, 2100), (27, 3500),
    ),
    "three-star-random": ((1, 1200), (2, 1700), (3, 2300)),
    "three-star-series": ((1, 1500), (2, 2000), (3, 2600)),
    "three-star-selector": ((1, 1700), (2, 2500), (7, 3500)),
    "ten-three-star": ((1, 2600),),
}  # fmt: skip
"""Item to (how many, the value they belong to)."""
ITEM_FADES_ABOVE = Fraction(50_673, 10_000_000)
ITEM_FADES_BELOW = Fraction(30_701, 10_000_000)
"""How fast items become rare whose value lies above, or not above, the value found."""
LEAST_ITEM_WEIGHT = Fraction(1, 1_000_000)

# The end.

LUCK = 150
LUCK_PER_GREAT = 20
LUCK_PER_MISHAP = -40
DIFFICULTY_PER_LUCK = 40
LUCK_BANDS: tuple[tuple[int, tuple[int, int, int, int]], ...] = (
    (0, (10, 40, 50, 0)),
    (100, (5, 20, 65, 10)),
    (300, (1, 10, 64, 25)),
    (500, (0, 5, 50, 45)),
)
"""From this luck on: catastrophe, setback, ordinary and jackpot in percent."""
FORTUNE_FACTORS = (Fraction(3, 4), Fraction(9, 10), Fraction(1), Fraction(11, 10))
AWAKENED_FACTOR = Fraction(6, 5)
ONE_STAT_FACTOR = Fraction(1, 2)
MORE_STATS_FACTOR = Fraction(6, 5)
"""A place that checks one stat pays half; each stat beyond the second pays so much more."""
DAPHINE_SIDES = 100
"""One expedition in a hundred brings a daphine."""
