"""Who may not play: one list with reason and end, by an operator's hand, with an audit row for each act."""

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from geminya.users.v1 import account_pb2 as pb
from geminya.users.v1.account_pb2_grpc import AccountServiceStub
from tests.support.calls import an_op, bad_request, fails_with, insist, outcomes, refused
from tests.support.house import House, Houses, UsersHouse
from tests.support.players import a_ban, a_lift, a_setting, an_adjust
from tests.support.races import CALLS, PERSON, ROUNDS, deadlocks, race

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def at_noon(houses: Houses) -> UsersHouse:
    """The users service at a time that stands."""
    return UsersHouse(await houses("users", clock=StoppedClock(NOON)))


def clock_of(users: UsersHouse) -> StoppedClock:
    assert isinstance(users.house.clock, StoppedClock)
    return users.house.clock


async def banned(users: UsersHouse) -> dict[int, str]:
    """Player to reason, as the bot reads it."""
    answer = await users.account.ListBans(pb.ListBansRequest(page_size=100))
    return {ban.user_id: ban.reason for ban in answer.bans}


async def audit_of(users: UsersHouse, player: int = 7) -> list[dict[str, Any]]:
    return await users.house.rows(
        "SELECT * FROM users.audit WHERE user_id = $1 ORDER BY at, action", player
    )


# AdminBan


async def test_a_ban_says_who_why_and_until_when(at_noon: UsersHouse) -> None:
    users = at_noon
    await users.has(7, discord_id=555)
    request = a_ban(until=NOON + HOUR)

    answer = await users.account.AdminBan(request)

    ban = answer.ban
    assert (ban.user_id, ban.discord_id, ban.reason) == (7, 555, "sold waifus for money")
    assert ban.create_time.ToDatetime(UTC) == NOON
    assert ban.end_time.ToDatetime(UTC) == NOON + HOUR
    assert list((await users.account.ListBans(pb.ListBansRequest())).bans) == [ban]
    [row] = await audit_of(users)
    assert (row["op_id"], row["action"], row["operator"], row["reason"]) == (
        request.op.op_id,
        "ban",
        "keeper",
        "sold waifus for money",
    )
    assert row["before"] == {}
    assert row["after"]["reason"] == "sold waifus for money"


async def test_a_ban_without_an_end_stays(at_noon: UsersHouse) -> None:
    await at_noon.has(7)
    answer = await at_noon.account.AdminBan(a_ban())
    clock_of(at_noon).move(timedelta(days=10_000))

    assert not answer.ban.HasField("end_time")
    assert await banned(at_noon) == {7: "sold waifus for money"}


async def test_an_ended_ban_counts_no_more_to_the_second(at_noon: UsersHouse) -> None:
    await at_noon.has(7)
    await at_noon.account.AdminBan(a_ban(until=NOON + HOUR))
    clock_of(at_noon).move(HOUR - timedelta(seconds=1))
    assert await banned(at_noon) == {7: "sold waifus for money"}

    clock_of(at_noon).move(timedelta(seconds=1))

    assert await banned(at_noon) == {}
    # Nothing is left to lift, and the next ban begins anew.
    assert not (await at_noon.account.AdminLiftBan(a_lift())).was_banned
    again = await at_noon.account.AdminBan(a_ban(reason="did it again"))
    assert again.ban.create_time.ToDatetime(UTC) == NOON + HOUR


async def test_another_ban_changes_reason_and_end_and_keeps_the_beginning(
    at_noon: UsersHouse,
) -> None:
    await at_noon.has(7)
    await at_noon.account.AdminBan(a_ban(until=NOON + HOUR))
    clock_of(at_noon).move(HOUR / 2)

    changed = await at_noon.account.AdminBan(a_ban(reason="sold more of them"))

    assert changed.ban.create_time.ToDatetime(UTC) == NOON
    assert not changed.ban.HasField("end_time")
    assert await banned(at_noon) == {7: "sold more of them"}
    before = (await audit_of(at_noon))[1]["before"]
    assert before["reason"] == "sold waifus for money"


