"""A PostgreSQL for tests: migrated once as a template, and every test gets a clone of its own.

It is the server of `GEMINYA_TEST_DATABASE_URL` (an owner's address; its roles get new passwords), or an
embedded one on a RAM disk that forgets everything. A developer's own data folder is never touched.

With `GEMINYA_TEST_POSTGRES_BIN` it is another version, and with `GEMINYA_TEST_SERVERS=four` every service has a server
of its own, as in a house of many machines.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from chassis.embedded import Embedded
from chassis.postgres import admin_connection
from chassis.settings import SERVICES
from console.addresses import AUDIT_ROLE, by_server, database_of, with_database, with_login
from console.gathering import gather
from console.migrate import make_roles, make_tables

SERVER = "GEMINYA_TEST_DATABASE_URL"
RAM_DISK = Path("/dev/shm")


SERVERS = "GEMINYA_TEST_SERVERS"
PROGRAMS = os.environ.get("GEMINYA_TEST_POSTGRES_BIN")
"""Folder of the programs of another version, to run the tests on it."""
OLDEST = Path("/usr/lib/postgresql/15/bin")
"""Where Debian puts the programs of the oldest version that will do."""
SCHEMA = re.compile(rf"\b({'|'.join(SERVICES)})\.[a-z]")


@dataclass(frozen=True, slots=True)
class Clone:
    """A migrated database of one test; of each service, where each has a server of its own."""

    owners: Mapping[str, str]
    """The address of the owner, who may do everything, by service."""
    passwords: Mapping[str, str]
    gathered: str = ""
    """Where the rows of several servers can be read together once they are copied there."""

    @property
    def owner(self) -> str:
        """The owner's address of the one server."""
        [owner] = by_server(self.owners)
        return owner

    async def owner_for(self, sql: str) -> str:
        """The owner's address of the tables in a statement; what is on several servers is read in a copy."""
        named = {*SCHEMA.findall(sql)} or {SERVICES[0]}
        [owner, *others] = {self.owners[name] for name in named}
        return await self.whole() if others else owner

    async def whole(self) -> str:
        """An address at which everything can be read as it is now."""
        if not self.gathered:
            return self.owner
        await gather(self.owners, self.gathered)
        return self.gathered

    def url_of(self, service: str) -> str:
        """The address that the service's process is given: with its login role."""
        return self._as(self.owners[service], f"{service}_login")

    @property
    def audit_url(self) -> str:
        """The address of the role that reads everything and changes nothing."""
        return self._as(self.owner, AUDIT_ROLE)

    def _as(self, owner: str, role: str) -> str:
        return with_login(owner, role, self.passwords[role])


class Clones(Protocol):
    """Where a test gets its databases."""

    def clone(self) -> contextlib.AbstractAsyncContextManager[Clone]:
        """A database like the template, gone afterwards."""
        ...


