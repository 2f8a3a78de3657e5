"""The academy keeps its word: entering, looking, renaming, the daily reward."""

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from chassis.clock import StoppedClock, SystemClock
from geminya.users.v1 import account_pb2 as pb
from geminya.users.v1.account_pb2_grpc import AccountServiceStub
from services.users.account import store
from tests.support.calls import an_op, bad_request, fails_with, insist, refused, until
from tests.support.house import NOON, Houses, UsersHouse
from tests.support.players import a_daily, a_rename
from tests.support.races import CALLS, ROUNDS, deadlocks, race

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


def a_snowflake(at: datetime) -> int:
    """The Discord id of an account that was made then."""
    return int((at - DISCORD_EPOCH).total_seconds() * 1000) << 22


async def users_at(houses: Houses, at: datetime, **settings: object) -> UsersHouse:
    return UsersHouse(await houses("users", clock=StoppedClock(at), **settings))


def clock_of(users: UsersHouse) -> StoppedClock:
    assert isinstance(users.house.clock, StoppedClock)
    return users.house.clock


async def account_of(users: UsersHouse, player: int = 7) -> pb.Account:
    return (await users.account.GetAccount(pb.GetAccountRequest(user_id=player))).account


# Enter


async def test_who_comes_first_gets_an_academy_with_2000_crystals(users: UsersHouse) -> None:
    entered = await users.account.Enter(pb.EnterRequest(discord_id=123456789012345678))

    assert entered.is_new
    assert (entered.epoch, entered.academy_name) == (1, "Academy 123456")
    [line] = await users.ledger(entered.user_id)
    assert (line["version"], line["reason"], line["amount"], line["balance_after"]) == (
        1,
        "mint.start",
        2000,
        2000,
    )
    assert await users.balances(entered.user_id) == {
        "sakura_crystals": 2000,
        "quartzs": 0,
        "daphine": 0,
    }


async def test_who_comes_again_finds_the_same_academy(users: UsersHouse) -> None:
    first = await users.account.Enter(pb.EnterRequest(discord_id=55))
    await users.account.Rename(a_rename("Moonlit Hall", first.user_id))

    again = await users.account.Enter(pb.EnterRequest(discord_id=55))

    assert again == pb.EnterResponse(
        user_id=first.user_id,
        epoch=1,
        is_new=False,
        academy_name="Moonlit Hall",
        settings=pb.Settings(),
    )
    assert len(await users.ledger(first.user_id)) == 1


async def test_64_who_enter_at_once_with_one_id_get_one_academy(users: UsersHouse) -> None:
    request = pb.EnterRequest(discord_id=55)

    entered = await asyncio.gather(
        *(insist(lambda: users.account.Enter(request)) for _ in range(64))
    )

    assert len({answer.user_id for answer in entered}) == 1
    assert await users.house.value("SELECT count(*) FROM users.users") == 1
    assert await users.house.value("SELECT count(*) FROM users.gate") == 1
    lines = await users.ledger(entered[0].user_id)
    assert [line["reason"] for line in lines] == ["mint.start"]


