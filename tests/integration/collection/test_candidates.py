"""Who could go on an expedition: as they would be locked, page by page, and only the player's own."""

from typing import Any

from geminya.collection.v1 import roster_pb2 as pb
from tests.integration.collection.camp import Camp, a_party, an_id
from tests.support.calls import Code, bad_request, refused

NOBODYS = an_id()


def a_question(*waifu_ids: int, player: int = 7, **given: Any) -> pb.ListCandidatesRequest:
    return pb.ListCandidatesRequest(user_id=player, waifu_ids=waifu_ids, **given)


def ids(answer: pb.ListCandidatesResponse) -> list[int]:
    return [one.member.waifu_id for one in answer.candidates]


async def test_candidates_are_members_as_they_would_be_locked(camp: Camp) -> None:
    piece = await camp.armory.piece(slots=2)
    await camp.house.run(
        "UPDATE collection.user_waifus SET current_star_level = 4, constellation_level = 3, "
        "bond_level = 5, is_awakened = true WHERE user_id = 7 AND waifu_id = 5"
    )

    asked = await camp.rpc.ListCandidates(a_question(5, 1, equipment_id=piece))
    locked = await camp.rpc.LockParty(a_party(1, 5, piece=piece))

    assert [one.member for one in asked.candidates] == [*locked.members]
    assert not any(one.is_away for one in asked.candidates)
    assert not asked.is_equipment_away
    locked.equipment.is_away = False
    assert asked.equipment == locked.equipment


async def test_who_is_away_is_told_of(camp: Camp) -> None:
    piece = await camp.armory.piece()
    await camp.rpc.LockParty(a_party(2, 4, piece=piece))

    answer = await camp.rpc.ListCandidates(a_question(equipment_id=piece))

    assert ids(answer) == [1, 2, 3, 4, 5, 6]
    assert [one.member.waifu_id for one in answer.candidates if one.is_away] == [2, 4]
    assert answer.is_equipment_away


async def test_everybody_comes_once_page_by_page(camp: Camp) -> None:
    piece, seen, token = await camp.armory.piece(), [], ""
    for _ in range(9):
        request = a_question(page_size=2, page_token=token, equipment_id=piece)
        answer = await camp.rpc.ListCandidates(request)
        assert answer.equipment.equipment_id == piece
        seen, token = [*seen, ids(answer)], answer.next_page_token
        if not token:
            break

    assert seen == [[1, 2], [3, 4], [5, 6]]


async def test_a_page_is_one_statement(camp: Camp) -> None:
    database = camp.house.database("collection")
    await camp.rpc.ListCandidates(a_question())
    before = database.round_trips

    await camp.rpc.ListCandidates(a_question(page_size=2))

    assert database.round_trips - before == 1


async def test_of_another_player_nothing_is_told(camp: Camp) -> None:
    theirs = await camp.armory.piece(player=8)
    await camp.rpc.LockParty(a_party(3))
    before = await camp.everything(8)

    answer = await camp.rpc.ListCandidates(a_question(player=8))
    assert ids(answer) == [3, 9]
    assert not any(one.is_away for one in answer.candidates)
    assert ids(await camp.rpc.ListCandidates(a_question(9, 3))) == [3]
    assert ids(await camp.rpc.ListCandidates(a_question(player=9))) == []
    for piece in (theirs, NOBODYS):
        with refused("EQUIPMENT_NOT_FOUND", code=Code.NOT_FOUND, equipment_id=piece):
            await camp.rpc.ListCandidates(a_question(equipment_id=piece))

    assert await camp.everything(8) == before


async def test_a_wrong_question_is_told_what_is_wrong(camp: Camp) -> None:
    token = (await camp.rpc.ListCandidates(a_question(page_size=2))).next_page_token

    with bad_request("waifu_ids"):
        await camp.rpc.ListCandidates(a_question(1, 1))
    with bad_request("page_size"):
        await camp.rpc.ListCandidates(a_question(page_size=1001))
    with bad_request("page_token"):
        await camp.rpc.ListCandidates(a_question(1, page_token=token))
    with bad_request("equipment_id"):
        await camp.rpc.ListCandidates(a_question(equipment_id="a stick"))
