"""One moment of all databases: snapshots that dumps can share, and what is in them.

Within one database a snapshot is one moment by itself. Several servers have no common one, so changes wait for
as long as it takes to look at all of them: every table is locked against writing. That takes milliseconds, and
whoever waits goes on afterwards (docs/decisions/0026).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Admin, DatabaseTrouble, admin_connection
from console.trouble import Trouble

TRIES = 20
PAUSE_S = 0.1
LOCK_MS = 250
"""Shorter than what a service waits for a lock: players notice nothing."""
FIRST = ("operation", "applied_step")
"""Without these two no wish gets from one service to another, so what is under way ends before the rest is locked."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of one database; it lasts for as long as its connection."""

    owner: str
    schemas: Sequence[str]
    id: str
    admin: Admin
    taken_at: datetime
    """No later than the moment: what was done before is in it."""
    version: int

    async def tables(self) -> dict[str, int]:
        """Every table with its size in bytes."""
        rows = await self.admin.all_rows(
            """
            SELECT format('%I.%I', nspname, relname) AS name, pg_total_relation_size(c.oid) AS size
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
            WHERE relkind IN ('r', 'p') AND nspname = ANY($1) ORDER BY 1
            """,
            self.schemas,
        )
        return {row["name"]: row["size"] for row in rows}

    async def migrations(self, schema: str) -> list[str]:
        """What the schema has seen."""
        rows = await self.admin.all_rows(
            f"SELECT version FROM {schema}.schema_migrations ORDER BY version"
        )
        return [row["version"] for row in rows]


@contextlib.asynccontextmanager
async def one_moment(
    servers: Mapping[str, Sequence[str]],
) -> AsyncIterator[tuple[list[Snapshot], float | None]]:
    """A snapshot of each database, and for how many milliseconds changes had to wait for it."""
    async with AsyncExitStack() as stack:
        lookers = [
            await stack.enter_async_context(admin_connection(owner, None)) for owner in servers
        ]
        await _get_ready(lookers)
        held_ms: float | None = None
        if len(servers) == 1:
            await _look(lookers)
        else:
            held_ms = await _look_while_held(servers, lookers)
        facts = zip(servers.items(), lookers, strict=True)
        yield [await _snapshot(owner, schemas, admin) for (owner, schemas), admin in facts], held_ms


async def _look(lookers: Sequence[Admin]) -> None:
    # The first statement is the moment.
    await asyncio.gather(*(admin.value("SELECT 1") for admin in lookers))


async def _get_ready(lookers: Sequence[Admin]) -> None:
    for admin in lookers:
        await admin.run("SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0")
        await admin.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")


async def _look_while_held(servers: Mapping[str, Sequence[str]], lookers: Sequence[Admin]) -> float:
    async with AsyncExitStack() as stack:
        holders = [await stack.enter_async_context(admin_connection(owner)) for owner in servers]
        tables = [
            await _tables_to_hold(admin, schemas)
            for admin, schemas in zip(holders, servers.values(), strict=True)
        ]
        for _ in range(TRIES):
            began = time.perf_counter()
            if is_held := await _hold(holders, tables):
                await _look(lookers)
            for admin in holders:
                await admin.run("ROLLBACK")
            if is_held:
                return round((time.perf_counter() - began) * 1000, 1)
            await asyncio.sleep(PAUSE_S)
    raise Trouble(
        f"changes could not be held still for a moment in {TRIES} tries; something has a table for "
        "long, as a migration does. Try again when it is done"
    )


async def _hold(holders: Sequence[Admin], tables: Sequence[str]) -> bool:
    """Waits for what is being written, and lets nothing new be written until the transactions end.

    Where a statement of somebody's and ours wait for each other, ours gives way.
    """
    results = await asyncio.gather(
        *(
            admin.run(
                f"BEGIN; SET LOCAL lock_timeout = {LOCK_MS}; LOCK TABLE {names} IN SHARE MODE"
            )
            for admin, names in zip(holders, tables, strict=True)
        ),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, DatabaseTrouble):
            raise result
    return not any(results)


async def _tables_to_hold(admin: Admin, schemas: Sequence[str]) -> str:
    return await admin.value(
        """
        SELECT string_agg(format('%I.%I', schemaname, tablename), ', '
            ORDER BY tablename <> ALL($2), schemaname, tablename)
        FROM pg_tables WHERE schemaname = ANY($1)
        """,
        schemas,
        FIRST,
    )


async def _snapshot(owner: str, schemas: Sequence[str], admin: Admin) -> Snapshot:
    return Snapshot(
        owner=owner,
        schemas=schemas,
        id=await admin.value("SELECT pg_export_snapshot()"),
        admin=admin,
        taken_at=await admin.value("SELECT now()"),
        version=int(await admin.value("SHOW server_version_num")) // 10_000,
    )