async def test_who_enters_while_the_same_id_is_entering_finds_that_academy(
    users: UsersHouse,
) -> None:
    async with users.database.transaction() as tx:
        first = await store.enter(tx, 55, "Moonlit Hall", 2000, an_op().op_id, b"hash", None)
        assert first is not None
        second = asyncio.create_task(users.account.Enter(pb.EnterRequest(discord_id=55)))

        async def waits() -> bool:
            return bool(await users.house.value("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await until(waits)

    assert await second == pb.EnterResponse(
        user_id=first.id, epoch=1, is_new=False, academy_name="Moonlit Hall", settings=pb.Settings()
    )
    assert len(await users.ledger(first.id)) == 1


async def test_64_who_enter_at_once_get_an_academy_each(users: UsersHouse) -> None:
    entered = await asyncio.gather(
        *(
            insist(lambda n=n: users.account.Enter(pb.EnterRequest(discord_id=n)))
            for n in range(1, 65)
        )
    )

    assert len({answer.user_id for answer in entered}) == 64
    assert await users.house.value("SELECT count(*) FROM users.ledger") == 64


@pytest.mark.parametrize("discord_id", [0, -1])
async def test_an_id_that_is_none_is_a_bad_request(users: UsersHouse, discord_id: int) -> None:
    with bad_request("discord_id"):
        await users.account.Enter(pb.EnterRequest(discord_id=discord_id))


async def test_the_largest_id_enters(users: UsersHouse) -> None:
    entered = await users.account.Enter(pb.EnterRequest(discord_id=2**63 - 1))

    assert entered.is_new


# GetAccount


async def test_an_account_shows_balances_rank_and_the_next_daily(houses: Houses) -> None:
    users = await users_at(houses, datetime(2026, 7, 1, 5, tzinfo=UTC))
    await users.has(7, crystals=30, quartzs=20, daphine=1, rank=3)

    account = await account_of(users)

    assert [(money.currency, money.amount) for money in account.balances] == [
        (1, 30),
        (2, 20),
        (3, 1),
    ]
    assert (account.academy_name, account.collector_rank) == ("Academy 7", 3)
    assert (account.daily_streak, account.can_claim_daily) == (0, True)
    assert account.next_daily_time.ToDatetime(UTC) == datetime(2026, 7, 1, 17, tzinfo=UTC)
    assert account.HasField("create_time")


async def test_an_account_that_is_not_there_is_refused(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND", user_id="404"):
        await users.account.GetAccount(pb.GetAccountRequest(user_id=404))


async def test_a_closed_account_is_not_there(users: UsersHouse) -> None:
    await users.has(7)
    await users.house.run(
        "UPDATE users.users SET state = 'closed', discord_id = NULL, academy_name = ''"
    )

    with refused("USER_NOT_FOUND"):
        await account_of(users)


# Rename


async def test_a_rename_is_shown_from_then_on(users: UsersHouse) -> None:
    await users.has(7)

    answer = await users.account.Rename(a_rename("  Moonlit Hall "))

    assert answer.academy_name == "Moonlit Hall"
    assert (await account_of(users)).academy_name == "Moonlit Hall"


async def test_a_name_with_a_link_is_refused_for_good(users: UsersHouse) -> None:
    await users.has(7)
    request = a_rename("join discord.gg/x")

    for _ in range(2):
        with refused("NAME_NOT_ALLOWED"):
            await users.account.Rename(request)

    assert (await account_of(users)).academy_name == "Academy 7"


async def test_a_repeated_rename_does_not_undo_a_later_one(users: UsersHouse) -> None:
    await users.has(7)
    first = a_rename("First Hall")
    await users.account.Rename(first)
    await users.account.Rename(a_rename("Second Hall"))

    answer = await users.account.Rename(first)

    assert answer.academy_name == "First Hall"
    assert (await account_of(users)).academy_name == "Second Hall"


@pytest.mark.timeout(300)
async def test_64_renames_at_once_count_once_each_and_one_is_last(users: UsersHouse) -> None:
    for round_ in range(ROUNDS):
        player = 100 + round_
        await users.has(player)
        renames = [a_rename(f"Hall {place}", player) for place in range(CALLS // 2)]
        calls = [lambda one=one: users.account.Rename(one, timeout=20) for one in renames * 2]

        answers, reasons = await race(users.house, "users", calls, player)

        assert reasons == []
        asked = [one.academy_name for one in renames * 2]
        assert [answer.academy_name for answer in answers] == asked
        assert (await account_of(users, player)).academy_name in asked
        kept = "SELECT count(*) FROM users.applied_step WHERE user_id = $1"
        assert await users.house.value(kept, player) == len(renames)
    assert await deadlocks(users.house) == 0


async def test_renames_at_once_all_work_and_one_is_last(users: UsersHouse) -> None:
    await users.has(7)
    names = [f"Hall {number}" for number in range(16)]

    renames = [a_rename(name) for name in names]
    calls = [lambda r=rename: users.account.Rename(r) for rename in [*renames, *renames]]
    answers, reasons = await race(users.house, "users", calls)

    assert [answer.academy_name for answer in answers] == names * 2
    assert reasons == []
    assert (await account_of(users)).academy_name in names


async def test_a_rename_of_nobody_is_refused(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND"):
        await users.account.Rename(a_rename(player=404))


async def test_an_op_that_was_used_is_refused_with_another_name(users: UsersHouse) -> None:
    await users.has(7)
    op_id = an_op().op_id
    await users.account.Rename(a_rename("First Hall", op_id=op_id))

    with refused("OP_REUSED"):
        await users.account.Rename(a_rename("Second Hall", op_id=op_id))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ab", "shorter than 3"),
        ("a" * 33, "longer than 32"),
        ("", "is required"),
        ("Moon\u200blit", "not allowed"),
        ("Moon\u202elit", "not allowed"),
        ("Moon\nlit", "not allowed"),
        ("Moon\u2028lit", "not allowed"),
        ("\u1160\u1160\u1160", "not allowed"),
        ("ﬁne Hall", "not allowed"),
        ("Moon\0lit", "NUL"),
    ],
)
async def test_a_name_of_bad_form_is_a_bad_request(users: UsersHouse, name: str, text: str) -> None:
    with bad_request("academy_name", text):
        await users.account.Rename(a_rename(name))


# ClaimDaily


async def test_the_daily_reward_is_500_crystals_and_a_line(houses: Houses) -> None:
    users = await users_at(houses, datetime(2026, 7, 1, 5, tzinfo=UTC))
    await users.has(7, crystals=100)

    answer = await users.account.ClaimDaily(a_daily())

    assert answer.reward.amount == 500
    assert [money.amount for money in answer.balances] == [600, 0, 0]
    assert answer.daily_streak == 1
    assert answer.next_daily_time.ToDatetime(UTC) == datetime(2026, 7, 1, 17, tzinfo=UTC)
    last = (await users.ledger(7))[-1]
    assert (last["version"], last["reason"], last["amount"], last["balance_after"]) == (
        2,
        "mint.daily",
        500,
        600,
    )
    account = await account_of(users)
    assert (account.can_claim_daily, account.daily_streak) == (False, 1)


async def test_a_second_claim_on_the_same_day_is_refused_with_the_time(houses: Houses) -> None:
    users = await users_at(houses, datetime(2026, 7, 1, 5, tzinfo=UTC))
    await users.has(7)
    await users.account.ClaimDaily(a_daily())

    midnight = int(datetime(2026, 7, 1, 17, tzinfo=UTC).timestamp())
    with refused("ALREADY_CLAIMED", next_time=str(midnight)):
        await users.account.ClaimDaily(a_daily())

    assert (await users.balances(7))["sakura_crystals"] == 500


async def test_a_repeated_claim_gets_the_first_answer_also_tomorrow(houses: Houses) -> None:
    users = await users_at(houses, datetime(2026, 7, 1, 5, tzinfo=UTC))
    await users.has(7)
    claim = a_daily()
    first = await users.account.ClaimDaily(claim)
    clock_of(users).move(timedelta(days=1))

    again = await users.account.ClaimDaily(claim)

    assert again == first
    assert (await users.balances(7))["sakura_crystals"] == 500


async def test_64_claims_at_once_pay_once(users: UsersHouse) -> None:
    """The first game read, checked and wrote: five parallel claims paid 2 500."""
    await users.has(7)
    claims = [a_daily() for _ in range(32)]

    calls = [lambda c=claim: users.account.ClaimDaily(c) for claim in [*claims, *claims]]
    answers, reasons = await race(users.house, "users", calls)

    assert len(answers) == 2
    assert answers[0] == answers[1]
    assert reasons == ["ALREADY_CLAIMED"] * 62
    assert (await users.balances(7))["sakura_crystals"] == 500
    assert len(await users.ledger(7)) == 1


async def test_a_day_begins_at_17_00_utc(houses: Houses) -> None:
    """Appendix A of the rules: claimed 16:59 UTC, again 17:00 UTC, which is midnight at UTC+7."""
    users = await users_at(houses, datetime(2026, 7, 1, 16, 59, 59, tzinfo=UTC))
    await users.has(7)
    await users.account.ClaimDaily(a_daily())
    clock_of(users).move(timedelta(seconds=1))

    answer = await users.account.ClaimDaily(a_daily())

    assert answer.daily_streak == 2
    assert answer.balances[0].amount == 1000


async def test_the_zone_of_the_game_day_is_a_setting(houses: Houses) -> None:
    clock = StoppedClock(datetime(2026, 7, 1, 23, 59, tzinfo=UTC), timedelta(hours=0))
    users = UsersHouse(await houses("users", clock=clock))
    await users.has(7)
    await users.account.ClaimDaily(a_daily())

    with refused("ALREADY_CLAIMED"):
        await users.account.ClaimDaily(a_daily())
    clock.move(timedelta(minutes=1))
    await users.account.ClaimDaily(a_daily())

    assert (await account_of(users)).next_daily_time.ToDatetime(UTC) == datetime(
        2026, 7, 3, tzinfo=UTC
    )


async def test_days_in_a_row_are_counted_until_one_is_missed(houses: Houses) -> None:
    users = await users_at(houses, datetime(2026, 7, 1, 5, tzinfo=UTC))
    await users.has(7)
    streaks = []
    for pause_days in (1, 1, 2, 1):
        streaks.append((await users.account.ClaimDaily(a_daily())).daily_streak)
        clock_of(users).move(timedelta(days=pause_days))

    assert streaks == [1, 2, 3, 1]


async def test_a_streak_is_shown_while_it_can_go_on(houses: Houses) -> None:
    users = await users_at(houses, datetime(2026, 7, 1, 5, tzinfo=UTC))
    await users.has(7)
    await users.account.ClaimDaily(a_daily())
    shown = []
    for _ in range(3):
        account = await account_of(users)
        shown.append((account.daily_streak, account.can_claim_daily))
        clock_of(users).move(timedelta(days=1))

    assert shown == [(1, False), (1, True), (0, True)]


async def test_a_young_discord_account_waits_seven_days(houses: Houses) -> None:
    born = datetime(2026, 7, 1, 5, tzinfo=UTC)
    users = await users_at(houses, born + timedelta(days=7) - timedelta(seconds=1))
    await users.has(7, discord_id=a_snowflake(born))
    ready = int((born + timedelta(days=7)).timestamp())

    with refused("ACCOUNT_TOO_YOUNG", ready_time=str(ready)):
        await users.account.ClaimDaily(a_daily())
    clock_of(users).move(timedelta(seconds=1))

    assert (await users.account.ClaimDaily(a_daily())).daily_streak == 1


async def test_the_lowest_age_is_a_setting(houses: Houses) -> None:
    born = datetime(2026, 7, 1, 5, tzinfo=UTC)
    users = await users_at(houses, born, account_min_age_days=0)
    await users.has(7, discord_id=a_snowflake(born))

    assert (await users.account.ClaimDaily(a_daily())).daily_streak == 1


async def test_a_full_wallet_refuses_the_reward_and_keeps_the_day(houses: Houses) -> None:
    users = await users_at(houses, datetime(2026, 7, 1, 5, tzinfo=UTC))
    await users.has(7, crystals=2**53 - 1)

    with refused("WALLET_FULL", currency="sakura_crystals"):
        await users.account.ClaimDaily(a_daily())

    assert (await account_of(users)).can_claim_daily


async def test_a_claim_of_nobody_is_refused(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND", user_id="404"):
        await users.account.ClaimDaily(a_daily(404))


async def test_a_claim_of_an_old_life_is_gone(users: UsersHouse) -> None:
    await users.has(7, epoch=2)

    with refused("USER_GONE"):
        await users.account.ClaimDaily(a_daily())


async def test_what_one_op_claimed_another_kind_of_change_cannot_use(users: UsersHouse) -> None:
    await users.has(7)
    op_id = an_op().op_id
    await users.account.ClaimDaily(a_daily(op_id=op_id))

    with refused("OP_REUSED"):
        await users.account.Rename(a_rename(op_id=op_id))


@pytest.mark.parametrize(
    ("op", "field"),
    [
        (None, "op"),
        ({"op_id": ""}, "op.op_id"),
        ({"op_id": "no uuid"}, "op.op_id"),
        ({"op_id": "6B0E2B1E-3C2F-5F44-9A51-6D6F6F6E6C74"}, "op.op_id"),
        ({"user_id": 0}, "op.user_id"),
        ({"epoch": 0}, "op.epoch"),
        ({"step": 100}, "op.step"),
        ({"step": -1}, "op.step"),
    ],
)
async def test_an_op_of_bad_form_is_a_bad_request(
    users: UsersHouse, op: dict[str, object] | None, field: str
) -> None:
    request = pb.ClaimDailyRequest()
    if op is not None:
        request.op.CopyFrom(an_op())
        for name, value in op.items():
            setattr(request.op, name, value)

    with bad_request(field):
        await users.account.ClaimDaily(request)


async def test_the_game_day_goes_by_the_clock_of_the_database(
    houses: Houses, clone: object
) -> None:
    """Replicas with clocks of their own would not agree on the day."""
    users = UsersHouse(await houses("users", clock=SystemClock()))
    await users.has(7)
    await users.account.ClaimDaily(a_daily())

    claimed = await users.house.value("SELECT last_daily_reset FROM users.users")
    now = await users.house.value("SELECT extract(epoch FROM now())::bigint")
    assert now - 60 <= claimed <= now


async def test_only_the_bot_acts_for_players(users: UsersHouse) -> None:
    stub = users.house.stub(AccountServiceStub, "users", "economy")

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await stub.ClaimDaily(a_daily())


async def test_entering_tells_when_a_young_account_may_have_rewards(houses: Houses) -> None:
    users = await users_at(houses, NOON)
    young, old = a_snowflake(NOON - timedelta(days=6)), a_snowflake(NOON - timedelta(days=7))

    told = [
        await users.account.Enter(pb.EnterRequest(discord_id=discord_id))
        for discord_id in (young, old, old, young)
    ]

    assert [one.HasField("reward_time") for one in told] == [True, False, False, True]
    assert told[0].reward_time.ToDatetime(UTC) == NOON + timedelta(days=1)
    clock_of(users).move(timedelta(days=1))
    again = await users.account.Enter(pb.EnterRequest(discord_id=young))
    assert not again.HasField("reward_time")
