"""Notices: written with the departure, handed out when they are due, settled once, and kept in an inbox."""

import asyncio
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from geminya.common.v1.life_pb2 import ListHeldRowsRequest
from geminya.common.v1.life_pb2_grpc import ExportServiceStub
from geminya.expeditions.v1 import notice_pb2 as pb
from geminya.users.v1.account_pb2 import EraseAccountRequest
from services.expeditions.notice.store import LEASE_S
from tests.integration.expeditions.journeys import (
    HOURS,
    PLACES,
    Journeys,
    a_cancellation,
    a_completion,
    a_hastening,
    a_repeat,
    a_start,
)
from tests.support.calls import an_op, bad_request, outcomes, refused
from tests.support.races import CALLS, deadlocks, race
from tests.support.traces import traces_of

CHANNEL = 360_000_000_000_000_777
TOLD, KEPT = pb.NOTICE_OUTCOME_TOLD, pb.NOTICE_OUTCOME_KEPT


async def lease(journeys: Journeys, most: int = 50) -> list[pb.Notice]:
    """What a bot gets to tell now."""
    answer = await journeys.notices.LeaseNotices(pb.LeaseNoticesRequest(max_count=most))
    return [*answer.notices]


async def report(journeys: Journeys, notice: pb.Notice, outcome: Any, player: int = 7) -> None:
    """What became of it."""
    await journeys.notices.ReportNotice(
        pb.ReportNoticeRequest(notice_id=notice.notice_id, user_id=player, outcome=outcome)
    )


async def inbox(journeys: Journeys, player: int = 7) -> list[str]:
    """Which expeditions a player could not be told of, the newest first."""
    answer = await journeys.notices.ListInbox(pb.ListInboxRequest(user_id=player))
    return [notice.expedition_id for notice in answer.notices]


async def states(journeys: Journeys, player: int = 7) -> list[str]:
    rows = await journeys.house.rows(
        "SELECT state FROM expeditions.notices WHERE user_id = $1 ORDER BY notice_id", player
    )
    return [row["state"] for row in rows]


def a_reading(notice_id: str, *, player: int = 7, op_id: str | None = None) -> pb.ReadInboxRequest:
    return pb.ReadInboxRequest(op=an_op(player, op_id=op_id), notice_id=notice_id)


async def keeps(journeys: Journeys, *waifu_ids: int, player: int = 7) -> list[pb.Notice]:
    """Notices that could not be told, the oldest first, each kept at a moment of its own."""
    kept = []
    for place, waifu_id in enumerate(waifu_ids):
        await journeys.starts(waifu_id, place=place, player=player, channel=CHANNEL)
        journeys.passes()
        [notice] = [one for one in await lease(journeys) if one.user_id == player]
        await report(journeys, notice, KEPT, player)
        kept.append(notice)
    return kept


# Who asks, and when it is due


async def test_a_notice_is_due_when_the_party_is_back(journeys: Journeys) -> None:
    expedition = await journeys.starts(3, 1, channel=CHANNEL)
    journeys.passes(HOURS - 0.01)
    assert await lease(journeys) == []
    journeys.passes(0.01)

    [notice] = await lease(journeys)

    assert (notice.user_id, notice.epoch, notice.channel_id) == (7, 1, CHANNEL)
    assert notice.expedition_id == expedition.expedition_id
    assert (notice.template_id, notice.name) == (PLACES[0], expedition.name)
    assert notice.ready_time == expedition.ready_time
    assert list(notice.members) == ["N003", "N001"]
    await journeys.invariants_hold()


async def test_who_did_not_ask_is_told_nothing(journeys: Journeys) -> None:
    await journeys.starts_and_waits(1)

    assert await lease(journeys) == []
    assert await states(journeys) == []


async def test_a_channel_of_zero_is_a_direct_message(journeys: Journeys) -> None:
    await journeys.starts_and_waits(1, channel=0)

    [notice] = await lease(journeys)

    assert notice.channel_id == 0


async def test_a_party_that_stays_at_home_leaves_no_notice(journeys: Journeys) -> None:
    with refused("WAIFU_NOT_OWNED"):
        await journeys.starts(99, channel=CHANNEL)

    assert await states(journeys) == []


async def test_a_repeated_start_asks_once(journeys: Journeys) -> None:
    request = a_start(1, channel=CHANNEL)
    for _ in range(3):
        await journeys.rpc.StartExpedition(request)

    assert await states(journeys) == ["waiting"]


async def test_a_repeated_expedition_asks_anew(journeys: Journeys) -> None:
    first = await journeys.starts(1)
    await journeys.rpc.CancelExpedition(a_cancellation(first.expedition_id))
    again = a_repeat(first.expedition_id, channel=CHANNEL)
    second = (await journeys.rpc.RepeatExpedition(again)).expedition
    journeys.passes()

    assert [one.expedition_id for one in await lease(journeys)] == [second.expedition_id]


@pytest.mark.parametrize("channel", [-1, -(2**63)])
async def test_no_channel_is_below_zero(journeys: Journeys, channel: int) -> None:
    with bad_request("notice.channel_id"):
        await journeys.starts(1, channel=channel)


