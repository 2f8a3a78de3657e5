"""The epoch table: what each step does with each gate (docs/reliability.md, section 3)."""

from collections.abc import Awaitable, Callable

import grpc
import pytest

from chassis.operations.gate import EpochAhead, close_gate
from chassis.operations.refusals import UserGone
from tests.integration.kit.test_participant import TABLE, Jar, some_coins
from tests.integration.kit.toys import a_toy, an_order
from tests.support.calls import an_op, fails_with, refused
from tests.support.house import House, Houses, UsersHouse
from tests.support.players import a_rename, an_apply

Act = Callable[[int], Awaitable[None]]
GONE, GOES_ON, BUG = "GONE", "goes on", "bug"

TABLE_OF_EPOCHS = [
    pytest.param(None, 2, GOES_ON, (2, False), id="any epoch, no row: insert it, go on"),
    pytest.param((2, False), 2, GOES_ON, (2, False), id="same epoch, open: go on"),
    pytest.param((2, True), 2, GONE, (2, True), id="same epoch, closed: gone"),
    pytest.param((2, False), 1, GONE, (2, False), id="lower epoch, open: gone"),
    pytest.param((2, True), 1, GONE, (2, True), id="lower epoch, closed: gone"),
    pytest.param((1, True), 2, GOES_ON, (2, False), id="higher epoch, closed: open it anew, go on"),
    pytest.param((1, False), 2, BUG, (1, False), id="higher epoch, open: a bug and an alarm"),
]


class Door:
    """Something with a gate, and what became of it."""

    def __init__(self, house: House, schema: str, act: Act) -> None:
        self.house = house
        self.schema = schema
        self._act = act

    async def stands(self, gate: tuple[int, bool] | None) -> None:
        await self.house.run(f"DELETE FROM {self.schema}.gate WHERE user_id = 7")
        if gate is not None:
            await self.house.run(
                f"INSERT INTO {self.schema}.gate (user_id, epoch, closed) VALUES (7, $1, $2)", *gate
            )

    async def gate(self) -> tuple[int, bool]:
        rows = await self.house.rows(
            f"SELECT epoch, closed FROM {self.schema}.gate WHERE user_id = 7"
        )
        return rows[0]["epoch"], rows[0]["closed"]

    async def verdict(self, epoch: int) -> str:
        try:
            await self._act(epoch)
        except UserGone:
            return GONE
        except EpochAhead:
            return BUG
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.INTERNAL:
                return BUG
            with refused("USER_GONE"):
                raise
            return GONE
        return GOES_ON


@pytest.fixture(params=["one statement", "several statements", "function", "phase", "rpc"])
async def door(request: pytest.FixtureRequest, houses: Houses) -> Door:
    """Every way in which something of a player changes."""
    if request.param == "phase":
        toy = await a_toy(houses)

        async def buy(epoch: int) -> None:
            await toy.house.run("UPDATE users.gate SET epoch = $1", epoch)
            await toy.buy(an_order(epoch=epoch))

        return Door(toy.house, "economy", buy)
    if request.param in ("function", "rpc"):
        users = UsersHouse(await houses("users"))
        await users.has(7, crystals=100)

        async def change(epoch: int) -> None:
            if request.param == "function":
                await users.wallet.Apply(an_apply(crystals=-1, epoch=epoch))
            else:
                await users.account.Rename(a_rename(epoch=epoch))

        return Door(users.house, "users", change)
    house = await houses("expeditions")
    await house.run(TABLE)
    jar = Jar(house.database("expeditions"))
    fill = jar.fill if request.param == "one statement" else jar.fill_slowly

    async def put(epoch: int) -> None:
        await fill(some_coins(1, an_op(epoch=epoch)))

    return Door(house, "expeditions", put)


@pytest.mark.parametrize(("gate", "epoch", "verdict", "after"), TABLE_OF_EPOCHS)
async def test_a_step_of_an_epoch_meets_a_gate(
    door: Door,
    gate: tuple[int, bool] | None,
    epoch: int,
    verdict: str,
    after: tuple[int, bool],
) -> None:
    await door.stands(gate)

    assert await door.verdict(epoch) == verdict
    assert await door.gate() == after


async def test_an_outcome_of_a_closed_life_is_gone_too(door: Door) -> None:
    """P5: also a repeat finds only that the life is over."""
    await door.stands((1, False))
    assert await door.verdict(1) == GOES_ON

    await door.stands((1, True))

    assert await door.verdict(1) == GONE


async def test_a_repeat_in_a_closed_life_is_gone(houses: Houses) -> None:
    """The one statement once looked for the outcome before it looked at the gate."""
    house = await houses("expeditions")
    await house.run(TABLE)
    jar = Jar(house.database("expeditions"))
    request = some_coins(5)
    await jar.fill(request)

    await house.run("UPDATE expeditions.gate SET closed = true")

    with pytest.raises(UserGone):
        await jar.fill(request)


async def test_an_op_of_a_closed_life_is_not_used_in_the_next(houses: Houses) -> None:
    house = await houses("expeditions")
    await house.run(TABLE)
    jar = Jar(house.database("expeditions"))
    op = an_op()
    await jar.fill(some_coins(5, op))
    await house.run("UPDATE expeditions.gate SET closed = true")

    with pytest.raises(Exception, match="used for something else"):
        await jar.fill(some_coins(5, an_op(op_id=op.op_id, epoch=2)))


async def test_a_new_life_before_the_old_one_is_closed_is_an_alarm_without_details(
    users: UsersHouse, logs: list[dict[str, object]]
) -> None:
    await users.has(7, crystals=100)

    with fails_with(grpc.StatusCode.INTERNAL, "internal error"):
        await users.wallet.Apply(an_apply(crystals=-1, epoch=2))

    alarm = next(line for line in logs if line["event"] == "call.failed")
    assert isinstance(alarm["exc_info"], EpochAhead)
    assert (await users.balances(7))["sakura_crystals"] == 100


@pytest.mark.parametrize(
    ("gate", "is_closed", "after"),
    [
        pytest.param((2, False), True, (2, True), id="same epoch: close it"),
        pytest.param((2, True), True, (2, True), id="same epoch, closed: it stays so"),
        pytest.param(None, True, (2, True), id="no row: insert it closed"),
        pytest.param((1, True), True, (2, True), id="a life that never came here: close it too"),
        pytest.param((3, False), False, (3, False), id="lower epoch: a late copy touches nothing"),
    ],
)
async def test_closing_a_gate(
    houses: Houses,
    gate: tuple[int, bool] | None,
    is_closed: bool,
    after: tuple[int, bool],
) -> None:
    """A closed old gate once let a late step of the next life in, though that life was closed too."""

    async def nothing(_: int) -> None: ...

    house = await houses("expeditions")
    door = Door(house, "expeditions", nothing)
    await door.stands(gate)

    async with house.database("expeditions").transaction() as tx:
        assert await close_gate(tx, 7, 2) is is_closed

    assert await door.gate() == after
