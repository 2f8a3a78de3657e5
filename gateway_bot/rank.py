"""What the next collector rank asks for.

The one rule of the game that the face knows, for want of a field in the contract: rank r needs both
a power of 1 000 · 2^(r−1) and 5 · (r−1) waifus.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A rank and both of its conditions."""

    rank: int
    power: int
    owned: int


def next_rank(rank: int) -> Target:
    """The rank after this one."""
    return Target(rank + 1, 1000 * 2**rank, 5 * rank)
