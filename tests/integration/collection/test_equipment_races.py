"""Races over equipment: 64 calls that all took their picture before any of them had the player's lock."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from console.invariants import check
from geminya.collection.v1 import equipment_pb2 as pb
from tests.integration.collection.armory import (
    Armory,
    clear,
    discard,
    favorite,
    give,
    unlock,
)
from tests.support.races import CALLS, ROUNDS, deadlocks, race

pytestmark = pytest.mark.timeout(60 + 10 * ROUNDS)


async def raced(armory: Armory, requests: Iterable[Any]) -> tuple[list[Any], Counter[str]]:
    """Lets the wishes begin at the same moment: their answers, and how often each reason was given."""
    house = armory.collection.house
    await house.run(
        "INSERT INTO collection.gate (user_id, epoch) VALUES (7, 1) ON CONFLICT DO NOTHING"
    )
    answers, reasons = await race(house, "collection", [sent(armory, one) for one in requests])
    assert await deadlocks(house) == 0
    return answers, Counter(reasons)


def sent(armory: Armory, request: Any) -> Callable[[], Awaitable[Any]]:
    """The call of a request; sent again, it is the same wish."""
    method = type(request).__name__.removesuffix("Request")
    return lambda: getattr(armory.rpc, method)(request)


async def test_64_times_a_piece_is_consumed_once(armory: Armory) -> None:
    for _ in range(ROUNDS):
        pieces, fuel = [await armory.piece() for _ in range(4)], await armory.piece()
        wishes = [unlock(pieces[number % 4], fuel) for number in range(CALLS // 2)]

        answers, reasons = await raced(armory, wishes * 2)

        # The one who was first, and the copy of the same wish.
        assert answers == [answers[0]] * 2
        assert reasons == {"EQUIPMENT_NOT_FOUND": CALLS - 2}
        assert sum(len(one["sub_slots"]) for one in await armory.state()) == 1
        assert await armory.pieces() == {*pieces}
        await armory.empties()


async def test_64_times_a_sixth_sub_slot_stays_shut(armory: Armory) -> None:
    for _ in range(ROUNDS):
        piece = await armory.piece(slots=2)
        fuels = [await armory.piece() for _ in range(8)]

        answers, reasons = await raced(
            armory, [unlock(piece, fuels[number % 8]) for number in range(CALLS)]
        )

        assert sorted(one.opened.slot_index for one in answers) == [3, 4, 5]
        assert await armory.slots_of(piece) == [1, 2, 3, 4, 5]
        assert len(await armory.pieces()) == 1 + 8 - 3
        assert reasons.total() == CALLS - 3
        assert reasons.keys() <= {"SUB_SLOTS_FULL", "EQUIPMENT_NOT_FOUND"}
        await armory.empties()


async def test_200_gifts_are_20_pieces(armory: Armory) -> None:
    for number in range(1, 1 + ROUNDS):
        answers, reasons = await raced(armory, [give() for _ in range(200)])

        assert sorted(one.equipment.slot_no for one in answers) == [*range(1, 21)]
        assert reasons == {"EQUIPMENT_FULL": 180}
        assert [one["slot_no"] for one in await armory.state()] == [*range(1, 21)]
        assert len(await armory.audit()) == 20 * number
        await armory.empties()


async def test_a_piece_is_either_locked_or_consumed(armory: Armory) -> None:
    for number in range(ROUNDS):
        piece, fuel = await armory.piece(), await armory.piece()
        locks = [favorite(fuel) for _ in range(CALLS // 2)]
        meals = [unlock(piece, fuel) for _ in range(CALLS // 2)]
        pairs = zip(locks, meals, strict=True) if number % 2 else zip(meals, locks, strict=True)

        answers, reasons = await raced(armory, [wish for pair in pairs for wish in pair])

        opened = [one for one in answers if isinstance(one, pb.UnlockSubSlotResponse)]
        left = {one["id"]: one for one in await armory.state()}
        if fuel in left:
            assert left[fuel]["is_favorite"]
            assert opened == []
            assert left[piece]["sub_slots"] == []
            assert reasons == {"EQUIPMENT_LOCKED": CALLS // 2}
        else:
            # Nobody had locked it before, or it would still be there.
            assert answers == opened
            assert [one.opened.slot_index for one in opened] == [1]
            assert reasons == {"EQUIPMENT_NOT_FOUND": CALLS - 1}
        await armory.empties()


async def test_two_pieces_cannot_consume_each_other(armory: Armory) -> None:
    for _ in range(ROUNDS):
        first, second = await armory.piece(), await armory.piece()
        pairs = [(first, second), (second, first)] * (CALLS // 2)

        answers, reasons = await raced(armory, [unlock(*pair) for pair in pairs])

        [answer] = answers
        assert reasons == {"EQUIPMENT_NOT_FOUND": CALLS - 1}
        assert await armory.pieces() == {answer.equipment.equipment_id}
        await armory.empties()


async def test_64_clearings_remove_what_is_there(armory: Armory) -> None:
    for _ in range(ROUNDS):
        piece = await armory.piece(slots=5)

        answers, reasons = await raced(armory, [clear(piece) for _ in range(CALLS)])

        assert [one.removed_count for one in answers] == [1] * 5
        assert reasons == {"NO_SUB_SLOTS": CALLS - 5}
        assert await armory.slots_of(piece) == []
        await armory.empties()


async def test_64_times_a_piece_is_thrown_away_once(armory: Armory) -> None:
    for _ in range(ROUNDS):
        piece, other = await armory.piece(slots=2), await armory.piece(slots=1)
        wishes = [discard(piece) for _ in range(CALLS // 2)]

        answers, reasons = await raced(armory, wishes * 2)

        # The one who was first, and the copy of the same wish.
        assert len(answers) == 2
        assert reasons == {"EQUIPMENT_NOT_FOUND": CALLS - 2}
        assert await armory.pieces() == {other}
        assert await armory.slots_of(other) == [1]
        await armory.empties()


async def test_64_locks_have_one_outcome_each(armory: Armory) -> None:
    for _ in range(ROUNDS):
        piece = await armory.piece()
        wishes = [favorite(piece, on=number % 2 == 0) for number in range(CALLS // 2)]

        answers, reasons = await raced(armory, wishes * 2)

        assert reasons == {}
        assert [one.is_favorite for one in answers] == [one.is_favorite for one in wishes * 2]
        await armory.empties()


async def test_after_a_wild_evening_the_invariants_hold(armory: Armory) -> None:
    given = [(await armory.rpc.AdminGiveEquipment(give())).equipment for _ in range(12)]
    pieces = [one.equipment_id for one in given]
    wishes: list[Any] = []
    for number in range(CALLS):
        piece, other = pieces[number % 5], pieces[number * 7 % 12]
        wishes.append([unlock(piece, other), clear(piece), discard(other), give()][number % 4])

    answers, _ = await raced(armory, wishes)

    assert {type(one) for one in answers} >= {
        pb.UnlockSubSlotResponse,
        pb.AdminGiveEquipmentResponse,
    }
    findings = await check(armory.collection.house.clone.owner)
    assert [one.sample for one in findings if one.violations] == []
