"""A player's first evening, from the door to the ten-summon and the shelf it fills."""

import io
import re
from pathlib import Path
from typing import Any

from PIL import Image

from gateway_bot.render.renderer import Renderer
from playground.robot import Answer
from tests.support.evening import THIN, Evening, note, readable
from tests.support.pg import Clone

NEW_PULL = re.compile(r"^(★☆☆|★★☆|★★★) \*\*(?P<name>.+?)\*\* · (?P<series>.+?) · \*\*NEW\*\*", re.M)


def pulls(summoned: Answer) -> list[str]:
    """The lines of the cards."""
    return [line for line in summoned.text.splitlines() if re.match("[★☆]{3} ", line)]


async def test_a_newcomer_is_welcomed_once_and_finds_crystals(evening: Evening) -> None:
    mira = evening.robot("mira")

    first = await mira.slash("academy status")
    again = await mira.slash("academy status")

    status, welcome = first.messages
    assert welcome.ephemeral
    assert "Welcome to Geminya" in welcome.text
    assert "✦ **2 000** sakura crystals" in readable(first)
    assert "**Collection** 0 of 156 waifus" in readable(first)
    assert status.labels == ["Claim the daily reward"]
    assert [said.text for said in again.messages] == [status.text]


async def test_the_daily_reward_comes_once_a_day(evening: Evening) -> None:
    mira = evening.robot("mira")
    status = (await mira.slash("academy status")).message

    claimed = await mira.slash("academy daily")
    refused = await mira.slash("academy daily")
    pressed = await mira.press(status, "Claim the daily reward")

    assert "500 sakura crystals" in readable(claimed)
    assert "✦ 2 500" in readable(claimed)
    assert "Days in a row: **1**" in readable(claimed)
    assert note(refused).startswith("Today's reward is already yours.")
    assert readable(pressed) == readable(refused)
    assert "Claim the daily reward" not in (await mira.slash("academy status")).message.labels


async def test_a_banner_is_looked_at_before_anything_is_paid(evening: Evening) -> None:
    mira = evening.robot("mira")

    listed = await mira.slash("banner list")
    info = await mira.slash("banner info", banner="standard")
    odds = await mira.slash("banner odds", banner="standard")
    # The same by buttons, in one message that changes.
    closer = await mira.press(info.message, "Odds")
    back = await mira.press(closer.message, "Back to the banner")

    assert readable(listed).count("a pull") == 4
    assert "✦ 100 for ten" in readable(info)
    assert "★★★ **5 %** a pull" in readable(odds)
    assert "at least one of ten has ★★ or more" in odds.text
    assert (closer.message.id, closer.text) == (info.message.id, odds.text)
    assert (back.message.id, back.text) == (info.message.id, info.text)


async def test_ten_waifus_come_with_their_picture(evening: Evening) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")

    summoned = await mira.slash("summon ten")

    lines = pulls(summoned)
    assert len(lines) == 10
    said, text = summoned.message, readable(summoned)
    (picture,) = said.attachments
    new = [line for line in lines if "**NEW**" in line]
    assert picture["filename"] == "summon.jpg"
    assert picture["description"].count(", new") == len(new) > 0
    assert said.labels == [f"Summon ten again · ✦{THIN}100"]
    assert "Paid ✦ 100 sakura crystals · gained ◆ 10" in text
    assert "✦ 1 900" in text
    assert max(line.count("★") for line in lines) >= 2
    # Nobody is marked as new who was here before, and everybody else is.
    assert len(new) == len({NEW_PULL.match(line)["name"] for line in new})  # type: ignore[index]
    assert len(await evening.game.owned(await evening.user_id("mira"))) == len(new)


async def test_what_was_summoned_stands_in_the_collection(evening: Evening) -> None:
    mira = evening.robot("mira")
    summoned = await mira.slash("summon ten")
    met = [match.groupdict() for match in map(NEW_PULL.match, pulls(summoned)) if match]
    first = met[0]

    listed = await mira.slash("collection list")
    turned = await mira.press(listed.message, "Next")
    found = await mira.slash("collection search", query=first["name"].split()[0].lower())
    (choice,) = await mira.autocomplete("collection list", "series", first["series"])
    of_series = await mira.slash("collection list", series=choice["value"])
    nobody = await mira.slash("collection search", query="nobody at all")

    shelf = readable(listed) + readable(turned)
    assert all(f"**{waifu['name']}**" in shelf for waifu in met)
    assert turned.message.id == listed.message.id
    assert f"{len(met)} of 156 collected" in listed.text
    assert f"**{first['name']}**" in readable(found)
    same = [waifu["name"] for waifu in met if waifu["series"] == first["series"]]
    assert readable(of_series).count("\n-# ") == len(same)
    assert all(f"**{name}**" in of_series.text for name in same)
    assert "Nobody here is like that" in readable(nobody)


