"""Backgrounds: every element has its own weather."""

import math
from collections.abc import Callable, Mapping
from random import Random

from gateway_bot.render.canvas import Canvas, Point, arc, ellipse, placed, ribbon, spline
from gateway_bot.render.palette import Color, Mood, clear, dark, light, mix, mood


def draw_background(canvas: Canvas, element: str, seed: int) -> None:
    """The sky of an element with its motif and a light behind the head."""
    colors = mood(element)
    width, height = canvas.width, canvas.height
    everything: list[Point] = [(-1, -1), (width + 1, -1), (width + 1, height + 1), (-1, height + 1)]
    canvas.shade(everything, colors.sky, colors.ground, colors.middle)
    canvas.glow(width / 2, 130, 150, light(colors.sky, 0.5), 0.75)
    dice = Random(seed)  # noqa: S311
    _MOTIFS.get(element.lower(), _neutral)(canvas, colors, dice)


def draw_sparks(canvas: Canvas, element: str, seed: int) -> None:
    """A few small lights before the figure, which give the picture depth."""
    colors, dice = mood(element), Random(seed + 7)  # noqa: S311
    for _ in range(12):
        x, y = dice.uniform(8, 248), dice.uniform(20, 335)
        if 70 < x < 186 and 90 < y < 250:
            continue  # Nothing lies on the face.
        size = dice.uniform(1.4, 4.2)
        canvas.fill(placed(SPARK, x, y, size), clear(light(colors.motif, 0.5), 210))


SPARK: list[Point] = [
    (0, -2), (0.35, -0.35), (2, 0), (0.35, 0.35), (0, 2), (-0.35, 0.35), (-2, 0), (-0.35, -0.35),
]  # fmt: skip


def star(points: int, inner: float, turn: float = -90) -> list[Point]:
    """A star of radius one around zero."""
    shape = []
    for i in range(points * 2):
        radius = 1 if i % 2 == 0 else inner
        angle = math.radians(turn + i * 180 / points)
        shape.append((radius * math.cos(angle), radius * math.sin(angle)))
    return shape


FLAME = spline(
    [(0, 1), (-0.62, 0.55), (-0.5, -0.1), (-0.12, -0.45), (0.06, -1.15), (0.06, -1.15),
     (0.36, -0.4), (0.62, 0.1), (0.5, 0.7)], steps=5,
)  # fmt: skip
LEAF = spline(
    [(0, -1), (0, -1), (0.46, -0.3), (0.4, 0.4), (0, 1), (0, 1), (-0.4, 0.4), (-0.46, -0.3)]
)


def _fire(canvas: Canvas, colors: Mood, dice: Random) -> None:
    for row, (y, size, share) in enumerate(((330, 92, 0.25), (345, 66, 0.6), (356, 44, 0.95))):
        color = mix(colors.accent, colors.motif, share)
        for i in range(7 + row):
            x = (i + 0.5) * 256 / (7 + row) + dice.uniform(-12, 12)
            tall = size * dice.uniform(0.8, 1.5)
            shape = [(px * size * 0.55, py * tall) for px, py in FLAME]
            canvas.fill(placed(shape, x, y - tall * 0.6), clear(color, 150))
    for _ in range(26):
        x, y = dice.uniform(0, 256), dice.uniform(20, 300)
        canvas.dot(x, y, dice.uniform(0.8, 2.6), clear((255, 240, 190), dice.randint(120, 230)))
    for _ in range(5):
        shape = placed(FLAME, dice.choice((24, 40, 214, 232)), dice.uniform(40, 200), 14)
        canvas.fill(shape, clear((255, 226, 140), 120))


