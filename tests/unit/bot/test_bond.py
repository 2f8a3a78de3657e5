"""Talks, gifts, nicknames, rooms, memories, hearts and awakenings as players see them."""

from typing import Any

import discord
import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_bot import options
from gateway_bot.cogs.waifu import Waifu
from gateway_bot.refusals import Hint, excuse_for
from gateway_bot.views import awakening, bond, memories, room
from gateway_bot.views.bond import Her
from gateway_bot.views.waifu import Kept, profile_view
from geminya.collection.v1 import bond_pb2 as pb
from geminya.collection.v1.roster_pb2 import (
    AwakenResponse,
    GetOwnedWaifuResponse,
    ListOwnedWaifusResponse,
    SetFavoriteResponse,
)
from tests.unit.bot.builders import (
    a_desk,
    a_standing,
    a_waifu,
    an_entry,
    an_owned,
    at,
    buttons,
    components,
    daphine,
    invalid,
    quartz,
    shown,
    trouble,
)
from tests.unit.bot.stage import Act, Stage, written
from tests.unit.bot.test_views import WILD, fits

SELECT = discord.ComponentType.select.value
TALK = pb.TalkResponse(
    reply="The river is high. *Mind* the step.",
    mood_change=4,
    standing=a_standing(),
    talks_left=3,
    all_talks_left=9,
)
GIFTS = [
    pb.Gift(gift_id="tea", name="Jasmine Tea", price=quartz(10)),
    pb.Gift(gift_id="maps", name="Old Maps", price=quartz(30), is_favorite=True),
]
GIVEN = pb.GiveGiftResponse(
    gift_id="maps",
    gift_name="Old Maps",
    reply="For me?",
    is_favorite=True,
    mood_change=20,
    standing=a_standing(risen_bond_level=4),
    gifts_left=2,
    price=quartz(30),
    balances=[quartz(70)],
)


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    made.script("roster", "GetOwnedWaifu", shown_as(awakening_price=daphine(1)))
    yield made
    await made.clients.close()


def shown_as(**facts: Any) -> GetOwnedWaifuResponse:
    usual: dict[str, Any] = {"waifu": a_waifu(), "owned": an_owned()}
    return GetOwnedWaifuResponse(**usual | facts)


def her(name: str = "Akari", **facts: Any) -> Her:
    return Her(a_waifu(1, name=name), an_owned(**facts))


async def ran(stage: Stage, name: str, *typed: Any, number: int = 0) -> Act:
    cog: Any = Waifu(stage)  # type: ignore[arg-type]
    act = Act(number)
    await getattr(cog, name).callback(cog, act, *typed)
    return act


def menu(view: discord.ui.LayoutView) -> dict[str, Any]:
    (found,) = [part for part in components(view) if part["type"] == SELECT]
    return found


def picked(*values: str) -> dict[str, Any]:
    return {"values": [*values], "component_type": SELECT}


# ---- the profile


def test_a_profile_leads_to_everything_that_can_be_done_with_her() -> None:
    view = profile_view(
        a_waifu(), an_owned(), a_desk(), sheet_file=None, awakening_price=daphine(1)
    )
    fits(view)
    awaken = "Awaken · ❖\N{NARROW NO-BREAK SPACE}1"
    assert set(buttons(view)) == {
        "Talk",
        "Gift",
        "Memories",
        "Room",
        "♥ Favourite",
        "Nickname",
        awaken,
    }


def test_nothing_can_be_done_with_who_is_not_there_or_awake_already() -> None:
    stranger = profile_view(a_waifu(), None, a_desk(), sheet_file=None)
    awake = profile_view(a_waifu(), an_owned(is_favorite=True), a_desk(), sheet_file=None)
    assert buttons(stranger) == {}
    assert "Take the heart off" in buttons(awake)
    assert not any(label.startswith("Awaken") for label in buttons(awake))


def test_a_profile_tells_how_the_two_stand() -> None:
    owned = an_owned(
        bond_level=3,
        bond_points=40,
        next_bond_points=80,
        mood=-12,
        current_mood="sad",
        favorite_memory="first_rain",
        room_decorations=["lamp"],
    )
    kept = Kept("The *first* rain", ["Paper lamp"])
    text = shown(profile_view(a_waifu(), owned, a_desk(), sheet_file=None, kept=kept))
    assert "Bond **3** ♥♥♥ · ▰▰▰▰▰▱▱▱▱▱ 40/80" in text
    assert "**Sad** (−12)" in text
    assert r"The \*first\* rain" in text
    assert "Paper lamp" in text


