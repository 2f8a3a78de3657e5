"""One waifu as a picture: the face of a card, its portrait and the trading card."""

import io
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from gateway_bot.render import text
from gateway_bot.render.canvas import Canvas, Point, placed
from gateway_bot.render.emblem import draw_element, draw_family, draw_stars, star_centers
from gateway_bot.render.frame import card_mask, draw_frame, rounded
from gateway_bot.render.looks import looks_of
from gateway_bot.render.mark import Marks, draw_aura, draw_marks
from gateway_bot.render.palette import METAL, STAR_COLORS, Color, clear, dark, light, mood
from gateway_bot.render.portrait import HEIGHT, WIDTH, draw_portrait
from gateway_bot.render.roles import family_of

CARD_WIDTH, CARD_HEIGHT = 320, 448
ART_BOX = (10, 10, 300, 398)
"""Left, top, width and height of the art; the name plate lies over its lower end."""
CORNER = 18
PLATE_TOP = 356
NAME_WIDTH = 278
SMALL_PRINT_SCALE = 0.8
"""Below this scale a card has no third line; nobody could read it."""


@dataclass(frozen=True, slots=True)
class CardFace:
    """What a card shows of one waifu. The picture follows from these fields alone."""

    waifu_id: int
    name: str
    series: str
    rarity: int
    """Stars printed on the waifu, 1 to 3; they choose the frame."""
    element: str
    """The first element; it chooses background and badge."""
    elements: tuple[str, ...]
    archetype: str
    stars: int
    """Stars of this copy now, 1 to 6."""
    is_new: bool = False
    shards: int = 0
    image_url: str = ""
    """A picture to use instead of the drawn portrait, when it is set and reachable."""
    nickname: str = ""
    shards_needed: int = 0
    """Shards for the next star; 0 when there is none, or when it does not matter here."""
    is_awakened: bool = False
    is_favorite: bool = False
    constellation: int = 0
    """Duplicates that count, 0 to 6."""

    def __post_init__(self) -> None:
        if not 1 <= self.rarity <= 3:
            raise ValueError(f"rarity {self.rarity} is not between 1 and 3")
        if not 1 <= self.stars <= 6:
            raise ValueError(f"{self.stars} stars are not between 1 and 6")


def portrait(face: CardFace, scale: float = 1, photo: bytes | None = None) -> Image.Image:
    """The framed bust of a waifu, 256 by 340 times the scale."""
    canvas = Canvas(WIDTH, HEIGHT, scale, art(face, scale, photo))
    if face.is_awakened:
        draw_aura(canvas, (0, 0, WIDTH, HEIGHT))
    draw_frame(canvas, face.rarity, weight=0.9)
    draw_family(canvas, family_of(face.archetype), WIDTH / 2, HEIGHT - 17, 14)
    draw_marks(canvas, marks_of(face), WIDTH - 30, HEIGHT - 36, 13)
    return canvas.finish()


def art(face: CardFace, scale: float, photo: bytes | None = None) -> Image.Image:
    """The picture inside a frame: the downloaded one when there is one, else drawn by us."""
    if not photo:
        return draw_portrait(
            looks_of(face.waifu_id, face.element, face.archetype, face.rarity), scale
        )
    size = (round(WIDTH * scale), round(HEIGHT * scale))
    return Image.open(io.BytesIO(photo), formats=("JPEG",)).convert("RGB").resize(size)


def card(face: CardFace, scale: float = 1, photo: bytes | None = None) -> Image.Image:
    """The trading card, 320 by 448 times the scale, clear outside its rounded corners."""
    picture = plain_card(face, scale, photo)
    if face.is_new:
        ribbon = new_ribbon(scale)
        picture.paste(ribbon, (picture.width - ribbon.width, 0), ribbon)
    picture.putalpha(card_mask(picture.size, CORNER * scale))
    return picture


def plain_card(face: CardFace, scale: float = 1, photo: bytes | None = None) -> Image.Image:
    """The card as a full rectangle and without the ribbon, for keeping."""
    picture = unnamed_card(face, scale, art(face, scale * ART_BOX[2] / WIDTH, photo))
    write_plate(picture, face, scale, plate_tones(face))
    return picture


def unnamed_card(face: CardFace, scale: float, inside: Image.Image) -> Image.Image:
    """A card around a picture, before the words are on its plate."""
    ground = Image.new("RGB", (round(CARD_WIDTH * scale), round(CARD_HEIGHT * scale)))
    ground.paste(inside, (round(ART_BOX[0] * scale), round(ART_BOX[1] * scale)))
    canvas = Canvas(CARD_WIDTH, CARD_HEIGHT, scale, ground)
    if face.is_awakened:
        draw_aura(canvas, (ART_BOX[0], ART_BOX[1], ART_BOX[2], PLATE_TOP - ART_BOX[1]))
    _draw_plate(canvas, face)
    draw_frame(canvas, face.rarity, CORNER, has_plate=True)
    _draw_badges(canvas, face)
    draw_marks(canvas, marks_of(face), CARD_WIDTH - 36, 312, 16)
    draw_stars(canvas, star_places(face.stars), 13, STAR_COLORS[face.stars])
    return canvas.finish()


