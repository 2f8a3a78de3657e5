"""Parties keep their word: who goes, who may not, what comes home, and whose it is."""

import json
from typing import Any

import pytest

from geminya.collection.v1 import catalog_pb2, equipment_pb2
from geminya.collection.v1 import roster_pb2 as pb
from geminya.common.v1.life_pb2 import CloseUserRequest, ListHeldRowsRequest
from geminya.common.v1.life_pb2_grpc import ClosingServiceStub, ExportServiceStub
from services.collection.equipment import rules
from tests.integration.collection.armory import AFFINITY, clear, discard, give, unlock
from tests.integration.collection.builders import import_rows, listen, some_waifus
from tests.integration.collection.camp import Camp, a_party, a_return, an_id
from tests.support.calls import Code, an_op, bad_request, fails_with, refused

NOBODYS = an_id()


# Going.


async def test_a_party_goes_with_all_it_is(camp: Camp) -> None:
    piece = await camp.armory.piece(slots=2, favorite=True)
    await camp.house.run(
        "UPDATE collection.user_waifus SET current_star_level = 4, constellation_level = 3, "
        "bond_level = 5, is_awakened = true WHERE user_id = 7 AND waifu_id = 5"
    )
    request = a_party(5, 1, 3, piece=piece)

    answer = await camp.rpc.LockParty(request)

    assert [one.waifu_id for one in answer.members] == [5, 1, 3]
    assert answer.members[0] == pb.PartyMember(
        waifu_id=5,
        name="N005",
        series_id=7,
        series_genres=["Music", "Drama"],
        stats=catalog_pb2.Stats(hp=90, atk=80, mag=70, vit=60, spr=50, int=100, spd=110, lck=120),
        elemental_type=["light"],
        archetype="Sage",
        current_star_level=4,
        constellation_level=3,
        bond_level=5,
        is_awakened=True,
    )
    [listed] = (await camp.armory.rpc.ListEquipment(_list())).equipment
    assert answer.equipment == listed
    assert (listed.is_away, listed.main_effect.value_name) == (True, "The Lighthouse Choir")
    assert await camp.away() == {
        request.expedition_id: [
            ("equipment", piece, 0),
            ("waifu", "5", 1),
            ("waifu", "1", 2),
            ("waifu", "3", 3),
        ]
    }


async def test_a_party_may_go_without_a_piece_and_alone(camp: Camp) -> None:
    request = a_party(3)

    answer = await camp.rpc.LockParty(request)

    assert len(answer.members) == 1
    assert not answer.HasField("equipment")
    assert await camp.away() == {request.expedition_id: [("waifu", "3", 1)]}


async def test_five_parties_are_away_together(camp: Camp) -> None:
    pieces = [await camp.armory.piece() for _ in range(5)]

    for waifu_id, piece in enumerate(pieces, start=1):
        await camp.rpc.LockParty(a_party(waifu_id, piece=piece))

    assert len(await camp.away()) == 5


def _mixed(
    camp: Camp, piece: str, away: str
) -> list[tuple[str, dict[str, str], pb.LockPartyRequest]]:
    return [
        ("WAIFU_NOT_OWNED", {"waifu_id": "9"}, a_party(1, 9, 12, piece=piece)),
        ("WAIFU_NOT_OWNED", {"waifu_id": "404"}, a_party(404)),
        ("WAIFU_NOT_OWNED", {"waifu_id": "9"}, a_party(2, 9, piece=away)),
        ("WAIFU_AWAY", {"waifu_id": "2"}, a_party(1, 2, piece=piece)),
        ("WAIFU_AWAY", {"waifu_id": "2"}, a_party(2, piece=away)),
        ("EQUIPMENT_NOT_FOUND", {"equipment_id": NOBODYS}, a_party(1, piece=NOBODYS)),
        ("EQUIPMENT_AWAY", {"equipment_id": away}, a_party(1, 3, piece=away)),
    ]


async def test_a_party_goes_as_a_whole_or_not_at_all(camp: Camp) -> None:
    piece, away = await camp.armory.piece(), await camp.armory.piece()
    await camp.rpc.LockParty(a_party(2, piece=away))
    before = await camp.everything()

    for reason, facts, request in _mixed(camp, piece, away):
        for _ in range(2):
            with refused(reason, **facts):
                await camp.rpc.LockParty(request)

    assert await camp.everything() == before
    await camp.bonds.is_sound()


