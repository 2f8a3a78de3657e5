"""What a place likes and dislikes about a party."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeVar

from chassis.dice import Dice
from services.expeditions.atlas.rules.types import Affinity
from services.expeditions.expedition.rules import numbers
from services.expeditions.expedition.rules.party import Member, Party, traits

T = TypeVar("T")


def choose(pool: Sequence[T], count: int, dice: Dice) -> tuple[T, ...]:
    """So many out of the pool, or all of them, each set as likely, in their old order."""
    left = [*range(len(pool))]
    while len(left) > count:
        del left[dice.below(len(left))]
    return tuple(pool[place] for place in left)


def count(party: Party, affinities: Iterable[Affinity]) -> int:
    """How many of the affinities the party meets; of each member only the first few count."""
    known = tuple(affinities)
    return sum(min(numbers.MOST_PER_MEMBER, met(one, known)) for one in party.members)


def met(member: Member, affinities: Iterable[Affinity]) -> int:
    """How many of them she meets. One that stands twice counts twice; case counts."""
    return sum(one.value in traits(member, one.category) for one in affinities)


def factor(
    favored: int, disfavored: int, more: Fraction = Fraction(0), halvings: int = 0
) -> Fraction:
    """What the score is multiplied with. Each halving brings it half the way back to one."""
    met = numbers.FAVORED_FACTOR**favored * numbers.DISFAVORED_FACTOR**disfavored + more
    held = min(max(met, numbers.LEAST_AFFINITY), numbers.MOST_AFFINITY)
    return 1 + (held - 1) / 2**halvings
