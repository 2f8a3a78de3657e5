"""A portrait: background, figure and light, from looks alone."""

from PIL import Image, ImageChops, ImageFilter

from gateway_bot.render import accessory, expression, hair, motif, outfit
from gateway_bot.render.canvas import Canvas
from gateway_bot.render.looks import Looks

WIDTH, HEIGHT = 256, 340


def draw_portrait(looks: Looks, scale: float = 1) -> Image.Image:
    """The bust of a waifu without a frame, 256 by 340 times the scale."""
    canvas = Canvas(WIDTH, HEIGHT, scale)
    motif.draw_background(canvas, looks.element, looks.seed)
    draw_figure(canvas, looks)
    motif.draw_sparks(canvas, looks.element, looks.seed)
    return canvas.finish()


def draw_background(looks: Looks, scale: float = 1) -> Image.Image:
    """What is behind her."""
    canvas = Canvas(WIDTH, HEIGHT, scale)
    motif.draw_background(canvas, looks.element, looks.seed)
    return canvas.finish()


def shadow_mask(looks: Looks, scale: float = 1) -> Image.Image:
    """Where the figure is, white on black: the places that she changes on a plain ground."""
    canvas = Canvas(WIDTH, HEIGHT, scale)
    draw_figure(canvas, looks)
    drawn = canvas.finish()
    # Nothing of a figure is black, so on black every part of her can be seen.
    red, green, blue = drawn.split()
    brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    solid = brightest.point([255 if value > 24 else 0 for value in range(256)])
    soft = solid.filter(ImageFilter.GaussianBlur(1.3))
    return soft.point([min(255, max(0, value - 88) * 3) for value in range(256)])


def draw_figure(canvas: Canvas, looks: Looks) -> None:
    """The figure with her tool, larger than life, on what is drawn already."""
    with canvas.staged(1.12, (128, 352), looks.flip):
        _draw_parts(canvas, looks)


def _draw_parts(canvas: Canvas, looks: Looks) -> None:
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
