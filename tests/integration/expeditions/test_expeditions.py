"""Parties leave, come home once, and are called back; every wish works, refuses, repeats and races."""

import asyncio
import uuid

import pytest
from grpc import StatusCode

from geminya.common.v1.life_pb2 import ListHeldRowsRequest
from geminya.common.v1.life_pb2_grpc import ExportServiceStub
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.users.v1.account_pb2 import ResetAccountRequest
from tests.integration.collection.builders import a_grant
from tests.integration.expeditions.builders import some_templates
from tests.integration.expeditions.journeys import (
    PLACES,
    Journeys,
    a_cancellation,
    a_completion,
    a_repeat,
    a_start,
)
from tests.support.calls import an_op, bad_request, insist, outcomes, refused
from tests.support.races import CALLS, ROUNDS, deadlocks, race
from tests.unit.expeditions.entries import a_standard

NOBODYS = str(uuid.UUID(int=5))


def wire(message: pb.CompleteExpeditionResponse) -> bytes:
    return message.SerializeToString(deterministic=True)


# Starting


async def test_a_party_leaves_with_everything_frozen(journeys: Journeys) -> None:
    piece = await journeys.armory.piece(slots=1)

    expedition = await journeys.starts(3, 1, equipment_id=piece)

    assert (expedition.status, expedition.slot_no, expedition.template_id) == (
        "in_progress",
        1,
        PLACES[0],
    )
    assert [one.waifu_id for one in expedition.travellers] == [3, 1]
    assert expedition.ready_time.seconds - expedition.start_time.seconds == 4 * 3600
    assert expedition.equipment_id == piece
    row = await journeys.row(expedition.expedition_id)
    assert len(row["seed"]) == 32
    assert [one["name"] for one in row["expedition_data"]["members"]] == ["N003", "N001"]
    assert len(row["expedition_data"]["equipment"]) == 2
    assert await journeys.away() == [1, 3]
    await journeys.invariants_hold()


async def test_five_parties_may_be_away_and_the_sixth_stays(journeys: Journeys) -> None:
    started = [await journeys.starts(waifu_id, place=waifu_id - 1) for waifu_id in range(1, 6)]
    assert [one.slot_no for one in started] == [1, 2, 3, 4, 5]

    with refused("SLOTS_FULL", limit="5"):
        await journeys.starts(6, place=5)
    await journeys.rpc.CancelExpedition(a_cancellation(started[2].expedition_id))

    assert (await journeys.starts(6, place=5)).slot_no == 3
    await journeys.invariants_hold()


async def test_a_start_is_refused_with_what_stands_in_its_way(journeys: Journeys) -> None:
    piece, other = await journeys.armory.piece(), await journeys.armory.piece()
    await journeys.starts(1, 2, equipment_id=piece)
    before = await journeys.everything(7)

    with refused("TEMPLATE_NOT_FOUND", code=StatusCode.NOT_FOUND, template_id="nowhere"):
        await journeys.starts(3, template_id="nowhere")
    with refused("TEMPLATE_RUNNING", template_id=PLACES[0]):
        await journeys.starts(3)
    with refused("PARTY_AWAY", waifu_id="2"):
        await journeys.starts(3, 2, 1, place=1)
    with refused("EQUIPMENT_CARRIED", equipment_id=piece):
        await journeys.starts(3, place=1, equipment_id=piece)
    with refused("WAIFU_NOT_OWNED", waifu_id="99"):
        await journeys.starts(3, 99, place=1, equipment_id=other)
    with refused("EQUIPMENT_NOT_FOUND"):
        await journeys.starts(3, place=1, equipment_id=NOBODYS)

    assert await journeys.everything(7) == before
    assert await journeys.away() == [1, 2]
    await journeys.invariants_hold()


async def test_a_place_that_is_not_open_this_week_takes_nobody(journeys: Journeys) -> None:
    await journeys.atlas.imports(templates=some_templates(1, first=50))

    with refused("TEMPLATE_CLOSED", template_id="place-050"):
        await journeys.starts(1, template_id="place-050")


