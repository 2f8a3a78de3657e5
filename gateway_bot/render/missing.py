"""The card of a waifu that nobody has yet: who she is can be guessed from her shadow."""

import io
from dataclasses import replace

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from gateway_bot.render import text
from gateway_bot.render.canvas import gradient
from gateway_bot.render.card import ART_BOX, CardFace, unnamed_card, write_plate
from gateway_bot.render.looks import looks_of
from gateway_bot.render.palette import Color, dark, light, mix, mood
from gateway_bot.render.portrait import HEIGHT, WIDTH, shadow_mask

_SHADOW: Color = (26, 18, 48)
_DIM: tuple[Color, Color, Color] = ((176, 166, 200), (134, 124, 160), (134, 124, 160))


def missing_card(face: CardFace, scale: float = 1, photo: bytes | None = None) -> Image.Image:
    """The card as a full rectangle, without colours and with a question in the middle."""
    stranger = replace(face, is_awakened=False, is_favorite=False, constellation=0)
    picture = unnamed_card(stranger, scale, _inside(face, scale * ART_BOX[2] / WIDTH, photo))
    grey = ImageEnhance.Color(picture).enhance(0.45)
    dim = Image.blend(grey, Image.new("RGB", grey.size, (30, 20, 56)), 0.34)
    text.write(
        dim, dim.width / 2, 250 * scale, "?", round(128 * scale), (214, 202, 240),
        weight=text.BLACK, align=0.5, shadow=(16, 8, 34),
    )  # fmt: skip
    write_plate(dim, face, scale, _DIM)
    return dim


def _inside(face: CardFace, scale: float, photo: bytes | None) -> Image.Image:
    size = (round(WIDTH * scale), round(HEIGHT * scale))
    if photo:
        return _veiled(photo, size)
    colors = mood(face.element)
    tone = mix(dark(colors.middle, 0.3), (120, 106, 150), 0.3)
    ground = gradient(size, light(tone, 0.18), dark(tone, 0.5))
    mask = shadow_mask(looks_of(face.waifu_id, face.element, face.archetype, face.rarity), scale)
    rim = ImageChops.subtract(mask.filter(ImageFilter.MaxFilter(3)), mask)
    ground.paste(_SHADOW, (0, 0), mask)
    ground.paste(light(tone, 0.4), (0, 0), rim)
    return ground


def _veiled(photo: bytes, size: tuple[int, int]) -> Image.Image:
    """A downloaded picture that is only guessed."""
    image = Image.open(io.BytesIO(photo), formats=("JPEG",)).convert("L").resize(size)
    soft = image.filter(ImageFilter.GaussianBlur(size[0] / 26))
    return ImageOps.colorize(soft, (16, 10, 34), (128, 112, 160))
