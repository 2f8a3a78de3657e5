"""Parties from the list of places to the log of what happened, with a clock that moves."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import StoppedClock
from geminya.collection.v1.equipment_pb2 import AdminGiveEquipmentRequest
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.common.v1.op_pb2 import Op
from geminya.common.v1.operator_pb2 import Operator
from playground.robot import Answer, Robot
from tests.support.evening import Evening, note, readable
from tests.support.house import NOON
from tests.support.pg import Clone

LOOK, JOIN, PIECE = "Look at a place", "Who joins?", "The piece they take"
STRANGER = "sora"
LONG = timedelta(hours=30)
"""More than any journey takes."""


@dataclass(frozen=True, slots=True)
class Road:
    """A player with waifus, on an evening long ago: by the bot's clock every party is back at once."""

    evening: Evening
    clock: StoppedClock
    mira: Robot
    player: int

    async def rows(self) -> list[dict[str, Any]]:
        """The player's expeditions, the newest last."""
        return await self.evening.house.rows(
            """
            SELECT expedition_id::text AS id, status, slot_no FROM expeditions.user_expeditions
            WHERE user_id = $1 ORDER BY started_at, expedition_id
            """,
            self.player,
        )

    async def statuses(self) -> list[str]:
        """What there is of the player's."""
        return [row["status"] for row in await self.rows()]

    async def leave(self, place: int = 0) -> Answer:
        """From the list to the last look, with one waifu and nothing else."""
        listed = (await self.mira.slash("expedition list")).message
        there = await self.mira.select(listed, LOOK, values(listed, LOOK)[place])
        party = (await self.mira.press(there.message, "Send a party")).message
        joined = await self.mira.select(party, JOIN, values(party, JOIN)[0])
        return await self.mira.press(joined.message, "On to equipment")

    async def goes(self, place: int = 0) -> Answer:
        """A party on its way."""
        return await self.mira.press((await self.leave(place)).message, "Off they go")


