"""`/now`: everything that can be claimed and every clock, with one press each or one for all."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

import grpc
import structlog
from discord import app_commands
from discord.ext import commands

from gateway_bot import answers
from gateway_bot.answers import Interaction
from gateway_bot.chores import Chores
from gateway_bot.clients import Clients, is_trouble
from gateway_bot.offers import Offer
from gateway_bot.options import STANDARD
from gateway_bot.pages import STEP
from gateway_bot.text import say
from gateway_bot.views import now as views
from gateway_bot.views.now import Moment, Wish
from geminya.collection.v1.roster_pb2 import GetRosterRequest
from geminya.economy.v1.mission_pb2 import ListMissionsRequest
from geminya.economy.v1.shop_pb2 import ListInventoryRequest
from geminya.expeditions.v1.expedition_pb2 import ListExpeditionsRequest
from geminya.expeditions.v1.notice_pb2 import ListInboxRequest
from geminya.users.v1.account_pb2 import GetAccountRequest

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

log = structlog.get_logger()

Answer = TypeVar("Answer")

SILENT_S = 1.0
"""After so long a player is told what is done already."""


class Now(commands.Cog):
    """One page for a player with a minute."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.LOOK, self.press_look)
        bot.on_press(views.DO, self.press_do)

    @app_commands.command(description=say("commands.now"))
    async def now(self, interaction: Interaction) -> None:
        """What waits, and until when."""
        await answers.wait(interaction)
        await self.show_now(interaction)

    async def press_look(self, interaction: Interaction, _: Offer) -> None:
        """The page as it is now."""
        await answers.turn(interaction)
        await self.show_now(interaction)

    async def show_now(self, interaction: Interaction) -> None:
        """Asks everybody at once; who is away leaves the others their place."""
        player = await self.bot.clients.players.of(interaction)
        moment = await moment_of(self.bot.clients, player.user_id)
        desk = self.bot.desk(interaction)
        view = views.now_view(player.academy_name, moment, STANDARD, desk)
        await answers.show(interaction, view)

    async def press_do(self, interaction: Interaction, offer: Offer) -> None:
        """Does what the button says, part by part: none of them stops the others."""
        await answers.turn(interaction)
        chores, desk = Chores(self.bot.clients, interaction, offer), self.bot.desk(interaction)
        now = asyncio.get_running_loop().time
        told = now()
        async for done in chores.through(Wish.unpacked(offer.data)):
            if now() > told + SILENT_S:
                await answers.show(interaction, views.done_view(done, desk, is_under_way=True))
                told = now()
        if chores.troubles and not chores.done.is_something:
            raise chores.troubles[0]
        await answers.show(interaction, views.done_view(chores.done, desk))


async def moment_of(clients: Clients, user_id: int) -> Moment:
    """What every service knows of a player just now."""
    return Moment(
        *await asyncio.gather(
            _if_there(clients.account.GetAccount(GetAccountRequest(user_id=user_id))),
            _if_there(clients.roster.GetRoster(GetRosterRequest(user_id=user_id))),
            _if_there(clients.mission.ListMissions(ListMissionsRequest(user_id=user_id))),
            _if_there(
                clients.expeditions.ListExpeditions(
                    ListExpeditionsRequest(user_id=user_id, page_size=1)
                )
            ),
            _if_there(clients.notices.ListInbox(ListInboxRequest(user_id=user_id, page_size=STEP))),
            _if_there(
                clients.shop.ListInventory(ListInventoryRequest(user_id=user_id, page_size=STEP))
            ),
        )
    )


async def _if_there(asked: Awaitable[Answer]) -> Answer | None:
    """The answer; none where nobody is there to give it."""
    try:
        return await asked
    except grpc.aio.AioRpcError as error:
        if not is_trouble(error):
            raise
        log.warning("now.away", code=error.code().name)
        return None
