"""Cards that were drawn are kept, and laid on a page with the light around them."""

from collections import OrderedDict
from functools import lru_cache
from hashlib import blake2b

from PIL import Image, ImageFilter

from gateway_bot.render.card import (
    CARD_HEIGHT,
    CARD_WIDTH,
    CORNER,
    CardFace,
    marks_of,
    new_ribbon,
    plain_card,
)
from gateway_bot.render.frame import card_mask
from gateway_bot.render.missing import missing_card

SMALL_SCALE = 0.65
"""The size of a card among others; pages that share it share the kept cards."""
KEPT_CARDS = 192
"""At most some 35 MB in a worker."""

_kept: OrderedDict[tuple[object, ...], Image.Image] = OrderedDict()


def card_size(scale: float = SMALL_SCALE) -> tuple[int, int]:
    """A card in pixels."""
    return round(CARD_WIDTH * scale), round(CARD_HEIGHT * scale)


def lay_card(
    page: Image.Image, face: CardFace, x: int, y: int, scale: float, photo: bytes | None
) -> None:
    """Lays a card down with its glow, and with the ribbon when it is new."""
    _shine(page, face.rarity, x, y, scale)
    picture = kept_card(face, scale, photo)
    page.paste(picture, (x, y), card_mask(picture.size, CORNER * scale))
    if face.is_new:
        ribbon = new_ribbon(scale)
        page.paste(ribbon, (x + picture.width - ribbon.width, y), _new_mask(scale))


def lay_missing(
    page: Image.Image, face: CardFace, x: int, y: int, scale: float, photo: bytes | None
) -> None:
    """Lays the silhouette of a card down, which does not shine."""
    _shine(page, 1, x, y, scale)
    picture = kept_card(face, scale, photo, is_owned=False)
    page.paste(picture, (x, y), card_mask(picture.size, CORNER * scale))


def _shine(page: Image.Image, rarity: int, x: int, y: int, scale: float) -> None:
    glow = _glow(rarity, scale)
    edge = (glow.width - card_size(scale)[0]) // 2
    around = (x - edge, y - edge, x - edge + glow.width, y - edge + glow.height)
    page.paste(_GLOW_COLORS[rarity], around, glow)


def kept_card(
    face: CardFace, scale: float, photo: bytes | None, *, is_owned: bool = True
) -> Image.Image:
    """The card from the cache, drawn when it is not there. The ribbon is laid on later."""
    drawn = blake2b(photo, digest_size=8).digest() if photo else b""
    key = (
        scale, is_owned, face.waifu_id, face.name, face.nickname, face.series, face.rarity,
        face.element, face.elements, face.archetype, face.stars, marks_of(face), drawn,
    )  # fmt: skip
    if key not in _kept:
        draw = plain_card if is_owned else missing_card
        _kept[key] = draw(face, scale, photo)
    _kept.move_to_end(key)
    if len(_kept) > KEPT_CARDS:
        _kept.popitem(last=False)
    return _kept[key]


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
