"""What a piece of equipment can do, and how often. Fixed seeds: a failure is a change of the code."""

import os
from collections import Counter
from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.dice import Dice, Seed
from services.collection.catalog.rules import Catalog, read, settle
from services.collection.equipment import rules
from services.collection.equipment.forge import Forge
from services.collection.equipment.rules import Effect, EffectType, Pools
from tests.unit.collection.rows import a_series_row, a_waifu_row

ROLLS = {"small": 20_000, "standard": 400_000, "nightly": 400_000}[os.environ.get("SIZE", "small")]
WORST = 5
"""Standard deviations; fair dice are further away once in a million times."""
AFFINITY, LOOT, COUNT = rules.MAIN_WEIGHTS
CHECK, FINAL = rules.SUB_AMOUNTS
POOLS: Pools = {
    "series_id": [3, 7, 12],
    "archetype": ["Knight", "Sage"],
    "elemental": ["dark", "fire", "ice", "light"],
    "genre": ["Comedy"],
}
NOTHING: Pools = {category: [] for category in POOLS}

dice = st.builds(Seed, st.binary(min_size=32, max_size=32), st.uuids().map(str), st.just(0)).map(
    Dice
)
words = st.lists(st.text(min_size=1, max_size=9), max_size=4)
pool_sets = st.fixed_dictionaries(
    {
        "series_id": st.lists(st.integers(1, 2**31 - 1), max_size=4),
        "archetype": words,
        "elemental": words,
        "genre": words,
    }
)


def dice_of(number: int) -> Dice:
    return Dice(Seed(b"the equipment of the tests", str(number), 0))


def assert_fair(seen: Counter[Hashable], shares: Mapping[Hashable, Fraction]) -> None:
    """Every thing came about as often as its share says, and nothing else came."""
    assert sum(shares.values()) == 1
    assert seen.keys() <= shares.keys()
    total = seen.total()
    for one, share in shares.items():
        distance = seen[one] - total * share
        assert distance**2 <= WORST**2 * total * share * (1 - share), (one, seen[one])


def evenly(*things: Hashable, of: Fraction = Fraction(1)) -> dict[Hashable, Fraction]:
    return {thing: of / len(things) for thing in things}


# The main effect.


def test_main_effects_come_as_often_as_their_weights_say() -> None:
    rolled = Counter(rules.roll_main(POOLS, dice_of(number)) for number in range(ROLLS))

    shares: dict[Hashable, Fraction] = {}
    for category, values in POOLS.items():
        effects = (Effect(AFFINITY, one, "favored", category) for one in values)
        shares |= evenly(*effects, of=Fraction(90, 400))
    shares |= evenly(*(Effect(LOOT, one) for one in range(10, 21)), of=Fraction(5, 100))
    shares |= evenly(*(Effect(COUNT, one) for one in range(1, 4)), of=Fraction(5, 100))
    assert_fair(rolled, shares)


def test_a_pool_that_is_empty_is_not_asked() -> None:
    pools = {**POOLS, "archetype": [], "series_id": []}
    rolled = Counter(rules.roll_main(pools, dice_of(number)).category for number in range(2000))

    shares: dict[Hashable, Fraction] = {None: Fraction(10, 100)}
    assert_fair(rolled, shares | evenly("elemental", "genre", of=Fraction(90, 100)))


def test_without_anything_to_favour_the_other_types_share_the_chance() -> None:
    rolled = Counter(rules.roll_main(NOTHING, dice_of(number)).type for number in range(2000))

    assert_fair(rolled, evenly(LOOT, COUNT))


@given(pools=pool_sets, dice=dice)
def test_a_main_effect_is_one_that_a_piece_can_have(pools: Pools, dice: Dice) -> None:
    effect = rules.roll_main(pools, dice)

    assert effect.stat is None
    if effect.type is AFFINITY:
        assert effect.affinity == "favored"
        assert effect.category is not None
        assert effect.value in pools[effect.category]
    else:
        assert (effect.affinity, effect.category) == (None, None)
        assert effect.value in {LOOT: range(10, 21), COUNT: range(1, 4)}[effect.type]


# The effect of a sub slot.


