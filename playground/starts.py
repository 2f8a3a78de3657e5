"""How often sessions may begin: each bucket of shards begins one in some seconds, whichever process asks."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from playground.world import Json

A_DAY = 1_000
KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Start:
    """A bot that wanted to begin a session."""

    moment: float
    """Of a clock that only goes forward, in seconds."""
    shard: int
    shards: int
    bucket: int
    is_allowed: bool


class Starts:
    """Counts sessions that began, and refuses those that come too early; with 0 seconds none does."""

    def __init__(
        self,
        max_concurrency: int = 1,
        every_s: float = 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_concurrency = max_concurrency
        self.every_s = every_s
        self.asked: deque[Start] = deque(maxlen=KEPT)
        """Everybody who wanted to begin, oldest first."""
        self._now = now
        self._began: dict[int, float] = {}
        self._left = A_DAY

    def begin(self, shard: int, shards: int) -> bool:
        """Whether this session may begin now."""
        now, bucket = self._now(), shard % self.max_concurrency
        is_allowed = self.every_s == 0 or now - self._began.get(bucket, -math.inf) >= self.every_s
        self.asked.append(Start(now, shard, shards, bucket, is_allowed))
        if is_allowed:
            self._began[bucket] = now
            self._left = max(0, self._left - 1)
        return is_allowed

    def limit(self) -> Json:
        """What bots are told about it."""
        return {
            "total": A_DAY,
            "remaining": self._left,
            "reset_after": 0,
            "max_concurrency": self.max_concurrency,
        }
