"""The coordinator's half: phases and steps that go on where they stood (rules C1-C9)."""

import asyncio
from contextlib import suppress
from typing import Any

import grpc
import pytest

from chassis.operations import store
from chassis.operations.gate import lock_gate
from chassis.operations.operation import Operation, Parked, Unknown
from chassis.operations.refusals import KeptRejection, OpReused, TooMany, UserGone, keep
from chassis.postgres import DatabaseTrouble
from chassis.rejection import Rejection
from geminya.common.v1 import operation_pb2
from geminya.common.v1.operation_pb2_grpc import OperationServiceStub
from geminya.users.v1 import wallet_pb2 as pb
from geminya.users.v1.wallet_pb2_grpc import (
    WalletServiceServicer,
    add_WalletServiceServicer_to_server,
)
from tests.integration.kit.toys import (
    PAY,
    TABLE,
    Mood,
    TicketFlow,
    Toy,
    a_toy,
    an_order,
    toy_service,
)
from tests.support.calls import an_op, refused, until
from tests.support.house import Fake, Houses

DONE, REJECTED, CLOSED_GONE = 10, 11, 12


@pytest.fixture
async def toy(houses: Houses) -> Toy:
    return await a_toy(houses)


class ScriptedWallet(WalletServiceServicer):
    """A wallet that answers what it was told to, then always yes."""

    def __init__(self, *codes: grpc.StatusCode) -> None:
        self.codes = list(codes)
        self.asked = 0

    async def Apply(self, request: Any, context: Any) -> Any:
        self.asked += 1
        if self.codes:
            await context.abort(self.codes.pop(0), "so it was told")
        return TicketFlow.answer()


async def a_toy_with(houses: Houses, wallet: ScriptedWallet) -> Toy:
    """The box office with a wallet that does as it was told."""
    mood = Mood()
    fake = Fake(wallet, add_WalletServiceServicer_to_server)
    house = await houses(
        "economy", services={"economy": toy_service(mood)}, fakes={"users": [fake]}
    )
    await house.run(TABLE)
    return Toy(house, mood)


async def test_a_flow_does_all_of_its_parts_once(toy: Toy) -> None:
    order = an_order()

    answer = await toy.buy(order)
    await toy.house.quiet()

    assert await toy.tickets() == [answer.balances[-1].amount]
    assert await toy.money() == (90, 1)
    assert (await toy.row(order))["state"] == DONE


# C1


async def test_c1_the_row_with_all_that_was_frozen_is_there_before_the_first_step(toy: Toy) -> None:
    order = an_order(price=10)
    async with toy.house.dies_at(2):
        await toy.buy(order)

    row = await toy.row(order)

    assert (row["state"], row["kind"], row["epoch"]) == (1, "ticket", 1)
    assert row["frozen"] == {"1": {"currency": "CURRENCY_SAKURA_CRYSTALS", "amount": "10"}}
    assert row["request"] == order.SerializeToString(deterministic=True)
    assert row["is_leased"]
    assert await toy.money() == (100, 0)


# C2


async def test_c2_what_was_drawn_is_never_drawn_again(toy: Toy) -> None:
    order = an_order()
    moments = 5  # opened, sent, paid, heard, noted
    async with toy.house.dies_at(moments):
        await toy.buy(order)
    drawn = await toy.tickets()
    await toy.house.wakes_up()

    answer = await toy.buy(order)

    assert toy.mood.notes == 1
    assert [answer.balances[-1].amount] == drawn


async def test_c2_a_price_that_changes_meanwhile_is_not_asked(toy: Toy) -> None:
    order = an_order(price=10)
    async with toy.house.dies_at(1):
        await toy.buy(order)
    toy.mood.refuses_to_open = "holidays"

    await toy.house.wakes_up()

    assert (await toy.row(order))["state"] == DONE
    assert await toy.money() == (90, 1)


# C3


