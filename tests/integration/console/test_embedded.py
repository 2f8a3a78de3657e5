"""The embedded PostgreSQL: it starts, ends, and comes back from the worst."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chassis.embedded import Embedded, EmbeddedError, find_programs
from chassis.postgres import Admin, admin_connection

STARTER = """
import sys, time
from pathlib import Path
from chassis.embedded import Embedded
server = Embedded(Path(sys.argv[1]), int(sys.argv[2]))
server.start()
print(server.process_id, flush=True)
time.sleep(60)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(tmp_path / "data") as server:
        yield server


async def ask(server: Embedded, sql: str) -> object:
    async with admin_connection(maintenance(server)) as admin:
        return await admin.value(sql)


async def write_and_read(admin: Admin) -> object:
    await admin.run("CREATE TABLE kept (word text)")
    await admin.run("INSERT INTO kept VALUES ('still here')")
    return await admin.value("SELECT word FROM kept")


def maintenance(server: Embedded) -> str:
    return server.url.replace("/geminya?", "/postgres?")


def wait_for(fact: Callable[[], bool], limit_s: float = 10.0) -> None:
    end = time.monotonic() + limit_s
    while not fact():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def is_running(process: int) -> bool:
    """A process whose end nobody has noticed yet (a zombie) does not run."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def start_and_kill_the_starter(data_dir: Path, port: int | None) -> int:
    command = [sys.executable, "-c", STARTER, str(data_dir), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        postmaster = int(starter.stdout.readline())
        starter.kill()
    return postmaster


async def test_it_is_a_real_server_with_checksums_and_a_password(server: Embedded) -> None:
    assert await ask(server, "SHOW data_checksums") == "on"
    assert await ask(server, "SHOW listen_addresses") == "127.0.0.1"
    assert await ask(server, "SHOW fsync") == "on"
    rules = "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'"
    assert await ask(server, rules) == 0
    password = server.data_dir / "password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600


async def test_what_was_written_is_there_after_the_postmaster_was_killed(server: Embedded) -> None:
    async with admin_connection(maintenance(server)) as admin:
        assert await write_and_read(admin) == "still here"
    assert server.process_id is not None
    os.kill(server.process_id, signal.SIGKILL)
    wait_for(lambda: server.process_id is None)

    server.start()

    assert await ask(server, "SELECT word FROM kept") == "still here"


async def test_a_second_start_keeps_data_password_and_port(tmp_path: Path) -> None:
    first = Embedded(tmp_path / "data")
    first.start()
    async with admin_connection(maintenance(first)) as admin:
        await write_and_read(admin)
    first.stop()

    with Embedded(tmp_path / "data", first.port) as second:
        assert second.url == first.url
        assert await ask(second, "SELECT word FROM kept") == "still here"


async def test_it_dies_with_its_starter_and_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with Embedded(tmp_path / "data") as first:
        port = first.port
    postmaster = start_and_kill_the_starter(tmp_path / "data", port)

    with Embedded(tmp_path / "data", port) as second:
        assert not is_running(postmaster)
        assert await ask(second, "SELECT 1") == 1


async def test_a_server_that_outlived_its_starter_is_ended_first(tmp_path: Path) -> None:
    with Embedded(tmp_path / "data") as orphan:
        postmaster = orphan.process_id
        assert postmaster is not None
        # As if the starter had died and the kernel had not taken the server along.
        orphan._release()

        with Embedded(tmp_path / "data", orphan.port) as second:
            assert await ask(second, "SELECT 1") == 1
            assert not is_running(postmaster)


async def test_a_lock_file_with_the_number_of_somebody_else_stops_nobody(tmp_path: Path) -> None:
    with Embedded(tmp_path / "data") as server:
        stale = (server.cluster / "postmaster.pid").read_text().splitlines()
    stale[0] = str(os.getpid())
    (server.cluster / "postmaster.pid").write_text("\n".join(stale) + "\n")

    with Embedded(tmp_path / "data") as server:
        assert await ask(server, "SELECT 1") == 1


def test_two_starters_cannot_share_a_folder(server: Embedded) -> None:
    with pytest.raises(EmbeddedError, match="another process runs"):
        Embedded(server.data_dir).start()


def test_half_made_data_are_made_anew(tmp_path: Path) -> None:
    unfinished = tmp_path / "data" / "cluster.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")

    with Embedded(tmp_path / "data") as server:
        assert server.process_id is not None


def test_a_taken_port_is_named(server: Embedded, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=f"port {server.port}"):
        Embedded(tmp_path / "other", server.port).start()


def test_data_of_another_version_are_not_touched(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="version 9 found"):
        find_programs(9)
    with pytest.raises(EmbeddedError, match="GEMINYA_POSTGRES_BIN"):
        find_programs(None, tmp_path)


async def test_for_tests_it_is_quick_and_forgetful(tmp_path: Path) -> None:
    with Embedded(tmp_path / "data", durable=False) as server:
        assert await ask(server, "SHOW fsync") == "off"
