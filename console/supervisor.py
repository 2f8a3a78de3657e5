"""Child processes: started with a log of their own, started again when they die, ended in order."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from chassis.lifeline import tied
from console.house import TAG, Process
from console.trouble import Trouble

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 30.0
STEADY_S = 5.0
"""Who lived this long is started again without a longer pause."""
HOPELESS_DEATHS = 3
WRONG_SETTING = 2
_LAST_LINES = 8
_GONE_S = 5.0

Tell = Callable[[str], None]


class Child:
    """One process of the house; while `keep` runs, it is started again whenever it dies."""

    def __init__(self, process: Process, logs: Path, tell: Tell) -> None:
        self.name = process.name
        self.log = logs / f"{process.name}.log"
        self._planned = process
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None
        self._deaths_in_a_row = 0
        self.is_needed = True
        """False once it shall end."""

    async def start(self) -> None:
        """Starts it with a fresh log; the one before is kept beside."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        await self._launch()

    async def keep(self, *, is_ready: Callable[[], bool]) -> None:
        """Starts it again when it dies. Before the house is ready, a hopeless start ends it all."""
        while self.is_needed:
            assert self._process is not None
            began = time.monotonic()
            code = await self._process.wait()
            self._end_group()
            if not self.is_needed:
                return
            lived_s = time.monotonic() - began
            # Who was killed from outside did nothing wrong; who ends by itself soon ends again.
            is_own_fault = code >= 0 and lived_s < STEADY_S
            self._deaths_in_a_row = self._deaths_in_a_row + 1 if is_own_fault else 0
            if not is_ready() and self._is_hopeless(code):
                raise Trouble(f"{self.name} cannot start:\n{self.last_lines()}")
            self._report(code)
            pause = FIRST_PAUSE_S * 2 ** max(0, self._deaths_in_a_row - 1)
            await asyncio.sleep(min(pause, LONGEST_PAUSE_S))
            if self.is_needed:
                await self._launch()
                self._tell(f"{self.name} is started again")

    def _report(self, code: int) -> None:
        if -code in (signal.SIGKILL, signal.SIGTERM):
            self._tell(f"{self.name} was ended from outside by {signal.Signals(-code).name}")
            return
        how = signal.Signals(-code).name if code < 0 else f"code {code}"
        self._tell(f"{self.name} ended with {how}; its log {self.log} ends with:")
        self._tell(self.last_lines())

    async def stop(self, patience_s: float) -> None:
        """Asks it to end, and ends it when it takes too long."""
        self.is_needed = False
        if self._process is None:
            return
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), patience_s)
        except TimeoutError:
            self._tell(f"{self.name} did not end within {patience_s:g} s and was killed")
        self._end_group()
        await self._process.wait()

    def kill(self) -> None:
        """Ends it at once."""
        self.is_needed = False
        self._end_group()

    def last_lines(self) -> str:
        """The end of its log, indented."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return "  (no log)"
        return "\n".join(f"  {line[:500]}" for line in lines[-_LAST_LINES:]) or "  (an empty log)"

    async def _launch(self) -> None:
        command = [sys.executable, "-m", self._planned.module]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *tied(command, signal.SIGKILL),
                env=dict(self._planned.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C on the terminal is for the starter, which ends things in their order.
                process_group=0,
            )

    def _end_group(self) -> None:
        """Its helpers end with it; a process that is not there any more has none."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _is_hopeless(self, code: int) -> bool:
        return code == WRONG_SETTING or self._deaths_in_a_row >= HOPELESS_DEATHS


def clear_leftovers(data_dir: Path) -> None:
    """Ends what still runs of a house whose starter was killed. Only for who holds its lock."""
    end = time.monotonic() + _GONE_S
    while left := list(_leftovers(str(data_dir.absolute()))):
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if time.monotonic() > end:
            raise Trouble(f"processes of an earlier start do not end: {left}; end them by hand")
        time.sleep(0.02)


def _leftovers(tag: str) -> Iterator[int]:
    """Where there is no /proc, the processes look after their starter themselves (lifeline)."""
    wanted = f"{TAG}={tag}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in environment and int(entry.name) != os.getpid():
            yield int(entry.name)
