"""`/code`: presents for whoever knows the word."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers
from gateway_bot.answers import Interaction
from gateway_bot.text import say
from gateway_bot.views import code as views
from gateway_bot.views.words import typed
from geminya.economy.v1 import gift_code_pb2 as pb

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Code(commands.GroupCog, name="code", description=say("commands.code")):
    """Gift codes. Nobody else sees the word or what it brings."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot

    @app_commands.command(description=say("commands.code_redeem"))
    @app_commands.describe(code=say("commands.code_redeem_code"))
    async def redeem(
        self, interaction: Interaction, code: app_commands.Range[str, 1, views.CODE_LETTERS]
    ) -> None:
        """Redeems it once, and shows what it brought."""
        await answers.wait(interaction, private=True)
        clients = self.bot.clients
        player = await clients.players.grown_up(interaction)
        request = pb.RedeemRequest(code=typed(code))
        redeemed = await clients.act(interaction, clients.codes.Redeem, request)
        waifus = await self.bot.catalogue.waifus(one.waifu_id for one in redeemed.granted)
        faces = views.faces(redeemed, waifus)
        pictures = self.bot.pictures_for(player)
        sheet = (
            await pictures.summon_sheet(faces, say("code.heading"), views.alt_text(faces))
            if faces
            else None
        )
        view = views.redeemed_view(redeemed, waifus, sheet_file=sheet)
        await answers.show(interaction, view, sheet)
