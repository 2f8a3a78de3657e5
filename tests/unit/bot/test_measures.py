"""How soon players are answered, as the bot measures it."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import yarl

from gateway_bot.measures import FaceMeasures

CALLBACK = "https://discord.com/api/v10/interactions/1/token/callback"
ACKNOWLEDGED = "geminya_interaction_acknowledgement_seconds"


def an_interaction(made_ago_s: float) -> Any:
    moment = discord.utils.utcnow().timestamp() - made_ago_s
    made = discord.utils.time_snowflake(discord.utils.utcnow().fromtimestamp(moment).astimezone())
    return SimpleNamespace(id=made)


async def answered(measures: FaceMeasures, url: str, status: int = 200) -> None:
    answer = SimpleNamespace(url=yarl.URL(url), response=SimpleNamespace(status=status))
    await measures._on_answer(None, SimpleNamespace(), answer)  # type: ignore[arg-type]


def value(measures: FaceMeasures, name: str, **labels: str) -> float:
    return measures.meter.registry.get_sample_value(name, labels) or 0


async def test_an_acknowledgement_is_counted_from_where_discord_made_the_interaction() -> None:
    measures = FaceMeasures()
    measures.begin(an_interaction(made_ago_s=1.2), "/summon ten")

    await answered(measures, CALLBACK)
    await answered(measures, CALLBACK)

    assert value(measures, f"{ACKNOWLEDGED}_count", command="/summon ten") == 1
    assert 1.2 <= value(measures, f"{ACKNOWLEDGED}_sum", command="/summon ten") < 60


async def test_a_clock_that_is_behind_makes_no_negative_waits() -> None:
    measures = FaceMeasures()
    measures.begin(an_interaction(made_ago_s=-30), "/now")

    await answered(measures, CALLBACK)

    assert 0 <= value(measures, f"{ACKNOWLEDGED}_sum", command="/now") < 30


async def test_other_requests_acknowledge_nothing() -> None:
    measures = FaceMeasures()
    measures.begin(an_interaction(0), "/now")

    await answered(measures, "https://discord.com/api/v10/webhooks/1/token/messages/@original")

    assert value(measures, f"{ACKNOWLEDGED}_count", command="/now") == 0
    assert value(measures, "geminya_discord_requests_total", status="200") == 1


async def test_two_wishes_at_once_are_not_mixed_up() -> None:
    measures = FaceMeasures()

    async def one(command: str) -> None:
        measures.begin(an_interaction(0), command)
        await asyncio.sleep(0)
        if command == "/a":
            measures.failed("refused")
        await answered(measures, CALLBACK)

    await asyncio.gather(*(asyncio.create_task(one(command)) for command in ("/a", "/b")))

    for command in ("/a", "/b"):
        assert value(measures, f"{ACKNOWLEDGED}_count", command=command) == 1


async def test_a_wish_ends_with_what_became_of_it() -> None:
    measures = FaceMeasures()
    wish = measures.begin(an_interaction(0), "/shop buy")
    measures.failed("broken")
    wish.began = time.perf_counter() - 2

    measures.end(wish, None)

    took = "geminya_interaction_duration_seconds_sum"
    assert 2 <= value(measures, took, command="/shop buy", outcome="broken") < 60


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_what_discord_counts_against_us_begins_at_zero(status: int) -> None:
    measures = FaceMeasures()
    counted = "geminya_discord_requests_total"
    assert measures.meter.registry.get_sample_value(counted, {"status": str(status)}) == 0

    await answered(measures, CALLBACK, status)

    assert value(measures, counted, status=str(status)) == 1
