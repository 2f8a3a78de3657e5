"""The equipment of a player: the shelf with every piece, and one piece from close up."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from gateway_bot.render import text
from gateway_bot.render.canvas import Canvas, ellipse
from gateway_bot.render.charm import draw_charm, draw_hourglass
from gateway_bot.render.frame import rounded
from gateway_bot.render.mark import draw_favorite
from gateway_bot.render.page import (
    GOLD,
    MARGIN,
    QUIET_TONE,
    TITLE_TONE,
    draw_panel,
    evening,
    part_of,
    shortened,
    to_jpeg,
    write_title,
)
from gateway_bot.render.palette import WHITE, Color, clear, dark, light

COLUMNS, ROWS = 5, 4
SHELF_LIMIT = COLUMNS * ROWS
SUB_SLOT_LIMIT = 5
SLOT_WIDTH, SLOT_HEIGHT, SLOT_GAP = 168, 148, 14
HEADER_HEIGHT = 76
PIECE_SIZE = (820, 380)
_WOOD: Color = (150, 98, 74)
_DUSK: Color = (22, 12, 44)
_SLOT_TONE: Color = (120, 214, 232)


@dataclass(frozen=True, slots=True)
class PieceFace:
    """What the shelf shows of one piece."""

    slot_no: int
    """Its place, 1 to 20."""
    kind: str
    """The type of the main effect: affinity_add, loot_pool_bonus or encounter_count_add."""
    label: str
    """The main effect in a few words."""
    category: str = ""
    """Of affinity_add: series_id, archetype, elemental or genre."""
    value: str = ""
    """Of affinity_add: what is favoured; elements and archetypes have signs."""
    sub_labels: tuple[str, ...] = ()
    """The open sub slots in their order, in a few words each."""
    is_favorite: bool = False
    is_away: bool = False


def equipment_shelf(pieces: Sequence[PieceFace], limit: int = SHELF_LIMIT) -> bytes:
    """The shelf as JPEG: every piece on its numbered place; `limit` places can be used."""
    usable = min(max(limit, 0), SHELF_LIMIT)
    page = _empty_shelf(usable).copy()
    right = page.width - MARGIN - 8
    write_title(page, MARGIN + 8, 52, "Equipment", 400)
    count = f"{len(pieces)} / {limit}"
    tone = GOLD if len(pieces) >= limit else TITLE_TONE
    text.write(page, right, 52, count, 28, tone, weight=text.BLACK, align=1, shadow=(20, 8, 40))
    for piece in pieces:
        page.paste(_slot(piece, usable), place(piece.slot_no))
    return to_jpeg(page)


def place(slot_no: int) -> tuple[int, int]:
    """The upper left corner of a numbered place."""
    if not 1 <= slot_no <= SHELF_LIMIT:
        raise ValueError(f"the shelf has no place {slot_no}")
    row, column = divmod(slot_no - 1, COLUMNS)
    return (
        MARGIN + column * (SLOT_WIDTH + SLOT_GAP),
        HEADER_HEIGHT + row * (SLOT_HEIGHT + SLOT_GAP),
    )


def shelf_size() -> tuple[int, int]:
    """The size of the whole shelf."""
    x, y = place(SHELF_LIMIT)
    return x + SLOT_WIDTH + MARGIN, y + SLOT_HEIGHT + MARGIN


@lru_cache(maxsize=2)
def _empty_shelf(limit: int) -> Image.Image:
    canvas = Canvas(*shelf_size(), image=evening(shelf_size()))
    for slot_no in range(1, SHELF_LIMIT + 1):
        x, y = place(slot_no)
        is_open = slot_no <= limit
        canvas.fill(rounded(x, y, SLOT_WIDTH, SLOT_HEIGHT, 12), clear((16, 8, 36), 150))
        canvas.outline(rounded(x, y, SLOT_WIDTH, SLOT_HEIGHT, 12), clear((255, 240, 226), 60), 1.4)
        if is_open:
            _draw_board(canvas, x, y)
    return canvas.finish()


def _draw_board(canvas: Canvas, x: float, y: float) -> None:
    """The board on which a piece lies."""
    board = rounded(x + 8, y + SLOT_HEIGHT - 44, SLOT_WIDTH - 16, 9, 3)
    canvas.shade(board, light(_WOOD, 0.2), dark(_WOOD, 0.4))
    canvas.fill(ellipse(x + SLOT_WIDTH / 2, y + SLOT_HEIGHT - 44, 46, 5), clear((10, 4, 24), 90))


@lru_cache(maxsize=256)
def _slot(piece: PieceFace, limit: int) -> Image.Image:
    """One place with its piece; at most some 20 MB in a worker."""
    x, y = place(piece.slot_no)
    slot = _empty_shelf(limit).crop((x, y, x + SLOT_WIDTH, y + SLOT_HEIGHT))
    middle = SLOT_WIDTH / 2
    with part_of(slot, 0, 0, SLOT_WIDTH, SLOT_HEIGHT) as canvas:
        draw_charm(canvas, piece.kind, piece.category, piece.value, middle, 64, 33)
        if piece.is_away:
            canvas.fill(rounded(1, 1, SLOT_WIDTH - 2, SLOT_HEIGHT - 2, 11), clear(_DUSK, 150))
        _draw_signs(canvas, piece, SLOT_WIDTH - 22, 22, 13)
        _draw_dots(canvas, len(piece.sub_labels), middle, SLOT_HEIGHT - 39)
    words, size = text.fit(piece.label, SLOT_WIDTH - 16, 16, 12, text.BLACK)
    tone = QUIET_TONE if piece.is_away else TITLE_TONE
    text.write(slot, middle, SLOT_HEIGHT - 11, words, size, tone, weight=text.BLACK, align=0.5)
    text.write(slot, 11, 21, str(piece.slot_no), 14, QUIET_TONE)
    return slot


def _draw_signs(canvas: Canvas, piece: PieceFace, x: float, y: float, radius: float) -> None:
    if piece.is_favorite:
        draw_favorite(canvas, x, y, radius)
        y += radius * 2.4
    if piece.is_away:
        draw_hourglass(canvas, x, y, radius)


def _draw_dots(canvas: Canvas, filled: int, x: float, y: float) -> None:
    """The sub slots: lit ones are open."""
    for i in range(SUB_SLOT_LIMIT):
        at = x + (i - (SUB_SLOT_LIMIT - 1) / 2) * 18
        canvas.dot(at, y, 6, (36, 20, 44))
        if i < filled:
            canvas.glow(at, y, 11, _SLOT_TONE, 0.9)
            canvas.dot(at, y, 4.4, _SLOT_TONE)
            canvas.dot(at - 1.2, y - 1.4, 1.3, WHITE)
        else:
            canvas.dot(at, y, 4, (92, 74, 104))


def equipment_piece(piece: PieceFace) -> bytes:
    """One piece as JPEG, with its effects in words."""
    page = evening(PIECE_SIZE).copy()
    width, height = PIECE_SIZE
    with part_of(page, 0, 0, width, height) as canvas:
        draw_panel(canvas, 344, 24, width - 368, height - 48)
        draw_charm(canvas, piece.kind, piece.category, piece.value, 184, 196, 100)
        _draw_signs(canvas, piece, width - 54, 62, 17)
        for i in range(SUB_SLOT_LIMIT):
            _draw_line(canvas, 374, _line_top(i), is_open=i < len(piece.sub_labels))
    write_title(page, 364, 74, piece.label, width - 460)
    for i in range(SUB_SLOT_LIMIT):
        is_open = i < len(piece.sub_labels)
        words = piece.sub_labels[i] if is_open else "closed"
        words, size = text.fit(words, width - 460, 20, 14)
        tone = TITLE_TONE if is_open else (150, 138, 174)
        text.write(page, 400, _line_top(i) + 7, words, size, tone)
    return to_jpeg(page)


def _line_top(i: int) -> int:
    return 126 + i * 46


def _draw_line(canvas: Canvas, x: float, y: float, *, is_open: bool) -> None:
    canvas.dot(x, y, 10, (36, 20, 44))
    if is_open:
        canvas.glow(x, y, 20, _SLOT_TONE, 0.9)
    canvas.dot(x, y, 7.4, _SLOT_TONE if is_open else (92, 74, 104))


def shelf_alt_text(pieces: Sequence[PieceFace], limit: int = SHELF_LIMIT) -> str:
    """The shelf in words."""
    told = "; ".join(_spoken(piece) for piece in pieces)
    return shortened(
        f"{len(pieces)} of {limit} places hold equipment" + (f": {told}." if told else ".")
    )


def alt_text(piece: PieceFace) -> str:
    """One piece in words."""
    subs = ", ".join(text.clean(label)[:60] for label in piece.sub_labels)
    return shortened(_spoken(piece) + (f": {subs}." if subs else "."))


def _spoken(piece: PieceFace) -> str:
    count = len(piece.sub_labels)
    parts = [
        f"{piece.slot_no} {text.clean(piece.label)[:60]}",
        f"{count} sub slot" + ("" if count == 1 else "s") if count else "",
        "favourite" if piece.is_favorite else "",
        "away" if piece.is_away else "",
    ]
    return ", ".join(part for part in parts if part)
