"""What every page has in common: the evening ground, a heading, bars, and the way out as JPEG."""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from PIL import Image

from gateway_bot.render import text
from gateway_bot.render.canvas import Canvas, Point, placed, spline
from gateway_bot.render.frame import rounded
from gateway_bot.render.motif import SPARK
from gateway_bot.render.palette import Color, clear, dark, light

QUALITY = 80
GAP, MARGIN, TITLE_HEIGHT = 16, 26, 62
ALT_LIMIT = 1000
TITLE_TONE: Color = (255, 240, 214)
QUIET_TONE: Color = (226, 216, 236)
GOLD: Color = (255, 206, 84)


def to_jpeg(picture: Image.Image) -> bytes:
    """The picture as the bytes that Discord gets."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def shortened(words: str) -> str:
    """Words for those who hear a picture, never longer than Discord allows."""
    if len(words) <= ALT_LIMIT:
        return words
    return words[: ALT_LIMIT - 1].rstrip() + text.ELLIPSIS


def write_title(
    page: Image.Image, x: float, y: float, words: str, limit: float, *, align: float = 0
) -> None:
    """The heading of a page, on its baseline."""
    words, size = text.fit(words, limit, 30, 18, text.BLACK)
    text.write(
        page, x, y, words, size, TITLE_TONE,
        weight=text.BLACK, align=align, shadow=(20, 8, 40),
    )  # fmt: skip


@contextmanager
def part_of(page: Image.Image, x: int, y: int, width: int, height: int) -> Iterator[Canvas]:
    """A canvas over a part of a finished page, for what changes from page to page."""
    canvas = Canvas(width, height, image=page.crop((x, y, x + width, y + height)))
    yield canvas
    page.paste(canvas.finish(), (x, y))


def draw_panel(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    """A darker field, on which words can be read."""
    canvas.fill(rounded(x, y, width, height, 14), clear((14, 6, 32), 160))


def draw_bar(
    canvas: Canvas, x: float, y: float, width: float, height: float, share: float, color: Color
) -> None:
    """A bar that is filled by a share of its length; what is begun can be seen, however little."""
    canvas.fill(rounded(x, y, width, height, height / 2), clear((255, 255, 255), 46))
    share = min(max(share, 0.0), 1.0)
    if share > 0:
        bar = rounded(x, y, max(height, width * share), height, height / 2)
        canvas.shade(bar, light(color, 0.5), dark(color, 0.06))


@lru_cache(maxsize=4)
def evening(size: tuple[int, int]) -> Image.Image:
    """An evening sky with petals, the same for every page of one size."""
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
