"""Missions as players see them: bars, time left, and one press for what is done."""

from typing import Any

import pytest

from gateway_bot.cogs.missions import Missions
from gateway_bot.options import mission_choices
from gateway_bot.refusals import Hint
from gateway_bot.views import missions as views
from geminya.economy.v1 import mission_pb2 as pb
from tests.unit.bot.builders import a_desk, at, crystals, daphine, quartz
from tests.unit.bot.stage import Act, Stage
from tests.unit.bot.test_views import WILD, fits


def a_mission(
    mission_id: str, current: int, *, period: str = "day", claimed: bool = False, name: str = ""
) -> pb.MissionProgress:
    mission = pb.Mission(
        mission_id=mission_id,
        name=name or mission_id.title(),
        description="Do it three times.",
        type="talk",
        period=period,
        target_count=3,
        reward_type="sakura_crystals",
        reward_amount=60,
        difficulty="easy",
        is_active=True,
    )
    return pb.MissionProgress(
        mission=mission,
        current_progress=current,
        completed=current >= 3,
        claimed=claimed,
        reset_time=at(1_800_000_000),
    )


LIST = pb.ListMissionsResponse(
    missions=[
        a_mission("half", 1),
        a_mission("ready", 3),
        a_mission("over", 3, claimed=True),
        a_mission("weekly", 3, period="week"),
    ]
)
CLAIMED = pb.ClaimedMission(mission_id="ready", name="Ready", reward=crystals(60))


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    made.script("mission", "ListMissions", LIST)
    made.cog = Missions(made)  # type: ignore[arg-type,attr-defined]
    yield made
    await made.clients.close()


async def listed(stage: Any) -> Act:
    act = Act()
    await stage.cog.list_.callback(stage.cog, act)
    return act


def ids(view: Any) -> list[str]:
    return [item.custom_id for item in view.walk_children() if getattr(item, "custom_id", None)]


async def test_the_list_shows_bars_rewards_and_the_time_left(stage: Any) -> None:
    act = await listed(stage)

    for told in ("Today", "This week", "<t:1800000000:R>", "1/3", "3/3", "60", "~~Over~~"):
        assert told in act.text, told
    fits(act.view)


async def test_one_that_is_done_is_claimed_from_the_menu(stage: Any) -> None:
    answer = pb.ClaimMissionResponse(
        mission=CLAIMED, balances=[crystals(500), quartz(1), daphine(0)]
    )
    asked = stage.script("mission", "ClaimMission", answer)
    stage.script("mission", "ListMissions", LIST, LIST)
    act = await listed(stage)
    [menu] = [one for one in ids(act.view) if stage.opened(one).action == views.CLAIM]

    pressed = [await stage.press(menu, Act(n, {"values": ["ready"]})) for n in (1, 2)]

    assert [request.mission_id for request in asked.requests] == ["ready"] * 2
    # The same pick is the same operation, however often it arrives.
    assert len({request.op.op_id for request in asked.requests}) == 1
    assert "Ready" in pressed[0].text
    assert "500" in pressed[0].text


async def test_two_picks_of_one_menu_are_two_wishes(stage: Any) -> None:
    asked = stage.script("mission", "ClaimMission", pb.ClaimMissionResponse(mission=CLAIMED))
    act = await listed(stage)
    [menu] = [one for one in ids(act.view) if stage.opened(one).action == views.CLAIM]

    for number, picked in enumerate(("ready", "weekly")):
        await stage.press(menu, Act(number, {"values": [picked]}))

    assert len({request.op.op_id for request in asked.requests}) == 2


async def test_everything_is_claimed_with_one_press(stage: Any) -> None:
    answer = pb.ClaimAllMissionsResponse(missions=[CLAIMED, CLAIMED], balances=[crystals(500)])
    asked = stage.script("mission", "ClaimAllMissions", answer)
    act = await listed(stage)
    [button] = [one for one in ids(act.view) if stage.opened(one).action == views.CLAIM_ALL]

    pressed = await stage.press(button, Act(1))

    assert asked.requests[0].op.user_id == 7
    assert pressed.text.count("Ready") == 2


async def test_a_mission_is_named_by_id_or_by_name_and_else_there_is_a_hint(stage: Any) -> None:
    asked = stage.script("mission", "ClaimMission", pb.ClaimMissionResponse(mission=CLAIMED))

    for typed in ("ready", "  READY "):
        await stage.cog.claim.callback(stage.cog, Act(), typed)
    with pytest.raises(Hint):
        await stage.cog.claim.callback(stage.cog, Act(), "no such")

    assert [request.mission_id for request in asked.requests] == ["ready"] * 2


async def test_only_what_is_done_is_offered_while_a_name_is_typed(stage: Any) -> None:
    stage.clients.players.glance = _nobody_new

    found = await mission_choices(stage.clients, 1, "")

    assert [choice.value for choice in found] == ["ready", "weekly"]
    assert await mission_choices(stage.clients, 1, "half") == []


async def _nobody_new(_: int) -> Any:
    return pb.ListMissionsRequest(user_id=7)


def test_without_anything_done_there_is_nothing_to_press_but_the_list() -> None:
    view = views.missions_view([a_mission("half", 1)], a_desk())

    assert len(ids(view)) == 1
    fits(view)


async def test_what_waits_to_be_claimed_comes_first_and_what_is_over_last(stage: Any) -> None:
    shown = str((await listed(stage)).view.to_components())

    assert shown.index("Ready") < shown.index("Half") < shown.index("Over")


def test_wild_and_many_missions_fit() -> None:
    many = [
        a_mission(f"m-{n}", 3, period=period, name=WILD)
        for n in range(100)
        for period in ("day", "week")
    ]
    fits(views.missions_view(many, a_desk()))
    fits(views.missions_view([], a_desk()))
    told = pb.ClaimedMission(name=WILD, reward=crystals(60))
    fits(views.claimed_view([told] * 200, [crystals(1)], a_desk()))
