"""One wish has one effect, however often it arrives; and what cannot be is one friendly sentence."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from playground import RefusedError
from playground.robot import Answer, Said
from tests.support.evening import THIN, Evening, as_read, note, readable

AGAIN = f"Summon ten again · ✦{THIN}100"
TIMES = 5


async def five_times(send: Callable[[str], Awaitable[Answer]], evening: Evening) -> list[Answer]:
    """One interaction, delivered five times at once."""
    known = evening.box.world.new_id()
    answers = await asyncio.gather(*(send(known) for _ in range(TIMES)))
    assert {answer.interaction_id for answer in answers} == {known}
    return answers


async def assert_all_equal(answers: list[Answer], evening: Evening) -> None:
    """Every player's eye, and every later press, finds the same in each of them."""
    first = answers[0]
    readable(first)
    for answer in answers[1:]:
        assert as_read(answer) == as_read(first)
    if first.message.attachments:
        assert len({await evening.picture(answer.message) for answer in answers}) == 1


async def test_a_ten_summon_sent_five_times_is_one_summon_and_five_equal_answers(
    evening: Evening,
) -> None:
    mira = evening.robot("mira")
    player = await evening.player("mira")

    answers = await five_times(
        lambda known: mira.slash("summon ten", interaction_id=known), evening
    )

    await assert_all_equal(answers, evening)
    assert len(await evening.game.summons(player)) == 1
    assert (await evening.game.users.balances(player))["sakura_crystals"] == 1900
    await evening.game.house.settles()
    await evening.game.invariants_hold()


async def test_the_five_answers_carry_one_offer(evening: Evening) -> None:
    mira = evening.robot("mira")
    player = await evening.player("mira")
    answers = await five_times(
        lambda known: mira.slash("summon ten", interaction_id=known), evening
    )

    pressed = await asyncio.gather(*(mira.press(answer.message, AGAIN) for answer in answers))

    assert len({answer.text for answer in pressed}) == 1
    assert len(await evening.game.summons(player)) == 2


async def test_a_daily_reward_sent_five_times_is_paid_once_and_confirmed_five_times(
    evening: Evening,
) -> None:
    mira = evening.robot("mira")
    player = await evening.player("mira")

    answers = await five_times(
        lambda known: mira.slash("academy daily", interaction_id=known), evening
    )

    await assert_all_equal(answers, evening)
    assert "The daily reward is yours" in answers[0].text
    assert (await evening.game.users.balances(player))["sakura_crystals"] == 2500


async def test_a_refusal_sent_five_times_is_the_same_sentence_five_times(evening: Evening) -> None:
    mira = evening.robot("mira")
    player = await evening.player("mira", sakura_crystals=99)

    answers = await five_times(
        lambda known: mira.slash("summon ten", interaction_id=known), evening
    )

    await assert_all_equal(answers, evening)
    assert note(answers[0]).startswith("You need 100 sakura crystals and have 99.")
    assert await evening.game.summons(player) == []


async def test_a_newcomer_who_is_heard_five_times_gets_one_academy(evening: Evening) -> None:
    mira = evening.robot("mira")

    answers = await five_times(
        lambda known: mira.slash("summon ten", interaction_id=known), evening
    )

    welcomes = [said for answer in answers for said in answer.messages if "Welcome" in said.text]
    assert len(welcomes) == 1
    assert len({answer.message.text for answer in answers}) == 1
    player = await evening.user_id("mira")
    assert await evening.house.value("SELECT count(*) FROM users.users") == 1
    assert (await evening.game.users.balances(player))["sakura_crystals"] == 1900


async def test_a_double_press_is_one_summon(evening: Evening) -> None:
    mira = evening.robot("mira")
    player = await evening.player("mira")
    first = (await mira.slash("summon ten")).message

    once, twice = await asyncio.gather(mira.press(first, AGAIN), mira.press(first, AGAIN))

    assert readable(once) == readable(twice)
    assert await evening.picture(once.message) == await evening.picture(twice.message)
    assert len(await evening.game.summons(player)) == 2
    assert (await evening.game.users.balances(player))["sakura_crystals"] == 1800


async def test_every_new_answer_has_a_new_offer(evening: Evening) -> None:
    mira = evening.robot("mira")
    player = await evening.player("mira")

    said = (await mira.slash("summon ten")).message
    for _ in range(3):
        said = (await mira.press(said, AGAIN)).message

    assert len(await evening.game.summons(player)) == 4


# What cannot be.


async def test_a_foreign_button_is_a_private_note(evening: Evening) -> None:
    await evening.player("mira")
    await evening.player("nils")
    shown = (await evening.robot("mira").slash("summon ten")).message
    before = [await evening.fingerprint(name) for name in ("mira", "nils")]

    pressed = await evening.robot("nils").press(shown, AGAIN)

    assert "somebody else's message" in note(pressed)
    assert [await evening.fingerprint(name) for name in ("mira", "nils")] == before


def swap_count(custom_id: str) -> str:
    return custom_id.replace("10~", "1~")


