"""Growth (G7): the same wishes on a small and on a large table, in turns."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from geminya.collection.v1 import roster_pb2 as pb
from tests.bench.goals import Results
from tests.support.calls import an_op
from tests.support.game import Game
from tests.support.house import House
from tests.support.pg import Cluster

SMALL, LARGE, FULL = 10_000, 1_000_000, 10_000_000
EACH, TURNS = 40, 7
FILL = """
    WITH everybody AS (
        SELECT user_id, waifu_id, 1 + (user_id * 7 + waifu_id) % 5 AS stars
        FROM generate_series($1::bigint, $2::bigint) AS user_id, collection.waifus
    )
    INSERT INTO collection.user_waifus (user_id, waifu_id, current_star_level)
    SELECT user_id, waifu_id, stars FROM everybody
"""
COUNT = """
    INSERT INTO collection.roster (user_id, owned_count, power)
    SELECT user_id, count(*), sum((ARRAY[100, 250, 500, 1000, 2000, 4000])[current_star_level]) + 50 * (user_id % 1999)
    FROM collection.user_waifus GROUP BY user_id
"""
FOLD = """
    INSERT INTO collection.power_counts (power, collectors)
    SELECT power, count(*) FROM collection.roster GROUP BY power;
    DELETE FROM collection.power_moves
"""
"""What a service does behind itself all the time."""
BATCH = 1_000
"""So many players are written by one statement."""
Wish = Callable[[int], Awaitable[object]]


async def fill(house: House, rows: int) -> int:
    """Players who own everybody, until there are so many rows; how many players."""
    per_player = await house.value("SELECT count(*) FROM collection.waifus")
    players = max(1, rows // per_player)
    for first in range(1, players + 1, BATCH):
        await house.run(FILL, first, min(players, first + BATCH - 1))
    await house.run(COUNT)
    await house.run(FOLD)
    for table in ("user_waifus", "roster", "power_counts", "power_moves"):
        await house.run(f"VACUUM ANALYZE collection.{table}")
    return players


def wishes(game: Game) -> dict[str, Wish]:
    """What players of both sizes wish for."""
    at = game.roster
    known = range(1_000_001, 1_000_100)

    def grant(player: int) -> Awaitable[object]:
        op = an_op(player, step=2)
        return at.Grant(
            pb.GrantRequest(op=op, waifu_ids=[known[player % 90 + n] for n in range(9)])
        )

    return {
        "growth of a page": lambda p: at.ListOwnedWaifus(
            pb.ListOwnedWaifusRequest(user_id=p, page_size=10)
        ),
        "growth of one row": lambda p: at.GetOwnedWaifu(
            pb.GetOwnedWaifuRequest(user_id=p, waifu_id=known[0])
        ),
        "growth of a grant": grant,
        "growth of the leaderboard": lambda p: _top(game, p),
    }


async def _top(game: Game, player: int) -> None:
    await game.roster.ListTop(pb.ListTopRequest(page_size=10))
    await game.roster.GetPlace(pb.GetPlaceRequest(user_id=player))


async def median_ms(wish: Wish, players: int, turn: int) -> float:
    """One after the other, each for another player."""
    took: list[float] = []
    for number in range(EACH):
        player = 1 + (number * 7919 + turn * 104_729) % players
        began = time.perf_counter()
        await wish(player)
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


async def measure(cluster: Cluster, results: Results, rows: int) -> None:
    """Fills both, and asks both in turns."""
    async with AsyncExitStack() as stack:
        games: list[Game] = []
        players: list[int] = []
        for size in (SMALL, rows):
            clone = await stack.enter_async_context(cluster.clone())
            house = await stack.enter_async_context(House(clone, ("users", "collection")))
            game = Game(house)
            await game.import_catalog()
            began = time.perf_counter()
            players.append(await fill(house, size))
            games.append(game)
            results.facts.append(
                f"{size:,} rows of `user_waifus` were written in {time.perf_counter() - began:.0f} s"
            )
        small, large = (wishes(game) for game in games)
        for what in small:
            ratios: list[float] = []
            for turn in range(TURNS + 1):
                below = await median_ms(small[what], players[0], turn)
                above = await median_ms(large[what], players[1], turn)
                # The first turn fills caches and plans.
                ratios += [above / below] if turn else []
            results.add(what, *ratios)
            await asyncio.sleep(0)
