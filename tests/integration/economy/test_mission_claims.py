"""Claims: what is done is paid once, and never what is not; what another service tells counts once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import StoppedClock
from chassis.money import HIGHEST
from geminya.common.v1.op_pb2 import Op
from geminya.economy.v1 import mission_pb2 as pb
from geminya.economy.v1.mission_pb2_grpc import MissionServiceStub
from geminya.users.v1 import account_pb2
from services.economy.mission import rules
from tests.integration.economy.test_missions import a_mission, missions
from tests.support.calls import (
    an_op,
    bad_request,
    fails_with,
    insist,
    outcomes,
    refused,
)
from tests.support.game import Game, a_summon
from tests.support.house import Houses
from tests.support.operators import an_act
from tests.support.races import ROUNDS, race

LATE = datetime(2026, 7, 1, 16, 59, tzinfo=UTC)
"""A Wednesday, one minute before the game day ends."""
MINUTE = timedelta(minutes=1)
START = 10_000


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(LATE)


@pytest.fixture
async def game(houses: Houses, clock: StoppedClock) -> Game:
    """The game on the clock of the test, with a rich player 7 and player 8."""
    game = Game(await houses(clock=clock))
    await game.stock()
    for player in (7, 8):
        await game.has(player, crystals=START, quartzs=1)
        await game.house.run("INSERT INTO economy.gate (user_id, epoch) VALUES ($1, 1)", player)
    return game


def a_claim(mission_id: str = "day-summon", player: int = 7) -> pb.ClaimMissionRequest:
    return pb.ClaimMissionRequest(op=an_op(player), mission_id=mission_id)


def a_claim_of_all(player: int = 7) -> pb.ClaimAllMissionsRequest:
    return pb.ClaimAllMissionsRequest(op=an_op(player))


def a_fact(kind: str, player: int = 7, count: int = 1, time: datetime = LATE, **op: Any) -> Any:
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return pb.RecordActivityRequest(
        op=Op(op_id=op.get("op_id") or an_op().op_id, user_id=player, epoch=1, step=1),
        type=kind,
        count=count,
        time=stamp,
    )


def told(game: Game, caller: str = "collection") -> Any:
    return game.house.stub(MissionServiceStub, "economy", caller)


async def claim(game: Game, request: pb.ClaimMissionRequest) -> pb.ClaimMissionResponse:
    return await game.missions.ClaimMission(request, timeout=8)


async def claim_all(game: Game, request: pb.ClaimAllMissionsRequest | None = None) -> Any:
    return await game.missions.ClaimAllMissions(request or a_claim_of_all(), timeout=8)


async def paid(game: Game, player: int = 7) -> dict[str, int]:
    """What missions have paid, by currency."""
    rows = await game.house.rows(
        """
        SELECT currency, sum(amount)::int AS amount FROM users.ledger
        WHERE reason = 'mint.mission' AND user_id = $1 GROUP BY currency
        """,
        player,
    )
    return {row["currency"]: row["amount"] for row in rows}


async def bring(game: Game, *given: pb.Mission) -> pb.AdminImportMissionsResponse:
    request = pb.AdminImportMissionsRequest(missions=given, act=an_act())
    return await game.missions.AdminImportMissions(request)


# One mission.


async def test_a_mission_that_is_done_is_paid(game: Game) -> None:
    await game.summon(a_summon(count=10))

    answer = await claim(game, a_claim())

    assert (answer.mission.name, answer.mission.reward.amount) == ("A Knock at the Door", 50)
    assert answer.mission.date == "2026-07-01"
    assert answer.balances[0].amount == START - 100 + 50
    assert await paid(game) == {"sakura_crystals": 50}
    [line] = await game.house.rows("SELECT subject FROM users.ledger WHERE reason = 'mint.mission'")
    assert line["subject"] == "mission:day-summon"
    assert (await missions(game))["day-summon"].claimed
    await game.invariants_hold()


async def test_what_is_not_done_is_not_paid(game: Game) -> None:
    await game.summon(a_summon(count=1))

    with refused("MISSION_NOT_DONE", name="A Knock at the Door", current="1", target="5"):
        await claim(game, a_claim())
    with refused("MISSION_NOT_DONE", current="0", target="3"):
        await claim(game, a_claim("day-talk"))
    with refused("MISSION_NOT_FOUND", mission_id="no-such", code=grpc.StatusCode.NOT_FOUND):
        await claim(game, a_claim("no-such"))
    with refused("NOTHING_TO_CLAIM"):
        await claim_all(game)
    with bad_request("mission_id"):
        await claim(game, a_claim("No Slug"))

    assert await paid(game) == {}
    await game.house.quiet()
    await game.invariants_hold()


async def test_a_mission_is_paid_once_in_its_period(game: Game, clock: StoppedClock) -> None:
    await game.summon(a_summon(count=10))
    await claim(game, a_claim())

    reset = str(int((LATE + MINUTE).timestamp()))
    with refused("MISSION_CLAIMED", name="A Knock at the Door", reset_time=reset):
        await claim(game, a_claim())
    clock.move(MINUTE)
    with refused("MISSION_NOT_DONE", current="0"):
        await claim(game, a_claim())
    await game.summon(a_summon(count=10))
    await claim(game, a_claim())

    assert await paid(game) == {"sakura_crystals": 100}
    await game.invariants_hold()


async def test_a_claim_is_open_until_its_day_is_over(game: Game, clock: StoppedClock) -> None:
    await game.summon(a_summon(count=10))

    clock.move(MINUTE)

    with refused("MISSION_NOT_DONE", current="0"):
        await claim(game, a_claim())


async def test_a_repeated_claim_gets_the_first_answer(game: Game, clock: StoppedClock) -> None:
    await game.summon(a_summon(count=10))
    request, everything = a_claim(), a_claim_of_all()

    answers = [await claim(game, request) for _ in range(2)]
    with refused("NOTHING_TO_CLAIM"):
        await claim_all(game, everything)
    clock.move(MINUTE)
    answers.append(await claim(game, request))
    with refused("NOTHING_TO_CLAIM"):
        await claim_all(game, everything)

    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert await paid(game) == {"sakura_crystals": 50}
    changed = pb.ClaimMissionRequest(op=request.op, mission_id="week-summon")
    with refused("OP_REUSED"):
        await claim(game, changed)


@pytest.mark.timeout(120)
async def test_a_mission_is_claimed_once_under_64_calls(game: Game) -> None:
    for done in range(1, ROUNDS + 1):
        await bring(game, a_mission(f"round-{done}", target_count=1))
        await game.summon(a_summon(count=1))
        wishes = [a_claim(f"round-{done}") for _ in range(24)] * 2

        def wish(request: pb.ClaimMissionRequest) -> Any:
            return lambda: claim(game, request)

        calls = [wish(request) for request in wishes]
        calls += [lambda: claim_all(game)] * 16
        answers, reasons = await race(game.house, "economy", calls)

        # One wish and its copies, or one for all.
        assert len(answers) in (1, 2)
        assert set(reasons) <= {"MISSION_CLAIMED", "NOTHING_TO_CLAIM"}
        paid_once = await game.house.value(
            "SELECT count(*) FROM users.ledger WHERE reason = 'mint.mission' AND currency = 'quartzs'"
        )
        assert paid_once == done
    await game.house.quiet()
    await game.invariants_hold()


async def test_missions_of_others_stay_theirs(game: Game) -> None:
    await game.summon(a_summon(7, count=10))
    request = a_claim(player=7)

    with refused("MISSION_NOT_DONE"):
        await claim(game, a_claim(player=8))
    with refused("NOTHING_TO_CLAIM"):
        await claim_all(game, a_claim_of_all(8))
    theirs = pb.ClaimMissionRequest(
        op=Op(op_id=request.op.op_id, user_id=8, epoch=1), mission_id="day-summon"
    )
    with refused("MISSION_NOT_DONE"):
        await claim(game, theirs)

    assert not (await missions(game))["day-summon"].claimed
    await claim(game, request)
    assert (await paid(game), await paid(game, 8)) == ({"sakura_crystals": 50}, {})
    await game.invariants_hold()


async def test_a_full_purse_leaves_the_mission_to_be_claimed(game: Game) -> None:
    await game.has(9, crystals=HIGHEST)
    await told(game).RecordActivity(a_fact("talk", 9, count=3))

    with refused("WALLET_FULL", currency="sakura_crystals"):
        await claim(game, a_claim("day-talk", 9))
    with refused("WALLET_FULL", currency="sakura_crystals"):
        await claim_all(game, a_claim_of_all(9))
    await game.house.quiet()
    await game.invariants_hold()

    assert not (await missions(game, 9))["day-talk"].claimed
    await game.summon(a_summon(9, count=10))
    await claim(game, a_claim("day-talk", 9))
    assert await paid(game, 9) == {"sakura_crystals": 60}
    await game.invariants_hold()


# All of them.


async def test_everything_that_is_done_is_paid_together(game: Game) -> None:
    await bring(
        game,
        a_mission("one", target_count=1, reward_amount=7),
        a_mission("two", target_count=1, reward_amount=8, period="week"),
    )
    await game.summon(a_summon(count=10))

    answer = await claim_all(game)

    assert {one.mission_id for one in answer.missions} == {"day-summon", "one", "two"}
    assert [money.amount for money in answer.balances][:2] == [START - 100 + 50, 1 + 7 + 8 + 10]
    assert await paid(game) == {"sakura_crystals": 50, "quartzs": 15}
    subjects = await game.house.rows(
        "SELECT subject FROM users.ledger WHERE reason = 'mint.mission' ORDER BY currency"
    )
    assert [row["subject"] for row in subjects] == ["missions", "mission:day-summon"]
    with refused("NOTHING_TO_CLAIM"):
        await claim_all(game)
    await game.invariants_hold()


async def test_what_one_payment_cannot_bring_waits_for_the_next(game: Game) -> None:
    """The wallet takes a million quartz in one call: more would have stopped the claim for good."""
    most = rules.MAX_REWARD["quartzs"]
    await bring(game, *(a_mission(f"rich-{n}", target_count=1, reward_amount=most) for n in (1, 2)))
    await game.summon(a_summon(count=1))

    first, second = await claim_all(game), await claim_all(game)

    assert [[one.mission_id for one in answer.missions] for answer in (first, second)] == [
        ["rich-1"],
        ["rich-2"],
    ]
    assert await paid(game) == {"quartzs": 2 * most}
    await game.invariants_hold()


async def test_what_was_promised_is_paid_also_after_an_edit_and_an_end(game: Game) -> None:
    await bring(game, a_mission(target_count=1, reward_amount=30))
    await game.summon(a_summon(count=1))
    await bring(game, a_mission(target_count=9, reward_amount=900))

    assert (await missions(game))["new"].mission.reward_amount == 30
    ended = await game.missions.AdminEndMission(
        pb.AdminEndMissionRequest(act=an_act(), mission_id="new")
    )

    assert not ended.mission.is_active
    assert "new" not in await missions(game, 8)
    assert (await claim(game, a_claim("new"))).mission.reward.amount == 30
    await game.summon(a_summon(8, count=1))
    with refused("MISSION_NOT_FOUND"):
        await claim(game, a_claim("new", 8))
    await game.invariants_hold()


async def test_a_claim_of_a_life_that_is_over_is_refused(game: Game) -> None:
    await game.summon(a_summon(count=10))
    reset = account_pb2.ResetAccountRequest(op=an_op(7))
    await insist(lambda: game.users.account.ResetAccount(reset, timeout=8))

    with refused("USER_GONE"):
        await claim(game, a_claim())

    await game.invariants_hold()


# What other services tell.


async def test_what_another_service_tells_counts_once(game: Game) -> None:
    fact = a_fact("talk", count=2)

    await asyncio.gather(*(insist(lambda: told(game).RecordActivity(fact)) for _ in range(64)))

    found = await missions(game)
    assert (found["day-talk"].current_progress, found["week-talk"].current_progress) == (2, 2)
    await told(game).RecordActivity(a_fact("talk"))
    assert (await missions(game))["day-talk"].completed
    assert (await missions(game, 8))["day-talk"].current_progress == 0
    with refused("OP_REUSED"):
        await told(game).RecordActivity(a_fact("gift", op_id=fact.op.op_id))
    await game.invariants_hold()


async def test_a_late_fact_counts_for_the_day_on_which_it_happened(
    game: Game, clock: StoppedClock
) -> None:
    clock.move(2 * MINUTE)

    await told(game).RecordActivity(a_fact("talk", time=LATE, count=3))

    found = await missions(game)
    assert (found["day-talk"].current_progress, found["week-talk"].current_progress) == (0, 3)


async def test_what_no_mission_counts_is_taken_and_does_nothing(game: Game) -> None:
    await told(game, "users").RecordActivity(a_fact("singing"))
    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await told(game, "bot").RecordActivity(a_fact("talk"))
    with bad_request("count"):
        await told(game).RecordActivity(a_fact("talk", count=101))

    assert await game.house.value("SELECT count(*) FROM economy.user_mission_progress") == 0


# Operators.


async def test_an_import_and_an_end_are_written_down(game: Game) -> None:
    act = an_act("a new week", name="keeper", ticket="T-1")
    request = pb.AdminImportMissionsRequest(missions=[a_mission()], act=act)
    await game.missions.AdminImportMissions(request)
    await game.missions.AdminImportMissions(request)
    end = pb.AdminEndMissionRequest(act=an_act("too easy"), mission_id="new")
    answers = [await game.missions.AdminEndMission(end) for _ in range(2)]

    assert answers[0] == answers[1]
    rows = await game.house.rows(
        "SELECT user_id, action, reason, before, after FROM economy.audit ORDER BY at"
    )
    assert [(row["user_id"], row["action"], row["reason"]) for row in rows] == [
        (0, "import_missions", "a new week"),
        (0, "end_mission", "too easy"),
    ]
    assert rows[0]["before"] == {}
    assert rows[0]["after"]["new"]["reward_amount"] == 50
    assert (rows[1]["before"]["new"]["is_active"], rows[1]["after"]["new"]["is_active"]) == (
        True,
        False,
    )
    with refused("MISSION_NOT_FOUND"):
        await game.missions.AdminEndMission(
            pb.AdminEndMissionRequest(act=an_act(), mission_id="no-such")
        )
    again = pb.AdminEndMissionRequest(act=end.act, mission_id="day-talk")
    with refused("OP_REUSED"):
        await game.missions.AdminEndMission(again)


async def test_two_acts_at_once_end_a_mission_and_both_are_told(game: Game) -> None:
    ends = [pb.AdminEndMissionRequest(act=an_act(), mission_id="day-talk") for _ in range(8)]

    answers, reasons = await outcomes([game.missions.AdminEndMission(end) for end in ends * 2])

    assert (len(answers), reasons) == (16, [])
    assert await game.house.value("SELECT count(*) FROM economy.audit") == 8


async def counts(game: Game) -> dict[str, tuple[int, int, int]]:
    """Who has begun, is through and has the reward, of all missions page by page."""
    found: list[pb.MissionCount] = []
    token = ""
    while True:
        request = pb.AdminListMissionsRequest(page_size=3, page_token=token)
        answer = await game.missions.AdminListMissions(request)
        assert len(answer.missions) <= 3
        found += answer.missions
        if not (token := answer.next_page_token):
            break
    ids = [one.mission.mission_id for one in found]
    assert ids == sorted(set(ids))
    return {one.mission.mission_id: (one.started, one.completed, one.claimed) for one in found}


async def test_a_mission_never_counts_something_else_than_it_did(game: Game) -> None:
    """What was talked would stand there as given, and what a week brought as a day's: no audit could tell."""
    await told(game).RecordActivity(a_fact("talk", count=3))
    before = await missions(game)

    answer = await bring(
        game,
        a_mission("good"),
        a_mission("day-talk", type="gift"),
        a_mission("week-talk", type="talk", period="day"),
        a_mission("day-gift", type="gift", reward_amount=0),
    )

    assert [problem.partition(":")[0] for problem in answer.problems] == [
        "day-gift",
        "day-talk",
        "week-talk",
    ]
    assert "type is talk" in answer.problems[1]
    assert "period is week" in answer.problems[2]
    assert await missions(game) == before
    await game.invariants_hold()


