"""Closing marks: one is put at once, and those that come while it is put go together with the next statement."""

import asyncio
import contextvars
from dataclasses import dataclass

from chassis.operations import store
from chassis.postgres import Database, DatabaseTrouble
from geminya.common.v1.op_pb2 import Op

MOST = 32


@dataclass(frozen=True, slots=True)
class Mark:
    """An operation that is done, and its answer."""

    op: Op
    result: bytes
    is_put: asyncio.Future[bool]
    """Whether it went with the others; else it is put alone."""


class Marks:
    """The marks of one service."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[Mark] = []
        self._is_busy = False
        self._tasks: set[asyncio.Task[None]] = set()
        # What many share belongs to no trace of one of them.
        self._nobodys = contextvars.copy_context()

    async def put(self, op: Op, result: bytes) -> bool:
        """Marks an operation as done; false when it is closed already."""
        if self._is_busy:
            mark = Mark(op, result, asyncio.get_running_loop().create_future())
            self._waiting.append(mark)
            if await mark.is_put:
                return True
        return await self._put_alone(op, result)

    async def _put_alone(self, op: Op, result: bytes) -> bool:
        is_first, self._is_busy = not self._is_busy, True
        try:
            return await store.finish(self._database.bare, op, store.DONE, result)
        finally:
            if is_first:
                self._put_next()

    def _put_next(self) -> None:
        """Sends off what came meanwhile; whose driver was stopped needs no mark."""
        waiting = [mark for mark in self._waiting if not mark.is_put.done()]
        marks, self._waiting = waiting[:MOST], waiting[MOST:]
        self._is_busy = bool(marks)
        if marks:
            work = self._put_together(marks)
            task = asyncio.get_running_loop().create_task(work, context=self._nobodys.copy())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _put_together(self, marks: list[Mark]) -> None:
        done: set[tuple[int, str]] = set()
        try:
            given = [(mark.op, mark.result) for mark in marks]
            done = await store.finish_each(self._database.bare, given)
        except DatabaseTrouble:
            # Each is put alone then, as often as it takes.
            pass
        finally:
            self._put_next()
            for mark in marks:
                if not mark.is_put.done():
                    mark.is_put.set_result((mark.op.user_id, mark.op.op_id) in done)
