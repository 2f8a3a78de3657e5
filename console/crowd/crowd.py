"""Many players on the services themselves: they enter, get a purse, and wish."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chassis import ids
from console.crowd.arrivals import Wish
from console.crowd.player import Player
from console.crowd.wishes import WISHES, choose
from console.crowd.world import CRYSTALS, DAPHINE, QUARTZ, World
from geminya.common.v1.op_pb2 import Op
from geminya.common.v1.operator_pb2 import Operator
from geminya.users.v1.account_pb2 import GetAccountRequest
from geminya.users.v1.wallet_pb2 import Adjustment, AdminAdjustRequest

AT_ONCE = 16
"""So many players enter at the same time."""
FIRST_ID = 10**15
"""Discord ids of simulated players begin here; old enough for every reward."""
PURSE = {CRYSTALS: 20_000, QUARTZ: 2_000, DAPHINE: 20}
"""The most that one operator may give alone: enough for a long day."""


class Crowd:
    """Simulated players; the same seed brings the same ones back."""

    def __init__(self, world: World, count: int, mix: Mapping[str, int], seed: int) -> None:
        self.world = world
        self.mix = mix
        self.dice = random.Random(f"{seed} crowd")  # noqa: S311 - no secret hangs on it
        first = FIRST_ID + seed * 10**7
        self._ids = [first + number for number in range(count)]
        self.players = [
            Player(world, number, random.Random(f"{seed} {number}"))  # noqa: S311
            for number in range(count)
        ]

    async def enter(self, adjust: Any, by: Operator, tell: Callable[[], None]) -> int:
        """Everybody enters, whoever is new gets a purse by an operator's act; how many are new."""
        await self.world.look()
        room, new = asyncio.Semaphore(AT_ONCE), 0

        async def one(player: Player[World], discord_id: int) -> None:
            nonlocal new
            async with room:
                if await player.enter(discord_id):
                    new += 1
                    await bank(player, adjust, by)
                await self.remember(player)
            tell()

        async with asyncio.TaskGroup() as group:
            for player, discord_id in zip(self.players, self._ids, strict=True):
                group.create_task(one(player, discord_id))
        return new

    async def remember(self, player: Player[World]) -> None:
        """What is in the purse of who comes back."""
        request = GetAccountRequest(user_id=player.user_id)
        found = await self.world.ask(self.world.services.account.GetAccount, request)
        if found:
            player.note(found.account.balances)

    def next_wish(self) -> Wish:
        """Somebody's next wish."""
        player = self.dice.choice(self.players)

        async def wish() -> str | None:
            name = choose(self.mix, player, self.dice)
            if name is not None:
                await WISHES[name].act(player)
            return name

        return wish


async def bank(player: Player[World], adjust: Any, by: Operator) -> None:
    """A purse by an operator's act."""
    # The same act for the same player, should it be asked for twice.
    op_id = ids.op_of_part(SIMULATED, f"{player.user_id} {player.epoch}")
    request = AdminAdjustRequest(
        op=Op(op_id=op_id, user_id=player.user_id, epoch=player.epoch),
        operator=by,
        adjustments=purse(),
    )
    await player.world.ask(adjust, request)


def purse() -> Iterable[Adjustment]:
    """What everybody begins with."""
    return [Adjustment(currency=what, amount=amount) for what, amount in PURSE.items()]  # type: ignore[arg-type]


SIMULATED = "00000000-0000-4000-8000-000000000000"
"""What the acts of a simulation are named after."""
