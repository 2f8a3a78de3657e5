"""A database that is built beside another, and takes its name when it is whole."""

import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.postgres import Admin, admin_connection
from chassis.settings import Settings
from console.addresses import by_server, database_of, login_passwords, with_database
from console.checks import BESIDE, MAINTENANCE, Plan, major_of, say
from console.dumps import Done, bar, program, put_back, together
from console.migrate import make_roles, make_tables
from console.trouble import Trouble

LOCK = 8606
Owners = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Site:
    """Where it is built: each target, with a connection to another database of its server."""

    targets: Mapping[str, Admin]

    async def hand_over(self) -> list[str]:
        """Exchanges the names; what the old databases with data are called now."""
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        kept = [
            await _exchange(admin, database_of(owner), f"{database_of(owner)}_before_{stamp}")
            for owner, admin in self.targets.items()
        ]
        return [name for name in kept if name]


@contextlib.asynccontextmanager
async def building(plan: Plan) -> AsyncIterator[Site]:
    """Makes place; whatever is not handed over is gone afterwards."""
    async with AsyncExitStack() as stack:
        targets: dict[str, Admin] = {}
        for owner in by_server(plan.targets):
            place = admin_connection(with_database(owner, MAINTENANCE), None)
            targets[owner] = await stack.enter_async_context(place)
            if not await targets[owner].value("SELECT pg_try_advisory_lock($1)", LOCK):
                raise Trouble("another restore is at work on this server")
        await _clear(targets)
        try:
            yield Site(targets)
        finally:
            await _clear(targets)


async def fill(settings: Settings, plan: Plan) -> None:
    """Roles, the data as it was, and the tables as this version wants them."""
    began = time.perf_counter()
    passwords = login_passwords(settings)
    servers = by_server(plan.beside)
    with bar("restore", dict(plan.manifest.rows)) as done:
        works = (_fill_one(settings, plan, passwords, *server, done) for server in servers.items())
        await together(*works)
    say("data", f"{len(plan.manifest.rows)} tables in {time.perf_counter() - began:.1f} s")
    for server in servers.items():
        await _compare(plan, *server)
    say(
        "counts",
        f"{sum(plan.manifest.rows.values())} rows, in every table as many as in the backup",
    )
    applied = [name for server in servers.items() for name in await make_tables(*server)]
    say("migrations", ", ".join(applied) or "nothing new")
    for owner in servers:
        async with admin_connection(owner, None) as admin:
            # A database that was just filled knows nothing of itself, and plans badly.
            await admin.run("ANALYZE")


async def _fill_one(
    settings: Settings,
    plan: Plan,
    passwords: Mapping[str, str],
    owner: str,
    schemas: Sequence[str],
    done: Done,
) -> None:
    await make_roles(owner, passwords, schemas)
    async with admin_connection(owner) as admin:
        here = await major_of(admin)
        for schema in schemas:
            # Empty still; a dump brings its own, with the rights of its time.
            await admin.run(f"DROP SCHEMA {schema}")
    tool = program("pg_restore", settings, owner, max(here, plan.manifest.program))
    await together(*(put_back(tool, plan.wish.folder / schema, here, done) for schema in schemas))
    await make_roles(owner, passwords, schemas)


async def _compare(plan: Plan, owner: str, schemas: Sequence[str]) -> None:
    async with admin_connection(owner, None) as admin:
        for table, wanted in plan.manifest.rows.items():
            if table.partition(".")[0] not in schemas:
                continue
            found = await admin.value(f"SELECT count(*) FROM {table}")
            if found != wanted:
                raise Trouble(f"{table} has {found} rows, and the backup had {wanted}")


async def _exchange(admin: Admin, name: str, aside: str) -> str:
    """One transaction: there is never a moment without the name, nor with half of a database behind it."""
    old = await admin.value("SELECT 1 FROM pg_database WHERE datname = $1", name)
    quoted = await admin.value("SELECT quote_ident($1)", name)
    new = await admin.value("SELECT quote_ident($1)", name + BESIDE)
    rename = f"ALTER DATABASE {new} RENAME TO {quoted}"
    if not old:
        await admin.run(rename)
        return ""
    kept = await admin.value("SELECT quote_ident($1)", aside)
    await admin.run(f"ALTER DATABASE {quoted} RENAME TO {kept}; {rename}")
    return aside


async def _clear(targets: Mapping[str, Admin]) -> None:
    for owner, admin in targets.items():
        name = await admin.value("SELECT quote_ident($1)", database_of(owner) + BESIDE)
        await admin.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
