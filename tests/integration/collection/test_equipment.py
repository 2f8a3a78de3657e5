"""Equipment keeps its word: what is shown, what each change does, refuses and repeats, and whose it is."""

import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from geminya.collection.v1 import equipment_pb2 as pb
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.common.v1.life_pb2 import CloseUserRequest, ListHeldRowsRequest
from geminya.common.v1.life_pb2_grpc import ClosingServiceStub, ExportServiceStub
from services.collection.equipment import rules
from tests.integration.collection.armory import (
    AFFINITY,
    SUB,
    Armory,
    clear,
    discard,
    favorite,
    give,
    unlock,
)
from tests.integration.collection.builders import Collection, listen
from tests.support.calls import Code, an_op, bad_request, outcomes, refused

NOBODYS = str(uuid.UUID(int=7))


# Looking.


async def test_a_list_has_every_piece_the_newest_first(armory: Armory) -> None:
    pieces = [
        await armory.piece(),
        await armory.piece(slots=2, favorite=True),
        await armory.piece(away=True),
    ]

    answer = await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=7))

    assert [one.equipment_id for one in answer.equipment] == pieces[::-1]
    assert answer.limit == 20
    away, rich, plain = answer.equipment
    assert (away.is_away, rich.is_away, plain.is_away) == (True, False, False)
    assert (away.is_favorite, rich.is_favorite, plain.is_favorite) == (False, True, False)
    assert [one.slot_no for one in answer.equipment] == [3, 2, 1]
    assert rich.sub_slots == [
        pb.SubSlot(
            slot_index=index,
            effect=pb.Effect(type="stat_check_bonus", stat="atk", amount=4 + index),
        )
        for index in (1, 2)
    ]


async def test_a_piece_is_shown_as_it_is(armory: Armory) -> None:
    piece = await armory.piece(slots=1)

    answer = await armory.rpc.GetEquipment(pb.GetEquipmentRequest(user_id=7, equipment_id=piece))

    shown = answer.equipment
    assert shown.main_effect == pb.Effect(
        type="affinity_add",
        affinity="favored",
        category="series_id",
        value="7",
        value_name="The Lighthouse Choir",
    )
    assert shown.HasField("create_time")
    [listed] = (await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=7))).equipment
    assert listed == shown


@pytest.mark.parametrize("category", ["archetype", "elemental", "genre"])
async def test_an_affinity_that_is_no_series_names_itself(armory: Armory, category: str) -> None:
    await armory.piece(effect={**AFFINITY, "category": category, "value": "Sage"})

    [shown] = (await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=7))).equipment

    assert shown.main_effect.category == category
    assert (shown.main_effect.value, shown.main_effect.value_name) == ("Sage", "Sage")


async def test_a_number_is_shown_as_an_amount(armory: Armory) -> None:
    bonus = {
        "type": "loot_pool_bonus",
        "affinity": None,
        "category": None,
        "value": 12,
        "stat": None,
    }
    await armory.piece(effect=bonus)

    [shown] = (await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=7))).equipment

    assert shown.main_effect == pb.Effect(type="loot_pool_bonus", amount=12)


async def test_a_series_that_was_imported_a_moment_ago_is_named(armory: Armory) -> None:
    """Another replica has imported it and rolled with it; this one has not looked yet."""
    await armory.collection.house.run(
        """
        WITH told AS (
            INSERT INTO collection.catalog_versions
                (version, series_added, series_changed, waifus_added, waifus_changed)
            SELECT max(version) + 1, 1, 0, 0, 0 FROM collection.catalog_versions
        )
        INSERT INTO collection.series (series_id, name, genres) VALUES (9, 'Brand New', 'Drama')
        """
    )
    await armory.piece(effect={**AFFINITY, "value": 9})

    [shown] = (await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=7))).equipment

    assert shown.main_effect.value_name == "Brand New"


async def test_nobody_has_nothing(armory: Armory) -> None:
    answer = await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=404))

    assert answer == pb.ListEquipmentResponse(limit=20)


async def test_a_look_is_one_round_trip(armory: Armory) -> None:
    piece = await armory.piece(slots=5)
    for _ in range(19):
        await armory.piece(slots=3)
    statements = listen(armory.collection.database)

    await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=7))
    await armory.rpc.GetEquipment(pb.GetEquipmentRequest(user_id=7, equipment_id=piece))

    assert statements() == ["list_equipment", "find_equipment"]


