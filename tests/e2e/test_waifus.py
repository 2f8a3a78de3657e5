"""A player and a waifu: her heart and her awakening."""

import asyncio

import pytest

from geminya.common.v1.money_pb2 import CURRENCY_DAPHINE
from tests.support.evening import THIN, Evening, note, readable
from tests.support.home import Home

AWAKEN = f"Awaken · ❖{THIN}1"


@pytest.fixture
async def home(evening: Evening) -> Home:
    """The first waifu of the catalogue lives with mira."""
    return await Home.of(evening)


# ---- her heart and her awakening


async def test_a_heart_is_given_and_taken_off_in_her_profile(home: Home) -> None:
    profile = await home.profile()
    on = await home.mira.press(profile, "♥ Favourite")
    assert await home.column("is_favorite")
    off = await home.mira.press(on.message, "Take the heart off")
    typed = await home.mira.slash("waifu favorite", waifu=home.waifu)

    assert on.message.id == off.message.id == profile.id
    assert "one of your favourites now" in readable(on)
    assert "no heart any more" in readable(off)
    assert "one of your favourites now" in readable(typed)
    assert await home.column("is_favorite")


async def test_she_awakens_once_for_one_daphine(home: Home) -> None:
    await home.gets(CURRENCY_DAPHINE, 2)
    asked = await home.mira.press(await home.profile(), AWAKEN)
    assert not await home.column("is_awakened")
    await home.evening.restart_bot()

    once, twice = await asyncio.gather(*(home.mira.press(asked.message, AWAKEN) for _ in range(2)))

    assert "1 daphine" in readable(asked)
    assert "is awake!" in readable(once)
    assert once.text == twice.text
    assert await home.column("is_awakened")
    assert await home.balance("daphine") == 1
    assert AWAKEN not in (await home.profile()).labels
    refused = await home.mira.slash("waifu awaken", waifu=home.waifu)
    assert note(refused).startswith("She is awake already")
    await home.evening.house.settles()
    await home.evening.game.invariants_hold()


async def test_without_daphine_nobody_awakens(home: Home) -> None:
    asked = await home.mira.slash("waifu awaken", waifu=home.waifu)
    refused = await home.mira.press(asked.message, AWAKEN)
    assert note(refused).startswith("You need 1 daphine and have 0.")
    assert not await home.column("is_awakened")


async def test_who_does_not_live_there_can_only_be_looked_at(home: Home) -> None:
    await home.evening.player("sora")
    sora = home.evening.robot("sora")
    looked = await sora.slash("waifu profile", waifu=home.waifu)
    assert looked.message.labels == []
    for wish in ("awaken", "favorite"):
        answer = await sora.slash(f"waifu {wish}", waifu=home.waifu)
        assert note(answer).startswith("She does not live in your academy yet."), wish


async def test_own_waifus_complete_before_all_others(home: Home) -> None:
    own = await home.choices("waifu talk", "waifu", "")
    every = await home.choices("waifu profile", "waifu", "")
    assert [choice["value"] for choice in own] == [home.waifu]
    assert every[0]["value"] == home.waifu