async def test_what_was_refused_stays_refused(camp: Camp) -> None:
    """A late copy of a refused start would lock a party that nobody brings home."""
    first, request = a_party(2), a_party(1, 2)
    await camp.rpc.LockParty(first)
    with refused("WAIFU_AWAY"):
        await camp.rpc.LockParty(request)
    await camp.rpc.Settle(a_return(first.expedition_id))

    with refused("WAIFU_AWAY", waifu_id="2"):
        await camp.rpc.LockParty(request)

    assert await camp.away() == {}


async def test_a_repeated_start_has_the_first_answer(camp: Camp) -> None:
    """Also when everything about her, and the catalogue, is another one meanwhile."""
    piece = await camp.armory.piece()
    request = a_party(3, 1, piece=piece)
    first = await camp.rpc.LockParty(request)
    before = await camp.away()
    await camp.house.run("UPDATE collection.user_waifus SET current_star_level = 6, bond_level = 9")
    changed = some_waifus(*[1, 2, 3] * 4)
    for row in changed:
        row.cells["archetype"] = "Knight"
    await import_rows(camp.bonds.collection.catalog, waifus=changed)

    again = await camp.rpc.LockParty(request)

    assert again.SerializeToString(deterministic=True) == first.SerializeToString(
        deterministic=True
    )
    assert await camp.away() == before


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (a_party(), "waifu_ids"),
        (a_party(1, 2, 3, 4), "waifu_ids"),
        (a_party(1, 2, 1), "waifu_ids"),
        (a_party(0), "waifu_ids[0]"),
        (a_party(1, -4), "waifu_ids[1]"),
        (a_party(1, expedition="x"), "expedition_id"),
        (a_party(1, piece="x"), "equipment_id"),
    ],
)
async def test_a_party_has_a_form(camp: Camp, request_: pb.LockPartyRequest, field: str) -> None:
    with bad_request(field):
        await camp.rpc.LockParty(request_)

    assert await camp.away() == {}


async def test_another_wish_with_the_same_op_changes_nothing(camp: Camp) -> None:
    request = a_party(1)
    await camp.rpc.LockParty(request)

    with refused("OP_REUSED"):
        await camp.rpc.LockParty(
            a_party(2, expedition=request.expedition_id, op_id=request.op.op_id)
        )

    assert await camp.away() == {request.expedition_id: [("waifu", "1", 1)]}


async def test_what_is_away_cannot_be_changed_before_it_is_home(camp: Camp) -> None:
    piece, fuel = await camp.armory.piece(slots=1), await camp.armory.piece()
    request = a_party(1, piece=piece)
    await camp.rpc.LockParty(request)

    with refused("EQUIPMENT_AWAY"):
        await camp.armory.rpc.UnlockSubSlot(unlock(piece, fuel))
    with refused("EQUIPMENT_AWAY"):
        await camp.armory.rpc.ClearSubSlots(clear(piece))
    with refused("EQUIPMENT_AWAY"):
        await camp.armory.rpc.DiscardEquipment(discard(piece))
    await camp.rpc.Settle(a_return(request.expedition_id))

    await camp.armory.rpc.DiscardEquipment(discard(piece))
    assert await camp.armory.pieces() == {fuel}


async def test_a_piece_that_was_discarded_does_not_go(camp: Camp) -> None:
    piece = await camp.armory.piece()
    await camp.armory.rpc.DiscardEquipment(discard(piece))

    with refused("EQUIPMENT_NOT_FOUND", equipment_id=piece):
        await camp.rpc.LockParty(a_party(1, piece=piece))


# Coming home.


async def test_a_party_comes_home_and_may_go_again(camp: Camp) -> None:
    piece = await camp.armory.piece()
    gone, other = a_party(1, 2, piece=piece), a_party(3)
    await camp.rpc.LockParty(gone)
    await camp.rpc.LockParty(other)

    answer = await camp.rpc.Settle(a_return(gone.expedition_id))

    assert answer == pb.SettleResponse()
    assert await camp.away() == {other.expedition_id: [("waifu", "3", 1)]}
    await camp.rpc.LockParty(a_party(2, 1, piece=piece))


async def test_the_piece_they_found_takes_the_first_free_place(camp: Camp) -> None:
    pieces = [await camp.armory.piece() for _ in range(3)]
    await camp.armory.rpc.DiscardEquipment(discard(pieces[1]))
    gone, award = a_party(1), an_id()
    await camp.rpc.LockParty(gone)

    answer = await camp.rpc.Settle(a_return(gone.expedition_id, award=award))

    shown = answer.awarded
    assert (shown.equipment_id, shown.slot_no, answer.is_full) == (award, 2, False)
    assert shown.main_effect.type in {str(kind) for kind in rules.MAIN_WEIGHTS}
    assert (shown.is_away, shown.is_favorite) == (False, False)
    assert list(shown.sub_slots) == []
    kept = await camp.armory.rpc.GetEquipment(
        equipment_pb2.GetEquipmentRequest(user_id=7, equipment_id=award)
    )
    assert kept.equipment == shown


