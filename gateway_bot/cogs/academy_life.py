"""The life of an academy: a new beginning, an end, and everything that is held about it."""

from io import BytesIO
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, exports, forms
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.players import Player
from gateway_bot.refusals import Hint
from gateway_bot.text import say
from gateway_bot.views import closing as views
from gateway_bot.views.closing import Farewell
from gateway_bot.views.export import FILENAME, export_view, too_large_view
from gateway_bot.views.parts import View
from geminya.users.v1 import account_pb2 as account

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Life(commands.Cog):
    """The part of `/academy` that begins and ends it."""

    bot: "GeminyaBot"

    @app_commands.command(description=say("commands.academy_reset"))
    async def reset(self, interaction: Interaction) -> None:
        """A warning, and the way to begin anew."""
        await self.warn(interaction, views.RESET)

    @app_commands.command(description=say("commands.academy_erase"))
    async def erase(self, interaction: Interaction) -> None:
        """A warning, and the way to leave for good."""
        await self.warn(interaction, views.ERASE)

    async def warn(self, interaction: Interaction, kind: str) -> None:
        """Says what would go; for who has no academy none is opened."""
        await answers.wait(interaction, private=True)
        found = await self.found(interaction)
        farewell = Farewell(kind, found.user_id, found.epoch)
        desk = self.bot.desk(interaction)
        await answers.show(interaction, views.warning_view(farewell, found, desk))

    async def press_warned(self, interaction: Interaction, offer: Offer) -> None:
        """The button under the warning: the word has to be typed."""
        farewell = Farewell.unpacked(offer.data)
        custom_id = views.form_id(farewell, self.bot.desk(interaction))
        title, field = views.form_title(farewell), views.word_field(farewell)
        await forms.ask(interaction, custom_id, title, [field])

    async def submit_typed(self, interaction: Interaction, offer: Offer) -> None:
        """The form was sent off: the life that was shown ends, and no other one."""
        await answers.wait(interaction, private=True)
        farewell = Farewell.unpacked(offer.data)
        typed = forms.answers(interaction).get(views.WORD, "")
        if not views.is_meant(farewell, typed):
            raise Hint("wrong_word", word=farewell.word)
        view = await self.end(interaction, offer, farewell)
        await answers.show(interaction, view)

    async def end(self, interaction: Interaction, offer: Offer, farewell: Farewell) -> View:
        """Asks for it in the name of that life; nobody enters, so nothing opens by accident."""
        clients = self.bot.clients
        player = Player(farewell.user_id, farewell.epoch, "", is_new=False)
        try:
            if farewell.is_reset:
                request, change = account.ResetAccountRequest(), clients.account.ResetAccount
                reset = await clients.act(interaction, change, request, offer=offer, player=player)
                return views.reset_view(reset)
            erase = clients.account.EraseAccount
            request = account.EraseAccountRequest()
            await clients.act(interaction, erase, request, offer=offer, player=player)
            return views.erased_view()
        finally:
            # Whatever became of it, the next command asks who the player is now.
            clients.players.forget(interaction.user.id)

    @app_commands.command(description=say("commands.academy_export"))
    async def export(self, interaction: Interaction) -> None:
        """One file with everything."""
        await answers.wait(interaction, private=True)
        found = await self.found(interaction)
        try:
            data = await exports.collect(self.bot.clients.exports, found.user_id)
        except exports.TooLarge:
            await answers.show(interaction, too_large_view())
            return
        file = discord.File(BytesIO(data), filename=FILENAME)
        await answers.show(interaction, export_view(), file)

    async def found(self, interaction: Interaction) -> account.GetPlayerResponse:
        """The player, if there is one; refuses where `players.of` would open an academy."""
        request = account.GetPlayerRequest(discord_id=interaction.user.id)
        return await self.bot.clients.account.GetPlayer(request)
