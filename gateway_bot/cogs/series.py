"""`/series`: the stories that waifus come from."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options, pages
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.options import SeriesWords
from gateway_bot.text import say
from gateway_bot.views import series as views
from gateway_bot.views.parts import turned
from geminya.collection.v1 import catalog_pb2 as catalog
from geminya.collection.v1 import roster_pb2 as roster

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Series(commands.GroupCog, name="series", description=say("commands.series")):
    """One of them, and all of them."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.LOOK, self.press_look)
        bot.on_press(views.LIST, self.turn_list)

    @app_commands.command(description=say("commands.series_info"))
    @app_commands.describe(series=say("commands.series_info_series"))
    async def info(self, interaction: Interaction, series: str) -> None:
        """One of them."""
        await answers.wait(interaction)
        await self.show_info(interaction, await options.named_series_id(self.bot.clients, series))

    async def press_look(self, interaction: Interaction, offer: Offer) -> None:
        """The button beside it in the list."""
        await answers.wait(interaction)
        await self.show_info(interaction, int(offer.data))

    async def show_info(self, interaction: Interaction, series_id: int) -> None:
        """Asks and shows."""
        clients = self.bot.clients
        user_id = (await clients.players.of(interaction)).user_id
        own = roster.ListSeriesProgressRequest(user_id=user_id, series_id=series_id)
        found, progress = await asyncio.gather(
            clients.catalog.GetSeries(catalog.GetSeriesRequest(series_id=series_id)),
            clients.roster.ListSeriesProgress(own),
        )
        mine = next(iter(progress.series), None)
        view = views.info_view(found.series, mine, self.bot.desk(interaction))
        await answers.show(interaction, view)

    @app_commands.command(name="list", description=say("commands.series_list"))
    @app_commands.describe(words=say("commands.series_list_words"))
    async def list_(
        self,
        interaction: Interaction,
        words: app_commands.Transform[str, SeriesWords] | None = None,
    ) -> None:
        """All of them, or those with the words."""
        await answers.wait(interaction)
        await self.show_list(interaction, words or "", 0)

    async def turn_list(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of them."""
        await answers.turn(interaction)
        page, words = turned(offer.data)
        await self.show_list(interaction, words, page)

    async def show_list(self, interaction: Interaction, words: str, page: int) -> None:
        """One page."""
        total = 0

        async def fetch(size: int, token: str) -> tuple[Sequence[catalog.Series], str]:
            nonlocal total
            request = catalog.ListSeriesRequest(words=words, page_size=size, page_token=token)
            answer = await self.bot.clients.catalog.ListSeries(request)
            total = answer.total_count
            return answer.series, answer.next_page_token

        shown = await pages.window(fetch, page, views.ENTRIES)
        view = views.list_view(
            shown.rows,
            words,
            total,
            page=page,
            has_more=shown.has_more,
            desk=self.bot.desk(interaction),
        )
        await answers.show(interaction, view)

    @info.autocomplete("series")
    async def series(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Series while a name is typed."""
        return await options.quickly(options.series_choices(self.bot.clients, typed))
