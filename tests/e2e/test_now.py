"""`/now`: daily reward, missions and parties by one press, once, whatever else goes on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.clock import StoppedClock
from tests.e2e.test_expedition import LONG, STRANGER, Road
from tests.support.evening import Evening, note, plain, readable
from tests.support.house import NOON
from tests.support.pg import Clone

ALL, DAILY, LOOK = "Do all of it", "Claim the daily", "Look again"
REPAIRED = "is being repaired"
EARNED = """
    SELECT reason, count(DISTINCT op_id) AS times FROM users.ledger
    WHERE user_id = $1 AND reason = ANY($2) GROUP BY reason
"""


@pytest.fixture
async def road(clone: Clone) -> AsyncIterator[Road]:
    """A party that is back, a mission of today that is done, and a daily reward that waits."""
    clock = StoppedClock(NOON)
    async with Evening(clone, clock=clock) as evening:
        player = await evening.player("mira")
        mira = evening.robot("mira")
        await mira.slash("summon ten")
        road = Road(evening, clock, mira, player)
        await road.goes()
        clock.move(LONG)
        await mira.slash("summon ten")
        yield road


async def earned(road: Road) -> dict[str, int]:
    """Reason to how many operations have paid for it."""
    reasons = ["mint.daily", "mint.mission"]
    rows = await road.evening.house.rows(EARNED, road.player, reasons)
    return {row["reason"]: row["times"] for row in rows}


async def test_one_press_does_all_of_it_once_however_often_it_is_pressed(road: Road) -> None:
    mira = road.mira
    page = await mira.slash("now")
    await road.evening.restart_bot()
    one, *others = await asyncio.gather(*(mira.press(page.message, ALL) for _ in range(3)))
    after = await mira.slash("now")

    told = readable(page)
    assert "It waits for you" in told
    assert "A Knock at the Door** · done" in told
    assert "ready to be brought home" in told
    for done in ("500 sakura crystals", "✓ **A Knock at the Door**", "№ 1 ·"):
        assert done in readable(one), done
    assert [readable(other) for other in others] == [readable(one)] * 2
    assert await earned(road) == {"mint.daily": 1, "mint.mission": 1}
    assert await road.statuses() == ["completed"]
    assert "Nothing waits to be claimed" in readable(after)
    await road.evening.house.settles()
    await road.evening.game.invariants_hold()


async def test_a_part_that_was_done_elsewhere_is_told_and_the_others_are_done(road: Road) -> None:
    page = await road.mira.slash("now")
    await road.mira.slash("academy daily")
    done = await road.mira.press(page.message, ALL)

    assert "Today's reward is already yours" in readable(done)
    assert "A Knock at the Door" in readable(done)
    assert await earned(road) == {"mint.daily": 1, "mint.mission": 1}
    assert await road.statuses() == ["completed"]


async def test_the_page_of_another_player_does_nothing(road: Road) -> None:
    page = await road.mira.slash("now")
    await road.evening.player(STRANGER)
    before = await road.evening.fingerprint(STRANGER)

    foreign = await road.evening.robot(STRANGER).press(page.message, ALL)

    assert note(foreign).startswith("This button belongs to somebody else")
    assert await earned(road) == {}
    assert await road.statuses() == ["in_progress"]
    assert await road.evening.fingerprint(STRANGER) == before


@pytest.mark.parametrize(
    ("service", "parts"),
    [("economy", {"Missions", "In your bag"}), ("expeditions", {"Expeditions"})],
)
async def test_a_service_that_is_away_takes_only_its_own_part(
    road: Road, service: str, parts: set[str]
) -> None:
    await road.evening.house.kill_one(service)
    page = await road.mira.slash("now")
    done = await road.mira.press(page.message, DAILY)
    await road.evening.house.start_one(service)
    whole = await road.mira.press(done.message, LOOK)

    parted = (part.partition("\n") for part in plain(page.text).split("### ")[1:])
    sections = {name: told for name, _, told in parted}
    assert {name for name, told in sections.items() if REPAIRED in told} == parts
    assert "It waits for you" in sections["Daily reward"]
    assert "500 sakura crystals" in readable(done)
    assert REPAIRED not in readable(whole)
    assert await earned(road) == {"mint.daily": 1}


async def test_a_newcomer_is_led_to_the_first_steps(road: Road) -> None:
    page = await road.evening.robot("nils").slash("now")
    summoned = await road.evening.robot("nils").press(page.messages[0], "Summon ten")

    assert "Nobody lives here yet" in plain(page.messages[0].text)
    assert "ten-summon" in readable(summoned)
