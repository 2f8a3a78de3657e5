"""Every table with rows of players is known to the export and to the end of a life (chassis/operations/holdings.py)."""

from collections.abc import Iterator

import pytest

from chassis.operations.holdings import KIT, Holding, OnClose
from chassis.postgres import Admin, admin_connection
from chassis.settings import SERVICES
from console import invariants
from tests.support.house import service_named
from tests.support.pg import Clone

KEPT = {
    "users.users",  # the numbers of who was there; the person is taken out of the row by the flow itself
    "users.erased",  # who returns must not be paid twice on one day; a keyed hash, for 180 days
    "users.erasures",  # a restored backup must know whom to forget again; a keyed hash, for 180 days
    "users.ledger",  # money is proven for ever
    "economy.gift_code_redemptions",  # a code is had once over all lives
    "economy.gift_code_tries",  # guessing does not begin anew with a life
    "economy.user_purchases",  # a limit per player counts over all lives
    "economy.boost_days",  # once a day is once a day; forgotten after a week
    "users.bans",  # who was shown the door does not come back in by another life
}
"""What outlives a life, the kit's own tables aside. Whoever adds one says why."""
SHOWN_BYTES = {"economy.seeds.seed_hash", "economy.seeds.server_seed"}
"""Columns of bytes that are no secret: a hash that is promised, and a seed that was told."""


def held() -> Iterator[tuple[str, Holding]]:
    """Every holding, with its schema."""
    for service in SERVICES:
        for holding in service_named(service).all_holdings:
            yield service, holding


async def columns(admin: Admin) -> list[tuple[str, str, str]]:
    """Table, column and type, of all four schemas."""
    rows = await admin.all_rows(
        "SELECT table_schema || '.' || table_name AS name, column_name, data_type "
        "FROM information_schema.columns WHERE table_schema = ANY($1)",
        [*SERVICES],
    )
    return [tuple(row.values()) for row in rows]


async def test_every_table_with_players_is_held(clone: Clone) -> None:
    async with admin_connection(clone.owner) as admin:
        named = await columns(admin)
    of_players = {table for table, column, _ in named if column in ("user_id", "discord_id")}

    assert {f"{schema}.{holding.table}" for schema, holding in held()} == of_players


async def test_a_holding_names_columns_that_are_there_and_hides_secrets(clone: Clone) -> None:
    async with admin_connection(clone.owner) as admin:
        named = await columns(admin)
    known = {(table, column) for table, column, _ in named}
    secret = {f"{table}.{column}" for table, column, kind in named if kind == "bytea"} - SHOWN_BYTES

    for schema, holding in held():
        table = f"{schema}.{holding.table}"
        for column in (holding.player, *holding.columns, *holding.hidden):
            assert (table, column) in known
        shown = {name for name in secret if name.startswith(f"{table}.")}
        assert shown <= {f"{table}.{column}" for column in holding.hidden}


async def test_the_key_of_a_holding_tells_rows_apart_and_has_an_index(clone: Clone) -> None:
    async with admin_connection(clone.owner) as admin:
        unique = await admin.all_rows(
            """
            SELECT indrelid::regclass::text AS name, ARRAY(
                SELECT attname::text FROM unnest(indkey::int[]) WITH ORDINALITY AS k (number, place)
                JOIN pg_attribute ON attrelid = indrelid AND attnum = number ORDER BY place) AS key
            FROM pg_index WHERE indisunique AND indpred IS NULL
            """
        )
    keys = {(row["name"], tuple(row["key"])) for row in unique}

    for schema, holding in held():
        assert (f"{schema}.{holding.table}", (holding.player, *holding.columns)) in keys


async def test_children_end_before_their_parents(clone: Clone) -> None:
    async with admin_connection(clone.owner) as admin:
        references = await admin.all_rows(
            "SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent "
            "FROM pg_constraint WHERE contype = 'f' AND confdeltype = 'a'"
        )
    order = [f"{schema}.{holding.table}" for schema, holding in held()]

    for row in references:
        if row["child"] in order and row["parent"] in order:
            assert order.index(row["child"]) < order.index(row["parent"])


@pytest.mark.parametrize("service", SERVICES)
async def test_the_service_may_tell_and_end_what_it_holds(service: str, clone: Clone) -> None:
    async with admin_connection(clone.url_of(service)) as login:
        for holding in service_named(service).all_holdings:
            statements = [holding.list_statement(is_first=True)]
            if holding.key:
                statements.append(holding.list_statement(is_first=False))
            if holding.on_close is not OnClose.KEEP:
                statements.append(holding.end_statement())
            for statement in statements:
                await login.run(f"PREPARE this AS {statement}")
                await login.run("DEALLOCATE this")
                await login.run(f"EXPLAIN (GENERIC_PLAN) {statement}")


def test_only_what_has_a_reason_outlives_a_life() -> None:
    kit = {holding.table for holding in KIT}
    kept = {f"{schema}.{h.table}" for schema, h in held() if h.on_close is OnClose.KEEP}

    assert {name for name in kept if name.split(".")[1] not in kit} == KEPT


def test_the_invariants_know_what_must_not_outlive_a_life() -> None:
    for service in SERVICES:
        gone = {h.table for h in service_named(service).holdings if h.on_close is OnClose.DELETE}

        assert set(invariants.HELD[service]) == gone


def test_users_leads_and_the_others_follow() -> None:
    assert [name for name in SERVICES if service_named(name).leads_closing] == ["users"]
