"""`/banner`: where to summon, and with which chances."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options
from gateway_bot.answers import Interaction
from gateway_bot.cogs.banner_pools import Pools
from gateway_bot.offers import Offer
from gateway_bot.text import say
from gateway_bot.views import banner as views
from gateway_bot.views import pool
from geminya.economy.v1 import gacha_pb2 as gacha

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Banner(Pools, commands.GroupCog, name="banner", description=say("commands.banner")):
    """List, info and odds, each a command and a button; and the long lists."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.LIST, self.press_list)
        bot.on_press(views.INFO, self.press_info)
        bot.on_press(views.ODDS, self.press_odds)
        bot.on_press(pool.POOL, self.turn_pool)
        bot.on_press(pool.HISTORY, self.turn_history)

    @app_commands.command(name="list", description=say("commands.banner_list"))
    async def list_(self, interaction: Interaction) -> None:
        """All open banners."""
        await answers.wait(interaction)
        await self.show_list(interaction)

    @app_commands.command(description=say("commands.banner_info"))
    @app_commands.describe(banner=say("commands.banner_option"))
    async def info(self, interaction: Interaction, banner: str) -> None:
        """One banner."""
        await answers.wait(interaction)
        await self.show_info(interaction, await options.banner_id(self.bot.clients, banner))

    @app_commands.command(description=say("commands.banner_odds"))
    @app_commands.describe(banner=say("commands.banner_option"))
    async def odds(self, interaction: Interaction, banner: str) -> None:
        """Its exact chances."""
        await answers.wait(interaction)
        await self.show_odds(interaction, await options.banner_id(self.bot.clients, banner))

    async def press_list(self, interaction: Interaction, offer: Offer) -> None:
        """The button under a banner, or under the help."""
        await (answers.turn if offer.data == views.HERE else answers.wait)(interaction)
        await self.show_list(interaction)

    async def press_info(self, interaction: Interaction, offer: Offer) -> None:
        """A button that leads to a banner; the message becomes that banner."""
        await answers.turn(interaction)
        await self.show_info(interaction, offer.data)

    async def press_odds(self, interaction: Interaction, offer: Offer) -> None:
        """The button to the chances."""
        await answers.turn(interaction)
        await self.show_odds(interaction, offer.data)

    async def show_list(self, interaction: Interaction) -> None:
        """Asks and shows."""
        found = await self.bot.clients.gacha.ListBanners(gacha.ListBannersRequest())
        desk = self.bot.desk(interaction)
        await answers.show(interaction, views.list_view(found.banners, desk))

    async def show_info(self, interaction: Interaction, banner_id: str) -> None:
        """Asks and shows."""
        request = gacha.GetBannerRequest(banner_id=banner_id)
        banner = (await self.bot.clients.gacha.GetBanner(request)).banner
        waifus = await self.bot.catalogue.waifus(views.featured_ids(banner))
        desk = self.bot.desk(interaction)
        await answers.show(interaction, views.info_view(banner, waifus, desk))

    async def show_odds(self, interaction: Interaction, banner_id: str) -> None:
        """Asks and shows."""
        service = self.bot.clients.gacha
        odds = await service.GetOdds(gacha.GetOddsRequest(banner_id=banner_id))
        banner = (await service.GetBanner(gacha.GetBannerRequest(banner_id=banner_id))).banner
        waifus = await self.bot.catalogue.waifus(views.odds_ids(odds))
        desk = self.bot.desk(interaction)
        await answers.show(interaction, views.odds_view(banner, odds, waifus, desk))

    @info.autocomplete("banner")
    @odds.autocomplete("banner")
    async def banners(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Banners while a name is typed."""
        return await options.quickly(options.banner_choices(self.bot.clients, typed))