async def test_c3_a_driver_that_was_overtaken_follows_the_faster_one(toy: Toy) -> None:
    order = an_order()
    go_on = toy.mood.hold("note")
    slow = asyncio.create_task(toy.buy(order))
    await toy.mood.arrived["note"].wait()
    replica = await toy.house.start_another("economy")
    await toy.house.leases_end()
    assert await replica.sweeper.sweep() == 1

    go_on.set()

    assert (await slow).balances[-1].amount == (await toy.tickets())[0]
    assert len(await toy.tickets()) == 1
    assert await toy.money() == (90, 1)
    await replica.stop()


async def test_c3_two_drivers_that_open_at_once_open_one_operation(toy: Toy) -> None:
    order = an_order()
    replica = await toy.house.start_another("economy")

    here, there = await asyncio.gather(toy.buy(order), replica.operations.run("ticket", order))

    assert here == there
    assert len(await toy.tickets()) == 1
    assert await toy.money() == (90, 1)
    await replica.stop()


# C4


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.FAILED_PRECONDITION,
    ],
)
async def test_c4_only_a_recorded_answer_refuses_everything_else_is_asked_again(
    houses: Houses, code: grpc.StatusCode
) -> None:
    """A code without a reason comes from the wire and not from the rules."""
    wallet = ScriptedWallet(code)
    toy = await a_toy_with(houses, wallet)

    await toy.buy(an_order())

    # The channel itself asks again where nobody was there.
    assert wallet.asked >= 3
    assert len(await toy.tickets()) == 1


