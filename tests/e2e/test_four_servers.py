"""A house of many machines: every service has a PostgreSQL of its own, and nothing of the others on it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chassis.postgres import admin_connection
from chassis.settings import SERVICES
from console import invariants
from console.audit import look_at_all
from console.main import app
from tests.support.evening import Evening
from tests.support.pg import Apart, Clone, four_servers

TABLES = """
    SELECT DISTINCT table_schema AS name FROM information_schema.tables
    WHERE table_schema = ANY($1) AND table_type = 'BASE TABLE'
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[Apart]:
    with four_servers() as apart:
        yield apart


@pytest.fixture
async def clone(servers: Apart) -> AsyncIterator[Clone]:
    async with servers.clone() as clone:
        yield clone


@pytest.fixture
def environment(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """What an operator of four servers has set."""
    monkeypatch.chdir(tmp_path)
    told = {f"GEMINYA_{name.upper()}_OWNER_DATABASE_URL": clone.owners[name] for name in SERVICES}
    told |= {f"GEMINYA_{name.upper()}_DATABASE_URL": clone.url_of(name) for name in SERVICES}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return told


async def call(*words: str) -> Result:
    """A command of the operator's, beside the loop of the test."""
    return await asyncio.to_thread(CliRunner().invoke, app, [*words])


async def test_a_first_evening_adds_up_over_four_servers(
    evening: Evening, clone: Clone, environment: Mapping[str, str]
) -> None:
    mira = evening.robot("mira")
    await mira.slash("academy status")
    await mira.slash("academy daily")
    assert len((await mira.slash("summon ten")).text.splitlines()) >= 10

    assert (await call("migrate")).output.strip() == "everything is up to date"
    audit = await call("audit")
    assert audit.exit_code == 0, audit.output

    async with AsyncExitStack() as stack:
        for name in SERVICES:
            owner = await stack.enter_async_context(admin_connection(clone.owners[name]))
            assert await owner.all_rows(TABLES, [*SERVICES]) == [{"name": name}]
            assert await owner.value("SELECT to_regrole('users_login')::text") == (
                "users_login" if name == "users" else None
            )


async def test_what_does_not_add_up_between_two_servers_is_found(
    evening: Evening, clone: Clone
) -> None:
    mira = evening.robot("mira")
    await mira.slash("academy status")
    await mira.slash("summon ten")
    await evening.house.run("UPDATE economy.summons SET price = price + 1")

    findings = await look_at_all(clone.owners, clone.gathered, 7)

    broken = {finding.id for finding in findings if finding.violations}
    assert "I6" in broken
    assert len(findings) == len(invariants.INVARIANTS)


async def test_what_was_under_way_between_two_looks_is_not_called_broken(
    evening: Evening, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira = evening.robot("mira")
    await mira.slash("academy status")
    await mira.slash("summon ten")
    looks = [*("price + 1", "price - 1")]

    async def gather(owners: Mapping[str, str], into: str) -> None:
        await evening.house.run(f"UPDATE economy.summons SET price = {looks.pop(0)}")
        await gather_really(owners, into)

    from console import audit

    gather_really = audit.gather
    monkeypatch.setattr(audit, "gather", gather)

    findings = await look_at_all(clone.owners, clone.gathered, 7)

    assert looks == []
    assert not [finding for finding in findings if finding.violations]


async def test_the_doctor_looks_at_every_server(
    clone: Clone, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINYA_ECONOMY_ADDRESS", "ipv4:" + ",".join(["127.0.0.1:1"] * 15))
    async with admin_connection(clone.owners["economy"]) as owner:
        await owner.run("DELETE FROM economy.schema_migrations WHERE version = '0101'")

    said = await call("doctor")

    assert said.output.count("ok    database") == 4
    assert said.output.count("ok    roles        2 are there") == 4
    assert said.output.count("ok    migrations   all applied") == 3
    assert "wrong migrations   1 not applied yet, first economy/0101_banners.sql" in said.output
    assert "wrong pools        up to 150 connections of 200, and no more than 140" in said.output


async def test_a_reset_empties_every_server(
    clone: Clone, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINYA_ENV", "dev")
    for name in SERVICES:
        async with admin_connection(clone.owners[name]) as owner:
            await owner.run(f"INSERT INTO {name}.gate (user_id, epoch) VALUES (1, 1)")

    database = clone.owners["users"].partition("?")[0].rpartition("/")[2]
    done = await call("database", "reset", "--confirm", database)

    assert done.exit_code == 0, done.output
    for name in SERVICES:
        async with admin_connection(clone.owners[name]) as owner:
            assert await owner.value(f"SELECT count(*) FROM {name}.gate") == 0
