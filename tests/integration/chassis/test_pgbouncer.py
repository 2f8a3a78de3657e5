"""Services behind a PgBouncer in transaction mode: more clients than there are connections to the server.

Needs the program; where it is missing this is skipped.
"""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from chassis.embedded import _not_root
from chassis.postgres import admin_connection
from chassis.settings import SERVICES
from tests.support.game import Game, a_summon
from tests.support.house import House, known_services
from tests.support.pg import Clone
from tests.support.starter import free_ports, wait_for

PLAYERS = 12
SERVER_CONNECTIONS = 2
"""Of each service; its pool may have ten clients."""
PREPARES_SINCE = (1, 21)
PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")

CONFIG = """
[databases]
* = host={host} port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {size}
"""
PREPARED = "max_prepared_statements = 200\n"


@dataclass(frozen=True, slots=True)
class Bouncer:
    """A pooler in front of the server of a test."""

    port: int
    prepares: bool
    """Whether it knows prepared statements."""

    def before(self, url: str) -> str:
        """The same database, through the pooler."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{self.port}"))


@dataclass(frozen=True, slots=True)
class Pooled(Clone):
    """A database whose services come through a pooler; its owner does not."""

    bouncer: Bouncer | None = None

    def url_of(self, service: str) -> str:
        """The address that the service's process is given."""
        assert self.bouncer is not None
        # `super()` does not know this class: `slots` makes another one of it.
        return self.bouncer.before(Clone.url_of(self, service))


def version_of(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    assert found, said
    return tuple(map(int, found.groups()))


@pytest.fixture
def bouncer(clone: Clone, tmp_path: Path) -> Iterator[Bouncer]:
    if PROGRAM is None:
        pytest.skip("no PgBouncer on this machine")
    [port], server = free_ports(1), urlsplit(clone.owner)
    prepares = version_of(PROGRAM) >= PREPARES_SINCE
    config = CONFIG.format(
        host=server.hostname, server=server.port, port=port, folder=tmp_path, size=SERVER_CONNECTIONS
    )  # fmt: skip
    (tmp_path / "bouncer.ini").write_text(config + (PREPARED if prepares else ""))
    known = [f'"{role}" "{password}"' for role, password in clone.passwords.items()]
    (tmp_path / "users.txt").write_text("\n".join(known) + "\n")
    rights, log = _not_root(tmp_path), tmp_path / "bouncer.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*rights.wrap, PROGRAM, str(tmp_path / "bouncer.ini")],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, **rights.options,
        )  # fmt: skip
    try:
        wait_for(lambda: "process up" in log.read_text(), 20, log.read_text)
        yield Bouncer(port, prepares)
    finally:
        process.kill()
        process.wait()


async def test_more_clients_than_connections_lose_and_double_nothing(
    clone: Clone, bouncer: Bouncer
) -> None:
    pooled = Pooled(clone.owners, clone.passwords, bouncer=bouncer)
    told = {} if bouncer.prepares else {"statement_cache_size": 0}

    async with House(pooled, known_services(), background=True, **told) as house:
        game = Game(house)
        await game.stock()
        for player in range(1, PLAYERS + 1):
            await game.has(player, crystals=1000)
        wishes = [a_summon(player) for player in range(1, PLAYERS + 1)]
        twice = await asyncio.gather(*(game.summon(wish) for wish in wishes * 2))
        connections = await connections_of(clone)
        await house.settles()

        for first, again in zip(twice[:PLAYERS], twice[PLAYERS:], strict=True):
            assert first.pulls == again.pulls
        assert await house.value("SELECT count(*) FROM economy.summons") == PLAYERS
        await game.invariants_hold()
    assert set(connections) == {f"{name}_login" for name in SERVICES}
    assert max(connections.values()) <= SERVER_CONNECTIONS


async def connections_of(clone: Clone) -> dict[str, int]:
    """How many connections each login has to the server itself."""
    async with admin_connection(clone.owner) as admin:
        rows = await admin.all_rows(
            "SELECT usename, count(*) AS count FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename LIKE '%\\_login' GROUP BY usename"
        )
    return {row["usename"]: row["count"] for row in rows}
