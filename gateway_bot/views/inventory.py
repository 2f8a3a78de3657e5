"""What is in a bag, and what became of it."""

from collections.abc import Mapping, Sequence

import discord

from gateway_bot.buttons import offer_button, offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.pages import Window
from gateway_bot.render.card import CardFace
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.faces import became, face_of_pull, known
from gateway_bot.views.parts import View, colour, line, picture, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.shop import BAG, shelf_button
from gateway_bot.views.words import plain
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.economy.v1.gacha_pb2 import Pull
from geminya.economy.v1.shop_pb2 import Item, Stack, UseItemResponse

PAGE, PICK, USE = BAG, "ivi", "ivu"
PAGE_SIZE = 10
MOST_USES = 15
SHEET_CARDS = 10
MULTI, MATERIAL = "multi_guarantee_ticket", "material"
NEEDS = {"series_ticket": "series", "selectix_ticket": "waifu", "haste": "expedition"}
"""Kind of item to the option that says what it acts on."""


def bag_view(shown: Window[Stack], page: int, desk: Desk) -> View:
    """A page of the bag, with a menu that leads to each item."""
    by_code = {one.item.item_code: one.item for one in shown.rows}
    menu = offer_select(
        desk.sign(PICK),
        say("bag.pick"),
        [option(item.name, code, item.description) for code, item in by_code.items()],
    )
    return sheet(
        [
            text(say("bag.title")),
            text(*map(_stack_line, shown.rows), letters=3600)
            if shown.rows
            else text(say("bag.empty")),
        ],
        buttons=[
            *turner(
                desk,
                PAGE,
                page=page,
                has_more=shown.has_more,
                back=say("bag.back"),
                on=say("bag.on"),
            ),
            shelf_button(desk),
        ],
        menus=[menu] if by_code else [],
    )


def item_view(item: Item, owned: int, desk: Desk) -> View:
    """One item of the bag, with a button that uses it or the command that does."""
    needed = NEEDS.get(item.item_type)
    is_ready = owned > 0 and needed is None and item.item_type != MATERIAL
    return sheet(
        [
            text(
                say("shop.heading", name=plain(item.name), rarity=say(f"rareness.{item.rarity}")),
                plain(item.description),
                say("shop.owned", count=words.number(owned)),
                say(f"needs.{needed}") if needed else None,
                say("bag.keepsake") if item.item_type == MATERIAL else None,
            )
        ],
        buttons=[
            offer_button(
                desk.sign(USE, item.item_code),
                say("bag.use"),
                style=discord.ButtonStyle.primary,
            )
        ]
        if is_ready
        else [],
    )


def cards(used: Sequence[UseItemResponse], waifus: Mapping[int, Waifu]) -> list[CardFace]:
    """The cards of those who came: the best ones where they are too many for one sheet."""
    pulls = [pull for one in used for pull in one.pulls]
    if len(pulls) > SHEET_CARDS:
        pulls = sorted(pulls, key=lambda pull: (-pull.rarity, not pull.is_new))[:SHEET_CARDS]
    return [face_of_pull(pull, _waifu(pull, waifus)) for pull in pulls]


def used_view(
    used: Sequence[UseItemResponse],
    waifus: Mapping[int, Waifu],
    *,
    sheet_file: discord.File | None,
    note: str | None = None,
) -> View:
    """What came of one item, or of several of a kind."""
    last = used[-1]
    pulls = [pull for one in used for pull in one.pulls]
    balances = next((one.balances for one in reversed(used) if one.balances), None)
    risen = max(one.risen_rank for one in used)
    return sheet(
        [
            text(say("bag.used", count=len(used), name=plain(last.item.name))),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(
                *(became(pull, _waifu(pull, waifus), pull.rarity) for pull in pulls),
                *(_paid_line(one) for one in used if one.paid and not one.pulls),
                *(_haste_line(one) for one in used if one.expedition_name),
                letters=3000,
            ),
            line(),
            text(
                note,
                say("shop.owned", count=words.number(last.owned)),
                say("shop.purse", balances=words.many(balances)) if balances else None,
                say("summon.rank", rank=risen) if risen else None,
            ),
        ],
        accent=colour(max((pull.rarity for pull in pulls), default=0)),
    )


def _waifu(pull: Pull, waifus: Mapping[int, Waifu]) -> Waifu:
    return known(waifus.get(pull.waifu_id), pull.waifu_id, pull.rarity)


def _paid_line(used: UseItemResponse) -> str:
    return say("bag.paid", money=words.many(used.paid))


def _haste_line(used: UseItemResponse) -> str:
    return say(
        "bag.sooner",
        place=plain(used.expedition_name),
        minutes=used.taken_minutes,
        time=words.ago(used.ready_time),
    )


def _stack_line(stack: Stack) -> str:
    told = say(
        "bag.stack",
        quantity=words.number(stack.quantity),
        name=plain(stack.item.name),
        description=plain(words.cut(stack.item.description, 160)),
    )
    if not stack.HasField("expire_time"):
        return told
    return told + say("bag.ends", time=words.ago(stack.expire_time))
