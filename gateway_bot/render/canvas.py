"""A surface for smooth shapes: drawn large, handed out small, measured in its own units."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from PIL import Image, ImageDraw

from gateway_bot.render.palette import Color

Point = tuple[float, float]

OVERSAMPLE = 2
"""Drawn twice as large and scaled down: that makes the edges smooth."""


def spline(points: Sequence[Point], closed: bool = True, steps: int = 8) -> list[Point]:
    """A smooth line through the points; a point given twice in a row is a sharp corner."""
    count = len(points)
    last = count if closed else count - 1
    line: list[Point] = []
    for i in range(last):
        before = points[i - 1] if closed or i else points[0]
        a, b = points[i], points[(i + 1) % count]
        after = points[(i + 2) % count] if closed or i + 2 < count else b
        if a != b:
            line += _segment(before, a, b, after, steps)
    return line if closed else [*line, points[-1]]


def _segment(p: Point, a: Point, b: Point, q: Point, steps: int) -> list[Point]:
    """From `a` up to, but not including, `b`: a Hermite curve with Catmull-Rom tangents."""
    (ax, ay), (bx, by) = a, b
    ux, uy = (bx - p[0]) / 2, (by - p[1]) / 2
    vx, vy = (q[0] - ax) / 2, (q[1] - ay) / 2
    line = []
    for step in range(steps):
        t = step / steps
        t2, t3 = t * t, t * t * t
        h1, h2, h3, h4 = 2 * t3 - 3 * t2 + 1, t3 - 2 * t2 + t, 3 * t2 - 2 * t3, t3 - t2
        line.append((h1 * ax + h2 * ux + h3 * bx + h4 * vx, h1 * ay + h2 * uy + h3 * by + h4 * vy))
    return line


def ellipse(x: float, y: float, rx: float, ry: float, steps: int = 36) -> list[Point]:
    """The outline of an ellipse."""
    return arc(x, y, rx, ry, 0, 360 * (steps - 1) / steps, steps)


def arc(
    x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 20
) -> list[Point]:
    """A part of an ellipse; degrees run clockwise from the right."""
    angles = [math.radians(start + (end - start) * i / (steps - 1)) for i in range(steps)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def mirror(points: Sequence[Point], x: float = 128) -> list[Point]:
    """The same shape on the other side."""
    return [(2 * x - px, py) for px, py in points]


def moved(points: Sequence[Point], dx: float, dy: float) -> list[Point]:
    """The same shape somewhere else."""
    return [(x + dx, y + dy) for x, y in points]


def placed(
    points: Sequence[Point], x: float, y: float, size: float = 1, degrees: float = 0
) -> list[Point]:
    """A shape that was given around zero, scaled, turned and moved."""
    cos, sin = math.cos(math.radians(degrees)) * size, math.sin(math.radians(degrees)) * size
    return [(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in points]


def ribbon(points: Sequence[Point], widths: Sequence[float]) -> list[Point]:
    """A stroke with a changing width, as an outline: pointed where the width is zero."""
    left: list[Point] = []
    right: list[Point] = []
    last = len(points) - 1
    for i, (x, y) in enumerate(points):
        (ax, ay), (bx, by) = points[max(i - 1, 0)], points[min(i + 1, last)]
        length = math.hypot(bx - ax, by - ay) or 1
        position = i / last * (len(widths) - 1)
        low = min(int(position), len(widths) - 2)
        half = (widths[low] + (widths[low + 1] - widths[low]) * (position - low)) / 2
        nx, ny = (ay - by) / length * half, (bx - ax) / length * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]


class Canvas:
    """A picture in the making. Colours may carry an alpha; shapes are lists of points."""

    def __init__(
        self,
        width: float,
        height: float,
        scale: float = 1,
        image: Image.Image | None = None,
    ) -> None:
        self.width, self.height = width, height
        self.out_size = round(width * scale), round(height * scale)
        self.scale = scale * OVERSAMPLE
        size = self.out_size[0] * OVERSAMPLE, self.out_size[1] * OVERSAMPLE
        self.image = image.resize(size) if image else Image.new("RGB", size)
        self._pen = self._new_pen()
        self._turn: tuple[float, float, Point] = (1, 0, (0, 0))
        self._zoom: float = 1
        self._zoom_point: Point = (0, 0)
        self._is_flipped = False

    def finish(self) -> Image.Image:
        """The picture in its final size."""
        return self.image.reduce(OVERSAMPLE)

    def fill(self, shape: Sequence[Point], color: Color) -> None:
        """Fills a shape."""
        self._pen.polygon(self._pixels(shape), fill=color)

    def outline(self, shape: Sequence[Point], color: Color, width: float = 1.4) -> None:
        """Draws around a shape."""
        self.stroke([*shape, shape[0], shape[1]], color, width)

    def inked(self, shape: Sequence[Point], color: Color, ink: Color, width: float = 1.4) -> None:
        """Fills a shape and draws around it."""
        self.fill(shape, color)
        self.outline(shape, ink, width)

    def stroke(self, line: Sequence[Point], color: Color, width: float = 1.4) -> None:
        """Draws a line."""
        pixels = max(1, round(width * self.scale * self._zoom))
        self._pen.line(self._pixels(line), fill=color, width=pixels, joint="curve")

    def dot(self, x: float, y: float, radius: float, color: Color) -> None:
        """A filled circle."""
        self.fill(ellipse(x, y, radius, radius, 24), color)

    def shade(
        self, shape: Sequence[Point], top: Color, bottom: Color, middle: Color | None = None
    ) -> None:
        """Fills a shape with colours that run from its top to its bottom."""
        pixels = self._pixels(shape)
        xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
        box = (int(min(xs)), int(min(ys)), int(max(xs)) + 2, int(max(ys)) + 2)
        size = (box[2] - box[0], box[3] - box[1])
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x - box[0], y - box[1]) for x, y in pixels], fill=255)
        self.image.paste(gradient(size, top, bottom, middle), box[:2], mask)

    def glow(self, x: float, y: float, radius: float, color: Color, strength: float = 1) -> None:
        """A soft round light."""
        (px, py), pr = self._pixels([(x, y)])[0], radius * self.scale * self._zoom
        size = max(2, round(pr * 2))
        mask = GLOW.resize((size, size)).point(lambda value: int(value * strength))
        self.image.paste(Image.new("RGB", (size, size), color[:3]), _corner(px, py, pr), mask)

    @contextmanager
    def inside(self, shape: Sequence[Point]) -> Iterator[None]:
        """What is drawn meanwhile shows inside the shape only."""
        before = self.image.copy()
        yield
        outside = Image.new("L", self.image.size, 255)
        ImageDraw.Draw(outside).polygon(self._pixels(shape), fill=0)
        self.image.paste(before, (0, 0), outside)

    @contextmanager
    def turned(self, degrees: float, around: Point) -> Iterator[None]:
        """What is drawn meanwhile is turned around a point."""
        angle = math.radians(degrees)
        self._turn = (math.cos(angle), math.sin(angle), around)
        yield
        self._turn = (1, 0, (0, 0))

    @contextmanager
    def staged(self, zoom: float, around: Point, is_flipped: bool) -> Iterator[None]:
        """What is drawn meanwhile is larger, and seen as in a mirror when asked for."""
        self._zoom, self._zoom_point, self._is_flipped = zoom, around, is_flipped
        yield
        self._zoom, self._is_flipped = 1, False

    def _pixels(self, shape: Sequence[Point]) -> list[Point]:
        """Units to pixels: turned first, then zoomed, then perhaps mirrored."""
        cos, sin, (cx, cy) = self._turn
        zx, zy = self._zoom_point
        zoom = self._zoom * self.scale
        flip = -1 if self._is_flipped else 1
        left = self.width * self.scale if self._is_flipped else 0
        dx, dy = cx - zx, cy - zy
        ox, oy = zx * self.scale, zy * self.scale
        return [
            (
                left + flip * (ox + (dx + (x - cx) * cos - (y - cy) * sin) * zoom),
                oy + (dy + (x - cx) * sin + (y - cy) * cos) * zoom,
            )
            for x, y in shape
        ]

    def _new_pen(self) -> ImageDraw.ImageDraw:
        # A pen of mode RGBA on an RGB picture mixes translucent colours in.
        return ImageDraw.Draw(self.image, "RGBA")


def _corner(x: float, y: float, radius: float) -> tuple[int, int]:
    return round(x - radius), round(y - radius)


def gradient(
    size: tuple[int, int], top: Color, bottom: Color, middle: Color | None = None
) -> Image.Image:
    """Colours running from top to bottom."""
    stops = [top[:3], middle[:3], bottom[:3]] if middle else [top[:3], bottom[:3]]
    height = 64
    column = Image.new("RGB", (1, height))
    parts = [*pairwise(stops)]
    for y in range(height):
        position = y / (height - 1) * len(parts)
        part = min(int(position), len(parts) - 1)
        a, b = parts[part]
        t = position - part
        column.putpixel((0, y), tuple(round(m + (n - m) * t) for m, n in zip(a, b, strict=True)))
    return column.resize(size, Image.Resampling.BILINEAR)


def _make_glow() -> Image.Image:
    # Pillow's radial gradient is 0 in the centre and 255 at the rim of its square.
    return Image.radial_gradient("L").point(
        [int(max(0, 1 - v / 181) ** 2 * 255) for v in range(256)]
    )


GLOW = _make_glow()
