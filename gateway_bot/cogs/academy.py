"""`/academy`: the player's own place."""

import asyncio
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, statement
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.options import AcademyName
from gateway_bot.text import say
from gateway_bot.views import academy as views
from gateway_bot.views import history
from gateway_bot.views.parts import turned
from geminya.collection.v1 import roster_pb2 as roster
from geminya.economy.v1 import gacha_pb2 as gacha
from geminya.users.v1 import account_pb2 as account

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Academy(commands.GroupCog, name="academy", description=say("commands.academy")):
    """Status, daily reward, name and history."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.DAILY, self.press_daily)
        bot.on_press(history.ACTION, self.turn_history)

    @app_commands.command(description=say("commands.academy_status"))
    async def status(self, interaction: Interaction) -> None:
        """The academy at a glance."""
        await answers.wait(interaction)
        clients = self.bot.clients
        user_id = (await clients.players.of(interaction)).user_id
        found, owned, pity = await asyncio.gather(
            clients.account.GetAccount(account.GetAccountRequest(user_id=user_id)),
            clients.roster.GetRoster(roster.GetRosterRequest(user_id=user_id)),
            clients.gacha.GetPity(gacha.GetPityRequest(user_id=user_id)),
        )
        desk = self.bot.desk(interaction)
        await answers.show(interaction, views.status_view(found.account, owned, pity, desk))

    @app_commands.command(description=say("commands.academy_daily"))
    async def daily(self, interaction: Interaction) -> None:
        """Today's reward."""
        await self.claim(interaction, None)

    async def press_daily(self, interaction: Interaction, offer: Offer) -> None:
        """The button under the status."""
        await self.claim(interaction, offer)

    async def claim(self, interaction: Interaction, offer: Offer | None) -> None:
        """Claims the reward and shows it."""
        await answers.wait(interaction)
        clients, request = self.bot.clients, account.ClaimDailyRequest()
        claimed = await clients.act(interaction, clients.account.ClaimDaily, request, offer=offer)
        await answers.show(interaction, views.daily_view(claimed))

    @app_commands.command(description=say("commands.academy_rename"))
    @app_commands.describe(name=say("commands.academy_rename_name"))
    async def rename(
        self, interaction: Interaction, name: app_commands.Transform[str, AcademyName]
    ) -> None:
        """Another name over the gate."""
        await answers.wait(interaction)
        clients, request = self.bot.clients, account.RenameRequest(academy_name=name)
        renamed = await clients.act(interaction, clients.account.Rename, request)
        await answers.show(interaction, views.renamed_view(renamed.academy_name))

    @app_commands.command(description=say("commands.academy_history"))
    async def history(self, interaction: Interaction) -> None:
        """The bank statement."""
        await answers.wait(interaction, private=True)
        await self.show_history(interaction, 0)

    async def turn_history(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of it."""
        await answers.turn(interaction)
        page, _ = turned(offer.data)
        await self.show_history(interaction, page)

    async def show_history(self, interaction: Interaction, page: int) -> None:
        """One page of it."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        shown = await statement.read(clients, player.user_id, page)
        waifus = await self.bot.catalogue.waifus(history.pulled_waifu_ids(shown.rows))
        view = history.history_view(
            shown.rows,
            waifus,
            page=page,
            has_more=shown.has_more,
            desk=self.bot.desk(interaction),
        )
        await answers.show(interaction, view)
