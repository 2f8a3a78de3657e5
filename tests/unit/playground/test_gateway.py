"""A bot keeps playing through everything Discord does to it."""

import asyncio

import aiohttp
import pytest

from playground import Box, Patience, Robot
from playground.faults import Fault
from playground.gateway import Session
from playground.world import GUILD_ID
from tests.unit.playground.house_bot import HouseBot


async def test_a_rate_limited_and_a_failed_request_are_repeated(alice: Robot, box: Box) -> None:
    box.faults.plan(Fault.RATE_LIMITED, path_part="/callback")
    assert (await alice.slash("show", stars=1)).text

    box.faults.plan(Fault.RATE_LIMITED, times=2, path_part="/messages/@original")
    assert len((await alice.slash("slow")).messages) == 2


async def test_a_lost_answer_has_still_been_carried_out(
    alice: Robot, box: Box, bot: HouseBot
) -> None:
    box.faults.plan(Fault.LOST_ANSWER, path_part="/callback")

    answer = await alice.slash("show", stars=1)

    assert answer.message.embeds[0]["title"] == "1 stars"
    [error] = bot.seen_errors
    assert isinstance(error, aiohttp.ServerDisconnectedError)


async def test_a_bot_resumes_when_it_is_asked_to_reconnect(
    alice: Robot, box: Box, bot: HouseBot
) -> None:
    await box.faults.reconnect()

    await asyncio.wait_for(bot.resumed.wait(), 5)
    assert (await alice.slash("show", stars=1)).text
    assert len(box.gateway.sessions) == 1


async def test_a_bot_gets_what_it_missed_while_its_connection_was_broken(
    alice: Robot, box: Box, bot: HouseBot
) -> None:
    box.visitors.patience = Patience(acknowledge_s=8, trace_s=0)
    box.faults.drop()
    [session] = box.gateway.sessions.values()
    session.socket = None

    assert (await alice.slash("show", stars=1)).text
    assert bot.resumed.is_set()


async def test_a_wrong_token_is_turned_away(box: Box) -> None:
    async with aiohttp.ClientSession(box.url) as session:
        async with session.get("/api/v10/users/@me", headers={"Authorization": "Bot x"}) as answer:
            assert answer.status == 401
        async with session.ws_connect("/gateway") as socket:
            await socket.receive_json()
            await socket.send_json({"op": 2, "d": {"token": "x", "intents": 1}})
            await socket.receive()
            assert socket.close_code == 4004


@pytest.mark.parametrize(("shards", "serving"), [(1, 0), (3, (int(GUILD_ID) >> 22) % 3)])
def test_events_of_a_guild_go_to_its_shard(shards: int, serving: int) -> None:
    sessions = [Session(shard, shards, None) for shard in range(shards)]

    assert [s.shard for s in sessions if s.serves(GUILD_ID)] == [serving]


async def test_health_counts_the_connected_bots(
    box: Box, bot: HouseBot, http: aiohttp.ClientSession
) -> None:
    async with http.get("/healthz") as response:
        assert await response.json() == {"ok": True, "bots": 1}
