"""An unmodified bot answers visitors through the box."""

import asyncio

import aiohttp
import discord
import pytest

from playground import Box, RefusedError, Robot, SilentBotError
from playground.faults import Fault
from playground.messages import NONCE_LIFE
from playground.world import CHANNEL_ID
from tests.support.discord_openapi import Description
from tests.unit.playground.house_bot import PIXEL, HouseBot


async def test_a_command_is_answered_with_an_embed_and_buttons(alice: Robot) -> None:
    answer = await alice.slash("show", stars="3", tone="Loud", friend="bob")

    assert answer.text == "3 stars\nloud\nfriend\nbob"
    assert answer.message.labels == ["Grab", "Again", "Rename"]
    assert not answer.message.ephemeral


async def test_a_deferred_answer_holds_the_edit_its_picture_and_the_follow_up(
    alice: Robot, http: aiohttp.ClientSession
) -> None:
    answer = await alice.slash("slow")

    done, more = answer.messages
    picture = done.attachments[0]
    assert (picture["filename"], picture["description"]) == ("card.png", "a card")
    assert done.embeds[0]["image"]["url"] == picture["url"]
    assert (more.content, more.ephemeral) == ("and one more", True)
    async with http.get(picture["url"]) as response:
        assert await response.read() == PIXEL


async def test_the_first_follow_up_takes_the_place_of_thinking(
    alice: Robot, http: aiohttp.ClientSession
) -> None:
    answer = await alice.slash("/summon ten", banner="spring")

    assert len(answer.messages) == 1
    assert "# Ten pulls" in answer.text
    gallery = answer.message.components[0]["components"][1]
    assert gallery["items"][0]["media"]["url"] == answer.message.attachments[0]["url"]
    async with http.get("/api/messages", params={"user": "bob"}) as response:
        [seen] = (await response.json())["messages"]
    assert (seen["id"], seen["thinking"]) == (answer.message.id, False)


async def test_a_follow_up_to_a_deleted_deferral_is_a_message_of_its_own(
    alice: Robot, http: aiohttp.ClientSession
) -> None:
    said = (await alice.slash("whisper")).message

    assert (said.content, said.ephemeral) == ("between us", True)
    async with http.get("/api/messages", params={"user": "alice"}) as response:
        assert [seen["id"] for seen in (await response.json())["messages"]] == [said.id]
    async with http.get("/api/messages", params={"user": "bob"}) as response:
        assert (await response.json())["messages"] == []


async def test_a_button_changes_its_message(alice: Robot, bob: Robot) -> None:
    shown = (await alice.slash("show", stars=1)).message

    pressed = await bob.press(shown, "Grab")

    assert (pressed.message.id, pressed.message.content) == (shown.id, "grabbed by bob")


async def test_a_deferred_press_gives_the_changed_message_and_the_follow_up(alice: Robot) -> None:
    shown = (await alice.slash("show", stars=1)).message

    pressed = await alice.press(shown, "again")

    assert [said.content for said in pressed.messages] == ["once more", "just for you"]


async def test_a_menu_passes_the_choice_on(alice: Robot) -> None:
    shown = (await alice.slash("show", stars=1)).message

    chosen = await alice.select(shown, "Element", "ice")

    assert chosen.message.content == "chose ice"
    with pytest.raises(RefusedError, match="no choice water"):
        await alice.select(shown, "Element", "water")


async def test_a_modal_is_opened_filled_in_and_answered(alice: Robot) -> None:
    opened = await alice.slash("form")

    assert opened.modal is not None
    assert (opened.modal["title"], opened.messages) == ("Name it", [])
    assert (await alice.submit(opened, name="Rin")).text == "named Rin"
    with pytest.raises(RefusedError, match="0 to 20 letters"):
        await alice.submit(opened, name="x" * 21)


async def test_a_modal_can_be_opened_by_a_button(alice: Robot) -> None:
    shown = (await alice.slash("show", stars=1)).message

    opened = await alice.press(shown, "Rename")

    assert (await alice.submit(opened, name="Mio")).text == "named Mio"


async def test_options_are_completed_by_the_bot(alice: Robot) -> None:
    choices = await alice.autocomplete("summon ten", "banner", "s")

    assert choices == [
        {"name": "Spring", "value": "spring"},
        {"name": "Standard", "value": "standard"},
    ]


async def test_an_ephemeral_answer_is_seen_by_one_visitor_only(alice: Robot, bob: Robot) -> None:
    private = (await alice.slash("show", stars=1, quiet=True)).message

    assert private.ephemeral
    with pytest.raises(RefusedError, match="sees no message"):
        await bob.press(private, "Grab")


async def test_the_bot_can_write_to_the_channel_and_to_a_visitor(
    alice: Robot, http: aiohttp.ClientSession
) -> None:
    await alice.slash("tell")

    async def seen(user: str) -> list[str]:
        async with http.get("/api/messages", params={"user": user}) as response:
            return [said["content"] for said in (await response.json())["messages"]]

    assert await seen("alice") == ["told", "hello all", "psst"]
    assert await seen("bob") == ["hello all"]