def _water(canvas: Canvas, colors: Mood, dice: Random) -> None:
    for row in range(6):
        y0 = 196 + row * 26
        phase = dice.uniform(0, 6)
        crest = [(x, y0 + 9 * math.sin(x / 26 + phase)) for x in range(-8, 272, 8)]
        color = clear(mix(colors.motif, colors.ground, row / 5), 120)
        canvas.fill([*crest, (270, 350), (-8, 350)], color)
        canvas.stroke(crest, clear(colors.motif, 170), 1.6)
    for _ in range(22):
        x, y, r = dice.uniform(4, 252), dice.uniform(16, 300), dice.uniform(2.5, 10)
        canvas.fill(ellipse(x, y, r, r, 24), clear(colors.motif, 46))
        canvas.outline(ellipse(x, y, r, r, 24), clear((255, 255, 255), 170), 1)
        canvas.dot(x - r * 0.35, y - r * 0.35, r * 0.22, clear((255, 255, 255), 220))


def _earth(canvas: Canvas, colors: Mood, dice: Random) -> None:
    for row in range(3):
        y0 = 150 + row * 46
        ridge: list[Point] = [(-10, 350)]
        for i in range(8):
            ridge.append(
                (i * 38 - 10 + dice.uniform(-8, 8), y0 + (i % 2) * 44 + dice.uniform(-14, 14))
            )
        color = clear(mix(colors.motif, colors.ground, 0.3 + row * 0.3), 190)
        canvas.fill([*ridge, (280, 350)], color)
    for _ in range(9):
        x, y, size = dice.uniform(6, 250), dice.uniform(200, 330), dice.uniform(14, 34)
        _crystal(canvas, x, y, size, colors, dice.uniform(-24, 24))
    for _ in range(14):
        canvas.dot(dice.uniform(0, 256), dice.uniform(20, 220), 1.6, clear((255, 244, 210), 170))


def _crystal(canvas: Canvas, x: float, y: float, size: float, colors: Mood, turn: float) -> None:
    lit: list[Point] = [(0, -1), (-0.34, -0.5), (-0.34, 0.9), (0, 1)]
    dim: list[Point] = [(0, -1), (0.34, -0.5), (0.34, 0.9), (0, 1)]
    canvas.fill(placed(lit, x, y, size, turn), clear(light(colors.motif, 0.5), 200))
    canvas.fill(placed(dim, x, y, size, turn), clear(dark(colors.motif, 0.16), 210))


def _wind(canvas: Canvas, colors: Mood, dice: Random) -> None:
    for _ in range(11):
        x, y = dice.uniform(-30, 190), dice.uniform(24, 320)
        size = dice.uniform(24, 66)
        curl = [(x - size, y + 5), (x, y - 5), (x + size, y - 3), (x + size * 1.5, y - size * 0.3)]
        curl += [(x + size * 1.22, y - size * 0.62), (x + size, y - size * 0.3)]
        stroke = ribbon(spline(curl, closed=False), (0, 3.4, 4.4, 3.6, 0))
        canvas.fill(stroke, clear(colors.motif, 170))
    for x, y, size in ((40, 60, 26), (216, 96, 20), (30, 236, 22), (226, 262, 28)):
        cloud = clear((255, 255, 255), 120)
        for dx, dy, r in ((-1, 0.1, 0.6), (-0.3, -0.25, 0.8), (0.5, 0, 0.66), (1.1, 0.2, 0.42)):
            canvas.fill(ellipse(x + dx * size, y + dy * size, r * size, r * size * 0.72), cloud)
    _leaves(canvas, dice, 8, colors.accent)


def _leaves(canvas: Canvas, dice: Random, count: int, color: Color) -> None:
    for _ in range(count):
        x, y = dice.uniform(4, 252), dice.uniform(10, 330)
        shape = placed(LEAF, x, y, dice.uniform(5, 13), dice.uniform(0, 360))
        canvas.fill(shape, clear(mix(color, (255, 255, 255), dice.uniform(0, 0.5)), 215))


