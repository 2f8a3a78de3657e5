"""Which shards a bot serves when there are several, and what it leaves to the next one.

Shards are cut into as many shares as there are bots. A bot takes the share of its own number when nobody has it, else
any that is free; a bot more than there are shares stands by and takes the first one that is given back or whose bot
has died. So bots are restarted one after the other, and players do not notice.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, field

import grpc
import structlog

from chassis.settings import Settings, SettingsError
from gateway_bot.duties import SHARE, Duties, Duty
from gateway_bot.sockets import Session

log = structlog.get_logger()

LEASE_S = 5.0
"""After so long a bot that says nothing counts as dead."""
RENEW_S = 1.0
LOOK_S = 0.2
"""How often a bot without a share looks for one: a part of what players may notice of a restart."""
LOST_USERS_S = 10.0
"""After so long without a word from `users` a bot serves its own share without asking."""

Sessions = Mapping[int, Session]


def shards_of(share: int, shares: int, shard_count: int) -> range:
    """The shards of a share: next to each other, and no share has more than one more than another."""
    return range(share * shard_count // shares, (share + 1) * shard_count // shares)


@dataclass(frozen=True, slots=True)
class Fleet:
    """All the bots of a token, and which of them this one is."""

    holder: str
    """What this process is called, and the one that is started in its place."""
    shard_count: int = 0
    """0: as many as Discord recommends, for a bot that is alone."""
    shares: int = 1
    ordinal: int = 0

    @classmethod
    def of(cls, settings: Settings, holder: str) -> "Fleet":
        """As the settings say, when they go together."""
        count, replicas = settings.shard_count, settings.bot_replicas
        if count < replicas and (count or replicas > 1):
            raise SettingsError(
                f"GEMINYA_SHARD_COUNT is {count}, and {replicas} bots need at least a shard each "
                "(GEMINYA_BOT_REPLICAS)"
            )
        return cls(holder, count, replicas, settings.bot_ordinal)

    @property
    def has_own(self) -> bool:
        """Whether there is a share of this bot's number; who has none is there in case another one goes."""
        return self.ordinal < self.shares

    def numbers(self) -> Iterator[int]:
        """Every share, this bot's own first."""
        for step in range(self.shares):
            yield (self.ordinal + step) % self.shares


@dataclass(slots=True)
class Share:
    """What this bot serves."""

    number: int
    token: int = 0
    """0 where nobody was there to be asked."""
    left: Sessions = field(default_factory=dict)
    """What the bot before left: sessions to go on with."""


class Shares:
    """Takes a share, keeps it, and gives it back with the sessions as they stand."""

    def __init__(
        self, duties: Duties, fleet: Fleet, stand_by: Callable[[], Awaitable[None]]
    ) -> None:
        self._duties = duties
        self.fleet = fleet
        self._stand_by = stand_by
        """Called while every share is somebody's."""
        self._share: Share | None = None
        self._heard = 0.0

    async def take(self) -> Share:
        """Waits for a share: its own, or one that nobody serves."""
        self._heard = time.monotonic()
        while (share := await self._look()) is None:  # noqa: ASYNC110 - another process knows
            await asyncio.sleep(LOOK_S)
        self._share = share
        log.info("share.taken", share=share.number, sessions=len(share.left))
        return share

    async def keep(self, sessions: Callable[[], Sessions]) -> None:
        """Renews until the share is another one's; a `users` that is away changes nothing."""
        while True:
            await asyncio.sleep(RENEW_S)
            assert self._share is not None
            try:
                lease = await self._duties.lease(self._duty(self._share.number), packed(sessions()))
            except grpc.aio.AioRpcError as error:
                log.warning("share.not_renewed", code=error.code().name)
                continue
            if not lease.is_held:
                log.error("share.lost", share=self._share.number)
                self._share = None
                return
            self._share.token = lease.token

    async def give_back(self, sessions: Sessions) -> None:
        """Lets the next bot go on with the sessions; what cannot be said now ends by itself."""
        share, self._share = self._share, None
        if share is None or not share.token:
            return
        try:
            await self._duties.give_back(self._duty(share.number), share.token, packed(sessions))
        except grpc.aio.AioRpcError as error:
            log.warning("share.not_given_back", code=error.code().name)

    async def _look(self) -> Share | None:
        try:
            for number in self.fleet.numbers():
                lease = await self._duties.lease(self._duty(number))
                if lease.is_held:
                    return Share(number, lease.token, unpacked(lease.note))
        except grpc.aio.AioRpcError as error:
            log.warning("share.unknown", code=error.code().name)
            is_alone = time.monotonic() - self._heard > LOST_USERS_S
            return Share(self.fleet.ordinal) if is_alone and self.fleet.has_own else None
        self._heard = time.monotonic()
        await self._stand_by()
        return None

    def _duty(self, number: int) -> Duty:
        return Duty(SHARE, number, self.fleet.holder, LEASE_S)


def packed(sessions: Sessions) -> str:
    """Sessions as a note."""
    return json.dumps([astuple(session) for session in sessions.values()])


def unpacked(note: str) -> dict[int, Session]:
    """Sessions from a note, by shard; a new share has none."""
    sessions = [Session(*row) for row in json.loads(note or "[]")]
    return {session.shard_id: session for session in sessions}
