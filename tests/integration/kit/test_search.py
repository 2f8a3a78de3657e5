"""What a service remembers of an op id's first eight letters, for a receipt."""

from typing import Any

import pytest

from geminya.common.v1 import operation_pb2 as pb
from geminya.common.v1.operation_pb2_grpc import OperationServiceStub
from tests.support.calls import an_op, bad_request, refused
from tests.support.cost import POOL_SIZE, Cost, spent
from tests.support.game import Game, a_summon
from tests.support.house import House, Houses, UsersHouse
from tests.support.pg import Clone
from tests.support.players import a_rename, an_apply


async def found(
    house: House, short_id: str, player: int = 7, service: str = "users"
) -> list[pb.FoundOperation]:
    stub: Any = house.stub(OperationServiceStub, service)
    request = pb.SearchOperationsRequest(user_id=player, short_id=short_id)
    return list((await stub.SearchOperations(request)).operations)


async def test_an_operation_and_its_steps_are_found_where_they_were_done(game: Game) -> None:
    await game.has(7, crystals=100)
    request = a_summon()
    await game.summon(request)
    await game.house.quiet()
    short = request.op.op_id[:8]

    [led] = await found(game.house, short, service="economy")
    [paid, *_] = reversed(await found(game.house, short, service="users"))
    [granted] = await found(game.house, short, service="collection")

    assert (led.op_id, led.kind, led.state, led.step) == (
        request.op.op_id,
        "summon",
        pb.OPERATION_STATE_DONE,
        0,
    )
    assert (paid.op_id, paid.kind, paid.state, paid.step) == (
        request.op.op_id,
        "",
        pb.OPERATION_STATE_DONE,
        1,
    )
    assert (granted.kind, granted.step) == ("", 2)
    assert led.create_time.seconds
    assert await found(game.house, short, service="expeditions") == []


async def test_a_refused_change_is_found_as_refused(users: UsersHouse) -> None:
    await users.has(7)
    request = an_apply(crystals=-1)
    with refused("INSUFFICIENT_FUNDS"):
        await users.wallet.Apply(request)

    [step] = await found(users.house, request.op.op_id[:8])

    assert step.state == pb.OPERATION_STATE_REJECTED


async def test_only_ids_that_begin_so_are_found_up_to_the_last_one(users: UsersHouse) -> None:
    await users.has(7)
    ends = ("0000-0000-0000-000000000000", "ffff-ffff-ffff-ffffffffffff")
    for short in ("00000000", "abcdef01", "abcdef02", "ffffffff"):
        for end in ends:
            await users.account.Rename(a_rename(op_id=f"{short}-{end}"))

    for short in ("00000000", "abcdef01", "ffffffff"):
        ids = {one.op_id for one in await found(users.house, short)}
        assert ids == {f"{short}-{end}" for end in ends}
    assert await found(users.house, "abcdef03") == []


async def test_the_newest_ten_are_found(users: UsersHouse) -> None:
    await users.has(7)
    ids = [f"abcdef01-0000-4000-8000-{number:012}" for number in range(12)]
    for op_id in ids:
        await users.account.Rename(a_rename(op_id=op_id))

    assert [one.op_id for one in await found(users.house, "abcdef01")] == ids[:1:-1]


async def test_nothing_of_another_player_is_found(users: UsersHouse) -> None:
    await users.has(7)
    await users.has(8)
    request = a_rename(player=8)
    await users.account.Rename(request)

    assert await found(users.house, request.op.op_id[:8], player=7) == []
    assert len(await found(users.house, request.op.op_id[:8], player=8)) == 1


@pytest.mark.parametrize(
    "short_id",
    [
        "",
        "abcdef0",
        "abcdef012",
        "abcdefgh",
        "ABCDEF01",
        "abc-ef01",
        "abcdef0%",
        "🌸bcdef01",
        "' or 1=1",
    ],
)
async def test_what_is_no_short_id_is_a_bad_request(users: UsersHouse, short_id: str) -> None:
    with bad_request("short_id"):
        await found(users.house, short_id)


async def test_a_search_is_one_round_trip_and_no_flush(durable_clone: Clone) -> None:
    async with Houses(durable_clone) as houses:
        users = UsersHouse(await houses("users", pool_size=POOL_SIZE))
        await users.has(7)
        for _ in range(2 * POOL_SIZE):
            await found(users.house, an_op().op_id[:8])

        before = await spent(users.house)
        await found(users.house, "abcdef01")

        assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=0)
