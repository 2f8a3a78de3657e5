"""Banners: which are open, what they hold, and the exact chances."""

from collections.abc import Iterator, Mapping, Sequence

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.faces import known
from gateway_bot.views.parts import Piece, View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.summon import summon_button
from gateway_bot.views.words import ago, number, plain, share
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.common.v1.money_pb2 import Money
from geminya.economy.v1.gacha_pb2 import Banner, BannerType, GetOddsResponse, RarityOdds

LIST, INFO, ODDS = "banners", "banner", "odds"
HERE = "here"
"""The list takes the place of the message, instead of following it."""
SHOWN_BANNERS = 10
SHOWN_WAIFUS = 10
SHOWN_ODDS = 6
DESCRIPTION_LETTERS = 600
TEN = 10


def list_view(banners: Sequence[Banner], desk: Desk) -> View:
    """The open banners, each with a button to look closer, and those that open soon."""
    opened = [banner for banner in banners if banner.is_open][:SHOWN_BANNERS]
    upcoming = [banner for banner in banners if not banner.is_open][:SHOWN_BANNERS]
    pieces: list[Piece] = [text(say("banner.list_title"))]
    pieces += [_row(banner, desk) for banner in opened]
    if not opened:
        pieces.append(text(say("banner.list_empty")))
    if upcoming:
        pieces += [line(), text(say("banner.upcoming"), *map(_short, upcoming), letters=400)]
    return sheet(pieces)


def _row(banner: Banner, desk: Desk) -> Piece:
    button = offer_button(desk.sign(INFO, banner.banner_id), say("banner.look"))
    return discord.ui.Section(text(_short(banner), letters=350), accessory=button)


def _short(banner: Banner) -> str:
    head = say("banner.line", name=plain(banner.name), type=_type(banner), price=_price(banner))
    return f"{head}\n{_window(banner)}"


def info_view(banner: Banner, waifus: Mapping[int, Waifu], desk: Desk) -> View:
    """One banner, with buttons to summon from it."""
    description = banner.description
    ten = Money(currency=banner.price.currency, amount=TEN * banner.price.amount)
    facts = say(
        "banner.facts", type=_type(banner), price=_price(banner), ten=words.short_money(ten)
    )
    featured = [*_featured(banner, waifus)]
    series = dict.fromkeys(
        waifu.series for waifu in waifus.values() if waifu.series_id in banner.series_ids
    )
    buttons: list[Piece] = []
    if banner.is_open:
        one, all_ten = say("banner.summon_one"), say("banner.summon_ten")
        buttons = [
            summon_button(
                desk,
                1,
                banner.banner_id,
                f"{one} · {_price(banner)}",
                discord.ButtonStyle.secondary,
            ),
            summon_button(desk, TEN, banner.banner_id, f"{all_ten} · {words.short_money(ten)}"),
        ]
    buttons.append(offer_button(desk.sign(ODDS, banner.banner_id), say("banner.odds_button")))
    buttons.append(offer_button(desk.sign(LIST, HERE), say("banner.all")))
    return sheet(
        [
            text(say("banner.title", name=plain(banner.name)), facts, _window(banner), letters=600),
            text(plain(description), letters=DESCRIPTION_LETTERS) if description else None,
            text(say("banner.series", series=plain(", ".join(series))), letters=500)
            if series
            else None,
            text(say("banner.featured"), *featured, letters=1800) if featured else None,
        ],
        buttons=buttons,
    )


def featured_ids(banner: Banner) -> Sequence[int]:
    """The waifus an info message names."""
    return banner.featured_waifu_ids[:SHOWN_WAIFUS]


def _featured(banner: Banner, waifus: Mapping[int, Waifu]) -> Iterator[str]:
    shown = [waifus[waifu_id] for waifu_id in featured_ids(banner) if waifu_id in waifus]
    for waifu in sorted(shown, key=lambda waifu: (-waifu.rarity, waifu.name)):
        yield say(
            "banner.featured_line",
            stars=words.rarity(waifu.rarity),
            name=plain(waifu.name),
            series=plain(waifu.series),
        )
    if len(banner.featured_waifu_ids) > len(shown):
        yield say("banner.more", count=len(banner.featured_waifu_ids) - len(shown))


def odds_view(
    banner: Banner, odds: GetOddsResponse, waifus: Mapping[int, Waifu], desk: Desk
) -> View:
    """The chances, from the very table that rolls."""
    mean = words.thousandths(odds.mean_pulls_milli)
    pity = (
        say("banner.odds_pity", limit=odds.pity_limit, mean=mean)
        if odds.pity_limit
        else say("banner.odds_no_pity", mean=mean)
    )
    guarantee = (
        say("banner.odds_guarantee", chance=share(odds.guarantee_ppm))
        if odds.guarantee_ppm
        else None
    )
    rarities = sorted(odds.rarities, key=lambda entry: -entry.rarity)
    return sheet(
        [
            text(say("banner.odds_title", name=plain(banner.name)), letters=300),
            *(text(*_rarity(entry, waifus), letters=900) for entry in rarities if entry.base_ppm),
            line(),
            text(pity, guarantee, say("banner.odds_source", version=odds.version)),
        ],
        buttons=[offer_button(desk.sign(INFO, banner.banner_id), say("banner.back"))],
    )


def odds_ids(odds: GetOddsResponse) -> list[int]:
    """The waifus an odds message names."""
    return [chance.waifu_id for entry in odds.rarities for chance in entry.featured[:SHOWN_ODDS]]


def _rarity(entry: RarityOdds, waifus: Mapping[int, Waifu]) -> Iterator[str]:
    yield say(
        "banner.odds_rarity",
        stars=words.rarity(entry.rarity),
        base=share(entry.base_ppm),
        count=number(entry.waifu_count),
    )
    if entry.effective_ppm != entry.base_ppm:
        yield say("banner.odds_effective", effective=share(entry.effective_ppm))
    if entry.featured_ppm:
        yield say("banner.odds_featured", share=share(entry.featured_ppm))
    for chance in entry.featured[:SHOWN_ODDS]:
        waifu = known(waifus.get(chance.waifu_id), chance.waifu_id, entry.rarity)
        yield say(
            "banner.odds_waifu", name=plain(waifu.name), chance=share(chance.ppb, words.BILLION)
        )
    if len(entry.featured) > SHOWN_ODDS:
        yield say("banner.odds_more", count=len(entry.featured) - SHOWN_ODDS)
    if entry.other_ppb:
        key = "banner.odds_other" if entry.featured else "banner.odds_each"
        yield say(key, chance=share(entry.other_ppb, words.BILLION))


def _type(banner: Banner) -> str:
    return say(f"banner_type.{BannerType.Name(banner.type)}")


def _price(banner: Banner) -> str:
    return words.short_money(banner.price)


def _window(banner: Banner) -> str:
    """Until when the banner is open, or from when on."""
    banner_id = banner.banner_id
    if banner.is_open and not banner.HasField("end_time"):
        return say("banner.window_always", banner_id=banner_id)
    if banner.is_open:
        return say("banner.window_until", banner_id=banner_id, end=ago(banner.end_time))
    if not banner.is_active:
        return say("banner.window_closed", banner_id=banner_id)
    start, end = words.day(banner.start_time), words.day(banner.end_time)
    return say("banner.window_around", banner_id=banner_id, start=start, end=end)
