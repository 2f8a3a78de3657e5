"""Races over parties: 64 calls that all took their picture before any of them had the player's lock."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from geminya.collection.v1 import roster_pb2 as pb
from tests.integration.collection.armory import discard, unlock
from tests.integration.collection.camp import Camp, a_party, a_return, an_id
from tests.support.races import CALLS, ROUNDS, deadlocks, race

pytestmark = pytest.mark.timeout(60 + 10 * ROUNDS)


async def raced(camp: Camp, requests: Iterable[Any]) -> tuple[list[Any], Counter[str]]:
    """Lets the calls begin at the same moment: their answers, and how often each reason was given."""
    answers, reasons = await race(
        camp.house, "collection", [sent(camp, request) for request in requests]
    )
    assert await deadlocks(camp.house) == 0
    return answers, Counter(reasons)


def sent(camp: Camp, request: Any) -> Callable[[], Awaitable[Any]]:
    """The call of a request; sent again, it is the same one."""
    method = type(request).__name__.removesuffix("Request")
    rpc = camp.rpc if hasattr(camp.rpc, method) else camp.armory.rpc
    return lambda: getattr(rpc, method)(request)


async def test_of_64_parties_that_share_a_waifu_one_goes(camp: Camp) -> None:
    for _ in range(ROUNDS):
        parties = [a_party(1 + number % 5, 6) for number in range(CALLS // 2)]

        answers, reasons = await raced(camp, parties * 2)

        # The one who was first, and the copy of the same wish.
        assert answers == [answers[0]] * 2
        assert reasons == {"WAIFU_AWAY": CALLS - 2}
        [gone] = (await camp.away()).values()
        assert [int(thing) for _, thing, _ in gone] == [one.waifu_id for one in answers[0].members]
        await camp.forget()


async def test_of_64_parties_that_share_a_piece_one_goes(camp: Camp) -> None:
    for _ in range(ROUNDS):
        piece = await camp.armory.piece()
        parties = [a_party(1 + number % 6, piece=piece) for number in range(CALLS)]

        answers, reasons = await raced(camp, parties)

        [answer] = answers
        assert answer.equipment.equipment_id == piece
        assert reasons.keys() <= {"WAIFU_AWAY", "EQUIPMENT_AWAY"}
        assert reasons.total() == CALLS - 1
        [gone] = (await camp.away()).values()
        assert [thing for kind, thing, _ in gone if kind == "equipment"] == [piece]
        await camp.forget()


async def test_parties_that_share_nothing_all_go(camp: Camp) -> None:
    for _ in range(ROUNDS):
        parties = [a_party(waifu_id) for waifu_id in range(1, 7)]

        answers, reasons = await raced(camp, parties * (CALLS // 6))

        assert len(answers) == 6 * (CALLS // 6)
        assert not reasons
        assert len(await camp.away()) == 6
        await camp.forget()


async def test_64_ends_of_one_expedition_bring_one_piece(camp: Camp) -> None:
    for _ in range(ROUNDS):
        await camp.mood(1, 0)
        gone = a_party(1)
        await camp.rpc.LockParty(gone)
        end = a_return(gone.expedition_id, award=an_id(), successes=1)

        answers, reasons = await raced(camp, [end] * CALLS)

        assert answers == [answers[0]] * CALLS
        assert answers[0].awarded.equipment_id == end.award_equipment_id
        assert not reasons
        assert await camp.armory.pieces() == {end.award_equipment_id}
        assert (await camp.moods())[1][0] == 6
        assert await camp.away() == {}
        await camp.forget()


async def test_64_ends_under_64_ops_bring_one_piece(camp: Camp) -> None:
    for _ in range(ROUNDS):
        gone = a_party(1)
        await camp.rpc.LockParty(gone)
        ends = [a_return(gone.expedition_id, award=an_id()) for _ in range(CALLS)]

        answers, _ = await raced(camp, ends)

        [awarded] = [one.awarded.equipment_id for one in answers if one.HasField("awarded")]
        assert [one for one in answers if one.is_full] == []
        assert await camp.armory.pieces() == {awarded}
        await camp.forget()


async def test_five_ends_find_the_last_place_once(camp: Camp) -> None:
    for _ in range(ROUNDS):
        for _ in range(19):
            await camp.armory.piece()
        parties = [a_party(waifu_id) for waifu_id in range(1, 6)]
        for gone in parties:
            await camp.rpc.LockParty(gone)
        ends = [a_return(gone.expedition_id, award=an_id()) for gone in parties]

        answers, _ = await raced(camp, ends * (CALLS // 5))

        different = {one.SerializeToString(deterministic=True): one for one in answers}
        assert Counter(one.is_full for one in answers) == {
            True: 4 * (CALLS // 5),
            False: CALLS // 5,
        }
        assert len([one for one in different.values() if one.HasField("awarded")]) == 1
        assert len(await camp.armory.pieces()) == 20
        await camp.forget()


async def test_a_piece_goes_or_is_destroyed(camp: Camp) -> None:
    for number in range(ROUNDS):
        piece, other = await camp.armory.piece(), await camp.armory.piece()
        wishes: list[Any] = []
        for turn in range(CALLS // 2):
            end = discard(piece) if turn % 2 else unlock(other, piece)
            pair = [a_party(1 + turn % 6, piece=piece), end]
            wishes += pair if number % 2 else pair[::-1]

        answers, reasons = await raced(camp, wishes)

        went = [one for one in answers if isinstance(one, pb.LockPartyResponse)]
        assert len(answers) == 1
        if went:
            assert piece in await camp.armory.pieces()
            assert reasons["EQUIPMENT_AWAY"] >= CALLS // 2
        else:
            assert await camp.away() == {}
            assert reasons == {"EQUIPMENT_NOT_FOUND": CALLS - 1}
        await camp.forget()


async def test_after_a_wild_day_everything_is_sound(camp: Camp) -> None:
    pieces = [await camp.armory.piece() for _ in range(4)]
    gone = [a_party(waifu_id, piece=pieces[waifu_id]) for waifu_id in range(1, 4)]
    for party in gone:
        await camp.rpc.LockParty(party)
    # Waifu 6 is at home, and this party takes no piece: some party of hers leaves in any order.
    wishes: list[Any] = [a_party(6)]
    for number in range(CALLS // 4):
        home = a_return(gone[number % 3].expedition_id, award=an_id(), failures=1)
        again = a_party(1 + number % 6, piece=pieces[number % 4])
        wishes += [again, home, discard(pieces[number % 4]), home]

    answers, _ = await raced(camp, wishes)

    assert {type(one) for one in answers} >= {pb.LockPartyResponse, pb.SettleResponse}
    assert len(await camp.armory.pieces()) >= 3
    await camp.bonds.is_sound()