async def test_who_brings_them_home_or_calls_them_back_need_not_be_told(journeys: Journeys) -> None:
    home = await journeys.starts(1, channel=CHANNEL)
    back = await journeys.starts(2, place=1, channel=CHANNEL)
    journeys.passes()

    await journeys.rpc.CompleteExpedition(a_completion(home.expedition_id))
    await journeys.rpc.CancelExpedition(a_cancellation(back.expedition_id))

    assert await states(journeys) == []
    assert await lease(journeys) == []
    await journeys.invariants_hold()


async def test_a_hastened_party_is_told_of_at_its_new_time(journeys: Journeys) -> None:
    expedition = await journeys.starts(1, channel=CHANNEL)
    journeys.passes(HOURS - 1)
    assert await lease(journeys) == []

    await journeys.rpc.Hasten(a_hastening(expedition.expedition_id, 60))

    [notice] = await lease(journeys)
    assert notice.ready_time.seconds == expedition.ready_time.seconds - 3600


# Leases


async def test_a_lease_keeps_others_away_for_a_minute(journeys: Journeys) -> None:
    await journeys.starts_and_waits(1, channel=CHANNEL)
    [first] = await lease(journeys)
    journeys.atlas.clock.move(timedelta(seconds=LEASE_S - 1))
    assert await lease(journeys) == []
    journeys.atlas.clock.move(timedelta(seconds=1))

    [second] = await lease(journeys)

    assert first == second


async def test_no_two_bots_get_the_same_notice(journeys: Journeys) -> None:
    for place in range(5):
        await journeys.starts(1 + place, place=place, channel=CHANNEL)
    journeys.passes()

    leased = await asyncio.gather(*(lease(journeys, 2) for _ in range(16)))

    times = Counter(notice.notice_id for part in leased for notice in part)
    # Who is passed by a lock may find nothing; what is left is found by whoever asks next.
    times.update(notice.notice_id for notice in await lease(journeys))
    assert len(times) == 5
    assert set(times.values()) == {1}


async def test_what_another_bot_is_just_taking_is_passed_by(journeys: Journeys) -> None:
    """A bot that waited here would get the same notice once more."""
    held = await journeys.starts(1, channel=CHANNEL)
    free = await journeys.starts(2, place=1, channel=CHANNEL)
    journeys.passes()

    async with journeys.house.database("expeditions").transaction() as tx:
        await tx.run(
            "-- hold_notice\nSELECT 1 FROM notices WHERE expedition_id = $1 FOR UPDATE",
            held.expedition_id,
        )
        leased = await lease(journeys)

    assert [one.expedition_id for one in leased] == [free.expedition_id]


async def test_what_was_never_tried_comes_before_what_failed(journeys: Journeys) -> None:
    await journeys.starts(1, channel=CHANNEL)
    journeys.passes()
    [slow] = await lease(journeys)
    fresh = await journeys.starts(2, place=1, channel=CHANNEL)
    journeys.passes()

    [first] = await lease(journeys, 1)
    [second] = await lease(journeys, 1)

    assert [first.expedition_id, second.notice_id] == [fresh.expedition_id, slow.notice_id]


@pytest.mark.parametrize("most", [0, -1, 51])
async def test_a_bot_takes_one_to_fifty(journeys: Journeys, most: int) -> None:
    with bad_request("max_count"):
        await lease(journeys, most)


# What became of it


@pytest.mark.parametrize(("outcome", "state"), [(TOLD, "told"), (KEPT, "kept")])
async def test_a_settled_notice_is_not_told_again(
    journeys: Journeys, outcome: Any, state: str
) -> None:
    await journeys.starts_and_waits(1, channel=CHANNEL)
    [notice] = await lease(journeys)

    await report(journeys, notice, outcome)

    journeys.passes()
    assert await lease(journeys) == []
    assert await states(journeys) == [state]


async def test_the_first_report_counts(journeys: Journeys) -> None:
    await journeys.starts_and_waits(1, channel=CHANNEL)
    [notice] = await lease(journeys)

    await report(journeys, notice, TOLD)
    await report(journeys, notice, TOLD)
    await report(journeys, notice, KEPT)

    assert await states(journeys) == ["told"]
    assert await inbox(journeys) == []


async def test_64_reports_at_once_settle_it_once(journeys: Journeys) -> None:
    await journeys.starts_and_waits(1, channel=CHANNEL)
    [notice] = await lease(journeys)
    calls = [report(journeys, notice, (TOLD, KEPT)[n % 2]) for n in range(CALLS)]

    answers, reasons = await outcomes(calls)

    assert (len(answers), reasons) == (CALLS, [])
    [state] = await states(journeys)
    assert await inbox(journeys) == ([notice.expedition_id] if state == "kept" else [])


async def test_a_report_of_something_unknown_is_left_alone(journeys: Journeys) -> None:
    await report(journeys, pb.Notice(notice_id=str(uuid.UUID(int=5))), TOLD)

    assert await states(journeys) == []


