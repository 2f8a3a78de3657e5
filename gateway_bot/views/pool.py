"""The pool of a banner, and a player's summons from it."""

from collections.abc import Iterator, Mapping, Sequence

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.banner import INFO
from gateway_bot.views.faces import known
from gateway_bot.views.history import pulls_told
from gateway_bot.views.parts import View, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import number, on, plain, short
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.economy.v1.gacha_pb2 import Banner, PoolWaifu, Summon

POOL, HISTORY = "pool", "rolls"
POOL_SHOWN, HISTORY_SHOWN = 15, 6
ENTRY_LETTERS = 500


def pool_view(
    banner: Banner,
    shown: Sequence[PoolWaifu],
    waifus: Mapping[int, Waifu],
    *,
    total: int,
    page: int,
    has_more: bool,
    desk: Desk,
) -> View:
    """One page of who can be pulled, with the chance of each."""
    turns = turner(
        desk, POOL, page=page, has_more=has_more, back=say("pool.back"), on=say("pool.on"),
        filters=banner.banner_id,
    )  # fmt: skip
    banner_button = offer_button(desk.sign(INFO, banner.banner_id), say("banner.back"))
    return sheet(
        [
            text(
                say("pool.title", name=plain(banner.name)), say("pool.count", count=number(total))
            ),
            line(),
            text(*(_member(one, waifus) for one in shown), letters=3200),
            text(say("pool.page", page=page + 1)),
        ],
        buttons=[*turns, banner_button],
    )


def _member(one: PoolWaifu, waifus: Mapping[int, Waifu]) -> str:
    waifu = known(waifus.get(one.waifu_id), one.waifu_id, one.rarity)
    return say(
        "pool.featured" if one.is_featured else "pool.member",
        stars=words.rarity(one.rarity),
        name=plain(waifu.name),
        series=plain(waifu.series),
        chance=words.share(one.ppb, words.BILLION),
    )


def history_view(
    shown: Sequence[Summon],
    waifus: Mapping[int, Waifu],
    *,
    banner_id: str,
    page: int,
    has_more: bool,
    desk: Desk,
) -> View:
    """One page of a player's summons, with pity before and after each."""
    title = (
        say("rolls.title_one", banner=plain(shown[0].banner_name))
        if (banner_id and shown)
        else say("rolls.title")
    )
    if not shown:
        return sheet([text(title, say("rolls.empty"))])
    turns = turner(
        desk, HISTORY, page=page, has_more=has_more, back=say("history.newer"),
        on=say("history.older"), filters=banner_id,
    )  # fmt: skip
    rows = [text(*_summon(one, waifus), letters=ENTRY_LETTERS) for one in shown]
    foot = text(say("pool.page", page=page + 1)) if turns else None
    return sheet([text(title), line(), *rows, foot], buttons=turns)


def _summon(one: Summon, waifus: Mapping[int, Waifu]) -> Iterator[str]:
    key = "history.summon_one" if len(one.pulls) == 1 else "history.summon_ten"
    name = say(key, banner=plain(one.banner_name))
    yield say("rolls.head", name=name, time=on(one.time))
    yield from pulls_told(one, waifus)
    # Only what is paid in crystals moves it; elsewhere the same number twice would only puzzle.
    if one.pity_before != one.pity_after or any(pull.is_pity for pull in one.pulls):
        pity = say("rolls.pity", before=one.pity_before, after=one.pity_after)
    else:
        pity = say("rolls.pity_still", pity=one.pity_after)
    yield say(
        "rolls.foot", pity=pity, short_id=short(one.op_id), price=words.short_money(one.price)
    )


def summon_label(one: Summon) -> str:
    """A summon in a list that opens while one types: what it was, when, and its receipt."""
    counts = [sum(pull.rarity == value for pull in one.pulls) for value in (3, 2, 1)]
    return say(
        "rolls.choice",
        banner=one.banner_name,
        time=f"{one.time.ToDatetime():%Y-%m-%d %H:%M}",
        counts="/".join(map(str, counts)),
        short_id=short(one.op_id),
    )


def named_ids(shown: Sequence[Summon]) -> list[int]:
    """The waifus that a page names."""
    return [pull.waifu_id for one in shown for pull in one.pulls]
