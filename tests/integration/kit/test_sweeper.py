"""The sweeper: what a dead process left open is finished, put off or parked."""

import asyncio

import pytest

from chassis.operations import store
from chassis.postgres import Tx
from geminya.users.v1 import wallet_pb2 as pb
from tests.integration.kit.toys import Toy, a_toy, an_order
from tests.support.calls import until
from tests.support.house import Houses


@pytest.fixture
async def toy(houses: Houses) -> Toy:
    return await a_toy(houses)


async def left_open(toy: Toy, moment: int = 2) -> pb.ApplyRequest:
    order = an_order()
    async with toy.house.dies_at(moment):
        await toy.buy(order)
    await toy.house.start()
    return order


async def seconds_to_lease_end(toy: Toy) -> float:
    seconds = await toy.house.value(
        "SELECT extract(epoch FROM lease_until - now()) FROM economy.operation WHERE state < 10"
    )
    return float(seconds)


async def test_an_operation_whose_driver_lives_is_left_alone(toy: Toy) -> None:
    order = an_order()
    go_on = toy.mood.hold("note")
    driven = asyncio.create_task(toy.buy(order))
    await toy.mood.arrived["note"].wait()
    replica = await toy.house.start_another("economy")

    assert await replica.sweeper.sweep() == 0

    assert 15 < await seconds_to_lease_end(toy) <= 20
    go_on.set()
    await driven
    assert toy.mood.notes == 1
    await replica.stop()


async def test_a_process_that_comes_back_goes_on_with_its_own_at_once(toy: Toy) -> None:
    order = await left_open(toy)

    assert await toy.house.running["economy"].sweeper.sweep() == 1

    assert (await toy.row(order))["state"] == 10
    assert await toy.money() == (90, 1)


async def test_an_operation_whose_lease_has_ended_is_taken_over(toy: Toy) -> None:
    order = await left_open(toy)
    await toy.house.leases_end()

    assert await toy.house.running["economy"].sweeper.sweep() == 1

    row = await toy.row(order)
    assert (row["state"], row["attempt"]) == (10, 1)
    assert await toy.money() == (90, 1)


async def test_of_two_sweepers_one_takes_an_operation(toy: Toy) -> None:
    order = await left_open(toy)
    await toy.house.leases_end()
    replica = await toy.house.start_another("economy")

    taken = await asyncio.gather(
        *(one.sweeper.sweep() for one in (toy.house.running["economy"], replica))
    )

    assert sum(taken) == 1
    assert (await toy.row(order))["attempt"] == 1
    await replica.stop()


async def test_trouble_puts_an_operation_off_longer_each_time(toy: Toy) -> None:
    order = await left_open(toy, moment=4)
    toy.mood.breaks_at_note = True
    pauses = []
    for _ in range(3):
        await toy.house.leases_end()
        await toy.house.running["economy"].sweeper.sweep()
        pauses.append(await seconds_to_lease_end(toy))

    row = await toy.row(order)
    assert (row["state"], row["attempt"], row["parked"]) == (1, 3, False)
    assert "the pencil broke" in row["trouble"]
    for attempt, pause in enumerate(pauses, start=1):
        assert 0.8 * 2**attempt - 0.5 < pause < 1.2 * 2**attempt


async def test_after_twenty_attempts_an_operation_is_parked_with_an_alarm(
    toy: Toy, logs: list[dict[str, object]]
) -> None:
    order = await left_open(toy, moment=4)
    toy.mood.breaks_at_note = True
    sweeper = toy.house.running["economy"].sweeper
    for _ in range(20):
        assert not (await toy.row(order))["parked"]
        await toy.house.leases_end()
        await sweeper.sweep()

    assert (await toy.row(order))["parked"]
    assert [line["log_level"] for line in logs if line["event"] == "operation.parked"] == ["error"]
    toy.mood.breaks_at_note = False
    await toy.house.leases_end()
    assert await sweeper.sweep() == 0


async def test_after_ten_minutes_an_operation_is_parked(toy: Toy) -> None:
    order = await left_open(toy, moment=4)
    toy.mood.breaks_at_note = True
    await toy.house.run(
        "UPDATE economy.operation SET created_at = now() - interval '10 minutes 1 second'"
    )

    parked = list[bool]()
    for _ in range(5):
        await toy.house.leases_end()
        await toy.house.running["economy"].sweeper.sweep()
        parked.append((await toy.row(order))["parked"])

    # Age alone parks nothing: the house may have been away for that long.
    assert parked == [False, False, False, False, True]


