"""Plans are made beside the loop, of the player's own waifus, and change nothing."""

import asyncio
import os
import signal
import uuid
from typing import Any

import pytest
from grpc import StatusCode

from geminya.expeditions.v1 import planner_pb2 as pb
from geminya.expeditions.v1.planner_pb2_grpc import PlannerServiceStub
from services.expeditions.planner import worker
from tests.integration.expeditions.builders import Expeditions
from tests.integration.expeditions.journeys import PLACES, Journeys
from tests.support.calls import bad_request, insist, refused

NOBODYS = str(uuid.UUID(int=5))


@pytest.fixture
def planner(journeys: Journeys) -> Any:
    """The planner of the house of `journeys`."""
    return journeys.house.stub(PlannerServiceStub, "expeditions", None)


def a_plan(
    *waifu_ids: int, player: int = 7, place: str = PLACES[0], **given: Any
) -> pb.GetPlanRequest:
    return pb.GetPlanRequest(user_id=player, template_id=place, waifu_ids=waifu_ids, **given)


def a_wish(player: int = 7, place: str = PLACES[0], **given: Any) -> pb.SuggestPartyRequest:
    return pb.SuggestPartyRequest(user_id=player, template_id=place, **given)


def pids_below(parent: int) -> set[int]:
    """The workers of this process, as the system knows them."""
    with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as children:
        return {int(pid) for pid in children.read().split()}


async def test_a_plan_tells_what_to_expect(journeys: Journeys, planner: Any) -> None:
    piece = await journeys.armory.piece(slots=1)
    request = a_plan(3, 1, equipment_id=piece)

    plan = (await insist(lambda: planner.GetPlan(request))).plan

    assert [(one.waifu_id, one.name, one.is_away) for one in plan.members] == [
        (3, "N003", False),
        (1, "N001", False),
    ]
    assert (plan.template_id, plan.equipment_id) == (PLACES[0], piece)
    assert sum(plan.check_shares) == 10_000
    assert plan.mean_success == plan.check_shares[0] + plan.check_shares[1]
    assert plan.journeys == worker.JOURNEYS
    assert [one.name for one in plan.outcomes] == ["perfect", "great_success", "success", "failure"]
    assert sum(one.share for one in plan.outcomes) == 10_000
    by_thing = {one.thing: one for one in plan.loot}
    assert by_thing["equipment"].mean_milli == 1000
    assert by_thing["sakura_crystals"].low <= by_thing["sakura_crystals"].high
    kinds = {one.kind for one in plan.contributions}
    assert {"stat", "member", "equipment", "affinity"} <= kinds
    gains = [one.success_gain for one in plan.contributions]
    assert gains == sorted(gains, reverse=True)
    assert (await planner.GetPlan(request)).plan == plan


async def test_a_plan_is_refused_for_a_reason(journeys: Journeys, planner: Any) -> None:
    theirs = await journeys.armory.piece(player=8)

    with refused("TEMPLATE_NOT_FOUND", code=StatusCode.NOT_FOUND, template_id="nowhere"):
        await planner.GetPlan(a_plan(1, place="nowhere"))
    with refused("PARTY_NOT_OWNED", waifu_id="404"):
        await planner.GetPlan(a_plan(1, 404))
    for piece in (theirs, NOBODYS):
        with refused("EQUIPMENT_NOT_FOUND", code=StatusCode.NOT_FOUND, equipment_id=piece):
            await planner.GetPlan(a_plan(1, equipment_id=piece))
        with refused("EQUIPMENT_NOT_FOUND", code=StatusCode.NOT_FOUND, equipment_id=piece):
            await planner.SuggestParty(a_wish(equipment_id=piece))
    with refused("TEMPLATE_NOT_FOUND", code=StatusCode.NOT_FOUND, template_id="nowhere"):
        await planner.SuggestParty(a_wish(place="nowhere"))
    with refused("TEMPLATE_NOT_FOUND", code=StatusCode.NOT_FOUND, template_id="nowhere"):
        await planner.ListSuited(pb.ListSuitedRequest(user_id=7, template_id="nowhere"))
    with bad_request("waifu_ids"):
        await planner.GetPlan(a_plan(1, 1))
    with bad_request("waifu_ids"):
        await planner.GetPlan(a_plan())
    with bad_request("difficulty"):
        await planner.GetLootOdds(pb.GetLootOddsRequest(difficulty=10_001))


