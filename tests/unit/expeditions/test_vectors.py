"""The numbers of the design: each of its test vectors about expeditions, exactly."""

from fractions import Fraction

import pytest

from services.expeditions.expedition.rules import affinity, chances, course, loot, numbers, reward
from services.expeditions.expedition.rules.chances import Shares
from services.expeditions.expedition.rules.encounter import quotient
from services.expeditions.expedition.rules.party import tired, worth
from services.expeditions.expedition.rules.report import Fortune, Label, Tally
from tests.unit.expeditions.parties import a_member


def a_tally(greats: int, successes: int, failures: int, mishaps: int) -> Tally:
    return Tally(greats, successes, failures, mishaps, skips=0, checks=0)


@pytest.mark.parametrize(
    ("stars", "counts"), [(1, 95), (2, 104), (3, 114), (4, 123), (5, 133), (6, 142)]
)
def test_a_stat_of_a_hundred_by_stars(stars: int, counts: int) -> None:
    assert worth(a_member(stars=stars), "atk") == counts


@pytest.mark.parametrize(
    ("stat", "stars", "constellation", "bond_level", "counts"),
    [
        (100, 6, 6, 10, 162),
        (100, 1, 1, 1, 96),
        (100, 1, 0, 5, 95),
        (101, 1, 0, 5, 96),
        (100, 3, 0, 4, 114),
        (100, 3, 0, 10, 116),
        (77, 4, 3, 9, 101),
    ],
)
def test_constellation_and_bond_add_up_and_are_floored_once(
    stat: int, stars: int, constellation: int, bond_level: int, counts: int
) -> None:
    member = a_member(stat=stat, stars=stars, constellation=constellation, bond_level=bond_level)

    bond = (bond_level >= 5) + (bond_level >= 10)
    assert worth(member, "atk") == counts
    assert counts == stat * 95 * (9 + stars) * (100 + 2 * constellation + bond) // 100_000


@pytest.mark.parametrize(
    ("favored", "disfavored", "factor"),
    [
        (0, 0, "1"),
        (1, 0, "1.2"),
        (3, 0, "1.728"),
        (6, 0, "2.985984"),
        (7, 0, "3.5831808"),
        (8, 0, "3.6"),
        (2, 1, "0.864"),
        (0, 2, "0.36"),
        (0, 5, "0.1"),
    ],
)
def test_affinities_multiply_within_bounds(favored: int, disfavored: int, factor: str) -> None:
    assert affinity.factor(favored, disfavored) == Fraction(factor)


@pytest.mark.parametrize(
    ("quotient", "shares"),
    [
        ("0", (0, 500, 6500, 3000)),
        ("0.2499", (0, 500, 6500, 3000)),
        ("0.25", (0, 1500, 7000, 1500)),
        ("0.5", (0, 2500, 6500, 1000)),
        ("0.75", (300, 3700, 5000, 1000)),
        ("0.9999", (300, 3700, 5000, 1000)),
        ("1", (500, 6000, 3000, 500)),
        ("1.25", (1000, 6700, 1900, 400)),
        ("1.5", (1500, 7200, 1100, 200)),
        ("1.75", (2500, 7200, 300, 0)),
        ("2", (3500, 6500, 0, 0)),
        ("1000", (3500, 6500, 0, 0)),
    ],
)
def test_the_chances_of_a_check(quotient: str, shares: tuple[int, int, int, int]) -> None:
    assert chances.of_check(Fraction(quotient)) == Shares(*shares)


def test_what_is_not_hard_at_all_is_in_the_best_band() -> None:
    assert chances.of_check(quotient(Fraction(0), 0)) == Shares(3500, 6500, 0, 0)
    assert chances.of_check(quotient(Fraction(-5), 100)) == Shares(0, 500, 6500, 3000)


@pytest.mark.parametrize(
    ("difficulty", "score", "worth", "factor", "value"),
    [
        (600, "540", 30, "1", 600),
        (600, "1200", 30, "1", 885),
        (600, "700", 50, "1.15", 707),
        (1000, "0", 4 * 30, "1", 620),
        (2000, "0", 4 * 60, "1", 1240),
        (600, "540", 0, "1", 0),
        (600, "540", 1, "0.5", 0),
        (601, "902.7", 10, "1", 761),
    ],
)
def test_what_a_passed_encounter_is_worth(
    difficulty: int, score: str, worth: int, factor: str, value: int
) -> None:
    assert loot.value(worth, Fraction(factor), difficulty, Fraction(score)) == value


@pytest.mark.parametrize(
    ("found", "fortune", "awakened", "stats", "paid"),
    [
        (50, Fortune.JACKPOT, 3, 3, 114),
        (10, Fortune.CATASTROPHE, 0, 1, 3),
        (1, Fortune.CATASTROPHE, 0, 1, 1),
        (0, Fortune.JACKPOT, 3, 7, 0),
        (1000, Fortune.STANDARD, 0, 2, 1000),
        (1000, Fortune.SETBACK, 1, 7, 2687),
    ],
)
def test_money_is_multiplied_at_the_end(
    found: int, fortune: Fortune, awakened: int, stats: int, paid: int
) -> None:
    assert reward.multiplied(found, reward.factor(fortune, awakened, stats)) == paid