async def test_c4_a_step_without_an_answer_stays_unknown(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LEASE_S", 1.1)
    toy = await a_toy_with(houses, ScriptedWallet(*[grpc.StatusCode.INTERNAL] * 1000))
    order = an_order()

    with pytest.raises(Unknown):
        await toy.buy(order)

    assert (await toy.row(order))["state"] == 1


async def test_c4_a_step_that_was_asked_for_something_else_is_no_refusal(toy: Toy) -> None:
    """Closing the operation as refused here would lose what the first content took."""
    order = an_order(price=10)
    async with toy.house.dies_at(3):
        await toy.buy(order)
    await toy.house.run(
        "UPDATE economy.operation SET frozen = jsonb_set(frozen, '{1,amount}', '\"20\"')"
    )
    await toy.house.start()

    with pytest.raises(AssertionError, match="stay open"):
        await toy.house.settles()

    row = await toy.row(order)
    assert (row["state"], row["parked"]) == (1, True)
    assert await toy.money() == (90, 0)


# C5


async def test_c5_a_refused_pivot_leaves_nothing_behind(toy: Toy) -> None:
    order = an_order(price=101)

    with pytest.raises(KeptRejection, match="101 sakura_crystals asked, 100 there") as refusal:
        await toy.buy(order)

    assert (refusal.value.domain, refusal.value.reason) == ("users.geminya", "INSUFFICIENT_FUNDS")
    assert refusal.value.metadata["balance"] == "100"
    assert (await toy.row(order))["state"] == REJECTED
    assert await toy.money() == (100, 0)
    assert await toy.tickets() == []


async def test_c5_a_refusal_before_the_pivot_never_reaches_it(toy: Toy) -> None:
    toy.mood.refuses_to_open = "holidays"
    order = an_order()

    with pytest.raises(Rejection, match="closed for holidays"):
        await toy.buy(order)

    assert (await toy.row(order))["state"] == REJECTED
    assert toy.house.faults.calls == []


# C6


async def test_c6_a_done_operation_gives_its_answer_for_ever(toy: Toy) -> None:
    order = an_order()
    first = await toy.buy(order)
    await toy.house.quiet()
    toy.mood.refuses_to_open = toy.mood.refuses_to_note = "holidays"
    await toy.house.run("UPDATE users.users SET sakura_crystals = 0")

    again = await toy.buy(order)

    assert again.SerializeToString(deterministic=True) == first.SerializeToString(
        deterministic=True
    )
    assert len(await toy.tickets()) == 1


@pytest.mark.parametrize("place", ["open", "pivot"])
async def test_c6_a_refused_operation_stays_refused(toy: Toy, place: str) -> None:
    order = an_order(price=10 if place == "open" else 101)
    toy.mood.refuses_to_open = "holidays" if place == "open" else ""
    with pytest.raises(Rejection) as first:
        await toy.buy(order)
    toy.mood.refuses_to_open = ""
    await toy.house.run("UPDATE users.users SET sakura_crystals = 500")

    with pytest.raises(Rejection) as second:
        await toy.buy(order)

    assert str(second.value) == str(first.value)
    assert second.value.metadata == first.value.metadata
    assert await toy.money() == (500, 0)


async def test_c6_a_final_state_cannot_be_left(toy: Toy) -> None:
    order = an_order()
    await toy.buy(order)
    await toy.house.quiet()
    bare = toy.house.database("economy").bare

    assert not await store.finish(bare, order.op, REJECTED, b"other")
    await store.put_off(bare, 7, order.op.op_id, 0, "other")
    await store.park(bare, 7, order.op.op_id, "other")
    assert await store.claim(bare, 7, order.op.op_id, "other") is None

    row = await toy.row(order)
    assert (row["state"], row["parked"], row["trouble"]) == (DONE, False, "")


async def test_c6_other_content_under_a_known_op_is_refused(toy: Toy) -> None:
    op = an_op()
    await toy.buy(an_order(price=10, op=op))
    await toy.house.quiet()

    with pytest.raises(OpReused):
        await toy.buy(an_order(price=11, op=op))

    assert await toy.money() == (90, 1)


async def test_c6_other_content_while_the_operation_runs_is_refused(toy: Toy) -> None:
    op = an_op()
    go_on = toy.mood.hold("note")
    running = asyncio.create_task(toy.buy(an_order(price=10, op=op)))
    await toy.mood.arrived["note"].wait()

    with pytest.raises(OpReused):
        await toy.buy(an_order(price=11, op=op))

    go_on.set()
    await running
    assert await toy.money() == (90, 1)


# C7


async def test_c7_the_work_goes_on_when_the_caller_has_gone(toy: Toy) -> None:
    order = an_order()
    go_on = toy.mood.hold("note")
    caller = asyncio.create_task(toy.buy(order))
    await toy.mood.arrived["note"].wait()
    caller.cancel()
    with suppress(asyncio.CancelledError):
        await caller

    go_on.set()
    await toy.house.quiet()

    assert (await toy.row(order))["state"] == DONE
    assert await toy.money() == (90, 1)


async def test_c7_callers_of_one_operation_share_its_driver(toy: Toy) -> None:
    order = an_order()

    answers = await asyncio.gather(*(toy.buy(order) for _ in range(16)))

    assert all(answer == answers[0] for answer in answers)
    assert toy.mood.notes == 1


# C8


@pytest.mark.parametrize(("place", "paid"), [("open", 0), ("note", 10)])
async def test_c8_a_phase_obeys_the_gate(toy: Toy, place: str, paid: int) -> None:
    await toy.house.run("INSERT INTO economy.gate (user_id, epoch) VALUES (7, 1)")
    order = an_order()
    go_on = toy.mood.hold(place)
    running = asyncio.create_task(toy.buy(order))
    await toy.mood.arrived[place].wait()
    await toy.house.run("UPDATE economy.gate SET closed = true, changes = changes + 1")

    go_on.set()

    with pytest.raises(UserGone):
        await running
    states = await toy.house.rows("SELECT state FROM economy.operation")
    assert [row["state"] for row in states] == ([CLOSED_GONE] if paid else [])
    assert await toy.tickets() == []
    assert await toy.money() == (100 - paid, 0)


async def test_c8_a_participant_that_says_gone_closes_the_operation(toy: Toy) -> None:
    order = an_order()
    await toy.house.run("UPDATE users.gate SET closed = true")

    with pytest.raises(UserGone):
        await toy.buy(order)

    assert (await toy.row(order))["state"] == CLOSED_GONE
    with pytest.raises(UserGone):
        await toy.buy(order)


async def test_c8_an_end_after_the_gate_was_closed_is_gone(toy: Toy) -> None:
    order = an_order()
    async with toy.house.dies_at(8):
        await toy.buy(order)
    await toy.house.run("UPDATE economy.gate SET closed = true")

    await toy.house.wakes_up()

    assert (await toy.row(order))["state"] == CLOSED_GONE


# C9


async def test_c9_a_phase_that_refuses_after_the_pivot_is_parked_with_an_alarm(
    toy: Toy, logs: list[dict[str, Any]]
) -> None:
    order = an_order()
    toy.mood.refuses_to_note = "holidays"

    with pytest.raises(Parked):
        await toy.buy(order)

    row = await toy.row(order)
    assert (row["state"], row["parked"]) == (1, True)
    assert "closed for holidays" in row["trouble"]
    assert [line["log_level"] for line in logs if line["event"] == "operation.parked"] == ["error"]
    await toy.house.leases_end()
    assert await toy.house.running["economy"].sweeper.sweep() == 0


async def test_c9_a_step_that_refuses_after_the_pivot_is_parked(toy: Toy) -> None:
    order = an_order()
    await toy.house.run("UPDATE users.users SET quartzs = 9007199254740991")

    with pytest.raises(Parked):
        await toy.buy(order)

    row = await toy.row(order)
    assert (row["state"], row["parked"]) == (2, True)
    assert "WALLET_FULL" in row["trouble"]


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.INVALID_ARGUMENT]
)
async def test_c9_a_step_that_no_repeat_will_mend_is_parked(
    houses: Houses, code: grpc.StatusCode
) -> None:
    wallet = ScriptedWallet(code)
    toy = await a_toy_with(houses, wallet)
    order = an_order()

    with pytest.raises(Parked):
        await toy.buy(order)

    assert (await toy.row(order))["parked"]
    assert wallet.asked == 1


