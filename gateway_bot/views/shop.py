"""What is on the shelves, and what was bought."""

from collections.abc import Sequence

import discord

from gateway_bot.buttons import offer_button, offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.pages import Window
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.parts import Piece, View, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import plain
from geminya.common.v1.money_pb2 import Money
from geminya.economy.v1.shop_pb2 import BuyResponse, Item, Purchase, ShelfItem

PAGE, PICK, BUY, ASK, FORM, TURN = "shp", "shi", "shb", "shq", "shf", "shh"
BAG = "ivp"
"""The first page of the bag, as `/inventory list` shows it."""
QUANTITY = "quantity"
MOST = 99
PAGE_SIZE = 8
FEW = 5
NO_LIMIT = -1
DAY_HOURS = 24


def order(quantity: int, item_code: str) -> str:
    """What a button that buys carries."""
    return f"{quantity}~{item_code}"


def read_order(data: str) -> tuple[int, str]:
    """How many, and of what."""
    quantity, _, item_code = data.partition("~")
    return int(quantity), item_code


def shelf_view(
    shown: Window[ShelfItem], page: int, category: str, balances: Sequence[Money], desk: Desk
) -> View:
    """A page of the shelf, with a menu that leads to each item."""
    menu = offer_select(
        desk.sign(PICK),
        say("shop.pick"),
        [
            option(one.item.name, one.item.item_code, words.short_money(one.item.price))
            for one in shown.rows
        ],
    )
    turns = turner(
        desk,
        PAGE,
        page=page,
        has_more=shown.has_more,
        back=say("shop.back"),
        on=say("shop.on"),
        filters=category,
    )
    return sheet(
        [
            text(say("shop.title"), say("shop.purse", balances=words.many(balances))),
            text(*_by_category(shown.rows), letters=3400)
            if shown.rows
            else text(say("shop.empty")),
        ],
        buttons=turns,
        menus=[menu] if shown.rows else [],
    )


def item_view(shelf: ShelfItem, balances: Sequence[Money], desk: Desk) -> View:
    """One item, its price against the purse, and buttons that buy."""
    item = shelf.item
    has = next((one.amount for one in balances if one.currency == item.price.currency), 0)
    able = _able(shelf, has)
    buttons = [
        offer_button(
            desk.sign(BUY, order(count, item.item_code)),
            say("shop.buy", count=count, price=words.short_money(_times(item.price, count))),
            style=discord.ButtonStyle.primary,
            is_disabled=able < count,
        )
        for count in (1, FEW)
    ]
    ask = offer_button(desk.sign(ASK, item.item_code), say("shop.ask"), is_disabled=able < 1)
    return sheet(
        [
            text(
                say("shop.heading", name=plain(item.name), rarity=say(f"rareness.{item.rarity}")),
                plain(item.description),
            ),
            line(),
            text(
                say("shop.price", price=words.money(item.price))
                if item.HasField("price")
                else None,
                *limits(shelf),
                say("shop.owned", count=words.number(shelf.owned)) if shelf.owned else None,
                say("shop.lasts", time=_lasting(item.lasts_hours)) if item.lasts_hours else None,
                say("shop.rank", rank=item.min_rank) if item.min_rank else None,
                say("shop.until", end=words.ago(item.end_time))
                if item.HasField("end_time")
                else None,
                None if shelf.is_on_sale else say("shop.closed"),
                _lacking(item.price, has) if shelf.is_on_sale else None,
                say("shop.purse", balances=words.many(balances)),
            ),
        ],
        buttons=[*([*buttons, ask] if shelf.is_on_sale else []), shelf_button(desk)],
    )


def shelf_button(desk: Desk) -> Piece:
    """To all that is on sale."""
    return offer_button(desk.sign(PAGE, "0~"), say("shop.shelf"))


def _lacking(price: Money, has: int) -> str | None:
    """How much more one of them takes."""
    if has >= price.amount:
        return None
    missing = Money(currency=price.currency, amount=price.amount - has)
    return say("shop.lacking", price=words.money(missing))


def _lasting(hours: int) -> str:
    """Whole days where there are some."""
    days, rest = divmod(hours, DAY_HOURS)
    return say("shop.hours", count=hours) if rest else say("shop.days", count=days)


def bought_view(bought: BuyResponse, desk: Desk) -> View:
    """The receipt, and a button for one more."""
    item = bought.item
    again = offer_button(
        desk.sign(BUY, order(1, item.item_code)),
        say("shop.buy", count=1, price=words.short_money(item.price)),
    )
    return sheet(
        [
            text(
                say("shop.bought", quantity=bought.quantity, name=plain(item.name)),
                say("shop.paid", price=words.money(bought.price)),
                say("shop.owned", count=words.number(bought.owned)),
                say("shop.purse", balances=words.many(bought.balances)),
                say("shop.use") if item.item_type != "material" else None,
            )
        ],
        buttons=[again, offer_button(desk.sign(BAG, "0~"), say("shop.bag")), shelf_button(desk)],
    )


def history_view(shown: Window[Purchase], page: int, desk: Desk) -> View:
    """A page of purchases, newest first."""
    return sheet(
        [
            text(say("shop.history")),
            text(*map(_purchase_line, shown.rows), letters=3600)
            if shown.rows
            else text(say("shop.no_history")),
        ],
        buttons=turner(
            desk,
            TURN,
            page=page,
            has_more=shown.has_more,
            back=say("shop.newer"),
            on=say("shop.older"),
        ),
    )


def limits(shelf: ShelfItem) -> list[str]:
    """What the stock and the limit of a player leave."""
    item, told = shelf.item, list[str]()
    if item.stock_limit != NO_LIMIT:
        told.append(say("shop.stock", left=words.number(max(0, item.stock_limit - item.sold))))
    if item.user_limit:
        period = say(f"period.{item.user_limit_period}")
        told.append(say("shop.limit", limit=words.number(item.user_limit), period=period))
    if shelf.may_buy != NO_LIMIT:
        told.append(say("shop.may_buy", count=words.number(shelf.may_buy)))
    return told


def _able(shelf: ShelfItem, has: int) -> int:
    """How many the purse and the limits let somebody buy."""
    price = shelf.item.price.amount
    by_purse = has // price if price else 0
    return by_purse if shelf.may_buy == NO_LIMIT else min(by_purse, shelf.may_buy)


def _times(price: Money, count: int) -> Money:
    return Money(currency=price.currency, amount=price.amount * count)


def _by_category(rows: Sequence[ShelfItem]) -> list[str]:
    told: list[str] = []
    before = ""
    for one in rows:
        if one.item.category != before:
            before = one.item.category
            told.append(say("shop.category", name=words.title(before)))
        told.append(_shelf_line(one))
    return told


def _shelf_line(shelf: ShelfItem) -> str:
    item = shelf.item
    told = say(
        "shop.line",
        name=plain(item.name),
        price=words.money(item.price),
        description=plain(_first_words(item)),
    )
    return told + (say("shop.gone") if shelf.may_buy == 0 else "")


def _first_words(item: Item) -> str:
    return words.cut(item.description, 180)


def _purchase_line(one: Purchase) -> str:
    return say(
        "shop.purchase",
        quantity=one.quantity,
        name=plain(one.name),
        price=words.money(one.price),
        time=words.ago(one.time),
        state=say(f"purchase.{one.transaction_status}"),
    )
