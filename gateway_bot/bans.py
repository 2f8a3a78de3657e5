"""Who may not play: a list that is asked for again and again, so that no wish waits for it.

`users` checks once more when somebody enters; this list only spares the way there, and reaches what
never enters.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import grpc
import structlog

from geminya.users.v1.account_pb2 import Ban, ListBansRequest

if TYPE_CHECKING:
    from geminya.users.v1.account_pb2_grpc import AccountServiceAsyncStub

log = structlog.get_logger()

EVERY_S = 3.0
PAGE = 100
MOST_PAGES = 1_000


class Banned(Exception):
    """The player may not play now."""

    def __init__(self, ban: Ban) -> None:
        super().__init__(ban.discord_id)
        self.ban = ban


class Bans:
    """The bans that hold now, by Discord id."""

    def __init__(
        self, account: "AccountServiceAsyncStub", *, now: Callable[[], float] = time.time
    ) -> None:
        self._account = account
        self._now = now
        self._by_id: dict[int, Ban] = {}

    def refuse(self, discord_id: int) -> None:
        """Raises `Banned` for who is banned; asks nobody."""
        ban = self._by_id.get(discord_id)
        if ban is not None and self._holds(ban):
            raise Banned(ban)

    async def watch(self, every_s: float = EVERY_S) -> None:
        """Keeps the list fresh for as long as the bot lives; an old one is better than none."""
        while True:
            try:
                await self.refresh()
            except grpc.aio.AioRpcError as error:
                log.warning("bans.unknown", code=error.code().name, kept=len(self._by_id))
            await asyncio.sleep(every_s)

    async def refresh(self) -> None:
        """Reads every page, and only then lets the new list count."""
        found: dict[int, Ban] = {}
        token = ""
        for _ in range(MOST_PAGES):
            request = ListBansRequest(page_size=PAGE, page_token=token)
            answer = await self._account.ListBans(request)
            found.update((ban.discord_id, ban) for ban in answer.bans if ban.discord_id)
            token = answer.next_page_token
            if not token:
                break
        self._by_id = found

    def _holds(self, ban: Ban) -> bool:
        return not ban.HasField("end_time") or self._now() < ban.end_time.seconds
