"""Calls that go in company: while one is on its way, those that come meanwhile wait and then go together.

No timer and no number to wait for: a call that finds nobody on the way goes alone and at once, so nothing is added
when it is quiet. The busier it is, the more go together, and the less each of them costs.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from opentelemetry import trace

MOST = 32
"""So many go together; the contracts take no more."""
PATIENCE_S = 0.05
"""After so long nobody waits any more for those on the way: one slow player does not hold up the others."""
LEAST_S = 0.001

Call = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that will go with the next ones."""

    request: Any
    ends: float
    """When its answer must be there, by the clock of the loop."""
    answer: asyncio.Future[Any]
    """None stands for: ask alone."""


class Company:
    """A method that is called for one player, or by another method for several at once.

    Every request keeps its op, and so an outcome of its own. Where the company has no answer for one of it, that one
    is asked alone: what is done already answers from memory, and what is refused says why.
    """

    def __init__(self, alone: Call, together: Call, made: Callable[..., Any]) -> None:
        self._alone = alone
        self._together = together
        self._made = made
        self._waiting: list[Waiting] = []
        self._trip: object | None = None
        """The one that is on its way, unless it is late."""
        self._tasks: set[asyncio.Task[None]] = set()
        # What many share belongs to no trace and to no deadline of one of them.
        self._nobodys = contextvars.copy_context()

    async def __call__(self, request: Any, *, timeout: float) -> Any:  # noqa: ASYNC109 - as a stub's
        """The answer to one request."""
        if trace.get_current_span().get_span_context().trace_flags & 1:
            # Whoever is traced goes alone, so that the trace shows each of its calls.
            return await self._alone(request, timeout=timeout)
        if self._trip is None:
            return await self._go_alone(request, timeout)
        loop = asyncio.get_running_loop()
        waiting = Waiting(request, loop.time() + timeout, loop.create_future())
        self._waiting.append(waiting)
        await asyncio.wait([waiting.answer], timeout=timeout)
        if waiting.answer.done() and (found := waiting.answer.result()) is not None:
            return found
        waiting.answer.cancel()
        return await self._alone(request, timeout=max(LEAST_S, waiting.ends - loop.time()))

    async def _go_alone(self, request: Any, timeout: float) -> Any:  # noqa: ASYNC109
        trip, late = self._set_off()
        try:
            return await self._alone(request, timeout=timeout)
        finally:
            late.cancel()
            self._back(trip)

    def _set_off(self) -> tuple[object, asyncio.TimerHandle]:
        trip = self._trip = object()
        return trip, asyncio.get_running_loop().call_later(PATIENCE_S, self._back, trip)

    def _back(self, trip: object) -> None:
        """Sends the next ones off when a trip is over, or is late for the first time."""
        if self._trip is not trip:
            return
        self._trip = None
        if party := self._next_party():
            trip, late = self._set_off()
            way = self._travel(party, trip, late)
            task = asyncio.get_running_loop().create_task(way, context=self._nobodys.copy())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next_party(self) -> list[Waiting]:
        """The first who wait, each player once: who wishes for two things gets one after the other."""
        party: dict[int, Waiting] = {}
        left: list[Waiting] = []
        for waiting in self._waiting:
            if waiting.answer.done():
                continue
            user_id = waiting.request.op.user_id
            if len(party) < MOST and user_id not in party:
                party[user_id] = waiting
            else:
                left.append(waiting)
        self._waiting = left
        return [*party.values()]

    async def _travel(self, party: list[Waiting], trip: object, late: asyncio.TimerHandle) -> None:
        try:
            answers = await self._answers(party)
        except Exception:
            # Whatever it was: each is asked alone, and whose trouble it is hears of it there.
            answers = [None] * len(party)
        finally:
            late.cancel()
            self._back(trip)
        for waiting, found in zip(party, answers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(found)

    async def _answers(self, party: list[Waiting]) -> Iterable[Any]:
        left = min(one.ends for one in party) - asyncio.get_running_loop().time()
        given = max(LEAST_S, left)
        if len(party) == 1:
            return [await self._alone(party[0].request, timeout=given)]
        request = self._made(requests=[one.request for one in party])
        found = await self._together(request, timeout=given)
        return [one.response if one.HasField("response") else None for one in found.answers]
