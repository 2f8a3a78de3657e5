"""What a wish costs (goals G1 and G2): round trips and WAL flushes, exact on every machine."""

from collections.abc import AsyncIterator

import pytest

from geminya.economy.v1 import gacha_pb2 as pb
from tests.integration.economy.codes import ITEM, Codes, rewards
from tests.integration.economy.shelves import a_buy, a_source, buy, shelve
from tests.support.cost import POOL_SIZE, Cost, spent
from tests.support.game import Game, a_summon
from tests.support.house import Houses
from tests.support.pg import Clone

WARM_UP = 12


@pytest.fixture
async def game(durable_clone: Clone) -> AsyncIterator[Game]:
    """A game on a server that flushes what it commits; every statement is known on every connection."""
    async with Houses(durable_clone) as houses:
        game = Game(await houses(pool_size=POOL_SIZE))
        await game.stock()
        await game.has(7, crystals=100_000)
        for _ in range(WARM_UP):
            await game.summon(a_summon())
        await game.house.quiet()
        yield game


async def a_plain_summon(game: Game) -> Cost:
    """What a ten-summon without a second payment costs; the first one that is plain."""
    while True:
        before = await spent(game.house)
        answer = await game.summon(a_summon())
        await game.house.quiet()
        cost = (await spent(game.house)).since(before)
        if not answer.risen_rank and not any(pull.surplus_quartzs for pull in answer.pulls):
            return cost


async def test_a_ten_summon_is_five_round_trips_and_four_flushes(game: Game) -> None:
    cost = await a_plain_summon(game)

    # Open, pay, roll, grant; the mark afterwards is a round trip that nobody waits for, and no flush.
    assert cost == Cost(round_trips=5, flushes=4)


async def test_a_repeated_summon_costs_no_flush(game: Game) -> None:
    request = a_summon()
    await game.summon(request)
    await game.house.quiet()

    before = await spent(game.house)
    await game.summon(request)

    assert (await spent(game.house)).since(before).flushes == 0


async def test_a_page_of_summons_is_one_round_trip_and_no_flush(game: Game) -> None:
    request = pb.ListSummonsRequest(user_id=7, page_size=5)
    for _ in range(2 * POOL_SIZE):
        await game.gacha.ListSummons(request)

    before = await spent(game.house)
    page = await game.gacha.ListSummons(request)

    assert len(page.summons) == 5
    assert (await spent(game.house)).since(before) == Cost(round_trips=1, flushes=0)


async def test_a_code_is_three_round_trips_and_two_flushes(game: Game) -> None:
    codes = Codes(game)
    for number in range(WARM_UP):
        await codes.make(code=f"WARM-{number}")
        await codes.redeem(code=f"WARM-{number}")
    await codes.make()
    await codes.make(code="WITH-ITEMS", gives=rewards(items={ITEM: 1}))
    await game.house.quiet()

    costs = []
    for word in ("LANTERN-NIGHT", "WITH-ITEMS"):
        before = await spent(game.house)
        await codes.redeem(code=word)
        await game.house.quiet()
        costs.append((await spent(game.house)).since(before))

    # Open, pay or put, and the mark that nobody waits for.
    assert costs == [Cost(round_trips=3, flushes=2)] * 2


async def test_banners_and_odds_cost_nothing(game: Game) -> None:
    before = await spent(game.house)
    await game.gacha.ListBanners(pb.ListBannersRequest())
    await game.gacha.GetOdds(pb.GetOddsRequest(banner_id="standard"))

    assert (await spent(game.house)).since(before) == Cost(round_trips=0, flushes=0)


async def test_a_purchase_is_four_round_trips_and_three_flushes(game: Game) -> None:
    await game.users.has(8, crystals=1_000)
    await shelve(game, a_source(stock_limit=99, user_limit=99))
    for _ in range(WARM_UP):
        await buy(game, a_buy(8))
    wish = a_buy(8)
    await game.house.quiet()

    before = await spent(game.house)
    await buy(game, wish)
    await game.house.quiet()
    bought = await spent(game.house)
    await buy(game, wish)
    again = await spent(game.house)

    # Open, pay, put; the mark afterwards is the fourth round trip, that nobody waits for, and no flush.
    assert bought.since(before) == Cost(round_trips=4, flushes=3)
    assert again.since(bought).flushes == 0
