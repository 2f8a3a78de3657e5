"""`/waifu`: one of them from close up."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.text import say
from gateway_bot.views import waifu as views
from gateway_bot.views.faces import face_of_waifu
from geminya.collection.v1 import roster_pb2 as roster

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Waifu(commands.GroupCog, name="waifu", description=say("commands.waifu")):
    """Her profile."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.PROFILE, self.press)

    @app_commands.command(description=say("commands.waifu_profile"))
    @app_commands.describe(waifu=say("commands.waifu_profile_waifu"))
    async def profile(self, interaction: Interaction, waifu: str) -> None:
        """Everything that is known about her."""
        await answers.wait(interaction)
        await self.show(interaction, await options.waifu_id(self.bot.clients, waifu))

    async def press(self, interaction: Interaction, offer: Offer) -> None:
        """The button beside her in the collection."""
        await answers.wait(interaction)
        await self.show(interaction, int(offer.data))

    async def show(self, interaction: Interaction, waifu_id: int) -> None:
        """Asks, draws, shows."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        request = roster.GetOwnedWaifuRequest(user_id=player.user_id, waifu_id=waifu_id)
        found = await clients.roster.GetOwnedWaifu(request)
        waifu, owned = found.waifu, found.owned if found.HasField("owned") else None
        sheet = await self.bot.pictures.profile(
            face_of_waifu(waifu, owned),
            views.stats_of(waifu.stats),
            owned.power if owned else 0,
            views.alt_text(waifu),
        )
        await answers.show(interaction, views.profile_view(waifu, owned, sheet_file=sheet), sheet)

    @profile.autocomplete("waifu")
    async def waifus(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Waifus while a name is typed, the player's own first."""
        choices = options.waifu_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(choices)
