"""A portrait: background, figure and light, from looks alone."""

from PIL import Image

from gateway_bot.render import accessory, expression, hair, motif, outfit
from gateway_bot.render.canvas import Canvas
from gateway_bot.render.looks import Looks

WIDTH, HEIGHT = 256, 340


def draw_portrait(looks: Looks, scale: float = 1) -> Image.Image:
    """The bust of a waifu without a frame, 256 by 340 times the scale."""
    canvas = Canvas(WIDTH, HEIGHT, scale)
    motif.draw_background(canvas, looks.element, looks.seed)
    with canvas.staged(1.12, (128, 352), looks.flip):
        _draw_figure(canvas, looks)
    motif.draw_sparks(canvas, looks.element, looks.seed)
    return canvas.finish()


def _draw_figure(canvas: Canvas, looks: Looks) -> None:
    accessory.draw_tool(canvas, looks)
    with canvas.turned(looks.tilt, (128, 224)):
        accessory.draw_behind(canvas, looks)
        hair.draw_back(canvas, looks)
    outfit.draw_body(canvas, looks)
    with canvas.turned(looks.tilt, (128, 224)):
        expression.draw_head(canvas, looks)
        hair.draw_before_body(canvas, looks)
        accessory.draw_ears(canvas, looks)
        hair.draw_front(canvas, looks)
        expression.draw_eyes(canvas, looks)
        accessory.draw_on_top(canvas, looks)
