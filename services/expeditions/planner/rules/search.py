"""The best party of all, found without looking at each, and proven.

Three things make it fast, and none of them guesses:

- Whoever is outdone by three others in everything that counts there can stay at home: one of the three is free to take
  her place, and the party is no worse.
- Members who meet the same affinities form a camp. The best a party out of three camps can do is bounded by
  the highest sums of their stats; where that is no more than what was found already, nobody looks at its parties.
- Before the third camp is known, a camp that is nowhere takes its place: it likes what any of them likes, dislikes only
  what all dislike, and has the highest stats of all.

Three of one series count for more; they are searched by themselves, series by series.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from math import comb

from services.expeditions.expedition.rules import Member, numbers
from services.expeditions.expedition.rules.party import worth
from services.expeditions.planner.rules.draws import Meets, meets
from services.expeditions.planner.rules.place import Place
from services.expeditions.planner.rules.steps import Board, Chances

SIZE = 3
NOBODY_ID = 0


@dataclass(frozen=True, slots=True)
class Camp:
    """What somebody meets there, on both sides."""

    favored: Meets
    disfavored: Meets

    def is_as_good(self, other: "Camp") -> bool:
        """Whether nothing that the other one meets would be missed, whatever is drawn."""
        return (
            not other.favored.drawn & ~self.favored.drawn
            and not self.disfavored.drawn & ~other.disfavored.drawn
            and self.favored.always >= other.favored.always
            and self.disfavored.always <= other.disfavored.always
        )

    @property
    def rank(self) -> int:
        """Higher for whoever may be as good as another one."""
        liked = self.favored.drawn.bit_count() + self.favored.always
        return liked - self.disfavored.drawn.bit_count() - self.disfavored.always


@dataclass(frozen=True, slots=True)
class Runner:
    """Somebody who could go: only what counts there."""

    waifu_id: int
    camp: Camp
    worths: tuple[int, ...]
    series_id: int

    def outdoes(self, other: "Runner") -> bool:
        """Whether she is as good in everything; who comes first in order wins a tie."""
        return self.camp.is_as_good(other.camp) and all(
            mine >= hers for mine, hers in zip(self.worths, other.worths, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Best:
    """The best party, and what it took to prove it."""

    waifu_ids: tuple[int, ...]
    success: Fraction
    """The mean chance of success."""
    party_count: int
    computed_count: int


@dataclass(frozen=True, slots=True)
class Group:
    """Runners of one camp, the strongest first."""

    camp: Camp
    runners: Sequence[Runner]
    tops: tuple[int, ...]
    """The highest worth of each stat."""


def best_party(place: Place, members: Sequence[Member]) -> Best | None:
    """The party of one to three with the highest mean chance of success; none where nobody can go."""
    if not members:
        return None
    search = Search(Board(place))
    runners = [runner(place, search.board.stats, one) for one in members]
    search.among(contenders(runners), Fraction(1))
    for series in by_series(runners):
        search.among(contenders(series), numbers.SERIES_FACTOR, is_full=True)
    return search.best(len(members))


def runner(place: Place, stats: Sequence[str], member: Member) -> Runner:
    """Somebody, as the search sees her."""
    return Runner(
        waifu_id=member.waifu_id,
        camp=Camp(meets(member, place.favored), meets(member, place.disfavored)),
        worths=tuple(worth(member, stat) for stat in stats),
        series_id=member.series_id,
    )


def by_series(runners: Iterable[Runner]) -> Iterator[list[Runner]]:
    """Those of one series, where there are enough of them."""
    found: defaultdict[int, list[Runner]] = defaultdict(list)
    for one in runners:
        found[one.series_id].append(one)
    return (those for those in found.values() if len(those) >= numbers.SERIES_PARTY)


def contenders(runners: Iterable[Runner]) -> list[Runner]:
    """Those who are outdone by at most two others, the strongest first."""
    kept: list[Runner] = []
    for one in sorted(runners, key=strength):
        outdone = 0
        for other in kept:
            outdone += other.outdoes(one)
            if outdone == SIZE:
                break
        else:
            kept.append(one)
    return kept


def strength(one: Runner) -> tuple[int, int, int]:
    """The order in which whoever outdoes somebody comes before her."""
    return -sum(one.worths), -one.camp.rank, one.waifu_id


class Search:
    """Looks through the camps of several sets of runners, and keeps the best party."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.found: tuple[int, ...] = ()
        self.highest = -1
        self.computed = 0

    def best(self, count: int) -> Best:
        """What was found among so many."""
        place = self.board.place
        whole = comb(len(place.favored.pool), place.favored.drawn)
        whole *= comb(len(place.disfavored.pool), place.disfavored.drawn)
        whole *= max(1, len(place.checks)) * numbers.WHOLE
        return Best(
            waifu_ids=self.found,
            success=Fraction(self.highest, whole),
            party_count=sum(comb(count, size) for size in numbers.PARTY),
            computed_count=self.computed,
        )

    def among(self, runners: Sequence[Runner], series: Fraction, *, is_full: bool = False) -> None:
        """Looks at parties of these; where they must be three, at no smaller ones."""
        groups = camps(runners if is_full else with_nobody(runners))
        anywhere = nowhere(groups)
        pairs: list[tuple[int, int, int]] = []
        for first, second in combinations_with_replacement(range(len(groups)), 2):
            bound = self.bound([groups[first], groups[second], anywhere], series)
            if bound > self.highest:
                pairs.append((-bound, first, second))
        for negative, first, second in sorted(pairs):
            if -negative <= self.highest:
                break
            self.with_pair(groups, first, second, series)

    def with_pair(self, groups: Sequence[Group], first: int, second: int, series: Fraction) -> None:
        """Looks at every third camp, the most promising first."""
        triples: list[tuple[int, int]] = []
        for third in range(second, len(groups)):
            bound = self.bound([groups[first], groups[second], groups[third]], series)
            if bound > self.highest:
                triples.append((-bound, third))
        for negative, third in sorted(triples):
            if -negative <= self.highest:
                break
            self.within([groups[first], groups[second], groups[third]], series)

    def chances(self, groups: Sequence[Group], series: Fraction) -> Chances:
        """The chances of parties out of these camps."""
        camps = [one.camp for one in groups]
        return self.board.chances(
            [one.favored for one in camps], [one.disfavored for one in camps], series
        )

    def bound(self, groups: Sequence[Group], series: Fraction) -> int:
        """No party out of these camps does better."""
        return self.chances(groups, series).at(summed([one.tops for one in groups]))

    def within(self, groups: Sequence[Group], series: Fraction) -> None:
        """Looks at the parties out of three camps."""
        value = self.chances(groups, series).merged().at
        first, second, third = groups
        for one, other in pairs_of(first, second):
            two = summed([one.worths, other.worths])
            if value(summed([two, third.tops])) <= self.highest:
                continue
            for last in third.runners if third is not second else after(third.runners, other):
                self.look((one, other, last), two, value)

    def look(
        self,
        party: tuple[Runner, Runner, Runner],
        two: Sequence[int],
        value: Callable[[Sequence[int]], int],
    ) -> None:
        """One party."""
        ids = tuple(sorted(one.waifu_id for one in party if one.waifu_id != NOBODY_ID))
        if not ids:
            return
        self.computed += 1
        chance = value(summed([two, party[2].worths]))
        if chance > self.highest:
            self.highest, self.found = chance, ids


