"""What a piece of equipment does, and how its effects are rolled. The dice come in as an argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

from chassis.dice import Dice
from services.collection.catalog.rules import Catalog

T = TypeVar("T")

MAX_EQUIPMENT = 20
MAX_SUB_SLOTS = 5
FAVORED = "favored"
STATS = ("atk", "spr", "spd", "int", "lck", "vit", "mag", "all")
"""What a sub slot can raise; nothing raises hp."""
ALL = "all"
MAIN_NONCE, SUB_NONCE = 0, 1
"""A roll of either kind has a stream of its own, also when one operation asks for both."""


class EffectType(StrEnum):
    """What an effect does on an expedition."""

    AFFINITY_ADD = "affinity_add"
    LOOT_POOL_BONUS = "loot_pool_bonus"
    ENCOUNTER_COUNT_ADD = "encounter_count_add"
    STAT_CHECK_BONUS = "stat_check_bonus"
    FINAL_STAT_CHECK_BONUS = "final_stat_check_bonus"


MAIN_WEIGHTS = {
    EffectType.AFFINITY_ADD: 90,
    EffectType.LOOT_POOL_BONUS: 5,
    EffectType.ENCOUNTER_COUNT_ADD: 5,
}
"""In percent."""
MAIN_AMOUNTS = {
    EffectType.LOOT_POOL_BONUS: range(10, 21),
    EffectType.ENCOUNTER_COUNT_ADD: range(1, 4),
}
SUB_AMOUNTS = {
    EffectType.STAT_CHECK_BONUS: range(5, 21),
    EffectType.FINAL_STAT_CHECK_BONUS: range(12, 49),
}
"""Each type as likely; halved where all stats are raised."""


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect in the words of the first design; what a type has no use for is none."""

    type: EffectType
    value: int | str
    """How much; of an affinity what is favoured, a series by its number."""
    affinity: str | None = None
    category: str | None = None
    stat: str | None = None


Pools: TypeAlias = Mapping[str, Sequence[int | str]]
"""Category to what an affinity can favour."""


def pools(catalog: Catalog) -> Pools:
    """What the waifus of a catalogue are, sorted: the same dice find the same value on every replica."""
    waifus = catalog.waifus.values()
    peopled = {waifu.series_id for waifu in waifus}
    return {
        "series_id": sorted(peopled),
        "archetype": sorted({waifu.archetype for waifu in waifus if waifu.archetype}),
        "elemental": sorted({element for waifu in waifus for element in waifu.elemental_type}),
        "genre": sorted({genre for one in peopled for genre in catalog.series[one].genres}),
    }


def roll_main(pools: Pools, dice: Dice) -> Effect:
    """The effect a piece comes with. Where there is nothing to favour, it is one of the other types."""
    filled = [category for category, values in pools.items() if values]
    weights = [
        (kind, weight)
        for kind, weight in MAIN_WEIGHTS.items()
        if filled or kind is not EffectType.AFFINITY_ADD
    ]
    kind = dice.pick(weights)
    if kind is not EffectType.AFFINITY_ADD:
        return Effect(kind, one_of(MAIN_AMOUNTS[kind], dice))
    category = one_of(filled, dice)
    return Effect(kind, one_of(pools[category], dice), affinity=FAVORED, category=category)


def roll_sub(dice: Dice) -> Effect:
    """The effect of a sub slot that opens."""
    kind = one_of(tuple(SUB_AMOUNTS), dice)
    stat = one_of(STATS, dice)
    amount = one_of(SUB_AMOUNTS[kind], dice)
    return Effect(kind, amount // 2 if stat == ALL else amount, stat=stat)


def one_of(things: Sequence[T], dice: Dice) -> T:
    """One of the things, each as likely."""
    return things[dice.below(len(things))]
