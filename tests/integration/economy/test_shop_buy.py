"""Buying: paid once, put into the bag once, never more than there is (F2)."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chassis.clock import StoppedClock
from chassis.money import HIGHEST
from geminya.economy.v1 import mission_pb2
from geminya.economy.v1 import shop_pb2 as pb
from geminya.users.v1 import account_pb2
from tests.integration.economy.shelves import (
    PETAL,
    STAR,
    TEA,
    a_buy,
    a_source,
    bag,
    bought,
    buy,
    purchases,
    shelve,
    sold,
)
from tests.support.calls import an_op, bad_request, insist, outcomes, refused
from tests.support.game import Game
from tests.support.house import Houses
from tests.support.races import CALLS, deadlocks, race

NOW = datetime(2026, 7, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)


async def test_a_purchase_is_paid_and_in_the_bag(game: Game) -> None:
    await game.has(7, quartzs=1000)

    answer = await buy(game, a_buy(7, STAR, 3))

    assert (answer.item.item_code, answer.quantity, answer.owned) == (STAR, 3, 3)
    assert answer.price.amount == 900
    assert answer.item.price.amount == 300
    assert [money.amount for money in answer.balances] == [0, 100, 0]
    assert await bag(game) == {STAR: 3}
    assert await purchases(game) == ["completed"]
    assert await sold(game, STAR) == 3
    await game.invariants_hold()


async def test_a_purchase_counts_once_for_the_missions(game: Game) -> None:
    await game.has(7, quartzs=1000)
    await buy(game, a_buy(7, STAR, 2))

    answer = await game.missions.ListMissions(mission_pb2.ListMissionsRequest(user_id=7))

    found = {one.mission.mission_id: one.current_progress for one in answer.missions}
    assert found["day-shop"] == 1


async def test_a_repeated_purchase_is_one(game: Game) -> None:
    await game.has(7, quartzs=1000)
    wish = a_buy(7, STAR)

    first = await buy(game, wish)
    assert [await buy(game, wish) for _ in range(3)] == [first] * 3

    assert await bag(game) == {STAR: 1}
    with refused("OP_REUSED"):
        await buy(game, a_buy(7, STAR, 2, op_id=wish.op.op_id))
    await game.invariants_hold()


async def test_who_cannot_pay_gets_nothing_and_the_stock_is_back(game: Game) -> None:
    await shelve(game, a_source(price=30, stock_limit=5))
    await game.has(7, crystals=29)
    wish = a_buy(7)

    for _ in range(2):
        with refused("INSUFFICIENT_FUNDS", currency="sakura_crystals", price="30", balance="29"):
            await buy(game, wish)

    assert (await bag(game), await purchases(game), await sold(game)) == ({}, ["rejected"], 0)
    await game.invariants_hold()


async def test_every_refusal_says_why_and_leaves_nothing(game: Game) -> None:
    soon = int((NOW + DAY).timestamp())
    await shelve(
        game,
        a_source("off", is_active=False),
        a_source("early", start_time=soon),
        a_source("over", end_time=int((NOW - DAY).timestamp())),
        a_source("few", stock_limit=2),
        a_source("mine", user_limit=3),
        a_source("noble", min_rank=4),
    )
    await game.has(7, crystals=1000)
    with refused("ITEM_NOT_FOUND", item_code="nothing"):
        await buy(game, a_buy(7, "nothing"))
    for code in ("off", "early", "over", PETAL):
        with refused("ITEM_NOT_ON_SALE"):
            await buy(game, a_buy(7, code))
    with refused("SOLD_OUT", left="2"):
        await buy(game, a_buy(7, "few", 3))
    with refused("RANK_TOO_LOW", rank="4"):
        await buy(game, a_buy(7, "noble", rank=3))
    with refused("LIMIT_REACHED", limit="3", left="3"):
        await buy(game, a_buy(7, "mine", 4))

    assert (await bag(game), await purchases(game)) == ({}, [])
    await buy(game, a_buy(7, "noble", rank=4))
    await buy(game, a_buy(7, "few", 2))
    await game.invariants_hold()


@pytest.mark.parametrize("quantity", [0, -3, 100])
async def test_a_quantity_is_1_to_99(game: Game, quantity: int) -> None:
    with bad_request("quantity"):
        await buy(game, a_buy(7, STAR, quantity))


async def test_the_dearest_99_are_taken_in_one_call(game: Game) -> None:
    await shelve(game, a_source(price=100_000))
    await game.has(7, crystals=10_000_000)

    assert (await buy(game, a_buy(7, quantity=99))).price.amount == 9_900_000


async def test_a_limit_counts_over_its_day_and_its_week(houses: Houses) -> None:
    clock = StoppedClock(datetime(2026, 7, 4, 16, 59, tzinfo=UTC))
    game = Game(await houses(clock=clock))
    await game.stock()
    await shelve(
        game,
        a_source("daily", user_limit=1, user_limit_period="day"),
        a_source("weekly", user_limit=1, user_limit_period="week"),
    )
    await game.has(7, crystals=1000)

    async def left() -> list[int]:
        answer = await game.shop.ListItems(pb.ListItemsRequest(user_id=7, category="materials"))
        return [one.may_buy for one in answer.items]

    for code in ("daily", "weekly"):
        await buy(game, a_buy(7, code))
        with refused("LIMIT_REACHED", left="0"):
            await buy(game, a_buy(7, code))
    assert await left() == [0, 0]
    # Saturday becomes Sunday, and then the week is over.
    clock.move(timedelta(minutes=1))
    assert await left() == [1, 0]
    clock.move(DAY)
    assert await left() == [1, 1]


async def test_a_limit_does_not_begin_anew_with_a_life(game: Game) -> None:
    await shelve(game, a_source(user_limit=2))
    await game.has(7, crystals=1000)
    await buy(game, a_buy(7, quantity=2))
    await game.users.account.ResetAccount(account_pb2.ResetAccountRequest(op=an_op(7)), timeout=10)

    with refused("LIMIT_REACHED", left="0"):
        await buy(game, a_buy(7, epoch=2))

    assert await bag(game) == {}
    history = await game.shop.ListPurchases(pb.ListPurchasesRequest(user_id=7))
    assert not history.purchases
    await game.invariants_hold()


async def test_a_full_shelf_is_told_with_what_the_player_may_buy(game: Game) -> None:
    await shelve(game, a_source("few", stock_limit=5, user_limit=9))
    await game.has(7, crystals=1000, quartzs=1000)
    await buy(game, a_buy(7, "few", 2))

    shelf = await game.shop.ListItems(pb.ListItemsRequest(user_id=7))

    codes = [one.item.item_code for one in shelf.items]
    assert "few" in codes
    assert PETAL not in codes
    assert [*shelf.categories] == ["boosts", "materials", "tickets"]
    few = next(one for one in shelf.items if one.item.item_code == "few")
    assert (few.may_buy, few.owned, few.is_on_sale) == (3, 2, True)
    tea = next(one for one in shelf.items if one.item.item_code == TEA)
    assert (tea.item.effects.boost.amount, tea.may_buy) == (120, 7)
    closed = await game.shop.ListItems(pb.ListItemsRequest(with_closed=True))
    assert PETAL in [one.item.item_code for one in closed.items]


async def test_a_shelf_is_read_page_by_page(game: Game) -> None:
    request = pb.ListItemsRequest(page_size=3)
    codes: list[str] = []
    while True:
        shelf = await game.shop.ListItems(request)
        codes += [one.item.item_code for one in shelf.items]
        if not shelf.next_page_token:
            break
        request.page_token = shelf.next_page_token

    whole = await game.shop.ListItems(pb.ListItemsRequest(page_size=100))
    assert codes == [one.item.item_code for one in whole.items]
    assert len(set(codes)) == len(codes) == 10
    with bad_request("page_token"):
        await game.shop.ListItems(pb.ListItemsRequest(page_token="no token"))


async def test_one_item_is_told(game: Game) -> None:
    found = await game.shop.GetItem(pb.GetItemRequest(item_code=PETAL))
    assert (found.item.item.name, found.item.is_on_sale) == ("Pressed Petal", False)
    with refused("ITEM_NOT_FOUND"):
        await game.shop.GetItem(pb.GetItemRequest(item_code="nothing"))


async def test_the_history_is_the_players_own_newest_first(game: Game) -> None:
    for player in (7, 8):
        await game.has(player, quartzs=3000)
    for quantity in (1, 2, 3):
        await buy(game, a_buy(7, STAR, quantity))
    await buy(game, a_buy(8, STAR, 5))

    first = await game.shop.ListPurchases(pb.ListPurchasesRequest(user_id=7, page_size=2))
    second = await game.shop.ListPurchases(
        pb.ListPurchasesRequest(user_id=7, page_size=2, page_token=first.next_page_token)
    )

    told = [*first.purchases, *second.purchases]
    assert sorted(one.quantity for one in told) == [1, 2, 3]
    assert {one.transaction_status for one in told} == {"completed"}
    assert not second.next_page_token
    with bad_request("page_token"):
        await game.shop.ListPurchases(
            pb.ListPurchasesRequest(user_id=8, page_token=first.next_page_token)
        )


async def test_another_player_changes_nothing_of_mine(game: Game) -> None:
    for player in (7, 8):
        await game.has(player, quartzs=300)
    wish = a_buy(7, STAR)
    await buy(game, wish)

    # The same op of another player is another wish.
    await buy(game, a_buy(8, STAR, op_id=wish.op.op_id))

    assert await bag(game, 7) == await bag(game, 8) == {STAR: 1}
    assert (await game.users.balances(7))["quartzs"] == 0
    await game.invariants_hold()


async def test_64_copies_of_a_purchase_are_one(game: Game) -> None:
    await game.has(7, quartzs=10_000)
    await bought(game, 7, STAR)
    wish = a_buy(7, STAR)

    answers, reasons = await outcomes([insist(partial(buy, game, wish)) for _ in range(CALLS)])

    assert (len(answers), reasons) == (CALLS, [])
    assert await bag(game) == {STAR: 2}
    assert await deadlocks(game.house) == 0


@pytest.mark.timeout(240)
async def test_300_purchases_from_money_for_100_sell_exactly_100(game: Game) -> None:
    await shelve(game, a_source(price=10))
    await game.has(7, crystals=1000)

    answers, reasons = await outcomes(
        [insist(partial(buy, game, a_buy(7)), 120) for _ in range(300)]
    )

    assert len(answers) == 100
    assert reasons == ["INSUFFICIENT_FUNDS"] * 200
    assert (await bag(game), await sold(game)) == ({"lucky-coin": 100}, 100)
    assert (await game.users.balances(7))["sakura_crystals"] == 0
    await game.invariants_hold()


async def test_64_buyers_of_a_stock_of_5_get_5(game: Game) -> None:
    await shelve(game, a_source(stock_limit=5))
    for player in range(100, 164):
        await game.users.has(player, crystals=100)

    answers, reasons = await outcomes(
        [insist(partial(buy, game, a_buy(player)), 60) for player in range(100, 164)]
    )

    assert len(answers) == 5
    assert reasons == ["SOLD_OUT"] * 59
    assert await sold(game) == 5
    assert await deadlocks(game.house) == 0
    await game.invariants_hold()


async def test_64_wishes_at_once_stay_within_the_limit_of_a_player(game: Game) -> None:
    await shelve(game, a_source(user_limit=4))
    await game.has(7, crystals=1000)
    await buy(game, a_buy(7))

    wishes = [a_buy(7) for _ in range(CALLS)]
    answers, reasons = await race(
        game.house, "economy", [partial(buy, game, wish) for wish in wishes]
    )

    assert len(answers) == 3
    assert set(reasons) == {"LIMIT_REACHED"}
    assert await bag(game) == {"lucky-coin": 4}
    await game.invariants_hold()


async def test_a_vault_that_is_full_can_still_buy(game: Game) -> None:
    await game.has(7, quartzs=1)
    await game.house.run("UPDATE users.users SET quartzs = $1", HIGHEST)
    assert (await buy(game, a_buy(7, STAR))).owned == 1