def swap_banner(custom_id: str) -> str:
    return custom_id.replace("standard", "captains-table")


def later_expiry(custom_id: str) -> str:
    *body, _, mac = custom_id.split(".")
    return ".".join([*body, "zzzzzz", mac])


def other_mac(custom_id: str) -> str:
    return custom_id[:-1] + ("A" if custom_id[-1] != "A" else "B")


@pytest.mark.parametrize("forge", [swap_count, swap_banner, later_expiry, other_mac])
async def test_a_forged_button_changes_nothing(
    evening: Evening, forge: Callable[[str], str]
) -> None:
    mira = evening.robot("mira")
    await evening.player("mira", quartzs=0)
    shown = (await mira.slash("summon ten")).message
    genuine = shown.custom_id(AGAIN)
    # As if Discord delivered what it never showed: the box itself would refuse to.
    write_into(evening, shown, genuine, forge(genuine))
    before = await evening.fingerprint("mira")

    pressed = await mira.press(shown.id, forge(genuine))

    assert forge(genuine) != genuine
    note(pressed)
    assert await evening.fingerprint("mira") == before


def write_into(evening: Evening, shown: Said, old: str, new: str) -> None:
    """Changes the custom id of a button behind the bot's back."""
    (row,) = [part for part in evening.box.world.messages[shown.id].body["components"]
              if part["type"] == 1]  # fmt: skip
    (button,) = [button for button in row["components"] if button["custom_id"] == old]
    button["custom_id"] = new


async def test_the_box_does_not_press_what_was_not_shown(evening: Evening) -> None:
    mira = evening.robot("mira")
    shown = (await mira.slash("summon ten")).message

    with pytest.raises(RefusedError, match="no component"):
        await mira.press(shown.id, swap_count(shown.custom_id(AGAIN)))


async def test_a_button_of_yesterday_is_too_old(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")
    shown = (await mira.slash("summon ten")).message
    before = await evening.fingerprint("mira")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    monkeypatch.setattr(evening.sessions[0].bot.offers, "_now", lambda: tomorrow)

    pressed = await mira.press(shown, AGAIN)

    assert "too old" in note(pressed)
    assert await evening.fingerprint("mira") == before


async def test_an_empty_purse_is_told_what_is_missing(evening: Evening) -> None:
    mira = evening.robot("mira")
    await evening.player("mira", sakura_crystals=7)
    before = await evening.fingerprint("mira")

    refused = await mira.slash("summon ten")

    assert note(refused).startswith("You need 100 sakura crystals and have 7.")
    assert await evening.fingerprint("mira") == before


async def test_a_refused_button_can_be_pressed_again_once_there_is_money(evening: Evening) -> None:
    mira = evening.robot("mira")
    player = await evening.player("mira")
    shown = (await mira.slash("summon ten")).message
    await evening.house.run("UPDATE users.users SET sakura_crystals = 7 WHERE id = $1", player)

    refused = await mira.press(shown, AGAIN)
    await evening.house.run("UPDATE users.users SET sakura_crystals = 500 WHERE id = $1", player)
    same = await mira.press(shown, AGAIN)
    fresh = await mira.press(refused.message, "Try again")

    assert note(refused) == note(same)
    assert "**NEW**" in readable(fresh) or "shards" in fresh.text
    assert len(await evening.game.summons(player)) == 2


async def test_an_ended_banner_takes_nothing(evening: Evening) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")
    shown = (await mira.slash("summon ten")).message
    before = await evening.fingerprint("mira")
    await evening.game.open_banner("standard", end_time=datetime.now(UTC) - timedelta(minutes=1))

    typed = await mira.slash("summon ten")
    pressed = await mira.press(shown, AGAIN)

    assert "Every Lamp in the Harbour” is not open now" in note(typed)
    assert note(pressed) == note(typed)
    assert await evening.fingerprint("mira") == before
    assert "Every Lamp" not in (await mira.slash("banner list")).text


async def test_an_unknown_banner_takes_nothing(evening: Evening) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")
    before = await evening.fingerprint("mira")

    for banner in ("no-such-banner", "No Such Banner", "x" * 200, "*", "'; --"):
        for command in ("summon ten", "banner info", "banner odds"):
            assert "`/banner list`" in note(await mira.slash(command, banner=banner))
    assert await evening.fingerprint("mira") == before


async def test_an_unknown_waifu_is_one_sentence(evening: Evening) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")

    for waifu in ("999999999", "Nobody At All", "0", "-1", "9" * 30, "x" * 300):
        answer = await mira.slash("waifu profile", waifu=waifu)
        assert re.match(r"Nobody in the catalogue (is called|answers to)", note(answer))


async def test_a_young_account_waits_for_its_first_reward(evening: Evening) -> None:
    await evening.player("newborn star")
    before = await evening.fingerprint("newborn star")

    refused = await evening.robot("newborn star").slash("academy daily")

    assert note(refused).startswith("Your Discord account is still very young.")
    assert await evening.fingerprint("newborn star") == before
