"""Wishes that come by the clock, whether or not the ones before have been answered: an open loop.

A loop that waits for answers asks less as soon as it is slow, and so hides what a slow moment costs everybody
who would have come meanwhile. Here a wish's time begins when it was due, not when it was sent.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import grpc

from console.crowd.report import Report
from console.trouble import Trouble

GRACE_S = 15.0
"""So long what is under way may still take when the time is over."""

Wish = Callable[[], Awaitable[str | None]]
"""Somebody's wish, from beginning to end: its name, or none when nobody wished for anything."""


@dataclass(slots=True)
class Arrivals:
    """Lets wishes arrive at random, so many a second on average."""

    rate: float
    seconds: float
    dice: random.Random
    report: Report

    async def live(self, next_wish: Callable[[], Wish], tell: Callable[[float], None]) -> None:
        """Lets them arrive until the time is over; tells how much of it has gone by."""
        began, due = time.monotonic(), 0.0
        under_way: set[asyncio.Task[None]] = set()
        while (due := due + self.dice.expovariate(self.rate)) < self.seconds:
            await asyncio.sleep(max(0.0, began + due - time.monotonic()))
            task = asyncio.create_task(self._see(next_wish(), began + due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            self.report.most_at_once = max(self.report.most_at_once, len(under_way))
            tell(min(due, self.seconds))
        self.report.seconds = max(self.seconds, time.monotonic() - began)
        await self._end(under_way)
        tell(self.seconds)

    async def _see(self, wish: Wish, due: float) -> None:
        try:
            name = await wish()
        except grpc.aio.AioRpcError as error:
            self.report.fail(error.code().name, error.details() or "")
        except (Trouble, OSError, TimeoutError) as error:
            self.report.fail(type(error).__name__, str(error))
        else:
            if name is not None:
                self.report.answer(name, time.monotonic() - due)

    async def _end(self, under_way: set[asyncio.Task[None]]) -> None:
        if under_way:
            await asyncio.wait(under_way, timeout=GRACE_S)
        self.report.open = len(under_way)
        for task in [*under_way]:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