async def test_names_are_asked_for_only_where_something_was_kept(stage: Stage) -> None:
    asked = stage.script(
        "bond",
        "ListMemories",
        pb.ListMemoriesResponse(memories=[pb.Memory(memory_id="m", name="A name")]),
    )
    await ran(stage, "profile", "1")
    assert asked.requests == []
    stage.script("roster", "GetOwnedWaifu", shown_as(owned=an_owned(favorite_memory="m")))
    act = await ran(stage, "profile", "1")
    assert "A name" in act.text


# ---- talks


@given(text=st.text(max_size=700) | st.sampled_from([WILD * 8, "*" * 600, "話" * 600]))
@settings(max_examples=30)
def test_any_talk_fits_and_is_shown_as_it_was_said(text: str) -> None:
    talk = pb.TalkResponse(reply=text or "…", standing=a_standing(next_bond_points=0))
    fits(bond.talk_view(her(text or "x"), text or "x", talk, a_desk(), sheet_file=None))


async def test_she_answers_and_the_two_come_closer(stage: Stage) -> None:
    said = stage.script("bond", "Talk", TALK)
    act = await ran(stage, "talk", "1", "How are *you*?")
    fits(act.view)
    assert (said.requests[0].waifu_id, said.requests[0].message) == (1, "How are *you*?")
    for expected in (
        r"How are \*you\*?",
        r"The river is high. \*Mind\* the step.",
        "♥♥♥",
        "(+5)",
        "**Happy** (+4)",
        "More talks today: 3 with her, 9 with everybody",
    ):
        assert expected in act.text
    assert list(buttons(act.view)) == ["Say more", "Gift", "Profile"]


async def test_a_form_asks_what_to_say_without_a_word_to_the_services(stage: Stage) -> None:
    said = stage.script("bond", "Talk", TALK)
    talked = await ran(stage, "talk", "1", "Hello")

    asking = await stage.press(buttons(talked.view)["Say more"], Act(1))
    (form,) = asking.forms
    assert asking.deferred == []
    answers = [
        await stage.press(form.custom_id, Act(2, written(message=" Good   night "))),
        await stage.press(form.custom_id, Act(3, written(message="Good night"))),
        await stage.press(form.custom_id, Act(4, written(message="Sleep well"))),
    ]

    assert [each.message for each in said.requests[1:]] == ["Good night"] * 2 + ["Sleep well"]
    first, repeat, other = (each.op.op_id for each in said.requests[1:])
    assert first == repeat != other
    assert "Sleep well" in answers[-1].text


async def test_nobody_talks_with_who_does_not_live_there(stage: Stage) -> None:
    said = stage.script("bond", "Talk", TALK)
    stage.script("roster", "GetOwnedWaifu", GetOwnedWaifuResponse(waifu=a_waifu()))
    with pytest.raises(Hint) as raised:
        await ran(stage, "talk", "1", "Hello")
    assert raised.value.key == "not_yours"
    assert said.requests == []


def test_enough_talks_are_said_to_be_enough() -> None:
    for left in ({"talks_left": 0, "all_talks_left": 5}, {"talks_left": 5, "all_talks_left": 0}):
        talk = pb.TalkResponse(reply="Yes.", standing=a_standing(), **left)
        view = bond.talk_view(her(), "Hi", talk, a_desk(), sheet_file=None)
        assert "go on tomorrow" in shown(view)


def test_what_is_said_is_as_long_as_the_contract_takes() -> None:
    assert len(options.said("ﷺ" * 300)) <= options.TALK_LETTERS == 500
    assert options.said("\ud83d half") == "half"


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("message", "TALK_NOT_ALLOWED"),
        ("nickname", "NICKNAME_NOT_ALLOWED"),
        ("academy_name", "NAME_NOT_ALLOWED"),
    ],
)
def test_what_cannot_be_written_at_all_is_a_friendly_sentence(field: str, reason: str) -> None:
    excuse = excuse_for(invalid(field))
    assert excuse is not None
    assert (excuse.reason, excuse.error_id) == (reason, "")


# ---- gifts