async def test_nobody_cannot_be_banned(users: UsersHouse) -> None:
    for _ in range(2):
        with refused("USER_NOT_FOUND", user_id="404"):
            await users.account.AdminBan(a_ban(404))

    assert await users.house.value("SELECT count(*) FROM users.bans") == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (int(NOON.timestamp()), "over already"),
        (0, "over already"),
        (-1, "over already"),
        (10**15, "no moment"),
        (-(10**15), "no moment"),
        (2**63 - 1, "no moment"),
    ],
)
async def test_an_end_is_a_moment_that_comes(at_noon: UsersHouse, seconds: int, text: str) -> None:
    await at_noon.has(7)
    request = a_ban()
    request.end_time.seconds = seconds

    with bad_request("end_time", text):
        await at_noon.account.AdminBan(request)

    assert await banned(at_noon) == {}
    assert await audit_of(at_noon) == []


async def test_the_last_moment_that_there_is_can_be_an_end(at_noon: UsersHouse) -> None:
    await at_noon.has(7)
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

    answer = await at_noon.account.AdminBan(a_ban(until=last))

    assert answer.ban.end_time.ToDatetime(UTC) == last


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", ""), ("reason", "no"), ("reason", "a\0b"), ("reason", "x" * 301), ("ticket", "\n")],
)
async def test_an_operator_of_bad_form_is_a_bad_request(
    users: UsersHouse, name: str, value: str
) -> None:
    await users.has(7)
    ban, lift = a_ban(), a_lift()
    setattr(ban.operator, name, value)
    setattr(lift.operator, name, value)

    with bad_request(f"operator.{name}"):
        await users.account.AdminBan(ban)
    with bad_request(f"operator.{name}"):
        await users.account.AdminLiftBan(lift)


async def test_a_repeated_ban_gets_the_first_answer_also_when_it_is_over(
    at_noon: UsersHouse,
) -> None:
    await at_noon.has(7)
    request = a_ban(until=NOON + HOUR)
    first = await at_noon.account.AdminBan(request)
    await at_noon.account.AdminLiftBan(a_lift())
    clock_of(at_noon).move(2 * HOUR)

    assert await at_noon.account.AdminBan(request) == first

    assert await banned(at_noon) == {}
    assert len(await audit_of(at_noon)) == 2


async def test_an_op_that_was_used_bans_nobody(users: UsersHouse) -> None:
    await users.has(7)
    op_id = an_op().op_id
    await users.wallet.AdminAdjust(an_adjust(daphine=1, op_id=op_id))
    with refused("OP_REUSED"):
        await users.account.AdminBan(a_ban(op_id=op_id))

    # Also long after the kept outcome was forgotten.
    await users.house.run("DELETE FROM users.applied_step")
    with refused("OP_REUSED"):
        await users.account.AdminBan(a_ban(op_id=op_id))
    assert await banned(users) == {}


