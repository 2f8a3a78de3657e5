"""What a service measures is what happened, and each name is in the registry."""

import asyncio
import contextlib
import time
from typing import Any

import aiohttp
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from chassis import telemetry
from chassis.metric_names import LABELS, METRICS
from chassis.metrics import Meter
from chassis.operations.vitals import Spent
from chassis.postgres import DatabaseTrouble
from geminya.users.v1 import account_pb2 as account
from geminya.users.v1.account_pb2_grpc import AccountServiceStub
from tests.support.calls import an_op, refused, until
from tests.support.game import Game, a_summon
from tests.support.house import House, Houses, Port

SUMMON, APPLY = "economy.v1.GachaService/Summon", "users.v1.WalletService/Apply"
GRANT = "collection.v1.RosterService/Grant"
CALLS, OPERATIONS = "geminya_rpc_server_duration_seconds_count", "geminya_operations_total"
STATEMENTS, MONEY = "geminya_db_statement_duration_seconds_count", "geminya_currency_total"


def value(house: House, service: str, name: str, **labels: str) -> float:
    """A sample of a service; 0 where it is not there."""
    return house.running[service].meter.registry.get_sample_value(name, labels) or 0


async def test_a_summon_is_counted_wherever_it_was(game: Game) -> None:
    house = game.house
    await game.has(7, crystals=10_000)

    await game.summon(a_summon())
    await house.quiet()

    for service, method in (("economy", SUMMON), ("users", APPLY), ("collection", GRANT)):
        assert value(house, service, CALLS, method=method, code="OK") >= 1, method
    assert value(house, "economy", OPERATIONS, kind="summon", outcome="done") == 1
    took = "geminya_operation_duration_seconds_count"
    assert value(house, "economy", took, kind="summon") == 1
    for statement in ("open_summon", "save_summon", "finish_operation"):
        assert value(house, "economy", STATEMENTS, statement=statement) == 1, statement
    assert value(house, "economy", "geminya_db_pool_wait_seconds_count") >= 3
    assert value(house, "economy", "geminya_db_pool_limit") == 10


async def test_money_is_counted_once_however_often_it_is_asked_for(game: Game) -> None:
    await game.has(7, crystals=10_000)
    wish = a_summon()

    for _ in range(3):
        await game.summon(wish)
    await game.house.quiet()
    paid = await game.house.rows(
        "SELECT reason, currency, sum(abs(amount))::bigint AS amount FROM users.ledger "
        "WHERE user_id = 7 AND reason <> 'mint.start' GROUP BY 1, 2"
    )

    assert {row["reason"] for row in paid} >= {"sink.gacha", "mint.summon"}
    for row in paid:
        labels = {"reason": row["reason"], "currency": row["currency"]}
        assert value(game.house, "users", MONEY, **labels) == row["amount"], labels


async def test_the_first_crystals_and_the_daily_reward_come_from_somewhere(houses: Houses) -> None:
    house = await houses("users")
    stub = house.stub(AccountServiceStub, "users")

    for _ in range(2):
        entered = await stub.Enter(account.EnterRequest(discord_id=10**15))
    op = an_op(entered.user_id)
    for _ in range(2):
        await stub.ClaimDaily(account.ClaimDailyRequest(op=op))

    crystals = {"currency": "sakura_crystals"}
    assert value(house, "users", MONEY, reason="mint.start", **crystals) == 2000
    assert value(house, "users", MONEY, reason="mint.daily", **crystals) == 500


async def test_a_refusal_is_counted_by_its_reason(game: Game) -> None:
    await game.has(7, crystals=1)

    with refused("INSUFFICIENT_FUNDS"):
        await game.summon(a_summon())
    await game.house.quiet()

    refusals = "geminya_refusals_total"
    house, reason = game.house, "INSUFFICIENT_FUNDS"
    assert value(house, "economy", refusals, method=SUMMON, reason=reason) == 1
    assert value(house, "economy", CALLS, method=SUMMON, code="FAILED_PRECONDITION") == 1
    assert value(house, "economy", OPERATIONS, kind="summon", outcome="rejected") == 1
    assert value(house, "economy", OPERATIONS, kind="summon", outcome="done") == 0