async def test_every_change_is_one_round_trip(armory: Armory) -> None:
    piece, fuel, waste = await armory.piece(), await armory.piece(), await armory.piece()
    statements = listen(armory.collection.database)

    await armory.rpc.UnlockSubSlot(unlock(piece, fuel))
    await armory.rpc.ClearSubSlots(clear(piece))
    await armory.rpc.DiscardEquipment(discard(waste))
    await armory.rpc.SetEquipmentFavorite(favorite(piece))
    await armory.rpc.AdminGiveEquipment(give())

    assert statements() == [
        "unlock_sub_slot",
        "clear_sub_slots",
        "discard_equipment",
        "set_equipment_favorite",
        "admin_give_equipment",
    ]


# Opening a sub slot.


async def test_a_sub_slot_opens_and_the_other_piece_is_gone(armory: Armory) -> None:
    piece, fuel, other = (
        await armory.piece(slots=1),
        await armory.piece(slots=4),
        await armory.piece(),
    )

    answer = await armory.rpc.UnlockSubSlot(unlock(piece, fuel))

    assert await armory.pieces() == {piece, other}
    assert await armory.slots_of(piece) == [1, 2]
    assert await armory.slots_of(other) == []
    assert answer.opened.slot_index == 2
    assert answer.opened.effect.type in {"stat_check_bonus", "final_stat_check_bonus"}
    assert answer.opened.effect.stat in rules.STATS
    assert answer.equipment.sub_slots[-1] == answer.opened
    get = pb.GetEquipmentRequest(user_id=7, equipment_id=piece)
    assert (await armory.rpc.GetEquipment(get)).equipment == answer.equipment
    orphans = "SELECT count(*) FROM collection.equipment_sub_slots WHERE equipment_id = $1"
    assert await armory.collection.house.value(orphans, fuel) == 0


async def test_a_favourite_can_still_get_better(armory: Armory) -> None:
    piece = await armory.piece(favorite=True)

    await armory.rpc.UnlockSubSlot(unlock(piece, await armory.piece()))

    assert await armory.slots_of(piece) == [1]


async def test_an_unlock_is_refused_for_every_reason(armory: Armory) -> None:
    piece, fuel = await armory.piece(), await armory.piece()
    full, away = await armory.piece(slots=5), await armory.piece(away=True)
    locked = await armory.piece(favorite=True)
    before = await armory.state()

    with refused("EQUIPMENT_NOT_FOUND", code=Code.NOT_FOUND, equipment_id=NOBODYS):
        await armory.rpc.UnlockSubSlot(unlock(NOBODYS, fuel))
    with refused("EQUIPMENT_NOT_FOUND", equipment_id=NOBODYS):
        await armory.rpc.UnlockSubSlot(unlock(piece, NOBODYS))
    with refused("SAME_PIECE"):
        await armory.rpc.UnlockSubSlot(unlock(piece, piece))
    with refused("SUB_SLOTS_FULL", limit="5"):
        await armory.rpc.UnlockSubSlot(unlock(full, fuel))
    with refused("EQUIPMENT_AWAY", equipment_id=away):
        await armory.rpc.UnlockSubSlot(unlock(away, fuel))
    with refused("EQUIPMENT_AWAY", equipment_id=away):
        await armory.rpc.UnlockSubSlot(unlock(piece, away))
    with refused("EQUIPMENT_LOCKED", equipment_id=locked):
        await armory.rpc.UnlockSubSlot(unlock(piece, locked))

    assert await armory.state() == before


async def test_the_lock_of_somebody_elses_party_locks_nothing(armory: Armory) -> None:
    """The lock names the thing, and its key the player."""
    piece, fuel = await armory.piece(), await armory.piece()
    insert = "INSERT INTO collection.party_locks VALUES ($1, $2, $3, gen_random_uuid(), $4)"
    await armory.collection.house.run(insert, 8, "equipment", fuel, 0)
    await armory.collection.house.run(insert, 7, "waifu", fuel, 1)

    await armory.rpc.UnlockSubSlot(unlock(piece, fuel))

    assert await armory.slots_of(piece) == [1]