async def test_one_broken_operation_does_not_keep_the_others_open(toy: Toy) -> None:
    await left_open(toy)
    await toy.users.has(8, crystals=100)
    other = an_order(player=8)
    async with toy.house.dies_at(2):
        await toy.buy(other)
    await toy.house.start()
    await toy.house.run("UPDATE economy.operation SET request = 'no message' WHERE user_id = 7")
    await toy.house.leases_end()

    await toy.house.running["economy"].sweeper.sweep()

    assert (await toy.row(other))["state"] == 10


async def test_a_kind_that_this_version_does_not_know_is_left_for_another(toy: Toy) -> None:
    order = await left_open(toy)
    await toy.house.run("UPDATE economy.operation SET kind = 'tomorrow'")
    await toy.house.leases_end()

    await toy.house.running["economy"].sweeper.sweep()

    row = await toy.row(order)
    assert (row["state"], row["parked"]) == (1, False)
    assert 50 < await seconds_to_lease_end(toy) <= 60


async def test_a_repeat_waits_while_another_process_drives(toy: Toy) -> None:
    order = an_order()
    replica = await toy.house.start_another("economy")
    go_on = toy.mood.hold("note")
    elsewhere = asyncio.create_task(replica.operations.run("ticket", order))
    await toy.mood.arrived["note"].wait()
    here = asyncio.create_task(toy.buy(order))
    done, _ = await asyncio.wait([here], timeout=0.3)
    assert not done

    go_on.set()

    assert await here == await elsewhere
    assert toy.mood.notes == 1
    assert (await toy.row(order))["attempt"] == 0
    await replica.stop()


async def test_a_repeat_takes_over_when_the_lease_has_ended(toy: Toy) -> None:
    order = await left_open(toy)
    await toy.house.leases_end()

    await toy.buy(order)
    await toy.house.quiet()

    row = await toy.row(order)
    assert (row["state"], row["attempt"]) == (10, 1)
    assert await toy.money() == (90, 1)


async def test_a_graceful_stop_lets_go_of_the_leases(toy: Toy) -> None:
    order = an_order()
    toy.mood.hold("note")
    caller = asyncio.create_task(toy.buy(order))
    await toy.mood.arrived["note"].wait()

    await toy.house.running.pop("economy").stop()

    assert isinstance((await asyncio.gather(caller, return_exceptions=True))[0], Exception)
    assert await seconds_to_lease_end(toy) <= 0
    replica = await toy.house.start_another("economy")
    assert await replica.sweeper.sweep() == 1
    assert (await toy.row(order))["state"] == 10
    await replica.stop()


async def test_a_graceful_stop_lets_go_of_what_the_sweeper_has_taken_up(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stopping sweeper once put it off again, up to a minute."""
    put_off, reasons = store.put_off, []

    async def listen(tx: Tx, user_id: int, op_id: str, seconds: float, trouble: str) -> None:
        reasons.append(trouble)
        await put_off(tx, user_id, op_id, seconds, trouble)

    monkeypatch.setattr(store, "put_off", listen)
    await left_open(toy, moment=4)
    await toy.house.run("UPDATE economy.operation SET attempt = 5")
    await toy.house.leases_end()
    toy.mood.hold("note")
    replica = await toy.house.start_another("economy", background=True)
    await toy.mood.arrived["note"].wait()

    await replica.stop()

    assert reasons == []
    assert await seconds_to_lease_end(toy) <= 0


async def test_the_background_finishes_what_is_open_by_itself(toy: Toy) -> None:
    order = await left_open(toy)
    await toy.house.leases_end()
    replica = await toy.house.start_another("economy", background=True)

    async def is_done() -> bool:
        return (await toy.row(order))["state"] == 10

    await until(is_done)
    await replica.stop()


async def test_background_work_that_breaks_is_seen_and_begun_again(
    toy: Toy, logs: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweeper that met an unexpected error was once gone without a word."""
    order = await left_open(toy)
    await toy.house.leases_end()
    replica = await toy.house.start_another("economy")
    begin, failures = replica.sweeper._begin, [RuntimeError("out of ink")]

    async def breaks_once() -> list[asyncio.Task[bool]]:
        if failures:
            raise failures.pop()
        return await begin()

    monkeypatch.setattr(replica.sweeper, "_begin", breaks_once)
    keeper = asyncio.create_task(replica._keep_up(replica.sweeper.run))

    async def is_done() -> bool:
        return (await toy.row(order))["state"] == 10

    await until(is_done)
    assert "process.background_failed" in [line["event"] for line in logs]
    keeper.cancel()
    await asyncio.wait([keeper])
    await replica.stop()