def pairs_of(first: Group, second: Group) -> Iterator[tuple[Runner, Runner]]:
    """Two different runners."""
    if first is second:
        return combinations(first.runners, 2)
    return ((one, other) for one in first.runners for other in second.runners)


def after(runners: Sequence[Runner], one: Runner) -> Sequence[Runner]:
    """Those who come behind her."""
    return runners[runners.index(one) + 1 :]


def camps(runners: Iterable[Runner]) -> list[Group]:
    """The runners by what they meet."""
    found: defaultdict[Camp, list[Runner]] = defaultdict(list)
    for one in runners:
        found[one.camp].append(one)
    return [
        Group(camp, those, highest([one.worths for one in those])) for camp, those in found.items()
    ]


def nowhere(groups: Sequence[Group]) -> Group:
    """A camp that is as good as any of them."""
    favored = [one.camp.favored for one in groups]
    disfavored = [one.camp.disfavored for one in groups]
    liked, disliked = 0, disfavored[0].drawn
    for one, other in zip(favored, disfavored, strict=True):
        liked, disliked = liked | one.drawn, disliked & other.drawn
    camp = Camp(
        # She likes all that anybody likes, and still no more at once than the one who likes most.
        Meets(liked, max(one.always for one in favored), most=max(one.count for one in favored)),
        Meets(disliked, min(one.always for one in disfavored)),
    )
    return Group(camp, (), highest([one.tops for one in groups]))


def with_nobody(runners: Sequence[Runner]) -> list[Runner]:
    """With two empty places, unless there are three who can do no harm in them."""
    harmless = sum(not one.camp.disfavored.count for one in runners)
    if harmless >= SIZE:
        return [*runners]
    empty = Runner(NOBODY_ID, Camp(Meets(0, 0), Meets(0, 0)), (0,) * len(runners[0].worths), 0)
    return [*runners, empty, empty]


def summed(rows: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Stat by stat, all together."""
    return tuple(map(sum, zip(*rows, strict=True)))


def highest(rows: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Stat by stat, the best of them."""
    return tuple(map(max, zip(*rows, strict=True)))
