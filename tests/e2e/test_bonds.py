"""What a player and a waifu do with each other: talks, gifts, nicknames, rooms, memories."""

import asyncio
from typing import Any

import pytest

from geminya.common.v1.money_pb2 import CURRENCY_QUARTZS
from playground.robot import Said
from tests.support.evening import Evening, note, readable
from tests.support.home import Home


@pytest.fixture
async def home(evening: Evening) -> Home:
    """The first waifu of the catalogue lives with mira."""
    return await Home.of(evening)


async def test_a_talk_is_answered_and_remembered(home: Home) -> None:
    talked = await home.mira.slash("waifu talk", waifu=home.waifu, message="Good *evening*!")
    profile = await home.profile()
    memories = await home.mira.slash("waifu memories", waifu=home.waifu)
    talks = await home.mira.press(memories.message, "Last talks")

    assert r"Good \*evening\*!" in readable(talked)
    assert "Bond **" in talked.text
    assert [a["filename"] for a in talked.message.attachments] == ["talk.jpg"]
    assert "1 talk, " in profile.text
    assert r"Good \*evening\*!" in readable(talks)
    assert await home.count("conversations") == 1


async def test_she_is_found_by_her_name_in_whatever_letters(home: Home) -> None:
    name = await home.evening.house.value(
        "SELECT name FROM collection.waifus WHERE waifu_id = $1", int(home.waifu)
    )
    for typed in (name, name.upper(), name.split()[0], f'fav:yes "{name}'):
        await home.mira.slash("waifu talk", waifu=typed, message="Hello")
    assert await home.count("conversations") == 3


async def test_a_talk_that_is_delivered_twice_is_one_talk(home: Home) -> None:
    known = home.evening.box.world.new_id()
    first, second = await asyncio.gather(
        *(
            home.mira.slash("waifu talk", waifu=home.waifu, message="Hi", interaction_id=known)
            for _ in range(2)
        )
    )
    assert first.text == second.text
    assert await home.count("conversations") == 1


async def test_a_form_goes_on_with_a_talk_also_after_a_restart(home: Home) -> None:
    profile = await home.profile()
    asking = await home.mira.press(profile, "Talk")
    await home.evening.restart_bot()
    talked = await home.mira.submit(asking, message="How was the night?")
    more = await home.mira.press(talked.message, "Say more")
    again = await home.mira.submit(more, message="And the morning?")

    assert "How was the night?" in readable(talked)
    assert "And the morning?" in readable(again)
    assert await home.count("conversations") == 2


@pytest.mark.parametrize("said", ["https://moon.example", "discord.gg/moon", "\u200b"])
async def test_what_she_does_not_understand_is_one_sentence(home: Home, said: str) -> None:
    refused = await home.mira.slash("waifu talk", waifu=home.waifu, message=said)
    assert note(refused).startswith("She does not understand")
    assert await home.count("conversations") == 0


async def test_a_gift_is_bought_as_it_is_given(home: Home) -> None:
    await home.gets(CURRENCY_QUARTZS, 100)
    shop = await home.mira.press(await home.profile(), "Gift")
    await home.evening.restart_bot()

    given, same = await asyncio.gather(
        *(home.mira.select(shop.message, "Pick a gift", "jasmine_tea") for _ in range(2))
    )
    named = await home.mira.slash("waifu gift", waifu=home.waifu, gift="Jasmine Tea")

    assert "You give **Jasmine Tea**" in given.text
    assert given.text == same.text
    assert "Jasmine Tea" in readable(named)
    assert await home.balance("quartzs") == 80
    assert await home.count("gifts_given") == 2
    await home.evening.house.settles()
    await home.evening.game.invariants_hold()


async def test_a_gift_without_quartz_is_not_given(home: Home) -> None:
    refused = await home.mira.slash("waifu gift", waifu=home.waifu, gift="jasmine_tea")
    assert note(refused).startswith("You need 10 quartz and have 0.")
    unknown = await home.mira.slash("waifu gift", waifu=home.waifu, gift="the moon")
    assert note(unknown).startswith("No gift is called “the moon”.")


async def test_gifts_complete_while_typing(home: Home) -> None:
    found = await home.choices("waifu gift", "gift", "tea", waifu=home.waifu)
    assert "jasmine_tea" in [choice["value"] for choice in found]


async def test_a_nickname_is_given_typed_and_taken_back(home: Home) -> None:
    given = await home.mira.slash("waifu nickname", waifu=home.waifu, name="Little *Lamp*")
    assert r"Little \*Lamp\*" in readable(given)
    assert await home.column("custom_nickname") == "Little *Lamp*"
    assert r"Little \*Lamp\*" in (await home.profile()).text
    asking = await home.mira.press(await home.profile(), "Nickname")
    taken = await home.mira.submit(asking, name="")
    refused = await home.mira.slash("waifu nickname", waifu=home.waifu, name="@everyone")

    assert "her own name again" in readable(taken)
    assert note(refused).startswith("That nickname does not work")
    assert not await home.column("custom_nickname")


async def test_her_room_is_furnished_with_what_was_earned(home: Home) -> None:
    room = await home.mira.press(await home.profile(), "Room")
    offered = _values(room.message, "Furnish the room")
    await home.evening.restart_bot()
    furnished = await home.mira.select(room.message, "Furnish the room", *offered[:2])
    bare = await home.mira.press(furnished.message, "Clear the room")

    assert "Still to be earned" in readable(room)
    assert await home.count("user_waifus") == 1
    assert "The room looks new." in readable(furnished)
    assert "still bare" not in furnished.text
    assert "still bare" in readable(bare)


async def test_the_dearest_memory_is_kept(home: Home) -> None:
    await home.mira.slash("waifu talk", waifu=home.waifu, message="Hello")
    memories = await home.mira.slash("waifu memories", waifu=home.waifu)
    none, first, *_ = _values(memories.message, "Keep one dearest")
    kept = await home.mira.select(memories.message, "Keep one dearest", first)
    assert "dearest from now on" in readable(kept)
    assert await home.column("favorite_memory") == first
    assert "Favourite memory" in (await home.profile()).text
    await home.mira.select(kept.message, "Keep one dearest", none)
    assert not await home.column("favorite_memory")


async def test_nothing_is_done_with_who_does_not_live_there(home: Home) -> None:
    await home.evening.player("sora")
    sora = home.evening.robot("sora")
    wishes: dict[str, dict[str, Any]] = {
        "talk": {"message": "Hello"},
        "gift": {"gift": "jasmine_tea"},
        "nickname": {"name": "Lamp"},
        "room": {},
        "memories": {},
    }
    for wish, options in wishes.items():
        answer = await sora.slash(f"waifu {wish}", waifu=home.waifu, **options)
        assert note(answer).startswith("She does not live in your academy yet."), wish


def _values(said: Said, placeholder: str) -> list[str]:
    """What a menu offers."""
    pending = list(said.components)
    while pending:
        part = pending.pop()
        if part.get("placeholder") == placeholder:
            return [option["value"] for option in part["options"]]
        pending += part.get("components", [])
    raise LookupError(placeholder)
