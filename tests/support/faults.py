"""Crashes and lost letters: the edges of a process, counted and broken on purpose.

A *moment* is a commit, the sending of a call or the coming back of its answer. The same wish has the same
moments in the same order, so a test can learn them once and then let the world stop at each of them.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import grpc

from chassis.postgres import Database, DatabaseTrouble

Call = Callable[[], Awaitable[Any]]


class World:
    """The edges of one life of the house: counts its moments, and stops at one of them for good.

    After the stop whoever touches an edge waits until the world is buried, and then fails.
    """

    def __init__(self) -> None:
        self.moments: list[str] = []
        self.stopped = asyncio.Event()
        self._buried = asyncio.Event()
        self._last: int | None = None

    def stop_after(self, moments: int | None) -> None:
        """Lets the world stop at the so-manieth moment from now on; none lets it run."""
        self._last = None if moments is None else len(self.moments) + moments

    @property
    def is_stopped(self) -> bool:
        """Whether this life is over."""
        return self.stopped.is_set()

    def stop(self) -> None:
        """Ends this life now."""
        self.stopped.set()

    def bury(self) -> None:
        """Lets go of those who wait for the dead."""
        self._buried.set()

    async def touch(self) -> None:
        """Before the world is asked for anything."""
        if self.is_stopped:
            await self._buried.wait()
            raise DatabaseTrouble("this process is dead")

    async def moment(self, name: str) -> None:
        """Something has become true out there."""
        await self.touch()
        self.moments.append(name)
        if self._last is not None and len(self.moments) >= self._last:
            self.stop()
            await self.touch()

    async def send(self, method: str, call: Call) -> Any:
        """A call to another service: a moment before it leaves, and one when its answer is there."""
        await self.moment(f"send {method}")
        try:
            answer = await call()
        except grpc.aio.AioRpcError:
            await self.moment(f"reply {method}")
            raise
        await self.moment(f"reply {method}")
        return answer


class WorldDatabase(Database):
    """A pool whose commits are moments."""

    def __init__(self, world: World, url: str, **how: Any) -> None:
        super().__init__(url, **how)
        self._world = world

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        await self._world.touch()
        async with super().connection() as connection:
            yield connection

    async def committed(self, label: str) -> None:
        await self._world.moment(f"commit {self.name} {label}")


class Fault(Enum):
    """What can happen to a call on its way."""

    REFUSED_BEFORE = "it never arrives"
    FAILED_AFTER = "it arrives, and its answer is lost at once"
    TIMED_OUT_AFTER = "it arrives, and nothing comes back until the deadline"
    TWICE = "it arrives twice at once"
    LATE_COPY = "it arrives, and once more when everything is over"
    EXHAUSTED = "it meets a service that has no room"


@dataclass(slots=True)
class Faults:
    """Breaks calls between services; each fault acts once per call site, on its first call."""

    planned: dict[str, Fault] = field(default_factory=dict)
    """Method to fault; the method is named by its end: `WalletService/Apply`."""
    nth: dict[str, int] = field(default_factory=dict)
    """Which call of the method it meets, from 1; the first when it is not here."""
    late: list[Call] = field(default_factory=list)
    """Copies that still wait in the network."""
    calls: list[str] = field(default_factory=list)
    """Every call that was sent, in order."""

    def break_call(self, method: str, fault: Fault, nth: int = 1) -> None:
        """Lets the n-th call of a method meet a fault."""
        self.planned[method], self.nth[method] = fault, nth

    async def deliver_late(self) -> list[Any]:
        """Delivers the copies that were held back; their answers, or the errors they met."""
        late, self.late = self.late, []
        return await asyncio.gather(*(call() for call in late), return_exceptions=True)

    async def send(self, method: str, call: Call) -> Any:
        """Stands between a call and the wire."""
        short = method.rpartition(".")[2]
        self.calls.append(short)
        if self.calls.count(short) != self.nth.get(short, 1):
            return await call()
        match self.planned.pop(short, None):
            case None:
                return await call()
            case Fault.REFUSED_BEFORE:
                raise broken(grpc.StatusCode.UNAVAILABLE, "connection refused")
            case Fault.EXHAUSTED:
                raise broken(grpc.StatusCode.RESOURCE_EXHAUSTED, "no room")
            case Fault.FAILED_AFTER:
                await ignoring_answer(call)
                raise broken(grpc.StatusCode.UNAVAILABLE, "connection reset")
            case Fault.TIMED_OUT_AFTER:
                await ignoring_answer(call)
                raise broken(grpc.StatusCode.DEADLINE_EXCEEDED, "deadline exceeded")
            case Fault.TWICE:
                first, second = await asyncio.gather(call(), call(), return_exceptions=True)
                answer = first if not isinstance(first, BaseException) else second
                if isinstance(answer, BaseException):
                    raise answer
                return answer
            case Fault.LATE_COPY:
                self.late.append(call)
                return await call()


async def ignoring_answer(call: Call) -> None:
    """The call takes effect, and nobody learns how it ended."""
    try:
        await call()
    except grpc.aio.AioRpcError:
        return


def broken(code: grpc.StatusCode, text: str) -> grpc.aio.AioRpcError:
    """A failure as the wire gives it."""
    nothing = grpc.aio.Metadata()
    return grpc.aio.AioRpcError(code, nothing, nothing, text, text)


def every_moment(count: int) -> list[int]:
    """Every moment from the first to the last; in the small size every third, the last one included."""
    step = 3 if os.environ.get("SIZE", "small") == "small" else 1
    return sorted({*range(1, count + 1, step), count})
