"""Tells players that a party is back: whom to reach and where, a message, and a word on what became of it.

Nothing is kept here. Whoever dies in the middle leaves a lease that ends, and whoever comes next sends under the same
nonce, which Discord answers with the message that is there already.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from weakref import WeakValueDictionary

import aiohttp
import discord
import grpc
import structlog

from chassis.rpc.status import refusal_of
from gateway_bot.clients import Clients
from gateway_bot.offers import Desk, Occasion, Offers, packed
from gateway_bot.players import Player
from gateway_bot.views.notice import notice_view
from gateway_bot.views.parts import View
from geminya.expeditions.v1.expedition_pb2 import NoticeWish
from geminya.expeditions.v1.notice_pb2 import (
    NOTICE_OUTCOME_KEPT,
    NOTICE_OUTCOME_TOLD,
    LeaseNoticesRequest,
    Notice,
    NoticeOutcome,
    ReportNoticeRequest,
)
from geminya.users.v1.account_pb2 import (
    NOTICES_CHANNEL,
    NOTICES_DIRECT,
    GetContactRequest,
    GetContactResponse,
)

log = structlog.get_logger()

EVERY_S = 3.0
BATCH = 50
"""As many as `expeditions` hands out at once."""
MOST_WAITING = 500
HANDS = 16
"""So many channels are written to at once. Each has one message under way, so a slow one holds up itself alone."""
PATIENCE_S = 25.0
"""For one notice, its turn included; well within its lease of a minute."""
CLOSED, GONE, TOO_MANY, UNAUTHORIZED, BROKEN = 403, 404, 429, 401, 500
TROUBLE = (grpc.aio.AioRpcError, discord.DiscordException, aiohttp.ClientError, OSError)
"""Told or not told, nobody could say: the lease ends, and it is tried again. Time that is over is an `OSError` too."""


class Post(Protocol):
    """Carries messages that answer nothing."""

    async def send(self, channel_id: int, reader_id: int, view: View, nonce: str) -> None:
        """Sends to a channel, or with 0 to the reader alone; a nonce is sent once."""
        ...


class DiscordPost:
    """Carries them to Discord."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def send(self, channel_id: int, reader_id: int, view: View, nonce: str) -> None:
        """Sends, and calls on the reader and on nobody else."""
        reader = discord.Object(reader_id)
        mentions = discord.AllowedMentions(
            everyone=False, roles=False, replied_user=False, users=[reader]
        )
        place: discord.abc.Messageable
        if channel_id:
            place = self._client.get_partial_messageable(channel_id)
        else:
            place = await self._client.create_dm(reader)
        # The library asks Discord to enforce every nonce that it is given.
        await place.send(view=view, nonce=nonce, allowed_mentions=mentions)


