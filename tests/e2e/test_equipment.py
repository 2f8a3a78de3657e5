"""The shelf and its pieces, from the first look to the last slot."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from geminya.collection.v1 import equipment_pb2 as pb
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.common.v1.op_pb2 import Op
from geminya.common.v1.operator_pb2 import Operator
from playground import RefusedError
from playground.robot import Answer, Robot
from tests.support.evening import Evening, note, readable

LOOK, GIVE_UP = "Look at a piece", "The piece to give up"
STRANGER = "sora"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A player with pieces."""

    evening: Evening
    mira: Robot
    player: int

    async def slots(self) -> dict[int, int]:
        """Place to open sub slots."""
        rows = await self.evening.house.rows(
            "SELECT slot_no, unlocked_sub_slots FROM collection.equipment WHERE user_id = $1",
            self.player,
        )
        return {row["slot_no"]: row["unlocked_sub_slots"] for row in rows}

    async def look(self, number: int, shelf: Answer | None = None) -> Answer:
        """From the shelf to a piece."""
        listed = (shelf or await self.mira.slash("equipment list")).message
        return await self.mira.select(listed, LOOK, await self.id_of(number))

    async def id_of(self, number: int) -> str:
        """The id of the piece in a place."""
        found = await self.evening.house.value(
            "SELECT id::text FROM collection.equipment WHERE user_id = $1 AND slot_no = $2",
            self.player,
            number,
        )
        return str(found)


@pytest.fixture
async def shelf(evening: Evening) -> Shelf:
    """Three pieces, given by an operator's hand."""
    player = await evening.player("mira")
    stub: Any = evening.house.stub(EquipmentServiceStub, "collection", None)
    for _ in range(3):
        op = Op(op_id=str(uuid.uuid4()), user_id=player, epoch=1)
        operator = Operator(name="keeper", reason="a test")
        await stub.AdminGiveEquipment(pb.AdminGiveEquipmentRequest(op=op, operator=operator))
    return Shelf(evening, evening.robot("mira"), player)


async def test_an_empty_shelf_tells_where_pieces_come_from(evening: Evening) -> None:
    await evening.player("mira")
    assert "expeditions" in readable(await evening.robot("mira").slash("equipment list"))


async def test_the_shelf_leads_to_every_piece_and_back(shelf: Shelf) -> None:
    listed = await shelf.mira.slash("equipment list")
    piece = await shelf.look(2, listed)
    back = await shelf.mira.press(piece.message, "Back to the shelf")

    assert "3 of 20 places taken" in readable(listed).replace("**", "")
    assert [a["filename"] for a in listed.message.attachments] == ["equipment.jpg"]
    assert "№ 2" in readable(piece)
    assert [a["filename"] for a in piece.message.attachments] == ["piece.jpg"]
    assert piece.message.id == listed.message.id == back.message.id
    assert back.text == listed.text


async def test_a_piece_is_given_up_once_for_a_slot(shelf: Shelf) -> None:
    mira = shelf.mira
    piece = await shelf.look(1)
    asked = await mira.press(piece.message, "Open a slot")
    confirm = await mira.select(asked.message, GIVE_UP, await shelf.id_of(3))
    assert await shelf.slots() == {1: 0, 2: 0, 3: 0}
    await shelf.evening.restart_bot()

    done, again = await asyncio.gather(
        *(mira.press(confirm.message, "Give it up") for _ in range(2))
    )

    assert "Destroyed for ever" in readable(confirm)
    assert "A new slot has opened" in readable(done)
    assert again.text == done.text
    assert await shelf.slots() == {1: 1, 2: 0}
    await shelf.evening.game.invariants_hold()


async def test_a_menu_works_after_the_bot_was_restarted(shelf: Shelf) -> None:
    listed = await shelf.mira.slash("equipment list")
    await shelf.evening.restart_bot()
    piece = await shelf.look(3, listed)
    await shelf.evening.restart_bot()
    asked = await shelf.mira.press(piece.message, "Throw away")
    assert "Throw № 3 away?" in readable(asked)


async def test_slots_are_cleared_and_a_piece_is_thrown_away(shelf: Shelf) -> None:
    mira = shelf.mira
    for consumed in ("2", "№ 3"):
        asked = await mira.slash("equipment unlock", piece="1", consume=consumed)
        await mira.press(asked.message, "Give it up")
    assert await shelf.slots() == {1: 2}

    last = await mira.slash("equipment clear", piece="1")
    one = await mira.press(last.message, "Remove")
    assert await shelf.slots() == {1: 1}
    every = await mira.press(one.message, "Remove all slots")
    none = await mira.press(every.message, "Remove")
    assert await shelf.slots() == {1: 0}
    asked = await mira.slash("equipment discard", piece="1")
    gone = await mira.press(asked.message, "Throw away")

    assert "One slot was removed" in readable(one)
    assert "No sub slot is open" in readable(none)
    assert "The piece is gone" in readable(gone)
    assert await shelf.slots() == {}


async def test_nothing_of_a_favourite_can_be_destroyed(shelf: Shelf) -> None:
    mira = shelf.mira
    before = await mira.slash("equipment discard", piece="1")
    listed = await mira.slash("equipment list")
    locked = await mira.slash("equipment favorite", piece="1")

    refused = await mira.press(before.message, "Throw away")
    typed = await mira.slash("equipment discard", piece="1")
    also = await mira.press(typed.message, "Throw away")
    with pytest.raises(RefusedError):
        await mira.press(locked.message, "Throw away")
    unlocked = await mira.press(locked.message, "Unlock")
    gone = await mira.press(before.message, "Throw away")

    assert "safe now" in readable(locked)
    assert note(refused).startswith("That piece is locked as a favourite.")
    assert note(also) == note(refused)
    assert "♥" not in readable(listed)
    assert "heart is off" in readable(unlocked)
    assert note(gone).startswith("That piece is locked")  # The refusal of that press is its answer.
    assert await shelf.slots() == {1: 0, 2: 0, 3: 0}


async def test_another_players_piece_is_nobodys(shelf: Shelf) -> None:
    await shelf.evening.player(STRANGER)
    sora, theirs = shelf.evening.robot(STRANGER), await shelf.id_of(1)
    listed = (await shelf.mira.slash("equipment list")).message

    for command in ("detail", "clear", "discard", "favorite"):
        answer = await sora.slash(f"equipment {command}", piece=theirs)
        assert note(answer).startswith("You have no such piece.")
    foreign = await sora.select(listed, LOOK, theirs)

    assert note(foreign).startswith("This button belongs to somebody else")
    assert await shelf.slots() == {1: 0, 2: 0, 3: 0}


async def test_pieces_complete_by_number_and_effect(shelf: Shelf) -> None:
    choices = await shelf.mira.autocomplete("equipment detail", "piece", "№ 2")
    every = await shelf.mira.autocomplete("equipment unlock", "consume")
    assert [choice["value"] for choice in choices] == [await shelf.id_of(2)]
    assert len(every) == 3
    assert every[0]["name"].startswith("№ ")
