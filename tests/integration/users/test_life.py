"""The end of a life: reset, erase, and coming back, over all four services."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import StoppedClock
from geminya.common.v1 import life_pb2
from geminya.common.v1.life_pb2_grpc import ExportServiceStub
from geminya.users.v1 import account_pb2 as pb
from services.users.account.erased import Forgetting
from tests.support.calls import Code, an_op, bad_request, fails_with, insist, outcomes, refused
from tests.support.house import House, Houses, UsersHouse
from tests.support.players import a_daily, a_rename, an_apply

WHO = 123456789012345678
OPEN = """
    INSERT INTO {schema}.operation (user_id, op_id, epoch, kind, state, request_hash, request, lease_until)
    VALUES (7, gen_random_uuid(), 1, 'summon', 1, '', 'x', now() + interval '1 hour')
"""


@pytest.fixture
async def users(house: House) -> UsersHouse:
    """The users service in a whole house; player 7 has something of everything."""
    users = UsersHouse(house)
    await users.has(7, crystals=300, quartzs=20, daphine=1, rank=4, discord_id=WHO)
    await users.has(8, crystals=100)
    return users


def a_reset(player: int = 7, *, epoch: int = 1, op_id: str | None = None) -> pb.ResetAccountRequest:
    return pb.ResetAccountRequest(op=an_op(player, epoch=epoch, op_id=op_id))


def an_erase(
    player: int = 7, *, epoch: int = 1, op_id: str | None = None
) -> pb.EraseAccountRequest:
    return pb.EraseAccountRequest(op=an_op(player, epoch=epoch, op_id=op_id))


async def enter(users: UsersHouse, who: int = WHO) -> pb.EnterResponse:
    return await users.account.Enter(pb.EnterRequest(discord_id=who))


async def row_of(users: UsersHouse, player: int = 7) -> dict[str, Any]:
    [row] = await users.house.rows("SELECT * FROM users.users WHERE id = $1", player)
    return row


async def gates(users: UsersHouse, player: int = 7) -> set[tuple[int, bool]]:
    """Epoch and closed, of every service."""
    found = set()
    for schema in users.house.names:
        for row in await users.house.rows(
            f"SELECT epoch, closed FROM {schema}.gate WHERE user_id = $1", player
        ):
            found.add((row["epoch"], row["closed"]))
    return found


# ResetAccount


async def test_a_reset_begins_the_next_life_under_the_same_name(users: UsersHouse) -> None:
    await users.account.Rename(a_rename("Moonlit Hall"))

    answer = await users.account.ResetAccount(a_reset())

    assert answer.epoch == 2
    assert [money.amount for money in answer.balances] == [2000, 0, 0]
    row = await row_of(users)
    assert (row["state"], row["epoch"], row["collector_rank"]) == ("active", 2, 1)
    assert (row["academy_name"], row["discord_id"]) == ("Moonlit Hall", WHO)
    assert await gates(users) == {(1, True)}
    lines = [(line["version"], line["reason"], line["amount"]) for line in await users.ledger(7)]
    assert lines[3:] == [
        (2, "sink.erase", -1),
        (2, "sink.erase", -20),
        (2, "sink.erase", -300),
        (3, "mint.start", 2000),
    ]
    assert (await users.balances(8))["sakura_crystals"] == 100
    assert await gates(users, 8) == {(1, False)}


async def test_the_next_life_is_lived_with_the_next_epoch(users: UsersHouse) -> None:
    await users.account.ResetAccount(a_reset())

    with refused("USER_GONE"):
        await users.wallet.Apply(an_apply(crystals=-30))
    await users.wallet.Apply(an_apply(crystals=-30, epoch=2))

    assert (await users.balances(7))["sakura_crystals"] == 1970
    assert (await enter(users)).epoch == 2


async def test_an_empty_wallet_can_be_reset_too(users: UsersHouse) -> None:
    await users.has(9)

    await users.account.ResetAccount(a_reset(9))

    assert [line["reason"] for line in await users.ledger(9)] == ["mint.start"]
    assert (await row_of(users, 9))["wallet_version"] == 1


async def test_a_life_after_a_life(users: UsersHouse) -> None:
    first, second = a_reset(), a_reset(epoch=2)
    assert (await users.account.ResetAccount(first)).epoch == 2
    assert (await users.account.ResetAccount(second)).epoch == 3

    assert (await users.account.ResetAccount(first)).epoch == 2
    assert (await row_of(users))["epoch"] == 3


@pytest.mark.parametrize("schema", ["users", "collection", "expeditions", "economy"])
async def test_a_reset_waits_for_every_wish_under_way(users: UsersHouse, schema: str) -> None:
    await users.house.run(OPEN.format(schema=schema))
    request = a_reset()

    with refused("OPERATIONS_OPEN", count="1"):
        await users.account.ResetAccount(request)

    assert (await row_of(users))["state"] == "active"
    await users.house.run(f"UPDATE {schema}.operation SET state = 10, result = '' WHERE state = 1")
    with refused("OPERATIONS_OPEN", count="1"):
        await users.account.ResetAccount(request)
    assert (await users.account.ResetAccount(a_reset())).epoch == 2


async def test_a_reset_of_an_old_life_is_gone(users: UsersHouse) -> None:
    await users.account.ResetAccount(a_reset())

    with refused("USER_GONE"):
        await users.account.ResetAccount(a_reset())


async def test_a_reset_of_nobody_is_refused(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND", user_id="404"):
        await users.account.ResetAccount(a_reset(404))


async def test_a_reset_without_an_op_is_a_bad_request(users: UsersHouse) -> None:
    with bad_request("op"):
        await users.account.ResetAccount(pb.ResetAccountRequest())


async def test_a_repeated_reset_gets_the_first_answer(users: UsersHouse) -> None:
    request = a_reset()
    first = await users.account.ResetAccount(request)
    await users.wallet.Apply(an_apply(crystals=-30, epoch=2))

    assert await users.account.ResetAccount(request) == first
    assert (await users.balances(7))["sakura_crystals"] == 1970


async def test_64_copies_of_a_reset_begin_one_life(users: UsersHouse) -> None:
    request = a_reset()

    answers = await asyncio.gather(
        *(insist(lambda: users.account.ResetAccount(request)) for _ in range(64))
    )

    assert {answer.epoch for answer in answers} == {2}
    assert (await row_of(users))["epoch"] == 2


async def test_64_different_resets_at_once_begin_one_life(users: UsersHouse) -> None:
    requests = [a_reset() for _ in range(64)]

    answers, reasons = await outcomes(
        [insist(lambda r=request: users.account.ResetAccount(r)) for request in requests]
    )

    assert len(answers) == 1
    assert set(reasons) <= {"ACCOUNT_CLOSING", "USER_GONE", "OPERATIONS_OPEN", "TOO_MANY"}
    assert (await row_of(users))["epoch"] == 2


async def test_the_daily_reward_is_not_paid_twice_by_a_reset(users: UsersHouse) -> None:
    await users.account.ClaimDaily(a_daily())

    await users.account.ResetAccount(a_reset())

    with refused("ALREADY_CLAIMED"):
        await users.account.ClaimDaily(a_daily(epoch=2))


# EraseAccount


async def test_an_erase_leaves_numbers_and_no_person(users: UsersHouse) -> None:
    await users.account.Rename(a_rename("Moonlit Hall"))

    await users.account.EraseAccount(an_erase())

    row = await row_of(users)
    assert (row["state"], row["discord_id"], row["academy_name"]) == ("closed", None, "")
    assert await users.balances(7) == {"sakura_crystals": 0, "quartzs": 0, "daphine": 0}
    assert await gates(users) == {(1, True)}
    [kept] = await users.house.rows("SELECT user_id, epoch, last_daily_reset FROM users.erased")
    assert kept == {"user_id": 7, "epoch": 1, "last_daily_reset": 0}
    with refused("USER_NOT_FOUND"):
        await users.account.GetAccount(pb.GetAccountRequest(user_id=7))
    assert (await row_of(users, 8))["state"] == "active"


async def test_what_a_player_named_is_in_no_row_of_users(users: UsersHouse) -> None:
    await users.account.Rename(a_rename("Moonlit Hall"))
    await users.account.EraseAccount(an_erase())

    for table in ("applied_step", "operation", "users"):
        text = await users.house.value(f"SELECT string_agg(t::text, '') FROM users.{table} AS t")
        assert "Moonlit" not in text
        assert b"Moonlit".hex() not in text
        assert str(WHO) not in text


async def test_an_erase_waits_for_nothing_and_ends_what_is_under_way(users: UsersHouse) -> None:
    for schema in users.house.names:
        await users.house.run(OPEN.format(schema=schema))

    await users.account.EraseAccount(an_erase())

    for schema in users.house.names:
        states = await users.house.rows(f"SELECT state FROM {schema}.operation ORDER BY state DESC")
        assert states[0]["state"] == 12


async def test_a_repeated_erase_gets_the_same_answer(users: UsersHouse) -> None:
    request = an_erase()
    first = await users.account.EraseAccount(request)

    assert await users.account.EraseAccount(request) == first
    returned = await enter(users)
    assert await users.account.EraseAccount(request) == first

    assert (returned.user_id, returned.epoch) == (7, 2)
    assert (await row_of(users))["state"] == "active"


async def test_64_copies_of_an_erase_end_one_life(users: UsersHouse) -> None:
    request = an_erase()

    await asyncio.gather(*(insist(lambda: users.account.EraseAccount(request)) for _ in range(64)))

    assert (await row_of(users))["state"] == "closed"
    assert await users.house.value("SELECT count(*) FROM users.erased") == 1


async def test_an_erase_and_a_reset_at_once_end_one_life(users: UsersHouse) -> None:
    answers, reasons = await outcomes(
        [users.account.EraseAccount(an_erase()), users.account.ResetAccount(a_reset())]
    )

    assert len(answers) == 1
    assert set(reasons) <= {"ACCOUNT_CLOSING", "USER_GONE", "OPERATIONS_OPEN"}


async def test_an_erase_of_nobody_is_refused(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND"):
        await users.account.EraseAccount(an_erase(404))


async def test_an_erase_of_an_old_life_is_gone(users: UsersHouse) -> None:
    await users.account.EraseAccount(an_erase())

    with refused("USER_GONE"):
        await users.account.EraseAccount(an_erase())


# While it closes


@pytest.fixture
async def closing(users: UsersHouse) -> pb.EraseAccountRequest:
    """An erase that stands between its first phase and the first service."""
    request = an_erase()
    async with users.house.dies_at(1):
        await users.account.EraseAccount(request)
    await users.house.start()
    return request


async def test_who_enters_while_the_academy_closes_is_told_so(
    users: UsersHouse, closing: pb.EraseAccountRequest
) -> None:
    with refused("ACCOUNT_CLOSING"):
        await enter(users)
    with refused("ACCOUNT_CLOSING"):
        await users.account.ResetAccount(a_reset())
    with refused("ACCOUNT_CLOSING"):
        await users.account.EraseAccount(an_erase())


@pytest.mark.parametrize("call", ["Rename", "ClaimDaily"])
async def test_nothing_new_begins_while_the_academy_closes(
    users: UsersHouse, closing: pb.EraseAccountRequest, call: str
) -> None:
    request = a_rename("Moonlit Hall") if call == "Rename" else a_daily()

    with refused("USER_NOT_FOUND"):
        await getattr(users.account, call)(request)

    await users.house.wakes_up()
    assert (await row_of(users))["state"] == "closed"


# Coming back


async def test_who_comes_back_has_the_same_inner_id_and_the_next_epoch(users: UsersHouse) -> None:
    await users.account.EraseAccount(an_erase())

    entered = await enter(users)

    assert (entered.user_id, entered.epoch, entered.is_new) == (7, 2, True)
    assert entered.academy_name == "Academy 123456"
    assert (await users.balances(7))["sakura_crystals"] == 2000
    assert await users.house.value("SELECT count(*) FROM users.erased") == 0
    assert (await enter(users)).is_new is False


async def test_64_returns_at_once_begin_one_life(users: UsersHouse) -> None:
    await users.account.EraseAccount(an_erase())

    entered = await asyncio.gather(*(insist(lambda: enter(users)) for _ in range(64)))

    assert {(one.user_id, one.epoch) for one in entered} == {(7, 2)}
    assert sum(one.is_new for one in entered) == 1
    starts = [line for line in await users.ledger(7) if line["reason"] == "mint.start"]
    assert len({line["version"] for line in starts}) == 2


async def test_daily_erase_return_daily_is_refused(houses: Houses) -> None:
    clock = StoppedClock(datetime(2026, 7, 1, 5, tzinfo=UTC))
    users = UsersHouse(await houses(clock=clock))
    await users.has(7, discord_id=WHO)
    await users.account.ClaimDaily(a_daily())

    for epoch in (1, 2, 3):
        await users.account.EraseAccount(an_erase(epoch=epoch))
        assert (await enter(users)).epoch == epoch + 1
        with refused("ALREADY_CLAIMED"):
            await users.account.ClaimDaily(a_daily(epoch=epoch + 1))

    clock.move(timedelta(days=1))
    answer = await users.account.ClaimDaily(a_daily(epoch=4))
    assert (answer.daily_streak, answer.balances[0].amount) == (1, 2500)


async def test_somebody_else_gets_nobodys_old_life(users: UsersHouse) -> None:
    await users.account.EraseAccount(an_erase())

    assert (await enter(users, WHO + 1)).user_id not in (7, 8)
    assert (await row_of(users))["state"] == "closed"


async def test_after_180_days_nobody_is_known_again(users: UsersHouse) -> None:
    await users.account.EraseAccount(an_erase())
    await users.house.run("UPDATE users.erased SET erased_at = now() - interval '179 days'")
    assert await Forgetting(users.database).clean() == 0
    await users.house.run("UPDATE users.erased SET erased_at = now() - interval '181 days'")

    assert await Forgetting(users.database).clean() == 1

    entered = await enter(users)
    assert (entered.epoch, entered.is_new) == (1, True)
    assert entered.user_id not in (7, 8)


# ListHeldRows in users


async def test_the_export_of_users_has_the_discord_id_and_the_ledger(users: UsersHouse) -> None:
    export = users.house.stub(ExportServiceStub, "users")

    answer = await export.ListHeldRows(life_pb2.ListHeldRowsRequest(user_id=7))

    assert {row.table for row in answer.rows} == {"users", "ledger", "gate"}
    assert any(str(WHO) in row.json for row in answer.rows)


async def test_the_export_of_who_was_erased_names_nobody(users: UsersHouse) -> None:
    await users.account.Rename(a_rename("Moonlit Hall"))
    await users.account.EraseAccount(an_erase())
    export = users.house.stub(ExportServiceStub, "users")

    answer = await export.ListHeldRows(life_pb2.ListHeldRowsRequest(user_id=7))

    told = " ".join(row.json for row in answer.rows)
    assert str(WHO) not in told
    assert "Moonlit" not in told
    assert {row.table for row in answer.rows} == {
        *("users", "ledger", "erased", "erasures", "gate", "applied_step", "operation")
    }


# The journal of erasures


async def test_nobody_is_erased_before_the_journal_has_it(houses: Houses, tmp_path: Path) -> None:
    """A restore knows whom to forget again, or the erase was never answered."""
    journal = tmp_path / "erasures.jsonl"
    house = await houses(erasure_journal=journal)
    users = UsersHouse(house)
    await users.has(7, crystals=300, discord_id=WHO)
    erase = an_erase()
    journal.unlink()
    journal.mkdir()

    with fails_with(Code.UNAVAILABLE):
        await users.account.EraseAccount(erase, timeout=8)
    assert (await row_of(users))["state"] == "closing"

    journal.rmdir()
    await house.settles()
    assert (await row_of(users))["state"] == "closed"
    [line] = [json.loads(text) for text in journal.read_text().splitlines() if text]
    assert (line["user_id"], line["epoch"], line["op_id"]) == (7, 1, erase.op.op_id)
    [listed] = await house.rows("SELECT op_id, discord_hash FROM users.erasures")
    assert (str(listed["op_id"]), listed["discord_hash"].hex()) == (
        line["op_id"],
        line["discord_hash"],
    )
    assert str(WHO) not in journal.read_text()
