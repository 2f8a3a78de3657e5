"""Expeditions are fair: long evenings against the shares. Fixed seeds: a failure is a change of the code."""

import os
from collections import Counter
from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any

from services.expeditions.expedition.rules import (
    Outcome,
    affinity,
    course,
    loot,
    numbers,
    resolve,
)
from services.expeditions.expedition.rules.journey import Journey
from services.expeditions.expedition.rules.numbers import WHOLE
from tests.unit.expeditions.parties import (
    a_boon,
    a_check,
    a_gate,
    a_member,
    a_party,
    a_plan,
    dice_of,
)

ROLLS = {"small": 20_000, "standard": 200_000, "nightly": 1_000_000}[
    os.environ.get("SIZE", "small")
]
WORST = 5
"""Standard deviations; fair dice are further away once in a million times."""


def assert_fair(seen: Mapping[Any, int], shares: Mapping[Hashable, Fraction]) -> None:
    """Every thing came about as often as its share says, and nothing else came."""
    assert sum(shares.values()) == 1
    assert set(seen) <= {one for one, share in shares.items() if share}
    total = sum(seen.values())
    for one, share in shares.items():
        distance = seen.get(one, 0) - total * share
        assert distance**2 <= WORST**2 * total * share * (1 - share), (one, seen.get(one, 0))


def test_outcomes_come_as_often_as_the_shares_say() -> None:
    plan, party, check = a_plan(), a_party(a_member(stat=400)), a_check(difficulty=380)
    journey = Journey(plan, party, dice_of(1))
    seen = Counter(journey.check(check).outcome for _ in range(ROLLS))

    shares = (500, 6000, 3000, 500)
    assert_fair(
        seen, {one: Fraction(share, WHOLE) for one, share in zip(Outcome, shares, strict=False)}
    )


def test_types_and_difficulties_come_as_often_as_their_weights_say() -> None:
    near, far = a_check("near", difficulty=450), a_check("far", difficulty=600)
    world = (near, far, a_gate("genre", "x"), a_boon("prevent_all_mishaps"))
    die = dice_of(2)
    seen = Counter(course.draw(world, 400, die).encounter_id for _ in range(ROLLS))

    weights = course.weights([near, far], 400)
    assert weights[0] == 10**12
    assert abs(weights[1] / 10**12 - 0.153355) < 1e-6  # exp(-(200² - 50²) / (2 · 100²))
    standard = Fraction(15, 17)
    assert_fair(
        seen,
        {
            "near": standard * Fraction(weights[0], sum(weights)),
            "far": standard * Fraction(weights[1], sum(weights)),
            "a-gate": Fraction(1, 17),
            "a-spring": Fraction(1, 17),
        },
    )


def test_what_is_far_away_still_comes_where_nothing_is_nearer() -> None:
    assert course.weights([a_check(difficulty=100_000), a_check(difficulty=99_000)], 1) == [
        0, 10**12,
    ]  # fmt: skip


def test_kinds_and_amounts_of_loot_are_fair() -> None:
    die = dice_of(3)
    finds = [loot.first(1000, die) for _ in range(ROLLS)]

    shares = loot.shares(1000)
    whole, items = sum(shares.values()), dict(loot.item_weights(1000))
    all_items = sum(items.values())
    kinds: dict[Hashable, Fraction] = {
        one: Fraction(shares[one], whole) for one in (loot.CRYSTALS, loot.QUARTZS)
    }
    for code in numbers.ITEMS:
        weight = sum(one for (item, _), one in items.items() if item == code)
        kinds[code] = Fraction(shares[loot.ITEM] * weight, whole * all_items)
    assert_fair(Counter(find.thing for find in finds), kinds)

    amounts = Counter(find.amount for find in finds if find.thing == loot.CRYSTALS)
    points = Counter(
        loot.amount(numbers.CRYSTAL_AMOUNTS, 1000, point) for point in range(loot.BELL_SIDES)
    )
    assert_fair(amounts, {one: Fraction(count, loot.BELL_SIDES) for one, count in points.items()})


def test_a_daphine_comes_once_in_a_hundred_expeditions() -> None:
    plan, party = a_plan(duration_hours=1), a_party()
    runs = ROLLS // 10
    seen = Counter(resolve(plan, party, dice_of(n)).rewards.daphine for n in range(runs))

    assert_fair(seen, {0: Fraction(99, 100), 1: Fraction(1, 100)})


def test_the_affinities_that_act_are_any_of_the_pool() -> None:
    pool = ("a", "b", "c", "d")
    die = dice_of(4)
    seen = Counter(affinity.choose(pool, 2, die) for _ in range(ROLLS))

    pairs = ("ab", "ac", "ad", "bc", "bd", "cd")
    assert_fair(seen, {tuple(pair): Fraction(1, 6) for pair in pairs})
    assert affinity.choose(pool, 9, die) == pool
    assert affinity.choose(pool, 0, die) == ()


def test_the_kind_of_a_second_find_is_that_of_a_better_one() -> None:
    die = dice_of(5)
    seen = Counter(loot.second(1000, die).thing for _ in range(ROLLS))

    shares = loot.shares(1300)
    kinds = {loot.CRYSTALS, loot.QUARTZS}
    items = sum(count for thing, count in seen.items() if thing not in kinds)
    found = {**{kind: seen[kind] for kind in kinds}, loot.ITEM: items}
    whole = sum(shares.values())
    assert_fair(found, {kind: Fraction(share, whole) for kind, share in shares.items()})
