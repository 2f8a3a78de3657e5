"""The books of an academy: its history, and the receipt of one wish."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, receipts, statement
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.options import ShortId
from gateway_bot.refusals import Hint
from gateway_bot.text import say
from gateway_bot.views import history
from gateway_bot.views.parts import turned
from gateway_bot.views.receipt import receipt_view

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Books(commands.Cog):
    """The part of `/academy` that looks back."""

    bot: "GeminyaBot"

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
        """One page of it; the first one where there are not so many."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        shown = await statement.read(clients, player.user_id, page)
        if page and not shown.rows:
            await self.show_history(interaction, 0)
            return
        waifus = await self.bot.catalogue.waifus(history.pulled_waifu_ids(shown.rows))
        view = history.history_view(
            shown.rows,
            waifus,
            page=page,
            has_more=shown.has_more,
            desk=self.bot.desk(interaction),
        )
        await answers.show(interaction, view)

    @app_commands.command(description=say("commands.academy_receipt"))
    @app_commands.rename(short_id="id")
    @app_commands.describe(short_id=say("commands.academy_receipt_id"))
    async def receipt(
        self, interaction: Interaction, short_id: app_commands.Transform[str, ShortId]
    ) -> None:
        """What became of one wish."""
        await answers.wait(interaction, private=True)
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        found = await receipts.find(clients, player.user_id, short_id)
        if not found:
            raise Hint("no_receipt", words=short_id)
        moved = [line for receipt in found for line in receipt.lines]
        waifus = await self.bot.catalogue.waifus(history.subject_waifu_ids(moved))
        await answers.show(interaction, receipt_view(found, waifus))
