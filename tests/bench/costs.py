"""Exact costs (G1, G2): round trips and WAL flushes of four wishes, warm, as the tests count them."""

from collections.abc import Awaitable, Callable

from geminya.collection.v1.roster_pb2 import ListOwnedWaifusRequest
from geminya.economy.v1.shop_pb2 import BuyRequest
from tests.bench.goals import Results
from tests.support.calls import an_op
from tests.support.cost import POOL_SIZE, Cost, spent
from tests.support.game import Game, a_summon
from tests.support.house import House
from tests.support.pg import Cluster
from tests.support.players import a_daily

WARM_UP = 12
Wish = Callable[[int], Awaitable[object]]


async def measure(cluster: Cluster, results: Results) -> None:
    """Counts each of them once."""
    async with (
        cluster.clone() as clone,
        House(
            clone, ("users", "collection", "expeditions", "economy"), pool_size=POOL_SIZE
        ) as house,
    ):
        game = Game(house)
        await game.stock()
        [item] = [
            row["item_code"]
            for row in await house.rows(
                "SELECT item_code FROM economy.shop_items WHERE currency_type = 'quartzs' AND price > 0 "
                "ORDER BY price, item_code LIMIT 1"
            )
        ]
        for player in range(1, 2 * WARM_UP + 1):
            await game.users.has(player, crystals=100_000, quartzs=100_000)

        def buy(player: int) -> Awaitable[object]:
            request = BuyRequest(op=an_op(player), item_code=item, quantity=1, collector_rank=99)
            return game.shop.Buy(request, timeout=8)

        wishes: dict[str, Wish] = {
            "a purchase": buy,
            "a daily reward": lambda player: game.users.account.ClaimDaily(a_daily(player)),
            "a page": lambda player: game.roster.ListOwnedWaifus(
                ListOwnedWaifusRequest(user_id=player)
            ),
        }
        costs = {"a ten-summon": await _plain_summon(game)}
        for what, wish in wishes.items():
            for player in range(1, WARM_UP + 1):
                await wish(player)
            await house.quiet()
            before = await spent(house)
            await wish(WARM_UP + 1)
            await house.quiet()
            costs[what] = (await spent(house)).since(before)
    for what, cost in costs.items():
        results.add(f"WAL flushes of {what}", cost.flushes)
        results.add(f"round trips of {what}", cost.round_trips)


async def _plain_summon(game: Game) -> Cost:
    """Without surplus and without a new rank, which would be a second payment."""
    for _ in range(WARM_UP):
        await game.summon(a_summon(1))
    while True:
        await game.house.quiet()
        before = await spent(game.house)
        answer = await game.summon(a_summon(1))
        await game.house.quiet()
        cost = (await spent(game.house)).since(before)
        if not answer.risen_rank and not any(pull.surplus_quartzs for pull in answer.pulls):
            return cost