async def test_the_effect_of_a_piece_follows_from_its_id(camp: Camp) -> None:
    award, effects = an_id(), []
    for _ in range(2):
        gone = a_party(1)
        await camp.rpc.LockParty(gone)
        answer = await camp.rpc.Settle(a_return(gone.expedition_id, award=award))
        effects.append(answer.awarded.main_effect)
        await camp.armory.empties()

    assert effects[0] == effects[1]


async def test_the_21st_piece_is_told_of(camp: Camp) -> None:
    for _ in range(20):
        await camp.armory.piece()
    gone, award = a_party(1), an_id()
    await camp.rpc.LockParty(gone)
    request = a_return(gone.expedition_id, award=award)

    answer = await camp.rpc.Settle(request)
    [first, *_] = await camp.armory.pieces()
    await camp.armory.rpc.DiscardEquipment(discard(first))

    assert answer == pb.SettleResponse(is_full=True)
    # It was paid for; that there is a place now does not bring it back.
    assert await camp.rpc.Settle(request) == answer
    assert len(await camp.armory.pieces()) == 19
    assert await camp.away() == {}


async def test_a_repeated_end_has_the_first_answer(camp: Camp) -> None:
    await camp.mood(1, 10)
    gone = a_party(1)
    await camp.rpc.LockParty(gone)
    request = a_return(gone.expedition_id, award=an_id(), successes=3)
    first = await camp.rpc.Settle(request)
    after = await camp.everything()

    for _ in range(3):
        assert await camp.rpc.Settle(request) == first

    assert await camp.everything() == after


async def test_an_expedition_is_paid_once_whoever_asks(camp: Camp) -> None:
    """Another op for the same expedition is a bug of its caller; it costs nobody a piece and wins nobody one."""
    gone = a_party(1)
    await camp.rpc.LockParty(gone)
    await camp.rpc.Settle(a_return(gone.expedition_id, award=an_id(), successes=1))
    after = await camp.everything()

    answer = await camp.rpc.Settle(a_return(gone.expedition_id, award=an_id(), successes=1))

    assert answer == pb.SettleResponse()
    assert await camp.everything() == after


async def test_who_was_never_away_brings_nothing(camp: Camp) -> None:
    before = await camp.everything()

    answer = await camp.rpc.Settle(a_return(an_id(), award=an_id(), failures=9))

    assert answer == pb.SettleResponse()
    assert await camp.everything() == before


@pytest.mark.parametrize(
    ("way", "mood", "word"),
    [
        ({"successes": 3, "failures": 2}, 26, "cheerful"),
        ({"successes": 2, "failures": 3}, 14, "neutral"),
        ({"successes": 2, "failures": 2}, 20, "neutral"),
        ({}, 20, "neutral"),
        ({"successes": 3, "done": False}, 20, "neutral"),
    ],
)
async def test_the_way_they_had_moves_the_mood(
    camp: Camp, way: dict[str, Any], mood: int, word: str
) -> None:
    for waifu_id in (1, 2, 3):
        await camp.mood(waifu_id, 20)
    gone = a_party(1, 2)
    await camp.rpc.LockParty(gone)

    await camp.rpc.Settle(a_return(gone.expedition_id, **way))

    moods = await camp.moods()
    assert moods[1] == moods[2] == (mood, word)
    assert moods[3] == (20, "neutral")


@pytest.mark.parametrize(("mood", "change"), [(98, 3), (-98, -3)])
async def test_a_mood_has_its_ends(camp: Camp, mood: int, change: int) -> None:
    await camp.mood(1, mood)
    gone = a_party(1)
    await camp.rpc.LockParty(gone)

    await camp.rpc.Settle(
        a_return(gone.expedition_id, successes=max(0, change), failures=max(0, -change))
    )

    assert abs((await camp.moods())[1][0]) == 100


