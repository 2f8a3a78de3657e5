"""The whole house as an operator starts it: real processes, real ports, killed in every way."""

import json
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.starter import ENDED_S, Starter, a_starter, wait_for

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    with a_starter(tmp_path) as starter:
        yield starter


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
