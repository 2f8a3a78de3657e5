"""Sets of whole numbers, as comparisons make them."""

from collections.abc import Iterable
from dataclasses import dataclass

LOWEST = -(2**31)
HIGHEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Spans:
    """Whole numbers from `LOWEST` to `HIGHEST`: pairs of first and last, ascending and apart."""

    pairs: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> "Spans":
        """All numbers of these pairs together; those that end before they begin are empty."""
        joined: list[tuple[int, int]] = []
        for first, last in sorted(pair for pair in pairs if pair[0] <= pair[1]):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = joined[-1][0], max(last, joined[-1][1])
            else:
                joined.append((first, last))
        return cls(tuple(joined))

    @classmethod
    def compared(cls, operator: str, number: int) -> "Spans":
        """The numbers that stand like this to another one: `>=` 2."""
        match operator:
            case ">":
                return cls.of([(number + 1, HIGHEST)])
            case ">=":
                return cls.of([(number, HIGHEST)])
            case "<":
                return cls.of([(LOWEST, number - 1)])
            case "<=":
                return cls.of([(LOWEST, number)])
            case _:
                return cls.of([(number, number)])

    def __or__(self, other: "Spans") -> "Spans":
        return Spans.of((*self.pairs, *other.pairs))

    def __invert__(self) -> "Spans":
        edges = [LOWEST, *(edge for a, b in self.pairs for edge in (a - 1, b + 1)), HIGHEST]
        return Spans.of(zip(edges[::2], edges[1::2], strict=True))

    def __and__(self, other: "Spans") -> "Spans":
        return ~(~self | ~other)

    def __contains__(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.pairs)


ALL = Spans(((LOWEST, HIGHEST),))