def _nature(canvas: Canvas, colors: Mood, dice: Random) -> None:
    for _ in range(9):
        x, y, r = dice.uniform(0, 256), dice.uniform(20, 300), dice.uniform(12, 34)
        canvas.fill(ellipse(x, y, r, r), clear((255, 255, 210), 44))
    for side in (0, 256):
        for i in range(12):
            turn = (96 if side == 0 else -96) + dice.uniform(-40, 40)
            x, y = abs(side - dice.uniform(-6, 34)), i * 30 + dice.uniform(-8, 8)
            shape = placed(LEAF, x, y, dice.uniform(18, 32), turn)
            color = mix(colors.accent, colors.motif, dice.uniform(0.05, 0.75))
            canvas.fill(shape, clear(color, 225))
            vein = placed([(0, -0.85), (0, 0.85)], x, y, 22, turn)
            canvas.stroke(vein, clear(light(color, 0.4), 150), 1)
    _leaves(canvas, dice, 9, colors.motif)
    for _ in range(5):
        _blossom(
            canvas, dice.choice((20, 34, 222, 238)), dice.uniform(20, 320), dice.uniform(7, 11)
        )


def _blossom(canvas: Canvas, x: float, y: float, size: float) -> None:
    for turn in range(5):
        petal = placed(ellipse(0, -0.62, 0.38, 0.5, 14), x, y, size, turn * 72)
        canvas.fill(petal, (255, 236, 244))
    canvas.dot(x, y, size * 0.24, (250, 200, 90))


def _neutral(canvas: Canvas, colors: Mood, dice: Random) -> None:
    for i in range(9):
        for j in range(12):
            x, y = i * 32 + (j % 2) * 16, j * 30 + 6
            canvas.fill(placed(SPARK, x, y, 4.4), clear((255, 255, 255), 88))
    for radius in (78, 96, 116):
        canvas.outline(ellipse(128, 132, radius, radius, 60), clear((255, 255, 255), 150), 2)
    for _ in range(20):
        x, y, turn = dice.uniform(0, 256), dice.uniform(0, 340), dice.uniform(0, 90)
        tone = dice.choice(((255, 190, 200), (180, 206, 240), (255, 226, 160), (200, 226, 190)))
        square: list[Point] = [(-1, -0.6), (1, -0.6), (1, 0.6), (-1, 0.6)]
        canvas.fill(placed(square, x, y, dice.uniform(2.5, 5.5), turn), clear(tone, 220))


def _void(canvas: Canvas, colors: Mood, dice: Random) -> None:
    canvas.glow(128, 140, 150, colors.accent, 0.9)
    for i in range(5):
        radius = 74 + i * 22
        start = dice.uniform(0, 360)
        for part in range(2):
            line = arc(
                128, 140, radius, radius * 0.94, start + part * 180, start + part * 180 + 130, 40
            )
            canvas.fill(ribbon(line, (0, 3.4, 5, 2, 0)), clear(colors.motif, 150 - i * 18))
    for _ in range(60):
        tone = dice.choice(((255, 255, 255), (226, 160, 255), (150, 190, 255)))
        canvas.dot(
            dice.uniform(0, 256), dice.uniform(0, 340), dice.uniform(0.5, 1.5), clear(tone, 220)
        )
    for _ in range(9):
        x, y, size = dice.uniform(4, 252), dice.uniform(10, 330), dice.uniform(5, 15)
        shard: list[Point] = [(-0.5, -0.3), (0.1, -1), (0.5, 0.2), (-0.1, 1)]
        canvas.fill(placed(shard, x, y, size, dice.uniform(0, 360)), clear((190, 120, 255), 130))