async def test_the_best_party_is_of_those_who_are_free(journeys: Journeys, planner: Any) -> None:
    first = await insist(lambda: planner.SuggestParty(a_wish()))
    best = [one.waifu_id for one in first.plan.members]
    assert first.party_count == 12 + 66 + 220
    assert 0 < first.computed_count <= first.party_count
    again = (await insist(lambda: planner.GetPlan(a_plan(*best)))).plan
    assert again == first.plan

    await journeys.starts(*best)
    second = await insist(lambda: planner.SuggestParty(a_wish()))

    assert second.party_count == 9 + 36 + 84
    assert not {one.waifu_id for one in second.plan.members} & {*best}
    assert second.plan.mean_success <= first.plan.mean_success
    away = (await insist(lambda: planner.GetPlan(a_plan(best[0])))).plan
    assert [one.is_away for one in away.members] == [True]


async def test_nobody_free_is_told_and_others_are_nobodys_business(
    journeys: Journeys, planner: Any
) -> None:
    """Player 8 owns 3 and 9; player 9 owns nobody."""
    before = [await journeys.everything(player) for player in (7, 8)]
    with refused("PARTY_NOT_OWNED", waifu_id="1"):
        await planner.GetPlan(a_plan(3, 1, player=8))
    with refused("NOBODY_FREE"):
        await insist(lambda: planner.SuggestParty(a_wish(9)))

    found = await planner.SuggestParty(a_wish(8))

    assert {one.waifu_id for one in found.plan.members} <= {3, 9}
    assert found.party_count == 3
    assert [await journeys.everything(player) for player in (7, 8)] == before
    await journeys.starts(3, 9, player=8)
    with refused("NOBODY_FREE"):
        await planner.SuggestParty(a_wish(8))


async def test_the_loop_is_free_and_a_killed_worker_is_replaced(
    journeys: Journeys, planner: Any
) -> None:
    before = pids_below(os.getpid())
    await insist(lambda: planner.GetPlan(a_plan(1, 2, 3)))
    workers = pids_below(os.getpid()) - before
    turns = 0
    calls = asyncio.gather(*(insist(lambda: planner.GetPlan(a_plan(1))) for _ in range(3)))
    while not calls.done():
        await asyncio.sleep(0.01)
        turns += 1
    await calls
    assert turns > 5

    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    plan = (await insist(lambda: planner.GetPlan(a_plan(1)))).plan

    assert plan.journeys == worker.JOURNEYS
    assert workers.isdisjoint(pids_below(os.getpid()))


async def test_an_empty_atlas_has_no_place_to_plan_for(expeditions: Expeditions) -> None:
    planner: Any = expeditions.house.stub(PlannerServiceStub, "expeditions", None)

    with refused("TEMPLATE_NOT_FOUND", code=StatusCode.NOT_FOUND):
        await planner.GetPlan(a_plan(1))
    with refused("TEMPLATE_NOT_FOUND", code=StatusCode.NOT_FOUND):
        await planner.SuggestParty(a_wish())


async def test_loot_odds_are_told_for_every_worth(expeditions: Expeditions) -> None:
    planner: Any = expeditions.house.stub(PlannerServiceStub, "expeditions", None)

    odds = await planner.GetLootOdds(pb.GetLootOddsRequest(difficulty=2_000))

    assert {one.name: one.share for one in odds.types} == {
        "sakura_crystals": 8_000,
        "quartzs": 1_500,
        "items": 500,
    }
    assert sum(one.share for one in odds.items) == 10_000
    assert {one.thing for one in odds.amounts} == {"sakura_crystals", "quartzs"}


async def test_who_suits_a_place_is_at_home_and_the_players_own(
    journeys: Journeys, planner: Any
) -> None:
    request = pb.ListSuitedRequest(user_id=7, template_id=PLACES[0])
    before = (await insist(lambda: planner.ListSuited(request))).suited
    gone = before[0].member.waifu_id
    await journeys.starts(gone)

    after = (await insist(lambda: planner.ListSuited(request))).suited

    assert list(after) == list(before[1:])
    assert all(one.member.name and not one.member.is_away for one in after)
    nobody = pb.ListSuitedRequest(user_id=99, template_id=PLACES[0])
    assert not (await insist(lambda: planner.ListSuited(nobody))).suited
