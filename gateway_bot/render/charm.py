"""Pieces of equipment as things: a pendant, a book, a chest, a compass."""

from collections.abc import Callable, Mapping

from gateway_bot.render.canvas import Canvas, Point, arc, ellipse, placed, ribbon, spline
from gateway_bot.render.emblem import draw_element_sign, draw_family
from gateway_bot.render.frame import rounded
from gateway_bot.render.motif import star
from gateway_bot.render.palette import METAL, WHITE, Color, clear, dark, light, mood
from gateway_bot.render.roles import family_of

Draw = Callable[[Canvas, str, float, float, float], None]
"""Draws a thing that may favour something, around a point, with a radius."""


def draw_charm(
    canvas: Canvas, kind: str, category: str, value: str, x: float, y: float, radius: float
) -> None:
    """The thing that has a main effect; one that we do not know is a star."""
    draw = _THINGS.get(category if kind == "affinity_add" else kind, _star)
    canvas.glow(x, y, radius * 1.9, _glow_of(category, value), 0.6)
    draw(canvas, value, x, y, radius)


def _glow_of(category: str, value: str) -> Color:
    return mood(value).middle if category == "elemental" else (255, 214, 140)


def _gold(canvas: Canvas, shape: list[Point], width: float = 1.4) -> None:
    lit, plain, deep = METAL[3]
    canvas.shade(shape, lit, plain)
    canvas.outline(shape, deep, width)


def _chain(canvas: Canvas, x: float, y: float, radius: float) -> None:
    for px, py in arc(x, y - radius * 1.5, radius * 0.95, radius * 0.62, 8, 172, 15):
        _gold(canvas, ellipse(px, py, radius * 0.1, radius * 0.07, 12), 0.9)


def _setting(canvas: Canvas, x: float, y: float, radius: float, color: Color) -> None:
    """A round setting of gold with a coloured stone, hanging from a chain."""
    _chain(canvas, x, y, radius)
    _gold(canvas, ellipse(x, y - radius * 0.92, radius * 0.16, radius * 0.2, 18))
    for turn in range(0, 360, 45):
        (px, py), *_ = placed([(0, -0.94)], x, y, radius, turn)
        _gold(canvas, ellipse(px, py, radius * 0.13, radius * 0.13, 14), 1)
    _gold(canvas, ellipse(x, y, radius * 0.92, radius * 0.92))
    canvas.shade(ellipse(x, y, radius * 0.74, radius * 0.74), light(color, 0.36), dark(color, 0.36))
    shine = ribbon(arc(x, y, radius * 0.61, radius * 0.61, 190, 262, 12), (0, radius * 0.09, 0))
    canvas.fill(shine, clear(WHITE, 170))


def _pendant(canvas: Canvas, value: str, x: float, y: float, radius: float) -> None:
    _setting(canvas, x, y, radius, mood(value).accent)
    draw_element_sign(canvas, value, x, y, radius * 0.46, WHITE)


def _badge(canvas: Canvas, value: str, x: float, y: float, radius: float) -> None:
    _setting(canvas, x, y, radius, (74, 58, 96))
    draw_family(canvas, family_of(value), x, y, radius * 0.66)


def _book(canvas: Canvas, value: str, x: float, y: float, radius: float) -> None:
    """The chronicle of a series."""
    cover = (122, 62, 128)
    pages = rounded(x - radius * 0.7, y - radius * 0.82, radius * 1.52, radius * 1.78, 4)
    canvas.inked(pages, (255, 246, 226), (150, 110, 96), 1.2)
    front = rounded(x - radius * 0.82, y - radius * 0.95, radius * 1.52, radius * 1.78, 5)
    canvas.shade(front, light(cover, 0.24), dark(cover, 0.3))
    canvas.outline(front, dark(cover, 0.6), 1.5)
    spine = rounded(x - radius * 0.82, y - radius * 0.95, radius * 0.3, radius * 1.78, 4)
    canvas.fill(spine, dark(cover, 0.4))
    _gold(canvas, placed(star(5, 0.5), x + radius * 0.1, y - radius * 0.06, radius * 0.44), 1.2)
    for sign in (-1, 1):
        rim = y - radius * 0.06 + sign * radius * 0.68
        canvas.stroke([(x - radius * 0.4, rim), (x + radius * 0.58, rim)], METAL[3][1], 2)


