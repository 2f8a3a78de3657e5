"""An academy that an operator closes: as the player's own erase, and with who and why."""

import uuid
from typing import Any

import grpc
import pytest

from geminya.common.v1.operator_pb2 import Operator
from geminya.users.v1 import account_pb2 as pb
from geminya.users.v1.account_pb2_grpc import AccountServiceStub
from tests.support.calls import an_op, bad_request, fails_with, insist, outcomes, refused
from tests.support.house import House, UsersHouse
from tests.support.races import CALLS

WHO = 123456789012345678


@pytest.fixture
async def users(house: House) -> UsersHouse:
    """The users service in a whole house; players 7 and 8 have something."""
    users = UsersHouse(house)
    await users.has(7, crystals=300, quartzs=20, discord_id=WHO)
    await users.has(8, crystals=100)
    return users


def an_erase(
    player: int = 7, *, epoch: int = 1, op_id: str | None = None, **by: str
) -> pb.AdminEraseAccountRequest:
    by = {"name": "keeper", "reason": "asked for by letter", "ticket": "T-9", **by}
    op = an_op(player, epoch=epoch, op_id=op_id)
    return pb.AdminEraseAccountRequest(op=op, operator=Operator(**by))


async def state_of(users: UsersHouse, player: int = 7) -> str:
    return await users.house.value("SELECT state FROM users.users WHERE id = $1", player)


async def audit_of(users: UsersHouse) -> list[dict[str, Any]]:
    return await users.house.rows("SELECT * FROM users.audit ORDER BY at")


async def everything(users: UsersHouse, player: int) -> list[str]:
    """All rows of a player in the service that begins the end."""
    rows = []
    for table, key in (("users", "id"), ("ledger", "user_id"), ("gate", "user_id")):
        sql = f"SELECT t::text AS told FROM users.{table} AS t WHERE {key} = $1 ORDER BY 1"
        rows += [row["told"] for row in await users.house.rows(sql, player)]
    return rows


async def test_an_operator_closes_an_academy_and_it_is_written_down(users: UsersHouse) -> None:
    request = an_erase()
    other = await everything(users, 8)

    await users.account.AdminEraseAccount(request)

    assert await state_of(users) == "closed"
    assert set((await users.balances(7)).values()) == {0}
    assert (
        await users.house.value("SELECT count(*) FROM users.users WHERE discord_id = $1", WHO) == 0
    )
    for schema in users.house.names:
        sql = f"SELECT bool_and(closed) FROM {schema}.gate WHERE user_id = 7"
        assert await users.house.value(sql)
    [row] = await audit_of(users)
    assert (row["user_id"], str(row["op_id"]), row["action"]) == (7, request.op.op_id, "erase")
    told = (row["operator"], row["reason"], row["ticket"])
    assert told == ("keeper", "asked for by letter", "T-9")
    assert row["before"] == {"epoch": 1, "state": "active"}
    assert row["after"] == {"epoch": 1, "state": "closing"}
    assert await everything(users, 8) == other


async def test_a_repeat_gets_the_same_answer_and_leaves_the_next_life_alone(
    users: UsersHouse,
) -> None:
    request = an_erase()
    first = await users.account.AdminEraseAccount(request)
    entered = await users.account.Enter(pb.EnterRequest(discord_id=WHO))

    assert await users.account.AdminEraseAccount(request) == first

    assert (entered.user_id, entered.epoch) == (7, 2)
    assert await state_of(users) == "active"
    assert len(await audit_of(users)) == 1
    with refused("USER_GONE"):
        await users.account.AdminEraseAccount(an_erase())
    assert len(await audit_of(users)) == 1


async def test_64_copies_close_one_academy(users: UsersHouse) -> None:
    request = an_erase()

    answers, reasons = await outcomes(
        [insist(lambda: users.account.AdminEraseAccount(request)) for _ in range(CALLS)]
    )

    assert (len(answers), reasons) == (CALLS, [])
    assert await state_of(users) == "closed"
    assert len(await audit_of(users)) == 1


async def test_an_operator_and_the_player_at_once_close_it_once(users: UsersHouse) -> None:
    own = [pb.EraseAccountRequest(op=an_op()) for _ in range(CALLS // 2)]
    by_hand = [an_erase(name=f"keeper {n}") for n in range(CALLS // 2)]

    answers, reasons = await outcomes(
        [
            *(insist(lambda r=r: users.account.EraseAccount(r)) for r in own),
            *(insist(lambda r=r: users.account.AdminEraseAccount(r)) for r in by_hand),
        ]
    )

    assert len(answers) == 1
    assert set(reasons) <= {"ACCOUNT_CLOSING", "USER_GONE", "TOO_MANY"}
    assert await state_of(users) == "closed"
    is_by_hand = isinstance(answers[0], pb.AdminEraseAccountResponse)
    assert len(await audit_of(users)) == is_by_hand


async def test_nobody_and_what_is_closing_are_refused(users: UsersHouse) -> None:
    for _ in range(2):
        with refused("USER_NOT_FOUND", user_id="404"):
            await users.account.AdminEraseAccount(an_erase(404))
    async with users.house.dies_at(1):
        await users.account.EraseAccount(pb.EraseAccountRequest(op=an_op()))
    await users.house.start()

    with refused("ACCOUNT_CLOSING"):
        await users.account.AdminEraseAccount(an_erase())

    assert await audit_of(users) == []


async def test_an_act_without_a_person_or_a_reason_is_a_bad_request(users: UsersHouse) -> None:
    with bad_request("operator"):
        await users.account.AdminEraseAccount(pb.AdminEraseAccountRequest(op=an_op()))
    with bad_request("op"):
        await users.account.AdminEraseAccount(
            pb.AdminEraseAccountRequest(operator=an_erase().operator)
        )
    for field, value in (("name", ""), ("reason", "no"), ("reason", "a\0b"), ("ticket", "\n")):
        with bad_request(f"operator.{field}"):
            await users.account.AdminEraseAccount(an_erase(**{field: value}))

    assert await state_of(users) == "active"


async def test_an_op_that_was_used_closes_nobody(users: UsersHouse) -> None:
    op_id = str(uuid.uuid4())
    await users.account.AdminEraseAccount(an_erase(8, op_id=op_id))

    # The ids of two players are two wishes; the same one with another reason is none.
    with refused("OP_REUSED"):
        await users.account.AdminEraseAccount(an_erase(8, op_id=op_id, reason="another one"))
    assert await state_of(users) == "active"


@pytest.mark.parametrize("caller", ["bot", "economy", "collection", "expeditions"])
async def test_only_an_operator_may(users: UsersHouse, caller: str) -> None:
    stub = users.house.stub(AccountServiceStub, "users", caller)

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await stub.AdminEraseAccount(an_erase())

    assert await state_of(users) == "active"
