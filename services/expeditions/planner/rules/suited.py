"""Who suits a place, looked at alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from services.expeditions.expedition.rules import Member, Party, affinity, numbers
from services.expeditions.planner.rules.outlook import strength_of
from services.expeditions.planner.rules.place import Place, Side


@dataclass(frozen=True, slots=True)
class Suited:
    """Somebody, and what a place makes of her."""

    member: Member
    favored: int
    disfavored: int
    factor: Fraction
    """What the affinities would make of her score if all she meets were drawn."""
    worth: int
    """What she adds up to in the stats that are checked there."""


def suited(place: Place, members: Iterable[Member]) -> list[Suited]:
    """All of them, whoever suits best first."""
    return sorted(
        (look(place, one) for one in members),
        key=lambda one: (-one.factor, -one.worth, one.member.waifu_id),
    )


def look(place: Place, member: Member) -> Suited:
    """How she meets the place; of each side only the first few count, as in a check."""
    favored, disfavored = count(member, place.favored), count(member, place.disfavored)
    return Suited(
        member=member,
        favored=favored,
        disfavored=disfavored,
        factor=affinity.factor(favored, disfavored),
        worth=sum(one.total for one in strength_of(place, Party((member,))).stats),
    )


def count(member: Member, side: Side) -> int:
    """How many of what may act she meets."""
    met = affinity.met(member, (*side.pool, *side.always))
    return min(numbers.MOST_PER_MEMBER, met)
