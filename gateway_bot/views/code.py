"""What a gift code brought."""

from collections.abc import Mapping, Sequence

import discord

from gateway_bot.render.card import CardFace
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.faces import became, face_of_granted, known
from gateway_bot.views.parts import View, colour, line, picture, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import plain
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.collection.v1.roster_pb2 import Granted
from geminya.economy.v1.gift_code_pb2 import RedeemResponse
from geminya.economy.v1.shop_pb2 import ItemAmount

CODE_LETTERS = 64


def faces(redeemed: RedeemResponse, waifus: Mapping[int, Waifu]) -> list[CardFace]:
    """The cards of those who came."""
    return [face_of_granted(one, _waifu(one, waifus)) for one in redeemed.granted]


def alt_text(cards: Sequence[CardFace]) -> str:
    """The cards for those who cannot see them."""
    told = (say("code.alt", name=card.name, series=card.series) for card in cards)
    return say("code.alt_sheet", cards="; ".join(told))


def redeemed_view(
    redeemed: RedeemResponse, waifus: Mapping[int, Waifu], *, sheet_file: discord.File | None
) -> View:
    """Everything in the parcel, and the purse after it."""
    rewards = redeemed.rewards
    return sheet(
        [
            text(say("code.title")),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(
                *(say("code.money", money=words.money(money)) for money in rewards.money),
                *(_item_line(item, redeemed.item_names) for item in rewards.items),
                *(_waifu_line(one, _waifu(one, waifus)) for one in redeemed.granted),
                letters=3000,
            ),
            line(),
            text(
                say("code.left", balances=words.many(redeemed.balances))
                if redeemed.balances
                else None,
                say("code.bag") if rewards.items else None,
                say("summon.rank", rank=redeemed.risen_rank) if redeemed.risen_rank else None,
                say("code.once"),
            ),
        ],
        accent=colour(max((_waifu(one, waifus).rarity for one in redeemed.granted), default=0)),
    )


def _waifu(granted: Granted, waifus: Mapping[int, Waifu]) -> Waifu:
    return known(waifus.get(granted.waifu_id), granted.waifu_id, 1)


def _item_line(item: ItemAmount, names: Mapping[str, str]) -> str:
    name = names.get(item.item_code, item.item_code)
    return say("code.item", name=plain(name), quantity=words.number(item.quantity))


def _waifu_line(granted: Granted, waifu: Waifu) -> str:
    return became(granted, waifu, waifu.rarity)