async def test_a_repeated_unlock_consumes_and_rolls_once(armory: Armory) -> None:
    piece, fuel, more = await armory.piece(), await armory.piece(), await armory.piece()
    request = unlock(piece, fuel)
    first = await armory.rpc.UnlockSubSlot(request)
    await armory.rpc.UnlockSubSlot(unlock(piece, more))

    again = await armory.rpc.UnlockSubSlot(request)

    assert again == first
    assert await armory.slots_of(piece) == [1, 2]


async def test_a_refused_unlock_stays_refused(armory: Armory) -> None:
    piece, fuel = await armory.piece(), await armory.piece(favorite=True)
    request = unlock(piece, fuel)
    with refused("EQUIPMENT_LOCKED"):
        await armory.rpc.UnlockSubSlot(request)
    await armory.rpc.SetEquipmentFavorite(favorite(fuel, on=False))

    with refused("EQUIPMENT_LOCKED", equipment_id=fuel):
        await armory.rpc.UnlockSubSlot(request)

    assert await armory.pieces() == {piece, fuel}


async def test_an_operation_always_rolls_the_same(armory: Armory) -> None:
    """A crash before the commit, and a player who begins anew with the same op: the same dice."""
    op_id = str(uuid.uuid4())
    piece = await armory.piece()
    first = await armory.rpc.UnlockSubSlot(unlock(piece, await armory.piece(), op_id=op_id))
    await armory.collection.house.run("DELETE FROM collection.applied_step")

    again = await armory.rpc.UnlockSubSlot(unlock(piece, await armory.piece(), op_id=op_id))
    others = [await armory.rpc.UnlockSubSlot(unlock(piece, await armory.piece())) for _ in range(3)]

    assert again.opened.effect == first.opened.effect
    assert {str(one.opened.effect) for one in others} != {str(first.opened.effect)}


async def test_an_op_with_other_content_changes_nothing(armory: Armory) -> None:
    piece, fuel, other = await armory.piece(), await armory.piece(), await armory.piece()
    request = unlock(piece, fuel)
    await armory.rpc.UnlockSubSlot(request)
    request.consumed_equipment_id = other

    with refused("OP_REUSED"):
        await armory.rpc.UnlockSubSlot(request)

    assert await armory.pieces() == {piece, other}


# Clearing sub slots.


async def test_the_last_sub_slot_is_removed(armory: Armory) -> None:
    piece, other = await armory.piece(slots=3), await armory.piece(slots=2)

    answer = await armory.rpc.ClearSubSlots(clear(piece))

    assert answer.removed_count == 1
    assert [one.slot_index for one in answer.equipment.sub_slots] == [1, 2]
    assert await armory.slots_of(piece) == [1, 2]
    assert await armory.slots_of(other) == [1, 2]
    get = pb.GetEquipmentRequest(user_id=7, equipment_id=piece)
    assert (await armory.rpc.GetEquipment(get)).equipment == answer.equipment


async def test_all_sub_slots_are_removed(armory: Armory) -> None:
    piece = await armory.piece(slots=5)

    answer = await armory.rpc.ClearSubSlots(clear(piece, every=True))

    assert answer.removed_count == 5
    assert list(answer.equipment.sub_slots) == []
    assert await armory.slots_of(piece) == []


async def test_a_cleared_slot_can_be_opened_again(armory: Armory) -> None:
    piece = await armory.piece(slots=5)
    await armory.rpc.ClearSubSlots(clear(piece))

    answer = await armory.rpc.UnlockSubSlot(unlock(piece, await armory.piece()))

    assert answer.opened.slot_index == 5
    assert await armory.slots_of(piece) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("every", [False, True])
async def test_clearing_is_refused_for_every_reason(armory: Armory, every: bool) -> None:
    bare = await armory.piece()
    locked, away = (
        await armory.piece(slots=2, favorite=True),
        await armory.piece(slots=2, away=True),
    )
    before = await armory.state()

    with refused("EQUIPMENT_NOT_FOUND", code=Code.NOT_FOUND, equipment_id=NOBODYS):
        await armory.rpc.ClearSubSlots(clear(NOBODYS, every=every))
    with refused("NO_SUB_SLOTS", equipment_id=bare):
        await armory.rpc.ClearSubSlots(clear(bare, every=every))
    with refused("EQUIPMENT_LOCKED", equipment_id=locked):
        await armory.rpc.ClearSubSlots(clear(locked, every=every))
    with refused("EQUIPMENT_AWAY", equipment_id=away):
        await armory.rpc.ClearSubSlots(clear(away, every=every))

    assert await armory.state() == before


