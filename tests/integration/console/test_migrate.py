"""Roles, schemas and rights: what a service may do with its login, and all that it may not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.embedded import Embedded
from chassis.postgres import admin_connection
from chassis.settings import SERVICES
from console.addresses import with_database, with_login
from console.migrate import make_roles, make_tables, pending

OLDER = Path("/usr/lib/postgresql/15/bin")
PASSWORDS = {f"{name}_login": f"pw-{name}'\"%" for name in SERVICES} | {"geminya_audit": "pw-audit"}


FORBIDDEN = [
    "CREATE TABLE mine (id INT)",
    "CREATE TABLE public.mine (id INT)",
    "CREATE TEMPORARY TABLE mine (id INT)",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "DROP TABLE gate",
    "ALTER TABLE gate ADD COLUMN mine INT",
    "TRUNCATE gate",
    "SELECT count(*) FROM economy.gate",
    "INSERT INTO collection.gate (user_id, epoch) VALUES (1, 1)",
    "INSERT INTO schema_migrations (version) VALUES ('9999')",
    "SET ROLE users_owner",
    "SET ROLE geminya",
    "ALTER ROLE users_login SUPERUSER",
    "SELECT rolpassword FROM pg_authid",
    "COPY (SELECT 1) TO '/tmp/mine'",
]


@pytest.fixture(scope="module", params=["of the wheel", "the oldest"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Embedded]:
    programs = OLDER if request.param == "the oldest" else None
    if programs is not None and not (programs / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 in {OLDER}")
    folder = tmp_path_factory.mktemp("postgres")
    with Embedded(folder, durable=False, programs=programs) as server:
        yield server


@pytest.fixture
async def owner(server: Embedded) -> str:
    await make_roles(server.url, PASSWORDS)
    await make_tables(server.url)
    return server.url


def as_role(owner: str, role: str) -> str:
    return with_login(owner, role, PASSWORDS[role])


async def test_a_second_run_changes_nothing(owner: str) -> None:
    await make_roles(owner, PASSWORDS)
    assert await make_tables(owner) == []
    assert await pending(owner) == []


async def test_a_login_works_in_its_own_schema_with_limits(owner: str) -> None:
    async with admin_connection(as_role(owner, "users_login")) as login:
        assert await login.value("SELECT count(*) FROM gate") == 0
        limits = {
            "search_path": "users",
            "statement_timeout": "1s",
            "lock_timeout": "500ms",
            "idle_in_transaction_session_timeout": "5s",
        }
        if int(await login.value("SHOW server_version_num")) >= 170000:
            limits["transaction_timeout"] = "5s"
        assert {name: await login.value(f"SHOW {name}") for name in limits} == limits


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_a_login_may_not(owner: str, statement: str) -> None:
    async with admin_connection(as_role(owner, "users_login")) as login:
        with pytest.raises(Exception, match=r"permission denied|must be (owner|superuser)"):
            await login.run(statement)


async def test_tables_belong_to_the_owner_of_their_schema(owner: str) -> None:
    async with admin_connection(owner) as admin:
        strangers = await admin.all_rows(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname = ANY($1) AND tableowner <> schemaname || '_owner'",
            list(SERVICES),
        )
    assert strangers == []


async def test_the_audit_reads_everything_and_changes_nothing(owner: str) -> None:
    async with admin_connection(as_role(owner, "geminya_audit")) as audit:
        for schema in SERVICES:
            assert await audit.value(f"SELECT count(*) FROM {schema}.gate") == 0
        await audit.run("SET default_transaction_read_only = off")
        with pytest.raises(Exception, match="permission denied"):
            await audit.run("DELETE FROM users.gate")


async def test_nobody_else_gets_in(owner: str) -> None:
    async with admin_connection(owner) as admin:
        await admin.run("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN PASSWORD 'x'")
    with pytest.raises(Exception, match="permission denied for database"):
        async with admin_connection(with_login(owner, "stranger", "x")):
            pass


async def test_an_operator_without_all_rights_can_migrate_too(tmp_path: Path) -> None:
    """A rented server gives a role that may create roles and databases, and nothing more."""
    with Embedded(tmp_path / "data", durable=False) as server:
        async with admin_connection(with_database(server.url, "postgres")) as admin:
            await admin.run("CREATE ROLE operator LOGIN CREATEROLE CREATEDB PASSWORD 'x'")
        rented = with_login(with_database(server.url, "rented"), "operator", "x")

        await make_roles(rented, PASSWORDS)
        await make_tables(rented)
        await make_roles(rented, PASSWORDS)

        assert await pending(rented) == []
        async with admin_connection(as_role(rented, "economy_login")) as login:
            assert await login.value("SELECT count(*) FROM gate") == 0