class Notices:
    """Takes what is due and tells it, several at once."""

    def __init__(
        self,
        clients: Clients,
        offers: Offers,
        post: Post,
        *,
        now: Callable[[], float] = time.time,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._clients = clients
        self._offers = offers
        self._post = post
        self._now = now
        self._patience_s = patience_s
        self._hands = asyncio.Semaphore(HANDS)
        self._turns: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()
        self._telling: set[asyncio.Task[None]] = set()

    async def watch(self, every_s: float = EVERY_S) -> None:
        """Looks for what is due for as long as the bot lives."""
        while True:
            try:
                is_all = await self.look() < BATCH
            except grpc.aio.AioRpcError as error:
                log.warning("notices.unknown", code=error.code().name)
                is_all = True
            if is_all:
                await asyncio.sleep(every_s)

    async def look(self) -> int:
        """Takes what is due and begins to tell it; how many."""
        free = MOST_WAITING - len(self._telling)
        if free <= 0:
            return 0
        request = LeaseNoticesRequest(max_count=min(BATCH, free))
        leased = (await self._clients.notices.LeaseNotices(request)).notices
        for notice in leased:
            task = asyncio.create_task(self._tell(notice))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return len(leased)

    async def quiet(self) -> None:
        """Waits until everything that was taken is told, kept or left."""
        await asyncio.gather(*self._telling)

    def close(self) -> None:
        """Stops telling; the leases end by themselves."""
        for task in self._telling:
            task.cancel()

    async def _tell(self, notice: Notice) -> None:
        """One notice, from the look at its player to the report."""
        try:
            async with asyncio.timeout(self._patience_s), self._turn(notice), self._hands:
                outcome = await self._outcome(notice)
                await self._report(notice, outcome)
        except TROUBLE as trouble:
            log.warning("notice.left", notice_id=notice.notice_id, why=repr(trouble))
        except Exception:
            log.exception("notice.broken", notice_id=notice.notice_id)

    def _turn(self, notice: Notice) -> asyncio.Lock:
        """One message after the other in a channel, and to a player."""
        place = (notice.channel_id, 0 if notice.channel_id else notice.user_id)
        return self._turns.setdefault(place, asyncio.Lock())

    async def _outcome(self, notice: Notice) -> "NoticeOutcome.ValueType":
        contact = await self._contact(notice)
        if contact is None or not wants(contact):
            return NOTICE_OUTCOME_KEPT
        is_direct = contact.settings.notices == NOTICES_DIRECT
        try:
            await self._post.send(
                0 if is_direct else notice.channel_id,
                contact.discord_id,
                notice_view(notice, contact.discord_id, self._desk(contact)),
                packed(notice.notice_id),
            )
        except discord.HTTPException as refused:
            return _kept(notice, refused)
        return NOTICE_OUTCOME_TOLD

    async def _contact(self, notice: Notice) -> GetContactResponse | None:
        """How to reach the player; none when that life is over."""
        request = GetContactRequest(user_id=notice.user_id, epoch=notice.epoch)
        try:
            return await self._clients.account.GetContact(request)
        except grpc.aio.AioRpcError as error:
            refused = refusal_of(error)
            if refused is None or refused.reason != "USER_NOT_FOUND":
                raise
            return None

    def _desk(self, contact: GetContactResponse) -> Desk:
        """Signs the buttons for the player, as if they had asked just now."""
        moment = datetime.fromtimestamp(self._now(), UTC)
        return Desk(
            self._offers, contact.discord_id, Occasion(discord.utils.time_snowflake(moment))
        )

    async def _report(self, notice: Notice, outcome: "NoticeOutcome.ValueType") -> None:
        request = ReportNoticeRequest(
            notice_id=notice.notice_id, user_id=notice.user_id, outcome=outcome
        )
        await self._clients.notices.ReportNotice(request)
        is_told = outcome == NOTICE_OUTCOME_TOLD
        log.info("notice.settled", notice_id=notice.notice_id, is_told=is_told)


def wants(contact: GetContactResponse) -> bool:
    """Whether the player may be told, and still wants to be."""
    wishes = (NOTICES_CHANNEL, NOTICES_DIRECT)
    return not contact.is_banned and contact.settings.notices in wishes


def wish_of(player: Player, interaction: discord.Interaction[Any]) -> NoticeWish | None:
    """Where this player wants to hear of a party that leaves now; none for nowhere.

    The channel of a direct message belongs to a person, so it is named by nobody.
    """
    if player.notices == NOTICES_CHANNEL and interaction.guild_id and interaction.channel_id:
        return NoticeWish(channel_id=interaction.channel_id)
    if player.notices in (NOTICES_CHANNEL, NOTICES_DIRECT):
        return NoticeWish()
    return None


def _kept(notice: Notice, refused: discord.HTTPException) -> "NoticeOutcome.ValueType":
    """What Discord will never take is kept; what it may take later is raised again."""
    if refused.status in (UNAUTHORIZED, TOO_MANY) or refused.status >= BROKEN:
        raise refused
    if refused.status not in (CLOSED, GONE):
        log.error("notice.malformed", notice_id=notice.notice_id, why=repr(refused))
    return NOTICE_OUTCOME_KEPT
