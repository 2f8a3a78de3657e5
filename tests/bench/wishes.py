"""The wishes that `make bench` times, made as the bot makes them, and how they are timed.

Every wish is a player's own, so that no limit of one player is in the way.
"""

import asyncio
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from chassis.postgres import DatabaseTrouble
from chassis.rpc.channel import dial
from chassis.settings import SERVICES, Settings
from console.certs import certificates_for
from geminya.collection.v1.roster_pb2 import ListOwnedWaifusRequest
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.common.v1.op_pb2 import Op
from geminya.economy.v1.gacha_pb2 import SummonRequest
from geminya.economy.v1.gacha_pb2_grpc import GachaServiceStub
from geminya.users.v1.account_pb2 import ClaimDailyRequest, EnterRequest, EnterResponse
from geminya.users.v1.account_pb2_grpc import AccountServiceStub
from tests.support.calls import AGAIN

Wish = Callable[[EnterResponse], Awaitable[object]]


class Services:
    """The services as the bot sees them."""

    def __init__(self, channels: Mapping[str, Any]) -> None:
        self.account: Any = AccountServiceStub(channels["users"])
        self.roster: Any = RosterServiceStub(channels["collection"])
        self.gacha: Any = GachaServiceStub(channels["economy"])
        self.repeats = 0
        """Wishes that had to be asked for again."""

    @classmethod
    def of(cls, settings: Settings) -> "Services":
        """Those of a house."""
        known = certificates_for(settings, "bot")
        return cls(
            {
                name: dial(
                    settings.address_of(name),
                    caller="bot",
                    default_timeout_s=8,
                    server=name,
                    certificates=known,
                )
                for name in SERVICES
            }
        )

    async def enter(self) -> EnterResponse:
        """A new player, old enough for the daily reward."""
        return await self.account.Enter(EnterRequest(discord_id=random.randrange(10**15, 10**17)))

    async def ten_summon(self, player: EnterResponse) -> None:
        """A ten-summon from the standard banner."""
        request = SummonRequest(op=an_op(player), banner_id="standard", count=10)
        while True:
            try:
                await self.gacha.Summon(request, timeout=8)
                return
            except (DatabaseTrouble, grpc.aio.AioRpcError) as trouble:
                if isinstance(trouble, grpc.aio.AioRpcError) and trouble.code() not in AGAIN:
                    raise
                # As the bot does it: the same wish again, and the time of both counts.
                self.repeats += 1

    async def daily(self, player: EnterResponse) -> None:
        """The daily reward."""
        await self.account.ClaimDaily(ClaimDailyRequest(op=an_op(player)))

    async def page(self, player: EnterResponse) -> None:
        """The first page of the collection."""
        await self.roster.ListOwnedWaifus(ListOwnedWaifusRequest(user_id=player.user_id))


def an_op(player: EnterResponse) -> Op:
    """A new operation of a player."""
    return Op(op_id=str(uuid.uuid4()), user_id=player.user_id, epoch=player.epoch)


@dataclass(frozen=True, slots=True)
class Round:
    """Some wishes of some players at once."""

    took_ms: Sequence[float]
    a_second: float

    @property
    def median(self) -> float:
        """Of one wish, in milliseconds."""
        return statistics.median(self.took_ms)

    @property
    def p99(self) -> float:
        """Of a hundred wishes the slowest."""
        return sorted(self.took_ms)[int(len(self.took_ms) * 0.99)]


async def a_round(wish: Wish, players: Sequence[EnterResponse], each: int) -> Round:
    """Every player wishes so many times, one after the other, and all players at once."""

    async def timed(player: EnterResponse) -> list[float]:
        took: list[float] = []
        for _ in range(each):
            began = time.perf_counter()
            await wish(player)
            took.append((time.perf_counter() - began) * 1e3)
        return took

    began = time.perf_counter()
    took = [ms for one in await asyncio.gather(*map(timed, players)) for ms in one]
    return Round(took, len(took) / (time.perf_counter() - began))
