"""How a mood shows: on the face of a waifu, and as a sign in a bubble beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gateway_bot.render.canvas import Canvas, Point, ellipse, placed, spline
from gateway_bot.render.emblem import HEART, draw_element_sign
from gateway_bot.render.expression import SHUT
from gateway_bot.render.looks import Looks
from gateway_bot.render.palette import Color, dark, light, mood

MOOD_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Feeling:
    """A mood with a name."""

    name: str
    least: int
    """The lowest mood that feels so."""
    color: Color


FEELINGS = (
    Feeling("radiant", 60, (255, 120, 162)),
    Feeling("cheerful", 20, (255, 190, 90)),
    Feeling("neutral", -19, (150, 216, 170)),
    Feeling("sad", -59, (140, 164, 214)),
    Feeling("heartbroken", -MOOD_LIMIT, (104, 128, 216)),
)


def feeling_of(value: int) -> Feeling:
    """What a mood between -100 and 100 feels like."""
    return next((feeling for feeling in FEELINGS if value >= feeling.least), FEELINGS[-1])


def with_feeling(looks: Looks, feeling: Feeling) -> Looks:
    """The same waifu, as she looks when she feels so; neutral is how she always looks."""
    return _FACES[feeling.name](looks)


_FACES: Mapping[str, Callable[[Looks], Looks]] = {
    "radiant": lambda looks: replace(looks, mouth="laugh", eye_shape=SHUT, brow=-0.8, blush=130),
    "cheerful": lambda looks: replace(looks, mouth="open", brow=-0.5, blush=max(looks.blush, 100)),
    "neutral": lambda looks: looks,
    "sad": lambda looks: replace(looks, mouth="pout", brow=-1.5, blush=40),
    "heartbroken": lambda looks: replace(looks, mouth="frown", brow=-2.2, blush=60, mark="tear"),
}


def draw_bubble(
    canvas: Canvas, feeling: Feeling, element: str, x: float, y: float, radius: float
) -> None:
    """A bubble that points down to the left, with the sign of a feeling."""
    tail: list[Point] = [(-0.75, 0.5), (-1.3, 1.25), (-0.2, 0.96)]
    for grown, color in ((1.1, dark(feeling.color, 0.45)), (1.0, (255, 252, 246))):
        canvas.fill(placed(tail, x, y, radius * grown), color)
        canvas.fill(ellipse(x, y, radius * 1.12 * grown, radius * grown), color)
    if feeling.name == "neutral":
        draw_element_sign(canvas, element, x, y, radius * 0.5, mood(element).accent)
    else:
        _SIGNS[feeling.name](canvas, x, y, radius * 0.56, feeling.color)


def _heart(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    canvas.shade(placed(HEART, x, y + size * 0.05, size), light(color, 0.2), dark(color, 0.1))
    canvas.dot(x - size * 0.4, y - size * 0.36, size * 0.15, (255, 240, 244))


def _note(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    ink = dark(color, 0.18)
    for dx, dy in ((-0.62, 0.7), (0.5, 0.5)):
        canvas.fill(placed(ellipse(dx, dy, 0.34, 0.25), x, y, size), ink)
    stems: list[list[Point]] = [[(-0.3, 0.66), (-0.3, -0.72)], [(0.82, 0.46), (0.82, -0.92)]]
    for stem in stems:
        canvas.stroke(placed(stem, x, y, size), ink, size * 0.14)
    beam: list[Point] = [(-0.37, -0.8), (0.89, -1), (0.89, -0.66), (-0.37, -0.46)]
    canvas.fill(placed(beam, x, y, size), ink)


def _dots(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    for dx in (-0.8, 0, 0.8):
        canvas.dot(x + dx * size, y, size * 0.24, dark(color, 0.25))


def _drop(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    shape = placed(_DROP, x, y, size)
    canvas.shade(shape, light(color, 0.5), color)
    canvas.outline(shape, dark(color, 0.3), 1.2)


_DROP = spline([(0, -1.1), (0, -1.1), (0.7, 0.25), (0, 0.95), (-0.7, 0.25)], steps=6)

_SIGNS: Mapping[str, Callable[[Canvas, float, float, float, Color], None]] = {
    "radiant": _heart,
    "cheerful": _note,
    "sad": _dots,
    "heartbroken": _drop,
}
