"""A page of the album: who is there, who is missing, and how far the whole is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from gateway_bot.render import text
from gateway_bot.render.canvas import Canvas
from gateway_bot.render.card import CORNER, CardFace, display_name
from gateway_bot.render.deck import SMALL_SCALE, card_size, lay_card, lay_missing
from gateway_bot.render.frame import rounded
from gateway_bot.render.page import (
    GAP,
    GOLD,
    MARGIN,
    draw_bar,
    draw_panel,
    evening,
    part_of,
    shortened,
    to_jpeg,
    write_title,
)
from gateway_bot.render.palette import Color, clear

COLUMNS, ROWS = 6, 2
PAGE_LIMIT = COLUMNS * ROWS
HEADER_HEIGHT = 104
COUNT_ROOM = 250
_ROSE: Color = (255, 150, 178)


@dataclass(frozen=True, slots=True)
class AlbumFace:
    """One place of the album: a waifu, and whether the player has her."""

    card: CardFace
    is_owned: bool


def album_page(
    faces: Sequence[AlbumFace],
    title: str,
    owned_count: int,
    total_count: int,
    photos: Mapping[int, bytes] | None = None,
) -> bytes:
    """The page as JPEG: up to twelve places, silhouettes for the missing, a bar for the whole."""
    if len(faces) > PAGE_LIMIT:
        raise ValueError(f"a page has at most {PAGE_LIMIT} cards, not {len(faces)}")
    page = _empty_page(len(faces)).copy()
    _draw_head(page, title, owned_count, total_count)
    for face, (x, y) in zip(faces, places(len(faces)), strict=False):
        lay = lay_card if face.is_owned else lay_missing
        lay(page, face.card, x, y, SMALL_SCALE, (photos or {}).get(face.card.waifu_id))
    return to_jpeg(page)


def rows_of(count: int) -> int:
    """How many rows a page with so many cards has."""
    return 1 if count <= COLUMNS else ROWS


def page_size(count: int) -> tuple[int, int]:
    """The size of a page with so many cards; its width is always the same."""
    width, height = card_size()
    rows = rows_of(count)
    return (
        COLUMNS * width + (COLUMNS - 1) * GAP + 2 * MARGIN,
        HEADER_HEIGHT + rows * height + (rows - 1) * GAP + MARGIN,
    )


def places(count: int) -> list[tuple[int, int]]:
    """Every place of a page, row by row, whether a card lies there or not."""
    width, height = card_size()
    return [
        (MARGIN + i % COLUMNS * (width + GAP), HEADER_HEIGHT + i // COLUMNS * (height + GAP))
        for i in range(rows_of(count) * COLUMNS)
    ]


@lru_cache(maxsize=6)
def _empty_page(count: int) -> Image.Image:
    """The ground with the places that stay empty."""
    size = page_size(count)
    canvas = Canvas(*size, image=evening(size))
    draw_panel(canvas, MARGIN - 8, 16, size[0] - 2 * MARGIN + 16, HEADER_HEIGHT - 32)
    width, height = card_size()
    for x, y in places(count)[count:]:
        place = rounded(x + 2, y + 2, width - 4, height - 4, CORNER * SMALL_SCALE)
        canvas.fill(place, clear((20, 8, 40), 60))
        canvas.outline(place, clear((255, 240, 226), 70), 2)
    return canvas.finish()


def _draw_head(page: Image.Image, title: str, owned_count: int, total_count: int) -> None:
    left, right = MARGIN + 10, page.width - MARGIN - 10
    is_full = 0 < total_count <= owned_count
    tone = GOLD if is_full else _ROSE
    write_title(page, left, 52, title, right - left - COUNT_ROOM)
    words = f"{owned_count:,} / {total_count:,}"
    text.write(page, right, 52, words, 28, tone, weight=text.BLACK, align=1, shadow=(20, 8, 40))
    share = owned_count / total_count if total_count else 0
    with part_of(page, left, 64, right - left, 16) as canvas:
        draw_bar(canvas, 1, 1, right - left - 2, 14, share, tone)


def alt_text(faces: Sequence[AlbumFace], title: str, owned_count: int, total_count: int) -> str:
    """The page in words: how much of it is there, and who is missing."""
    begin = f"{text.clean(title)}: {owned_count} of {total_count}."
    told = [
        ("Here", [text.clean(display_name(face.card))[:60] for face in faces if face.is_owned]),
        ("Missing", [text.clean(face.card.name)[:60] for face in faces if not face.is_owned]),
    ]
    parts = [f"{what}: {', '.join(names)}." for what, names in told if names]
    return shortened(" ".join([begin, *parts]))
