"""What the house must reach and what it aims at, and a table of what was measured."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEADS = ("", "goal", "must", "aim", "measured", "spread", "reached")


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the goals."""

    id: str
    what: str
    must: float
    aim: float
    unit: str = ""
    is_floor: bool = False
    """Whether more is better."""


GOALS = (
    Goal("G1", "WAL flushes of a ten-summon", 4, 3),
    Goal("G1", "WAL flushes of a purchase", 3, 2),
    Goal("G1", "WAL flushes of a daily reward", 1, 1),
    Goal("G1", "WAL flushes of a page", 0, 0),
    Goal("G2", "round trips of a ten-summon", 5, 3),
    Goal("G2", "round trips of a purchase", 4, 2),
    Goal("G2", "round trips of a daily reward", 1, 1),
    Goal("G2", "round trips of a page", 1, 1),
    Goal("G3", "ten-summon against the raw chain, 16 callers", 0.6, 1.0, "×", is_floor=True),
    Goal("G4", "ten-summons a second, 64 callers against 1", 3, 5, "×", is_floor=True),
    Goal("G5", "p99 / p50 of a ten-summon, 16 callers", 4, 3, "×"),
    Goal("G6", "cost of tracing at ratio 0.1, 16 callers", 15, 8, "%"),
    Goal("G7", "growth of a page", 1.5, 1.2, "×"),
    Goal("G7", "growth of one row", 1.5, 1.2, "×"),
    Goal("G7", "growth of a grant", 1.5, 1.2, "×"),
    Goal("G7", "growth of the leaderboard", 1.5, 1.2, "×"),
    Goal("G8", "four services against one process, 16 callers", 0.4, 1.0, "×", is_floor=True),
    Goal("G8", "four services against one process, 64 callers", 0.4, 1.0, "×", is_floor=True),
    Goal("G9", "ten-card picture, warm, of a processor", 15, 8, "ms"),
    Goal("G10", "p99 of an acknowledgement under full load", 1000, 200, "ms"),
    Goal("G11", "memory of a service at rest, the largest", 120, 90, "MiB"),
    Goal("G11", "memory of a service under load, the largest", 200, 150, "MiB"),
    Goal("G12", "`make run` on a prepared clone to ready", 15, 6, "s"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a goal came to, round by round."""

    goal: Goal
    rounds: Sequence[float]

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def verdict(self) -> str:
        """How far it got."""
        if self._is_within(self.goal.aim):
            return "aim"
        return "must" if self._is_within(self.goal.must) else "MISSED"

    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        goal, sign = self.goal, "≥" if self.goal.is_floor else "≤"
        low, high = min(self.rounds), max(self.rounds)
        spread = f"{shown(low)} to {shown(high)}" if len(self.rounds) > 1 else "exact"
        return (
            *(goal.id, goal.what, f"{sign} {shown(goal.must)} {goal.unit}".strip()),
            *(f"{shown(goal.aim)} {goal.unit}".strip(), f"{shown(self.value)} {goal.unit}".strip()),
            *(spread, self.verdict),
        )

    def _is_within(self, limit: float) -> bool:
        return self.value >= limit if self.goal.is_floor else self.value <= limit


class Results:
    """Everything that was measured."""

    def __init__(self) -> None:
        self._of: dict[str, Measured] = {}
        self.facts: list[str] = []
        """What is worth knowing beside the goals."""

    def add(self, what: str, *rounds: float) -> None:
        """A goal by its words; without rounds it was not measured."""
        [goal] = [goal for goal in GOALS if goal.what == what]
        if rounds:
            self._of[what] = Measured(goal, rounds)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """In the order of the goals."""
        return [self._of[goal.what].cells() for goal in GOALS if goal.what in self._of]

    @property
    def missed(self) -> list[str]:
        """Goals that must be reached and are not."""
        return [one.goal.what for one in self._of.values() if one.verdict == "MISSED"]


def shown(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table for a page."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