def _light(canvas: Canvas, colors: Mood, dice: Random) -> None:
    turn = dice.uniform(0, 20)
    for i in range(18):
        a, b = math.radians(turn + i * 20), math.radians(turn + i * 20 + 9)
        ray: list[Point] = [
            (128, 128),
            (128 + 330 * math.cos(a), 128 + 330 * math.sin(a)),
            (128 + 330 * math.cos(b), 128 + 330 * math.sin(b)),
        ]
        canvas.fill(ray, clear((255, 255, 236), 96))
    for radius in (84, 90):
        canvas.outline(ellipse(128, 122, radius, radius, 60), clear((255, 250, 214), 220), 1.6)
    for i in range(12):
        angle = math.radians(i * 30)
        x, y = 128 + 100 * math.cos(angle), 122 + 100 * math.sin(angle)
        canvas.fill(placed(SPARK, x, y, 5), clear((255, 252, 226), 230))
    for _ in range(20):
        canvas.dot(
            dice.uniform(0, 256), dice.uniform(0, 340), dice.uniform(1, 3), (255, 255, 240, 170)
        )


def _dark(canvas: Canvas, colors: Mood, dice: Random) -> None:
    canvas.glow(196, 66, 84, colors.motif, 0.55)
    canvas.fill(ellipse(200, 60, 38, 38, 48), colors.motif)
    for x, y, r in ((190, 52, 7), (212, 70, 5), (206, 44, 4), (192, 74, 4)):
        canvas.fill(ellipse(x, y, r, r), clear(dark(colors.motif, 0.2), 120))
    for _ in range(42):
        canvas.dot(
            dice.uniform(0, 256), dice.uniform(0, 250), dice.uniform(0.5, 1.5), (255, 250, 226, 210)
        )
    for _ in range(4):
        x, y, size = dice.choice((30, 52, 216, 236)), dice.uniform(30, 200), dice.uniform(9, 15)
        for sign in (-1, 1):
            wing = spline([(0, 0), (sign * 0.7, -0.6), (sign * 1.8, -0.3), (sign * 1.8, -0.3),
                           (sign * 1.1, 0.05), (sign * 0.6, 0.5)], steps=5)  # fmt: skip
            canvas.fill(placed(wing, x, y, size), dark(colors.ground, 0.2))
    for row in range(3):
        mist = [(x, 250 + row * 34 + 9 * math.sin(x / 30 + row * 2)) for x in range(-8, 272, 8)]
        canvas.fill([*mist, (270, 350), (-8, 350)], clear(colors.accent, 70))


def _ice(canvas: Canvas, colors: Mood, dice: Random) -> None:
    for i in range(12):
        x = i * 24 + dice.uniform(-8, 8)
        tall = dice.uniform(40, 120) * (1.3 if i in {0, 1, 10, 11} else 0.8)
        lit: list[Point] = [(x - 13, 345), (x, 345 - tall), (x, 345)]
        dim: list[Point] = [(x + 13, 345), (x, 345 - tall), (x, 345)]
        canvas.fill(lit, clear((244, 252, 255), 190))
        canvas.fill(dim, clear(colors.accent, 150))
    for _ in range(9):
        x, y, size = dice.uniform(4, 252), dice.uniform(10, 290), dice.uniform(8, 20)
        _snowflake(canvas, x, y, size, dice.uniform(0, 60))
    for _ in range(30):
        canvas.dot(
            dice.uniform(0, 256), dice.uniform(0, 340), dice.uniform(0.8, 2.4), (255, 255, 255, 210)
        )


def _snowflake(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    color = clear((255, 255, 255), 225)
    for i in range(6):
        angle = turn + i * 60
        canvas.stroke(placed([(0, 0), (0, -1)], x, y, size, angle), color, 1.4)
        for at in (-0.45, -0.72):
            fork: list[Point] = [(-0.24, at - 0.2), (0, at), (0.24, at - 0.2)]
            canvas.stroke(placed(fork, x, y, size, angle), color, 1.2)


_MOTIFS: Mapping[str, Callable[[Canvas, Mood, Random], None]] = {
    "fire": _fire,
    "water": _water,
    "earth": _earth,
    "wind": _wind,
    "nature": _nature,
    "neutral": _neutral,
    "void": _void,
    "light": _light,
    "dark": _dark,
    "ice": _ice,
}
