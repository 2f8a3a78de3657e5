"""Work that takes long, in processes of its own: the event loop only waits, and a dead worker is replaced."""

import asyncio
import concurrent.futures
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any, TypeVar

R = TypeVar("R")

STUCK_S = 20.0
"""A worker that is busy with one job for so long is replaced."""


class WorkersTrouble(Exception):
    """No worker could do it now; another time one may."""


class WorkersBusy(WorkersTrouble):
    """So many jobs are waiting that another one would come too late."""


class WorkersLate(WorkersTrouble):
    """There was no answer in time."""


class Workers:
    """A pool of processes for jobs that keep nothing: whoever dies in one does it again."""

    def __init__(self, count: int = 1, *, most_waiting: int | None = None) -> None:
        self.count = count
        self.most_waiting = most_waiting
        """Jobs at once, those that run included; none: whoever asks has a limit of its own."""
        self.pool: ProcessPoolExecutor | None = None
        """Begins with the first job."""
        self._running: dict[concurrent.futures.Future[Any], float] = {}

    @property
    def jobs(self) -> int:
        """Jobs that run or wait."""
        return len(self._running)

    def warm(self, job: Callable[[], Any]) -> None:
        """Starts every worker with a job whose answer nobody waits for."""
        for _ in range(self.count):
            self._submit(job)

    async def run_within(self, job: Callable[[], R], seconds: float) -> R:
        """The answer within this time, or `WorkersTrouble`."""
        try:
            async with asyncio.timeout(seconds):
                return await self.run(job)
        except TimeoutError as late:
            raise WorkersLate(f"no answer within {seconds:.1f} s") from late
        except BrokenProcessPool as dead:
            raise WorkersTrouble("two workers died of it") from dead

    async def run(self, job: Callable[[], R]) -> R:
        """The answer of a worker; when the pool has died, once more on a new one."""
        if self.most_waiting is not None and len(self._running) >= self.most_waiting:
            raise WorkersBusy(f"{len(self._running)} jobs are waiting")
        self._replace_stuck_pool()
        pool, future = self._submit(job)
        try:
            return await asyncio.wrap_future(future)
        except BrokenProcessPool:
            self._drop(pool)
        except asyncio.CancelledError:
            # Somebody else has dropped the pool, or nobody waits for this answer any more.
            task = asyncio.current_task()
            if not future.cancelled() or (task and task.cancelling()):
                raise
        _, again = self._submit(job)
        return await asyncio.wrap_future(again)

    async def close(self) -> None:
        """Ends the workers; what they were doing is dropped."""
        if pool := self.pool:
            self.pool = None
            await asyncio.to_thread(_end, pool)

    def _submit(
        self, job: Callable[[], R]
    ) -> tuple[ProcessPoolExecutor, concurrent.futures.Future[R]]:
        try:
            return self._hand_over(job)
        except BrokenProcessPool:
            if self.pool:
                self._drop(self.pool)
            return self._hand_over(job)

    def _hand_over(
        self, job: Callable[[], R]
    ) -> tuple[ProcessPoolExecutor, concurrent.futures.Future[R]]:
        pool = self.pool = self.pool or ProcessPoolExecutor(
            self.count, mp_context=multiprocessing.get_context("spawn"), initializer=prepare
        )
        future = pool.submit(job)
        self._running[future] = time.monotonic()
        future.add_done_callback(lambda done: self._running.pop(done, None))
        return pool, future

    def _replace_stuck_pool(self) -> None:
        oldest = min(self._running.values(), default=time.monotonic())
        if self.pool and time.monotonic() - oldest > STUCK_S:
            self._drop(self.pool)

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        """Lets a dead or stuck pool go, unless somebody else has replaced it already."""
        if self.pool is pool:
            self.pool = None
            self._running.clear()
            _kill(pool)
            pool.shutdown(wait=False, cancel_futures=True)


def prepare() -> None:
    """Sets a fresh worker up: quiet on Ctrl-C, gone when its parent is gone, polite to it."""
    # Ctrl-C reaches the whole group of processes; the parent tells us when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    """Ends this process when the parent has died, however it died."""
    wait([sentinel])
    os._exit(0)


def _kill(pool: ProcessPoolExecutor) -> None:
    # Jobs keep nothing, so a worker may be killed at any point.
    for process in [*(pool._processes or {}).values()]:
        process.kill()


def _end(pool: ProcessPoolExecutor) -> None:
    _kill(pool)
    pool.shutdown(wait=True, cancel_futures=True)
