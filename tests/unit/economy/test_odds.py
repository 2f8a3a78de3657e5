"""The published chances are those of the table that rolls: every outcome is enumerated and added up."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import pytest

from chassis.dice import Dice, Seed
from services.economy.gacha import messages, odds, rules
from services.economy.gacha.banners import Offer
from services.economy.gacha.rules import Candidate, Item, Pull, Roll, Table
from tests.unit.economy.banners import (
    CRYSTALS,
    QUARTZS,
    SOMEBODY,
    a_banner,
    a_table,
    our_banners,
    our_catalogue,
)

T = TypeVar("T")
KINDS = ("standard", "rate-up", "limited", "premium")
SMALL = (
    Candidate(11, 1, 1),
    *(Candidate(waifu_id, 1, 2) for waifu_id in (21, 22)),
    *(Candidate(waifu_id, 1, 3) for waifu_id in (31, 32)),
    Candidate(12, 2, 1),
    Candidate(23, 2, 2),
    Candidate(33, 2, 3),
)


class Fate(Dice):
    """Dice whose falls are chosen, and which tell how likely each choice was."""

    def __init__(self, chosen: list[int]) -> None:
        super().__init__(Seed(b"", "", 0))
        self.chosen = chosen
        self.sizes: list[int] = []
        self.chance = Fraction(1)

    def below(self, n: int) -> int:
        self.chance /= n
        return self._choose(n)

    def pick(self, weighted: Sequence[tuple[T, int]]) -> T:
        """One branch for each thing instead of one for each of a million points."""
        place = self._choose(len(weighted))
        thing, weight = weighted[place]
        self.chance *= Fraction(weight, sum(weight for _, weight in weighted))
        return thing

    def _choose(self, n: int) -> int:
        place = len(self.sizes)
        self.sizes.append(n)
        return self.chosen[place] if place < len(self.chosen) else 0


def every_outcome(rolled: Callable[[Dice], Roll]) -> Iterator[tuple[Roll, Fraction]]:
    """Each roll that can happen, with its exact chance."""
    chosen: list[int] = []
    while True:
        fate = Fate(chosen)
        roll = rolled(fate)
        yield roll, fate.chance
        chosen = [*chosen, *[0] * (len(fate.sizes) - len(chosen))][: len(fate.sizes)]
        while chosen and chosen[-1] + 1 == fate.sizes[len(chosen) - 1]:
            chosen.pop()
        if not chosen:
            return
        chosen[-1] += 1


def single_pulls(table: Table, pity: int) -> dict[tuple[Pull, int], Fraction]:
    """What one pull at this pity gives, and the pity after it."""
    found: dict[tuple[Pull, int], Fraction] = defaultdict(Fraction)
    for roll, chance in every_outcome(lambda dice: rules.roll(table, pity, 1, dice)):
        found[roll.pulls[0], roll.pity] += chance
    assert sum(found.values()) == 1
    return found


def long_run(table: Table) -> tuple[dict[Pull, Fraction], list[Fraction]]:
    """Chances of a pull and of a counter after a very long evening, from the chain that `roll` walks."""
    if not table.has_pity:
        pulls: dict[Pull, Fraction] = defaultdict(Fraction)
        for (pull, _), chance in single_pulls(table, 0).items():
            pulls[pull] += chance
        return pulls, [Fraction(1)]
    steps = [single_pulls(table, pity) for pity in range(50)]
    # From each counter only two ways lead on: to 0, and to the next one.
    visits = [Fraction(1)]
    for pity in range(49):
        on = sum(chance for (_, after), chance in steps[pity].items() if after == pity + 1)
        assert {after for _, after in steps[pity]} <= {0, pity + 1}
        visits.append(visits[-1] * on)
    assert {after for _, after in steps[49]} == {0}
    total = sum(visits)
    pulls = defaultdict(Fraction)
    for pity, step in enumerate(steps):
        for (pull, _), chance in step.items():
            pulls[pull] += chance * visits[pity] / total
    return pulls, [visit / total for visit in visits]


@pytest.fixture(params=[(kind, price) for kind in KINDS for price in (CRYSTALS, QUARTZS)])
def small(request: pytest.FixtureRequest) -> Table:
    kind, price = request.param
    return a_table(kind, catalogue=SMALL, price=price)


def test_rarities_come_as_often_as_published(small: Table) -> None:
    pulls, _ = long_run(small)
    published = odds.odds_of(small)

    for one in published.rarities:
        there = sum(chance for pull, chance in pulls.items() if pull.rarity == one.rarity)
        assert there == one.effective
    top = sum(chance for pull, chance in pulls.items() if pull.rarity == 3)
    assert published.mean_pulls == 1 / top


def test_waifus_come_as_often_as_published(small: Table) -> None:
    pulls, _ = long_run(small)

    for one in odds.odds_of(small).rarities:
        for waifu_id, share in one.members:
            there = sum(chance for pull, chance in pulls.items() if pull.waifu_id == waifu_id)
            assert there == share * one.effective


def test_the_guarantee_is_needed_as_often_as_published(small: Table) -> None:
    """Ten single pulls in a row, from wherever the counter stands in the long run."""
    _, counters = long_run(small)
    low = {counter: chance for counter, chance in enumerate(counters)}
    for _ in range(10):
        after: dict[int, Fraction] = defaultdict(Fraction)
        for pity, chance in low.items():
            for (pull, counter), step in single_pulls(small, pity).items():
                if pull.rarity == 1:
                    after[counter] += chance * step
        low = after

    assert odds.odds_of(small).guarantee == sum(low.values(), Fraction(0))


def test_the_guarantee_lifts_each_place_to_each_waifu_equally() -> None:
    table = Table(((1, 1_000_000),), {1: ((11, 1),), 3: ((31, 1),)}, (21, 22), has_pity=True)

    found: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for roll, chance in every_outcome(lambda dice: rules.roll(table, 0, 10, dice)):
        [(place, pull)] = [(n, pull) for n, pull in enumerate(roll.pulls) if pull.is_guarantee]
        found[place, pull.waifu_id] += chance

    assert found == {(n, waifu_id): Fraction(1, 20) for n in range(10) for waifu_id in (21, 22)}


def test_a_quartz_pull_finds_a_daphine_once_in_a_hundred() -> None:
    table = Table(((1, 1_000_000),), {1: ((11, 1),)}, (21,), has_pity=False)

    found = sum(
        chance * roll.daphine
        for roll, chance in every_outcome(lambda dice: rules.roll(table, 0, 1, dice))
    )

    assert found == Fraction(1, 100)


def test_three_stars_come_every_18_461_pulls_with_pity_and_every_20_without() -> None:
    crystal, quartz = odds.odds_of(a_table()), odds.odds_of(a_table(price=QUARTZS))

    assert crystal.mean_pulls == (1 - Fraction(19, 20) ** 50) / Fraction(1, 20)
    assert float(crystal.mean_pulls) == pytest.approx(18.461, abs=0.0005)
    assert quartz.mean_pulls == 20


def published_tables() -> list[Table]:
    return [
        *(rules.compose(banner, our_catalogue()) for banner in our_banners()),
        a_table("rate-up", Item(31, drop_rate=123_457), series_ids=(2,)),
        a_table("standard", Item(21, drop_rate=999_999), price=QUARTZS),
    ]


@pytest.mark.parametrize("table", published_tables())
def test_published_chances_add_up_to_one(table: Table) -> None:
    found = odds.odds_of(table)

    assert sum(one.base for one in found.rarities) == 1
    assert sum(one.effective for one in found.rarities) == 1
    for one in found.rarities:
        assert sum(share for _, share in one.members) == 1


# As a player sees them.


def shown(table: Table, **changed: Any) -> dict[int, Any]:
    answer = messages.odds_out(Offer(a_banner(**changed), 1, 1), table)
    return {one.rarity: one for one in answer.rarities}


def test_featured_waifus_are_named_and_the_others_are_counted() -> None:
    three = shown(a_table("rate-up"))[3]

    assert {one.waifu_id: one.ppb for one in three.featured} == {33: 6_250_000, 34: 6_250_000}
    assert three.featured_ppm == 250_000
    assert three.other_ppb == 18_750_000
    assert three.waifu_count == 4


def test_a_share_of_her_own_is_named_too() -> None:
    """A standard banner features nobody; the chance of the first waifu was once told of all of them."""
    three = shown(a_table("standard", Item(31, drop_rate=700_000)))[3]

    assert [(one.waifu_id, one.ppb) for one in three.featured] == [(31, 35_000_000)]
    assert three.other_ppb == 5_000_000


@pytest.mark.parametrize("table", published_tables())
def test_what_is_shown_of_a_rarity_adds_up(table: Table) -> None:
    for one in shown(table).values():
        others = one.waifu_count - len(one.featured)
        total = sum(waifu.ppb for waifu in one.featured) + others * one.other_ppb
        # Each is rounded to a billionth.
        assert abs(total - one.base_ppm * 1000) <= one.waifu_count


def test_the_pity_and_the_guarantee_are_shown() -> None:
    crystal = messages.odds_out(Offer(a_banner(), 1, 3), a_table())
    quartz = messages.odds_out(Offer(a_banner(), 1, 3), a_table(price=QUARTZS))

    assert (crystal.version, crystal.pity_limit, crystal.mean_pulls_milli) == (3, 50, 18_461)
    assert (quartz.pity_limit, quartz.mean_pulls_milli) == (0, 20_000)
    assert quartz.guarantee_ppm == 56_314
    assert crystal.guarantee_ppm < quartz.guarantee_ppm


def test_everybody_of_the_catalogue_is_in_the_standard_odds() -> None:
    members = {w for one in odds.odds_of(a_table()).rarities for w, _ in one.members}

    assert members == {candidate.waifu_id for candidate in SOMEBODY}
