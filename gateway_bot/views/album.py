"""A page of the album: everybody of a series, or of all, whether they are there or not."""

from collections.abc import Sequence

import discord

from gateway_bot.buttons import offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.render.album import PAGE_LIMIT, AlbumFace
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.collection import Filter, Owner, Page, turners, where
from gateway_bot.views.faces import face_of_waifu
from gateway_bot.views.parts import View, line, picture, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import cut, number, plain
from geminya.collection.v1.roster_pb2 import OwnedWaifu, RosterEntry, SeriesProgress

PAGE, SERIES = "a", "as"
ENTRIES = PAGE_LIMIT
NAME_LETTERS = 60
EVERYTHING = "0"
"""The line of the menu that means every series."""


def faces(entries: Sequence[RosterEntry]) -> list[AlbumFace]:
    """The places of the page."""
    return [
        AlbumFace(face_of_waifu(entry.waifu, _owned(entry)), _is_there(entry)) for entry in entries
    ]


def heading(found: Page, owner: Owner, chosen: Filter) -> str:
    """What stands over the page, without markdown."""
    series = found.rows[0].waifu.series if chosen.series_id and found.rows else say("album.all")
    if owner.is_own:
        return series
    return say("album.of_other", series=series, academy=owner.academy_name)


def album_view(
    found: Page,
    owner: Owner,
    chosen: Filter,
    series: Sequence[SeriesProgress],
    *,
    page: int,
    sheet_file: discord.File | None,
    desk: Desk,
) -> View:
    """The picture, who is on it, a menu of series and the buttons that turn pages."""
    head = text(
        say("album.title", title=plain(cut(heading(found, owner, chosen), 150))),
        say(
            "album.counts",
            bar=words.bar(found.owned, found.total),
            owned=number(found.owned),
            total=number(found.total),
        ),
    )
    menus = [_menu(series, chosen, desk)] if series else []
    if not found.rows:
        return sheet([head, text(say("album.empty"))], menus=menus)
    return sheet(
        [
            head,
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            line(),
            text(*map(_line, found.rows), letters=2500),
            where(page, found, ENTRIES, chosen),
        ],
        buttons=turners(desk, PAGE, found, chosen, page),
        menus=menus,
    )


def _menu(
    series: Sequence[SeriesProgress], chosen: Filter, desk: Desk
) -> discord.ui.ActionRow[discord.ui.LayoutView]:
    lines = [option(say("album.all"), EVERYTHING, is_default=not chosen.series_id)]
    lines += [
        option(
            one.name,
            str(one.series_id),
            say("album.progress", owned=one.owned_count, total=one.waifu_count),
            is_default=one.series_id == chosen.series_id,
        )
        for one in series
    ]
    custom_id = desk.sign(SERIES, Filter(other_id=chosen.other_id).packed())
    return offer_select(custom_id, say("album.menu"), lines)


def _line(entry: RosterEntry) -> str:
    name = plain(cut(entry.waifu.name, NAME_LETTERS))
    if not _is_there(entry):
        return say("album.missing", rarity=words.rarity(entry.waifu.rarity), name=name)
    stars = words.stars(entry.owned.current_star_level)
    heart = say("collection.favorite") if entry.owned.is_favorite else ""
    return say("album.there", stars=stars, name=name, heart=heart)


def _is_there(entry: RosterEntry) -> bool:
    return entry.HasField("owned")


def _owned(entry: RosterEntry) -> OwnedWaifu | None:
    return entry.owned if _is_there(entry) else None
