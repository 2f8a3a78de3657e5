"""The whole house as an operator starts it: real processes, real ports, killed in every way."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chassis.settings import SERVICES
from console.house import TAG
from console.supervisor import clear_leftovers

ROOT = Path(__file__).parents[3]
READY_S = 60.0
ENDED_S = 10.0
PORTS = [*(f"{name.upper()}_PORT" for name in SERVICES), "BOT_HEALTH_PORT", "PLAYGROUND_PORT"]
SETTINGS = [f"GEMINYA_{name}" for name in (*PORTS, "EMBEDDED_PORT")]

pytestmark = pytest.mark.timeout(180)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@dataclass
class Starter:
    """`geminya serve all` on ports and data of its own."""

    data_dir: Path
    ports: dict[str, int]
    output: Path
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GEMINYA_")}
        self.environment = inherited | {name: str(port) for name, port in self.ports.items()}
        self.environment["GEMINYA_DATA_DIR"] = str(self.data_dir)
        self.output.write_bytes(b"")
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "console.main", "serve", "all"],
                cwd=ROOT, env=self.environment, stdout=output, stderr=output,
            )  # fmt: skip

    def wait_until_ready(self) -> None:
        wait_for(lambda: "is ready" in self.said or not self.is_running, READY_S, lambda: self.said)
        assert self.ready_lines == [f"geminya is ready: {self.door}"], self.said

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
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
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def ready_lines(self) -> list[str]:
        return [line for line in self.said.splitlines() if "is ready" in line]

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.ports['GEMINYA_PLAYGROUND_PORT']}"

    def processes(self) -> dict[int, str]:
        """Every living process of the house, the database included."""
        found: dict[int, str] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                ours = f"{TAG}={self.data_dir}".encode() in (entry / "environ").read_bytes()
                if command and (ours or f"-D {self.data_dir}" in command):
                    found[int(entry.name)] = command
        return found

    def process_of(self, module: str) -> int:
        (number,) = [n for n, command in self.processes().items() if f"-m {module}" in command]
        return number


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    ports = dict(zip(SETTINGS, free_ports(len(SETTINGS)), strict=True))
    starter = Starter(tmp_path / "data", ports, tmp_path / "output")
    yield starter
    if starter.is_running:
        starter.end()
    clear_leftovers(starter.data_dir)


def wait_for(fact: Callable[[], bool], limit_s: float, why: Callable[[], str] = str) -> None:
    end = time.monotonic() + limit_s
    while not fact():
        assert time.monotonic() < end, f"it did not come true in time: {why()}"
        time.sleep(0.05)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_house_lives_through_every_kill_and_ends_in_order(starter: Starter) -> None:
    starter.start()
    starter.wait_until_ready()
    with urllib.request.urlopen(f"{starter.door}/healthz") as answer:
        assert json.load(answer)["bots"] >= 1
    doctor = starter.run("doctor", "--json")
    assert doctor.returncode == 0, doctor.stdout

    # A second starter is told who is there already.
    second = starter.run("serve", "all")
    assert second.returncode == 2
    assert "a house already runs on" in second.stderr

    # A killed service comes back by itself.
    economy = starter.process_of("services.economy")
    os.kill(economy, signal.SIGKILL)
    port = starter.ports["GEMINYA_ECONOMY_PORT"]
    wait_for(lambda: not is_listening(port), 5)
    wait_for(lambda: is_listening(port), 15, lambda: starter.said)
    assert starter.process_of("services.economy") != economy

    # So does PostgreSQL.
    lock_file = starter.data_dir / "postgres" / "cluster" / "postmaster.pid"
    os.kill(int(lock_file.read_text().split()[0]), signal.SIGKILL)
    wait_for(lambda: starter.run("doctor").returncode == 0, 30, lambda: starter.said)

    # Nothing outlives a killed starter, and the next one finds everything free and all data there.
    starter.kill()
    wait_for(lambda: not starter.processes(), 5, lambda: str(starter.processes()))
    starter.start()
    starter.wait_until_ready()
    assert "nothing new in" in starter.said

    assert starter.end() < ENDED_S
    assert not starter.processes()
    assert starter.process is not None
    assert starter.process.returncode == 0


def test_a_used_port_is_named_before_anything_starts(starter: Starter) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", starter.ports["GEMINYA_ECONOMY_PORT"]))
        other.listen()
        starter.start()
        assert starter.process is not None
        assert starter.process.wait(30) == 2
    port = starter.ports["GEMINYA_ECONOMY_PORT"]
    assert f"port {port} is in use; set GEMINYA_ECONOMY_PORT" in starter.said
    assert not starter.processes()


def test_a_wrong_setting_is_named_at_the_start(starter: Starter) -> None:
    starter.start()
    starter.kill()
    starter.environment["GEMINYA_USERS_PORT"] = "many"
    refused = starter.run("serve", "all")
    assert refused.returncode == 2
    assert "GEMINYA_USERS_PORT" in refused.stderr