async def test_a_report_says_what_became_of_it(journeys: Journeys) -> None:
    with bad_request("outcome"):
        await report(journeys, pb.Notice(notice_id=str(uuid.UUID(int=5))), 0)
    with bad_request("outcome"):
        await report(journeys, pb.Notice(notice_id=str(uuid.UUID(int=5))), 3)
    with bad_request("notice_id"):
        await report(journeys, pb.Notice(notice_id="x"), TOLD)


# The inbox


async def test_what_could_not_be_told_waits_in_the_inbox_newest_first(journeys: Journeys) -> None:
    kept = await keeps(journeys, 1, 2, 3)

    seen: list[str] = []
    token = ""
    while True:
        request = pb.ListInboxRequest(user_id=7, page_size=2, page_token=token)
        page = await journeys.notices.ListInbox(request)
        seen += [notice.notice_id for notice in page.notices]
        if not (token := page.next_page_token):
            break

    assert seen == [notice.notice_id for notice in reversed(kept)]


async def test_it_stays_in_the_inbox_when_the_party_has_come_home(journeys: Journeys) -> None:
    [kept] = await keeps(journeys, 1)

    await journeys.rpc.CompleteExpedition(a_completion(kept.expedition_id))

    assert await inbox(journeys) == [kept.expedition_id]


@pytest.mark.parametrize("token", ["x", "AAAA", "é"])
async def test_a_strange_page_token_is_no_failure(journeys: Journeys, token: str) -> None:
    with bad_request("page_token"):
        await journeys.notices.ListInbox(pb.ListInboxRequest(user_id=7, page_token=token))


async def test_reading_marks_what_was_shown_and_nothing_newer(journeys: Journeys) -> None:
    _, shown, newer = await keeps(journeys, 1, 2, 3)

    answer = await journeys.notices.ReadInbox(a_reading(shown.notice_id))

    assert answer.read_count == 2
    assert await inbox(journeys) == [newer.expedition_id]


async def test_a_repeated_reading_has_the_same_answer(journeys: Journeys) -> None:
    first, second = await keeps(journeys, 1, 2)
    request = a_reading(first.notice_id)

    answers = [await journeys.notices.ReadInbox(request) for _ in range(3)]

    assert [answer.read_count for answer in answers] == [1, 1, 1]
    assert await inbox(journeys) == [second.expedition_id]
    with refused("OP_REUSED"):
        await journeys.notices.ReadInbox(a_reading(second.notice_id, op_id=request.op.op_id))


async def test_64_readings_at_once_mark_each_notice_once(journeys: Journeys) -> None:
    kept = await keeps(journeys, 1, 2, 3)
    readings = [a_reading(kept[n % 3].notice_id) for n in range(CALLS // 2)]
    calls = [lambda one=one: journeys.notices.ReadInbox(one) for one in readings * 2]

    answers, reasons = await race(journeys.house, "expeditions", calls)

    counts = [answer.read_count for answer in answers]
    assert (len(answers), reasons) == (CALLS, [])
    # Every reading was sent twice.
    assert sum(counts) == 2 * 3
    assert await inbox(journeys) == []
    assert await deadlocks(journeys.house) == 0


async def test_reading_something_unknown_marks_nothing(journeys: Journeys) -> None:
    await keeps(journeys, 1)

    answer = await journeys.notices.ReadInbox(a_reading(str(uuid.UUID(int=5))))

    assert answer.read_count == 0
    assert await states(journeys) == ["kept"]


# Two players, and the end of a life


async def test_nobody_reads_or_settles_what_is_another_players(journeys: Journeys) -> None:
    [mine] = await keeps(journeys, 1)
    await journeys.starts(2, place=1, channel=CHANNEL)
    journeys.passes()
    [waiting] = await lease(journeys)
    before = await journeys.everything(7)

    await report(journeys, waiting, TOLD, player=8)
    read = await journeys.notices.ReadInbox(a_reading(mine.notice_id, player=8))

    assert read.read_count == 0
    assert await inbox(journeys, 8) == []
    assert await journeys.everything(7) == before
    assert await journeys.everything(8) == []


async def test_a_life_that_ends_takes_its_notices_along(journeys: Journeys) -> None:
    await keeps(journeys, 1)
    await journeys.starts_and_waits(2, place=1, channel=CHANNEL)
    assert await traces_of(journeys.house, CHANNEL)

    await journeys.users.account.EraseAccount(EraseAccountRequest(op=an_op(7)))

    assert await lease(journeys) == []
    assert await journeys.everything(7) == []
    assert await traces_of(journeys.house, CHANNEL) == []
    await journeys.invariants_hold()


async def test_what_is_held_is_told(journeys: Journeys) -> None:
    await journeys.starts(1, channel=CHANNEL)
    export = journeys.house.stub(ExportServiceStub, "expeditions", None)

    answer = await export.ListHeldRows(ListHeldRowsRequest(user_id=7))

    [row] = [row for row in answer.rows if row.table == "notices"]
    assert str(CHANNEL) in row.json
    assert "lease_until" not in row.json
