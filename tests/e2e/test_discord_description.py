"""Everything the bot sends and the box answers is what Discord itself describes."""

import pytest

from tests.support.discord_openapi import BESIDE_THE_PROJECT, SETTING, Description, description_path
from tests.support.evening import THIN, Evening

AGAIN = f"Summon ten again · ✦{THIN}100"


@pytest.fixture(scope="module")
def description() -> Description:
    path = description_path()
    if path is None:
        pytest.skip(
            f"no description of Discord: {SETTING} is not set, {BESIDE_THE_PROJECT.name} not there"
        )
    return Description(path)


async def test_a_whole_evening_is_as_discord_describes_it(
    evening: Evening, description: Description
) -> None:
    await play(evening)

    exchanges = list(evening.box.exchanges)
    methods = {(one["method"], one["path"].rpartition("/")[2]) for one in exchanges}
    assert {("PUT", "commands"), ("POST", "callback"), ("PATCH", "@original")} <= methods
    assert ("DELETE", "@original") in methods
    assert any(exchange["files"] for exchange in exchanges)
    assert description.complaints(exchanges) == []


async def play(evening: Evening) -> None:
    """Every command, every kind of button, every kind of refusal."""
    mira, nils = evening.robot("mira"), evening.robot("nils")
    for command in ("academy status", "academy daily", "academy daily", "academy history"):
        await mira.slash(command)
    listed = (await mira.slash("banner list")).message
    info = (await mira.press(listed, "Look closer")).message
    odds = (await mira.press(info, "Odds")).message
    await mira.press(odds, "Back to the banner")
    for command in ("banner info", "banner odds"):
        await mira.slash(command, banner="captains-table")
    await mira.slash("summon one")
    summoned = (await mira.slash("summon ten", banner="standard")).message
    await mira.press(summoned, AGAIN)
    await nils.press(summoned, AGAIN)
    collected = (await mira.slash("collection list")).message
    await mira.press(collected, "Profile")
    await mira.press(collected, "Next")
    await mira.slash("collection search", query="a")
    await mira.slash("collection search", query="nobody at all")
    for option in (
        ("summon ten", "banner"),
        ("waifu profile", "waifu"),
        ("collection list", "series"),
    ):
        await mira.autocomplete(*option)
    await mira.autocomplete("waifu profile", "waifu", "no such name")
    await mira.slash("waifu profile", waifu="1000001")
    await mira.slash("waifu profile", waifu="no such name")
    await mira.slash("academy rename", name="Moon Hall")
    await mira.slash("academy rename", name="https://moon.example")
    helped = (await mira.slash("help")).message
    await mira.press(helped, "Banners")
    await mira.slash("summon ten", banner="captains-table")
    await mira.slash("academy history")
    await mira.slash("expedition list")
    place = (await mira.autocomplete("expedition start", "place"))[0]["value"]
    await mira.slash("expedition detail", place=place)
    party = (await mira.slash("expedition start", place=place)).message
    await mira.press(party, "Search")
    await mira.slash("expedition status")
