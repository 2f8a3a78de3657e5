"""Small signs: one for every element and every family of archetypes."""

from collections.abc import Callable, Mapping

from gateway_bot.render.canvas import Canvas, Point, arc, ellipse, placed, ribbon, spline
from gateway_bot.render.motif import FLAME, LEAF, star
from gateway_bot.render.palette import WHITE, Color, clear, dark, light, mood

Draw = Callable[[Canvas, float, float, float, Color], None]
"""Draws a sign around a point, with a radius, in one colour."""


def draw_element(canvas: Canvas, element: str, x: float, y: float, radius: float) -> None:
    """The badge of an element: its sign on its colour."""
    accent = mood(element).accent
    _coin(canvas, x, y, radius, accent)
    draw_element_sign(canvas, element, x, y, radius * 0.6, WHITE)


def draw_element_sign(
    canvas: Canvas, element: str, x: float, y: float, size: float, color: Color
) -> None:
    """The sign of an element alone."""
    _ELEMENTS.get(element.lower(), _diamond)(canvas, x, y, size, color)


def draw_family(canvas: Canvas, family: str, x: float, y: float, radius: float) -> None:
    """The badge of a family of archetypes."""
    _coin(canvas, x, y, radius, (74, 58, 96))
    _FAMILIES[family](canvas, x, y, radius * 0.62, (255, 234, 184))


def _coin(canvas: Canvas, x: float, y: float, radius: float, color: Color) -> None:
    canvas.dot(x, y + radius * 0.1, radius * 1.1, clear((20, 10, 30), 110))
    canvas.dot(x, y, radius * 1.06, (255, 250, 240))
    canvas.shade(ellipse(x, y, radius * 0.92, radius * 0.92), light(color, 0.24), dark(color, 0.3))