async def test_an_operator_sees_all_missions_and_who_is_at_them(
    game: Game, clock: StoppedClock
) -> None:
    await bring(game, a_mission("over", type="talk", target_count=1))
    await told(game).RecordActivity(a_fact("talk", 7, count=3))
    await told(game).RecordActivity(a_fact("talk", 8, count=3))
    await told(game).RecordActivity(a_fact("talk", 9, count=1))
    await claim(game, a_claim("day-talk"))
    end = pb.AdminEndMissionRequest(act=an_act(), mission_id="over")
    await game.missions.AdminEndMission(end)

    today = await counts(game)
    [over] = [
        one
        for one in (await game.missions.AdminListMissions(pb.AdminListMissionsRequest())).missions
        if one.mission.mission_id == "over"
    ]
    clock.move(MINUTE)
    tomorrow = await counts(game)

    assert len(today) == 11
    assert (today["day-talk"], today["week-talk"]) == ((3, 2, 1), (3, 0, 0))
    assert (today["over"], today["day-gift"]) == ((3, 3, 0), (0, 0, 0))
    assert (over.mission.is_active, over.reset_time.ToDatetime(UTC)) == (False, LATE + MINUTE)
    assert (tomorrow["day-talk"], tomorrow["week-talk"]) == ((0, 0, 0), (3, 0, 0))


