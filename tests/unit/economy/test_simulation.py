"""What a thing costs: against the published formula, against brute force, and against thousands of real rolls."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest

from chassis.dice import Dice, Seed
from chassis.money import Currency
from services.economy.gacha import budget, odds, rules, simulation
from services.economy.gacha.operator_store import Reward
from services.economy.gacha.rules import Item, Table
from services.users.account.rules import DAILY
from tests.unit.economy.banners import CRYSTALS, QUARTZS, a_table, our_banners, our_catalogue

PLAYERS = 1_000
RATE_UP = a_table("rate-up", Item(31), Item(33))
TABLES = {
    "with pity": RATE_UP,
    "without": a_table("limited", Item(31), Item(33), Item(21), price=QUARTZS),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_any_three_stars_cost_what_is_published(table: Table) -> None:
    published = odds.odds_of(table).mean_pulls

    assert simulation.mean_pulls(table, Fraction(1)) == published
    assert simulation.costs(table, 100)[0].mean == published


def test_the_famous_number() -> None:
    assert round(float(simulation.mean_pulls(a_table(price=CRYSTALS), Fraction(1))), 2) == 18.46


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("share", [Fraction(1), Fraction(1, 4)])
def test_half_and_nine_of_ten_are_where_the_chain_says(table: Table, share: Fraction) -> None:
    """Against the same chain with every path counted as a fraction."""
    half, most = simulation.quantiles(table, share, 0.5, 0.9)

    done = list(by_hand(table, share, most))
    assert done[half - 2] < Fraction(1, 2) <= done[half - 1]
    assert done[most - 2] < Fraction(9, 10) <= done[most - 1]


def by_hand(table: Table, share: Fraction, pulls: int) -> list[Fraction]:
    """The part of all players that has it after each pull."""
    top, states = Fraction(dict(table.odds)[3], 10**6), {0: Fraction(1)}
    done, told = Fraction(0), list[Fraction]()
    for _ in range(pulls):
        later: dict[int, Fraction] = {}
        for pity, part in states.items():
            chance = Fraction(1) if table.has_pity and pity == 49 else top
            done += part * chance * share
            for state, more in ((0, chance * (1 - share)), (pity + 1, 1 - chance)):
                # Far from any end the fractions only get longer.
                later[state] = later.get(state, Fraction(0)) + Fraction(
                    round(part * more * 10**30), 10**30
                )
        states = later
        told.append(done)
    return told


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_real_rolls_cost_as_much(table: Table) -> None:
    """The mean of each cost within four standard errors, over players who really roll."""
    names = {"any featured": {31, 33}, "one named": {31}, "any three": {31, 32, 33, 34}}
    costs = {cost.what: cost for cost in simulation.costs(table, 1_000)}
    for name, wanted in names.items():
        [cost] = [cost for what, cost in costs.items() if what.startswith(name)]
        seen = [pulls_until(table, wanted.__contains__, n) for n in range(PLAYERS)]
        assert_near(seen, float(cost.mean))
    [whole] = [cost for what, cost in costs.items() if what.startswith("all 2")]
    both = [pulls_until_all(table, {31, 33}, n) for n in range(PLAYERS)]
    assert_near(both, float(whole.mean))
    assert sorted(both)[PLAYERS // 2] == pytest.approx(whole.half, rel=0.15)
    assert sorted(both)[PLAYERS * 9 // 10] == pytest.approx(whole.most, rel=0.15)


def assert_near(seen: list[int], published: float) -> None:
    mean = sum(seen) / len(seen)
    error = math.sqrt(sum((one - mean) ** 2 for one in seen)) / len(seen)
    assert abs(mean - published) < 4 * error


def pulls_until_all(table: Table, wanted: set[int], player: int) -> int:
    left = set(wanted)

    def is_last(waifu_id: int) -> bool:
        left.discard(waifu_id)
        return not left

    return pulls_until(table, is_last, player)


def pulls_until(table: Table, is_enough: Callable[[int], bool], player: int) -> int:
    """Single pulls of one player, from zero pity."""
    pity, pulls = 0, 0
    while True:
        roll = rules.roll(table, pity, 1, Dice(Seed(b"cost" * 8, f"player {player}", pulls)))
        pity, pulls = roll.pity, pulls + 1
        if is_enough(roll.pulls[0].waifu_id):
            return pulls


def test_a_banner_that_features_nobody_has_one_cost() -> None:
    assert [cost.what for cost in simulation.costs(a_table(), 100)] == ["any three-star waifu"]


def test_unequal_shares_are_simulated() -> None:
    table = a_table("rate-up", Item(31, True, 400_000), Item(33, True, 100_000))

    costs = {cost.what: cost for cost in simulation.costs(table, 2_000)}

    named = costs["one named featured three-star waifu"].mean
    whole = costs["all 2 featured three-star waifus"].mean
    # Who has the rare one mostly has the other.
    assert named < whole < named * Fraction(12, 10)


def test_a_simulation_ends_in_time_however_many_are_featured() -> None:
    """A tenth of a catalogue of thousands: nobody lives to see them all, so it is not told."""
    crowd = [rules.Candidate(n, 1, 1 + n % 3) for n in range(1, 12_001)]
    items = [Item(c.waifu_id, True) for c in crowd if c.rarity == 3][:2_000]

    costs = simulation.costs(a_table("rate-up", *items, catalogue=crowd, series_ids=()), 10_000)

    assert [cost.what.split()[0] for cost in costs] == ["any", "any", "one"]
    assert costs[2].half == simulation.FARTHEST_PULL


def test_every_banner_of_ours_has_its_costs() -> None:
    for banner in our_banners():
        costs = simulation.costs(rules.compose(banner, our_catalogue()), 50)
        assert all(cost.half <= cost.most and cost.mean > 0 for cost in costs)


# An ordinary day.

REWARDS = [Reward("sakura_crystals", "day", 70), Reward("sakura_crystals", "week", 70),
           Reward("quartzs", "day", 5), Reward("daphine", "week", 7)]  # fmt: skip


def test_a_day_is_what_the_document_says() -> None:
    crystals = {s.name: s.amount for s in budget.income(Currency.SAKURA_CRYSTALS, REWARDS)}
    quartzs = {s.name: s.amount for s in budget.income(Currency.QUARTZS, REWARDS)}
    daphine = {s.name: s.amount for s in budget.income(Currency.DAPHINE, REWARDS)}

    assert crystals == {"daily reward": 500, "missions": 80, "3 expeditions": 519}
    assert quartzs == {
        "missions": 5, "3 expeditions": Fraction(111, 10),
        "bonus of summons for crystals": Fraction(1099, 10),
    }  # fmt: skip
    assert daphine == {"missions": 1}


def test_the_daily_reward_is_that_of_users() -> None:
    assert {DAILY.currency: DAILY.amount} == budget.DAILY
