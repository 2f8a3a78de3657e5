"""The card of an academy: its name, its rank, what it has and its best waifus."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from PIL import Image

from gateway_bot.render import text
from gateway_bot.render.canvas import Canvas, Point, ellipse, placed
from gateway_bot.render.card import CORNER, CardFace, display_name
from gateway_bot.render.coin import draw_currency
from gateway_bot.render.deck import SMALL_SCALE, card_size, lay_card
from gateway_bot.render.emblem import draw_stars, star_centers
from gateway_bot.render.frame import rounded
from gateway_bot.render.motif import star
from gateway_bot.render.page import (
    GAP,
    GOLD,
    MARGIN,
    QUIET_TONE,
    TITLE_TONE,
    draw_bar,
    draw_panel,
    evening,
    part_of,
    shortened,
    to_jpeg,
    write_title,
)
from gateway_bot.render.palette import METAL, STAR_COLORS, Color, clear, dark

TOP_LIMIT = 5
HEADER_HEIGHT = 284
CREST = (100, 96, 62)
"""Middle and radius of the sign of the rank."""
LEFT, PANEL_END, MIDDLE = MARGIN, 566, 582
_ROSE: Color = (255, 150, 178)
_WHITE: Color = (255, 252, 244)


@dataclass(frozen=True, slots=True)
class AcademyFace:
    """What the card shows of an academy. The picture follows from these fields alone."""

    name: str
    rank: int
    power: int
    next_power: int
    """The power of the next rank."""
    owned_count: int
    next_owned_count: int
    """The waifus of the next rank; a rank needs both."""
    waifu_count: int
    """All that the catalogue has."""
    owned_by_rarity: tuple[int, ...]
    """Waifus of one, two and three printed stars."""
    crystals: int
    quartzs: int
    daphine: int
    founded: date
    top: tuple[CardFace, ...] = ()
    """Up to five cards: the favourites, or the strongest."""

    def __post_init__(self) -> None:
        if len(self.top) > TOP_LIMIT:
            raise ValueError(f"an academy shows at most {TOP_LIMIT} cards, not {len(self.top)}")


def academy_card(face: AcademyFace, photos: Mapping[int, bytes] | None = None) -> bytes:
    """The card of the academy as JPEG."""
    page = _empty_page(len(face.top), min(face.rank // 4 + 1, 3)).copy()
    for meter in meters(face):
        _lay_meter(page, meter)
    _write_names(page, face)
    _write_counts(page, face)
    for waifu, (x, y) in zip(face.top, places(), strict=False):
        lay_card(page, waifu, x, y, SMALL_SCALE, (photos or {}).get(waifu.waifu_id))
    return to_jpeg(page)


def page_size() -> tuple[int, int]:
    """The size of the card: five cards wide."""
    width, height = card_size()
    return (
        TOP_LIMIT * width + (TOP_LIMIT - 1) * GAP + 2 * MARGIN,
        HEADER_HEIGHT + height + MARGIN,
    )


def places() -> list[tuple[int, int]]:
    """Where the cards lie: their upper left corners."""
    width, _ = card_size()
    return [(MARGIN + i * (width + GAP), HEADER_HEIGHT) for i in range(TOP_LIMIT)]


@dataclass(frozen=True, slots=True)
class Meter:
    """A bar with words over it: how much of what there is."""

    words: str
    amount: int
    goal: int
    left: int
    right: int
    top: int


def meters(face: AcademyFace) -> tuple[Meter, ...]:
    """The way to the next rank, which needs power and waifus, and the way to the whole catalogue."""
    after = f"for rank {face.rank + 1}"
    right = page_size()[0] - LEFT - 8
    return (
        Meter(f"Power {after}", face.power, face.next_power, LEFT + 8, PANEL_END - 16, 182),
        Meter(
            f"Waifus {after}",
            face.owned_count,
            face.next_owned_count,
            LEFT + 8,
            PANEL_END - 16,
            232,
        ),
        Meter("Collection", face.owned_count, face.waifu_count, MIDDLE + 16, right, 50),
    )


def _lay_meter(page: Image.Image, meter: Meter) -> None:
    width = meter.right - meter.left
    is_full = 0 < meter.goal <= meter.amount
    share = meter.amount / meter.goal if meter.goal else 0.0
    with part_of(page, meter.left, meter.top + 9, width, 14) as canvas:
        draw_bar(canvas, 1, 1, width - 2, 12, share, GOLD if is_full else _ROSE)
    numbers, size = text.fit(f"{meter.amount:,} / {meter.goal:,}", 300, 18, 12, text.BLACK)
    text.write(page, meter.left, meter.top, meter.words, 18, QUIET_TONE)
    text.write(page, meter.right, meter.top, numbers, size, TITLE_TONE, weight=text.BLACK, align=1)


@lru_cache(maxsize=6)
def _empty_page(count: int, metal: int) -> Image.Image:
    """Everything that is the same for all academies with so many cards and such a rank."""
    width, height = page_size()
    canvas = Canvas(width, height, image=evening((width, height)))
    draw_panel(canvas, MARGIN - 8, 18, PANEL_END - MARGIN + 8, HEADER_HEIGHT - 36)
    draw_panel(canvas, MIDDLE, 18, width - MIDDLE - MARGIN + 8, HEADER_HEIGHT - 36)
    _draw_crest(canvas, metal)
    for i, x in enumerate(_columns()):
        stars = i + 1
        draw_stars(canvas, star_centers(stars, x, 108, 24), 11, STAR_COLORS[stars])
        draw_currency(canvas, _CURRENCIES[i], x, 192, 19)
    card_width, card_height = card_size()
    for x, y in places()[count:]:
        place = rounded(x + 2, y + 2, card_width - 4, card_height - 4, CORNER * SMALL_SCALE)
        canvas.fill(place, clear((20, 8, 40), 60))
        canvas.outline(place, clear((255, 240, 226), 70), 2)
    return canvas.finish()


_CURRENCIES = ("crystals", "quartzs", "daphine")


def _columns() -> list[float]:
    """The middles of the three columns on the right."""
    left, right = MIDDLE, page_size()[0] - MARGIN + 8
    return [left + (right - left) * (i + 0.5) / 3 for i in range(3)]


def _draw_crest(canvas: Canvas, metal: int) -> None:
    """The seal behind the number of the rank: bronze, silver or gold."""
    lit, plain, deep = METAL[metal]
    x, y, radius = CREST
    canvas.glow(x, y, radius * 1.7, lit, 0.5)
    for points, size, turn in ((16, 1.0, 0), (16, 0.94, 11.25)):
        seal: list[Point] = placed(star(points, 0.86), x, y, radius * size, turn)
        canvas.shade(seal, lit, dark(plain, 0.16))
        canvas.outline(seal, deep, 1.4)
    canvas.dot(x, y, radius * 0.74, deep)
    canvas.dot(x, y, radius * 0.7, dark((104, 58, 136), 0.45))
    canvas.outline(ellipse(x, y, radius * 0.62, radius * 0.62), clear(lit, 170), 1.2)


def _write_names(page: Image.Image, face: AcademyFace) -> None:
    x, y, radius = CREST
    rank, size = text.fit(f"{face.rank:,}", radius * 1.1, 52, 20, text.BLACK)
    text.write(page, x, y - 20, "RANK", 14, QUIET_TONE, weight=text.BLACK, align=0.5)
    text.write(
        page, x, y + 12 + size * 0.26, rank, size, TITLE_TONE,
        weight=text.BLACK, align=0.5, shadow=(20, 8, 40),
    )  # fmt: skip
    left = x + radius + 22
    write_title(page, left, 86, face.name, PANEL_END - left - 16)
    founded = f"Founded {face.founded.day} {face.founded:%B %Y}"
    text.write(page, left, 116, founded, 19, QUIET_TONE)


def _write_counts(page: Image.Image, face: AcademyFace) -> None:
    balances = (face.crystals, face.quartzs, face.daphine)
    for i, x in enumerate(_columns()):
        owned = face.owned_by_rarity[i] if i < len(face.owned_by_rarity) else 0
        _centred(page, x, 142, f"{owned:,}", 22, _WHITE)
        _centred(page, x, 236, f"{balances[i]:,}", 24, TITLE_TONE)
        _centred(page, x, 256, _CURRENCY_NAMES[i], 15, QUIET_TONE)


_CURRENCY_NAMES = ("sakura crystals", "quartz", "daphine")


def _centred(page: Image.Image, x: float, y: float, words: str, size: int, color: Color) -> None:
    words, size = text.fit(words, 170, size, 12, text.BLACK)
    text.write(page, x, y, words, size, color, weight=text.BLACK, align=0.5)


def alt_text(face: AcademyFace) -> str:
    """The card in words: rank, collection, purse and who stands below."""
    rarities = ", ".join(
        f"{count} of {stars} {'star' if stars == 1 else 'stars'}"
        for stars, count in enumerate(face.owned_by_rarity, 1)
    )
    names = ", ".join(text.clean(display_name(waifu))[:60] for waifu in face.top)
    parts = (
        f"{text.clean(face.name)}, collector rank {face.rank}, power {face.power:,}.",
        f"{face.owned_count} of {face.waifu_count} waifus: {rarities}." if rarities else "",
        f"{face.crystals:,} sakura crystals, {face.quartzs:,} quartz, {face.daphine:,} daphine.",
        f"Founded {face.founded.day} {face.founded:%B %Y}.",
        f"In front: {names}." if names else "",
    )
    return shortened(" ".join(part for part in parts if part))
