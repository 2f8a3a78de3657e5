"""What an expedition pays at the end: luck, awakening and the place multiply the money, once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

from chassis.dice import Dice
from services.expeditions.expedition.rules import chances, numbers
from services.expeditions.expedition.rules.loot import CRYSTALS, QUARTZS
from services.expeditions.expedition.rules.modifiers import Effects
from services.expeditions.expedition.rules.report import (
    Event,
    Fortune,
    Label,
    Loot,
    Luck,
    Outcome,
    Rewards,
    Tally,
)


def tally(events: Sequence[Event]) -> Tally:
    """Counts how the encounters ended."""
    ended = Counter(event.outcome for event in events)
    return Tally(
        greats=ended[Outcome.GREAT],
        successes=ended[Outcome.SUCCESS],
        failures=ended[Outcome.FAILURE],
        mishaps=ended[Outcome.MISHAP],
        skips=ended[Outcome.SKIPPED],
        checks=sum(event.check is not None for event in events),
    )


def label(tally: Tally) -> Label:
    """How it went as a whole."""
    failed = tally.failures + tally.mishaps
    if tally.greats > 0 and tally.greats >= tally.successes and not failed:
        return Label.PERFECT
    if tally.greats + tally.successes <= failed:
        return Label.FAILURE
    return Label.GREAT if tally.greats else Label.SUCCESS


def luck(tally: Tally, difficulty: int, effects: Effects, dice: Dice) -> Luck:
    """Rolls the fortune."""
    score = chances.luck(tally.greats, tally.mishaps, difficulty)
    shares = chances.of_luck(score, effects.catastrophe, effects.jackpot)
    roll = 1 + dice.below(numbers.WHOLE)
    return Luck(score, shares, roll, fortune(shares, roll))


def fortune(shares: Iterable[int], roll: int) -> Fortune:
    """What a roll from 1 to 10 000 means."""
    for one, share in zip(Fortune, shares, strict=True):
        if roll <= share:
            return one
        roll -= share
    raise AssertionError("shares add up")


def factor(fortune: Fortune, awakened_count: int, stat_count: int) -> Fraction:
    """Everything that multiplies the money, as one fraction."""
    lucky = numbers.FORTUNE_FACTORS[[*Fortune].index(fortune)]
    awakened = numbers.AWAKENED_FACTOR**awakened_count
    if stat_count == 1:
        return lucky * awakened * numbers.ONE_STAT_FACTOR
    return lucky * awakened * numbers.MORE_STATS_FACTOR ** (stat_count - 2)


def multiplied(found: int, factor: Fraction) -> int:
    """An amount of money, floored once; what was found never vanishes."""
    return max(1, int(found * factor)) if found else 0


def found(loot: Iterable[Loot]) -> dict[str, int]:
    """What the finds come to, by thing."""
    sums: dict[str, int] = {}
    for one in loot:
        sums[one.thing] = sums.get(one.thing, 0) + one.amount
    return dict(sorted(sums.items()))


def rewards(found: dict[str, int], factor: Fraction, dice: Dice) -> Rewards:
    """What is paid and handed over. Items stay as they are."""
    return Rewards(
        crystals=multiplied(found.get(CRYSTALS, 0), factor),
        quartzs=multiplied(found.get(QUARTZS, 0), factor),
        daphine=int(dice.below(numbers.DAPHINE_SIDES) == 0),
        items={code: count for code, count in found.items() if code in numbers.ITEMS},
    )