async def test_a_repeated_clearing_removes_one_slot(armory: Armory) -> None:
    piece = await armory.piece(slots=3)
    request = clear(piece)
    first = await armory.rpc.ClearSubSlots(request)

    answers, reasons = await outcomes([armory.rpc.ClearSubSlots(request) for _ in range(8)])

    assert answers == [first] * 8
    assert reasons == []
    assert await armory.slots_of(piece) == [1, 2]


# Discarding.


async def test_a_piece_is_thrown_away_with_its_slots(armory: Armory) -> None:
    piece, other = await armory.piece(slots=3), await armory.piece(slots=1)

    await armory.rpc.DiscardEquipment(discard(piece))

    assert await armory.pieces() == {other}
    assert await armory.slots_of(other) == [1]
    left = await armory.collection.house.value(
        "SELECT count(*) FROM collection.equipment_sub_slots"
    )
    assert left == 1


async def test_discarding_is_refused_for_every_reason(armory: Armory) -> None:
    locked, away = await armory.piece(favorite=True), await armory.piece(away=True)

    with refused("EQUIPMENT_NOT_FOUND", code=Code.NOT_FOUND, equipment_id=NOBODYS):
        await armory.rpc.DiscardEquipment(discard(NOBODYS))
    with refused("EQUIPMENT_LOCKED", equipment_id=locked):
        await armory.rpc.DiscardEquipment(discard(locked))
    with refused("EQUIPMENT_AWAY", equipment_id=away):
        await armory.rpc.DiscardEquipment(discard(away))

    assert await armory.pieces() == {locked, away}


async def test_a_repeated_discard_is_answered_as_the_first(armory: Armory) -> None:
    piece, other = await armory.piece(), await armory.piece()
    request = discard(piece)

    answers, reasons = await outcomes([armory.rpc.DiscardEquipment(request) for _ in range(8)])

    assert (len(answers), reasons) == (8, [])
    assert await armory.pieces() == {other}


# Favourites.


async def test_a_piece_is_locked_and_unlocked(armory: Armory) -> None:
    piece, other = await armory.piece(), await armory.piece()

    locked = await armory.rpc.SetEquipmentFavorite(favorite(piece))
    assert locked.is_favorite
    assert {one["id"]: one["is_favorite"] for one in await armory.state()} == {
        piece: True,
        other: False,
    }

    freed = await armory.rpc.SetEquipmentFavorite(favorite(piece, on=False))
    assert not freed.is_favorite
    assert not any(one["is_favorite"] for one in await armory.state())


async def test_a_piece_that_is_away_can_be_locked(armory: Armory) -> None:
    piece = await armory.piece(away=True)

    await armory.rpc.SetEquipmentFavorite(favorite(piece))

    assert [one["is_favorite"] for one in await armory.state()] == [True]


async def test_a_favourite_that_is_not_there_is_refused(armory: Armory) -> None:
    with refused("EQUIPMENT_NOT_FOUND", code=Code.NOT_FOUND, equipment_id=NOBODYS):
        await armory.rpc.SetEquipmentFavorite(favorite(NOBODYS))


async def test_a_repeated_lock_does_not_lock_again(armory: Armory) -> None:
    piece = await armory.piece()
    request = favorite(piece)
    first = await armory.rpc.SetEquipmentFavorite(request)
    await armory.rpc.SetEquipmentFavorite(favorite(piece, on=False))

    assert await armory.rpc.SetEquipmentFavorite(request) == first
    assert [one["is_favorite"] for one in await armory.state()] == [False]


# Giving.


