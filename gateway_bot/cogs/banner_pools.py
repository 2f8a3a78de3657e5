"""The long lists of banners: who can be pulled, and what a player has pulled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options, pages, rolls
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.text import say
from gateway_bot.views import pool as views
from gateway_bot.views.parts import turned
from geminya.economy.v1 import gacha_pb2 as gacha

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Pools(commands.Cog):
    """The part of `/banner` that has pages."""

    bot: "GeminyaBot"

    @app_commands.command(description=say("commands.banner_pool"))
    @app_commands.describe(banner=say("commands.banner_option"))
    async def pool(self, interaction: Interaction, banner: str = options.STANDARD) -> None:
        """Who can be pulled."""
        await answers.wait(interaction)
        banner_id = await options.banner_id(self.bot.clients, banner)
        await self.show_pool(interaction, banner_id, 0)

    async def turn_pool(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of it."""
        await answers.turn(interaction)
        page, banner_id = turned(offer.data)
        await self.show_pool(interaction, banner_id, page)

    async def show_pool(self, interaction: Interaction, banner_id: str, page: int) -> None:
        """One page; the first one where there are not so many any more."""
        service, total = self.bot.clients.gacha, 0

        async def fetch(size: int, token: str) -> tuple[Sequence[gacha.PoolWaifu], str]:
            nonlocal total
            request = gacha.ListBannerPoolRequest(
                banner_id=banner_id, page_size=size, page_token=token
            )
            answer = await service.ListBannerPool(request)
            total = answer.total_count
            return answer.waifus, answer.next_page_token

        shown = await pages.window(fetch, page, views.POOL_SHOWN)
        if page and not shown.rows:
            await self.show_pool(interaction, banner_id, 0)
            return
        banner = (await service.GetBanner(gacha.GetBannerRequest(banner_id=banner_id))).banner
        waifus = await self.bot.catalogue.waifus(one.waifu_id for one in shown.rows)
        desk = self.bot.desk(interaction)
        view = views.pool_view(
            banner, shown.rows, waifus,
            total=total, page=page, has_more=shown.has_more, desk=desk,
        )  # fmt: skip
        await answers.show(interaction, view)

    @app_commands.command(description=say("commands.banner_history"))
    @app_commands.describe(banner=say("commands.banner_history_option"))
    async def history(self, interaction: Interaction, banner: str | None = None) -> None:
        """What the player pulled."""
        await answers.wait(interaction, private=True)
        named = await options.banner_id(self.bot.clients, banner) if banner else ""
        await self.show_history(interaction, named, 0)

    async def turn_history(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of it."""
        await answers.turn(interaction)
        page, banner_id = turned(offer.data)
        await self.show_history(interaction, banner_id, page)

    async def show_history(self, interaction: Interaction, banner_id: str, page: int) -> None:
        """One page; the first one where there are not so many."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        shown = await rolls.history(clients, player.user_id, banner_id, page, views.HISTORY_SHOWN)
        if page and not shown.rows:
            await self.show_history(interaction, banner_id, 0)
            return
        waifus = await self.bot.catalogue.waifus(views.named_ids(shown.rows))
        desk = self.bot.desk(interaction)
        view = views.history_view(
            shown.rows, waifus,
            banner_id=banner_id, page=page, has_more=shown.has_more, desk=desk,
        )  # fmt: skip
        await answers.show(interaction, view)

    @pool.autocomplete("banner")
    @history.autocomplete("banner")
    async def pool_banners(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Banners while a name is typed."""
        return await options.quickly(options.banner_choices(self.bot.clients, typed))