def values(said: Any, placeholder: str) -> list[str]:
    """What a menu offers."""
    found = [part for part in walk(said.components) if part.get("placeholder") == placeholder]
    return [option["value"] for option in found[0]["options"]]


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Asks until there is a sheet: on a busy machine a worker is not always there in time."""
    for _ in range(10):
        answer = await ask()
        if answer.message.components and JOIN in str(answer.message.components):
            break
    return answer


def walk(part: Any) -> Any:
    for one in part:
        yield one
        yield from walk(one.get("components") or [])


@pytest.fixture
async def road(clone: Clone) -> AsyncIterator[Road]:
    """Ten waifus, and everything else of an evening."""
    clock = StoppedClock(NOON)
    async with Evening(clone, clock=clock) as evening:
        player = await evening.player("mira")
        mira = evening.robot("mira")
        await mira.slash("summon ten")
        yield Road(evening, clock, mira, player)


async def test_a_party_leaves_comes_home_and_tells(road: Road) -> None:
    mira = road.mira
    left = await road.goes()
    early = await mira.press(left.message, "Bring № 1 home")
    typed = await mira.slash("expedition complete")
    assert await road.statuses() == ["in_progress"]

    road.clock.move(LONG)
    status = await mira.slash("expedition status")
    done = await mira.press(status.message, "Bring № 1 home")
    log = await mira.press(done.message, "Log")

    assert "The party has left" in readable(left)
    assert note(early).startswith("They are still on their way.")
    assert note(typed).startswith("They are still on their way.")
    assert "It ended as" in readable(done)
    assert "Brought home" in readable(done)
    assert "Log:" in readable(log)
    assert "Everybody is at home" in readable(await mira.slash("expedition status"))
    assert await road.statuses() == ["completed"]
    await road.evening.game.invariants_hold()


async def test_whoever_suits_the_place_can_come_first(road: Road) -> None:
    mira = road.mira
    listed = (await mira.slash("expedition list")).message
    there = await mira.select(listed, LOOK, values(listed, LOOK)[0])
    party = (await mira.press(there.message, "Send a party")).message

    suited = await patiently(lambda: mira.press(party, "Who suits the place"))
    joined = await mira.select(suited.message, JOIN, *values(suited.message, JOIN)[:2])
    strong = await mira.press(joined.message, "Who is strong")

    assert "whom the place likes best first" in readable(suited)
    assert "♥" in str(suited.message.components)
    assert "whom the place likes best first" in readable(joined)
    assert "the strongest first" in readable(strong)
    assert readable(strong).count("**") == readable(joined).count("**")


async def test_two_presses_send_one_party_and_bring_it_home_once(road: Road) -> None:
    mira = road.mira
    last = await road.leave()
    left, also = await asyncio.gather(*(mira.press(last.message, "Off they go") for _ in range(2)))
    assert left.text == also.text
    assert await road.statuses() == ["in_progress"]

    road.clock.move(LONG)
    status = (await mira.slash("expedition status")).message
    one, other = await asyncio.gather(*(mira.press(status, "Bring № 1 home") for _ in range(2)))
    assert one.text == other.text
    paid = await road.evening.house.value(
        "SELECT count(DISTINCT op_id) FROM users.ledger WHERE user_id = $1 AND reason = 'mint.loot'",
        road.player,
    )
    assert paid <= 1
    await road.evening.game.invariants_hold()


async def test_every_step_works_after_the_bot_was_restarted(road: Road) -> None:
    mira = road.mira
    listed = (await mira.slash("expedition list")).message
    await road.evening.restart_bot()
    there = await mira.select(listed, LOOK, values(listed, LOOK)[1])
    party = (await mira.press(there.message, "Send a party")).message
    form = await mira.press(party, "Search")
    await road.evening.restart_bot()
    found = (await mira.submit(form, query="rarity>=1")).message
    joined = await mira.select(found, JOIN, *values(found, JOIN)[:3])
    await road.evening.restart_bot()
    last = await mira.press(joined.message, "On to equipment")
    await road.evening.restart_bot()
    left = await mira.press(last.message, "Off they go")

    assert "They take along: Nothing" in readable(last)
    assert "The party has left" in readable(left)
    away = await road.evening.house.value(
        "SELECT count(*) FROM expeditions.expedition_participants WHERE user_id = $1", road.player
    )
    assert away == 3


async def test_a_piece_goes_along_once(road: Road) -> None:
    evening, mira = road.evening, road.mira
    stub: Any = evening.house.stub(EquipmentServiceStub, "collection", None)
    op = Op(op_id=str(uuid.uuid4()), user_id=road.player, epoch=1)
    operator = Operator(name="keeper", reason="a test")
    given = await stub.AdminGiveEquipment(AdminGiveEquipmentRequest(op=op, operator=operator))
    pack = (await road.leave()).message
    last = await mira.select(pack, PIECE, given.equipment.equipment_id)
    left = await mira.press(last.message, "Off they go")
    without = await road.leave(1)

    assert "They take along: № 1" in readable(last)
    assert "They carry a piece of equipment" in readable(left)
    assert "They take along: Nothing" in readable(without)


async def test_a_party_is_called_back_and_sent_once_more(road: Road) -> None:
    mira = road.mira
    await road.goes()
    asked = await mira.slash("expedition cancel", expedition="1")
    assert await road.statuses() == ["in_progress"]
    back = await mira.press(asked.message, "Call back")
    assert await road.statuses() == ["cancelled"]
    [past] = await road.rows()
    road.clock.move(timedelta(minutes=1))
    again = await mira.slash("expedition repeat", expedition=past["id"])
    log = await mira.slash("expedition log", expedition=past["id"])

    assert "nothing is brought home" in readable(asked)
    assert "with empty hands" in readable(back)
    assert "The party has left" in readable(again)
    assert "They were called back" in readable(log)
    assert await road.statuses() == ["cancelled", "in_progress"]
    await road.evening.game.invariants_hold()


async def test_all_come_home_at_once(road: Road) -> None:
    await road.goes(0)
    await road.goes(1)
    assert "Nobody is back yet" in readable(await road.mira.slash("expedition complete_all"))
    road.clock.move(LONG)
    every = await road.mira.slash("expedition complete_all")

    assert "2 home again" in readable(every)
    assert await road.statuses() == ["completed", "completed"]
    none = await road.mira.slash("expedition complete_all")
    assert note(none).startswith("Nobody is on the way.")
    await road.evening.game.invariants_hold()


async def test_another_players_party_is_nobodys(road: Road) -> None:
    left = await road.goes()
    await road.evening.player(STRANGER)
    sora, theirs = road.evening.robot(STRANGER), (await road.rows())[0]["id"]
    road.clock.move(LONG)
    for command in ("complete", "cancel", "repeat", "log"):
        answer = await sora.slash(f"expedition {command}", expedition=theirs)
        assert note(answer).startswith("You have no such expedition.")
    foreign = await sora.press(left.message, "Bring № 1 home")
    assert note(foreign).startswith("This button belongs to somebody else")
    assert await road.statuses() == ["in_progress"]


async def test_names_complete_while_they_are_typed(road: Road) -> None:
    await road.goes()
    [row] = await road.rows()
    for command in ("complete", "cancel", "repeat", "log"):
        found = await road.mira.autocomplete(f"expedition {command}", "expedition", "")
        assert [choice["value"] for choice in found] == [row["id"]]
    places = await road.mira.autocomplete("expedition start", "place", "")
    assert places
    detail = await road.mira.slash("expedition detail", place=places[0]["value"])
    assert "Liked there" in readable(detail)
