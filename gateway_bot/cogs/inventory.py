"""`/inventory`: what is in the bag, and what it does."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import grpc
from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, options, pages
from gateway_bot.answers import Interaction
from gateway_bot.buttons import chosen
from gateway_bot.clients import StillUnderWay
from gateway_bot.offers import Offer
from gateway_bot.refusals import excuse_for
from gateway_bot.text import say
from gateway_bot.views import inventory as views
from gateway_bot.views.parts import turned
from gateway_bot.views.summon import alt_text
from geminya.economy.v1 import shop_pb2 as pb

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot

Choices = list[app_commands.Choice[str]]


class Inventory(commands.GroupCog, name="inventory", description=say("commands.inventory")):
    """The bag of a player."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.PAGE, self.turn_page)
        bot.on_press(views.PICK, self.pick)
        bot.on_press(views.USE, self.press_use)

    @app_commands.command(name="list", description=say("commands.inventory_list"))
    async def list_(self, interaction: Interaction) -> None:
        """Everything in it."""
        await answers.wait(interaction)
        await self.show_bag(interaction, 0)

    @app_commands.command(description=say("commands.inventory_use"))
    @app_commands.describe(
        item=say("commands.inventory_use_item"),
        count=say("commands.inventory_use_count"),
        series=say("commands.inventory_use_series"),
        waifu=say("commands.inventory_use_waifu"),
        expedition=say("commands.inventory_use_expedition"),
    )
    async def use(
        self,
        interaction: Interaction,
        item: str,
        count: app_commands.Range[int, 1, views.MOST_USES] = 1,
        series: str = "",
        waifu: str = "",
        expedition: str = "",
    ) -> None:
        """One of an item, or several: each is an operation, and the first refusal ends the row."""
        await answers.wait(interaction)
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        wish = pb.UseItemRequest(
            item_code=await options.own_item_code(clients, player.user_id, item),
            series_id=await options.series_id(clients, series),
            waifu_id=await options.waifu_id(clients, waifu) if waifu else 0,
            expedition_id=options.uuid_of(expedition),
        )
        await self.act(interaction, wish, count)

    # Buttons and menus.

    async def turn_page(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of the bag."""
        await answers.turn(interaction)
        page, _ = turned(offer.data)
        await self.show_bag(interaction, page)

    async def pick(self, interaction: Interaction, _: Offer) -> None:
        """An item that was picked in the menu."""
        await answers.turn(interaction)
        player = await self.bot.clients.players.of(interaction)
        item_code = next(iter(chosen(interaction)), "")
        request = pb.GetItemRequest(user_id=player.user_id, item_code=item_code)
        found = (await self.bot.clients.shop.GetItem(request)).item
        view = views.item_view(found.item, found.owned, self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def press_use(self, interaction: Interaction, offer: Offer) -> None:
        """A button that uses one: once, however often it is pressed."""
        await answers.turn(interaction)
        await self.act(interaction, pb.UseItemRequest(item_code=offer.data), 1, offer)

    # What all ways share.

    async def act(
        self,
        interaction: Interaction,
        wish: pb.UseItemRequest,
        count: int,
        offer: Offer | None = None,
    ) -> None:
        """Uses them one after another, and shows all that came of it."""
        used, note = await self.use_all(interaction, wish, count, offer)
        waifus = await self.bot.catalogue.waifus(
            pull.waifu_id for one in used for pull in one.pulls
        )
        faces = views.cards(used, waifus)
        pictures = self.bot.pictures_for(await self.bot.clients.players.of(interaction))
        heading = used[-1].item.name
        drawn = await pictures.summon_sheet(faces, heading, alt_text(faces)) if faces else None
        view = views.used_view(used, waifus, sheet_file=drawn, note=note)
        await answers.show(interaction, view, drawn)

    async def use_all(
        self, interaction: Interaction, wish: pb.UseItemRequest, count: int, offer: Offer | None
    ) -> tuple[list[pb.UseItemResponse], str | None]:
        """What was used, and why it were no more. A refusal of the very first is a refusal as ever."""
        clients, used = self.bot.clients, list[pb.UseItemResponse]()
        for part in range(count):
            try:
                used.append(
                    await clients.act(
                        interaction, clients.shop.UseItem, wish, offer=offer, part=part
                    )
                )
            except (grpc.aio.AioRpcError, StillUnderWay) as stop:
                if not used:
                    raise
                excuse = excuse_for(stop)
                return used, excuse and excuse.sentence
            if used[-1].item.item_type == views.MULTI:
                # Ten guests at a time are enough for one message.
                break
        return used, None

    async def show_bag(self, interaction: Interaction, page: int) -> None:
        """A page of the bag."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)

        async def fetch(step: int, token: str) -> tuple[Sequence[pb.Stack], str]:
            request = pb.ListInventoryRequest(
                user_id=player.user_id, page_size=step, page_token=token
            )
            found = await clients.shop.ListInventory(request)
            return found.stacks, found.next_page_token

        shown = await pages.window(fetch, page, views.PAGE_SIZE)
        await answers.show(interaction, views.bag_view(shown, page, self.bot.desk(interaction)))

    @use.autocomplete("item")
    async def items(self, interaction: Interaction, typed: str) -> Choices:
        """What is in the bag and does something."""
        choices = options.own_item_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(choices)

    @use.autocomplete("series")
    async def series_names(self, interaction: Interaction, typed: str) -> Choices:
        """Those out of which the ticket can bring somebody."""
        item = str(getattr(interaction.namespace, "item", ""))
        return await options.quickly(options.ticket_series_choices(self.bot.clients, item, typed))

    @use.autocomplete("waifu")
    async def waifus(self, interaction: Interaction, typed: str) -> Choices:
        """Those whom the ticket can bring."""
        item = str(getattr(interaction.namespace, "item", ""))
        return await options.quickly(options.ticket_choices(self.bot.clients, item, typed))

    @use.autocomplete("expedition")
    async def expeditions(self, interaction: Interaction, typed: str) -> Choices:
        """Parties that are on their way."""
        choices = options.running_choices(self.bot.clients, interaction.user.id, typed)
        return await options.quickly(choices)
