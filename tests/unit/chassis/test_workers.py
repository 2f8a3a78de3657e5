"""Workers: the loop stays free, a dead one is replaced, and nobody waits for ever."""

import asyncio
import functools
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.workers import Workers, WorkersBusy, WorkersLate, WorkersTrouble

in_one_loop = pytest.mark.asyncio(loop_scope="module")
PATIENT_S = 30.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncIterator[Workers]:
    """Starting a worker takes a while, so the tests share them."""
    workers = Workers(1, most_waiting=2)
    await workers.run(os.getpid)
    yield workers
    await workers.close()


def busy(seconds: float) -> int:
    """Takes all of a processor for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(pid: int) -> int:
    """Dies in this process, and answers in any other one."""
    if os.getpid() == pid:
        die()
    return os.getpid()


@in_one_loop
async def test_the_loop_goes_on_while_a_worker_works(workers: Workers) -> None:
    turns = 0
    job = asyncio.create_task(workers.run(functools.partial(busy, 0.5)))
    while not job.done():
        await asyncio.sleep(0.01)
        turns += 1

    assert await job != os.getpid()
    # Work in the loop itself would leave it one turn or two, however slow the machine is.
    assert turns > 5


@in_one_loop
async def test_a_job_whose_worker_died_is_done_by_another(workers: Workers) -> None:
    pid = await workers.run(os.getpid)

    assert await workers.run(functools.partial(die_once, pid)) != pid
    assert await workers.run(os.getpid) != pid


@in_one_loop
async def test_what_kills_every_worker_is_told_and_the_next_job_works(workers: Workers) -> None:
    with pytest.raises(WorkersTrouble):
        await workers.run_within(die, PATIENT_S)

    assert await workers.run_within(os.getpid, PATIENT_S) != os.getpid()


@in_one_loop
async def test_nobody_waits_longer_than_he_has_time(workers: Workers) -> None:
    with pytest.raises(WorkersLate):
        await workers.run_within(functools.partial(busy, 0.5), 0.05)

    assert await workers.run_within(os.getpid, PATIENT_S)


@in_one_loop
async def test_more_than_a_few_at_once_are_turned_away(workers: Workers) -> None:
    waiting = [asyncio.create_task(workers.run(functools.partial(busy, 0.3))) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(WorkersBusy):
        await workers.run(os.getpid)

    await asyncio.gather(*waiting)
    assert await workers.run(os.getpid)
