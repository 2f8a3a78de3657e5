"""Who presses: from a Discord id to a player and which of their lives it is."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord

from geminya.users.v1.account_pb2 import (
    NOTICES_UNSPECIFIED,
    EnterRequest,
    EnterResponse,
    Notices,
)

if TYPE_CHECKING:
    from geminya.users.v1.account_pb2_grpc import AccountServiceAsyncStub

REMEMBERED_S = 10.0
REMEMBERED_PLAYERS = 10_000
NEWCOMER = "newcomer"
"""Key in `interaction.extras`: the academy that was opened by this interaction."""


@dataclass(frozen=True, slots=True)
class Player:
    """A player as every other service knows them."""

    user_id: int
    epoch: int
    academy_name: str
    is_new: bool
    """The academy was opened just now, and nobody has told the player yet."""
    prefers_text: bool = False
    is_collection_hidden: bool = False
    notices: "Notices.ValueType" = NOTICES_UNSPECIFIED
    reward_time: int = 0
    """When the Discord account is old enough for rewards, in Unix seconds; 0 where it is already."""


class TooYoung(Exception):
    """The Discord account is too young for what was wished."""

    def __init__(self, ready_time: int) -> None:
        super().__init__(ready_time)
        self.ready_time = ready_time


class Players:
    """Asks `users` and remembers the answer for a few seconds."""

    def __init__(
        self,
        account: "AccountServiceAsyncStub",
        *,
        remembered_s: float = REMEMBERED_S,
        limit: int = REMEMBERED_PLAYERS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._remembered_s = remembered_s
        self._limit = limit
        self._now = now
        self._known: OrderedDict[int, tuple[float, Player]] = OrderedDict()

    async def of(self, interaction: discord.Interaction[Any]) -> Player:
        """The player behind an interaction. Who is new is noted, to be greeted once."""
        discord_id = interaction.user.id
        player = await self.glance(discord_id)
        if player.is_new:
            interaction.extras[NEWCOMER] = player.academy_name
            self._remember(discord_id, replace(player, is_new=False))
        return player

    async def grown_up(self, interaction: discord.Interaction[Any]) -> Player:
        """The player, or `TooYoung`: for what many fresh accounts could be made for."""
        player = await self.of(interaction)
        if player.reward_time > time.time():
            raise TooYoung(player.reward_time)
        return player

    async def glance(self, discord_id: int) -> Player:
        """The player, for something that is not shown as an answer of its own."""
        until, player = self._known.get(discord_id, (0.0, None))
        if player is not None and self._now() < until:
            return player
        entered = await self._account.Enter(EnterRequest(discord_id=discord_id))
        fresh = _player(entered)
        self._remember(discord_id, fresh)
        return fresh

    def forget(self, discord_id: int) -> None:
        """This life of the player may be over, or their settings are others now."""
        self._known.pop(discord_id, None)

    def _remember(self, discord_id: int, player: Player) -> None:
        self._known[discord_id] = (self._now() + self._remembered_s, player)
        self._known.move_to_end(discord_id)
        while len(self._known) > self._limit:
            self._known.popitem(last=False)


def _player(entered: EnterResponse) -> Player:
    return Player(
        entered.user_id,
        entered.epoch,
        entered.academy_name,
        entered.is_new,
        prefers_text=entered.settings.prefers_text,
        is_collection_hidden=entered.settings.is_collection_hidden,
        notices=entered.settings.notices,
        reward_time=entered.reward_time.seconds,
    )
