"""`/collection`: the waifus of an academy, and those who are not there yet."""

import asyncio
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, buttons, lists, options, owners
from gateway_bot.answers import Interaction
from gateway_bot.offers import Offer
from gateway_bot.options import QueryText
from gateway_bot.render.album import alt_text
from gateway_bot.text import say
from gateway_bot.views import album
from gateway_bot.views import collection as views
from gateway_bot.views.collection import Filter, Owner
from gateway_bot.views.parts import turned
from geminya.collection.v1 import roster_pb2 as roster

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

FARTHEST_PAGE = 200
MENU_SERIES = 24
"""One line of the menu is for all series."""


class Collection(commands.GroupCog, name="collection", description=say("commands.collection")):
    """List, search, album and who is missing, a page at a time."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.LIST, self.turn_list)
        bot.on_press(views.MISSING, self.turn_missing)
        bot.on_press(album.PAGE, self.turn_album)
        bot.on_press(album.SERIES, self.choose_series)

    # ---- what is owned

    @app_commands.command(name="list", description=say("commands.collection_list"))
    @app_commands.describe(
        query=say("commands.collection_query"),
        series=say("commands.collection_list_series"),
        user=say("commands.collection_user"),
    )
    async def list_(
        self,
        interaction: Interaction,
        query: app_commands.Transform[str, QueryText] | None = None,
        series: str | None = None,
        user: discord.User | None = None,
    ) -> None:
        """Everybody, or those whom a query finds."""
        await answers.wait(interaction)
        owner = await owners.named(self.bot.clients, interaction, user)
        series_id = await options.series_id(self.bot.clients, series)
        await self.show_list(interaction, owner, Filter(series_id, query or "", owner.other_id), 0)

    @app_commands.command(description=say("commands.collection_search"))
    @app_commands.describe(
        query=say("commands.collection_query"), user=say("commands.collection_user")
    )
    async def search(
        self,
        interaction: Interaction,
        query: app_commands.Transform[str, QueryText],
        user: discord.User | None = None,
    ) -> None:
        """Those whom a query finds."""
        await answers.wait(interaction)
        owner = await owners.named(self.bot.clients, interaction, user)
        await self.show_list(interaction, owner, Filter(0, query, owner.other_id), 0)

    async def turn_list(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of either."""
        await answers.turn(interaction)
        page, filters = turned(offer.data)
        chosen = Filter.unpacked(filters)
        owner = await owners.remembered(self.bot.clients, interaction, chosen.other_id)
        await self.show_list(interaction, owner, chosen, page)

    async def show_list(
        self, interaction: Interaction, owner: Owner, chosen: Filter, page: int
    ) -> None:
        """One page; the first one where there are not so many any more."""
        clients = self.bot.clients
        found, counts = await asyncio.gather(
            lists.owned(clients, owner.user_id, chosen, page, views.ENTRIES),
            clients.roster.GetRoster(roster.GetRosterRequest(user_id=owner.user_id)),
        )
        if page and not found.rows:
            await self.show_list(interaction, owner, chosen, 0)
            return
        desk = self.bot.desk(interaction)
        view = views.collection_view(found, owner, counts, chosen, page=page, desk=desk)
        await answers.show(interaction, view)

    # ---- who is missing

    @app_commands.command(description=say("commands.collection_missing"))
    @app_commands.describe(
        query=say("commands.collection_query"),
        series=say("commands.collection_list_series"),
        user=say("commands.collection_user"),
    )
    async def missing(
        self,
        interaction: Interaction,
        query: app_commands.Transform[str, QueryText] | None = None,
        series: str | None = None,
        user: discord.User | None = None,
    ) -> None:
        """Who is not there yet."""
        await answers.wait(interaction)
        owner = await owners.named(self.bot.clients, interaction, user)
        series_id = await options.series_id(self.bot.clients, series)
        chosen = Filter(series_id, query or "", owner.other_id)
        await self.show_missing(interaction, owner, chosen, 0)

    async def turn_missing(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of them."""
        await answers.turn(interaction)
        page, filters = turned(offer.data)
        chosen = Filter.unpacked(filters)
        owner = await owners.remembered(self.bot.clients, interaction, chosen.other_id)
        await self.show_missing(interaction, owner, chosen, page)

    async def show_missing(
        self, interaction: Interaction, owner: Owner, chosen: Filter, page: int
    ) -> None:
        """One page; the first one where there are not so many any more."""
        clients, others = self.bot.clients, lists.MISSING
        found = await lists.album(clients, owner.user_id, chosen, page, views.ENTRIES, others)
        if page and not found.rows:
            await self.show_missing(interaction, owner, chosen, 0)
            return
        desk = self.bot.desk(interaction)
        view = views.missing_view(found, owner, chosen, page=page, desk=desk)
        await answers.show(interaction, view)

    # ---- the album

    @app_commands.command(name="album", description=say("commands.collection_album"))
    @app_commands.describe(
        series=say("commands.collection_list_series"),
        page=say("commands.collection_album_page"),
        user=say("commands.collection_user"),
    )
    async def album_(
        self,
        interaction: Interaction,
        series: str | None = None,
        page: app_commands.Range[int, 1, FARTHEST_PAGE] = 1,
        user: discord.User | None = None,
    ) -> None:
        """Everybody as a picture, whether they are there or not."""
        await answers.wait(interaction)
        owner = await owners.named(self.bot.clients, interaction, user)
        series_id = await options.series_id(self.bot.clients, series)
        chosen = Filter(series_id, other_id=owner.other_id)
        await self.show_album(interaction, owner, chosen, page - 1)

    async def turn_album(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of it."""
        await answers.turn(interaction)
        page, filters = turned(offer.data)
        await self.open_album(interaction, Filter.unpacked(filters), page)

    async def choose_series(self, interaction: Interaction, offer: Offer) -> None:
        """Another series was chosen in the menu."""
        await answers.turn(interaction)
        series_id = int(next(iter(buttons.chosen(interaction)), album.EVERYTHING))
        other_id = Filter.unpacked(offer.data).other_id
        await self.open_album(interaction, Filter(series_id, other_id=other_id), 0)

    async def open_album(self, interaction: Interaction, chosen: Filter, page: int) -> None:
        """The album of the owner that the button remembers."""
        owner = await owners.remembered(self.bot.clients, interaction, chosen.other_id)
        await self.show_album(interaction, owner, chosen, page)

    async def show_album(
        self, interaction: Interaction, owner: Owner, chosen: Filter, page: int
    ) -> None:
        """One page; the first one where there are not so many."""
        clients = self.bot.clients
        request = roster.ListSeriesProgressRequest(user_id=owner.user_id, page_size=MENU_SERIES)
        found, progress, player = await asyncio.gather(
            lists.album(clients, owner.user_id, chosen, page, album.ENTRIES),
            clients.roster.ListSeriesProgress(request),
            clients.players.of(interaction),
        )
        if page and not found.rows:
            await self.show_album(interaction, owner, chosen, 0)
            return
        faces, title = album.faces(found.rows), album.heading(found, owner, chosen)
        alt = alt_text(faces, title, found.owned, found.total)
        sheet = await self.bot.pictures_for(player).album(
            faces, title, found.owned, found.total, alt
        )
        view = album.album_view(
            found,
            owner,
            chosen,
            progress.series,
            page=page,
            sheet_file=sheet,
            desk=self.bot.desk(interaction),
        )
        await answers.show(interaction, view, sheet)

    # ---- while somebody types

    @list_.autocomplete("series")
    @missing.autocomplete("series")
    @album_.autocomplete("series")
    async def series(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Series while a name is typed."""
        return await options.quickly(options.series_choices(self.bot.clients, typed))

    @list_.autocomplete("query")
    @search.autocomplete("query")
    @missing.autocomplete("query")
    async def queries(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """How a query could go on."""
        return await options.quickly(options.query_choices(self.bot.clients, typed))
