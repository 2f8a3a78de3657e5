"""`/summon`: call waifus to the academy."""

import time
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options
from gateway_bot.answers import Interaction
from gateway_bot.cogs.summon_fair import Fair
from gateway_bot.cogs.summon_super import Super
from gateway_bot.offers import Offer
from gateway_bot.text import say
from gateway_bot.views import fairness
from gateway_bot.views import summon as views
from gateway_bot.views import super as many
from geminya.economy.v1 import gacha_pb2 as gacha

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

REPEAT_AFTER_S = 5
"""A summon so much older than the press was made by an earlier press of the same button."""


class Summon(Super, Fair, commands.GroupCog, name="summon", description=say("commands.summon")):
    """One pull, ten, or many times ten; and how to see that it was fair."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.SUMMON, self.press)
        bot.on_press(many.PAGE, self.turn_super)
        bot.on_press(many.ASK, self.ask_page)
        bot.on_press(many.JUMP, self.jump)
        bot.on_press(fairness.SEED, self.press_seed)
        bot.on_press(fairness.WORD, self.press_word)
        bot.on_press(fairness.TURN, self.turn_seed)

    @app_commands.command(description=say("commands.summon_one"))
    @app_commands.describe(banner=say("commands.summon_banner"))
    async def one(self, interaction: Interaction, banner: str = options.STANDARD) -> None:
        """A single summon."""
        await answers.wait(interaction)
        await self.summon(interaction, await options.banner_id(self.bot.clients, banner), 1)

    @app_commands.command(description=say("commands.summon_ten"))
    @app_commands.describe(banner=say("commands.summon_banner"))
    async def ten(self, interaction: Interaction, banner: str = options.STANDARD) -> None:
        """A ten-summon."""
        await answers.wait(interaction)
        await self.summon(interaction, await options.banner_id(self.bot.clients, banner), 10)

    async def press(self, interaction: Interaction, offer: Offer) -> None:
        """A button that summons."""
        await answers.wait(interaction)
        count, banner_id = views.read_order(offer.data)
        await self.summon(interaction, banner_id, count, offer)

    async def summon(
        self, interaction: Interaction, banner_id: str, count: int, offer: Offer | None = None
    ) -> None:
        """Asks once, draws the cards, shows them."""
        clients, pressed = self.bot.clients, time.time()
        request = gacha.SummonRequest(banner_id=banner_id, count=count)
        summon = await clients.act(interaction, clients.gacha.Summon, request, offer=offer)
        waifus = await self.bot.catalogue.waifus(pull.waifu_id for pull in summon.pulls)
        faces = views.faces(summon, waifus)
        player = await clients.players.of(interaction)
        sheet = await self.bot.pictures_for(player).summon_sheet(
            faces, views.heading(summon), views.alt_text(faces)
        )
        view = views.summon_view(
            summon,
            waifus,
            self.bot.desk(interaction),
            sheet_file=sheet,
            is_repeat=summon.time.seconds < pressed - REPEAT_AFTER_S,
        )
        await answers.show(interaction, view, sheet)

    @one.autocomplete("banner")
    @ten.autocomplete("banner")
    async def banners(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Banners while a name is typed."""
        return await options.quickly(options.banner_choices(self.bot.clients, typed))
