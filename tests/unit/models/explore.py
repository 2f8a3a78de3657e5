"""Visits every state that a small world can reach, and says what is wrong with the first bad one."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

W = TypeVar("W", bound=Hashable)
L = TypeVar("L", bound=Hashable)
Move = tuple[str, W]
"""What happens, and the world after it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the search."""

    states: int
    moves: int
    evil: str = ""
    """What is wrong, where something is."""
    story: tuple[str, ...] = ()
    """The shortest way there."""


class Search(Generic[W]):
    """Breadth first, so that the story of a bad state is a shortest one."""

    def __init__(
        self,
        first: W,
        moves: Callable[[W], Iterator[Move[W]]],
        bad: Callable[[W], str],
        good_end: Callable[[W], bool] | None = None,
    ) -> None:
        self._moves = moves
        self._bad = bad
        self._good_end = good_end
        self._came_from: dict[W, tuple[W, str] | None] = {first: None}
        self._before: dict[W, list[W]] = {first: []}
        self._count = 0

    def run(self) -> Verdict:
        """No reachable state is bad, and a good end can be reached from each of them."""
        waiting = deque(self._came_from)
        while waiting:
            world = waiting.popleft()
            if evil := self._bad(world):
                return self._verdict(evil, world)
            for name, after in self._moves(world):
                self._count += 1
                if after not in self._came_from:
                    self._came_from[after] = (world, name)
                    self._before[after] = []
                    waiting.append(after)
                self._before[after].append(world)
        if stuck := next(self._stuck(), None):
            return self._verdict("no way to a good end", stuck)
        return self._verdict("")

    def _stuck(self) -> Iterator[W]:
        """The states from which no way leads to a good end."""
        if self._good_end is None:
            return
        saved = {world for world in self._came_from if self._good_end(world)}
        waiting = deque(saved)
        while waiting:
            for world in self._before[waiting.popleft()]:
                if world not in saved:
                    saved.add(world)
                    waiting.append(world)
        yield from (world for world in self._came_from if world not in saved)

    def _verdict(self, evil: str, world: W | None = None) -> Verdict:
        story: list[str] = []
        while world is not None and (step := self._came_from[world]):
            world, name = step
            story.append(name)
        return Verdict(len(self._came_from), self._count, evil, tuple(reversed(story)))


def put(network: tuple[L, ...], letter: L) -> tuple[L, ...]:
    """The network with one letter more; letters have no order on their way."""
    return tuple(sorted((*network, letter), key=repr))


def take(network: tuple[L, ...], letter: L) -> tuple[L, ...]:
    """The network with one letter less."""
    at = network.index(letter)
    return network[:at] + network[at + 1 :]


def replaced(things: tuple[L, ...], at: int, thing: L) -> tuple[L, ...]:
    """The row of things with another one at a place."""
    return (*things[:at], thing, *things[at + 1 :])


def different(things: Iterable[L]) -> list[L]:
    """Each thing once, always in the same order."""
    return sorted(set(things), key=repr)
