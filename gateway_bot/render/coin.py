"""The three currencies as small jewels."""

from collections.abc import Callable, Mapping

from gateway_bot.render.canvas import Canvas, Point, placed, spline
from gateway_bot.render.palette import WHITE, Color, clear, dark, light

Draw = Callable[[Canvas, float, float, float], None]


def draw_currency(canvas: Canvas, name: str, x: float, y: float, radius: float) -> None:
    """The jewel of a currency around a point."""
    canvas.glow(x, y, radius * 1.9, _COLORS[name], 0.8)
    _DRAWS[name](canvas, x, y, radius)


_COLORS: Mapping[str, Color] = {
    "crystals": (255, 140, 180),
    "quartzs": (150, 176, 255),
    "daphine": (255, 206, 84),
}


def _facet(canvas: Canvas, shape: list[Point], color: Color) -> None:
    canvas.fill(shape, color)
    canvas.outline(shape, clear(WHITE, 90), 0.8)


def _sakura(canvas: Canvas, x: float, y: float, radius: float) -> None:
    color = _COLORS["crystals"]
    for turn in range(5):
        petal = placed(_PETAL, x, y, radius, turn * 72)
        canvas.shade(petal, light(color, 0.6), dark(color, 0.08))
        canvas.outline(petal, dark(color, 0.35), 1.1)
    gem: list[Point] = [(0, -0.36), (0.3, 0), (0, 0.36), (-0.3, 0)]
    _facet(canvas, placed(gem, x, y, radius), (255, 246, 214))


_PETAL: list[Point] = spline(
    [(0, -0.1), (0, -0.1), (-0.44, -0.62), (-0.2, -1), (-0.2, -1), (0, -0.84), (0, -0.84),
     (0.2, -1), (0.2, -1), (0.44, -0.62)], steps=5,
)  # fmt: skip


def _quartz(canvas: Canvas, x: float, y: float, radius: float) -> None:
    color = _COLORS["quartzs"]
    for size, dx, dy, turn in ((0.66, -0.5, 0.3, -26), (0.66, 0.5, 0.3, 26), (1, 0, 0, 0)):
        at = (x + dx * radius, y + dy * radius, radius * size, turn)
        left: list[Point] = [(0, -1.05), (0, 0.95), (-0.42, 0.72), (-0.42, -0.52)]
        right: list[Point] = [(0, -1.05), (0.42, -0.52), (0.42, 0.72), (0, 0.95)]
        _facet(canvas, placed(left, *at), light(color, 0.55))
        _facet(canvas, placed(right, *at), color)
        canvas.outline(placed([*right, *left[2:]], *at), dark(color, 0.45), 1.1)


def _daphine(canvas: Canvas, x: float, y: float, radius: float) -> None:
    color = _COLORS["daphine"]
    rim: list[Point] = [(0, -1), (0.72, -0.62), (0.95, 0), (0, 1.02), (-0.95, 0), (-0.72, -0.62)]
    canvas.shade(placed(rim, x, y, radius), light(color, 0.6), dark(color, 0.2))
    table: list[Point] = [(-0.72, -0.62), (0.72, -0.62), (0.46, -0.08), (-0.46, -0.08)]
    _facet(canvas, placed(table, x, y, radius), light(color, 0.72))
    crown: list[Point] = [(-0.46, -0.08), (0.46, -0.08), (0, 1.02)]
    _facet(canvas, placed(crown, x, y, radius), light(color, 0.32))
    canvas.outline(placed(rim, x, y, radius), dark(color, 0.45), 1.2)


_DRAWS: Mapping[str, Draw] = {"crystals": _sakura, "quartzs": _quartz, "daphine": _daphine}
