"""Chance that can be replayed.

A stream of HMAC-SHA256 blocks over a secret seed, the player's own word and a number that counts, as in
"provably fair" games: HMAC-SHA256(server seed, "client seed:nonce:draw"). Who knows the three can compute
every draw again, on any machine and for ever; who does not cannot guess the next one.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seed:
    """Where a stream of draws begins."""

    server: bytes
    """32 secret bytes; their SHA-256 is shown before the first draw."""
    client: str
    """The player's own word."""
    nonce: int
    """Counts the uses of the seed, from 0."""


class Dice:
    """Draws without bias. The same seed gives the same draws."""

    def __init__(self, seed: Seed) -> None:
        self._seed = seed
        self._draws = 0

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1, each as likely. `n` is 1 to 2^62."""
        if not 0 < n <= 2**62:
            raise ValueError(f"no die has {n} sides")
        # Rejection sampling: numbers over the last full multiple of n would favour the small ones.
        limit = 2**64 - 2**64 % n
        while (value := self._draw()) >= limit:
            pass
        return value % n

    def pick(self, weighted: Sequence[tuple[T, int]]) -> T:
        """One of the things, by its weight in whole numbers; the order of the things matters."""
        point = self.below(sum(weight for _, weight in weighted))
        for thing, weight in weighted:
            if point < weight:
                return thing
            point -= weight
        raise AssertionError("weights add up")

    def _draw(self) -> int:
        text = f"{self._seed.client}:{self._seed.nonce}:{self._draws}"
        self._draws += 1
        return int.from_bytes(hmac.digest(self._seed.server, text.encode(), "sha256")[:8], "big")
