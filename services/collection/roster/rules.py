"""What copies of a waifu are worth: shards, stars, constellation, power and rank."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from chassis.money import Currency, Money

STAR_COSTS = (50, 100, 150, 250, 350)
"""Shards from each star to the next one."""
STAR_TOTALS = (0, *accumulate(STAR_COSTS))
"""Shards from the first star to each one: the path that every waifu walks."""
MAX_STARS = len(STAR_TOTALS)
SHARDS = (5, 20, 50)
"""What a duplicate is worth, by the rarity that was pulled."""
POWERS = (100, 250, 500, 1000, 2000, 4000)
"""What an owned waifu is worth, by her stars."""
MAX_CONSTELLATION = 6
AWAKENING = Money(Currency.DAPHINE, 1)
"""What it costs to awaken a waifu, once and for ever."""
RANK_POWER = 1000
"""Twice this for the second rank, and twice as much for each one after it."""
RANK_OWNED = 5
"""Different waifus for each rank after the first."""


@dataclass(frozen=True, slots=True)
class Owned:
    """How far a player has come with a waifu."""

    stars: int
    character_shards: int = 0
    """The balance that waits for the next star."""
    star_shards: int = 0
    """All that went into stars so far."""
    constellation: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of some copies."""

    after: Owned
    is_new: bool
    shards_gained: int
    """What the duplicates are worth, the surplus included."""
    surplus_quartzs: int
    """Shards that no star was left for."""


def fold(waifu_ids: Sequence[int]) -> dict[int, int]:
    """Waifu to how many copies of her there are, by id."""
    return dict(sorted(Counter(waifu_ids).items()))


def merge(before: Owned | None, rarity: int, copies: int) -> Merged:
    """Puts copies of a waifu into what the player has of her.

    The first one of a new waifu comes with as many stars as her rarity, every other one is worth
    shards. Her place on the path to the last star moves on by them; what goes beyond is quartz.
    """
    start = before or Owned(stars=rarity)
    duplicates = copies if before else copies - 1
    gained = duplicates * SHARDS[rarity - 1]
    place = STAR_TOTALS[start.stars - 1] + start.character_shards + gained
    stars = sum(total <= place for total in STAR_TOTALS)
    rest = place - STAR_TOTALS[stars - 1]
    is_full = stars == MAX_STARS
    after = Owned(
        stars=stars,
        character_shards=0 if is_full else rest,
        star_shards=start.star_shards + STAR_TOTALS[stars - 1] - STAR_TOTALS[start.stars - 1],
        constellation=min(MAX_CONSTELLATION, start.constellation + duplicates),
    )
    return Merged(after, before is None, gained, rest if is_full else 0)


def power(stars: int) -> int:
    """What an owned waifu adds to the power of a collection."""
    return POWERS[stars - 1]


def next_star_cost(stars: int) -> int:
    """Shards the next star costs; nothing where there is none."""
    return STAR_COSTS[stars - 1] if stars < MAX_STARS else 0


def rank(power: int, owned_count: int) -> int:
    """The rank that a collection's power and size are worth: both have to be enough."""
    by_power = max(1, (power // RANK_POWER).bit_length())
    return min(by_power, owned_count // RANK_OWNED + 1)


@dataclass(frozen=True, slots=True)
class RankTarget:
    """A rank and what it asks for; both have to be reached."""

    rank: int
    power: int
    owned_count: int


def next_rank(power: int, owned_count: int) -> RankTarget:
    """The rank after the one that a collection is worth."""
    reached = rank(power, owned_count)
    return RankTarget(reached + 1, RANK_POWER * 2**reached, RANK_OWNED * reached)


def risen_rank(before: tuple[int, int], after: tuple[int, int]) -> int:
    """The rank of (power, owned) after, when it is more than before; else 0."""
    reached = rank(*after)
    return reached if reached > rank(*before) else 0


BOND_STEPS = (5, 10)
"""Bond levels that each add one percent to every stat."""


def expedition_stat(base: int, stars: int, constellation: int, bond_level: int) -> int:
    """One of the eight stats as it counts on an expedition (docs/game.md).

    A star adds a tenth, a level of the constellation two percent, the bond one percent at each of its steps;
    percentages add up, and there is one floor at the end.
    """
    percent = 100 + 2 * constellation + sum(bond_level >= step for step in BOND_STEPS)
    return base * 95 * (9 + stars) * percent // 100_000
