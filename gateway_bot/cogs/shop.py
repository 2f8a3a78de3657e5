"""`/shop`: shelves, purchases and their history."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from gateway_bot import answers, forms, options, pages
from gateway_bot.answers import Interaction
from gateway_bot.buttons import chosen
from gateway_bot.offers import Offer
from gateway_bot.refusals import Hint
from gateway_bot.text import say
from gateway_bot.views import shop as views
from gateway_bot.views.parts import turned
from geminya.economy.v1 import shop_pb2 as pb
from geminya.users.v1.account_pb2 import Account, GetAccountRequest

if TYPE_CHECKING:
    from gateway_bot.bot import GeminyaBot


class Shop(commands.GroupCog, name="shop", description=say("commands.shop")):
    """From the shelf into the bag."""

    def __init__(self, bot: "GeminyaBot") -> None:
        self.bot = bot
        bot.on_press(views.PAGE, self.turn_page)
        bot.on_press(views.PICK, self.pick)
        bot.on_press(views.BUY, self.press_buy)
        bot.on_press(views.ASK, self.ask)
        bot.on_press(views.FORM, self.send_form)
        bot.on_press(views.TURN, self.turn_history)

    @app_commands.command(description=say("commands.shop_browse"))
    @app_commands.describe(category=say("commands.shop_browse_category"))
    async def browse(self, interaction: Interaction, category: str = "") -> None:
        """What is on sale."""
        await answers.wait(interaction)
        await self.show_shelf(interaction, 0, options.slug(category))

    @app_commands.command(description=say("commands.shop_buy"))
    @app_commands.describe(
        item=say("commands.shop_buy_item"), quantity=say("commands.shop_buy_quantity")
    )
    async def buy(
        self,
        interaction: Interaction,
        item: str,
        quantity: app_commands.Range[int, 1, views.MOST] = 1,
    ) -> None:
        """So many of an item."""
        await answers.wait(interaction)
        await self.take(interaction, await options.item_code(self.bot.clients, item), quantity)

    @app_commands.command(description=say("commands.shop_history"))
    async def history(self, interaction: Interaction) -> None:
        """What was bought, newest first."""
        await answers.wait(interaction)
        await self.show_history(interaction, 0)

    # Buttons, menus and the form.

    async def turn_page(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of the shelf."""
        await answers.turn(interaction)
        await self.show_shelf(interaction, *turned(offer.data))

    async def pick(self, interaction: Interaction, _: Offer) -> None:
        """An item that was picked in the menu."""
        await answers.turn(interaction)
        player = await self.bot.clients.players.of(interaction)
        request = pb.GetItemRequest(
            user_id=player.user_id, item_code=next(iter(chosen(interaction)), "")
        )
        found = (await self.bot.clients.shop.GetItem(request)).item
        account = await self.account(player.user_id)
        view = views.item_view(found, account.balances, self.bot.desk(interaction))
        await answers.show(interaction, view)

    async def press_buy(self, interaction: Interaction, offer: Offer) -> None:
        """A button that buys: one purchase, however often it is pressed."""
        await answers.turn(interaction)
        quantity, item_code = views.read_order(offer.data)
        await self.take(interaction, item_code, quantity, offer)

    async def ask(self, interaction: Interaction, offer: Offer) -> None:
        """Asks how many."""
        field = forms.Field(views.QUANTITY, say("shop.form_label"), default="10", max_letters=2)
        custom_id = self.bot.desk(interaction).sign(views.FORM, offer.data)
        await forms.ask(interaction, custom_id, say("shop.form"), [field])

    async def send_form(self, interaction: Interaction, offer: Offer) -> None:
        """The form was sent off."""
        await answers.turn(interaction)
        typed = forms.answers(interaction).get(views.QUANTITY, "")
        if not (typed.isascii() and typed.isdecimal() and 1 <= int(typed) <= views.MOST):
            raise Hint("no_quantity")
        await self.take(interaction, offer.data, int(typed), offer.about(typed))

    async def turn_history(self, interaction: Interaction, offer: Offer) -> None:
        """Another page of the history."""
        await answers.turn(interaction)
        page, _ = turned(offer.data)
        await self.show_history(interaction, page)

    # What all ways share.

    async def take(
        self, interaction: Interaction, item_code: str, quantity: int, offer: Offer | None = None
    ) -> None:
        """Buys once, and shows what it came to."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)
        rank = (await self.account(player.user_id)).collector_rank
        request = pb.BuyRequest(item_code=item_code, quantity=quantity, collector_rank=rank)
        bought = await clients.act(interaction, clients.shop.Buy, request, offer=offer)
        await answers.show(interaction, views.bought_view(bought, self.bot.desk(interaction)))

    async def account(self, user_id: int) -> Account:
        """The purse and the rank of a player."""
        return (
            await self.bot.clients.account.GetAccount(GetAccountRequest(user_id=user_id))
        ).account

    async def show_shelf(self, interaction: Interaction, page: int, category: str) -> None:
        """A page of the shelf."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)

        async def fetch(step: int, token: str) -> tuple[Sequence[pb.ShelfItem], str]:
            request = pb.ListItemsRequest(
                user_id=player.user_id, category=category, page_size=step, page_token=token
            )
            found = await clients.shop.ListItems(request)
            return found.items, found.next_page_token

        shown = await pages.window(fetch, page, views.PAGE_SIZE)
        balances = (await self.account(player.user_id)).balances
        desk = self.bot.desk(interaction)
        view = views.shelf_view(shown, page, category, balances, desk)
        await answers.show(interaction, view)

    async def show_history(self, interaction: Interaction, page: int) -> None:
        """A page of the history."""
        clients = self.bot.clients
        player = await clients.players.of(interaction)

        async def fetch(step: int, token: str) -> tuple[Sequence[pb.Purchase], str]:
            request = pb.ListPurchasesRequest(
                user_id=player.user_id, page_size=step, page_token=token
            )
            found = await clients.shop.ListPurchases(request)
            return found.purchases, found.next_page_token

        shown = await pages.window(fetch, page, 2 * views.PAGE_SIZE)
        await answers.show(interaction, views.history_view(shown, page, self.bot.desk(interaction)))

    @browse.autocomplete("category")
    async def categories(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Categories that have something on sale."""
        return await options.quickly(options.category_choices(self.bot.clients, typed))

    @buy.autocomplete("item")
    async def items(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """What is on sale, by name."""
        return await options.quickly(options.item_choices(self.bot.clients, typed))
