"""The last phase: several statements and the operation's end in one transaction, behind which the gate may be shut."""

import asyncio

import pytest

from chassis.operations.gate import close_gate
from chassis.operations.operation import Look, Operation, Phase, Save
from chassis.operations.refusals import UserGone
from chassis.postgres import Tx
from chassis.process import Parts, Runtime, Service
from geminya.common.v1 import money_pb2
from geminya.users.v1 import wallet_pb2 as pb
from tests.integration.kit.toys import TABLE, Mood, ToyRejection, an_order
from tests.support.house import House, Houses

OPEN = Phase(1, money_pb2.Money)


class ParkFlow:
    """Notes two tickets and closes the box office for the player."""

    kind = "park"
    order = pb.ApplyRequest
    answer = pb.ApplyResponse

    def __init__(self, mood: Mood) -> None:
        self.mood = mood

    async def run(self, op: Operation, order: pb.ApplyRequest) -> pb.ApplyResponse:
        await op.phase(OPEN, self.open)
        await self.mood.passes("before the end")
        return await op.last_phase(self.end, order)

    async def open(self, _: Look) -> Save[money_pb2.Money]:
        return Save(money_pb2.Money(amount=1))

    async def end(self, tx: Tx, order: pb.ApplyRequest) -> pb.ApplyResponse:
        op = order.op
        assert await close_gate(tx, op.user_id, op.epoch)
        for number in (1, 2):
            await tx.run(
                "-- note\nINSERT INTO ticket (user_id, op_id, number) VALUES ($1, $2, $3)",
                *(op.user_id, op.op_id, number),
            )
        self.mood.notes += 1
        if self.mood.breaks_at_note:
            raise RuntimeError("the pencil broke")
        return pb.ApplyResponse(balances=[money_pb2.Money(amount=self.mood.notes)])


class Park:
    """A house with the flow, and what it left."""

    def __init__(self, house: House, mood: Mood) -> None:
        self.house = house
        self.mood = mood

    async def end(self, order: pb.ApplyRequest) -> pb.ApplyResponse:
        return await self.house.running["economy"].operations.run("park", order)

    async def stands(self) -> tuple[int, int, bool]:
        """State of the operation, tickets, and whether the gate is closed."""
        return (
            await self.house.value("SELECT state FROM economy.operation"),
            await self.house.value("SELECT count(*) FROM economy.ticket"),
            await self.house.value("SELECT closed FROM economy.gate"),
        )


@pytest.fixture
async def park(houses: Houses) -> Park:
    mood = Mood()

    def build(runtime: Runtime) -> Parts:
        runtime.operations.register(ParkFlow(mood))
        return Parts(served=[])

    service = Service("economy", (), ToyRejection, build)
    house = await houses("economy", services={"economy": service})
    await house.run(TABLE)
    return Park(house, mood)


async def test_the_work_and_the_end_are_one_commit(park: Park) -> None:
    names = await park.house.moments_of(lambda: park.end(an_order()))

    assert names == ["commit economy open_operation", "commit economy transaction"]
    assert await park.stands() == (10, 2, True)


async def test_a_repeat_behind_the_closed_gate_gets_the_same_answer(park: Park) -> None:
    order = an_order()
    first = await park.end(order)
    await park.house.quiet()

    assert await park.end(order) == first
    assert await park.stands() == (10, 2, True)


async def test_another_wish_behind_the_closed_gate_is_gone(park: Park) -> None:
    await park.end(an_order())

    with pytest.raises(UserGone):
        await park.end(an_order())


@pytest.mark.parametrize("moment", [1, 2])
async def test_it_survives_a_crash_at_every_moment(park: Park, moment: int) -> None:
    order = an_order()
    async with park.house.dies_at(moment):
        await park.end(order)
    assert park.house.has_died
    await park.house.wakes_up()

    answer = await park.end(order)

    assert answer.balances[0].amount == 1
    assert await park.stands() == (10, 2, True)


async def test_what_breaks_in_it_leaves_nothing(park: Park) -> None:
    order = an_order()
    park.mood.breaks_at_note = True
    with pytest.raises(RuntimeError, match="pencil"):
        await park.end(order)
    assert await park.stands() == (1, 0, False)

    park.mood.breaks_at_note = False
    await park.house.settles()

    assert await park.stands() == (10, 2, True)


async def test_a_driver_that_was_overtaken_follows_instead_of_finding_the_gate_shut(
    park: Park,
) -> None:
    order = an_order()
    go_on = park.mood.hold("before the end")
    slow = asyncio.create_task(park.end(order))
    await park.mood.arrived["before the end"].wait()
    replica = await park.house.start_another("economy")
    await park.house.leases_end()
    assert await replica.sweeper.sweep() == 1

    go_on.set()

    assert (await slow).balances[0].amount == 1
    assert await park.stands() == (10, 2, True)
    await replica.stop()


async def test_a_life_that_somebody_else_has_closed_is_gone(park: Park) -> None:
    go_on = park.mood.hold("before the end")
    late = asyncio.create_task(park.end(an_order()))
    await park.mood.arrived["before the end"].wait()
    await park.house.run("UPDATE economy.gate SET closed = true")

    go_on.set()

    with pytest.raises(UserGone):
        await late
    await park.house.quiet()
    assert await park.stands() == (12, 0, True)
