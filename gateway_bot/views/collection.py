"""Everybody who lives in the academy."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.parts import Piece, View, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.waifu import PROFILE, nickname, shards
from gateway_bot.views.words import number, plain
from geminya.collection.v1.roster_pb2 import GetRosterResponse, RosterEntry

ACTION = "coll"
ENTRIES = 8
"""On one page: with a button beside each, more would be too many components."""
WORDS_LETTERS = 32
"""The longest words to search for: they travel in the custom id of the page buttons."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of the waifus are listed."""

    series_id: int = 0
    words: str = ""

    def packed(self) -> str:
        """As a custom id carries it."""
        return f"{self.series_id}~{self.words}"

    @classmethod
    def unpacked(cls, data: str) -> "Filter":
        """Back from a custom id."""
        series_id, _, words = data.partition("~")
        return cls(int(series_id), words)


def collection_view(
    entries: Sequence[RosterEntry],
    roster: GetRosterResponse,
    chosen: Filter,
    *,
    page: int,
    has_more: bool,
    desk: Desk,
) -> View:
    """One page of the player's waifus."""
    if not entries:
        return sheet([text(_title(chosen, entries), _empty(chosen))])
    counts = say(
        "collection.counts",
        owned=number(roster.owned_count),
        catalog=number(roster.catalog_count),
        power=number(roster.power),
    )
    pages = turner(
        desk,
        ACTION,
        page=page,
        has_more=has_more,
        back=say("collection.previous"),
        on=say("collection.next"),
        filters=chosen.packed(),
    )
    where = text(f"-# {_page(page, roster, chosen)}") if pages else None
    rows: list[Piece | None] = [_row(entry, desk) for entry in entries]
    head = text(_title(chosen, entries), counts)
    return sheet([head, line(), *rows, where], buttons=pages)


def _row(entry: RosterEntry, desk: Desk) -> Piece:
    owned, waifu = entry.owned, entry.waifu
    stars = words.stars(owned.current_star_level)
    badges = "".join(
        [
            say("collection.constellation", level=owned.constellation_level)
            if owned.constellation_level
            else "",
            say("collection.awakened") if owned.is_awakened else "",
            say("collection.favorite") if owned.is_favorite else "",
        ]
    )
    told = text(
        say("collection.entry", stars=stars, name=nickname(owned, waifu), badges=badges),
        say(
            "collection.entry_facts",
            series=plain(waifu.series),
            shards=shards(owned),
            rarity=words.rarity(waifu.rarity),
        ),
        letters=400,
    )
    button = offer_button(desk.sign(PROFILE, str(waifu.waifu_id)), say("collection.profile"))
    return discord.ui.Section(told, accessory=button)


def _title(chosen: Filter, entries: Sequence[RosterEntry]) -> str:
    if chosen.words:
        return say("collection.title_search", words=plain(chosen.words))
    if chosen.series_id and entries:
        return say("collection.title_series", series=plain(entries[0].waifu.series))
    return say("collection.title")


def _empty(chosen: Filter) -> str:
    if chosen.words:
        return say("collection.empty_search")
    return say("collection.empty_series" if chosen.series_id else "collection.empty")


def _page(page: int, roster: GetRosterResponse, chosen: Filter) -> str:
    if chosen == Filter():
        pages = -(-roster.owned_count // ENTRIES)
        return say("collection.page", page=page + 1, pages=pages)
    return say("collection.page_open", page=page + 1)
