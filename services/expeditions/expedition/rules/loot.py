"""What is found, and how much of it."""

from fractions import Fraction

from chassis.dice import Dice
from chassis.money import Currency
from services.expeditions.expedition.rules import numbers
from services.expeditions.expedition.rules.exact import (
    BELL_SIDES,
    DECAY_ONE,
    THOUSAND,
    decay,
    deviation,
)
from services.expeditions.expedition.rules.numbers import Amounts
from services.expeditions.expedition.rules.report import Loot

CRYSTALS = Currency.SAKURA_CRYSTALS.value
QUARTZS = Currency.QUARTZS.value
ITEM = "item"
AMOUNTS = {CRYSTALS: numbers.CRYSTAL_AMOUNTS, QUARTZS: numbers.QUARTZ_AMOUNTS}


def value(loot: int, factor: Fraction, difficulty: int, score: Fraction) -> int:
    """What a passed encounter is worth, floored once; nothing at all where its loot comes to nothing.

    The loot itself is multiplied once and floored. A score up to the knee counts half, with the difficulty
    for the other half; what lies beyond it counts for less.
    """
    bonus = int(loot * factor)
    if bonus <= 0:
        return 0
    knee = numbers.KNEE * difficulty
    counted = Fraction(min(int(knee), int(score)) + difficulty, 2)
    beyond = numbers.BEYOND_THE_KNEE * max(0, int(score - knee))
    return int(counted + beyond) + bonus


def find(value: int, rolls: int, dice: Dice) -> tuple[Loot, ...]:
    """The finds of an encounter; a second one may be nothing."""
    found = (second(value, dice) if number else first(value, dice) for number in range(rolls))
    return tuple(one for one in found if one.amount > 0)


def first(value: int, dice: Dice) -> Loot:
    """A find as it comes."""
    thing = dice.pick([*shares(value).items()])
    return item(value, dice) if thing == ITEM else money(thing, value, dice)


def second(value: int, dice: Dice) -> Loot:
    """One more: its kind is that of a higher value, and of money there is a quarter."""
    thing = dice.pick([*shares(int(value * numbers.SECOND_VALUE)).items()])
    if thing == ITEM:
        return item(value, dice)
    found = money(thing, value, dice)
    return Loot(thing, found.amount // numbers.SECOND_AMOUNT, value)


def shares(value: int) -> dict[str, int]:
    """How likely crystals, quartz and items are, in whole parts that add up exactly."""
    held = min(max(value, numbers.LEAST_VALUE), numbers.MOST_VALUE)
    more = Fraction(max(0, held - numbers.ITEM_FROM), numbers.MOST_VALUE - numbers.ITEM_FROM)
    item = numbers.ITEM_CHANCE + numbers.ITEM_CHANCE_MORE * more
    grown = Fraction(held - numbers.LEAST_VALUE, numbers.MOST_VALUE - numbers.LEAST_VALUE)
    quartz = numbers.QUARTZ_CHANCE + numbers.QUARTZ_CHANCE_MORE * grown
    whole = item.denominator * quartz.denominator
    parts = {QUARTZS: int(quartz * whole), ITEM: int(item * whole)}
    return {CRYSTALS: whole - sum(parts.values()), **parts}


def money(currency: str, value: int, dice: Dice) -> Loot:
    """Money: around the base of the value, and one at least."""
    return Loot(currency, amount(AMOUNTS[currency], value, dice.below(BELL_SIDES)), value)


def amount(amounts: Amounts, value: int, point: int) -> int:
    """The amount at one of the points of the bell curve around the base."""
    base = base_of(amounts, value)
    spread = max(amounts.least_spread_tenths, amounts.spread_tenths * base)
    return max(1, base + deviation(point) * spread // (10 * THOUSAND))


def base_of(amounts: Amounts, value: int) -> int:
    """The usual amount for a value."""
    least, base, per_one = [step for step in amounts.steps if value >= step[0]][-1]
    return base + (value - least) // per_one


def item(value: int, dice: Dice) -> Loot:
    """An item; those that belong to a value near this one are the likely ones."""
    code, count = dice.pick(item_weights(value))
    return Loot(code, count, value)


def item_weights(value: int) -> list[tuple[tuple[str, int], int]]:
    """Every item in every number, and how likely it is."""
    return [
        ((code, count), item_weight(target, value))
        for code, counts in numbers.ITEMS.items()
        for count, target in counts
    ]


def item_weight(target: int, value: int) -> int:
    """How likely an item is that belongs to another value; none is quite impossible."""
    fades = numbers.ITEM_FADES_ABOVE if target > value else numbers.ITEM_FADES_BELOW
    faded = fades * abs(target - value)
    least = int(numbers.LEAST_ITEM_WEIGHT * DECAY_ONE)
    return max(least, decay(faded.numerator, faded.denominator))
