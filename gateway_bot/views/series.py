"""The stories that waifus come from."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import album, words
from gateway_bot.views.collection import Filter
from gateway_bot.views.parts import PAGE_END, Piece, View, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import cut, number, plain, title
from geminya.collection.v1.catalog_pb2 import Series
from geminya.collection.v1.roster_pb2 import SeriesProgress

LOOK, LIST = "series", "sl"
ENTRIES = 8
SYNOPSIS_LETTERS = 1500
NAME_LETTERS = 150
WORDS_LETTERS = 45
URL_LETTERS = 512


def info_view(series: Series, progress: SeriesProgress | None, desk: Desk) -> View:
    """Everything about one, and how much of it the player has."""
    return sheet(
        [
            text(
                say("series.title", name=plain(cut(series.name, NAME_LETTERS))),
                _english(series),
                _facts(series),
            ),
            text(plain(series.synopsis), letters=SYNOPSIS_LETTERS) if series.synopsis else None,
            text(*_more(series), letters=600) if series.genres or series.studios else None,
            line(),
            text(_progress(series, progress)),
        ],
        buttons=[_album_button(series, desk), *_picture_button(series)],
    )


def list_view(
    rows: Sequence[Series], asked: str, total: int, *, page: int, has_more: bool, desk: Desk
) -> View:
    """One page of them."""
    told = say("series.list_words", words=plain(asked)) if asked else None
    if not rows:
        return sheet([text(say("series.list_title"), told, say("series.list_empty"))])
    head = text(say("series.list_title"), told, say("series.list_counts", count=number(total)))
    pages = turner(
        desk,
        LIST,
        page=page,
        has_more=has_more,
        back=say("collection.previous"),
        on=say("collection.next"),
        filters=asked,
    )
    shown: list[Piece] = [_row(series, desk) for series in rows]
    where = say("collection.page", page=page + 1, pages=number(-(-total // ENTRIES)))
    return sheet([head, line(), *shown, text(where) if pages else None], buttons=pages)


def link_of(series: Series) -> str | None:
    """Where its picture is, if that is a place that Discord may lead to."""
    url = series.image_link.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_link = parts.scheme in ("http", "https") and parts.netloc and len(url) <= URL_LETTERS
    return url if is_link else None


def _english(series: Series) -> str | None:
    if not series.english_name or series.english_name == series.name:
        return None
    return say("series.english", name=plain(cut(series.english_name, NAME_LETTERS)))


def _facts(series: Series) -> str:
    facts = [
        title(series.media_type),
        say("series.waifus", count=number(series.waifu_count)),
        say("series.score", score=f"{series.score:.2f}") if series.score else "",
        say("series.members", count=number(series.members)) if series.members else "",
        say("series.favorites", count=number(series.favorites)) if series.favorites else "",
    ]
    return say("series.facts", facts=" · ".join(filter(None, facts)))


def _more(series: Series) -> list[str | None]:
    genres = plain(", ".join(series.genres))
    return [
        say("series.genres", genres=genres) if genres else None,
        say("series.studios", studios=plain(series.studios)) if series.studios else None,
    ]


def _progress(series: Series, progress: SeriesProgress | None) -> str:
    owned = progress.owned_count if progress else 0
    total = progress.waifu_count if progress else series.waifu_count
    if total and owned >= total:
        return say("series.complete", total=number(total))
    bar = words.bar(owned, total) if total else words.bar(0, 1)
    return say("series.progress", bar=bar, owned=number(owned), total=number(total))


def _album_button(series: Series, desk: Desk) -> Piece:
    data = f"0{PAGE_END}{Filter(series.series_id).packed()}"
    return offer_button(desk.sign(album.PAGE, data), say("series.album"))


def _picture_button(series: Series) -> list[Piece]:
    url = link_of(series)
    return [discord.ui.Button(label=say("series.picture"), url=url)] if url else []


def _row(series: Series, desk: Desk) -> Piece:
    facts = [
        plain(cut(series.english_name, NAME_LETTERS)) if series.english_name != series.name else "",
        title(series.media_type),
        say("series.waifus", count=number(series.waifu_count)),
    ]
    told = text(
        say("series.row", name=plain(cut(series.name, NAME_LETTERS))),
        say("series.row_facts", facts=" · ".join(filter(None, facts))),
        letters=400,
    )
    button = offer_button(desk.sign(LOOK, str(series.series_id)), say("series.look"))
    return discord.ui.Section(told, accessory=button)
