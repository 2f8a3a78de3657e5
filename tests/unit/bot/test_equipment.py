"""`/equipment`: what is seen of the pieces, and what a button may destroy."""

import uuid
from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_bot import options
from gateway_bot.cogs.equipment import Equipment
from gateway_bot.offers import packed, unpacked
from gateway_bot.refusals import Hint
from gateway_bot.views import effects
from gateway_bot.views import equipment as views
from geminya.collection.v1 import equipment_pb2 as pb
from tests.unit.bot.builders import a_bonus, a_desk, a_piece, buttons, components, shown
from tests.unit.bot.stage import Act, Stage
from tests.unit.bot.test_views import WILD, fits

KINDS = discord.ComponentType
LONG = "長い名前のシリーズ" * 30


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    yield made
    await made.clients.close()


def has(stage: Stage, *pieces: pb.Equipment) -> Any:
    listed = pb.ListEquipmentResponse(equipment=pieces, limit=20)
    return stage.script("equipment", "ListEquipment", listed)


async def ran(stage: Stage, name: str, *typed: Any, number: int = 0) -> Act:
    cog: Any = Equipment(stage)  # type: ignore[arg-type]
    act = Act(number)
    await getattr(cog, name).callback(cog, act, *typed)
    return act


def menu(act: Act) -> dict[str, Any]:
    (found,) = [part for part in components(act.view) if part["type"] == KINDS.select.value]
    return found


def picked(value: str) -> dict[str, Any]:
    return {"values": [value], "component_type": KINDS.select.value}


def id_of(number: int) -> str:
    return a_piece(number).equipment_id


# ---- ids in buttons


@given(st.uuids())
def test_an_id_is_packed_and_comes_back(thing: uuid.UUID) -> None:
    assert len(packed(str(thing))) == 22
    assert unpacked(packed(str(thing))) == str(thing)


@given(st.uuids(), st.uuids())
def test_two_ids_fit_into_one_button(one: uuid.UUID, other: uuid.UUID) -> None:
    data = views.pair(str(one), str(other))
    assert views.read_pair(data) == (str(one), str(other))
    assert len(a_desk().sign(views.UNLOCK, data)) <= 100


# ---- effects in words


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ({"type": "affinity_add", "category": "elemental", "value": "fire"}, "favours fire"),
        (
            {
                "type": "affinity_add",
                "category": "series_id",
                "value": "5",
                "value_name": "Lanterns",
            },
            "favours Lanterns",
        ),
        ({"type": "loot_pool_bonus", "amount": 15}, "+15 % loot"),
        ({"type": "encounter_count_add", "amount": 1}, "+1 encounter"),
        ({"type": "encounter_count_add", "amount": 3}, "+3 encounters"),
        ({"type": "stat_check_bonus", "stat": "atk", "amount": 12}, "+12 ATK in every check"),
        ({"type": "final_stat_check_bonus", "stat": "all", "amount": 6}, "+6 to all stats at the"),
        ({"type": "of tomorrow", "amount": 3}, "nobody understands"),
        ({"type": "affinity_add", "category": "of tomorrow"}, "nobody understands"),
    ],
)
def test_an_effect_is_told_in_friendly_words(effect: dict[str, Any], words: str) -> None:
    assert words in effects.effect_words(pb.Effect(**effect))


def test_a_piece_is_called_by_its_place_and_its_main_effect() -> None:
    piece = a_piece(3, a_bonus(), a_bonus("lck"), is_favorite=True, is_away=True)
    assert effects.piece_label(piece) == "№ 3 · favours fire (element) · 2 slots · ♥ · ⌛ away"
    assert "1 slot" in effects.piece_label(a_piece(1, a_bonus()))
    assert "slot" not in effects.piece_label(a_piece())


# ---- the shelf and a piece


@pytest.mark.parametrize("value", ["fire", WILD, LONG, "*" * 3000])
def test_twenty_pieces_of_any_name_fit(value: str) -> None:
    effect = pb.Effect(type="affinity_add", category="series_id", value="5", value_name=value)
    pieces = [a_piece(number, *[effect] * 5, main_effect=effect) for number in range(1, 21)]
    fits(views.shelf_view(pieces, 20, a_desk()))
    fits(views.piece_view(pieces[0], a_desk(), note=value[:100]))
    fits(views.consume_view(pieces[0], pieces, a_desk()))
    fits(views.unlock_view(pieces[0], pieces[1], a_desk()))
    fits(views.clear_view(pieces[0], is_all=True, desk=a_desk()))
    fits(views.discard_view(pieces[0], a_desk()))