@pytest.mark.parametrize(
    ("greats", "mishaps", "difficulty", "luck", "shares"),
    [
        (0, 0, 2000, 100, (500, 2000, 6500, 1000)),
        (0, 1, 2000, 60, (1000, 4000, 5000, 0)),
        (0, 9, 2000, 0, (1000, 4000, 5000, 0)),
        (8, 0, 399, 301, (100, 1000, 6400, 2500)),
        (18, 0, 400, 500, (0, 500, 5000, 4500)),
    ],
)
def test_luck_and_what_it_makes_likely(
    greats: int, mishaps: int, difficulty: int, luck: int, shares: tuple[int, int, int, int]
) -> None:
    assert chances.luck(greats, mishaps, difficulty) == luck
    assert chances.of_luck(luck, Fraction(0), Fraction(0)) == shares


@pytest.mark.parametrize(
    ("value", "crystals", "quartzs", "items"),
    [(500, "93.75", "5.25", "1.00"), (1000, "89.17", "8.50", "2.33"), (2000, "80", "15", "5")],
)
def test_what_kind_of_loot_it_is(value: int, crystals: str, quartzs: str, items: str) -> None:
    shares = loot.shares(value)

    percents = {one: Fraction(100 * share, sum(shares.values())) for one, share in shares.items()}
    wanted = {loot.CRYSTALS: crystals, loot.QUARTZS: quartzs, loot.ITEM: items}
    for one, percent in wanted.items():
        assert abs(percents[one] - Fraction(percent)) <= Fraction(1, 200)


def test_kinds_of_loot_change_no_more_beyond_the_ends() -> None:
    assert loot.shares(0) == loot.shares(1)
    assert loot.shares(2001) == loot.shares(9999) == loot.shares(2000)


@pytest.mark.parametrize(
    ("value", "crystals", "quartzs"),
    [
        (100, 4, 1),
        (499, 19, 4),
        (500, 20, 5),
        (1000, 45, 11),
        (1499, 69, 18),
        (1500, 70, 17),
        (2000, 103, 27),
        (3000, 170, 47),
    ],
)
def test_the_usual_amounts(value: int, crystals: int, quartzs: int) -> None:
    assert loot.base_of(numbers.CRYSTAL_AMOUNTS, value) == crystals
    assert loot.base_of(numbers.QUARTZ_AMOUNTS, value) == quartzs


@pytest.mark.parametrize(
    ("hours", "fewest", "mean", "most"),
    [
        (4, 1, "2.5", 4),
        (6, 2, "4.0", 6),
        (8, 3, "5.5", 8),
        (10, 3, "7.0", 11),
        (12, 4, "8.5", 13),
        (14, 5, "10.0", 15),
        (16, 6, "11.5", 17),
        (18, 6, "13.0", 20),
        (20, 7, "14.5", 22),
    ],
)
def test_how_many_encounters_there_are(hours: int, fewest: int, mean: str, most: int) -> None:
    steps = 1000
    lengths = [
        course.length(hours, Fixed(step * numbers.LENGTH_STEPS // steps)) for step in range(steps)
    ]

    assert (min(lengths), max(lengths)) == (fewest, most)
    assert abs(Fraction(sum(lengths), steps) - Fraction(mean)) < Fraction(1, 20)


class Fixed:
    """Dice that always fall the same way."""

    def __init__(self, point: int) -> None:
        self.point = point

    def below(self, n: int) -> int:
        assert self.point < n
        return self.point


@pytest.mark.parametrize(
    ("tally", "label"),
    [
        (a_tally(2, 2, 0, 0), Label.PERFECT),
        (a_tally(1, 2, 0, 0), Label.GREAT),
        (a_tally(3, 1, 1, 0), Label.GREAT),
        (a_tally(3, 1, 0, 1), Label.GREAT),
        (a_tally(0, 2, 1, 0), Label.SUCCESS),
        (a_tally(1, 1, 1, 1), Label.FAILURE),
        (a_tally(0, 0, 0, 0), Label.FAILURE),
        (a_tally(5, 0, 4, 2), Label.FAILURE),
    ],
)
def test_how_the_whole_is_called(tally: Tally, label: Label) -> None:
    assert reward.label(tally) is label


@pytest.mark.parametrize(
    ("failures", "mishaps", "checks", "hp", "mp"),
    [(0, 0, 0, 95, 95), (1, 0, 1, 90, 90), (2, 1, 3, 71, 80), (9, 9, 25, 1, 0)],
)
def test_who_comes_home_tired(failures: int, mishaps: int, checks: int, hp: int, mp: int) -> None:
    home = tired(a_member(), failures, mishaps, checks)

    assert (home.final_hp, home.final_mp) == (hp, mp)


def test_every_constant_of_the_item_table() -> None:
    items = {(code, count): target for code, row in numbers.ITEMS.items() for count, target in row}

    assert len(items) == 29
    assert items["one-star-selector", 100] == 3500
    assert items["two-star-selector", 27] == 3500
    assert items["ten-three-star", 1] == 2600
    assert set(numbers.ITEMS) == {
        "one-star-selector",
        "two-star-series",
        "two-star-selector",
        "three-star-random",
        "three-star-series",
        "three-star-selector",
        "ten-three-star",
    }
