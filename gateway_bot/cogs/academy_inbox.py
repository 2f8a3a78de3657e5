"""The inbox of an academy: what could not be told."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import grpc
import structlog
from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, journeys
from gateway_bot.answers import Interaction
from gateway_bot.clients import StillUnderWay
from gateway_bot.pages import STEP
from gateway_bot.text import say
from gateway_bot.views.notice import inbox_view
from geminya.expeditions.v1 import notice_pb2 as pb

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

log = structlog.get_logger()

HINT_S = 1.0
"""A hint is worth no more."""


class Inbox(commands.Cog):
    """The part of `/academy` that waits for the player."""

    bot: "GeminyaBot"

    @app_commands.command(description=say("commands.academy_inbox"))
    async def inbox(self, interaction: Interaction) -> None:
        """Everything that was not read yet; once it is shown, it was."""
        await answers.wait(interaction, private=True)
        clients, player = self.bot.clients, await self.bot.clients.players.of(interaction)
        request = pb.ListInboxRequest(user_id=player.user_id, page_size=STEP)
        found, running = await asyncio.gather(
            clients.notices.ListInbox(request), journeys.under_way(clients, player.user_id)
        )
        waiting = {one.expedition_id for one in running}
        view = inbox_view(found.notices, waiting, self.bot.desk(interaction))
        await answers.show(interaction, view)
        await self.read(interaction, found.notices)

    async def read(self, interaction: Interaction, shown: Sequence[pb.Notice]) -> None:
        """Marks as read what was shown; where that fails, it is shown once more."""
        clients = self.bot.clients
        for newest in shown[:1]:
            request = pb.ReadInboxRequest(notice_id=newest.notice_id)
            try:
                await clients.act(interaction, clients.notices.ReadInbox, request)
            except (grpc.aio.AioRpcError, StillUnderWay) as error:
                log.warning("inbox.unread", interaction_id=interaction.id, why=repr(error))

    async def has_mail(self, user_id: int) -> bool:
        """Whether something waits in the inbox; nobody is kept waiting where that is not known."""
        request = pb.ListInboxRequest(user_id=user_id, page_size=1)
        try:
            found = await self.bot.clients.notices.ListInbox(request, timeout=HINT_S)
            return bool(found.notices)
        except grpc.aio.AioRpcError as error:
            log.warning("inbox.unknown", code=error.code().name)
            return False
