"""The picture of a summon: one large card, or ten on a festive ground."""

from collections.abc import Mapping, Sequence

from gateway_bot.render import text
from gateway_bot.render.card import CardFace, display_name
from gateway_bot.render.deck import SMALL_SCALE, card_size, lay_card
from gateway_bot.render.page import (
    ALT_LIMIT,
    GAP,
    MARGIN,
    TITLE_HEIGHT,
    evening,
    shortened,
    to_jpeg,
    write_title,
)

COLUMNS = 5
CARD_LIMIT = 10
MANY_SCALE, ONE_SCALE = SMALL_SCALE, 1.4


def summon_sheet(
    faces: Sequence[CardFace], title: str, photos: Mapping[int, bytes] | None = None
) -> bytes:
    """The sheet as JPEG: every card, new ones with a ribbon, three stars with a glow."""
    if not 1 <= len(faces) <= CARD_LIMIT:
        raise ValueError(f"a sheet has 1 to {CARD_LIMIT} cards, not {len(faces)}")
    scale = ONE_SCALE if len(faces) == 1 else MANY_SCALE
    sheet = evening(sheet_size(len(faces))).copy()
    write_title(sheet, sheet.width / 2, 44, title, sheet.width - 2 * MARGIN, align=0.5)
    for face, (x, y) in zip(faces, places(len(faces)), strict=True):
        lay_card(sheet, face, x, y, scale, (photos or {}).get(face.waifu_id))
    return to_jpeg(sheet)


def sheet_size(count: int) -> tuple[int, int]:
    """The size of a sheet with so many cards."""
    if count == 1:
        width, height = card_size(ONE_SCALE)
        return width + 8 * MARGIN, height + TITLE_HEIGHT + 2 * MARGIN
    width, height = card_size(MANY_SCALE)
    columns, rows = min(count, COLUMNS), -(-count // COLUMNS)
    return (
        columns * width + (columns - 1) * GAP + 2 * MARGIN,
        TITLE_HEIGHT + rows * height + (rows - 1) * GAP + MARGIN,
    )


def places(count: int) -> list[tuple[int, int]]:
    """Where the cards lie: their upper left corners."""
    if count == 1:
        return [(4 * MARGIN, TITLE_HEIGHT + MARGIN // 2)]
    width, height = card_size(MANY_SCALE)
    return [
        (MARGIN + i % COLUMNS * (width + GAP), TITLE_HEIGHT + i // COLUMNS * (height + GAP))
        for i in range(count)
    ]


def alt_text(faces: Sequence[CardFace]) -> str:
    """The sheet in words, for those who hear it; never longer than Discord allows."""
    count = "One card" if len(faces) == 1 else f"{len(faces)} cards"
    for is_full in (True, False):
        words = f"{count}: " + "; ".join(_spoken(face, is_full) for face in faces) + "."
        if len(words) <= ALT_LIMIT:
            return words
    return shortened(words)


def _spoken(face: CardFace, is_full: bool) -> str:
    """One card in words; the short form keeps what matters when there is too much to say."""
    stars = "1 star" if face.stars == 1 else f"{face.stars} stars"
    name = text.clean(display_name(face))[:60] + (", new" if face.is_new else "")
    if not is_full:
        return f"{name}, {stars}"
    return f"{name}, {stars}, {text.clean(face.series)}, {face.element} {face.archetype}"
