"""How long wishes take, measured on the house that runs now: `make run` in one window, `make bench` in another.

Prints medians and the spread; it never decides a test. Every wish is a player's own, so that no limit of one
player is in the way. The services are asked as the bot asks them, without Discord around it.
"""

import asyncio
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable

import uvloop
from rich.console import Console
from rich.table import Table

from chassis.rpc.channel import dial
from chassis.settings import read_settings
from console.certs import certificates_for
from geminya.collection.v1.roster_pb2 import ListOwnedWaifusRequest
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.common.v1.op_pb2 import Op
from geminya.economy.v1.gacha_pb2 import SummonRequest
from geminya.economy.v1.gacha_pb2_grpc import GachaServiceStub
from geminya.users.v1.account_pb2 import ClaimDailyRequest, EnterRequest, EnterResponse
from geminya.users.v1.account_pb2_grpc import AccountServiceStub

PLAYERS = 64
ROUNDS = 4
Wish = Callable[[EnterResponse], Awaitable[object]]


class Services:
    """The services as the bot sees them."""

    def __init__(self) -> None:
        settings = read_settings()
        certificates = certificates_for(settings, "bot")
        users, collection, economy = (
            dial(
                settings.address_of(name),
                caller="bot",
                default_timeout_s=8,
                server=name,
                certificates=certificates,
            )
            for name in ("users", "collection", "economy")
        )
        self.account = AccountServiceStub(users)
        self.roster = RosterServiceStub(collection)
        self.gacha = GachaServiceStub(economy)

    async def enter(self) -> EnterResponse:
        """A new player, old enough for the daily reward."""
        return await self.account.Enter(EnterRequest(discord_id=random.randrange(10**15, 10**17)))

    async def ten_summon(self, player: EnterResponse) -> None:
        """A ten-summon from the standard banner."""
        request = SummonRequest(op=an_op(player), banner_id="standard", count=10)
        await self.gacha.Summon(request, timeout=8)

    async def daily(self, player: EnterResponse) -> None:
        """The daily reward."""
        await self.account.ClaimDaily(ClaimDailyRequest(op=an_op(player)))

    async def page(self, player: EnterResponse) -> None:
        """The first page of the collection."""
        await self.roster.ListOwnedWaifus(ListOwnedWaifusRequest(user_id=player.user_id))


def an_op(player: EnterResponse) -> Op:
    """A new operation of a player."""
    return Op(op_id=str(uuid.uuid4()), user_id=player.user_id, epoch=player.epoch)


async def measure(
    wish: Wish, players: list[EnterResponse], rounds: int
) -> tuple[list[float], float]:
    """Every player wishes `rounds` times, all players at once: milliseconds of each, and all in a second."""

    async def timed(player: EnterResponse) -> list[float]:
        took: list[float] = []
        for _ in range(rounds):
            began = time.perf_counter()
            await wish(player)
            took.append((time.perf_counter() - began) * 1e3)
        return took

    began = time.perf_counter()
    all_took = [ms for one in await asyncio.gather(*map(timed, players)) for ms in one]
    return all_took, len(all_took) / (time.perf_counter() - began)


async def main() -> None:
    """Measures each wish with few and with many players."""
    services = Services()
    table = Table("wish", "at once", "median ms", "p99 ms", "a second")
    warm = [await services.enter() for _ in range(4)]
    for wish in (services.ten_summon, services.daily, services.page):
        await measure(wish, warm, 1)
    for wish, rounds in ((services.ten_summon, ROUNDS), (services.page, 20), (services.daily, 1)):
        for at_once in (1, 16, PLAYERS):
            groups = max(1, 32 // at_once)
            took: list[float] = []
            rate: list[float] = []
            for _ in range(groups):
                players = [await services.enter() for _ in range(at_once)]
                milliseconds, a_second = await measure(wish, players, rounds)
                took += milliseconds
                rate.append(a_second)
            p99 = sorted(took)[int(len(took) * 0.99)]
            name = wish.__name__.replace("_", "-")
            facts = (statistics.median(took), p99, statistics.median(rate))
            table.add_row(name, str(at_once), *(f"{fact:.1f}" for fact in facts))
    Console().print(table)


if __name__ == "__main__":
    uvloop.run(main())
