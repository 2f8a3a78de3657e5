"""The metal around a card: bronze, silver or gold, richer with the rarity."""

from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageDraw

from gateway_bot.render.canvas import Canvas, Point, arc, ellipse, placed, ribbon, spline
from gateway_bot.render.motif import star
from gateway_bot.render.palette import METAL, WHITE, Color, clear, dark

Corner = Callable[[list[Point]], list[Point]]
"""Takes a shape given from the upper left corner to one of the four corners."""

GEMS: dict[int, Color] = {1: (196, 104, 74), 2: (92, 150, 230), 3: (226, 60, 96)}


def rounded(x: float, y: float, width: float, height: float, radius: float) -> list[Point]:
    """The outline of a rounded rectangle."""
    right, bottom = x + width - radius, y + height - radius
    left, top = x + radius, y + radius
    return [
        *arc(left, top, radius, radius, 180, 270, 8),
        *arc(right, top, radius, radius, 270, 360, 8),
        *arc(right, bottom, radius, radius, 0, 90, 8),
        *arc(left, bottom, radius, radius, 90, 180, 8),
    ]


@lru_cache(maxsize=8)
def card_mask(size: tuple[int, int], radius: float) -> Image.Image:
    """Opaque inside the rounded card, clear outside of it."""
    mask = Image.new("L", (size[0] * 4, size[1] * 4))
    box = (0, 0, size[0] * 4 - 1, size[1] * 4 - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius * 4, fill=255)
    return mask.reduce(4)


def draw_frame(
    canvas: Canvas, rarity: int, radius: float = 16, weight: float = 1, *, has_plate: bool = False
) -> None:
    """The frame along the edge of the whole canvas; a name plate below keeps its corners slim."""
    lit, plain, deep = METAL[rarity]
    for inset, color, width in (
        (4, deep, 12), (4, plain, 8), (3, lit, 3), (9.6, deep, 1.4),
    ):  # fmt: skip
        inset, width = inset * weight, width * weight
        edge = rounded(
            inset, inset, canvas.width - 2 * inset, canvas.height - 2 * inset, radius - inset / 2
        )
        canvas.outline(edge, color, width)
    if rarity >= 2:
        inner = 13.5 * weight
        edge = rounded(
            inner, inner, canvas.width - 2 * inner, canvas.height - 2 * inner, radius * 0.5
        )
        canvas.outline(edge, clear(lit, 190), 1.2 * weight)
    slim = min(rarity, 2) if has_plate else rarity
    for is_low, corner in _corners(canvas, weight):
        _CORNERS[slim if is_low else rarity](canvas, corner, rarity)
    if rarity == 3:
        _crest(canvas, weight)


def _corners(canvas: Canvas, weight: float) -> list[tuple[bool, Corner]]:
    def corner(is_right: bool, is_low: bool) -> Corner:
        def move(points: list[Point]) -> list[Point]:
            return [
                (
                    canvas.width - x * weight if is_right else x * weight,
                    canvas.height - y * weight if is_low else y * weight,
                )
                for x, y in points
            ]

        return move

    return [(low, corner(right, low)) for right in (False, True) for low in (False, True)]


def _gem(canvas: Canvas, at: Corner, x: float, y: float, size: float, rarity: int) -> None:
    _, plain, deep = METAL[rarity]
    for scale, color in ((1.5, deep), (1.3, plain)):
        canvas.fill(at(placed(_DIAMOND, x, y, size * scale)), color)
    canvas.fill(at(placed(_DIAMOND, x, y, size)), GEMS[rarity])
    lit_side: list[Point] = [(0, -1), (-1, 0), (0, 0)]
    canvas.fill(at(placed(lit_side, x, y, size)), clear(WHITE, 130))


_DIAMOND: list[Point] = [(0, -1), (1, 0), (0, 1), (-1, 0)]


def _bronze(canvas: Canvas, at: Corner, rarity: int) -> None:
    _, plain, deep = METAL[rarity]
    plate: list[Point] = [(3, 3), (26, 3), (20, 11), (11, 20), (3, 26)]
    canvas.fill(at(plate), plain)
    canvas.outline(at(plate), deep, 1.2)
    _gem(canvas, at, 11, 11, 4, rarity)


def _silver(canvas: Canvas, at: Corner, rarity: int) -> None:
    lit, plain, deep = METAL[rarity]
    for swap in (False, True):
        leaf = spline([(6, 6), (6, 6), (24, 4), (42, 6), (54, 13), (54, 13), (38, 14), (20, 16)])
        vine = ribbon(spline([(12, 12), (30, 9), (46, 11)], closed=False), (2, 2, 0))
        for shape, color in ((leaf, plain), (vine, lit)):
            points = [(y, x) for x, y in shape] if swap else shape
            canvas.fill(at(points), color)
            if shape is leaf:
                canvas.outline(at(points), deep, 1.1)
    _gem(canvas, at, 12, 12, 6, rarity)


def _gold(canvas: Canvas, at: Corner, rarity: int) -> None:
    lit, plain, deep = METAL[rarity]
    scroll = [(6, 8), (26, 4), (48, 8), (64, 18), (60, 30), (48, 30), (45, 22), (51, 18)]
    sprig = [(34, 7), (50, 2), (76, 6), (96, 13)]
    for swap in (False, True):
        for line, widths in ((sprig, (2, 6, 4, 0)), (scroll, (9, 7, 6, 5, 1.5))):
            points = spline([(y, x) for x, y in line] if swap else line, closed=False)
            wide = tuple(width + 2.4 if width else 0 for width in widths)
            canvas.fill(at(ribbon(points, wide)), deep)
            canvas.fill(at(ribbon(points, widths)), plain)
            thin = tuple(width * 0.34 for width in widths)
            canvas.fill(at(ribbon([(x - 0.8, y - 0.8) for x, y in points], thin)), lit)
    _gem(canvas, at, 14, 14, 8, rarity)
    for x, y in ((70, 12), (12, 70)):
        canvas.fill(at(ellipse(x, y, 3.4, 3.4, 14)), deep)
        canvas.fill(at(ellipse(x, y, 2.4, 2.4, 14)), lit)


_CORNERS = {1: _bronze, 2: _silver, 3: _gold}


def _crest(canvas: Canvas, weight: float) -> None:
    """A winged star in the middle of the upper edge."""
    lit, plain, deep = METAL[3]
    x, y = canvas.width / 2, 13 * weight
    for sign in (-1, 1):
        for i, long in enumerate((46, 36, 26)):
            wing = spline(
                [(4, i * 4 - 5), (long * 0.6, i * 5 - 11), (long, i * 6 - 12), (long, i * 6 - 12),
                 (long * 0.6, i * 5 - 2), (6, i * 4 + 2)], steps=5,
            )  # fmt: skip
            shape = placed([(px * sign, py) for px, py in wing], x, y, weight)
            canvas.shade(shape, lit, plain)
            canvas.outline(shape, deep, 1.1 * weight)
    for size, color in ((15, deep), (12.4, lit), (9, dark(plain, 0.04))):
        canvas.fill(placed(star(5, 0.5), x, y + weight, size * weight), color)