async def test_c9_a_repeat_of_a_parked_operation_waits_for_the_operator(toy: Toy) -> None:
    order = an_order()
    toy.mood.refuses_to_note = "holidays"
    for _ in range(2):
        with pytest.raises(Parked):
            await toy.buy(order)

    toy.mood.refuses_to_note = ""
    await toy.house.run("UPDATE economy.operation SET parked = false")
    await toy.house.settles()

    assert (await toy.row(order))["state"] == DONE
    assert await toy.money() == (90, 1)


# Limits, and looking.


async def test_too_many_open_operations_are_refused_and_leave_no_row(houses: Houses) -> None:
    toy = await a_toy(houses, max_open_operations=2)
    go_on = [toy.mood.hold("note")]
    first = asyncio.create_task(toy.buy(an_order()))
    await toy.mood.arrived["note"].wait()
    go_on.append(toy.mood.hold("note"))
    second = asyncio.create_task(toy.buy(an_order()))
    await toy.mood.arrived["note"].wait()
    late = an_order()

    with pytest.raises(TooMany):
        await toy.buy(late)

    for event in go_on:
        event.set()
    await asyncio.gather(first, second)
    await toy.house.quiet()
    await toy.buy(late)
    assert await toy.money() == (70, 3)


async def test_a_repeat_of_an_open_operation_is_not_one_too_many(houses: Houses) -> None:
    toy = await a_toy(houses, max_open_operations=1)
    order = an_order()
    async with toy.house.dies_at(2):
        await toy.buy(order)
    await toy.house.start()
    await toy.house.leases_end()

    await toy.buy(order)

    assert await toy.money() == (90, 1)


