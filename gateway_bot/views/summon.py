"""What a summon brought."""

from collections.abc import Mapping, Sequence

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.render.card import CardFace
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.faces import face_of_pull, known
from gateway_bot.views.parts import Piece, View, colour, line, picture, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import TOP_RARITY, plain
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.common.v1.money_pb2 import Money
from geminya.economy.v1.gacha_pb2 import Pull, SummonResponse

SUMMON = "sum"


def order(count: int, banner_id: str) -> str:
    """What a button that summons carries."""
    return f"{count}~{banner_id}"


def read_order(data: str) -> tuple[int, str]:
    """How many pulls, and from which banner."""
    count, _, banner_id = data.partition("~")
    return int(count), banner_id


def summon_button(
    desk: Desk,
    count: int,
    banner_id: str,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.primary,
) -> Piece:
    """A button that summons: one offer, however often it is pressed."""
    return offer_button(desk.sign(SUMMON, order(count, banner_id)), label, style=style)


def faces(summon: SummonResponse, waifus: Mapping[int, Waifu]) -> list[CardFace]:
    """The cards of a summon, in the order they were pulled."""
    return [face_of_pull(pull, _waifu(pull, waifus)) for pull in summon.pulls]


def alt_text(cards: Sequence[CardFace]) -> str:
    """The sheet for those who cannot see it."""
    told = (
        say(
            "summon.alt_new" if card.is_new else "summon.alt",
            name=card.name,
            series=card.series,
            rarity=card.rarity,
        )
        for card in cards
    )
    return say("summon.alt_sheet", cards="; ".join(told))


def heading(summon: SummonResponse) -> str:
    """What stands over the sheet, without markdown."""
    key = "summon.title_one" if len(summon.pulls) == 1 else "summon.title_ten"
    return say(key, banner=summon.banner_name)


def summon_view(
    summon: SummonResponse,
    waifus: Mapping[int, Waifu],
    desk: Desk,
    *,
    sheet_file: discord.File | None,
    is_repeat: bool = False,
) -> View:
    """The sheet, one line per pull, what it cost, and a button to summon again."""
    count = len(summon.pulls)
    label = say("summon.again_one" if count == 1 else "summon.again_ten")
    label = f"{label} · {words.short_money(summon.price)}"
    return sheet(
        [
            text(say("summon.heading", title=plain(heading(summon))), _headline(summon.pulls)),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(*(_line(pull, _waifu(pull, waifus)) for pull in summon.pulls), letters=3000),
            line(),
            text(
                _account(summon),
                _pity(summon),
                say("summon.rank", rank=summon.risen_rank) if summon.risen_rank else None,
                say("summon.repeated") if is_repeat else None,
            ),
        ],
        buttons=[summon_button(desk, count, summon.banner_id, label)],
        accent=colour(max((pull.rarity for pull in summon.pulls), default=0)),
    )


def _waifu(pull: Pull, waifus: Mapping[int, Waifu]) -> Waifu:
    return known(waifus.get(pull.waifu_id), pull.waifu_id, pull.rarity)


def _headline(pulls: Sequence[Pull]) -> str | None:
    best = [pull for pull in pulls if pull.rarity == TOP_RARITY]
    if any(pull.is_new for pull in best):
        return say("summon.headline_new_top")
    return say("summon.headline_top") if best else None


def _line(pull: Pull, waifu: Waifu) -> str:
    places = {
        "stars": words.rarity(pull.rarity),
        "name": plain(waifu.name),
        "series": plain(waifu.series),
    }
    if pull.is_new:
        told = say("summon.pull_new", **places)
    elif pull.shards_gained:
        gained, balance = pull.shards_gained, pull.character_shards
        told = say("summon.pull_shards", shards=gained, balance=balance, **places)
    elif pull.surplus_quartzs:
        told = say("summon.pull_full", quartz=words.number(pull.surplus_quartzs), **places)
    else:
        told = say("summon.pull_again", **places)
    return told + marks(pull)


def marks(pull: Pull) -> str:
    """What is special about a pull."""
    has_risen = 0 < pull.stars_before < pull.stars_after
    return "".join(
        [
            say("summon.raised", stars=words.stars(pull.stars_after)) if has_risen else "",
            say("summon.pity") if pull.is_pity else "",
            say("summon.guarantee") if pull.is_guarantee else "",
        ]
    )


def _account(summon: SummonResponse) -> str:
    bonus = [money for money in summon.bonus if money.amount]
    parts = [say("summon.paid", price=words.money(summon.price))]
    if bonus:
        parts.append(say("summon.bonus", bonus=words.many(added(bonus))))
    left = say("summon.left", balances=words.many(summon.balances))
    return " · ".join(parts) + "\n" + left


def added(amounts: Sequence[Money]) -> list[Money]:
    """One amount per currency."""
    totals: dict[int, Money] = {}
    for money in amounts:
        total = totals.setdefault(money.currency, Money(currency=money.currency))
        total.amount += money.amount
    return list(totals.values())


def _pity(summon: SummonResponse) -> str | None:
    if summon.pity_after:
        return say("summon.pity_after", pulls=summon.pity_after)
    has_top = any(pull.rarity == TOP_RARITY for pull in summon.pulls)
    return say("summon.pity_reset") if has_top else None
