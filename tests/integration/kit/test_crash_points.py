"""A flow of pay, note and give survives a crash at every moment and every fault of every call (T2, T3)."""

from contextlib import suppress

import pytest

from chassis.operations.refusals import KeptRejection
from geminya.users.v1 import wallet_pb2 as pb
from tests.integration.kit.toys import APPLY, Toy, a_toy, an_order
from tests.support.faults import Fault
from tests.support.house import Houses


@pytest.fixture
async def toy(houses: Houses) -> Toy:
    return await a_toy(houses)


async def bought_once(toy: Toy, order: pb.ApplyRequest) -> bool:
    """Everything of one ticket is there once, and the repeat gives the answer that was kept."""
    player = order.op.user_id
    answer = await toy.buy(order)
    assert await toy.tickets(player) == [answer.balances[-1].amount]
    assert await toy.money(player) == (90, 1)
    assert (await toy.row(order))["result"] == answer.SerializeToString(deterministic=True)
    return True


async def test_the_moments_of_a_flow_are_always_the_same(toy: Toy) -> None:
    """C1: the row is committed before the first call leaves."""
    await toy.users.has(8, crystals=100)

    first = await toy.house.moments_of(lambda: toy.buy(an_order(7)))
    second = await toy.house.moments_of(lambda: toy.buy(an_order(8)))

    apply = "/geminya.users.v1.WalletService/Apply"
    assert first == [
        "commit economy open_operation",
        f"send {apply}",
        "commit users apply",
        f"reply {apply}",
        "commit economy save_ticket",
        f"send {apply}",
        "commit users apply",
        f"reply {apply}",
        "commit economy finish_operation",
    ]
    assert second == first


async def test_a_ticket_is_bought_once_wherever_the_house_dies(toy: Toy) -> None:
    moments = len(await toy.house.moments_of(lambda: toy.buy(an_order())))

    for moment in range(1, moments + 1):
        order = an_order(player=100 + moment)
        await toy.users.has(100 + moment, crystals=100)
        async with toy.house.dies_at(moment):
            await toy.buy(order)
        assert toy.house.has_died
        await toy.house.wakes_up()

        assert await bought_once(toy, order), moment


async def test_a_ticket_is_bought_once_when_the_repair_dies_too(toy: Toy) -> None:
    for first, second in [(1, 2), (2, 4), (3, 1), (3, 6), (4, 4), (5, 3), (6, 6), (8, 2)]:
        player = 100 + first * 10 + second
        order = an_order(player=player)
        await toy.users.has(player, crystals=100)
        async with toy.house.dies_at(first):
            await toy.buy(order)
        await toy.house.start()
        async with toy.house.dies_at(second):
            await toy.house.settles()
        await toy.house.wakes_up()

        assert await bought_once(toy, order), (first, second)


async def test_a_refused_ticket_costs_nothing_wherever_the_house_dies(toy: Toy) -> None:
    async def tries(order: pb.ApplyRequest) -> None:
        with suppress(KeptRejection):
            await toy.buy(order)

    await toy.users.has(50, crystals=5)
    moments = len(await toy.house.moments_of(lambda: tries(an_order(player=50))))

    for moment in range(1, moments + 1):
        order = an_order(player=100 + moment)
        await toy.users.has(100 + moment, crystals=5)
        async with toy.house.dies_at(moment):
            await tries(order)
        await toy.house.wakes_up()

        assert (await toy.row(order))["state"] == 11
        assert await toy.money(100 + moment) == (5, 0)
        assert await toy.tickets(100 + moment) == []


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("call", [1, 2])
async def test_a_ticket_is_bought_once_whatever_becomes_of_a_call(
    toy: Toy, fault: Fault, call: int
) -> None:
    order = an_order()
    toy.house.faults.break_call(APPLY, fault, nth=call)

    await toy.buy(order)
    await toy.house.settles()
    await toy.house.faults.deliver_late()

    assert toy.house.faults.planned == {}
    assert await bought_once(toy, order)


@pytest.mark.parametrize("fault", Fault)
async def test_a_refusal_stands_whatever_becomes_of_its_call(toy: Toy, fault: Fault) -> None:
    """P2: the money that comes later is not taken by a late copy of the refused call."""
    order = an_order(player=8)
    await toy.users.has(8, crystals=5)
    toy.house.faults.break_call(APPLY, fault)

    with pytest.raises(Exception, match="10 sakura_crystals asked, 5 there"):
        await toy.buy(order)
    await toy.house.run("UPDATE users.users SET sakura_crystals = 500 WHERE id = 8")
    await toy.house.settles()
    await toy.house.faults.deliver_late()

    assert (await toy.row(order))["state"] == 11
    assert await toy.money(8) == (500, 0)
