"""What became of the wishes of many players."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.invariants import Finding

ALL = "all"
SHED = "RESOURCE_EXHAUSTED"


@dataclass(frozen=True, slots=True)
class Spread:
    """How long wishes took, in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    most: float

    @classmethod
    def of(cls, took_s: Iterable[float]) -> "Spread":
        """The spread of some times; there is at least one."""
        ordered = sorted(took_s)

        def at(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3, 1)

        return cls(len(ordered), at(0.5), at(0.9), at(0.99), at(1))


@dataclass(slots=True)
class Report:
    """Counts and times of one run."""

    players: int
    rate: float
    """So many wishes a second were wanted."""
    seconds: float = 0.0
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Wish to the seconds of each, from when it was due to its answer; a refusal is an answer."""
    errors: Counter[str] = field(default_factory=Counter)
    """Wishes that were not answered, by code."""
    samples: dict[str, str] = field(default_factory=dict)
    """What was said with an error, the first time."""
    most_at_once: int = 0
    open: int = 0
    """Still without an answer at the end."""
    refusals: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    """Calls that were repeated, by code."""
    findings: Sequence[Finding] = ()

    def answer(self, name: str, took_s: float) -> None:
        """A wish was answered."""
        self.took[name].append(took_s)

    def fail(self, code: str, said: str) -> None:
        """A wish was not."""
        self.errors[code] += 1
        self.samples.setdefault(code, said)

    @property
    def answered(self) -> int:
        """How many wishes were."""
        return sum(map(len, self.took.values()))

    @property
    def broken(self) -> list[Finding]:
        """The invariants that do not hold."""
        return [finding for finding in self.findings if finding.violations]

    @property
    def is_sound(self) -> bool:
        """Whether every wish was answered and nothing is broken."""
        return not self.errors and not self.open and not self.broken

    def spreads(self) -> Mapping[str, Spread]:
        """How long they took: all of them, then each wish."""
        if not self.took:
            return {}
        every = [took for times in self.took.values() for took in times]
        return {ALL: Spread.of(every)} | {
            name: Spread.of(times) for name, times in sorted(self.took.items())
        }

    def facts(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "players": self.players,
            "wanted_per_s": self.rate,
            "seconds": round(self.seconds, 1),
            "answered": self.answered,
            "answered_per_s": round(self.answered / self.seconds, 1) if self.seconds else 0,
            "most_at_once": self.most_at_once,
            "wishes": {
                name: {
                    "count": one.count,
                    "p50_ms": one.p50,
                    "p90_ms": one.p90,
                    "p99_ms": one.p99,
                    "max_ms": one.most,
                }
                for name, one in self.spreads().items()
            },
            "refusals": dict(self.refusals.most_common()),
            "repeated": dict(self.troubles.most_common()),
            "shed": self.troubles[SHED] + self.errors[SHED],
            "errors": {code: [count, self.samples[code]] for code, count in self.errors.items()},
            "open": self.open,
            "invariants": {"asked": len(self.findings), "broken": [f.id for f in self.broken]},
            "is_sound": self.is_sound,
        }

    def lines(self) -> list[str]:
        """What is not in the table, line by line."""
        facts = self.facts()
        told = [
            f"{self.players} players, {facts['seconds']:g} s: {self.answered} wishes answered, "
            f"{facts['answered_per_s']:g} a second of {self.rate:g} wanted, "
            f"{self.most_at_once} at once at most",
            f"refused: {counted(self.refusals)}",
            f"repeated: {counted(self.troubles)}; shed: {facts['shed']}",
            f"errors: {counted(self.errors)}; without an answer at the end: {self.open}",
            *(f"  {code}: {said}" for code, said in self.samples.items()),
        ]
        if self.findings:
            told += [f"VIOLATED {one.id} {one.statement}: {one.sample}" for one in self.broken]
            told.append(f"invariants: {len(self.findings)} asked, {len(self.broken)} broken")
        return told


def counted(counter: Counter[str]) -> str:
    """The most frequent first; a word for none."""
    return ", ".join(f"{what} {count}" for what, count in counter.most_common()) or "none"
