"""The chances of all checks of a place as steps over the sum of a stat, so that a party costs a few look-ups.

How a check goes depends on the party only through the sum of its stat, and it changes at eight sums. Those are
computed once for each factor; the shares themselves come from the rules of a check.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from math import ceil

from services.expeditions.atlas.rules.types import Encounter
from services.expeditions.expedition.rules import Effects, numbers
from services.expeditions.expedition.rules.encounter import (
    difficulty,
    ease,
    quotient,
    score_factor,
    shares_of,
)
from services.expeditions.planner.rules.draws import Meets, Ways, ways
from services.expeditions.planner.rules.place import Place

BANDS = range(len(numbers.BANDS))


@dataclass(frozen=True, slots=True)
class Steps:
    """What the checks of one stat come to, by the sum of the stat."""

    sums: Sequence[int]
    """From each of these on, the value next to it."""
    values: Sequence[int]

    def at(self, total: int) -> int:
        """The chances of these checks together, in whole parts."""
        place = bisect_right(self.sums, total)
        return self.values[place - 1] if place else 0

    @classmethod
    def of(cls, rises: Iterable[tuple[int, int]]) -> "Steps":
        """Steps that rise at these sums by so much."""
        ordered = sorted(rises)
        return cls([at for at, _ in ordered], [*accumulate(by for _, by in ordered)])


@dataclass(frozen=True, slots=True)
class Chances:
    """What a party's sums come to where it is known how many affinities it may meet: a mean, times a constant."""

    weighted: Sequence[tuple[int, Sequence[Steps]]]
    """In how many sets the factor is the same, and the steps by stat."""

    def at(self, totals: Sequence[int]) -> int:
        """The chances of all checks together, over all sets."""
        return sum(
            weight * sum(steps.at(total) for steps, total in zip(by_stat, totals, strict=True))
            for weight, by_stat in self.weighted
        )

    def merged(self) -> "Chances":
        """The same as one step function for each stat: dear to make, cheap to ask often."""
        if len(self.weighted) == 1:
            return self
        stats = range(len(self.weighted[0][1]))
        return Chances([(1, [self._one(stat) for stat in stats])])

    def _one(self, stat: int) -> Steps:
        return Steps.of(
            (at, weight * (value - before))
            for weight, by_stat in self.weighted
            for at, value, before in zip(
                by_stat[stat].sums,
                by_stat[stat].values,
                (0, *by_stat[stat].values[:-1]),
                strict=True,
            )
        )


class Board:
    """The steps of a place, computed when they are asked for."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.stats = place.stats
        self._by_factor: dict[Fraction, Sequence[Steps]] = {}
        self._by_counts: dict[tuple[Ways, Ways, Fraction], Chances] = {}

    def chances(
        self, favored: Iterable[Meets], disfavored: Iterable[Meets], series: Fraction
    ) -> Chances:
        """The chances of parties who meet these affinities."""
        likes, dislikes = ways(favored, self.place.favored), ways(disfavored, self.place.disfavored)
        key = likes, dislikes, series
        if key not in self._by_counts:
            self._by_counts[key] = Chances([*self._weighted(likes, dislikes, series)])
        return self._by_counts[key]

    def _weighted(
        self, likes: Ways, dislikes: Ways, series: Fraction
    ) -> Iterable[tuple[int, Sequence[Steps]]]:
        sets: dict[Fraction, int] = {}
        for liked, liking in likes:
            for disliked, disliking in dislikes:
                factor = score_factor(self.place.effects, liked, disliked, series)
                sets[factor] = sets.get(factor, 0) + liking * disliking
        for factor, count in sets.items():
            yield count, self._steps(factor)

    def _steps(self, factor: Fraction) -> Sequence[Steps]:
        if factor not in self._by_factor:
            rises: dict[str, list[tuple[int, int]]] = {stat: [] for stat in self.stats}
            for check in self._checks:
                rises[check.encounter.check_stat] += check.rises(factor)
            self._by_factor[factor] = [Steps.of(rises[stat]) for stat in self.stats]
        return self._by_factor[factor]

    @cached_property
    def _checks(self) -> Sequence["Check"]:
        return [Check.of(one, self.place.effects) for one in self.place.checks]


@dataclass(frozen=True, slots=True)
class Check:
    """A check, turned around: from which score on it goes how well."""

    encounter: Encounter
    stat_more: int
    """Added to the sum."""
    scores: Sequence[Fraction | None]
    """From where on each band is reached; none: always."""
    shares: Sequence[int]
    """What goes well in each band."""

    @classmethod
    def of(cls, encounter: Encounter, effects: Effects) -> "Check":
        """The check with all that is in effect at the first step."""
        hard, easier = difficulty(encounter, effects), ease(encounter, effects)
        final = effects.final_stats.get(encounter.check_stat, 0)
        wanted = [Fraction(band, numbers.BANDS_PER_ONE) for band in BANDS]
        return cls(
            encounter,
            effects.stats.get(encounter.check_stat, 0),
            [
                reaches(one - easier, hard, final) if band else None
                for band, one in enumerate(wanted)
            ],
            [shares_of(one, encounter, effects).passed for one in wanted],
        )

    def rises(self, factor: Fraction) -> Iterable[tuple[int, int]]:
        """From which sum of the stat on how much is added."""
        before = 0
        for score, share in zip(self.scores, self.shares, strict=True):
            yield self.sum_for(score, factor), share - before
            before = share

    def sum_for(self, score: Fraction | None, factor: Fraction) -> int:
        """The least sum of the members' stats that comes to this score."""
        if score is None or score <= 0:
            return 0
        if factor <= 0:
            return NEVER
        # What is lowered below nothing counts as nothing, and no score above 0 comes of it.
        return max(0, ceil(score / factor) - self.stat_more)


NEVER = 10**18


def reaches(wanted: Fraction, hard: int, final: int) -> Fraction | None:
    """The score, without what is added at its end, from which on the quotient is as wanted."""
    if wanted <= 0 or (hard <= 0 and quotient(Fraction(0), hard) >= wanted):
        return None
    return wanted * hard - final if hard > 0 else Fraction(NEVER)