async def test_a_gift_is_picked_from_a_menu_with_her_favourites_first(stage: Stage) -> None:
    stage.script("bond", "ListGifts", pb.ListGiftsResponse(gifts=GIFTS))
    give = stage.script("bond", "GiveGift", GIVEN)
    profile = await ran(stage, "profile", "1")

    shop = await stage.press(buttons(profile.view)["Gift"], Act(1))
    options_ = menu(shop.view)["options"]
    for number, gift in enumerate(("maps", "maps", "tea"), 2):
        given = await stage.press(menu(shop.view)["custom_id"], Act(number, picked(gift)))

    fits(shop.view)
    assert [option["value"] for option in options_] == ["maps", "tea"]
    assert options_[0]["label"].startswith("♥ Old Maps · ◆")
    assert [each.gift_id for each in give.requests] == ["maps", "maps", "tea"]
    first, repeat, other = (each.op.op_id for each in give.requests)
    assert first == repeat != other
    for expected in ("Old Maps", "one of her favourites", "“For me?”", "reached level 4", "70"):
        assert expected in given.text


async def test_a_gift_is_found_by_its_id_and_by_its_name(stage: Stage) -> None:
    stage.script("bond", "ListGifts", pb.ListGiftsResponse(gifts=GIFTS))
    give = stage.script("bond", "GiveGift", GIVEN)
    for typed in ("maps", "OLD MAPS", "old"):
        await ran(stage, "gift", "1", typed)
    assert {each.gift_id for each in give.requests} == {"maps"}
    for typed in ("nothing", "", "*"):
        with pytest.raises(Hint) as raised:
            await ran(stage, "gift", "1", typed)
        assert raised.value.key == "no_gift"


async def test_gifts_complete_with_price_and_heart(stage: Stage) -> None:
    asked = stage.script("bond", "ListGifts", pb.ListGiftsResponse(gifts=GIFTS))
    stage.script(
        "roster",
        "ListOwnedWaifus",
        ListOwnedWaifusResponse(entries=[an_entry(5), an_entry(12)]),
        ListOwnedWaifusResponse(),
    )
    found = await options.gift_choices(stage.clients, 1, "waifu 12", "")
    await options.gift_choices(stage.clients, 1, "Nobody", "tea")
    await options.gift_choices(stage.clients, 1, "12", "")
    await options.gift_choices(stage.clients, 1, "", "")
    assert [choice.value for choice in found] == ["maps", "tea"]
    assert found[0].name.startswith("♥ Old Maps · ◆")
    assert [each.waifu_id for each in asked.requests] == [12, 0, 12, 0]


@pytest.mark.parametrize("text", [WILD * 5, "*" * 500, "話" * 500])
def test_any_gift_fits(text: str) -> None:
    gifts = [
        pb.Gift(gift_id=str(number), name=text, description=text, price=quartz(10**9))
        for number in range(60)
    ]
    fits(bond.gifts_view(her(text), gifts, a_desk()))
    fits(bond.gifts_view(her(text), [], a_desk()))
    given = pb.GiveGiftResponse(gift_name=text, reply=text * 3, standing=a_standing())
    fits(bond.given_view(her(text), given, a_desk(), sheet_file=None))


# ---- nicknames


async def test_a_nickname_is_given_and_taken_back(stage: Stage) -> None:
    answers = [pb.SetNicknameResponse(nickname="*Lamp*"), pb.SetNicknameResponse()]
    named = stage.script("bond", "SetNickname", *answers)
    given = await ran(stage, "nickname", "1", "*Lamp*")
    taken = await ran(stage, "nickname", "1", number=1)
    assert [each.nickname for each in named.requests] == ["*Lamp*", ""]
    assert r"\*Lamp\*" in given.text
    assert "her own name again" in taken.text


async def test_a_form_asks_for_the_nickname(stage: Stage) -> None:
    named = stage.script("bond", "SetNickname", pb.SetNicknameResponse(nickname="Lamp"))
    profile = await ran(stage, "profile", "1")
    asking = await stage.press(buttons(profile.view)["Nickname"], Act(1))
    for number, name in enumerate(("Lamp", " Lamp", ""), 2):
        await stage.press(asking.forms[0].custom_id, Act(number, written(name=name)))
    assert [each.nickname for each in named.requests] == ["Lamp", "Lamp", ""]
    first, repeat, other = (each.op.op_id for each in named.requests)
    assert first == repeat != other


# ---- the room


def decorations(owned: int, to_earn: int, text: str = "x") -> list[pb.Decoration]:
    return [
        pb.Decoration(
            decoration_id=f"d{number}",
            name=f"{number} {text}",
            description=text,
            is_owned=number < owned,
            earned_by=f"How {number} {text}",
        )
        for number in range(owned + to_earn)
    ]


