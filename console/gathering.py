"""Services on several servers, read as one: their tables are copied into one database.

Each server is read as it stood at one moment, and all of them at nearly the same one. What has no place in
common is small: the time between the first and the last snapshot.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from chassis.embedded import Embedded
from chassis.postgres import Admin, admin_connection
from chassis.settings import Settings
from console.addresses import by_server
from console.migrate import make_roles, make_tables, pending
from console.trouble import Trouble

_COLUMNS = """
    SELECT table_name AS name, array_agg(column_name::text ORDER BY ordinal_position) AS columns
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = $1 AND table_type = 'BASE TABLE' AND table_name <> 'schema_migrations'
        AND is_generated = 'NEVER'
    GROUP BY table_name
"""


@contextlib.contextmanager
def a_scratch_server(settings: Settings) -> Iterator[str]:
    """An empty PostgreSQL that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="geminya-") as folder:
        place = Path(folder) / "postgres"
        with Embedded(place, durable=False, programs=settings.postgres_bin) as server:
            yield server.url


async def make_room(scratch: str) -> None:
    """The tables of all four services, empty."""
    await make_roles(scratch, {})
    await make_tables(scratch)


async def gather(owners: Mapping[str, str], into: str) -> None:
    """Copies what all services have into a database that has their tables; what was there before is gone."""
    for owner, services in by_server(owners).items():
        if missing := await pending(owner, services):
            raise Trouble(f"{missing[0]} is not applied yet; run `geminya migrate` first")
    async with contextlib.AsyncExitStack() as stack:
        sources = {
            owner: await stack.enter_async_context(admin_connection(owner))
            for owner in by_server(owners)
        }
        for source in sources.values():
            await source.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # The first query takes the snapshot: of all servers at once.
        await asyncio.gather(*(source.value("SELECT 1") for source in sources.values()))
        await asyncio.gather(
            *(
                _copy(sources[owner], into, services)
                for owner, services in by_server(owners).items()
            )
        )


async def _copy(source: Admin, into: str, services: tuple[str, ...]) -> None:
    async with admin_connection(into) as target:
        # Rows come table by table: what they refer to may come later.
        await target.run("SET session_replication_role = replica")
        for schema in services:
            for table in await source.all_rows(_COLUMNS, schema):
                await target.run(f"TRUNCATE {schema}.{table['name']} CASCADE")
            for table in await source.all_rows(_COLUMNS, schema):
                await source.copy_to(target, schema, table["name"], table["columns"])
