"""How many affinities a party meets, when only so many of those that stand there will act.

Every set of that size is as likely. Instead of walking through the sets, those affinities are counted together
that the same members meet: then only how many of each kind are drawn matters, and the sets are counted exactly.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

from services.expeditions.atlas.rules.types import Affinity
from services.expeditions.expedition.rules import Member, numbers
from services.expeditions.expedition.rules.affinity import met
from services.expeditions.planner.rules.place import Side

Ways = tuple[tuple[int, int], ...]
"""How many are met, and in how many of the sets."""


@dataclass(frozen=True, slots=True)
class Meets:
    """Which affinities of one side somebody meets."""

    drawn: int
    """A bit for each of the pool."""
    always: int
    """How many of those that act in any case."""
    most: int = numbers.MOST_PER_MEMBER
    """More of hers do not count."""

    @property
    def count(self) -> int:
        """As many as can ever count."""
        return min(self.most, self.drawn.bit_count() + self.always)


def meets(member: Member, side: Side) -> Meets:
    """What she meets."""
    bits = sum(1 << place for place, one in enumerate(side.pool) if met(member, [one]))
    return Meets(bits, met(member, side.always))


def without(one: Meets, side: Side, affinity: Affinity) -> Meets:
    """The same, as if this affinity of the pool were nobody's."""
    gone = sum(1 << place for place, known in enumerate(side.pool) if known == affinity)
    return Meets(one.drawn & ~gone, one.always, one.most)


def sets_of(side: Side) -> int:
    """How many sets can be drawn."""
    return comb(len(side.pool), side.drawn)


def ways(party: Iterable[Meets], side: Side) -> Ways:
    """How many of the affinities a party meets, over all the sets."""
    members = tuple(party)
    return _ways(
        tuple(one.drawn for one in members),
        tuple(one.always for one in members),
        tuple(one.most for one in members),
        len(side.pool),
        side.drawn,
    )


@lru_cache(maxsize=50_000)
def _ways(
    bits: Sequence[int], always: Sequence[int], most: Sequence[int], size: int, drawn: int
) -> Ways:
    kinds = Counter(tuple(one >> place & 1 for one in bits) for place in range(size))
    start = tuple(map(min, always, most))
    states = {(start, drawn): 1}
    for kind, there in kinds.items():
        states = _drawn(states, kind, there, most)
    sums: Counter[int] = Counter()
    for (counts, left), sets in states.items():
        if not left:
            sums[sum(counts)] += sets
    return tuple(sorted(sums.items()))


def _drawn(
    states: dict[tuple[tuple[int, ...], int], int],
    kind: tuple[int, ...],
    there: int,
    most: Sequence[int],
) -> dict[tuple[tuple[int, ...], int], int]:
    """What comes of drawing from one more kind of affinities."""
    after: Counter[tuple[tuple[int, ...], int]] = Counter()
    for (counts, left), sets in states.items():
        for taken in range(min(there, left) + 1):
            met = tuple(
                min(top, count + taken * does)
                for count, does, top in zip(counts, kind, most, strict=True)
            )
            after[met, left - taken] += sets * comb(there, taken)
    return dict(after)
