"""Children of the house: they come back, they give up when it is hopeless, they leave nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from console import supervisor
from console.house import TAG, Process
from console.supervisor import Child, clear_leftovers
from console.trouble import Trouble

LIVES = "import time; print('here', flush=True); time.sleep(60)"
GIVES_UP = "import sys; print('GEMINYA_X is wrong', flush=True); sys.exit(2)"
BREAKS = "raise RuntimeError('broken')"
HAS_A_HELPER = f"""
import subprocess, sys, time
helper = subprocess.Popen([sys.executable, "-c", {LIVES!r}])
print(helper.pid, flush=True)
time.sleep(60)
"""


class Nursery:
    """Makes children out of a few lines of code, and ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.children: list[tuple[Child, asyncio.Task[None]]] = []

    async def start(self, code: str, *, is_ready: bool = True) -> tuple[Child, asyncio.Task[None]]:
        (self.folder / "toy.py").write_text(code)
        environment = os.environ | {"PYTHONPATH": str(self.folder), TAG: str(self.folder)}
        child = Child(Process("toy", "toy", environment), self.folder, self.told.append)
        await child.start()
        keeper = asyncio.create_task(child.keep(is_ready=lambda: is_ready))
        self.children.append((child, keeper))
        return child, keeper

    async def end(self) -> None:
        for child, keeper in self.children:
            await child.stop(2)
            await asyncio.gather(keeper, return_exceptions=True)


@pytest.fixture
async def nursery(tmp_path: Path) -> AsyncIterator[Nursery]:
    nursery = Nursery(tmp_path)
    yield nursery
    await nursery.end()


async def until(fact: Callable[[], bool], limit_s: float = 10) -> None:
    async with asyncio.timeout(limit_s):
        while not fact():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.02)


def is_there(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def words_of(child: Child) -> list[str]:
    return child.log.read_text().split()


async def test_a_killed_child_comes_back_soon_every_time(nursery: Nursery) -> None:
    child, _ = await nursery.start(LIVES)
    for times in (1, 2, 3):
        await until(lambda times=times: len(words_of(child)) == times)
        assert child._process is not None
        began = time.monotonic()
        os.kill(child._process.pid, signal.SIGKILL)
        await until(lambda times=times: len(words_of(child)) == times + 1)
        assert time.monotonic() - began < 3
    assert "toy was ended from outside by SIGKILL" in nursery.told


async def test_a_wrong_setting_is_said_at_once(nursery: Nursery) -> None:
    _, keeper = await nursery.start(GIVES_UP, is_ready=False)
    with pytest.raises(Trouble, match="toy cannot start:\n  GEMINYA_X is wrong"):
        await asyncio.wait_for(keeper, 10)


async def test_who_breaks_again_and_again_at_the_start_ends_it(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.01)
    _, keeper = await nursery.start(BREAKS, is_ready=False)
    with pytest.raises(Trouble, match="RuntimeError: broken"):
        await asyncio.wait_for(keeper, 20)
    assert nursery.told.count("toy is started again") == supervisor.HOPELESS_DEATHS - 1


async def test_helpers_end_with_their_child(nursery: Nursery) -> None:
    child, _ = await nursery.start(HAS_A_HELPER)
    await until(lambda: bool(words_of(child)))
    helper = int(words_of(child)[0])

    await child.stop(2)

    await until(lambda: not is_there(helper))


async def test_who_does_not_listen_is_killed(nursery: Nursery) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LIVES
    child, _ = await nursery.start(deaf)
    await until(lambda: bool(words_of(child)))

    await child.stop(0.2)

    assert "toy did not end within 0.2 s and was killed" in nursery.told


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_a_killed_starter_left_is_ended_and_nobody_else(tmp_path: Path) -> None:
    ours = os.environ | {TAG: str(tmp_path)}
    others = os.environ | {TAG: str(tmp_path) + "-of-others"}
    command = [sys.executable, "-c", LIVES]
    with (
        subprocess.Popen(command, env=ours, stdout=subprocess.PIPE) as left,
        subprocess.Popen(command, env=others, stdout=subprocess.PIPE) as other,
    ):
        for process in (left, other):
            assert process.stdout is not None
            process.stdout.readline()

        clear_leftovers(tmp_path)

        assert left.wait(5) == -signal.SIGKILL
        assert other.poll() is None
        other.kill()
