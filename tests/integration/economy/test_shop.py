"""Bags: what an expedition found comes in once, stacked, and counts for the missions with it."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import StoppedClock
from geminya.common.v1.life_pb2 import CloseUserRequest, ListHeldRowsRequest
from geminya.common.v1.life_pb2_grpc import ClosingServiceStub, ExportServiceStub
from geminya.economy.v1 import shop_pb2 as pb
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from tests.integration.collection.builders import listen
from tests.integration.economy.bags import ONE_STAR, SERIES, Shop, a_find
from tests.support.calls import Code, an_op, bad_request, fails_with, refused
from tests.support.house import Houses
from tests.support.races import CALLS, ROUNDS, deadlocks, race

pytestmark = pytest.mark.timeout(60 + 10 * ROUNDS)

SUNDAY = datetime(2026, 7, 5, 16, 59, tzinfo=UTC)
"""One minute before the game week ends."""
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(SUNDAY)


@pytest.fixture
async def shop(houses: Houses, clock: StoppedClock) -> Shop:
    """The game on the clock of the test; every bag is empty."""
    shop = Shop(await houses(clock=clock))
    await shop.stock()
    return shop


async def test_what_was_found_is_in_the_bag_and_counts(shop: Shop) -> None:
    answer = await shop.rpc.Settle(a_find((ONE_STAR, 3), (SERIES, 1)))

    assert answer == pb.SettleResponse()
    assert await shop.bag() == {ONE_STAR: 3, SERIES: 1}
    assert await shop.progress() == (1, 1)
    rows = await shop.house.rows("SELECT * FROM economy.user_inventory ORDER BY item_code")
    assert rows[0].pop("acquired_at") <= datetime.now(UTC)
    assert rows[0] == {
        "user_id": 7,
        "item_code": ONE_STAR,
        "ends_s": 0,
        "quantity": 3,
        "metadata": {},
        "is_active": True,
        "expires_at": None,
    }


async def test_one_kind_of_item_is_one_stack(shop: Shop) -> None:
    times = "SELECT acquired_at FROM economy.user_inventory ORDER BY item_code"
    await shop.rpc.Settle(a_find((ONE_STAR, 3), (SERIES, 1), (ONE_STAR, 10_000)))
    first = await shop.house.rows(times)

    await shop.rpc.Settle(a_find((ONE_STAR, 2)))

    assert await shop.bag() == {ONE_STAR: 10_005, SERIES: 1}
    assert await shop.house.rows(times) == first


async def test_an_expedition_that_found_nothing_counts_too(shop: Shop) -> None:
    await shop.rpc.Settle(a_find())

    assert await shop.bag() == {}
    assert await shop.progress() == (1, 1)


async def test_what_was_not_completed_does_not_count(shop: Shop) -> None:
    await shop.rpc.Settle(a_find((SERIES, 2), done=0))

    assert await shop.bag() == {SERIES: 2}
    assert await shop.house.rows("SELECT * FROM economy.user_mission_progress") == []


async def test_it_counts_for_the_day_and_the_week_it_ends_in(
    shop: Shop, clock: StoppedClock
) -> None:
    for _ in range(3):
        await shop.rpc.Settle(a_find())
    # Two are enough for the day.
    assert await shop.progress() == (2, 3)

    clock.move(MINUTE)

    assert await shop.progress() == (0, 0)
    await shop.rpc.Settle(a_find())
    assert await shop.progress() == (1, 1)


async def test_only_missions_of_expeditions_count(shop: Shop) -> None:
    await shop.rpc.Settle(a_find())

    counted = await shop.house.rows("SELECT mission_id FROM economy.user_mission_progress")
    assert {row["mission_id"] for row in counted} == {"day-expedition", "week-expedition"}


async def test_a_repeat_brings_nothing_more(shop: Shop) -> None:
    request = a_find((ONE_STAR, 3))

    for _ in range(3):
        assert await shop.rpc.Settle(request) == pb.SettleResponse()

    assert await shop.bag() == {ONE_STAR: 3}
    assert await shop.progress() == (1, 1)


async def test_another_find_with_the_same_op_is_refused(shop: Shop) -> None:
    request = a_find((ONE_STAR, 3))
    await shop.rpc.Settle(request)

    with refused("OP_REUSED"):
        await shop.rpc.Settle(a_find((ONE_STAR, 4), op_id=request.op.op_id))

    assert await shop.bag() == {ONE_STAR: 3}


async def test_64_copies_of_a_find_are_one(shop: Shop) -> None:
    await shop.rpc.Settle(a_find(done=0))
    for number in range(1, 1 + ROUNDS):
        request = a_find((ONE_STAR, 1), (SERIES, 2))
        answers, reasons = await race(
            shop.house, "economy", [lambda wish=request: shop.rpc.Settle(wish)] * CALLS
        )

        assert (len(answers), reasons) == (CALLS, [])
        assert await shop.bag() == {ONE_STAR: number, SERIES: 2 * number}
    assert await deadlocks(shop.house) == 0


async def test_64_finds_at_once_are_all_kept(shop: Shop) -> None:
    await shop.rpc.Settle(a_find(done=0))
    for number in range(1, 1 + ROUNDS):
        finds = [
            a_find(*[(ONE_STAR, 1), (SERIES, 1)][:: 1 if turn % 2 else -1]) for turn in range(CALLS)
        ]

        answers, _ = await race(
            shop.house, "economy", [lambda wish=wish: shop.rpc.Settle(wish) for wish in finds]
        )

        assert len(answers) == CALLS
        assert await shop.bag() == {ONE_STAR: number * CALLS, SERIES: number * CALLS}
    assert await shop.progress() == (2, 7)
    assert await deadlocks(shop.house) == 0
    await shop.invariants_hold()


async def test_a_find_is_one_round_trip(shop: Shop) -> None:
    statements = listen(shop.house.database("economy"))

    await shop.rpc.Settle(a_find((ONE_STAR, 3), (SERIES, 1)))

    assert statements() == ["settle_expedition"]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (a_find(("", 1)), "items[0].item_code"),
        (a_find(("Golden Egg", 1)), "items[0].item_code"),
        (a_find(("x" * 65, 1)), "items[0].item_code"),
        (a_find((SERIES, 1), (ONE_STAR, 0)), "items[1].quantity"),
        (a_find((SERIES, -1)), "items[0].quantity"),
        (a_find((SERIES, 10_001)), "items[0].quantity"),
        (a_find(*[(SERIES, 1)] * 101), "items"),
        (a_find(done=2), "completed_expeditions"),
        (a_find(done=-1), "completed_expeditions"),
    ],
)
async def test_a_find_has_a_form(shop: Shop, request_: pb.SettleRequest, field: str) -> None:
    with bad_request(field):
        await shop.rpc.Settle(request_)

    assert await shop.bag() == {}


async def test_nobody_but_expeditions_fills_a_bag(shop: Shop) -> None:
    for caller in ("bot", "collection", "users", "admin"):
        with fails_with(Code.PERMISSION_DENIED):
            await shop.house.stub(ShopServiceStub, "economy", caller).Settle(a_find((SERIES, 1)))

    assert await shop.bag() == {}


async def test_a_bag_is_the_players_own(shop: Shop) -> None:
    await shop.rpc.Settle(a_find((SERIES, 1), player=8))

    await shop.rpc.Settle(a_find((SERIES, 5), player=7))

    assert Counter(await shop.bag(8)) == {SERIES: 1}
    assert await shop.bag(7) == {SERIES: 5}
    assert await shop.progress(8) == (1, 1)


async def test_a_bag_ends_with_the_life_of_its_player(shop: Shop) -> None:
    find = a_find((SERIES, 5))
    await shop.rpc.Settle(find)
    await shop.rpc.Settle(a_find((SERIES, 1), player=8))
    closing = shop.house.stub(ClosingServiceStub, "economy", "users")

    await closing.CloseUser(CloseUserRequest(op=an_op(7, step=3)))

    assert await shop.bag(7) == {}
    assert await shop.bag(8) == {SERIES: 1}
    for late in (find, a_find((SERIES, 5))):
        with refused("USER_GONE"):
            await shop.rpc.Settle(late)
    await shop.rpc.Settle(a_find((ONE_STAR, 1), epoch=2))
    assert await shop.bag(7) == {ONE_STAR: 1}


async def test_an_export_tells_of_the_bag(shop: Shop) -> None:
    await shop.rpc.Settle(a_find((SERIES, 5)))
    await shop.rpc.Settle(a_find((ONE_STAR, 9), player=8))
    export = shop.house.stub(ExportServiceStub, "economy", "bot")

    answer = await export.ListHeldRows(ListHeldRowsRequest(user_id=7))

    [row] = [json.loads(one.json) for one in answer.rows if one.table == "user_inventory"]
    assert (row["item_code"], row["quantity"]) == (SERIES, 5)