async def test_what_stays_open_shows_with_its_age_and_what_is_taken_over_too(game: Game) -> None:
    house = game.house
    await game.has(7, crystals=10_000)
    moments = await house.moments_of(lambda: game.summon(a_summon()))
    async with house.dies_at(len(moments) // 2):
        await game.summon(a_summon())
    assert house.has_died
    await house.start()
    await house.run(
        "UPDATE economy.operation SET created_at = now() - interval '90 s' WHERE state < 10"
    )

    vitals = house.running["economy"].vitals
    await vitals.look()
    open_now = {"kind": "summon", "state": "open"}
    assert value(house, "economy", "geminya_operations_open", **open_now) == 1
    assert value(house, "economy", "geminya_operation_oldest_seconds", state="open") > 89
    await house.wakes_up()
    await vitals.look()

    assert value(house, "economy", "geminya_operations_open", **open_now) == 0
    assert value(house, "economy", "geminya_operation_oldest_seconds", state="open") == 0
    assert value(house, "economy", "geminya_repairs_total", kind="summon") == 1
    assert value(house, "economy", OPERATIONS, kind="summon", outcome="done") == 1


async def test_a_full_pool_shows_who_was_refused(houses: Houses) -> None:
    house = await houses("users", pool_size=2)
    database = house.database("users")

    async with contextlib.AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(database.connection())
        busy = value(house, "users", "geminya_db_pool_connections", state="busy")
        with pytest.raises(DatabaseTrouble):
            await database.bare.value("SELECT 1")

    assert busy == 2
    assert value(house, "users", "geminya_db_pool_refused_total") == 1
    assert value(house, "users", "geminya_db_pool_connections", state="busy") == 0


async def test_an_exemplar_leads_from_a_bar_to_the_spans_of_one_wish(
    houses: Houses, logs: list[Any]
) -> None:
    exporter = InMemorySpanExporter()
    house = await houses(spans=SimpleSpanProcessor(exporter))
    game = Game(house)
    await game.stock()
    await game.has(7, crystals=10_000)

    telemetry.use(telemetry.provider_of("test", SimpleSpanProcessor(exporter)))
    try:
        with telemetry.root_span("a wish"):
            await game.summon(a_summon())
    finally:
        telemetry.use(None)
    await house.quiet()

    seen = exemplars(house.running["economy"].meter, "geminya_rpc_server_duration_seconds")
    found = {
        (span.context.trace_id, span.context.span_id): span.name
        for span in exporter.get_finished_spans()
        if span.context
    }
    named = {(int(e["trace_id"], 16), int(e["span_id"], 16)) for e in seen}
    assert {found[ids] for ids in named} == {SUMMON}
    took = exemplars(house.running["economy"].meter, "geminya_operation_duration_seconds")
    assert {e["trace_id"] for e in took} == {e["trace_id"] for e in seen}


async def test_what_is_not_sampled_leaves_no_exemplar(game: Game) -> None:
    await game.has(7, crystals=10_000)

    await game.summon(a_summon())

    assert not exemplars(game.house.running["economy"].meter, "geminya_rpc_server_duration_seconds")


def exemplars(meter: Meter, name: str) -> list[dict[str, str]]:
    """The exemplars of a histogram, as they are told in OpenMetrics."""
    families = text_string_to_metric_families(generate_latest(meter.registry).decode())
    samples = [s for family in families if family.name == name for s in family.samples]
    return [sample.exemplar.labels for sample in samples if sample.exemplar]


async def test_every_name_and_label_is_in_the_registry(game: Game) -> None:
    for running in game.house.running.values():
        for family in running.meter.registry.collect():
            assert family.name in METRICS
            labels = {name for sample in family.samples for name in sample.labels}
            assert labels <= LABELS | {"le"}, family.name


def test_a_name_that_is_not_in_the_registry_cannot_be_measured() -> None:
    with pytest.raises(KeyError):
        Meter().counter("geminya_something_else")
    with pytest.raises(AssertionError):
        Meter().counter("geminya_refusals", "user_id")


async def test_the_measures_are_shown_at_their_port(houses: Houses) -> None:
    port = Port()
    house = await houses("users", metrics_port=port.number)

    async with aiohttp.ClientSession() as http:
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        async with http.get(f"http://127.0.0.1:{port.number}/metrics", headers=accept) as answer:
            text = await answer.text()

    assert answer.content_type == "application/openmetrics-text"
    assert text.endswith("# EOF\n")
    assert "geminya_db_up 1.0" in text
    assert "process_resident_memory_bytes" in text
    assert value(house, "users", "geminya_db_up") == 1
    await house.stop()
    port.close()


async def test_a_loop_that_is_held_up_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.metrics.LOOK_S", 0.01)
    meter = Meter()
    watch = asyncio.create_task(meter.watch_loop())
    lag = "geminya_event_loop_lag_seconds"

    def late() -> float:
        count = meter.registry.get_sample_value(f"{lag}_count") or 0
        return count - (meter.registry.get_sample_value(f"{lag}_bucket", {"le": "0.2"}) or 0)

    async def has_looked() -> bool:
        return bool(meter.registry.get_sample_value(f"{lag}_count"))

    await until(has_looked)
    time.sleep(0.3)  # noqa: ASYNC251 - this is what holds a loop up

    async def is_late() -> bool:
        return late() >= 1

    await until(is_late)
    watch.cancel()


async def test_a_server_with_statistics_of_statements_is_read(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real view needs a server that has preloaded it; here its lines are made up."""
    house = await houses("users")
    vitals = house.running["users"].vitals
    await vitals.look(with_statements=True)
    visible, calls = "geminya_postgres_statements_visible", "geminya_postgres_statement_calls_total"
    assert value(house, "users", visible) == 0

    async def found(_: object) -> str:
        return "public"

    async def spent(_: object, schema: str, limit: int) -> list[Spent]:
        return [Spent("-- enter\nSELECT 1", 2, 0.5), Spent("-- enter\nSELECT 2", 3, 0.25)]

    monkeypatch.setattr("chassis.operations.vitals.find_statements", found)
    monkeypatch.setattr("chassis.operations.vitals.list_spent", spent)
    await vitals.look(with_statements=True)

    assert value(house, "users", visible) == 1
    assert value(house, "users", calls, statement="enter") == 5
    seconds = "geminya_postgres_statement_seconds_total"
    assert value(house, "users", seconds, statement="enter") == 0.75