def test_names_from_a_file_are_shown_as_they_are_written() -> None:
    effect = pb.Effect(type="affinity_add", category="series_id", value="5", value_name="*a* <@1>")
    piece = a_piece(1, main_effect=effect)
    for view in (
        views.shelf_view([piece], 20, a_desk()),
        views.piece_view(piece, a_desk()),
        views.discard_view(piece, a_desk()),
    ):
        assert r"\*a\* \<@1>" in shown(view)


def disabled(view: discord.ui.LayoutView) -> set[str]:
    return {part["label"] for part in components(view) if part.get("disabled")}


def test_only_what_can_be_done_can_be_pressed() -> None:
    full, locked, away = (
        a_piece(1, a_bonus()),
        a_piece(1, a_bonus(), is_favorite=True),
        a_piece(1, a_bonus(), is_away=True),
    )
    clearing = {"Remove last slot", "Remove all slots"}
    assert disabled(views.piece_view(full, a_desk())) == set()
    assert disabled(views.piece_view(a_piece(), a_desk())) == clearing
    assert disabled(views.piece_view(locked, a_desk())) == {*clearing, "Throw away"}
    assert disabled(views.piece_view(away, a_desk())) == {*clearing, "Throw away", "Open a slot"}
    assert "Locked" in shown(views.piece_view(locked, a_desk()))


async def test_an_empty_shelf_says_where_pieces_come_from(stage: Stage) -> None:
    has(stage)
    act = await ran(stage, "list_")
    fits(act.view)
    assert "expeditions" in act.text


async def test_a_menu_leads_from_the_shelf_to_a_piece_and_a_button_back(stage: Stage) -> None:
    has(stage, a_piece(1, a_bonus()), a_piece(2))
    shelf = await ran(stage, "list_")
    assert [option["value"] for option in menu(shelf)["options"]] == [id_of(1), id_of(2)]

    piece = await stage.press(menu(shelf)["custom_id"], Act(1, picked(id_of(1))))
    back = await stage.press(buttons(piece.view)["Back to the shelf"], Act(2))

    fits(piece.view)
    assert "№ 1" in piece.text
    assert "+12 ATK in every check" in piece.text
    assert "**2** of 20" in back.text


@pytest.mark.parametrize("value", ["", "x", id_of(9), LONG])
async def test_a_piece_that_is_not_theirs_is_a_hint(stage: Stage, value: str) -> None:
    has(stage, a_piece(1))
    shelf = await ran(stage, "list_")
    with pytest.raises(Hint) as raised:
        await stage.press(menu(shelf)["custom_id"], Act(1, picked(value)))
    assert raised.value.key == "no_piece"


# ---- destroying


async def test_a_piece_is_given_up_only_after_it_was_shown(stage: Stage) -> None:
    has(stage, a_piece(1), a_piece(2, a_bonus("mag")), a_piece(3, is_favorite=True))
    opened = a_piece(1, a_bonus("lck", 9))
    answer = pb.UnlockSubSlotResponse(equipment=opened, opened=opened.sub_slots[0])
    unlock = stage.script("equipment", "UnlockSubSlot", answer)

    piece = await ran(stage, "detail", "1")
    consume = await stage.press(buttons(piece.view)["Open a slot"], Act(1))
    offered = [option["value"] for option in menu(consume)["options"]]
    asked = await stage.press(menu(consume)["custom_id"], Act(2, picked(id_of(2))))
    assert unlock.requests == []
    done = [await stage.press(buttons(asked.view)["Give it up"], Act(n)) for n in (3, 4)][-1]

    assert offered == [id_of(2)]
    assert "Destroyed for ever" in asked.text
    assert "+12 MAG" in asked.text
    assert len({each.op.op_id for each in unlock.requests}) == 1
    assert {(each.equipment_id, each.consumed_equipment_id) for each in unlock.requests} == {
        (id_of(1), id_of(2))
    }
    assert "A new slot has opened: **+9 LCK in every check**" in done.text


async def test_nothing_to_give_up_is_said(stage: Stage) -> None:
    has(stage, a_piece(1), a_piece(3, is_favorite=True), a_piece(4, is_away=True))
    piece = await ran(stage, "detail", "1")
    consume = await stage.press(buttons(piece.view)["Open a slot"], Act(1))
    assert "no piece that could be given up" in consume.text
    fits(consume.view)


async def test_the_command_asks_before_it_consumes_and_knows_a_piece_from_itself(
    stage: Stage,
) -> None:
    has(stage, a_piece(1), a_piece(2))
    asked = await ran(stage, "unlock", "1", "№ 2")
    assert set(buttons(asked.view)) == {"Give it up", "Keep it as it is"}
    with pytest.raises(Hint) as raised:
        await ran(stage, "unlock", "1", "1")
    assert raised.value.key == "one_piece"