async def test_the_limit_of_open_operations_holds_against_many_at_once(houses: Houses) -> None:
    toy = await a_toy(houses, max_open_operations=3)
    async with toy.house.database("users").transaction() as nobody_pays_yet:
        await lock_gate(nobody_pays_yet, 7, 1)
        wishes = [asyncio.create_task(buy_patiently(toy, an_order(price=1))) for _ in range(64)]

        async def all_but_three_are_refused() -> bool:
            return sum(wish.done() for wish in wishes) == 61

        await until(all_but_three_are_refused)
        assert len(await toy.house.open_operations()) == 3

    results = await asyncio.gather(*wishes, return_exceptions=True)
    assert sum(isinstance(result, TooMany) for result in results) == 61
    assert await toy.money() == (97, 3)


async def buy_patiently(toy: Toy, order: pb.ApplyRequest) -> pb.ApplyResponse:
    """As the bot does: trouble says nothing about the outcome."""
    for _ in range(100):
        try:
            return await toy.buy(order)
        except DatabaseTrouble:
            continue
    raise AssertionError("the database never answers")


async def test_who_lost_an_answer_can_ask_what_became_of_it(toy: Toy) -> None:
    ask = toy.house.stub(OperationServiceStub, "economy").GetOperation
    done, refused_order = an_order(), an_order(price=101)
    await toy.buy(done)
    with pytest.raises(KeptRejection):
        await toy.buy(refused_order)
    await toy.house.quiet()

    async def state_of(op_id: str) -> int:
        return (await ask(operation_pb2.GetOperationRequest(user_id=7, op_id=op_id))).state

    assert await state_of(done.op.op_id) == operation_pb2.OPERATION_STATE_DONE
    assert await state_of(refused_order.op.op_id) == operation_pb2.OPERATION_STATE_REJECTED
    with refused("OPERATION_NOT_FOUND"):
        await state_of(an_op().op_id)


async def test_an_operation_shows_as_open_while_it_runs(toy: Toy) -> None:
    ask = toy.house.stub(OperationServiceStub, "economy").GetOperation
    order = an_order()
    go_on = toy.mood.hold("note")
    running = asyncio.create_task(toy.buy(order))
    await toy.mood.arrived["note"].wait()

    seen = await ask(operation_pb2.GetOperationRequest(user_id=7, op_id=order.op.op_id))

    assert (seen.kind, seen.state) == ("ticket", operation_pb2.OPERATION_STATE_OPEN)
    go_on.set()
    await running


async def test_a_step_before_the_first_phase_is_never_sent(toy: Toy) -> None:
    """Nothing would remember it."""
    operations = toy.house.running["economy"].operations
    flow = operations.flows["ticket"]
    assert isinstance(flow, TicketFlow)
    order = an_order()
    operation = Operation(operations, order.op, flow, order)

    with pytest.raises(Unknown):
        await operation.step(PAY, flow.wallet.Apply, order)

    assert toy.house.faults.calls == []


async def test_the_end_is_marked_soon_after_the_answer(toy: Toy) -> None:
    order = an_order()
    await toy.buy(order)

    async def is_done() -> bool:
        return (await toy.row(order))["state"] == DONE

    await until(is_done)


# What came to light in a review


