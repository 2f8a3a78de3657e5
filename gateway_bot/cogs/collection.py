"""`/collection`: the waifus of the academy."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options, pages
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.text import say
from gateway_bot.views import collection as views
from gateway_bot.views.parts import turned
from geminya.collection.v1 import roster_pb2 as roster

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Collection(commands.GroupCog, name="collection", description=say("commands.collection")):
    """List and search, a page at a time."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.ACTION, self.turn)

    @app_commands.command(name="list", description=say("commands.collection_list"))
    @app_commands.describe(series=say("commands.collection_list_series"))
    async def list_(self, interaction: Interaction, series: str | None = None) -> None:
        """Everybody, or everybody of a series."""
        await answers.wait(interaction)
        chosen = views.Filter(await options.series_id(self.bot.clients, series))
        await self.show(interaction, chosen, 0)

    @app_commands.command(description=say("commands.collection_search"))
    @app_commands.describe(
        words=say("commands.collection_search_words"),
        series=say("commands.collection_list_series"),
    )
    async def search(
        self,
        interaction: Interaction,
        words: app_commands.Transform[str, options.SearchWords],
        series: str | None = None,
    ) -> None:
        """Those whose name or nickname contains the words."""
        await answers.wait(interaction)
        chosen = views.Filter(await options.series_id(self.bot.clients, series), words)
        await self.show(interaction, chosen, 0)

    async def turn(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of either."""
        await answers.turn(interaction)
        page, filters = turned(offer.data)
        await self.show(interaction, views.Filter.unpacked(filters), page)

    async def show(self, interaction: Interaction, chosen: views.Filter, page: int) -> None:
        """One page."""
        service = self.bot.clients.roster
        user_id = (await self.bot.clients.players.of(interaction)).user_id

        async def fetch(size: int, token: str) -> tuple[Sequence[roster.RosterEntry], str]:
            request = roster.ListOwnedWaifusRequest(
                user_id=user_id,
                query=chosen.words,
                series_id=chosen.series_id,
                page_size=size,
                page_token=token,
            )
            answer = await service.ListOwnedWaifus(request)
            return answer.entries, answer.next_page_token

        shown, counts = await asyncio.gather(
            pages.window(fetch, page, views.ENTRIES),
            service.GetRoster(roster.GetRosterRequest(user_id=user_id)),
        )
        view = views.collection_view(
            shown.rows,
            counts,
            chosen,
            page=page,
            has_more=shown.has_more,
            desk=self.bot.desk(interaction),
        )
        await answers.show(interaction, view)

    @list_.autocomplete("series")
    @search.autocomplete("series")
    async def series(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Series while a name is typed."""
        return await options.quickly(options.series_choices(self.bot.clients, typed))
