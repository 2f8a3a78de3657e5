"""A PostgreSQL for tests: migrated once as a template, and every test gets a clone of its own.

It is the server of `GEMINYA_TEST_DATABASE_URL` (an owner's address; its roles get new passwords), or an
embedded one on a RAM disk that forgets everything. A developer's own data folder is never touched.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from chassis.embedded import Embedded
from chassis.postgres import admin_connection
from chassis.settings import SERVICES
from console.addresses import AUDIT_ROLE, database_of, with_database, with_login
from console.migrate import make_roles, make_tables

SERVER = "GEMINYA_TEST_DATABASE_URL"
RAM_DISK = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Clone:
    """A migrated database of one test."""

    owner: str
    """The address of the owner, who may do everything."""
    passwords: Mapping[str, str]

    def url_of(self, service: str) -> str:
        """The address that the service's process is given: with its login role."""
        return self._as(f"{service}_login")

    @property
    def audit_url(self) -> str:
        """The address of the role that reads everything and changes nothing."""
        return self._as(AUDIT_ROLE)

    def _as(self, role: str) -> str:
        return with_login(self.owner, role, self.passwords[role])


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
        template = database_of(self.template)
        name = f"{template}_{next(self._numbers)}"
        async with admin_connection(with_database(self.template, "postgres")) as admin:
            await admin.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY {self.strategy}")
            # Rights on a database are not copied with it.
            roles = ", ".join(self.passwords)
            await admin.run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            await admin.run(f"GRANT CONNECT ON DATABASE {name} TO {roles}")
        try:
            yield Clone(with_database(self.template, name), self.passwords)
        finally:
            async with admin_connection(with_database(self.template, "postgres")) as admin:
                await admin.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def a_cluster() -> Iterator[Cluster]:
    """The server of the environment, or an embedded one that is fast and forgetful."""
    url = os.environ.get(SERVER)
    if url:
        with _given(url) as cluster:
            yield cluster
        return
    with _folder(in_ram=True) as folder, Embedded(folder, durable=False) as server:
        yield _migrated(server.url, server=server)


@contextlib.contextmanager
def a_durable_cluster() -> Iterator[Cluster]:
    """An embedded server that flushes what it commits, for counting the flushes."""
    with _folder(in_ram=True) as folder, Embedded(folder, durable=True) as server:
        yield _migrated(server.url, strategy="WAL_LOG", server=server)


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
    template: str, strategy: str = "FILE_COPY", server: Embedded | None = None
) -> Cluster:
    # The same passwords for everybody who shares the server.
    key = with_database(template, "postgres").encode()
    roles = [*(f"{service}_login" for service in SERVICES), AUDIT_ROLE]
    passwords = {role: hashlib.sha256(key + role.encode()).hexdigest() for role in roles}

    async def prepare() -> None:
        await make_roles(template, passwords)
        await make_tables(template)

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
