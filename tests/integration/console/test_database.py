"""`geminya database reset` and `doctor` on a database of their own, as an operator calls them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chassis.embedded import Embedded
from chassis.postgres import admin_connection
from console.main import app
from console.trouble import Trouble


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Embedded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEMINYA_ENV", "dev")
    with Embedded(tmp_path / ".geminya" / "postgres", durable=False) as server:
        yield server


def call(*words: str, typed: str = ""):
    return CliRunner().invoke(app, [*words], input=typed)


def ask(server: Embedded, sql: str) -> object:
    async def ask() -> object:
        async with admin_connection(server.url) as admin:
            return await admin.value(sql)

    return asyncio.run(ask())


def count_of_gates(server: Embedded) -> object:
    return ask(server, "SELECT count(*) FROM users.gate")


def test_reset_drops_everything_once_the_name_was_typed(server: Embedded) -> None:
    assert call("migrate").exit_code == 0
    ask(server, "INSERT INTO users.gate (user_id, epoch) VALUES (1, 1)")

    wrong = call("database", "reset", typed="something\n")
    assert isinstance(wrong.exception, Trouble)
    assert count_of_gates(server) == 1

    assert call("database", "reset", typed="geminya\n").exit_code == 0
    assert count_of_gates(server) == 0


def test_reset_is_for_development_only(server: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINYA_ENV", "production")
    refused = call("database", "reset", "--confirm", "geminya")
    assert isinstance(refused.exception, Trouble)
    assert "GEMINYA_ENV=dev" in str(refused.exception)


def test_reset_makes_what_was_never_there(server: Embedded) -> None:
    assert call("database", "reset", "--confirm", "geminya").exit_code == 0
    assert call("migrate").output.strip() == "everything is up to date"


def test_the_doctor_says_what_is_missing_and_what_to_do(
    server: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("USERS", "COLLECTION", "EXPEDITIONS", "ECONOMY", "PLAYGROUND", "BOT_HEALTH"):
        monkeypatch.setenv(f"GEMINYA_{name}_PORT", "1")
    assert call("migrate").exit_code == 0
    ask(server, "DELETE FROM users.schema_migrations WHERE version = '0101'")

    said = call("doctor")

    assert said.exit_code == 1
    assert "ok    roles        8 are there" in said.output
    assert "ok    pools        up to 40 connections of 200" in said.output
    assert "wrong migrations   1 not applied yet, first users/0101_users.sql" in said.output
    assert "run `geminya migrate`" in said.output
    assert "wrong economy      nobody answers at 127.0.0.1:1" in said.output


def test_the_doctor_names_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINYA_USERS_PORT", "many")
    said = call("doctor")
    assert said.exit_code == 1
    assert "GEMINYA_USERS_PORT" in said.output
