"""`geminya wait`: a service waits for its tables, as its own login role."""

import asyncio

import pytest

from chassis.postgres import admin_connection
from console.addresses import with_database, with_login
from console.trouble import Trouble
from console.wait import missing_of, until_there
from tests.support.pg import Clone

LAST = "(SELECT max(version) FROM users.schema_migrations)"


async def run(clone: Clone, sql: str) -> None:
    async with admin_connection(clone.owner) as admin:
        await admin.run(sql)


async def test_tables_that_are_there_are_not_waited_for(clone: Clone) -> None:
    await until_there(clone.url_of("users"), "users", 0)


async def test_a_migration_that_has_not_run_is_waited_for(clone: Clone) -> None:
    async with admin_connection(clone.owner) as admin:
        last = await admin.value(f"SELECT {LAST}")
        await admin.run(f"DELETE FROM users.schema_migrations WHERE version = {LAST}")
        waiting = asyncio.create_task(until_there(clone.url_of("users"), "users", 30))
        assert await missing_of(clone.url_of("users"), "users")
        assert not waiting.done()

        await admin.run("INSERT INTO users.schema_migrations (version) VALUES ($1)", last)
        await waiting


@pytest.mark.parametrize(
    ("database", "role"), [("nowhere", "users_login"), ("", "nobody"), ("", "collection_login")]
)
async def test_what_is_not_made_yet_is_no_trace_but_a_sentence(
    clone: Clone, database: str, role: str
) -> None:
    """No database, no role, or one that may not look."""
    password = clone.passwords.get(role, "none")
    url = with_login(clone.owner, role, password)

    with pytest.raises(Trouble, match=r"after 0 s still: .+; `geminya migrate` makes it"):
        await until_there(with_database(url, database) if database else url, "users", 0)


async def test_a_database_that_is_away_is_waited_for(clone: Clone) -> None:
    away = "postgresql://users_login:none@127.0.0.1:1/geminya"

    with pytest.raises(Trouble, match="the database does not answer"):
        await until_there(away, "users", 0)