async def test_a_waifu_has_a_profile_with_a_picture(evening: Evening) -> None:
    mira = evening.robot("mira")
    summoned = await mira.slash("summon ten")
    met = next(match for match in map(NEW_PULL.match, pulls(summoned)) if match)
    owned = (await mira.autocomplete("waifu profile", "waifu", met["name"]))[0]

    profile = await mira.slash("waifu profile", waifu=owned["value"])
    by_name = await mira.slash("waifu profile", waifu=met["name"])
    listed = (await mira.slash("collection list")).message
    by_button = await mira.press(listed, "Profile")

    assert owned["name"].startswith(met["name"])
    assert owned["name"].endswith("yours")
    text = readable(profile)
    for part in ("**Element:**", "**Archetype:**", "**Birthday:**", "**Stats**", "gifts:**"):
        assert part in text
    assert "### In your academy" in text
    assert "Bond **" in text
    assert [a["filename"] for a in profile.message.attachments] == ["waifu.jpg"]
    assert by_name.text == profile.text
    assert "### In your academy" in readable(by_button)
    assert by_button.message.id != listed.id


async def test_the_history_tells_every_crystal_that_moved(evening: Evening) -> None:
    mira = evening.robot("mira")
    await mira.slash("academy daily")
    await mira.slash("summon ten")

    told = await mira.slash("academy history")

    assert told.message.ephemeral
    summon, daily, gift = (readable(told).split("\n**"))[1:]
    assert "Ten-summon · Every Lamp in the Harbour" in summon
    assert "✦ −100 → **2 400** · ◆ +10 → **10**" in summon
    assert "✦ +500 → **2 500**" in daily
    assert "✦ +2 000 → **2 000**" in gift


async def test_an_academy_gets_another_name(evening: Evening) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")

    renamed = await mira.slash("academy rename", name="Moon *Hall*")
    refused = await mira.slash("academy rename", name="https://moon.example")

    assert "Moon \\*Hall\\*" in readable(renamed)
    assert "## Moon \\*Hall\\*" in (await mira.slash("academy status")).text
    assert note(refused).startswith("That name does not work")


async def test_help_leads_to_the_first_summon(evening: Evening) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")

    helped = await mira.slash("help")
    summoned = await mira.press(helped.message, "Summon ten")

    assert "/summon ten" in readable(helped)
    assert helped.message.ephemeral
    assert len(pulls(summoned)) == 10


async def test_names_complete_themselves(evening: Evening) -> None:
    mira = evening.robot("mira")
    await evening.player("mira")

    banners = await mira.autocomplete("summon ten", "banner", "lamp")
    waifus = await mira.autocomplete("waifu profile", "waifu", "aka")
    series = await mira.autocomplete("collection list", "series", "orbit")
    nothing = await mira.autocomplete("waifu profile", "waifu", "no such name")

    assert [banner["value"] for banner in banners] == ["standard"]
    assert len(await mira.autocomplete("banner odds", "banner")) == 4
    assert "Akari Chōchimoto" in waifus[0]["name"]
    assert [one["name"] for one in series] == ["Small Machines in Orbit · 12 waifus"]
    assert len(await mira.autocomplete("waifu profile", "waifu")) == 25
    assert nothing == []


async def test_the_same_evening_among_processes_that_prove_who_they_are(
    clone: Clone, certs: Path, logs: list[Any]
) -> None:
    """Production: every call of the bot and between the services goes by certificates."""
    async with Evening(clone, certs=certs) as evening:
        mira = evening.robot("mira")
        claimed = await mira.slash("academy daily")
        summoned = await mira.slash("summon ten")

    assert "500 sakura crystals" in readable(claimed)
    assert len(pulls(summoned)) == 10
    calls = [entry for entry in logs if entry["event"] == "call.answered"]
    assert {entry["code"] for entry in calls} == {"OK"}
    assert {"admin", "bot", "economy"} <= {entry["caller"] for entry in calls}


async def test_the_cards_are_really_drawn(clone: Clone) -> None:
    renderer = Renderer(deadline_s=30)
    await renderer.start()
    async with Evening(clone, renderer=renderer) as evening:
        summoned = await evening.robot("mira").slash("summon ten")
        sheet = Image.open(io.BytesIO(await evening.picture(summoned.message)))

        sheet.load()
        assert sheet.format == "JPEG"
        assert sheet.width > sheet.height > 500
        assert len(sheet.getcolors(sheet.width * sheet.height) or ()) > 1_000
