"""Roles, schemas and rights: what a service may do with its login, and all that it may not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.embedded import Embedded
from chassis.postgres import Admin, admin_connection
from chassis.settings import SERVICES
from console.addresses import with_database, with_login
from console.migrate import make_roles, make_tables, pending
from tests.support.calls import until
from tests.support.pg import OLDEST, in_thread

PASSWORDS = {f"{name}_login": f"pw-{name}'\"%" for name in SERVICES} | {"geminya_audit": "pw-audit"}


@pytest.fixture(scope="module", params=["of the wheel", "the oldest"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Embedded]:
    programs = OLDEST if request.param == "the oldest" else None
    if programs is not None and not (programs / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 in {OLDEST}")
    folder = tmp_path_factory.mktemp("postgres")
    with Embedded(folder, durable=False, programs=programs) as server:
        yield server


@pytest.fixture(scope="module")
def owner(server: Embedded) -> str:
    async def prepare() -> None:
        await make_roles(server.url, PASSWORDS)
        await make_tables(server.url)

    in_thread(prepare())
    return server.url


def as_role(owner: str, role: str) -> str:
    return with_login(owner, role, PASSWORDS[role])


HISTORY = {
    "users": "UPDATE ledger SET amount = amount",
    "collection": "UPDATE bond_versions SET version = version",
    "expeditions": "UPDATE atlas_versions SET version = version",
    "economy": "UPDATE summons SET pulls = pulls",
}
"""What a service has written once and may not write again."""
INSERT = "INSERT INTO gate (user_id, epoch) VALUES (-1, 1)"
DENIED = "42501 permission denied"
OWNED = "42501 must be owner of"


def forbidden_to(service: str) -> dict[str, str]:
    """What a service's login must not be able to do, and how PostgreSQL says no: SQLSTATE and words."""
    stranger = SERVICES[SERVICES.index(service) - 1]
    return {
        f"SELECT count(*) FROM {stranger}.gate": f"{DENIED} for schema {stranger}",
        f"INSERT INTO {stranger}.gate VALUES (9, 1)": f"{DENIED} for schema {stranger}",
        f"CREATE TABLE {service}.mine (id INT)": f"{DENIED} for schema {service}",
        "CREATE TABLE public.mine (id INT)": f"{DENIED} for schema public",
        "CREATE TEMPORARY TABLE mine (id INT)": f"{DENIED} to create temporary tables",
        "CREATE SCHEMA mine": f"{DENIED} for database geminya",
        f"SET ROLE {service}_owner": f"{DENIED} to set role",
        "SET ROLE geminya": f"{DENIED} to set role",
        "ALTER TABLE gate ADD COLUMN mine INT": f"{OWNED} table gate",
        "CREATE INDEX ON gate (epoch)": f"{OWNED} table gate",
        "DROP TABLE gate": f"{OWNED} table gate",
        "TRUNCATE gate": f"{DENIED} for table gate",
        "UPDATE audit SET reason = 'another'": f"{DENIED} for table audit",
        "DELETE FROM audit": f"{DENIED} for table audit",
        HISTORY[service]: f"{DENIED} for table {HISTORY[service].split()[1]}",
        "INSERT INTO schema_migrations VALUES ('9999')": f"{DENIED} for table schema_migrations",
        "CREATE ROLE mine": f"{DENIED} to create role",
        f"GRANT {service}_owner TO {service}_login": r"42501 (permission denied to grant|must have admin)",
        f"ALTER ROLE {service}_login SUPERUSER": r"42501 (permission denied to alter|must be superuser)",
        "SELECT count(rolpassword) FROM pg_authid": f"{DENIED} for table pg_authid",
        "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'": r"42501 (permission denied|must be superuser)",
        "SELECT pg_read_file('PG_VERSION')": f"{DENIED} for function pg_read_file",
    }


async def refusal(login: Admin, statement: str) -> str:
    """How the statement is refused, its SQLSTATE first; empty when it is not."""
    try:
        await login.run(statement)
    except Exception as error:
        cause = error.__cause__ or error
        return f"{getattr(cause, 'sqlstate', type(error).__name__)} {error}"
    return ""


async def version_of(login: Admin) -> int:
    return int(await login.value("SHOW server_version_num"))


async def is_cut_off(owner: str) -> bool:
    async with admin_connection(owner) as admin:
        return not await admin.value(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'users_login'"
        )


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
        if await version_of(login) >= 170000:
            limits["transaction_timeout"] = "5s"
        assert {name: await login.value(f"SHOW {name}") for name in limits} == limits


@pytest.mark.parametrize("service", SERVICES)
async def test_a_login_is_refused_all_that_is_not_its_own(owner: str, service: str) -> None:
    attempts = forbidden_to(service)
    async with admin_connection(as_role(owner, f"{service}_login")) as login:
        said = {statement: await refusal(login, statement) for statement in attempts}

    assert len(attempts) >= 12
    others = {one: words for one, words in said.items() if not re.match(attempts[one], words)}
    assert not others


@pytest.mark.parametrize("service", SERVICES)
async def test_what_a_login_is_refused_would_work_for_who_may(owner: str, service: str) -> None:
    """A misspelt table is refused as well; so all of it is done by the one who may, and taken back."""
    async with admin_connection(owner) as admin:
        await admin.run(f"SET search_path = {service}")
        for statement in forbidden_to(service):
            await admin.run("BEGIN")
            await admin.run(statement)
            await admin.run("ROLLBACK")
            # SET ROLE is no part of a transaction on every version.
            await admin.run("RESET ROLE")


async def test_a_login_waits_for_nothing_without_an_end(owner: str) -> None:
    address = as_role(owner, "users_login")
    async with admin_connection(address) as login, admin_connection(address) as other:
        assert (await refusal(login, "SELECT pg_sleep(3)")).startswith("57014")
        await other.run("BEGIN; LOCK TABLE gate")
        assert (await refusal(login, "SELECT count(*) FROM gate")).startswith("55P03")
        await other.run("ROLLBACK")


@pytest.mark.parametrize("limit", ["idle_in_transaction_session_timeout", "transaction_timeout"])
async def test_a_transaction_that_is_left_open_is_cut_off(owner: str, limit: str) -> None:
    """Five seconds are the rule; that the limit acts is seen with a shorter one."""
    async with admin_connection(as_role(owner, "users_login")) as login:
        if limit == "transaction_timeout" and await version_of(login) < 170000:
            pytest.skip("transaction_timeout came with PostgreSQL 17")
        for statement in (f"SET {limit} = '50ms'", "BEGIN", INSERT):
            await login.run(statement)
        await until(lambda: is_cut_off(owner), limit_s=10)
        assert await refusal(login, "COMMIT")
    async with admin_connection(owner) as admin:
        assert await admin.value("SELECT count(*) FROM users.gate WHERE user_id = -1") == 0


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
