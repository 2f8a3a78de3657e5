"""What a player's own waifu wears on her card: awakened, favourite, constellation."""

from dataclasses import dataclass
from functools import partial

from gateway_bot.render.canvas import Canvas, Point, arc, ellipse, placed
from gateway_bot.render.emblem import HEART
from gateway_bot.render.frame import rounded
from gateway_bot.render.motif import SPARK, star
from gateway_bot.render.palette import WHITE, clear, dark, light

CONSTELLATION_LIMIT = 6
_ROSE = (236, 72, 112)
_NIGHT = (54, 50, 112)
_AURA = (255, 236, 170)


@dataclass(frozen=True, slots=True)
class Marks:
    """Which marks there are."""

    is_awakened: bool
    is_favorite: bool
    constellation: int
    """Levels, 0 to 6."""


def draw_aura(canvas: Canvas, box: tuple[float, float, float, float]) -> None:
    """The light of an awakened waifu: a warm rim with rising sparks inside the box."""
    left, top, width, height = box
    for i in range(9):
        inset = 3 + i * 4
        edge = rounded(left + inset, top + inset, width - 2 * inset, height - 2 * inset, 14)
        canvas.outline(edge, clear(_AURA, 150 - i * 15), 5)
    for i in range(14):
        x = left + (18 if i % 2 else width - 18) + (i * 37 % 23 - 11)
        y = top + height * (0.12 + 0.062 * i)
        canvas.fill(placed(SPARK, x, y, 2.2 + i * 29 % 7 * 0.7), clear((255, 250, 222), 225))


def draw_marks(
    canvas: Canvas, marks: Marks, x: float, y: float, radius: float, *, is_row: bool = False
) -> None:
    """The marks as badges: the first around the point, the others above it or to its left."""
    step = radius * 2.4
    draws = [
        (marks.is_favorite, draw_favorite),
        (marks.constellation > 0, partial(_constellation, level=marks.constellation)),
        (marks.is_awakened, _awakened),
    ]
    worn = [draw for is_worn, draw in draws if is_worn]
    for i, draw in enumerate(worn):
        draw(canvas, x - i * step if is_row else x, y if is_row else y - i * step, radius)


def draw_favorite(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """The heart of what its owner has locked."""
    _coin(canvas, x, y, radius, (255, 226, 232))
    canvas.fill(placed(HEART, x, y + radius * 0.04, radius * 0.58), _ROSE)
    canvas.dot(x - radius * 0.24, y - radius * 0.24, radius * 0.1, clear(WHITE, 220))


def _awakened(canvas: Canvas, x: float, y: float, radius: float) -> None:
    canvas.glow(x, y, radius * 1.9, _AURA, 0.9)
    _coin(canvas, x, y, radius, (255, 196, 70))
    canvas.fill(placed(star(8, 0.42), x, y, radius * 0.74), WHITE)


def _constellation(canvas: Canvas, x: float, y: float, radius: float, level: int) -> None:
    """As many small stars as levels, on a ring of six places."""
    _coin(canvas, x, y, radius, _NIGHT)
    places: list[Point] = arc(x, y, radius * 0.56, radius * 0.56, -90, 210, CONSTELLATION_LIMIT)
    canvas.outline(places, clear((190, 200, 255), 120), radius * 0.07)
    for i, (px, py) in enumerate(places):
        if i < level:
            canvas.fill(placed(SPARK, px, py, radius * 0.17), (255, 244, 190))
        else:
            canvas.dot(px, py, radius * 0.09, clear((190, 200, 255), 170))


def _coin(canvas: Canvas, x: float, y: float, radius: float, color: tuple[int, int, int]) -> None:
    canvas.dot(x, y + radius * 0.1, radius * 1.1, clear((20, 10, 30), 110))
    canvas.dot(x, y, radius * 1.06, (255, 250, 240))
    canvas.shade(ellipse(x, y, radius * 0.92, radius * 0.92), light(color, 0.3), dark(color, 0.12))