async def test_the_list_of_all_missions_is_the_operators_and_takes_only_its_own_tokens(
    game: Game,
) -> None:
    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await told(game, "bot").AdminListMissions(pb.AdminListMissionsRequest())
    for token in ("!", "x" * 513, "AAAA"):
        with bad_request("page_token"):
            await game.missions.AdminListMissions(pb.AdminListMissionsRequest(page_token=token))
    with bad_request("page_size"):
        await game.missions.AdminListMissions(pb.AdminListMissionsRequest(page_size=101))


async def test_a_dry_run_says_what_would_be_and_writes_nothing(game: Game) -> None:
    request = pb.AdminImportMissionsRequest(
        missions=[a_mission(), a_mission("day-talk", type="talk")], act=an_act(), dry_run=True
    )

    answer = await game.missions.AdminImportMissions(request)

    assert (answer.added, answer.changed, answer.is_written) == (1, 1, False)
    assert "new" not in await missions(game)
    assert await game.house.value("SELECT count(*) FROM economy.audit") == 0


DAMAGE: dict[str, dict[str, Any]] = {
    "mission_id is not a slug": {"mission_id": "No Slug"},
    "mission_id is not a slug of": {"mission_id": "x" * 65},
    "type": {"type": "dance"},
    "period": {"period": "year"},
    "reward_type": {"reward_type": "gold"},
    "difficulty": {"difficulty": "absurd"},
    "name": {"name": " "},
    "name is empty or longer": {"name": "x" * 256},
    "target_count": {"target_count": 0},
    "reward_amount": {"reward_amount": 1_000_001},
    "stands twice": {"mission_id": "twice"},
    "description": {"description": "x" * 2001},
}


async def test_each_kind_of_damage_is_named_and_nothing_is_written(game: Game) -> None:
    before = await missions(game)
    good = [a_mission("good"), a_mission("twice")]
    damaged = [
        a_mission(
            given.get("mission_id", f"bad-{n}"),
            **{k: v for k, v in given.items() if k != "mission_id"},
        )
        for n, given in enumerate(DAMAGE.values())
    ]

    answer = await bring(game, *good, *damaged)

    for what in DAMAGE:
        assert any(what in problem for problem in answer.problems), what
    assert len(answer.problems) == len(DAMAGE)
    assert not answer.is_written
    assert await missions(game) == before
    assert await game.house.value("SELECT count(*) FROM economy.audit") == 0