@dataclass(slots=True)
class Cluster:
    """A server with a migrated template."""

    template: str
    """The owner's address of the template."""
    passwords: Mapping[str, str]
    strategy: str = "FILE_COPY"
    server: Embedded | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    @contextlib.asynccontextmanager
    async def clone(self) -> AsyncIterator[Clone]:
        """A database like the template, gone afterwards."""
        async with self.database() as url:
            yield Clone(dict.fromkeys(SERVICES, url), self.passwords)

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The owner's address of a new database."""
        template = database_of(self.template)
        name = f"{template}_{next(self._numbers)}"
        async with admin_connection(with_database(self.template, "postgres")) as admin:
            await admin.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY {self.strategy}")
            # Rights on a database are not copied with it.
            roles = ", ".join(self.passwords)
            await admin.run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            await admin.run(f"GRANT CONNECT ON DATABASE {name} TO {roles}")
        try:
            yield with_database(self.template, name)
        finally:
            async with admin_connection(with_database(self.template, "postgres")) as admin:
                await admin.run(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(slots=True)
class Apart:
    """A server for each service, and one to read them together."""

    servers: Mapping[str, Cluster]
    together: Cluster

    @contextlib.asynccontextmanager
    async def clone(self) -> AsyncIterator[Clone]:
        """A database on each server, gone afterwards."""
        async with contextlib.AsyncExitStack() as stack:
            owners = {
                name: await stack.enter_async_context(server.database())
                for name, server in self.servers.items()
            }
            gathered = await stack.enter_async_context(self.together.database())
            passwords = {
                role: word for one in self.servers.values() for role, word in one.passwords.items()
            }
            yield Clone(owners, passwords, gathered)


@contextlib.contextmanager
def a_cluster() -> Iterator[Clones]:
    """The server of the environment, or an embedded one that is fast and forgetful, or four of them."""
    url = os.environ.get(SERVER)
    if os.environ.get(SERVERS) == "four":
        with four_servers() as apart:
            yield apart
        return
    if url:
        with _given(url) as cluster:
            yield cluster
        return
    with _folder(in_ram=True) as folder, _embedded(folder, durable=False) as server:
        yield _migrated(server.url, server=server)


@contextlib.contextmanager
def four_servers() -> Iterator[Apart]:
    """An embedded server for each service, with nothing of the others on it."""
    with contextlib.ExitStack() as stack:
        empty = stack.enter_context(_folder(in_ram=True))
        # Made once and copied: most of a first start is making the data.
        with _embedded(empty, durable=False) as server:
            assert server.process_id

        def a_server(*services: str) -> Cluster:
            folder = stack.enter_context(_folder(in_ram=True))
            shutil.copytree(empty, folder, dirs_exist_ok=True)
            server = stack.enter_context(_embedded(folder, durable=False))
            return _migrated(server.url, server=server, services=services)

        yield Apart({name: a_server(name) for name in SERVICES}, a_server(*SERVICES))


@contextlib.contextmanager
def a_durable_cluster(on_disk: Path | None = None) -> Iterator[Cluster]:
    """An embedded server that flushes what it commits: for counting flushes in memory, for timing them on a disk."""
    with _folder(in_ram=True) as ram, _embedded(on_disk or ram, durable=True) as server:
        yield _migrated(server.url, strategy="WAL_LOG", server=server)


def _embedded(folder: Path, *, durable: bool) -> Embedded:
    return Embedded(folder, durable=durable, programs=Path(PROGRAMS) if PROGRAMS else None)


@contextlib.contextmanager
def an_oldest_cluster() -> Iterator[Cluster]:
    """An embedded server of the oldest version that will do; who asks for it has looked for its programs."""
    with (
        _folder(in_ram=True) as folder,
        Embedded(folder, durable=False, programs=OLDEST) as server,
    ):
        yield _migrated(server.url, server=server)


@contextlib.contextmanager
def _folder(*, in_ram: bool) -> Iterator[Path]:
    place = RAM_DISK if in_ram and os.access(RAM_DISK, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="geminya-test-", dir=place) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _given(url: str) -> Iterator[Cluster]:
    """Roles belong to the whole server, so that workers which share it prepare one after the other."""
    own = with_database(url, f"geminya_test_{os.getpid()}")
    lock = Path(tempfile.gettempdir()) / f"geminya-test-{hashlib.sha256(url.encode()).hexdigest()}"
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        cluster = _migrated(own)
    try:
        yield cluster
    finally:
        in_thread(_drop(own))


async def _drop(url: str) -> None:
    async with admin_connection(with_database(url, "postgres")) as admin:
        await admin.run(f"DROP DATABASE IF EXISTS {database_of(url)} WITH (FORCE)")


def _migrated(
    template: str,
    strategy: str = "FILE_COPY",
    server: Embedded | None = None,
    services: Sequence[str] = SERVICES,
) -> Cluster:
    # The same passwords for everybody who shares the server.
    key = with_database(template, "postgres").encode()
    roles = [*(f"{service}_login" for service in services), AUDIT_ROLE]
    passwords = {role: hashlib.sha256(key + role.encode()).hexdigest() for role in roles}

    async def prepare() -> None:
        await make_roles(template, passwords, services)
        await make_tables(template, services)

    in_thread(prepare())
    return Cluster(template, passwords, strategy, server)


def in_thread(work: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine to its end beside the loops of the tests."""
    failure: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
