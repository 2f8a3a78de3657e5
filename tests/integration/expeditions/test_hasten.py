"""A party is home earlier: each hastening takes its part exactly, and never more than is left."""

import uuid

import pytest
from grpc import StatusCode

from geminya.expeditions.v1 import expedition_pb2 as pb
from tests.integration.expeditions.journeys import (
    HOURS,
    Journeys,
    a_cancellation,
    a_completion,
    a_hastening,
)
from tests.support.calls import bad_request, refused
from tests.support.races import CALLS, ROUNDS, deadlocks, race

HOUR = 3600
NOBODYS = str(uuid.UUID(int=5))


async def ends_at(journeys: Journeys, expedition_id: str) -> int:
    """When it is over, in seconds."""
    return int((await journeys.row(expedition_id))["ends_at"].timestamp())


async def test_a_hastened_party_is_back_earlier(journeys: Journeys) -> None:
    expedition = await journeys.starts(1)

    answer = await journeys.rpc.Hasten(a_hastening(expedition.expedition_id, 90))

    assert answer.ready_time.seconds == expedition.ready_time.seconds - 90 * 60
    assert (answer.expedition_id, answer.name, answer.taken_minutes) == (
        expedition.expedition_id,
        expedition.name,
        90,
    )
    journeys.passes(HOURS - 1.5)
    await journeys.rpc.CompleteExpedition(a_completion(expedition.expedition_id))
    replay = await journeys.rpc.AdminReplayExpedition(
        pb.AdminReplayExpeditionRequest(expedition_id=expedition.expedition_id)
    )
    assert replay.is_equal
    await journeys.invariants_hold()


async def test_it_never_ends_before_now(journeys: Journeys) -> None:
    expedition = await journeys.starts(1)
    journeys.passes(HOURS - 0.508)

    answer = await journeys.rpc.Hasten(a_hastening(expedition.expedition_id, 600))

    # Half a minute of the last half hour is no whole minute.
    assert answer.taken_minutes == 30
    assert answer.ready_time.ToDatetime() == journeys.atlas.clock.now().replace(tzinfo=None)
    await journeys.rpc.CompleteExpedition(a_completion(expedition.expedition_id))
    await journeys.invariants_hold()


async def test_a_hastening_is_refused_where_there_is_nothing_to_hasten(journeys: Journeys) -> None:
    back = await journeys.starts_and_waits(1)
    with refused("ALREADY_BACK", expedition_id=back):
        await journeys.rpc.Hasten(a_hastening(back))
    await journeys.rpc.CompleteExpedition(a_completion(back))
    called = (await journeys.starts(2, place=1)).expedition_id
    await journeys.rpc.CancelExpedition(a_cancellation(called))
    before = await journeys.everything(7)

    for over in (back, called):
        with refused("EXPEDITION_OVER", expedition_id=over):
            await journeys.rpc.Hasten(a_hastening(over))
    with refused("EXPEDITION_NOT_FOUND", code=StatusCode.NOT_FOUND, expedition_id=NOBODYS):
        await journeys.rpc.Hasten(a_hastening(NOBODYS))

    assert await journeys.everything(7) == before


@pytest.mark.parametrize("minutes", [0, -5, 10_081])
async def test_a_hastening_is_a_minute_to_a_week(journeys: Journeys, minutes: int) -> None:
    with bad_request("minutes"):
        await journeys.rpc.Hasten(a_hastening(NOBODYS, minutes))


async def test_a_repeated_hastening_takes_its_part_once(journeys: Journeys) -> None:
    expedition = await journeys.starts(1)
    request = a_hastening(expedition.expedition_id)

    answers = [await journeys.rpc.Hasten(request) for _ in range(2)]
    journeys.passes()
    answers.append(await journeys.rpc.Hasten(request))

    assert answers[0] == answers[1] == answers[2]
    ready = expedition.ready_time.seconds
    assert await ends_at(journeys, expedition.expedition_id) == ready - HOUR
    with refused("OP_REUSED"):
        await journeys.rpc.Hasten(a_hastening(expedition.expedition_id, 61, op_id=request.op.op_id))


async def test_a_refusal_is_remembered(journeys: Journeys) -> None:
    request = a_hastening(NOBODYS)
    for _ in range(2):
        with refused("EXPEDITION_NOT_FOUND"):
            await journeys.rpc.Hasten(request)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_64_at_once_take_each_their_part(journeys: Journeys, turn: int) -> None:
    expedition = await journeys.starts(1)
    wishes = [a_hastening(expedition.expedition_id, 7 + turn) for _ in range(CALLS // 2)]
    calls = [lambda one=one: journeys.rpc.Hasten(one) for one in wishes * 2]

    answers, reasons = await race(journeys.house, "expeditions", calls)

    whole = (HOURS * 60) // (7 + turn)
    taken = sorted(answer.taken_minutes for answer in answers)
    if whole >= len(wishes):
        assert (taken, reasons) == ([7 + turn] * CALLS, [])
        left = HOURS * 60 - (7 + turn) * len(wishes)
    else:
        rest = HOURS * 60 - whole * (7 + turn)
        expected = [7 + turn] * whole + ([rest] if rest else [])
        assert taken == sorted(expected * 2)
        assert reasons == ["ALREADY_BACK"] * (CALLS - len(taken))
        left = 0
    begun = expedition.start_time.seconds
    assert await ends_at(journeys, expedition.expedition_id) == begun + left * 60
    assert await deadlocks(journeys.house) == 0
    await journeys.invariants_hold()


async def test_hastening_and_completing_at_once_leave_one_end(journeys: Journeys) -> None:
    expedition_id = (await journeys.starts(1)).expedition_id
    journeys.passes(HOURS - 1)
    completion = a_completion(expedition_id)
    calls = [lambda: journeys.rpc.CompleteExpedition(completion)]
    calls += [
        lambda one=one: journeys.rpc.Hasten(one)
        for one in [a_hastening(expedition_id) for _ in range(16)]
    ]

    _, reasons = await race(journeys.house, "expeditions", calls)

    assert set(reasons) <= {"ALREADY_BACK", "EXPEDITION_OVER", "NOT_READY"}
    assert await ends_at(journeys, expedition_id) == int(journeys.atlas.clock.now().timestamp())
    await journeys.invariants_hold()


async def test_nobody_hastens_another_players_party(journeys: Journeys) -> None:
    mine = (await journeys.starts(1)).expedition_id
    before = await journeys.everything(7)

    with refused("EXPEDITION_NOT_FOUND", expedition_id=mine):
        await journeys.rpc.Hasten(a_hastening(mine, player=8))

    assert await journeys.everything(7) == before