async def test_a_mark_that_finds_no_room_is_put_as_soon_as_there_is_some(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 followers of one wish end at the same moment; an operation left open would count against its player."""
    really, busy = store.finish, iter([True, True, True])

    async def finish(*given: Any) -> bool:
        if next(busy, False):
            raise DatabaseTrouble("the pool has no room")
        return await really(*given)

    monkeypatch.setattr(store, "finish", finish)
    order = an_order()

    await toy.buy(order)
    await toy.house.quiet()

    assert (await toy.row(order))["state"] == DONE


async def test_a_wrong_copy_under_way_does_not_keep_the_first_answer_from_its_repeat(
    toy: Toy,
) -> None:
    """P3, C6: a copy with other content, still being looked up, once turned the right repeat away."""
    order = an_order()
    answer = await toy.buy(order)
    wrong = an_order(price=11, op=order.op)

    refused_copy, repeated = await asyncio.gather(
        toy.buy(wrong), toy.buy(order), return_exceptions=True
    )

    assert repeated == answer
    assert isinstance(refused_copy, Exception)


async def test_a_phase_leaves_nothing_behind_when_the_operation_was_closed_meanwhile(
    toy: Toy,
) -> None:
    """C3: the closing mark does not count the gate up, so a phase looks at the state behind the lock."""
    order, economy = an_order(), toy.house.database("economy")
    hold = toy.mood.hold("note")
    buying = asyncio.create_task(toy.buy(order))
    await toy.mood.arrived["note"].wait()

    async def wait_for_the_gate(calls: int) -> None:
        async def is_so() -> bool:
            return calls <= await toy.house.value(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )

        await until(is_so)

    async with economy.transaction() as tx:
        await tx.run("-- hold_gate\nSELECT 1 FROM gate WHERE user_id = 7 FOR UPDATE")
        closing = asyncio.create_task(
            store.finish(economy.bare, order.op, store.CLOSED_GONE, keep(UserGone()))
        )
        await wait_for_the_gate(1)
        hold.set()
        await wait_for_the_gate(2)
    await asyncio.wait([closing, buying])

    assert (await toy.row(order))["state"] == store.CLOSED_GONE
    assert await toy.tickets() == []
    assert buying.exception() is not None


async def test_a_repeat_goes_on_at_once_where_this_process_has_met_trouble(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy pool ended a driver between two phases, and its own lease then held back every repeat for 20 seconds."""
    really, busy = TicketFlow.note, iter([True])

    async def note(flow: TicketFlow, look: Any) -> Any:
        if next(busy, False):
            raise DatabaseTrouble("the pool has no room")
        return await really(flow, look)

    monkeypatch.setattr(TicketFlow, "note", note)
    order = an_order()
    with suppress(grpc.aio.AioRpcError, DatabaseTrouble):
        await toy.buy(order)

    answer = await asyncio.wait_for(toy.buy(order), store.LEASE_S / 4)

    assert [answer.balances[-1].amount] == await toy.tickets()
    assert await toy.money() == (90, 1)


# Marks of many at once.


async def test_marks_that_come_together_are_put_together(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[set[tuple[int, str]]] = []
    really = store.finish_each

    async def finish_each(tx: Any, marks: Any) -> set[tuple[int, str]]:
        together.append(await really(tx, marks))
        return together[-1]

    monkeypatch.setattr(store, "finish_each", finish_each)
    players = range(101, 125)
    for player in players:
        await toy.users.has(player, crystals=100)
    orders = [an_order(player) for player in players]

    answers = await asyncio.gather(*(toy.buy(order) for order in orders))
    await toy.house.quiet()

    assert {(await toy.row(order))["state"] for order in orders} == {DONE}
    assert any(together)
    assert await asyncio.gather(*(toy.buy(order) for order in orders)) == answers


async def test_a_mark_in_company_waits_for_nobody_and_passes_no_shut_gate(toy: Toy) -> None:
    """Whose gate is held or closed is left to a mark of its own, which waits or closes as gone."""
    orders = {name: an_order(player) for player, name in enumerate(("free", "held", "shut"), 101)}
    for order in orders.values():
        await toy.users.has(order.op.user_id, crystals=100)
        await toy.buy(order)
    await toy.house.quiet()
    await toy.house.run("UPDATE economy.operation SET state = 2, result = NULL")
    await toy.house.run("UPDATE economy.gate SET closed = true WHERE user_id = 103")
    economy = toy.house.database("economy")

    async with economy.transaction() as tx:
        await tx.run("-- hold_gate\nSELECT 1 FROM gate WHERE user_id = 102 FOR UPDATE")
        done = await store.finish_each(economy.bare, [(o.op, b"done") for o in orders.values()])

    assert done == {(101, orders["free"].op.op_id)}
    states = {name: (await toy.row(order))["state"] for name, order in orders.items()}
    assert states == {"free": DONE, "held": 2, "shut": 2}
    assert (await toy.row(orders["free"]))["result"] == b"done"
