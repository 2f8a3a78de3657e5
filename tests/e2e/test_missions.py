"""`/missions` over the whole house: from the bar to the reward, once, however often it is pressed."""

import asyncio

from tests.e2e.test_shop import rich
from tests.integration.economy.shelves import TEA
from tests.support.evening import Evening, note, readable

ALL, AGAIN, MENU = "Claim all", "Look again", "Claim one of them"
DOOR, WINDOW = "day-summon", "day-shop"


async def busy(evening: Evening) -> int:
    """Mira, who has summoned ten and bought some tea: two missions of today are done."""
    player = await rich(evening, "mira")
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    await mira.slash("shop buy", item=TEA)
    return player


async def claims(evening: Evening, player: int) -> int:
    """How many operations of missions have paid."""
    return await evening.house.value(
        "SELECT count(DISTINCT op_id) FROM users.ledger WHERE reason = 'mint.mission' AND user_id = $1",
        player,
    )


async def claimed(evening: Evening, player: int) -> list[str]:
    """The missions that have paid."""
    rows = await evening.house.rows(
        "SELECT mission_id FROM economy.user_mission_progress WHERE user_id = $1 AND claimed ORDER BY 1",
        player,
    )
    return [row["mission_id"] for row in rows]


async def test_a_list_with_bars_and_nothing_to_claim_has_no_menu(evening: Evening) -> None:
    await evening.player("mira")

    page = await evening.robot("mira").slash("missions list")

    told = readable(page)
    assert "How Was Your Day?" in told
    assert "0/3" in told
    assert "Today · anew <t:" in told.replace("*", "")
    assert page.message.labels == [AGAIN]


async def test_one_is_claimed_from_the_menu_once_whoever_presses_again(evening: Evening) -> None:
    player = await busy(evening)
    mira = evening.robot("mira")
    page = await mira.slash("missions list")

    await evening.restart_bot()
    one, *others = await asyncio.gather(*(mira.select(page.message, MENU, DOOR) for _ in range(3)))
    late = await mira.slash("missions claim", mission=DOOR)
    other = await mira.select(page.message, MENU, WINDOW)

    assert "A Knock at the Door" in readable(one)
    assert [readable(again) for again in others] == [readable(one)] * 2
    assert "is yours already" in note(late)
    assert "Well done" in readable(other)
    assert (await claims(evening, player), await claimed(evening, player)) == (2, [WINDOW, DOOR])
    assert MENU not in str((await mira.slash("missions list")).message.components)
    await evening.house.settles()
    await evening.game.invariants_hold()


async def test_all_are_claimed_by_one_press_and_the_second_pays_nothing(evening: Evening) -> None:
    player = await busy(evening)
    mira = evening.robot("mira")
    page = await mira.slash("missions list")

    one, again = await asyncio.gather(*(mira.press(page.message, ALL) for _ in range(2)))
    later = await mira.press(page.message, ALL)
    empty = await mira.slash("missions claim_all")
    after = await mira.press(one.message, "Missions")

    assert "A Knock at the Door" in readable(one)
    assert readable(again) == readable(later) == readable(one)
    assert "There is nothing to claim right now" in note(empty)
    assert "✅" in readable(after)
    assert (await claims(evening, player), await claimed(evening, player)) == (1, [WINDOW, DOOR])
    await evening.house.settles()
    await evening.game.invariants_hold()


async def test_one_is_claimed_by_its_name_and_only_what_is_done_is_offered(
    evening: Evening,
) -> None:
    player = await busy(evening)
    mira = evening.robot("mira")

    offered = await mira.autocomplete("missions claim", "mission", "knock")
    early = await mira.slash("missions claim", mission="How Was Your Day?")
    unknown = await mira.slash("missions claim", mission="Dance on the roof")
    done = await mira.slash("missions claim", mission="A Knock at the Door")

    assert [one["value"] for one in offered] == [DOOR]
    assert "0 of 3" in note(early)
    assert "Dance on the roof" in note(unknown) or "no such mission" in note(unknown)
    assert "A Knock at the Door" in readable(done)
    assert await claimed(evening, player) == [DOOR]


async def test_the_list_of_another_player_claims_nothing(evening: Evening) -> None:
    player = await busy(evening)
    page = await evening.robot("mira").slash("missions list")
    await evening.player("nils")
    nils = evening.robot("nils")
    before = await evening.fingerprint("nils")

    pressed = await nils.press(page.message, ALL)
    picked = await nils.select(page.message, MENU, DOOR)

    for foreign in (pressed, picked):
        assert note(foreign).startswith("This button belongs to somebody else")
    assert (await claims(evening, player), await claimed(evening, player)) == (0, [])
    assert await evening.fingerprint("nils") == before
