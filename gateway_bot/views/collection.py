"""Everybody who lives in an academy, and everybody who does not yet."""

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
from gateway_bot.views.words import cut, number, plain
from geminya.collection.v1.roster_pb2 import GetRosterResponse, RosterEntry

LIST, MISSING = "c", "m"
"""Actions of one letter: every further one would be taken from the query."""
ENTRIES = 8
"""On one page: with a button beside each, more would be too many components."""
QUERY_LETTERS = 45
"""The longest query that travels in the custom id of the page buttons."""
SHOWN_LETTERS = 120
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Filter:
    """Whose waifus are listed, and which of them."""

    series_id: int = 0
    query: str = ""
    other_id: int = 0
    """Whose collection it is when it is not the player's own."""

    @property
    def can_turn(self) -> bool:
        """Whether it fits into a button."""
        return len(self.query) <= QUERY_LETTERS

    @property
    def is_everything(self) -> bool:
        """Nothing is left out."""
        return not (self.series_id or self.query)

    def packed(self) -> str:
        """As a custom id carries it."""
        return f"{_base36(self.series_id)}~{_base36(self.other_id)}~{self.query}"

    @classmethod
    def unpacked(cls, data: str) -> "Filter":
        """Back from a custom id."""
        series_id, other_id, query = data.split("~", 2)
        return cls(int(series_id, 36), query, int(other_id, 36))


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose collection it is."""

    user_id: int
    academy_name: str
    is_own: bool = True

    @property
    def other_id(self) -> int:
        """What a button has to remember: nothing of one's own."""
        return 0 if self.is_own else self.user_id


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and how many there are on all of them."""

    rows: Sequence[RosterEntry]
    has_more: bool
    total: int
    owned: int = 0
    """Of an album: how many of all are there."""


def collection_view(
    found: Page,
    owner: Owner,
    roster: GetRosterResponse,
    chosen: Filter,
    *,
    page: int,
    desk: Desk,
) -> View:
    """One page of what somebody owns."""
    head = text(_title(found.rows, owner, chosen), _counts(roster, chosen, found.total))
    if not found.rows:
        return sheet([text(_title(found.rows, owner, chosen), _empty(owner, chosen))])
    rows: list[Piece | None] = [_row(entry, desk) for entry in found.rows]
    foot = where(page, found, ENTRIES, chosen)
    buttons = turners(desk, LIST, found, chosen, page)
    return sheet([head, line(), *rows, foot], buttons=buttons)


def missing_view(found: Page, owner: Owner, chosen: Filter, *, page: int, desk: Desk) -> View:
    """One page of who is not there yet."""
    key = "collection.missing_title" if owner.is_own else "collection.missing_title_other"
    title = say(key, academy=plain(owner.academy_name))
    if not found.rows:
        return sheet([text(title, _nobody_missing(owner, chosen))])
    told = say("collection.missing_counts", count=number(found.total))
    rows: list[Piece | None] = [_missing_row(entry, desk) for entry in found.rows]
    foot = where(page, found, ENTRIES, chosen)
    buttons = turners(desk, MISSING, found, chosen, page)
    return sheet([text(title, _asked(chosen), told), line(), *rows, foot], buttons=buttons)


def turners(desk: Desk, action: str, found: Page, chosen: Filter, page: int) -> list[Piece]:
    """The buttons that turn pages, where the query fits into them."""
    if not chosen.can_turn:
        return []
    return turner(
        desk,
        action,
        page=page,
        has_more=found.has_more,
        back=say("collection.previous"),
        on=say("collection.next"),
        filters=chosen.packed(),
    )


def where(page: int, found: Page, size: int, chosen: Filter) -> Piece | None:
    """Which page of how many; a query that is too long to turn pages says so."""
    if found.total <= size and not page:
        return None
    pages = max(page + 1, -(-found.total // size))
    told = say("collection.page", page=page + 1, pages=number(pages))
    too_long = None if chosen.can_turn else say("collection.too_long", letters=QUERY_LETTERS)
    return text(told, too_long)


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
    facts = say(
        "collection.entry_facts",
        series=plain(waifu.series),
        shards=shards(owned),
        rarity=words.rarity(waifu.rarity),
    )
    name = nickname(owned, waifu)
    return _section(
        entry, desk, say("collection.entry", stars=stars, name=name, badges=badges), facts
    )


def _missing_row(entry: RosterEntry, desk: Desk) -> Piece:
    waifu = entry.waifu
    facts = say("collection.missing_facts", series=plain(waifu.series))
    name = say(
        "collection.entry", stars=words.rarity(waifu.rarity), name=plain(waifu.name), badges=""
    )
    return _section(entry, desk, name, facts)


def _section(entry: RosterEntry, desk: Desk, *told: str) -> Piece:
    custom_id = desk.sign(PROFILE, str(entry.waifu.waifu_id))
    button = offer_button(custom_id, say("collection.profile"))
    return discord.ui.Section(text(*told, letters=400), accessory=button)


def _title(entries: Sequence[RosterEntry], owner: Owner, chosen: Filter) -> str:
    academy = plain(owner.academy_name)
    if chosen.series_id and entries:
        series = plain(cut(entries[0].waifu.series, SHOWN_LETTERS))
        key = "collection.title_series" if owner.is_own else "collection.title_series_other"
        return say(key, series=series, academy=academy)
    return say("collection.title" if owner.is_own else "collection.title_other", academy=academy)


def _counts(roster: GetRosterResponse, chosen: Filter, total: int) -> str:
    counts = say(
        "collection.counts",
        owned=number(roster.owned_count),
        catalog=number(roster.catalog_count),
        power=number(roster.power),
    )
    if chosen.is_everything:
        return counts
    found = say("collection.found", count=number(total))
    return "\n".join(filter(None, [counts, _asked(chosen), found]))


def _asked(chosen: Filter) -> str | None:
    """The query as it was typed, where nothing in it means anything to Discord."""
    if not chosen.query:
        return None
    query = cut(chosen.query, SHOWN_LETTERS).replace("`", "ˋ")
    return say("collection.asked", query=query)


def _empty(owner: Owner, chosen: Filter) -> str:
    if chosen.query:
        return say("collection.empty_search")
    if not owner.is_own:
        return say("collection.empty_other")
    return say("collection.empty_series" if chosen.series_id else "collection.empty")


def _nobody_missing(owner: Owner, chosen: Filter) -> str:
    if not chosen.is_everything:
        return say("collection.missing_empty" if owner.is_own else "collection.missing_empty_other")
    return say("collection.missing_none" if owner.is_own else "collection.missing_none_other")


def _base36(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
