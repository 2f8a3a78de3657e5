"""What it takes to get a thing from a banner: exact where a formula exists, else by simulated players. No I/O.

Every three-star waifu leaves pity at zero, and each is a wanted one with the same chance: so the mean is that of three
stars, divided by the share of what is wanted. Quantiles walk the chain of pity pull by pull: below the last state three
stars come by chance, in the last one for certain; a wanted one ends it, another one leads back to the first state.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.economy.gacha import odds
from services.economy.gacha.rules import MILLION, PITY_LIMIT, TOP, Table

HALF, MOST = 0.5, 0.9
FARTHEST_PULL = 100_000
"""Quantiles farther away than this are told as this."""
MOST_DRAWS = 1_000_000
"""Of one simulation: about a second."""
LEAST_PLAYERS = 20
FIRST_SEED = 20_260_701
"""The simulation is the same in every run."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a thing takes, in pulls."""

    what: str
    mean: Fraction
    half: int
    """Half of the players have it after so many."""
    most: int
    """Nine of ten have it after so many."""


def costs(table: Table, players: int) -> list[Cost]:
    """Every cost of a banner. May take seconds: not for an event loop."""
    shares = featured_shares(table)
    found = [_cost(table, "any three-star waifu", Fraction(1))]
    if shares:
        found.append(_cost(table, "any featured three-star waifu", sum(shares, Fraction(0))))
        found.append(_cost(table, "one named featured three-star waifu", min(shares)))
    if len(shares) > 1:
        found += _all_of_them(table, shares, players)
    return found


def featured_shares(table: Table) -> list[Fraction]:
    """The share of each featured waifu among those of three stars."""
    featured = frozenset(table.featured)
    total = sum(weight for _, weight in table.pool[TOP])
    return [Fraction(weight, total) for waifu_id, weight in table.pool[TOP] if waifu_id in featured]


def mean_pulls(table: Table, share: Fraction) -> Fraction:
    """Pulls on average until the first three-star waifu out of this share of them, from zero pity."""
    return odds.odds_of(table).mean_pulls / share


def quantiles(table: Table, share: Fraction, *wanted: float) -> list[int]:
    """After how many pulls such a part of the players has one."""
    found: list[int] = []
    for pulls, done in enumerate(_have_it(table, float(share)), 1):
        while len(found) < len(wanted) and done >= wanted[len(found)]:
            found.append(pulls)
        if len(found) == len(wanted) or pulls == FARTHEST_PULL:
            break
    return found + [FARTHEST_PULL] * (len(wanted) - len(found))


def _have_it(table: Table, share: float) -> Iterator[float]:
    """The part of the players that has one, pull by pull."""
    top, done = float(_top(table)), 0.0
    # How many wait in each state; without pity there is one, and nothing is ever sure.
    waiting = [1.0] + [0.0] * (PITY_LIMIT - 1 if table.has_pity else 0)
    while True:
        sure = waiting[-1] if table.has_pity else 0.0
        found = (sum(waiting) - sure) * top + sure
        done += found * share
        missed = [part * (1 - top) for part in waiting]
        again = found * (1 - share)
        waiting = [again, *missed[:-1]] if table.has_pity else [again + missed[0]]
        yield done


def _cost(table: Table, what: str, share: Fraction) -> Cost:
    return Cost(what, mean_pulls(table, share), *quantiles(table, share, HALF, MOST))


def _all_of_them(table: Table, shares: Sequence[Fraction], players: int) -> list[Cost]:
    """Every featured waifu of three stars; left out where nobody could live to see it."""
    # As many of three stars until all are there: exact where all are as likely, else at most so many.
    draws = sum(1 / n for n in range(1, len(shares) + 1)) / float(min(shares))
    players = min(players, int(MOST_DRAWS / draws))
    if players < LEAST_PLAYERS:
        return []
    pulls = sorted(_collect(table, shares, players))
    is_even = len(set(shares)) == 1
    mean = (
        Fraction(draws) * mean_pulls(table, Fraction(1))
        if is_even
        else Fraction(sum(pulls), players)
    )
    half, most = (pulls[min(players - 1, math.ceil(players * part) - 1)] for part in (HALF, MOST))
    return [Cost(f"all {len(shares)} featured three-star waifus", mean, half, most)]


def _collect(table: Table, shares: Sequence[Fraction], players: int) -> list[int]:
    """How many pulls each simulated player needed for all of them."""
    dice = random.Random(FIRST_SEED)  # noqa: S311 - nobody gets anything of it
    ends = [float(sum(shares[: n + 1])) for n in range(len(shares))]
    gap = _gaps(table, dice)
    return [_collect_one(ends, dice, gap) for _ in range(players)]


def _collect_one(ends: Sequence[float], dice: random.Random, gap: Callable[[], int]) -> int:
    missing, pulls = set(range(len(ends))), 0
    while missing:
        pulls += gap()
        point = dice.random()
        if point < ends[-1]:
            missing.discard(bisect_right(ends, point))
    return pulls


def _gaps(table: Table, dice: random.Random) -> Callable[[], int]:
    """Pulls from one three-star waifu to the next: geometric, cut off by pity."""
    scale = math.log(1 - float(_top(table)))
    longest = PITY_LIMIT if table.has_pity else FARTHEST_PULL
    return lambda: min(longest, int(math.log(1 - dice.random()) / scale) + 1)


def _top(table: Table) -> Fraction:
    return Fraction(dict(table.odds)[TOP], MILLION)