async def test_an_operator_gives_a_rolled_piece(armory: Armory) -> None:
    request = give(ticket="T-12")

    answer = await armory.rpc.AdminGiveEquipment(request)

    [piece] = (await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=7))).equipment
    assert answer.equipment == piece
    assert (piece.slot_no, piece.is_favorite, piece.is_away) == (1, False, False)
    assert piece.main_effect.type in {str(kind) for kind in rules.MAIN_WEIGHTS}
    assert list(piece.sub_slots) == []
    [row] = await armory.audit()
    [kept] = await armory.state()
    assert (row["user_id"], row["op_id"], row["action"]) == (7, request.op.op_id, "give_equipment")
    assert (row["operator"], row["reason"], row["ticket"]) == ("mira", "a lost piece", "T-12")
    assert row["before"] == {"equipment_count": 0}
    assert row["after"] == {
        "equipment_count": 1,
        "equipment_id": piece.equipment_id,
        "slot_no": 1,
        "main_effect": kept["main_effect"],
    }


async def test_a_piece_takes_the_first_free_place(armory: Armory) -> None:
    pieces = [await armory.piece() for _ in range(4)]
    await armory.rpc.DiscardEquipment(discard(pieces[1]))
    await armory.rpc.DiscardEquipment(discard(pieces[2]))

    given = [(await armory.rpc.AdminGiveEquipment(give())).equipment.slot_no for _ in range(3)]

    assert given == [2, 3, 5]


async def test_the_21st_piece_is_refused(armory: Armory) -> None:
    for _ in range(20):
        await armory.piece()

    with refused("EQUIPMENT_FULL", limit="20"):
        await armory.rpc.AdminGiveEquipment(give())

    assert len(await armory.pieces()) == 20
    assert await armory.audit() == []


async def test_a_repeated_gift_is_one_piece(armory: Armory) -> None:
    request = give()

    answers, reasons = await outcomes([armory.rpc.AdminGiveEquipment(request) for _ in range(8)])

    assert answers == [answers[0]] * 8
    assert reasons == []
    assert await armory.pieces() == {answers[0].equipment.equipment_id}
    assert len(await armory.audit()) == 1


async def test_a_piece_can_be_given_before_there_is_a_catalogue(collection: Collection) -> None:
    rpc = collection.house.stub(EquipmentServiceStub, "collection", None)

    given = [(await rpc.AdminGiveEquipment(give())).equipment for _ in range(20)]

    assert {one.main_effect.type for one in given} == {"loot_pool_bonus", "encounter_count_add"}


async def test_an_operator_says_who_and_why(armory: Armory) -> None:
    request = give()
    request.operator.reason = ""
    with bad_request("operator.reason"):
        await armory.rpc.AdminGiveEquipment(request)

    request = give()
    request.operator.ClearField("name")
    with bad_request("operator.name"):
        await armory.rpc.AdminGiveEquipment(request)

    assert await armory.pieces() == set()


@pytest.mark.parametrize("bad", ["", "1", "'; DROP TABLE equipment; --", "\0", "ÿ" * 36])
async def test_an_id_that_is_none_is_a_bad_request(armory: Armory, bad: str) -> None:
    piece = await armory.piece()
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: armory.rpc.GetEquipment(pb.GetEquipmentRequest(user_id=7, equipment_id=bad)),
        lambda: armory.rpc.UnlockSubSlot(unlock(bad, piece)),
        lambda: armory.rpc.ClearSubSlots(clear(bad)),
        lambda: armory.rpc.DiscardEquipment(discard(bad)),
        lambda: armory.rpc.SetEquipmentFavorite(favorite(bad)),
    ]

    for call in calls:
        with bad_request("equipment_id"):
            await call()
    with bad_request("consumed_equipment_id"):
        await armory.rpc.UnlockSubSlot(unlock(piece, bad))


# Two users.


async def test_a_piece_of_somebody_else_is_not_there(armory: Armory) -> None:
    """The first bot let a player consume a piece of another player."""
    mine, fuel = await armory.piece(7), await armory.piece(7)
    theirs, slotted = await armory.piece(8), await armory.piece(8, slots=3)
    before = await armory.state(7), await armory.state(8)
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: armory.rpc.GetEquipment(pb.GetEquipmentRequest(user_id=7, equipment_id=theirs)),
        lambda: armory.rpc.UnlockSubSlot(unlock(mine, theirs)),
        lambda: armory.rpc.UnlockSubSlot(unlock(theirs, fuel)),
        lambda: armory.rpc.UnlockSubSlot(unlock(theirs, theirs)),
        lambda: armory.rpc.DiscardEquipment(discard(theirs)),
        lambda: armory.rpc.SetEquipmentFavorite(favorite(theirs)),
    ]

    for call in calls:
        with refused("EQUIPMENT_NOT_FOUND", code=Code.NOT_FOUND, equipment_id=theirs):
            await call()
    for every in (False, True):
        with refused("EQUIPMENT_NOT_FOUND", equipment_id=slotted):
            await armory.rpc.ClearSubSlots(clear(slotted, every=every))
    listed = await armory.rpc.ListEquipment(pb.ListEquipmentRequest(user_id=7))

    assert {one.equipment_id for one in listed.equipment} == {mine, fuel}
    assert (await armory.state(7), await armory.state(8)) == before


