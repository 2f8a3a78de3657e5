"""The picture of a summon: one large card, or ten on a festive ground."""

import io
import random
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

from PIL import Image, ImageFilter

from gateway_bot.render import text
from gateway_bot.render.canvas import Canvas, Point, placed, spline
from gateway_bot.render.card import (
    CARD_HEIGHT,
    CARD_WIDTH,
    CORNER,
    CardFace,
    display_name,
    new_ribbon,
    plain_card,
)  # fmt: skip
from gateway_bot.render.frame import card_mask, rounded
from gateway_bot.render.motif import SPARK
from gateway_bot.render.palette import clear

QUALITY = 80
COLUMNS = 5
CARD_LIMIT = 10
MANY_SCALE, ONE_SCALE = 0.65, 1.4
GAP, MARGIN, TITLE_HEIGHT = 16, 26, 62
ALT_LIMIT = 1000
KEPT_CARDS = 192
"""At most some 35 MB in a worker."""

_kept: OrderedDict[tuple[object, ...], Image.Image] = OrderedDict()


def summon_sheet(
    faces: Sequence[CardFace], title: str, photos: Mapping[int, bytes] | None = None
) -> bytes:
    """The sheet as JPEG: every card, new ones with a ribbon, three stars with a glow."""
    if not 1 <= len(faces) <= CARD_LIMIT:
        raise ValueError(f"a sheet has 1 to {CARD_LIMIT} cards, not {len(faces)}")
    scale = ONE_SCALE if len(faces) == 1 else MANY_SCALE
    sheet = _ground(sheet_size(len(faces))).copy()
    words, size = text.fit(title, sheet.width - 2 * MARGIN, 30, 18, text.BLACK)
    text.write(
        sheet, sheet.width / 2, 44, words, size, (255, 240, 214),
        weight=text.BLACK, align=0.5, shadow=(20, 8, 40),
    )  # fmt: skip
    for face, (x, y) in zip(faces, places(len(faces)), strict=True):
        _lay(sheet, face, x, y, scale, (photos or {}).get(face.waifu_id))
    return to_jpeg(sheet)


def to_jpeg(picture: Image.Image) -> bytes:
    """The picture as the bytes that Discord gets."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def card_size(scale: float) -> tuple[int, int]:
    """A card in pixels."""
    return round(CARD_WIDTH * scale), round(CARD_HEIGHT * scale)


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


def _lay(
    sheet: Image.Image, face: CardFace, x: int, y: int, scale: float, photo: bytes | None
) -> None:
    glow = _glow(face.rarity, scale)
    edge = (glow.width - round(CARD_WIDTH * scale)) // 2
    around = (x - edge, y - edge, x - edge + glow.width, y - edge + glow.height)
    sheet.paste(_GLOW_COLORS[face.rarity], around, glow)
    picture = kept_card(face, scale, photo)
    sheet.paste(picture, (x, y), card_mask(picture.size, CORNER * scale))
    if face.is_new:
        ribbon = new_ribbon(scale)
        sheet.paste(ribbon, (x + picture.width - ribbon.width, y), _new_mask(scale))


@lru_cache(maxsize=4)
def _new_mask(scale: float) -> Image.Image:
    """The ribbon's own mask, cut off at the rounded corner of the card."""
    ribbon = new_ribbon(scale)
    width, _ = card_size(scale)
    corner = card_mask(card_size(scale), CORNER * scale).crop(
        (width - ribbon.width, 0, width, ribbon.height)
    )
    mask = Image.new("L", ribbon.size)
    mask.paste(ribbon.getchannel("A"), (0, 0), corner)
    return mask


def kept_card(face: CardFace, scale: float, photo: bytes | None) -> Image.Image:
    """The card from the cache, drawn when it is not there. The ribbon is laid on later."""
    drawn = blake2b(photo, digest_size=8).digest() if photo else b""
    key = (
        scale, face.waifu_id, face.name, face.nickname, face.series, face.rarity, face.element,
        face.elements, face.archetype, face.stars, drawn,
    )  # fmt: skip
    if key not in _kept:
        _kept[key] = plain_card(face, scale, photo)
    _kept.move_to_end(key)
    if len(_kept) > KEPT_CARDS:
        _kept.popitem(last=False)
    return _kept[key]


_GLOW_COLORS = {1: (10, 4, 24), 2: (150, 176, 230), 3: (255, 206, 84)}


@lru_cache(maxsize=8)
def _glow(rarity: int, scale: float) -> Image.Image:
    """The mask of what surrounds a card: a shadow, a cool shine or a golden light."""
    width, height = card_size(scale)
    edge = round(13 + 9 * scale)
    mask = Image.new("L", (width + 2 * edge, height + 2 * edge))
    mask.paste(255, (edge // 2, edge // 2, width + edge * 3 // 2, height + edge * 3 // 2))
    strength = {1: 0.55, 2: 0.7, 3: 1.0}[rarity]
    soft = mask.filter(ImageFilter.GaussianBlur(edge / 3))
    return soft.point(lambda value: int(value * strength))


@lru_cache(maxsize=4)
def _ground(size: tuple[int, int]) -> Image.Image:
    """An evening sky with petals, the same for every summon of one size."""
    width, height = size
    canvas = Canvas(width, height)
    whole: list[Point] = [(-1, -1), (width + 1, -1), (width + 1, height + 1), (-1, height + 1)]
    canvas.shade(whole, (46, 30, 92), (196, 98, 142), (104, 58, 136))
    canvas.glow(width / 2, height * 0.62, width * 0.5, (255, 176, 170), 0.6)
    dice = random.Random(2024)  # noqa: S311
    for _ in range(90):
        x, y = dice.uniform(0, width), dice.uniform(0, height)
        tone = clear((255, 250, 236), dice.randint(60, 200))
        canvas.fill(placed(SPARK, x, y, dice.uniform(0.8, 3.2)), tone)
    for _ in range(46):
        x, y, size_ = dice.uniform(0, width), dice.uniform(0, height), dice.uniform(6, 15)
        tone = clear((255, dice.randint(186, 214), 220), dice.randint(110, 220))
        canvas.fill(placed(_PETAL, x, y, size_, dice.uniform(0, 360)), tone)
    edge = rounded(7, 7, width - 14, height - 14, 16)
    canvas.outline(edge, clear((255, 226, 180), 120), 1.6)
    return canvas.finish()


_PETAL: list[Point] = spline(
    [(0, 1), (0, 1), (-0.55, 0.1), (-0.4, -0.7), (-0.12, -0.8), (0, -0.62), (0, -0.62),
     (0.12, -0.8), (0.4, -0.7), (0.55, 0.1)], steps=5,
)  # fmt: skip


def alt_text(faces: Sequence[CardFace]) -> str:
    """The sheet in words, for those who hear it; never longer than Discord allows."""
    count = "One card" if len(faces) == 1 else f"{len(faces)} cards"
    for is_full in (True, False):
        words = f"{count}: " + "; ".join(_spoken(face, is_full) for face in faces) + "."
        if len(words) <= ALT_LIMIT:
            return words
    return words[: ALT_LIMIT - 1].rstrip() + text.ELLIPSIS


def _spoken(face: CardFace, is_full: bool) -> str:
    """One card in words; the short form keeps what matters when there is too much to say."""
    stars = "1 star" if face.stars == 1 else f"{face.stars} stars"
    name = text.clean(display_name(face))[:60] + (", new" if face.is_new else "")
    if not is_full:
        return f"{name}, {stars}"
    return f"{name}, {stars}, {text.clean(face.series)}, {face.element} {face.archetype}"