async def test_a_party_costs_one_round_trip_each_way(camp: Camp) -> None:
    gone = a_party(1, 2, 3, piece=await camp.armory.piece())
    statements = listen(camp.house.database("collection"))

    await camp.rpc.LockParty(gone)
    await camp.rpc.Settle(a_return(gone.expedition_id, award=an_id(), successes=1))

    assert statements() == ["lock_party", "settle_party"]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (a_return("x"), "expedition_id"),
        (a_return(NOBODYS, award="x"), "award_equipment_id"),
        (a_return(NOBODYS, failures=-1), "failures"),
        (a_return(NOBODYS, successes=1001), "successes"),
    ],
)
async def test_an_end_has_a_form(camp: Camp, request_: pb.SettleRequest, field: str) -> None:
    with bad_request(field):
        await camp.rpc.Settle(request_)


async def test_nobody_but_expeditions_moves_a_party(camp: Camp) -> None:
    for caller in ("bot", "economy", "users", "admin"):
        rpc = camp.house.stub(type(camp.rpc), "collection", caller)
        with fails_with(Code.PERMISSION_DENIED):
            await rpc.LockParty(a_party(1))
        with fails_with(Code.PERMISSION_DENIED):
            await rpc.Settle(a_return(an_id()))

    assert await camp.away() == {}


# Two players.


async def test_nobody_takes_along_what_is_somebody_elses(camp: Camp) -> None:
    theirs = await camp.armory.piece(8)
    before = await camp.everything(8)

    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await camp.rpc.LockParty(a_party(9))
    with refused("EQUIPMENT_NOT_FOUND", equipment_id=theirs):
        await camp.rpc.LockParty(a_party(1, piece=theirs))

    assert await camp.everything(8) == before
    assert await camp.away() == {}


async def test_what_another_player_has_away_stays_away(camp: Camp) -> None:
    """With the same expedition, the same waifu and the same piece: a key begins with its player."""
    piece, expedition = await camp.armory.piece(7), an_id()
    await camp.house.run(
        "INSERT INTO collection.equipment (user_id, id, slot_no, main_effect) VALUES (8, $1, 1, $2)",
        *(piece, AFFINITY),
    )
    await camp.rpc.LockParty(a_party(3, 9, piece=piece, expedition=expedition, player=8))
    before = await camp.everything(8)

    await camp.rpc.LockParty(a_party(3, piece=piece, expedition=expedition))
    await camp.rpc.Settle(a_return(expedition, award=an_id(), successes=2))
    await camp.rpc.Settle(a_return(expedition, award=an_id(), successes=2))

    assert await camp.everything(8) == before
    assert await camp.away(7) == {}
    await camp.bonds.is_sound()


# The end of a life.


async def test_a_party_ends_with_the_life_of_its_player(camp: Camp) -> None:
    mine, theirs = a_party(3, piece=await camp.armory.piece()), a_party(3, player=8)
    await camp.rpc.LockParty(mine)
    await camp.rpc.LockParty(theirs)
    closing = camp.house.stub(ClosingServiceStub, "collection", "users")

    await closing.CloseUser(CloseUserRequest(op=an_op(7, step=1)))

    with refused("USER_GONE"):
        await camp.rpc.Settle(a_return(mine.expedition_id, award=an_id()))
    with refused("USER_GONE"):
        await camp.rpc.LockParty(a_party(1))
    with refused("USER_GONE"):
        await camp.rpc.LockParty(mine)
    assert await camp.everything(7) == [[], {}, {}]
    assert await camp.away(8) == {theirs.expedition_id: [("waifu", "3", 1)]}


async def test_a_late_end_does_not_touch_the_next_life(camp: Camp) -> None:
    gone = a_party(3)
    await camp.rpc.LockParty(gone)
    closing = camp.house.stub(ClosingServiceStub, "collection", "users")
    await closing.CloseUser(CloseUserRequest(op=an_op(7, step=1)))
    await camp.armory.rpc.AdminGiveEquipment(give(epoch=2))
    after = await camp.everything()

    with refused("USER_GONE"):
        await camp.rpc.Settle(a_return(gone.expedition_id, award=an_id()))

    assert await camp.everything() == after


async def test_an_export_tells_what_is_away(camp: Camp) -> None:
    gone = a_party(1, player=7)
    await camp.rpc.LockParty(gone)
    await camp.rpc.LockParty(a_party(9, player=8))
    export = camp.house.stub(ExportServiceStub, "collection", "bot")

    answer = await export.ListHeldRows(ListHeldRowsRequest(user_id=7))

    [row] = [json.loads(one.json) for one in answer.rows if one.table == "party_locks"]
    assert (row["thing"], row["expedition_id"]) == ("1", gone.expedition_id)


def _list() -> equipment_pb2.ListEquipmentRequest:
    return equipment_pb2.ListEquipmentRequest(user_id=7)