async def test_a_nonce_makes_one_message_for_a_few_minutes(box: Box, bot: HouseBot) -> None:
    channel = bot.get_partial_messageable(int(CHANNEL_ID))
    other = await bot.create_dm(discord.Object(int(box.world.user("bob").id)))

    first = await channel.send("told", nonce="n1")
    again = [(await channel.send("told again", nonce="n1")).id for _ in range(3)]
    others = [await channel.send("told", nonce="n2"), await other.send("told", nonce="n1")]

    assert again == [first.id] * 3
    assert len({first.id, *(said.id for said in others)}) == 3
    assert first.nonce == "n1"
    later = box.world.now() + NONCE_LIFE
    box.world.now = lambda: later
    assert (await channel.send("once more", nonce="n1")).id != first.id
    assert [said.body["content"] for said in box.world.messages.values()] == [
        *("told", "told", "told", "once more")
    ]


async def test_without_a_nonce_every_message_is_a_new_one(box: Box, bot: HouseBot) -> None:
    channel = bot.get_partial_messageable(int(CHANNEL_ID))

    said = [await channel.send("told") for _ in range(2)]

    assert said[0].id != said[1].id


async def test_a_long_nonce_is_refused(bot: HouseBot) -> None:
    channel = bot.get_partial_messageable(int(CHANNEL_ID))

    with pytest.raises(discord.HTTPException, match="25 or fewer") as refused:
        await channel.send("told", nonce="n" * 26)

    assert refused.value.status == 400


async def test_a_channel_may_be_closed_to_the_bot(box: Box, bot: HouseBot) -> None:
    channel = bot.get_partial_messageable(int(CHANNEL_ID))
    box.faults.plan(Fault.FORBIDDEN, path_part="/messages")

    with pytest.raises(discord.Forbidden):
        await channel.send("told")

    assert (await channel.send("told")).content == "told"


async def test_the_same_interaction_can_be_delivered_several_times(alice: Robot, box: Box) -> None:
    known = box.world.new_id()

    answers = await asyncio.gather(
        *(alice.slash("show", stars=2, interaction_id=known) for _ in range(5))
    )

    assert [answer.text for answer in answers] == ["2 stars\n-\nfriend\n-"] * 5
    assert {answer.interaction_id for answer in answers} == {known}
    with pytest.raises(RefusedError, match="was another one"):
        await alice.slash("show", stars=3, interaction_id=known)


@pytest.mark.parametrize(
    ("command", "options", "reason"),
    [
        ("dance", {}, "no command /dance"),
        ("summon", {}, "needs a subcommand: summon ten"),
        ("show", {}, "needs the option stars"),
        ("show", {"stars": 9}, "between 1 and 5"),
        ("show", {"stars": "many"}, "needs a whole number"),
        ("show", {"stars": 1, "tone": "soft"}, "is one of: Loud"),
        ("show", {"stars": 1, "quiet": "perhaps"}, "is true or false"),
        ("show", {"stars": 1, "colour": "red"}, "has no option colour"),
    ],
)
async def test_what_the_client_of_discord_would_not_send_is_refused(
    alice: Robot, command: str, options: dict, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        await alice.slash(command, **options)


async def test_a_bot_that_does_not_acknowledge_in_time_is_silent(
    alice: Robot, bot: HouseBot, impatient: None
) -> None:
    with pytest.raises(SilentBotError, match=r"within 0\.5 seconds"):
        await alice.slash("late", seconds=0.7)

    await asyncio.sleep(0.4)
    [error] = bot.seen_errors
    assert isinstance(error, discord.NotFound)
    assert error.code == 10062


async def test_a_bot_that_defers_and_never_answers_is_silent(alice: Robot, impatient: None) -> None:
    with pytest.raises(SilentBotError, match="deferred"):
        await alice.slash("late", seconds=1.3, defer=True)


async def test_a_second_acknowledgement_is_refused(alice: Robot, bot: HouseBot) -> None:
    assert (await alice.slash("twice")).text == "first"

    await asyncio.sleep(0.1)
    assert bot.seen_errors[0].code == 40060


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("content", "Must be 2000 or fewer in length"),
        ("empty", "Cannot send an empty message"),
        ("embeds", "exceeds maximum size of 6000"),
        ("field", "Must be between 1 and 1024 in length"),
        ("doubled", "cannot be duplicated"),
        ("custom_id", "Must be between 1 and 100 in length"),
        ("missing_file", "referenced attachment was not found"),
    ],
)
async def test_what_discord_would_not_take_is_refused(
    alice: Robot, bot: HouseBot, what: str, reason: str
) -> None:
    answer = await alice.slash("broken", what=what)

    assert answer.text == "it went wrong"
    [error] = bot.seen_errors
    assert isinstance(error, discord.HTTPException)
    assert error.status == 400
    assert reason in str(error)


def test_the_description_of_discord_is_there(discord_description: Description | None) -> None:
    if discord_description is None:
        pytest.skip("no description of Discord's interface: traffic is not validated")
