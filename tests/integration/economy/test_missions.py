"""Missions: brought in as a whole, counted with the summon, begun anew with the game day and week."""

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from geminya.economy.v1 import mission_pb2 as pb
from geminya.economy.v1.mission_pb2_grpc import MissionServiceStub
from tests.support.calls import bad_request, fails_with, refused
from tests.support.game import Game, a_summon
from tests.support.house import Houses
from tests.support.operators import an_act

WEDNESDAY = datetime(2026, 7, 1, 16, 59, tzinfo=UTC)
"""One minute before the game day ends at 17:00 UTC."""
SUNDAY = datetime(2026, 7, 5, 16, 59, tzinfo=UTC)
"""One minute before the game week ends."""
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(WEDNESDAY)


@pytest.fixture
async def timed(houses: Houses, clock: StoppedClock) -> Game:
    """The game on the clock of the test, with a rich player 7."""
    game = Game(await houses(clock=clock))
    await game.stock()
    await game.has(7, crystals=10_000, quartzs=10_000)
    return game


async def missions(game: Game, player: int = 7) -> dict[str, pb.MissionProgress]:
    answer = await game.missions.ListMissions(pb.ListMissionsRequest(user_id=player))
    return {one.mission.mission_id: one for one in answer.missions}


async def progress(game: Game, player: int = 7) -> tuple[int, int]:
    """Of the summon missions of the day and of the week."""
    found = await missions(game, player)
    return found["day-summon"].current_progress, found["week-summon"].current_progress


def a_mission(mission_id: str = "new", **changed: Any) -> pb.Mission:
    given: dict[str, Any] = {
        "name": "New",
        "type": "summon",
        "period": "day",
        "target_count": 3,
        "reward_type": "quartzs",
        "reward_amount": 50,
        "difficulty": "easy",
        "is_active": True,
    }
    return pb.Mission(mission_id=mission_id, **given | changed)


async def imported(game: Game, *given: pb.Mission) -> pb.AdminImportMissionsResponse:
    return await game.missions.AdminImportMissions(
        pb.AdminImportMissionsRequest(act=an_act(), missions=given)
    )


# Progress.


async def test_every_pull_counts_for_the_day_and_the_week(timed: Game) -> None:
    await timed.summon(a_summon(count=1))
    assert await progress(timed) == (1, 1)

    await timed.summon(a_summon(count=1, banner="the-long-interval"))
    assert await progress(timed) == (2, 2)

    await timed.summon(a_summon(count=10))
    assert await progress(timed) == (5, 12)
    day = (await missions(timed))["day-summon"]
    assert (day.completed, day.claimed) == (True, False)
    assert not (await missions(timed))["week-summon"].completed


async def test_a_day_begins_at_17_utc_and_the_week_goes_on(
    timed: Game, clock: StoppedClock
) -> None:
    await timed.summon(a_summon(count=1))

    clock.move(MINUTE)

    assert await progress(timed) == (0, 1)
    await timed.summon(a_summon(count=1))
    assert await progress(timed) == (1, 2)
    rows = await timed.house.rows(
        "SELECT mission_id, date::text FROM economy.user_mission_progress ORDER BY 1, 2"
    )
    assert [(row["mission_id"], row["date"]) for row in rows] == [
        ("day-summon", "2026-07-01"),
        ("day-summon", "2026-07-02"),
        ("week-summon", "2026-06-29"),
    ]


async def test_a_week_begins_on_monday_of_the_game_day(houses: Houses) -> None:
    clock = StoppedClock(SUNDAY)
    game = Game(await houses(clock=clock))
    await game.stock()
    await game.has(7, crystals=10_000)
    await game.summon(a_summon())
    assert await progress(game) == (5, 10)

    clock.move(MINUTE)

    assert await progress(game) == (0, 0)


async def test_a_repeat_and_a_refusal_count_nothing(timed: Game) -> None:
    await timed.has(8, crystals=10)
    request = a_summon(8, count=1)
    await timed.summon(request)

    await timed.summon(request)
    with refused("INSUFFICIENT_FUNDS"):
        await timed.summon(a_summon(8, count=1))

    assert await progress(timed, 8) == (1, 1)


async def test_progress_is_the_players_own(timed: Game) -> None:
    await timed.summon(a_summon(7))

    assert await progress(timed, 8) == (0, 0)


async def test_only_active_missions_of_summons_count(timed: Game) -> None:
    await imported(timed, a_mission("off", is_active=False), a_mission("talking", type="talk"))

    await timed.summon(a_summon())

    counted = await timed.house.rows("SELECT mission_id FROM economy.user_mission_progress")
    assert {row["mission_id"] for row in counted} == {"day-summon", "week-summon"}
    assert "off" not in await missions(timed)
    assert (await missions(timed))["talking"].current_progress == 0


async def test_what_was_promised_in_the_morning_holds_until_the_evening(
    timed: Game, clock: StoppedClock
) -> None:
    await imported(timed, a_mission(target_count=3))
    await timed.summon(a_summon(count=1))

    await imported(timed, a_mission(target_count=20))
    await timed.summon(a_summon(count=10))

    done = (await missions(timed))["new"]
    assert (done.mission.target_count, done.current_progress, done.completed) == (3, 3, True)
    clock.move(MINUTE)
    assert (await missions(timed))["new"].mission.target_count == 20


# Lists and imports.


async def test_missions_are_listed_by_period_and_from_easy_to_hard(game: Game) -> None:
    answer = await game.missions.ListMissions(pb.ListMissionsRequest(user_id=99))

    order = [(m.mission.period, m.mission.difficulty) for m in answer.missions]
    rank = {"easy": 0, "normal": 1, "hard": 2}
    assert order == sorted(order, key=lambda one: (one[0], rank[one[1]]))
    assert len(order) == 10
    with bad_request("user_id"):
        await game.missions.ListMissions(pb.ListMissionsRequest())


async def test_the_same_missions_again_change_nothing(game: Game) -> None:
    first = await imported(game, a_mission("one"), a_mission("two"))
    second = await imported(game, a_mission("one"), a_mission("two", reward_amount=60))
    third = await imported(game, a_mission("one"), a_mission("two", reward_amount=60))

    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (second.added, second.changed, second.unchanged) == (0, 1, 1)
    assert (third.added, third.changed, third.unchanged) == (0, 0, 2)
    assert (await missions(game))["two"].mission.reward_amount == 60


async def test_one_fault_keeps_the_whole_file_out(game: Game) -> None:
    """An id that is no slug once ran into the CHECK of the table, as an internal error."""
    answer = await imported(game, a_mission("whole"), a_mission("No Slug"), a_mission("x", type=""))

    assert [problem.split(":")[0] for problem in answer.problems] == ["No Slug", "x"]
    assert "whole" not in await missions(game)


async def test_the_first_designs_gems_are_crystals(game: Game) -> None:
    await imported(game, a_mission(reward_type="gems"))

    assert (await missions(game))["new"].mission.reward_type == "sakura_crystals"


async def test_only_an_operator_brings_missions(game: Game) -> None:
    stub = game.house.stub(MissionServiceStub, "economy", "bot")

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await stub.AdminImportMissions(
            pb.AdminImportMissionsRequest(act=an_act(), missions=[a_mission()])
        )
