"""`geminya serve all` as an operator starts it: real processes on ports and data of their own."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chassis.settings import SERVICES, Settings
from console.house import TAG
from console.supervisor import clear_leftovers
from tests.support.house import GivenSettings

ROOT = Path(__file__).parents[2]
READY_S = 60.0
ENDED_S = 10.0
PORTS = [*(f"{name.upper()}_PORT" for name in SERVICES), "BOT_HEALTH_PORT", "PLAYGROUND_PORT"]
SETTINGS = [f"GEMINYA_{name}" for name in (*PORTS, "EMBEDDED_PORT")]
BELOW_EPHEMERAL = range(20_000, 32_000)
"""No outgoing connection takes one of these while the process it belongs to is being started again."""


@dataclass
class Starter:
    """`geminya serve all` on ports and data of its own."""

    data_dir: Path
    ports: dict[str, int]
    output: Path
    settings: dict[str, str] = field(default_factory=dict)
    """What else the house is told."""
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Starts the house; it is not ready yet."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GEMINYA_")}
        self.environment = inherited | {name: str(port) for name, port in self.ports.items()}
        # No metrics unless a test asks: their ports would not be among those that are free.
        self.environment |= {"GEMINYA_METRICS_PORT": "0"}
        self.environment |= {"GEMINYA_DATA_DIR": str(self.data_dir)} | self.settings
        self.output.write_bytes(b"")
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "console.main", "serve", "all"],
                cwd=ROOT, env=self.environment, stdout=output, stderr=output,
            )  # fmt: skip

    def wait_until_ready(self) -> None:
        """Waits for the line that says so, and for no other."""
        wait_for(lambda: "is ready" in self.said or not self.is_running, READY_S, lambda: self.said)
        assert self.ready_lines == [f"geminya is ready: {self.door}"], self.said

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Another `geminya` command for this house."""
        return subprocess.run(
            [sys.executable, "-m", "console.main", *command],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def end(self) -> float:
        """Asks it to end; how long that took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(ENDED_S)
        return time.monotonic() - began

    def kill(self) -> None:
        """Ends the starter itself at once."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def kill_process(self, number: int) -> None:
        """Ends one process of the house at once."""
        os.kill(number, signal.SIGKILL)

    @property
    def told(self) -> Settings:
        """The settings of a console of this house."""
        ports = {name.removeprefix("GEMINYA_").lower(): n for name, n in self.ports.items()}
        return GivenSettings(data_dir=self.data_dir, **ports)

    @property
    def is_running(self) -> bool:
        """Whether the starter is there."""
        return self.process is not None and self.process.poll() is None

    @property
    def said(self) -> str:
        """Everything on its screen."""
        return self.output.read_text()

    @property
    def ready_lines(self) -> list[str]:
        """What it said about being ready."""
        return [line for line in self.said.splitlines() if "is ready" in line]

    @property
    def door(self) -> str:
        """Where the players come in."""
        return f"http://127.0.0.1:{self.ports['GEMINYA_PLAYGROUND_PORT']}"

    def processes(self) -> dict[int, str]:
        """Every living process of the house, the database included."""
        found: dict[int, str] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
                ours = f"{TAG}={self.data_dir}".encode() in (entry / "environ").read_bytes()
                if command and (ours or f"-D {self.data_dir}" in command):
                    found[int(entry.name)] = command
        return found

    def process_of(self, module: str) -> int:
        """The number of the process that runs a module."""
        (number,) = [n for n, command in self.processes().items() if f"-m {module}" in command]
        return number


@contextlib.contextmanager
def a_starter(folder: Path, **settings: str) -> Iterator[Starter]:
    """A house that was not started yet; nothing of it is left afterwards."""
    ports = dict(zip(SETTINGS, free_ports(len(SETTINGS)), strict=True))
    starter = Starter(folder / "data", ports, folder / "output", settings)
    try:
        yield starter
        if starter.is_running:
            starter.end()
    finally:
        if starter.is_running:
            starter.kill()
        clear_leftovers(starter.data_dir)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    found: list[int] = []
    for port in random.sample(BELOW_EPHEMERAL, 20 * count):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found[:count]


def free_ports_in_a_row(count: int) -> int:
    """The first of so many ports that nobody listens on."""
    while True:
        first = random.choice(BELOW_EPHEMERAL[:-count])
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for port in range(first, first + count):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first


def wait_for(fact: Callable[[], bool], limit_s: float, why: Callable[[], str] = str) -> None:
    """Waits for a fact about other processes, and fails when it does not come true in time."""
    end = time.monotonic() + limit_s
    while not fact():
        assert time.monotonic() < end, f"it did not come true in time: {why()}"
        time.sleep(0.05)
