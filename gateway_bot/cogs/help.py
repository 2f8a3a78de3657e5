"""`/help`: how to play, in one minute."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers
from gateway_bot.answers import Interaction
from gateway_bot.options import STANDARD
from gateway_bot.text import say
from gateway_bot.views.help import help_view

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Help(commands.Cog):
    """The first steps of a newcomer."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot

    @app_commands.command(name="help", description=say("commands.help"))
    async def help_(self, interaction: Interaction) -> None:
        """What to do first, and what the words mean."""
        await answers.wait(interaction, private=True)
        await answers.show(interaction, help_view(STANDARD, self.bot.desk(interaction)))
