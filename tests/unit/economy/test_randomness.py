"""The dice are fair (suite T17): long evenings on our own banners against the published chances.

Fixed seeds, so a failure is a change of the code and not bad luck.
"""

import math
import os
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest

from chassis.dice import Dice, Seed
from services.economy.gacha import odds, rules
from services.economy.gacha.rules import PITY_LIMIT, TEN, TOP, Pull, Table
from tests.unit.economy.banners import CRYSTALS, QUARTZS, our_banners, our_catalogue

PULLS = {"small": 100_000, "standard": 1_000_000, "nightly": 1_000_000}[
    os.environ.get("SIZE", "small")
]
HIGHEST_ERRORS = 4
LOWEST_P = 1e-6
KINDS = ("standard", "rate-up", "limited", "premium")
PRICES = (CRYSTALS, QUARTZS)
"""Each type with pity and without."""


def chance_of_worse(chi_square: float, freedom: int) -> float:
    """The chance that fair dice look at least this bad: the regularized upper gamma function.

    By its series below the mean and by Lentz's continued fraction above it.
    """
    a, x = freedom / 2, chi_square / 2
    if x <= 0:
        return 1.0
    scale = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for n in range(1, 10_000):
            term *= x / (a + n)
            total += term
        return 1 - total * scale
    b = x + 1 - a
    c, d = 1e300, 1 / b
    h = d
    for n in range(1, 10_000):
        step = -n * (n - a)
        b += 2
        d = 1 / (step * d + b)
        c = b + step / c
        h *= c * d
    return h * scale


@pytest.mark.parametrize(
    ("chi_square", "freedom", "p"),
    [(3.841459, 1, 0.05), (18.307038, 10, 0.05), (124.342113, 100, 0.05), (149.449253, 100, 0.001)],
)
def test_the_chance_of_worse_is_that_of_the_tables(
    chi_square: float, freedom: int, p: float
) -> None:
    assert chance_of_worse(chi_square, freedom) == pytest.approx(p, rel=1e-5)


def fairness(seen: Mapping[Hashable, int], expected: Mapping[Hashable, Fraction]) -> float:
    """How likely fair dice are further off than what was seen."""
    assert seen.keys() <= expected.keys()
    total = sum(seen.values())
    if len(expected) == 1:
        return 1.0
    assert min(expected.values()) * total >= 5, "too few pulls for this test"
    chi_square = sum(
        (seen.get(thing, 0) - float(share * total)) ** 2 / float(share * total)
        for thing, share in expected.items()
    )
    return chance_of_worse(chi_square, len(expected) - 1)


def test_a_loaded_die_is_found_out() -> None:
    """The test of the test: a side that falls three times in a hundred too often is seen."""
    sides = {n: Fraction(1, 6) for n in range(6)}

    assert fairness(dict.fromkeys(range(6), 100_000), sides) == 1.0
    loaded = {**dict.fromkeys(range(1, 6), 100_000), 0: 103_000}
    assert fairness(loaded, sides) < LOWEST_P


@dataclass(slots=True)
class Evening:
    """What came out of many ten-summons of one player."""

    table: Table
    summons: int = 0
    lifted: int = 0
    daphine: int = 0
    free: Counter[int] = field(default_factory=Counter)
    """Rarities as the dice fell, without the pulls that pity decided."""
    waifus: dict[int, Counter[int]] = field(default_factory=dict)
    guaranteed: Counter[int] = field(default_factory=Counter)

    @property
    def pulls(self) -> int:
        return self.summons * TEN

    @property
    def tops(self) -> int:
        return self.waifus[TOP].total()

    def add(self, roll: rules.Roll) -> None:
        self.summons += 1
        self.daphine += roll.daphine
        for pull in roll.pulls:
            self._count(pull)

    def _count(self, pull: Pull) -> None:
        if pull.is_guarantee:
            # The die had fallen on one star.
            self.lifted += 1
            self.free[1] += 1
            self.guaranteed[pull.waifu_id] += 1
            return
        if not pull.is_pity:
            self.free[pull.rarity] += 1
        self.waifus.setdefault(pull.rarity, Counter())[pull.waifu_id] += 1


@pytest.fixture(
    scope="module",
    params=[(kind, price) for kind in KINDS for price in PRICES],
    ids=lambda given: f"{given[0]} for {given[1].currency.value}",
)
def evening(request: pytest.FixtureRequest) -> Evening:
    kind, price = request.param
    [banner] = [banner for banner in our_banners() if banner.type.value == kind]
    table = rules.compose(replace(banner, price=price), our_catalogue())
    evening, pity, server = Evening(table), 0, f"{kind} {price}".encode()[:32].ljust(32, b".")
    for nonce in range(PULLS // TEN):
        roll = rules.roll(table, pity, TEN, Dice(Seed(server, "fair", nonce)))
        pity = roll.pity
        evening.add(roll)
    return evening


pytestmark = pytest.mark.timeout(300)


def test_rarities_fall_as_published(evening: Evening) -> None:
    expected = {one.rarity: one.base for one in odds.odds_of(evening.table).rarities}

    assert fairness(evening.free, expected) > LOWEST_P


def test_waifus_of_each_rarity_fall_as_published(evening: Evening) -> None:
    for one in odds.odds_of(evening.table).rarities:
        assert fairness(evening.waifus[one.rarity], dict(one.members)) > LOWEST_P


def test_the_guarantee_is_fair_to_its_waifus(evening: Evening) -> None:
    members = evening.table.guarantee
    if not evening.lifted:
        assert dict(evening.table.odds).get(1) is None
        return

    assert (
        fairness(evening.guaranteed, dict.fromkeys(members, Fraction(1, len(members)))) > LOWEST_P
    )


def test_the_published_mean_with_pity_is_the_famous_one(evening: Evening) -> None:
    published = odds.odds_of(evening.table).mean_pulls

    assert round(float(published), 2) == (18.46 if evening.table.has_pity else 20.0)


def test_three_stars_come_after_as_many_pulls_as_published(evening: Evening) -> None:
    """The distances between them are renewals: geometric, cut off at the fiftieth with pity."""
    published = float(odds.odds_of(evening.table).mean_pulls)
    miss = 1 - dict(evening.table.odds)[TOP] / rules.MILLION
    longest = PITY_LIMIT if evening.table.has_pity else 5_000
    second_moment = sum((2 * k + 1) * miss**k for k in range(longest))
    error = math.sqrt((second_moment - published**2) / evening.tops)

    assert abs(evening.pulls / evening.tops - published) < HIGHEST_ERRORS * error


def test_ten_are_lifted_as_often_as_published(evening: Evening) -> None:
    published = float(odds.odds_of(evening.table).guarantee)
    error = math.sqrt(published * (1 - published) / evening.summons)

    assert abs(evening.lifted / evening.summons - published) <= HIGHEST_ERRORS * error


def test_a_daphine_comes_once_in_a_hundred_pulls_that_cost_no_crystals(evening: Evening) -> None:
    chance = 0.0 if evening.table.has_pity else 1 / rules.DAPHINE_SIDES
    error = math.sqrt(chance * (1 - chance) / evening.pulls)

    assert abs(evening.daphine / evening.pulls - chance) <= HIGHEST_ERRORS * error