def star_places(stars: int) -> list[Point]:
    """Where the stars of a card stand: as many places as stars."""
    return star_centers(stars, CARD_WIDTH / 2, PLATE_TOP, 30)


def display_name(face: CardFace) -> str:
    """What a card is called: the nickname its owner gave, else the name."""
    return face.nickname or face.name


def marks_of(face: CardFace) -> Marks:
    """What her owner has made of her."""
    return Marks(face.is_awakened, face.is_favorite, face.constellation)


def _draw_plate(canvas: Canvas, face: CardFace) -> None:
    ground = dark(mood(face.element).ground, 0.55)
    height = CARD_HEIGHT - PLATE_TOP - 8
    for i in range(10):
        # The art fades into the plate.
        canvas.fill([(8, PLATE_TOP - 30 + i * 3), (312, PLATE_TOP - 30 + i * 3),
                     (312, PLATE_TOP), (8, PLATE_TOP)], clear(ground, 24))  # fmt: skip
    canvas.shade(rounded(8, PLATE_TOP, 304, height, 4), light(ground, 0.08), dark(ground, 0.35))
    canvas.stroke([(8, PLATE_TOP), (312, PLATE_TOP)], METAL[face.rarity][2], 4)
    canvas.stroke([(8, PLATE_TOP), (312, PLATE_TOP)], METAL[face.rarity][0], 2)


def _draw_badges(canvas: Canvas, face: CardFace) -> None:
    elements = (face.elements or (face.element,))[:3]
    for i, element in enumerate(elements):
        draw_element(canvas, element, 36, 40 + i * 38, 16)
    draw_family(canvas, family_of(face.archetype), 36, 40 + len(elements) * 38, 16)


def plate_lines(face: CardFace, scale: float) -> list[tuple[str, int, float]]:
    """The lines on the plate: the words, their size and their baseline, in pixels."""
    limit = NAME_WIDTH * scale
    smallest = max(12, round(15 * scale))
    name = text.fit(display_name(face), limit, round(29 * scale), smallest, text.BLACK)
    series = text.fit(face.series, limit, round(18 * scale), round(14 * scale))
    lines = [(*name, 395.0), (*series, 417.0)]
    if scale >= SMALL_PRINT_SCALE:
        lines.append(
            (*text.fit(face.archetype, limit, round(12 * scale), round(10 * scale)), 433.0)
        )
    else:
        lines[1] = (*series, 423.0)
        lines[0] = (*name, 398.0)
    return lines


def plate_tones(face: CardFace) -> tuple[Color, Color, Color]:
    """The colours of the lines on a plate."""
    return (255, 252, 244), light(mood(face.element).motif, 0.45), METAL[face.rarity][0]


def write_plate(
    picture: Image.Image, face: CardFace, scale: float, tones: tuple[Color, Color, Color]
) -> None:
    """Writes name, series and archetype on the plate."""
    middle = picture.width / 2
    for i, (words, size, y) in enumerate(plate_lines(face, scale)):
        weight = text.BLACK if i == 0 else text.BOLD
        text.write(
            picture, middle, y * scale, words, size, tones[i],
            weight=weight, align=0.5, shadow=(12, 6, 24) if i == 0 else None,
        )  # fmt: skip


@lru_cache(maxsize=4)
def new_ribbon(scale: float) -> Image.Image:
    """The ribbon that crosses the upper right corner of a new card."""
    side = 120
    canvas = Canvas(side, side, scale)
    mask = Canvas(side, side, scale)
    band: list[Point] = [(-90, -16), (90, -16), (90, 16), (-90, 16)]
    shape = placed(band, 79, 41, 1, 45)
    mask.fill(shape, (255, 255, 255))
    canvas.shade(shape, (255, 120, 150), (214, 32, 84))
    for y in (-12, 12):
        canvas.stroke(placed([(-90, y), (90, y)], 79, 41, 1, 45), (255, 232, 190), 1.8)
    picture = canvas.finish()
    words = Image.new("RGBA", (round(90 * scale), round(34 * scale)), (0, 0, 0, 0))
    text.write(
        words, words.width / 2, 25 * scale, "NEW", round(23 * scale), (255, 255, 255),
        weight=text.BLACK, align=0.5,
    )  # fmt: skip
    turned = words.rotate(-45, Image.Resampling.BICUBIC, expand=True)
    corner = (round(79 * scale - turned.width / 2), round(41 * scale - turned.height / 2))
    picture.paste(turned, corner, turned)
    picture.putalpha(mask.finish().convert("L"))
    return picture