def _shape(points: list[Point]) -> Draw:
    def draw(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
        canvas.fill(placed(points, x, y, size), color)

    return draw


def _flame(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.fill(placed(FLAME, x, y, size), color)
    canvas.fill(placed(FLAME, x, y + size * 0.42, size * 0.5), mood("fire").accent)


def _mountain(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    peaks: list[Point] = [
        (-1.05, 0.75), (-0.3, -0.8), (0.1, -0.1), (0.4, -0.4), (1.05, 0.75),
    ]  # fmt: skip
    canvas.fill(placed(peaks, x, y, size), color)
    cap: list[Point] = [(-0.3, -0.8), (-0.52, -0.34), (-0.3, -0.16), (-0.16, -0.36), (-0.05, -0.36)]
    canvas.fill(placed(cap, x, y, size), light(mood("earth").accent, 0.25))


def _swirl(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    for dy, long in ((-0.42, 0.5), (0.05, 0.9), (0.5, 0.42)):
        line = [(-1.0, dy), (0, dy), (long, dy - 0.06), (long + 0.14, dy - 0.4)]
        line += [(long - 0.2, dy - 0.48)]
        stroke = ribbon(spline(line, closed=False), (0.08, 0.24, 0.24, 0.14))
        canvas.fill(placed(stroke, x, y, size), color)


def _leaf(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.fill(placed(LEAF, x, y, size * 1.15, 38), color)
    vein: list[Point] = [(0, -0.7), (0, 1.25)]
    canvas.stroke(placed(vein, x, y, size, 38), mood("nature").accent, size * 0.14)


def _diamond(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.fill(placed([(0, -1), (0.8, 0), (0, 1), (-0.8, 0)], x, y, size), color)
    inner: list[Point] = [(0, -0.5), (0.4, 0), (0, 0.5), (-0.4, 0)]
    canvas.fill(placed(inner, x, y, size), mood("neutral").accent)


def _eclipse(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.dot(x, y, size * 0.95, color)
    canvas.dot(x, y, size * 0.66, dark(mood("void").ground, 0.2))
    canvas.fill(placed(star(4, 0.22), x + size * 0.55, y - size * 0.55, size * 0.6), color)


def _sun(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.fill(placed(star(8, 0.62), x, y, size * 1.12), color)
    canvas.dot(x, y, size * 0.5, mood("light").accent)
    canvas.dot(x, y, size * 0.38, color)


def _moon(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    outer = arc(0, 0, 1, 1, 50, 310, 24)
    inner = arc(0.42, 0, 0.8, 0.8, 286, 74, 24)
    canvas.fill(placed([*outer, *inner], x, y, size), color)
    canvas.fill(placed(star(4, 0.3), x + size * 0.5, y, size * 0.36), color)


def _snow(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    for turn in range(0, 360, 60):
        arm: list[Point] = [(0, 0), (0, -1)]
        canvas.stroke(placed(arm, x, y, size, turn), color, size * 0.17)
        fork: list[Point] = [(-0.3, -0.9), (0, -0.58), (0.3, -0.9)]
        canvas.stroke(placed(fork, x, y, size, turn), color, size * 0.14)


_DROP = spline([(0, -1.1), (0, -1.1), (0.62, 0), (0.6, 0.62), (0, 1), (-0.6, 0.62), (-0.62, 0)])


def _drop(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.fill(placed(_DROP, x, y, size), color)
    line = ribbon(arc(0, 0.35, 0.38, 0.42, 90, 180), (0, 0.16, 0))
    canvas.fill(placed(line, x, y, size), mood("water").accent)


_ELEMENTS: Mapping[str, Draw] = {
    "fire": _flame,
    "water": _drop,
    "earth": _mountain,
    "wind": _swirl,
    "nature": _leaf,
    "neutral": _diamond,
    "void": _eclipse,
    "light": _sun,
    "dark": _moon,
    "ice": _snow,
}


def _blade(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    sword: list[Point] = [
        (0, -1.25), (0.17, -1), (0.17, 0.3), (0.55, 0.3), (0.55, 0.5), (0.13, 0.5), (0.13, 0.95),
        (0.22, 1.15), (-0.22, 1.15), (-0.13, 0.95), (-0.13, 0.5), (-0.55, 0.5), (-0.55, 0.3),
        (-0.17, 0.3), (-0.17, -1),
    ]  # fmt: skip
    for turn in (-42, 42):
        canvas.fill(placed(sword, x, y, size * 0.95, turn), color)


def _staff(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    pole = placed([(-0.09, -0.3), (0.09, -0.3), (0.09, 1.2), (-0.09, 1.2)], x, y, size, 24)
    canvas.fill(pole, color)
    for sign in (-1, 1):
        horn = ribbon(arc(0, -0.62, 0.5, 0.5, 90, 90 + sign * 150, 16), (0.2, 0.16, 0))
        canvas.fill(placed(horn, x, y, size, 24), color)
    (ox, oy), *_ = placed([(0, -0.66)], x, y, size, 24)
    canvas.dot(ox, oy, size * 0.26, WHITE)


def _bow(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    limb = ribbon(arc(-0.5, 0, 1.05, 1.1, -68, 68, 24), (0.06, 0.24, 0.06))
    canvas.fill(placed(limb, x, y, size, -45), color)
    cord: list[Point] = [(-0.11, -1.0), (-0.11, 1.0)]
    canvas.stroke(placed(cord, x, y, size, -45), color, size * 0.08)
    arrow: list[Point] = [(-0.9, 0), (0.9, 0)]
    canvas.stroke(placed(arrow, x, y, size, -45), WHITE, size * 0.13)
    tip: list[Point] = [(1.2, 0), (0.78, -0.24), (0.78, 0.24)]
    canvas.fill(placed(tip, x, y, size, -45), WHITE)


_SHIELD = spline(
    [(0, -1.05), (0, -1.05), (0.45, -0.86), (0.86, -0.8), (0.86, -0.8), (0.82, 0.15), (0, 1.1),
     (0, 1.1), (-0.82, 0.15), (-0.86, -0.8), (-0.86, -0.8), (-0.45, -0.86)], steps=6,
)  # fmt: skip


def _shield(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.fill(placed(_SHIELD, x, y, size), color)
    canvas.fill(placed(_SHIELD, x, y, size * 0.78), (74, 58, 96))
    cross: list[Point] = [
        (-0.14, -0.62), (0.14, -0.62), (0.14, -0.2), (0.5, -0.2), (0.5, 0.08), (0.14, 0.08),
        (0.14, 0.66), (-0.14, 0.66), (-0.14, 0.08), (-0.5, 0.08), (-0.5, -0.2), (-0.14, -0.2),
    ]  # fmt: skip
    canvas.fill(placed(cross, x, y, size), color)


def _book(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    for sign in (-1, 1):
        page = [(0, -0.5), (0, -0.5), (0.45, -0.78), (1.1, -0.64), (1.1, -0.64), (1.1, 0.6)]
        page += [(1.1, 0.6), (0.5, 0.5), (0, 0.8), (0, 0.8)]
        shape = [(px * sign, py) for px, py in spline(page, steps=5)]
        canvas.fill(placed(shape, x, y, size), color)
        for row in (-0.3, 0, 0.3):
            line: list[Point] = [(0.22 * sign, row), (0.85 * sign, row - 0.16)]
            canvas.stroke(placed(line, x, y, size), (120, 98, 130), size * 0.1)
    canvas.stroke(placed([(0, -0.5), (0, 0.8)], x, y, size), (74, 58, 96), size * 0.12)


HEART = spline(
    [(0, 0.98), (0, 0.98), (-0.8, 0.22), (-0.98, -0.38), (-0.52, -0.84), (0, -0.44), (0, -0.44),
     (0.52, -0.84), (0.98, -0.38), (0.8, 0.22)], steps=6,
)  # fmt: skip


def _heart(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.fill(placed(HEART, x, y, size), color)
    for wide, tall in ((0.12, 0.4), (0.4, 0.12)):
        bar: list[Point] = [(-wide, -tall), (wide, -tall), (wide, tall), (-wide, tall)]
        canvas.fill(placed(bar, x, y, size), (196, 70, 96))


_MASK = spline(
    [(-1.1, -0.62), (-1.1, -0.62), (-0.5, -0.42), (0, -0.26), (0.5, -0.42), (1.1, -0.62),
     (1.1, -0.62), (0.98, 0.2), (0.5, 0.56), (0, 0.2), (-0.5, 0.56), (-0.98, 0.2)], steps=6,
)  # fmt: skip


def _mask(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.fill(placed(_MASK, x, y, size), color)
    for sign in (-1, 1):
        eye = placed(ellipse(0.5 * sign, 0.06, 0.27, 0.17, 16), x, y, size, 0)
        canvas.fill(eye, (74, 58, 96))


_FAMILIES: Mapping[str, Draw] = {
    "blade": _blade,
    "staff": _staff,
    "bow": _bow,
    "shield": _shield,
    "book": _book,
    "heart": _heart,
    "mask": _mask,
    "star": _shape(star(5, 0.45)),
}


def star_shape(x: float, y: float, radius: float) -> list[Point]:
    """The five-pointed star that counts; a little plump, so that it reads when small."""
    return placed(star(5, 0.5), x, y, radius)


def draw_stars(
    canvas: Canvas, centers: list[Point], radius: float, color: Color, *, has_shadow: bool = True
) -> None:
    """One filled star on every point."""
    for x, y in centers:
        if has_shadow:
            canvas.fill(star_shape(x, y + radius * 0.14, radius * 1.34), clear((24, 12, 40), 235))
        canvas.shade(star_shape(x, y, radius), light(color, 0.62), dark(color, 0.12), color)
        canvas.dot(x - radius * 0.2, y - radius * 0.26, radius * 0.14, clear(WHITE, 220))


def star_centers(count: int, x: float, y: float, step: float) -> list[Point]:
    """Where the stars of a row around a middle stand, from left to right."""
    return [(x + (i - (count - 1) / 2) * step, y) for i in range(count)]