@pytest.mark.parametrize("party", [(), (1, 2, 3, 4), (1, 2, 1), (0,), (-3,)])
async def test_no_party_is_empty_too_big_or_has_somebody_twice(
    journeys: Journeys, party: tuple[int, ...]
) -> None:
    request = pb.StartExpeditionRequest(op=an_op(7), template_id=PLACES[0], waifu_ids=party)

    with bad_request("waifu_ids" if party not in ((0,), (-3,)) else "waifu_ids[0]"):
        await journeys.rpc.StartExpedition(request)

    assert await journeys.everything(7) == []


async def test_a_repeated_start_is_the_same_expedition(journeys: Journeys) -> None:
    request = a_start(1, 2)

    answers = [await journeys.rpc.StartExpedition(request) for _ in range(3)]

    assert len({wire(one) for one in answers}) == 1
    assert await journeys.statuses() == ["in_progress"]


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_of_parties_that_share_a_waifu_one_leaves(journeys: Journeys, turn: int) -> None:
    # Where there is no gate yet, nobody can wait for it.
    await journeys.rpc.CancelExpedition(a_cancellation((await journeys.starts(9)).expedition_id))
    starts = [a_start(1, 2 + n % 5, place=n % 6) for n in range(CALLS // 2)]
    calls = [lambda one=one: journeys.rpc.StartExpedition(one) for one in starts * 2]

    answers, reasons = await race(journeys.house, "expeditions", calls)

    assert len({wire(one) for one in answers}) == 1
    assert len(answers) == 2  # the one that left, and its copy
    assert set(reasons) <= {"PARTY_AWAY", "TEMPLATE_RUNNING"}
    assert await deadlocks(journeys.house) == 0
    assert sorted(await journeys.statuses()) == ["cancelled", "in_progress"]
    await journeys.invariants_hold()


async def test_of_parties_that_share_a_piece_one_leaves(journeys: Journeys) -> None:
    piece = await journeys.armory.piece()
    starts = [a_start(1 + n, place=n, equipment_id=piece) for n in range(6)]

    answers, reasons = await outcomes([journeys.rpc.StartExpedition(one) for one in starts])

    assert len(answers) == 1
    assert reasons == ["EQUIPMENT_CARRIED"] * 5
    await journeys.invariants_hold()


async def test_of_many_parties_at_once_five_leave(journeys: Journeys) -> None:
    starts = [a_start(1 + n, place=n) for n in range(6)]

    answers, reasons = await outcomes([journeys.rpc.StartExpedition(one) for one in starts])

    assert sorted(one.expedition.slot_no for one in answers) == [1, 2, 3, 4, 5]
    assert reasons == ["SLOTS_FULL"]
    await journeys.invariants_hold()


# Completing


async def test_a_party_comes_home_with_what_it_found(journeys: Journeys) -> None:
    expedition_id = await journeys.starts_and_waits(1, 2)

    answer = await journeys.rpc.CompleteExpedition(a_completion(expedition_id))

    rewards, settlement = answer.report.rewards, answer.settlement
    assert answer.expedition.status == "completed"
    assert answer.expedition.outcome == answer.report.outcome
    paid = {
        "sakura_crystals": rewards.crystals,
        "quartzs": rewards.quartzs,
        "daphine": rewards.daphine,
    }
    assert await journeys.loot() == {name: amount for name, amount in paid.items() if amount}
    assert await journeys.bag() == dict(rewards.items)
    assert settlement.awarded.equipment_id in {
        str(one["id"]) for one in await journeys.armory.state()
    }
    assert await journeys.away() == []
    assert all(one.final_hp >= 1 for one in answer.expedition.travellers)
    [line] = {
        line["subject"] for line in await journeys.users.ledger(7) if line["reason"] == "mint.loot"
    }
    assert line == f"expedition:{PLACES[0]}"
    await journeys.invariants_hold()


async def test_what_is_told_is_what_is_kept(journeys: Journeys) -> None:
    expedition_id = await journeys.starts_and_waits(1, 2)
    # With one point of mind the first check leaves nothing, and nothing must be kept as well.
    await journeys.house.run(
        """
        UPDATE expeditions.user_expeditions SET expedition_data
            = regexp_replace(expedition_data::text, '"mag": \\d+', '"mag": 1', 'g')::jsonb
        """
    )
    told = await journeys.rpc.CompleteExpedition(a_completion(expedition_id))

    request = pb.GetExpeditionRequest(user_id=7, expedition_id=expedition_id)
    kept = await journeys.rpc.GetExpedition(request)

    assert 0 in [one.final_mp for one in told.expedition.travellers]
    assert (kept.expedition, kept.report, kept.settlement) == (
        told.expedition,
        told.report,
        told.settlement,
    )


async def test_nobody_comes_home_before_the_time(journeys: Journeys) -> None:
    expedition = await journeys.starts(1)
    journeys.passes(3.99)

    with refused("NOT_READY", ready_time=str(expedition.ready_time.seconds)):
        await journeys.rpc.CompleteExpedition(a_completion(expedition.expedition_id))

    assert await journeys.loot() == {}
    assert await journeys.statuses() == ["in_progress"]
    journeys.passes(0.01)
    await journeys.rpc.CompleteExpedition(a_completion(expedition.expedition_id))


async def test_what_is_not_there_or_was_broken_off_is_not_completed(journeys: Journeys) -> None:
    with refused("EXPEDITION_NOT_FOUND", code=StatusCode.NOT_FOUND, expedition_id=NOBODYS):
        await journeys.rpc.CompleteExpedition(a_completion(NOBODYS))
    expedition_id = await journeys.starts_and_waits(1)
    await journeys.rpc.CancelExpedition(a_cancellation(expedition_id))

    with refused("EXPEDITION_OVER", expedition_id=expedition_id):
        await journeys.rpc.CompleteExpedition(a_completion(expedition_id))

    assert await journeys.loot() == {}


async def test_whoever_asks_again_is_told_the_same_and_paid_nothing(journeys: Journeys) -> None:
    """With the op that completed it, with another one, and when nobody remembers the operation."""
    expedition_id = await journeys.starts_and_waits(1, 2, 3)
    request = a_completion(expedition_id)
    first = await journeys.rpc.CompleteExpedition(request)
    before = await journeys.loot()

    same = await journeys.rpc.CompleteExpedition(request)
    other = await journeys.rpc.CompleteExpedition(a_completion(expedition_id))
    await journeys.house.run("DELETE FROM expeditions.operation")
    late = await journeys.rpc.CompleteExpedition(request)

    assert {wire(one) for one in (same, other, late)} == {wire(first)}
    assert await journeys.loot() == before


@pytest.mark.parametrize("is_one_wish", [True, False])
@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_64_completions_are_one_reward_and_64_equal_answers(
    journeys: Journeys,
    is_one_wish: bool,
    turn: int,
) -> None:
    expedition_id = await journeys.starts_and_waits(1, 2)
    one = a_completion(expedition_id)
    wishes = [one if is_one_wish else a_completion(expedition_id) for _ in range(CALLS)]

    answers = await asyncio.gather(
        *(insist(lambda wish=wish: journeys.rpc.CompleteExpedition(wish)) for wish in wishes)
    )

    assert len({wire(answer) for answer in answers}) == 1
    rewards = answers[0].report.rewards
    assert (await journeys.loot()).get("sakura_crystals", 0) == rewards.crystals
    lines = [one for one in await journeys.users.ledger(7) if one["reason"] == "mint.loot"]
    assert len({line["op_id"] for line in lines}) <= 1
    assert await journeys.bag() == dict(rewards.items)
    assert len(await journeys.armory.state()) == 1
    await journeys.house.quiet()
    # A busy pool holds the marks up, and does not lose them.
    assert not await journeys.house.open_operations()
    await journeys.invariants_hold()


async def test_a_part_of_a_larger_wish_follows_a_wish_of_its_own(journeys: Journeys) -> None:
    """One presses the button of the notice while `complete_all` is under way: neither knows of the other."""
    expedition_id = await journeys.starts_and_waits(1, 2)
    part = a_completion(expedition_id)
    part.op.parent_op_id = str(uuid.uuid4())
    lone = [a_completion(expedition_id) for _ in range(3)]

    answers = await asyncio.gather(
        *(insist(lambda wish=wish: journeys.rpc.CompleteExpedition(wish)) for wish in [part, *lone])
    )

    assert len({wire(answer) for answer in answers}) == 1
    await journeys.house.settles()
    assert not await journeys.house.rows("SELECT 1 FROM expeditions.operation WHERE state <> 10")
    await journeys.invariants_hold()


async def test_a_21st_piece_is_fifty_quartz_and_the_answer_says_so(journeys: Journeys) -> None:
    for _ in range(20):
        await journeys.armory.piece()
    expedition_id = await journeys.starts_and_waits(1)

    answer = await journeys.rpc.CompleteExpedition(a_completion(expedition_id))

    assert answer.settlement.is_full
    assert answer.settlement.overflow_quartzs == 50
    assert not answer.settlement.HasField("awarded")
    assert (await journeys.loot())["quartzs"] == answer.report.rewards.quartzs + 50
    assert len(await journeys.armory.state()) == 20
    await journeys.invariants_hold()


async def test_what_was_frozen_counts_and_not_what_came_after(journeys: Journeys) -> None:
    """A party that has left meets the encounters of its start, as it was then."""
    expedition = await journeys.starts(1)
    texts = [
        a_standard(encounter_id=f"check-{number:02}", name="Something Else", difficulty=5000)
        for number in range(12)
    ]
    await journeys.atlas.imports(encounters=texts)
    await journeys.collection.roster.Grant(a_grant(*[1] * 99))
    journeys.passes()

    answer = await journeys.rpc.CompleteExpedition(a_completion(expedition.expedition_id))

    assert {event.name for event in answer.report.events} <= {"A Door", "The Loft", "Soup"}
    assert answer.expedition.travellers[0].star_level_used == 1
    replay = await journeys.rpc.AdminReplayExpedition(
        pb.AdminReplayExpeditionRequest(expedition_id=expedition.expedition_id)
    )
    assert replay.is_equal


# Calling back


async def test_a_party_that_is_called_back_is_free_and_brings_nothing(journeys: Journeys) -> None:
    expedition = await journeys.starts(1, 2)

    answer = await journeys.rpc.CancelExpedition(a_cancellation(expedition.expedition_id))

    assert answer.expedition.status == "cancelled"
    assert answer.expedition.end_time.seconds
    assert await journeys.away() == []
    assert await journeys.loot() == {}
    assert await journeys.armory.state() == []
    await journeys.starts(1, 2)
    await journeys.invariants_hold()


async def test_what_is_over_or_not_there_is_not_called_back(journeys: Journeys) -> None:
    with refused("EXPEDITION_NOT_FOUND", expedition_id=NOBODYS):
        await journeys.rpc.CancelExpedition(a_cancellation(NOBODYS))
    expedition_id = await journeys.starts_and_waits(1)
    await journeys.rpc.CompleteExpedition(a_completion(expedition_id))

    with refused("EXPEDITION_OVER", expedition_id=expedition_id):
        await journeys.rpc.CancelExpedition(a_cancellation(expedition_id))


async def test_a_repeated_calling_back_has_the_same_answer(journeys: Journeys) -> None:
    request = a_cancellation((await journeys.starts(1)).expedition_id)

    answers = [await journeys.rpc.CancelExpedition(request) for _ in range(3)]

    assert len({wire(one) for one in answers}) == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_a_party_is_brought_home_or_called_back_and_never_both(
    journeys: Journeys, turn: int
) -> None:
    expedition_id = await journeys.starts_and_waits(1)
    calls = [lambda: journeys.rpc.CompleteExpedition(a_completion(expedition_id)) for _ in range(8)]
    calls += [
        lambda: journeys.rpc.CancelExpedition(a_cancellation(expedition_id)) for _ in range(8)
    ]

    _, reasons = await race(journeys.house, "expeditions", calls)

    assert set(reasons) == {"EXPEDITION_OVER"}
    [status] = await journeys.statuses()
    assert len(reasons) == {"completed": 8, "cancelled": 15}[status]
    assert await deadlocks(journeys.house) == 0
    await journeys.invariants_hold()


# Once more


async def test_the_same_party_goes_once_more_as_it_is_now(journeys: Journeys) -> None:
    piece = await journeys.armory.piece()
    expedition_id = await journeys.starts_and_waits(1, 2, equipment_id=piece)
    await journeys.rpc.CompleteExpedition(a_completion(expedition_id))
    await journeys.house.run(
        "UPDATE collection.user_waifus SET current_star_level = 3, is_awakened = true "
        "WHERE user_id = 7 AND waifu_id = 2"
    )

    again = (await journeys.rpc.RepeatExpedition(a_repeat(expedition_id))).expedition

    assert again.expedition_id != expedition_id
    assert [one.waifu_id for one in again.travellers] == [1, 2]
    assert (again.travellers[1].star_level_used, again.travellers[1].is_awakened) == (3, True)
    assert (again.equipment_id, again.template_id) == (piece, PLACES[0])


async def test_going_once_more_is_refused_like_a_start(journeys: Journeys) -> None:
    with refused("EXPEDITION_NOT_FOUND", expedition_id=NOBODYS):
        await journeys.rpc.RepeatExpedition(a_repeat(NOBODYS))
    expedition = await journeys.starts(1)
    with refused("TEMPLATE_RUNNING"):
        await journeys.rpc.RepeatExpedition(a_repeat(expedition.expedition_id))
    await journeys.rpc.CancelExpedition(a_cancellation(expedition.expedition_id))
    await journeys.starts(1, 2, place=1)

    with refused("PARTY_AWAY", waifu_id="1"):
        await journeys.rpc.RepeatExpedition(a_repeat(expedition.expedition_id))


async def test_going_once_more_twice_at_once_is_one_expedition(journeys: Journeys) -> None:
    expedition = await journeys.starts(1)
    await journeys.rpc.CancelExpedition(a_cancellation(expedition.expedition_id))
    one = a_repeat(expedition.expedition_id)
    wishes = [one, one, *(a_repeat(expedition.expedition_id) for _ in range(6))]

    answers, reasons = await outcomes([journeys.rpc.RepeatExpedition(wish) for wish in wishes])

    assert len({wire(answer) for answer in answers}) == 1
    assert len(answers) + len(reasons) == len(wishes)
    assert set(reasons) <= {"TEMPLATE_RUNNING"}
    assert sorted(await journeys.statuses()) == ["cancelled", "in_progress"]
    await journeys.invariants_hold()


# Looking


async def test_running_ones_come_first_and_past_ones_page_by_page(journeys: Journeys) -> None:
    past: list[str] = []
    for turn in range(5):
        expedition_id = await journeys.starts_and_waits(1, place=turn % 2)
        ends = journeys.rpc.CompleteExpedition if turn % 2 else journeys.rpc.CancelExpedition
        kind = a_completion if turn % 2 else a_cancellation
        await ends(kind(expedition_id))
        past.insert(0, expedition_id)
    running = [(await journeys.starts(2 + n, place=n)).expedition_id for n in range(2)]

    seen: list[str] = []
    token = ""
    while True:
        request = pb.ListExpeditionsRequest(user_id=7, page_size=2, page_token=token)
        page = await journeys.rpc.ListExpeditions(request)
        assert {one.expedition_id for one in page.running} == set(running)
        seen += [one.expedition_id for one in page.past]
        if not (token := page.next_page_token):
            break
    assert seen == past


@pytest.mark.parametrize("token", ["x", "AAAA", "é", "%00"])
async def test_a_strange_page_token_is_no_failure(journeys: Journeys, token: str) -> None:
    expedition = await journeys.starts(1)

    with bad_request("page_token"):
        await journeys.rpc.ListExpeditions(pb.ListExpeditionsRequest(user_id=7, page_token=token))
    with bad_request("page_token"):
        await journeys.rpc.ListExpeditionLogs(
            pb.ListExpeditionLogsRequest(
                user_id=7, expedition_id=expedition.expedition_id, page_token=token
            )
        )


async def test_an_expedition_tells_all_once_it_is_completed(journeys: Journeys) -> None:
    started = await journeys.starts(1)
    asked = pb.GetExpeditionRequest(user_id=7, expedition_id=started.expedition_id)
    running = await journeys.rpc.GetExpedition(asked)
    assert running.expedition == started
    assert not running.HasField("report")
    journeys.passes()

    answer = await journeys.rpc.CompleteExpedition(a_completion(started.expedition_id))

    found = await journeys.rpc.GetExpedition(asked)
    assert (found.expedition, found.report, found.settlement) == (
        answer.expedition,
        answer.report,
        answer.settlement,
    )


async def test_the_log_has_a_line_for_each_encounter(journeys: Journeys) -> None:
    expedition_id = await journeys.starts_and_waits(1)
    answer = await journeys.rpc.CompleteExpedition(a_completion(expedition_id))

    logs, token = [], ""
    while True:
        page = await journeys.rpc.ListExpeditionLogs(
            pb.ListExpeditionLogsRequest(
                user_id=7, expedition_id=expedition_id, page_size=2, page_token=token
            )
        )
        logs += page.logs
        if not (token := page.next_page_token):
            break

    assert [log.event for log in logs[:-1]] == list(answer.report.events)
    assert [log.encounter_number for log in logs[:-1]] == [*range(1, len(logs))]
    assert (logs[-1].log_type, logs[-1].message) == ("completion", answer.report.outcome)


async def test_a_party_that_was_called_back_has_one_line(journeys: Journeys) -> None:
    expedition = await journeys.starts(1)
    asked = pb.ListExpeditionLogsRequest(user_id=7, expedition_id=expedition.expedition_id)
    assert not (await journeys.rpc.ListExpeditionLogs(asked)).logs
    await journeys.rpc.CancelExpedition(a_cancellation(expedition.expedition_id))

    [log] = (await journeys.rpc.ListExpeditionLogs(asked)).logs

    assert log.log_type == "cancellation"


async def test_what_happened_happens_again_and_a_changed_report_is_found_out(
    journeys: Journeys,
) -> None:
    expedition_id = await journeys.starts_and_waits(1, 2, 3)
    asked = pb.AdminReplayExpeditionRequest(expedition_id=expedition_id)
    with refused("NOT_READY"):
        await journeys.rpc.AdminReplayExpedition(asked)
    await journeys.rpc.CompleteExpedition(a_completion(expedition_id))

    replay = await journeys.rpc.AdminReplayExpedition(asked)
    assert (replay.is_equal, replay.user_id) == (True, 7)
    assert replay.stored == replay.computed

    await journeys.house.run(
        "UPDATE expeditions.user_expeditions SET final_results = replace(final_results, 'roll\":', 'roll\":1')"
    )
    assert not (await journeys.rpc.AdminReplayExpedition(asked)).is_equal


async def test_what_was_broken_off_or_is_not_there_cannot_be_replayed(journeys: Journeys) -> None:
    with refused("EXPEDITION_NOT_FOUND"):
        await journeys.rpc.AdminReplayExpedition(
            pb.AdminReplayExpeditionRequest(expedition_id=NOBODYS)
        )
    expedition = await journeys.starts(1)
    await journeys.rpc.CancelExpedition(a_cancellation(expedition.expedition_id))

    with refused("EXPEDITION_OVER"):
        await journeys.rpc.AdminReplayExpedition(
            pb.AdminReplayExpeditionRequest(expedition_id=expedition.expedition_id)
        )


# Two players


async def test_nobody_sees_or_touches_what_is_another_players(journeys: Journeys) -> None:
    piece = await journeys.armory.piece(player=7)
    mine = await journeys.starts_and_waits(1, 2, equipment_id=piece)
    before = await journeys.everything(7)

    for call in (
        lambda: journeys.rpc.CompleteExpedition(a_completion(mine, player=8)),
        lambda: journeys.rpc.CancelExpedition(a_cancellation(mine, player=8)),
        lambda: journeys.rpc.RepeatExpedition(a_repeat(mine, player=8)),
        lambda: journeys.rpc.GetExpedition(pb.GetExpeditionRequest(user_id=8, expedition_id=mine)),
        lambda: journeys.rpc.ListExpeditionLogs(
            pb.ListExpeditionLogsRequest(user_id=8, expedition_id=mine)
        ),
    ):
        with refused("EXPEDITION_NOT_FOUND", expedition_id=mine):
            await call()
    with refused("WAIFU_NOT_OWNED", waifu_id="1"):
        await journeys.starts(1, player=8)
    with refused("EQUIPMENT_NOT_FOUND"):
        await journeys.starts(9, player=8, equipment_id=piece)
    assert not (await journeys.rpc.ListExpeditions(pb.ListExpeditionsRequest(user_id=8))).running

    assert await journeys.everything(7) == before
    assert await journeys.everything(8) == []
    # The same waifu and the same op of two players are two things.
    op_id = str(uuid.uuid4())
    theirs = await journeys.starts(3, player=8, op_id=op_id)
    ours = await journeys.starts(3, place=1, op_id=op_id)
    assert theirs.expedition_id != ours.expedition_id
    await journeys.invariants_hold()


# The end of a life


async def test_a_life_that_ends_takes_its_expeditions_along(journeys: Journeys) -> None:
    told = await journeys.starts_and_waits(1)
    await journeys.rpc.CompleteExpedition(a_completion(told))
    running = await journeys.starts(1, 2)
    theirs = await journeys.starts(3, player=8)
    before = await journeys.everything(8)

    await journeys.users.account.ResetAccount(ResetAccountRequest(op=an_op(7)))

    assert await journeys.everything(7) == []
    assert await journeys.away() == []
    assert await journeys.house.value("SELECT count(*) FROM expeditions.expedition_logs") == 0
    assert await journeys.everything(8) == before
    late = pb.CompleteExpeditionRequest(op=an_op(7, epoch=2), expedition_id=running.expedition_id)
    with refused("EXPEDITION_NOT_FOUND"):
        await journeys.rpc.CompleteExpedition(late)
    with refused("USER_GONE"):
        await journeys.starts(1)
    assert (await journeys.row(theirs.expedition_id))["status"] == "in_progress"
    await journeys.invariants_hold()


async def test_what_is_held_is_told_without_the_seed(journeys: Journeys) -> None:
    expedition_id = await journeys.starts_and_waits(1)
    await journeys.rpc.CompleteExpedition(a_completion(expedition_id))
    await journeys.starts(2)
    export = journeys.house.stub(ExportServiceStub, "expeditions", None)

    answer = await export.ListHeldRows(ListHeldRowsRequest(user_id=7))

    rows = [row for row in answer.rows if row.table == "user_expeditions"]
    assert len(rows) == 2
    assert all("seed" not in row.json for row in rows)