def test_sub_slot_effects_come_as_often_as_promised() -> None:
    rolled = Counter(rules.roll_sub(dice_of(number)) for number in range(ROLLS))

    shares: dict[Hashable, Fraction] = {}
    for kind, amounts in ((CHECK, range(5, 21)), (FINAL, range(12, 49))):
        for stat in ("atk", "spr", "spd", "int", "lck", "vit", "mag"):
            effects = (Effect(kind, amount, stat=stat) for amount in amounts)
            shares |= evenly(*effects, of=Fraction(1, 16))
        for amount in amounts:
            # Halved, most amounts are the same as a neighbour.
            half = Effect(kind, amount // 2, stat="all")
            shares[half] = shares.get(half, Fraction(0)) + Fraction(1, 16 * len(amounts))
    assert_fair(rolled, shares)


@given(dice=dice)
def test_a_sub_slot_effect_is_one_that_a_slot_can_have(dice: Dice) -> None:
    effect = rules.roll_sub(dice)

    assert (effect.affinity, effect.category) == (None, None)
    assert effect.stat in ("atk", "spr", "spd", "int", "lck", "vit", "mag", "all")
    ranges = {CHECK: range(5, 21), FINAL: range(12, 49)}
    if effect.stat == "all":
        ranges = {CHECK: range(2, 11), FINAL: range(6, 25)}
    assert effect.value in ranges[effect.type]


# The dice.


@pytest.mark.parametrize(
    ("number", "main", "sub"),
    [
        (0, Effect(AFFINITY, "Comedy", "favored", "genre"), Effect(CHECK, 16, stat="int")),
        (1, Effect(AFFINITY, 12, "favored", "series_id"), Effect(FINAL, 48, stat="lck")),
        (2, Effect(AFFINITY, "fire", "favored", "elemental"), Effect(CHECK, 14, stat="spd")),
        (3, Effect(LOOT, 20), Effect(CHECK, 20, stat="atk")),
        (4, Effect(AFFINITY, "Sage", "favored", "archetype"), Effect(FINAL, 37, stat="vit")),
        (14, Effect(AFFINITY, "Comedy", "favored", "genre"), Effect(FINAL, 23, stat="all")),
        (24, Effect(COUNT, 1), Effect(FINAL, 28, stat="lck")),
        (37, Effect(AFFINITY, "Comedy", "favored", "genre"), Effect(CHECK, 9, stat="all")),
    ],
)
def test_the_same_dice_give_the_same_piece_for_ever(number: int, main: Effect, sub: Effect) -> None:
    assert rules.roll_main(POOLS, dice_of(number)) == main
    assert rules.roll_sub(dice_of(number)) == sub


def test_who_does_not_know_the_key_of_the_house_cannot_foresee_a_roll() -> None:
    nothing: Any = None
    cause = "0b0e2b1e-3c2f-5f44-9a51-6d6f6f6e6c74"

    def rolls(key: bytes, nonce: int) -> list[int]:
        dice = Forge(nothing, key).dice(cause, nonce)
        return [dice.below(10**9) for _ in range(3)]

    ours = rolls(b"the key of the house", rules.SUB_NONCE)
    assert ours == rolls(b"the key of the house", rules.SUB_NONCE)
    assert ours != rolls(b"the key of a stranger", rules.SUB_NONCE)
    assert ours != rolls(b"the key of the house", rules.MAIN_NONCE)
    bare = Dice(Seed(b"the key of the house", cause, rules.SUB_NONCE))
    assert ours != [bare.below(10**9) for _ in range(3)]


# The pools.


def a_catalogue() -> Catalog:
    series = [
        a_series_row(2, series_id="12", name="B", genres="School|Drama"),
        a_series_row(3, series_id="7", name="A", genres="Comedy|School"),
        a_series_row(4, series_id="5", name="Nobody's", genres="Lonely"),
    ]
    waifus = [
        a_waifu_row(2, waifu_id="1", series_id="12", archetype="Sage", elemental_type='["light"]'),
        a_waifu_row(3, waifu_id="2", archetype="", elemental_type='["ice", "dark"]'),
        a_waifu_row(4, waifu_id="3", archetype="Knight", elemental_type='["light"]'),
    ]
    plan = settle(read(series, waifus), {}, is_lenient=False)
    assert not plan.problems
    return Catalog.of(1, plan.series, plan.waifus)


def test_the_pools_are_what_the_waifus_of_the_catalogue_are() -> None:
    assert rules.pools(a_catalogue()) == {
        "series_id": [7, 12],
        "archetype": ["Knight", "Sage"],
        "elemental": ["dark", "ice", "light"],
        "genre": ["Comedy", "Drama", "School"],
    }


def test_an_empty_catalogue_has_empty_pools() -> None:
    assert rules.pools(Catalog.of(0, [], [])) == NOTHING


def test_an_effect_type_is_its_word() -> None:
    assert [f"{one}" for one in EffectType] == [
        "affinity_add",
        "loot_pool_bonus",
        "encounter_count_add",
        "stat_check_bonus",
        "final_stat_check_bonus",
    ]