async def test_a_room_is_furnished_from_a_menu_and_cleared_by_a_button(stage: Stage) -> None:
    every = decorations(3, 2)
    found = pb.GetRoomResponse(room=every[:1], decorations=every, limit=5)
    stage.script("bond", "GetRoom", found)
    furnish = stage.script("bond", "SetRoom", pb.SetRoomResponse())
    act = await ran(stage, "room_", "1")
    shown_menu = menu(act.view)

    for number, ids in enumerate((["d0", "d2"], ["d0", "d2"], ["d1"]), 1):
        done = await stage.press(shown_menu["custom_id"], Act(number, picked(*ids)))
    await stage.press(buttons(act.view)["Clear the room"], Act(9))

    fits(act.view)
    assert [option.get("default") for option in shown_menu["options"]] == [True, False, False]
    assert (shown_menu["min_values"], shown_menu["max_values"]) == (1, 3)
    assert "How 3" in act.text
    assert [list(each.decoration_ids) for each in furnish.requests] == [
        ["d0", "d2"],
        ["d0", "d2"],
        ["d1"],
        [],
    ]
    assert len({each.op.op_id for each in furnish.requests}) == 3
    assert "looks new" in done.text


@pytest.mark.parametrize("text", ["x", WILD * 3, "*" * 300, "話" * 300])
def test_every_page_of_a_full_store_fits_and_keeps_what_stands(text: str) -> None:
    every = decorations(60, 60, text)
    found = pb.GetRoomResponse(room=every[40:45], decorations=every, limit=5)
    offered: set[str] = set()
    told = ""
    for page in range(20):
        view = room.room_view(her(text), found, a_desk(), page=page)
        fits(view)
        ids = [option["value"] for option in menu(view)["options"]]
        assert ids[:5] == ["d40", "d41", "d42", "d43", "d44"]
        offered.update(ids)
        told += shown(view)
        if "Next" not in buttons(view):
            break
    assert offered == {thing.decoration_id for thing in every if thing.is_owned}
    assert all(f"How {number} " in told for number in range(60, 120))


def test_a_bare_room_and_an_empty_store_are_said() -> None:
    bare = shown(room.room_view(her(), pb.GetRoomResponse(limit=5), a_desk()))
    assert "still bare" in bare
    assert "every decoration is yours" in bare


# ---- memories


MEMORIES = pb.ListMemoriesResponse(
    memories=[
        pb.Memory(memory_id="met", name="The *door*", is_lived=True, time=at()),
        pb.Memory(memory_id="rain", name="The rain", is_lived=True),
        pb.Memory(memory_id="stars", name="Six stars", description="Far away"),
    ],
    favorite_memory_id="rain",
)


async def test_the_dearest_memory_is_picked_among_those_lived(stage: Stage) -> None:
    stage.script("bond", "ListMemories", MEMORIES)
    answer = pb.SetFavoriteMemoryResponse(memory_id="met")
    dearest = stage.script("bond", "SetFavoriteMemory", answer)
    act = await ran(stage, "memories_", "1")
    ids = [option["value"] for option in menu(act.view)["options"]]

    done = await stage.press(menu(act.view)["custom_id"], Act(1, picked("met")))
    none = await stage.press(menu(act.view)["custom_id"], Act(2, picked(memories.NONE)))

    fits(act.view)
    assert ids == [memories.NONE, "met", "rain"]
    assert r"♡ **The \*door\*** · <t:" in act.text
    assert "♥ **The rain** – " in act.text
    assert "◇ Six stars" in act.text
    assert [each.memory_id for each in dearest.requests] == ["met", ""]
    assert "dearest from now on" in done.text
    assert "None is dearer" in none.text


@pytest.mark.parametrize("text", [WILD * 3, "*" * 300, "話" * 300])
def test_many_memories_fit(text: str) -> None:
    lived = [
        pb.Memory(memory_id=f"m{n}", name=text, description=text, is_lived=n < 40, time=at(n))
        for n in range(80)
    ]
    found = pb.ListMemoriesResponse(memories=lived, favorite_memory_id="m39")
    fits(memories.memories_view(her(text), found, a_desk()))
    fits(memories.memories_view(her(text), pb.ListMemoriesResponse(), a_desk()))