async def test_two_players_may_have_a_piece_with_the_same_id(armory: Armory) -> None:
    """The key begins with the player, so even then each changes only their own."""
    piece, fuel = await armory.piece(7), await armory.piece(7)
    for mine in (piece, fuel):
        await armory.collection.house.run(
            """
            INSERT INTO collection.equipment (user_id, id, slot_no, main_effect)
            SELECT 8, id, slot_no, main_effect FROM collection.equipment WHERE id = $1
            """,
            mine,
        )
    for index in (1, 2):
        await armory.collection.house.run(
            """
            INSERT INTO collection.equipment_sub_slots (user_id, equipment_id, slot_index, effect)
            VALUES (8, $1, $2, $3)
            """,
            *(piece, index, SUB),
        )
    before = await armory.state(8)

    await armory.rpc.UnlockSubSlot(unlock(piece, fuel))
    await armory.rpc.ClearSubSlots(clear(piece))
    await armory.rpc.SetEquipmentFavorite(favorite(piece))
    await armory.rpc.SetEquipmentFavorite(favorite(piece, on=False))
    await armory.rpc.DiscardEquipment(discard(piece))

    assert await armory.state(7) == []
    assert await armory.state(8) == before


async def test_the_pieces_of_two_players_are_counted_apart(armory: Armory) -> None:
    for _ in range(20):
        await armory.piece(8)

    answer = await armory.rpc.AdminGiveEquipment(give(player=7))

    assert answer.equipment.slot_no == 1
    assert len(await armory.pieces(8)) == 20


# The end of a life.


async def test_equipment_ends_with_the_life_of_its_player(armory: Armory) -> None:
    house = armory.collection.house
    piece, _ = await armory.piece(7, slots=3), await armory.piece(7, away=True)
    await armory.piece(8, slots=2, away=True)
    theirs = await armory.state(8)
    closing = house.stub(ClosingServiceStub, "collection", "users")

    await closing.CloseUser(CloseUserRequest(op=an_op(7, step=1)))

    for call in (unlock(piece, NOBODYS), clear(piece), discard(piece), favorite(piece), give()):
        method = getattr(armory.rpc, type(call).__name__.removesuffix("Request"))
        with refused("USER_GONE"):
            await method(call)
    for table in ("equipment", "equipment_sub_slots", "party_locks"):
        left = await house.rows(f"SELECT DISTINCT user_id FROM collection.{table}")
        assert [row["user_id"] for row in left] == [8]
    assert await armory.state(8) == theirs


async def test_the_next_life_begins_without_a_piece(armory: Armory) -> None:
    await armory.rpc.AdminGiveEquipment(give())
    closing = armory.collection.house.stub(ClosingServiceStub, "collection", "users")
    await closing.CloseUser(CloseUserRequest(op=an_op(7, step=1)))

    answer = await armory.rpc.AdminGiveEquipment(give(epoch=2))

    assert answer.equipment.slot_no == 1
    assert await armory.pieces() == {answer.equipment.equipment_id}


async def test_an_export_tells_of_every_piece(armory: Armory) -> None:
    piece = await armory.piece(7, slots=1)
    await armory.piece(8, slots=1)
    export = armory.collection.house.stub(ExportServiceStub, "collection", "bot")

    answer = await export.ListHeldRows(ListHeldRowsRequest(user_id=7))

    rows = {(one.table, json.loads(one.json)["user_id"]) for one in answer.rows}
    assert rows == {("equipment", 7), ("equipment_sub_slots", 7)}
    assert piece in "".join(one.json for one in answer.rows)
