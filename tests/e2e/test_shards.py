"""Several bots on several shards: who answers whom, who goes on when one ends, and what Discord is asked for."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway_bot.shares import Fleet
from tests.support.evening import Evening, readable
from tests.support.pg import Clone

SHARDS = 4


def a_fleet(ordinal: int, holder: str = "", *, shares: int = 2) -> Fleet:
    return Fleet(holder or f"bot-{ordinal}", shard_count=SHARDS, shares=shares, ordinal=ordinal)


@pytest.fixture
async def evening(clone: Clone) -> AsyncIterator[Evening]:
    """A box with four shards and a guild for each; no bot yet."""
    async with Evening(clone, shards=SHARDS, has_bot=False) as evening:
        yield evening


def serving(evening: Evening) -> list[int]:
    """The shards that are listened to."""
    return sorted(session.shard for session in evening.box.gateway.connected)


def begun(evening: Evening) -> list[int]:
    """The shards whose sessions were begun, in their order."""
    return [start.shard for start in evening.box.gateway.starts.asked]


async def test_a_spare_bot_goes_on_with_the_sessions_of_one_that_ends(evening: Evening) -> None:
    first = await evening.start_bot(a_fleet(0))
    await evening.start_bot(a_fleet(1))
    spare = await evening.start_bot(a_fleet(2))
    assert serving(evening) == [0, 1, 2, 3]
    assert spare.bot.sockets == {}

    await first.leave()
    answers = await asyncio.gather(
        *(evening.robot(f"guest {guild}", guild).slash("academy status") for guild in range(SHARDS))
    )

    assert all("academy" in readable(answer).lower() for answer in answers)
    assert begun(evening) == [0, 1, 2, 3], "a session was begun anew"
    assert evening.box.gateway.resumed == 2
    assert sorted(spare.bot.sockets) == [0, 1]