@pytest.mark.timeout(300)
async def test_64_bans_at_once_are_one_ban_and_an_audit_row_for_each_act(
    users: UsersHouse,
) -> None:
    for round_ in range(ROUNDS):
        player = 100 + round_
        await users.has(player)
        acts = [a_ban(player, f"reason {place}") for place in range(CALLS // 2)]
        calls = [lambda one=one: users.account.AdminBan(one, timeout=20) for one in acts * 2]

        answers, reasons = await race(users.house, "users", calls, player, PERSON)

        assert reasons == []
        assert answers[: CALLS // 2] == answers[CALLS // 2 :]
        assert len(await audit_of(users, player)) == CALLS // 2
        assert (await banned(users))[player] in {one.operator.reason for one in acts}
    assert await deadlocks(users.house) == 0


# AdminLiftBan


async def test_a_lifted_ban_is_gone(users: UsersHouse) -> None:
    await users.has(7)
    await users.account.AdminBan(a_ban())
    request = a_lift()

    answer = await users.account.AdminLiftBan(request)

    assert answer.was_banned
    assert await banned(users) == {}
    row = (await audit_of(users))[1]
    assert (row["op_id"], row["action"], row["reason"]) == (
        request.op.op_id,
        "lift_ban",
        "said sorry",
    )
    assert row["before"]["reason"] == "sold waifus for money"


async def test_lifting_no_ban_changes_nothing(users: UsersHouse) -> None:
    await users.has(7)

    assert not (await users.account.AdminLiftBan(a_lift())).was_banned

    assert await audit_of(users) == []


async def test_a_repeated_lift_does_not_lift_a_later_ban(users: UsersHouse) -> None:
    await users.has(7)
    await users.account.AdminBan(a_ban())
    lift = a_lift()
    first = await users.account.AdminLiftBan(lift)
    await users.account.AdminBan(a_ban(reason="did it again"))

    assert await users.account.AdminLiftBan(lift) == first

    assert await banned(users) == {7: "did it again"}


async def test_64_lifts_at_once_lift_once(users: UsersHouse) -> None:
    await users.has(7)
    await users.account.AdminBan(a_ban())
    calls = [
        lambda one=one: users.account.AdminLiftBan(one, timeout=20)
        for one in [a_lift() for _ in range(CALLS)]
    ]

    answers, reasons = await race(users.house, "users", calls, 7, PERSON)

    assert reasons == []
    assert sum(answer.was_banned for answer in answers) == 1
    assert [row["action"] for row in await audit_of(users)] == ["ban", "lift_ban"]


async def test_nobody_has_no_ban_to_lift(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND", user_id="404"):
        await users.account.AdminLiftBan(a_lift(404))


async def test_a_ban_stays_over_the_end_of_a_life_and_can_be_lifted_after_it(
    users: UsersHouse,
) -> None:
    """Who was erased has no open gate, and could else never be let in again."""
    await users.has(7)
    await users.account.AdminBan(a_ban())
    await users.house.run(
        "UPDATE users.users SET state = 'closed', discord_id = NULL, academy_name = ''"
    )
    await users.house.run("UPDATE users.gate SET closed = true")

    [ban] = (await users.account.ListBans(pb.ListBansRequest())).bans
    assert (ban.user_id, ban.discord_id) == (7, 0)
    assert (await users.account.AdminLiftBan(a_lift())).was_banned
    assert await banned(users) == {}
    assert await users.house.value("SELECT closed FROM users.gate WHERE user_id = 7")


async def test_a_repeat_is_told_when_its_answer_ended_with_a_life(users: UsersHouse) -> None:
    await users.has(7)
    request = a_ban()
    await users.account.AdminBan(request)
    await users.house.run("UPDATE users.applied_step SET answer = '{}'")

    with refused("USER_GONE"):
        await users.account.AdminBan(request)

    assert len(await audit_of(users)) == 1


# ListBans


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_pages_show_every_ban_once(users: UsersHouse, size: int) -> None:
    for player in range(1, 6):
        await users.has(player)
        await users.account.AdminBan(a_ban(player))
    pages: list[list[int]] = []
    token = ""
    while token or not pages:
        answer = await users.account.ListBans(pb.ListBansRequest(page_size=size, page_token=token))
        pages.append([ban.user_id for ban in answer.bans])
        token = answer.next_page_token

    assert [player for page in pages for player in page] == [1, 2, 3, 4, 5]
    assert all(len(page) == size for page in pages[:-1])


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "🌸"])
async def test_a_token_that_is_none_is_a_bad_request(users: UsersHouse, token: str) -> None:
    with bad_request("page_token"):
        await users.account.ListBans(pb.ListBansRequest(page_token=token))


@pytest.mark.parametrize("size", [-1, 101])
async def test_a_page_has_at_most_100_bans(users: UsersHouse, size: int) -> None:
    with bad_request("page_size"):
        await users.account.ListBans(pb.ListBansRequest(page_size=size))


async def test_the_bot_reads_bans_and_makes_none(users: UsersHouse) -> None:
    await users.has(7)
    stub = users.house.stub(AccountServiceStub, "users", "bot")

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await stub.AdminBan(a_ban())
    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await stub.AdminLiftBan(a_lift())

    assert list((await stub.ListBans(pb.ListBansRequest())).bans) == []


async def test_a_ban_is_about_one_player_alone(users: UsersHouse) -> None:
    await users.has(7)
    await users.has(8)
    await users.account.AdminBan(a_ban(7))
    await users.account.AdminBan(a_ban(8, "another reason"))

    await users.account.AdminLiftBan(a_lift(7))

    assert await banned(users) == {8: "another reason"}
    assert [row["action"] for row in await audit_of(users, 8)] == ["ban"]


# Enter


async def enters(users: UsersHouse, discord_id: int = 555) -> pb.EnterResponse:
    return await users.account.Enter(pb.EnterRequest(discord_id=discord_id))


async def everything(users: UsersHouse) -> dict[str, int]:
    """How many rows there are of people, lives and money."""
    tables = ("users", "gate", "ledger", "erased", "bans")
    return {
        table: await users.house.value(f"SELECT count(*) FROM users.{table}") for table in tables
    }


async def test_who_is_banned_does_not_enter_until_it_ends(at_noon: UsersHouse) -> None:
    users = at_noon
    before = await enters(users)
    await users.account.AdminBan(a_ban(before.user_id, until=NOON + HOUR))

    end = str(int((NOON + HOUR).timestamp()))
    for _ in range(2):
        with refused("USER_BANNED", ban_reason="sold waifus for money", end_time=end):
            await enters(users)
    clock_of(users).move(HOUR)

    after = await enters(users)
    assert (after.user_id, after.is_new) == (before.user_id, False)


async def test_a_ban_without_an_end_names_none(users: UsersHouse) -> None:
    await users.has(7, discord_id=555)
    await users.account.AdminBan(a_ban())

    with refused("USER_BANNED", end_time=""):
        await enters(users)
    await users.account.AdminLiftBan(a_lift())

    assert (await enters(users)).user_id == 7


async def test_an_end_within_a_second_is_told_as_the_next_one(at_noon: UsersHouse) -> None:
    await at_noon.has(7, discord_id=555)
    await at_noon.account.AdminBan(a_ban(until=NOON + timedelta(milliseconds=1500)))

    with refused("USER_BANNED", end_time=str(int(NOON.timestamp()) + 2)):
        await enters(at_noon)


async def test_entering_shows_what_was_set(users: UsersHouse) -> None:
    entered = await enters(users)
    assert entered.settings == pb.Settings()
    await users.account.UpdateSettings(a_setting(entered.user_id, prefers_text=True))

    assert (await enters(users)).settings == pb.Settings(prefers_text=True)


async def test_a_ban_of_one_player_keeps_nobody_else_out(users: UsersHouse) -> None:
    first = await enters(users, 555)
    await users.account.AdminBan(a_ban(first.user_id))

    second = await enters(users, 556)

    assert second.is_new
    assert (await enters(users, 556)).user_id == second.user_id


async def test_neither_a_reset_nor_an_erase_and_a_return_gets_rid_of_a_ban(house: House) -> None:
    users = UsersHouse(house)
    me = (await enters(users)).user_id
    await users.account.AdminBan(a_ban(me))
    await users.account.ResetAccount(pb.ResetAccountRequest(op=an_op(me)))
    with refused("USER_BANNED"):
        await enters(users)
    await users.account.EraseAccount(pb.EraseAccountRequest(op=an_op(me, epoch=2)))
    before = await everything(users)

    requests = [lambda: insist(lambda: enters(users)) for _ in range(CALLS)]
    answers, reasons = await outcomes([request() for request in requests])

    assert answers == []
    assert reasons == ["USER_BANNED"] * CALLS
    assert await everything(users) == before
    assert before["erased"] == before["users"] == 1

    # Lifted, the same person begins the next life.
    await users.account.AdminLiftBan(a_lift(me))
    back = await enters(users)
    assert (back.user_id, back.epoch, back.is_new) == (me, 3, True)