def _masks(canvas: Canvas, value: str, x: float, y: float, radius: float) -> None:
    """The two faces of the stage, for a genre."""
    for dx, dy, turn, color, bend in (
        (0.34, -0.22, 12, (132, 140, 214), -1), (-0.3, 0.16, -10, (255, 176, 150), 1),
    ):  # fmt: skip
        at = (x + dx * radius, y + dy * radius, radius * 0.74, turn)
        shape = placed(_MASK, *at)
        canvas.shade(shape, light(color, 0.5), color)
        canvas.outline(shape, dark(color, 0.55), 1.5)
        for side in (-1, 1):
            eye = arc(0.4 * side, -0.14, 0.2, 0.16, 180, 360, 10)
            canvas.stroke(placed(eye, *at), dark(color, 0.7), radius * 0.07)
        mouth = arc(0, 0.36 if bend > 0 else 0.62, 0.4, 0.26 * bend, 0, 180, 14)
        canvas.stroke(placed(mouth, *at), dark(color, 0.7), radius * 0.08)


_MASK = spline(
    [(-0.9, -0.8), (-0.9, -0.8), (0, -0.62), (0.9, -0.8), (0.9, -0.8), (0.86, 0.2), (0, 1.08),
     (-0.86, 0.2)], steps=6,
)  # fmt: skip


def _chest(canvas: Canvas, value: str, x: float, y: float, radius: float) -> None:
    wood = (164, 98, 62)
    lid = [(-1.05, -0.1), (-1.05, -0.42), (-0.8, -0.86), (0.8, -0.86), (1.05, -0.42), (1.05, -0.1)]
    body: list[Point] = [(-1.05, -0.06), (1.05, -0.06), (1.0, 0.86), (-1.0, 0.86)]
    for shape in (placed(lid, x, y, radius), placed(body, x, y, radius)):
        canvas.shade(shape, light(wood, 0.3), dark(wood, 0.3))
        canvas.outline(shape, dark(wood, 0.7), 1.6)
    for left in (-0.82, 0.58):
        band: list[Point] = [
            (left, -0.86), (left + 0.24, -0.86), (left + 0.24, 0.86), (left, 0.86),
        ]  # fmt: skip
        _gold(canvas, placed(band, x, y, radius), 1.1)
    _gold(canvas, placed(ellipse(0, 0.04, 0.27, 0.3), x, y, radius), 1.3)
    canvas.dot(x, y + radius * 0.02, radius * 0.09, (70, 40, 30))
    for dx, dy in ((-0.36, -1.02), (0.1, -1.14), (0.46, -0.98)):
        canvas.fill(placed(star(4, 0.26), x + dx * radius, y + dy * radius, radius * 0.2), WHITE)


def _compass(canvas: Canvas, value: str, x: float, y: float, radius: float) -> None:
    _gold(canvas, ellipse(x, y - radius * 1.04, radius * 0.17, radius * 0.17, 18))
    _gold(canvas, ellipse(x, y, radius, radius))
    canvas.shade(ellipse(x, y, radius * 0.8, radius * 0.8), (246, 250, 255), (196, 206, 232))
    for turn in range(0, 360, 45):
        long = 0.56 if turn % 90 == 0 else 0.66
        tick = placed([(0, -0.74), (0, -long)], x, y, radius, turn)
        canvas.stroke(tick, (96, 92, 130), 1.5)
    for sign, color in ((1, (228, 66, 92)), (-1, (84, 92, 150))):
        needle: list[Point] = [(0, -0.62 * sign), (0.17, 0), (-0.17, 0)]
        canvas.fill(placed(needle, x, y, radius, 34), color)
    canvas.dot(x, y, radius * 0.1, METAL[3][1])


def _star(canvas: Canvas, value: str, x: float, y: float, radius: float) -> None:
    _gold(canvas, placed(star(5, 0.52), x, y, radius))


_THINGS: Mapping[str, Draw] = {
    "elemental": _pendant,
    "archetype": _badge,
    "series_id": _book,
    "genre": _masks,
    "loot_pool_bonus": _chest,
    "encounter_count_add": _compass,
}


def draw_hourglass(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """The sign of what is on its way: an hour-glass on a dark coin."""
    canvas.dot(x, y, radius * 1.06, (255, 250, 240))
    canvas.dot(x, y, radius * 0.94, (64, 56, 110))
    glass: list[Point] = [
        (-0.42, -0.52), (0.42, -0.52), (0.07, 0), (0.42, 0.52), (-0.42, 0.52), (-0.07, 0),
    ]  # fmt: skip
    canvas.fill(placed(glass, x, y, radius), (226, 240, 255))
    sand: list[Point] = [(-0.3, 0.5), (0.3, 0.5), (0, 0.12)]
    canvas.fill(placed(sand, x, y, radius), METAL[3][1])
    for rim in (-0.58, 0.58):
        canvas.stroke(placed([(-0.5, rim), (0.5, rim)], x, y, radius), METAL[3][0], radius * 0.16)
