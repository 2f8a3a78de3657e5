"""Whom a player sends: three at random, or the best three for the place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeVar

from chassis.dice import Dice
from services.expeditions.expedition.rules import Effects, Member, Party, Plan
from services.expeditions.expedition.rules import affinity as affinities
from services.expeditions.expedition.rules.course import pool, weights
from services.expeditions.expedition.rules.party import series_factor, worth

T = TypeVar("T")

OWNED = 60
SIZE = 3
STARS = {"R": 3, "B3": 3, "B6": 6, "X": 6}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody, as far as the choice cares."""

    member: Member
    worth: float
    """Of her stats, each by how often it is checked there."""
    favored: int
    disfavored: int


def choose(kind: str, plan: Plan, waifus: Sequence[Member], dice: Dice) -> Party:
    """A party of this kind for this place."""
    raised = [
        replace(one, stars=STARS[kind], is_awakened=kind == "X")
        for one in available(kind, waifus, dice)
    ]
    return Party(tuple(raised)) if kind == "R" else best(plan, raised)


def available(kind: str, waifus: Sequence[Member], dice: Dice) -> Sequence[Member]:
    """Whom the player has."""
    return waifus if kind == "X" else some(waifus, SIZE if kind == "R" else OWNED, dice)


def some(things: Sequence[T], count: int, dice: Dice) -> list[T]:
    """So many of the things, no two alike."""
    places: dict[int, None] = {}
    while len(places) < count:
        places[dice.below(len(things))] = None
    return [things[place] for place in places]


def best(plan: Plan, members: Iterable[Member]) -> Party:
    """The three whose mean score is the highest there."""
    shares = frequencies(plan)
    known = [candidate(plan, one, shares) for one in members]
    trios = {trio_key(trio): trio for trio in worth_trying(known)}
    winner = max(trios.values(), key=score)
    return Party(tuple(one.member for one in winner))


def frequencies(plan: Plan) -> dict[str, float]:
    """How often each stat is checked there."""
    come = pool(plan, Effects(left=1, tags=frozenset(plan.template.tags)))
    checks = [one for one in come if one.check_stat]
    if not checks:
        return dict.fromkeys(plan.template.dominant_stats, 1.0)
    shares: dict[str, float] = {}
    for one, weight in zip(checks, weights(checks, plan.template.difficulty), strict=True):
        shares[one.check_stat] = shares.get(one.check_stat, 0.0) + weight
    return shares


def candidate(plan: Plan, member: Member, shares: dict[str, float]) -> Candidate:
    """Somebody with what the place sees in her."""
    alone = Party((member,))
    return Candidate(
        member,
        sum(share * worth(member, stat) for stat, share in shares.items()),
        affinities.count(alone, plan.favored),
        affinities.count(alone, plan.disfavored),
    )


def worth_trying(known: Sequence[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    """Trios among which the best one is.

    Of those whom a place likes alike only the three strongest can be in it; a series, which has a bonus
    of its own, is looked at by itself.
    """
    yield from combinations(strongest(known), SIZE)
    by_series: dict[int, list[Candidate]] = {}
    for one in known:
        by_series.setdefault(one.member.series_id, []).append(one)
    for together in by_series.values():
        yield from combinations(strongest(together), SIZE)


def strongest(known: Iterable[Candidate]) -> list[Candidate]:
    """The three strongest of each kind."""
    alike: dict[tuple[int, int], list[Candidate]] = {}
    for one in known:
        alike.setdefault((one.favored, one.disfavored), []).append(one)
    return [
        one
        for some in alike.values()
        for one in sorted(some, key=lambda one: (-one.worth, one.member.waifu_id))[:SIZE]
    ]


def trio_key(trio: Iterable[Candidate]) -> tuple[int, ...]:
    """What makes two trios the same."""
    return tuple(sorted(one.member.waifu_id for one in trio))


def score(trio: Sequence[Candidate]) -> float:
    """How well it does there on average."""
    liked = affinities.factor(sum(one.favored for one in trio), sum(one.disfavored for one in trio))
    together = series_factor(Party(tuple(one.member for one in trio)))
    return float(liked * together) * sum(one.worth for one in trio)