@pytest.mark.parametrize("is_all", [True, False])
async def test_slots_are_removed_after_a_pause(stage: Stage, is_all: bool) -> None:
    has(stage, a_piece(1, a_bonus("atk"), a_bonus("mag")))
    answer = pb.ClearSubSlotsResponse(equipment=a_piece(1), removed_count=2 if is_all else 1)
    clear = stage.script("equipment", "ClearSubSlots", answer)
    label = "Remove all slots" if is_all else "Remove last slot"

    typed = await ran(stage, "clear", "1", is_all)
    piece = await ran(stage, "detail", "1")
    asked = await stage.press(buttons(piece.view)[label], Act(1))
    assert clear.requests == []
    done = await stage.press(buttons(asked.view)["Remove"], Act(2))

    assert typed.text == asked.text
    assert ("+12 ATK" in asked.text) is is_all
    assert "+12 MAG" in asked.text
    (request,) = clear.requests
    assert (request.equipment_id, request.all) == (id_of(1), is_all)
    assert ("2 slots were removed" in done.text) is is_all


async def test_a_piece_is_thrown_away_once_and_the_shelf_is_shown(stage: Stage) -> None:
    has(stage, a_piece(1), a_piece(2))
    discard = stage.script("equipment", "DiscardEquipment", pb.DiscardEquipmentResponse())

    asked = await ran(stage, "discard", "2")
    assert discard.requests == []
    kept = await stage.press(buttons(asked.view)["Keep it as it is"], Act(1))
    done = [await stage.press(buttons(asked.view)["Throw away"], Act(n)) for n in (2, 3)][-1]

    assert "№ 2" in kept.text
    assert {each.equipment_id for each in discard.requests} == {id_of(2)}
    assert len({each.op.op_id for each in discard.requests}) == 1
    assert "The piece is gone." in done.text


async def test_a_heart_says_what_it_does_so_that_a_repeat_does_not_undo_it(stage: Stage) -> None:
    has(stage, a_piece(1, is_favorite=True))
    answer = pb.SetEquipmentFavoriteResponse(is_favorite=True)
    heart = stage.script("equipment", "SetEquipmentFavorite", answer)
    act = await ran(stage, "favorite", "1")
    await ran(stage, "favorite", "1")
    await stage.press(buttons(act.view)["Unlock"], Act(1))

    assert [each.is_favorite for each in heart.requests] == [True, True, False]
    first, second, third = (each.op.op_id for each in heart.requests)
    assert first == second != third
    assert "safe now" in act.text


# ---- names that are typed


@pytest.mark.parametrize("typed", ["2", "№ 2", "№2", id_of(2), id_of(2).upper(), "lanterns"])
def test_a_piece_is_found_by_number_id_and_name(typed: str) -> None:
    named = pb.Effect(type="affinity_add", category="series_id", value="2", value_name="Lanterns")
    pieces = [a_piece(1), a_piece(2, main_effect=named)]
    assert options.piece(pieces, typed).slot_no == 2


@pytest.mark.parametrize("typed", ["9", "nothing like it", "-1", "99999999999", "\x00"])
def test_an_unknown_piece_is_a_hint(typed: str) -> None:
    with pytest.raises(Hint):
        options.piece([a_piece(1)], typed)


async def test_pieces_complete_by_what_they_do(stage: Stage) -> None:
    water = pb.Effect(type="affinity_add", category="elemental", value=LONG)
    has(stage, a_piece(1), a_piece(2, main_effect=water))
    found = await options.piece_choices(stage.clients, 1, "FIRE")
    every = await options.piece_choices(stage.clients, 1, "")
    assert [choice.value for choice in found] == [id_of(1)]
    assert len(every) == 2
    assert all(len(choice.name) <= 100 for choice in every)


# ---- pictures


async def test_pictures_are_told_in_words_with_every_open_slot(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    class Told:
        async def equipment(self, faces: Any, limit: int, alt: str) -> None:
            told.append(alt)

        async def piece(self, face: Any, alt: str) -> None:
            told.append(alt)

    monkeypatch.setattr(stage, "pictures_for", lambda player: Told())
    piece = a_piece(3, a_bonus("atk", 12))
    has(stage, piece)

    await ran(stage, "list_")
    await ran(stage, "detail", "3")

    assert told[0].startswith("1 of 20 places hold equipment: 3 ")
    assert told[1] == "3 favours fire (element), 1 sub slot: +12 ATK in every check."