async def test_talks_are_read_a_page_at_a_time(stage: Stage) -> None:
    stage.script("bond", "ListMemories", MEMORIES)
    talks = [
        pb.Conversation(user_message=f"said {n}", waifu_response=f"heard {n}", time=at(n))
        for n in range(7)
    ]
    stage.script("bond", "ListConversations", pb.ListConversationsResponse(conversations=talks))
    act = await ran(stage, "memories_", "1")

    first = await stage.press(buttons(act.view)["Last talks"], Act(1))
    second = await stage.press(buttons(first.view)["Older"], Act(2))

    assert [f"said {n}" in first.text for n in range(7)] == [True] * 5 + [False] * 2
    assert [f"heard {n}" in second.text for n in range(7)] == [False] * 5 + [True] * 2
    assert {"Newer", "Talk", "Memories"} <= set(buttons(second.view))


@pytest.mark.parametrize("text", [WILD * 10, "*" * 600, "話" * 600])
def test_long_talks_fit(text: str) -> None:
    talks = [pb.Conversation(user_message=text, waifu_response=text)] * memories.ENTRIES
    fits(memories.talks_view(her(text), talks, page=1, has_more=True, desk=a_desk()))
    fits(memories.talks_view(her(text), [], page=0, has_more=False, desk=a_desk()))


# ---- hearts and awakenings


async def test_a_heart_says_what_it_does(stage: Stage) -> None:
    heart = stage.script("roster", "SetFavorite", SetFavoriteResponse(is_favorite=True))
    act = await ran(stage, "favorite", "1")
    await ran(stage, "favorite", "1", False, number=1)
    pressed = await stage.press(buttons(act.view)["♥ Favourite"], Act(2))
    assert [each.is_favorite for each in heart.requests] == [True, False, True]
    assert "one of your favourites" in pressed.text


async def test_an_awakening_is_asked_for_with_its_price_and_happens_once(stage: Stage) -> None:
    answer = AwakenResponse(owned=an_owned(is_awakened=True), balances=[daphine(2)])
    awaken = stage.script("roster", "Awaken", answer)
    asked = await ran(stage, "awaken", "1")
    assert awaken.requests == []
    (label,) = [label for label in buttons(asked.view) if label.startswith("Awaken")]
    done = [await stage.press(buttons(asked.view)[label], Act(n)) for n in (1, 2)][-1]

    fits(asked.view)
    assert "❖\N{NARROW NO-BREAK SPACE}1 daphine" in asked.text
    assert len({each.op.op_id for each in awaken.requests}) == 1
    assert "is awake!" in done.text


@pytest.mark.parametrize(
    ("found", "key"),
    [
        (GetOwnedWaifuResponse(waifu=a_waifu()), "not_yours"),
        (GetOwnedWaifuResponse(waifu=a_waifu(), owned=an_owned(is_awakened=True)), "awake"),
    ],
)
async def test_who_cannot_be_awakened_is_a_hint(
    stage: Stage, found: GetOwnedWaifuResponse, key: str
) -> None:
    stage.script("roster", "GetOwnedWaifu", found)
    with pytest.raises(Hint) as raised:
        await ran(stage, "awaken", "1")
    assert raised.value.key == key


@pytest.mark.parametrize("text", [WILD, "*" * 90, "話" * 90])
def test_long_names_fit_everywhere(text: str) -> None:
    named = her(text, custom_nickname=text[:32])
    fits(awakening.awaken_view(named, daphine(1), a_desk()))
    fits(awakening.awakened_view(named, AwakenResponse(), a_desk()))
    fits(bond.nickname_view(named.waifu, text[:32], a_desk()))


# ---- which waifu is meant


async def test_the_own_waifu_of_that_very_name_is_meant(stage: Stage) -> None:
    entries = [an_entry(2), an_entry(3)]
    entries[0].waifu.name, entries[1].waifu.name = "Akane of the Hills", "akane"
    asked = stage.script("roster", "ListOwnedWaifus", ListOwnedWaifusResponse(entries=entries))
    assert await options.own_waifu_id(stage.clients, 7, "Akane") == 3
    assert await options.own_waifu_id(stage.clients, 7, "12") == 12
    assert asked.requests[0].query == '"Akane"'


async def test_a_name_cannot_turn_into_a_query(stage: Stage) -> None:
    asked = stage.script("roster", "ListOwnedWaifus", ListOwnedWaifusResponse())
    await options.own_waifu_choices(stage.clients, 1, 'fav:yes "x”')
    await options.own_waifu_choices(stage.clients, 1, " ")
    assert [each.query for each in asked.requests] == ['"fav:yes  x"', ""]


async def test_choices_of_services_in_trouble_are_none(stage: Stage) -> None:
    stage.script("roster", "ListOwnedWaifus", trouble(grpc.StatusCode.UNAVAILABLE))
    assert await options.quickly(options.own_waifu_choices(stage.clients, 1, "x")) == []
