"""A moment with a waifu: how she feels, and how well the two know each other."""

from functools import lru_cache

from PIL import Image, ImageFilter

from gateway_bot.render import motif, text
from gateway_bot.render.canvas import Canvas, Point, ellipse, placed
from gateway_bot.render.card import CardFace, display_name, marks_of, portrait
from gateway_bot.render.emblem import HEART, draw_element, draw_family, draw_stars, star_centers
from gateway_bot.render.feeling import (
    FEELINGS,
    MOOD_LIMIT,
    Feeling,
    draw_bubble,
    feeling_of,
    with_feeling,
)
from gateway_bot.render.frame import card_mask, rounded
from gateway_bot.render.looks import looks_of
from gateway_bot.render.mark import draw_marks
from gateway_bot.render.motif import SPARK
from gateway_bot.render.page import (
    QUIET_TONE,
    TITLE_TONE,
    part_of,
    shortened,
    to_jpeg,
    write_title,
)
from gateway_bot.render.palette import STAR_COLORS, WHITE, clear, dark, light, mood
from gateway_bot.render.portrait import WIDTH, draw_figure
from gateway_bot.render.roles import family_of

SCENE_WIDTH, SCENE_HEIGHT = 900, 430
BOND_LIMIT = 10
FIGURE_SCALE = 1.74
LEFT, RIGHT = 488, 868
MOOD_TOP, BOND_TOP = 204, 282
BUBBLE_AT = (398, 76)


def talk_scene(
    face: CardFace, mood_value: int, bond_level: int, photo: bytes | None = None
) -> bytes:
    """The scene as JPEG. What is said stands in the message, where it can be read aloud."""
    feeling = feeling_of(mood_value)
    scene = _room(face.element).copy()
    if photo:
        picture = portrait(face, 1.16, photo)
        scene.paste(picture, (70, 18), card_mask(picture.size, 18))
    else:
        _place_figure(scene, face, feeling)
    with part_of(scene, LEFT, 0, RIGHT - LEFT, SCENE_HEIGHT) as canvas:
        _draw_standing(canvas, face, mood_value, bond_level)
    x, y = BUBBLE_AT
    with part_of(scene, x - 70, y - 60, 140, 130) as canvas:
        draw_bubble(canvas, feeling, face.element, 70, 60, 38)
    _write(scene, face, feeling, bond_level)
    return to_jpeg(scene)


def _place_figure(scene: Image.Image, face: CardFace, feeling: Feeling) -> None:
    """Draws her before what is there already; to the right she fades into the room."""
    looks = looks_of(face.waifu_id, face.element, face.archetype, face.rarity)
    width = round(WIDTH * FIGURE_SCALE)
    place = scene.crop((0, 0, width, SCENE_HEIGHT))
    canvas = Canvas(WIDTH, SCENE_HEIGHT / FIGURE_SCALE, FIGURE_SCALE, place)
    draw_figure(canvas, with_feeling(looks, feeling))
    scene.paste(canvas.finish().resize(place.size), (0, 0), _fade(place.size))


@lru_cache(maxsize=1)
def _fade(size: tuple[int, int]) -> Image.Image:
    row = bytes(min(255, (size[0] - x) * 4) for x in range(size[0]))
    return Image.frombytes("L", (size[0], 1), row).resize(size)


@lru_cache(maxsize=12)
def _room(element: str) -> Image.Image:
    """The weather of her element behind a window, out of focus, with a place to read."""
    sky = Canvas(WIDTH, 340, 1.4)
    motif.draw_background(sky, element, 7)
    wide = sky.finish().resize((SCENE_WIDTH, SCENE_WIDTH * 2 // 3))
    soft = wide.filter(ImageFilter.GaussianBlur(5)).crop((0, 120, SCENE_WIDTH, 120 + SCENE_HEIGHT))
    canvas = Canvas(SCENE_WIDTH, SCENE_HEIGHT, image=soft)
    colors = mood(element)
    for i in range(18):
        x, y = i * 211 % SCENE_WIDTH, i * 97 % SCENE_HEIGHT
        canvas.fill(ellipse(x, y, 9 + i % 5 * 6, 9 + i % 5 * 6), clear(light(colors.sky, 0.4), 34))
        canvas.fill(placed(SPARK, y * 2.1, x * 0.47, 2 + i % 3), clear(WHITE, 150))
    panel: list[Point] = rounded(LEFT - 22, 18, RIGHT - LEFT + 36, SCENE_HEIGHT - 36, 18)
    canvas.fill(panel, clear(dark(colors.ground, 0.72), 214))
    canvas.outline(panel, clear(light(colors.motif, 0.4), 110), 1.4)
    canvas.outline(rounded(7, 7, SCENE_WIDTH - 14, SCENE_HEIGHT - 14, 16), clear(WHITE, 120), 1.6)
    return canvas.finish()


def _draw_standing(canvas: Canvas, face: CardFace, mood_value: int, bond_level: int) -> None:
    """Stars, mood and bond, in units of the panel."""
    draw_stars(canvas, star_centers(face.stars, 18 + (face.stars - 1) * 16, 130, 32), 13,
               STAR_COLORS[face.stars])  # fmt: skip
    _draw_mood(canvas, mood_value)
    for i in range(BOND_LIMIT):
        x = 16 + i * (RIGHT - LEFT - 32) / (BOND_LIMIT - 1)
        heart = placed(HEART, x, BOND_TOP + 28, 15)
        if i < bond_level:
            canvas.shade(heart, (255, 178, 200), (232, 60, 108))
            canvas.dot(x - 5, BOND_TOP + 22, 2.4, clear(WHITE, 210))
        else:
            canvas.fill(heart, clear(WHITE, 44))
        canvas.outline(heart, clear((255, 226, 234), 150), 1.2)
    draw_element(canvas, face.element, 18, 372, 17)
    draw_family(canvas, family_of(face.archetype), 60, 372, 17)
    draw_marks(canvas, marks_of(face), RIGHT - LEFT - 18, 372, 17, is_row=True)


def _draw_mood(canvas: Canvas, mood_value: int) -> None:
    """A scale from heartbroken to radiant, with a pin where she is."""
    width = RIGHT - LEFT
    part = width / len(FEELINGS)
    track = rounded(0, MOOD_TOP + 14, width, 12, 6)
    with canvas.inside(track):
        for i, feeling in enumerate(reversed(FEELINGS)):
            x = i * part
            piece: list[Point] = [(x, MOOD_TOP), (x + part + 1, MOOD_TOP),
                                  (x + part + 1, MOOD_TOP + 40), (x, MOOD_TOP + 40)]  # fmt: skip
            canvas.fill(piece, feeling.color)
    share = (min(max(mood_value, -MOOD_LIMIT), MOOD_LIMIT) + MOOD_LIMIT) / (2 * MOOD_LIMIT)
    x = 12 + share * (width - 24)
    canvas.dot(x, MOOD_TOP + 20, 12, (44, 22, 66))
    canvas.dot(x, MOOD_TOP + 20, 10, WHITE)
    canvas.dot(x, MOOD_TOP + 20, 6.5, feeling_of(mood_value).color)


def _write(scene: Image.Image, face: CardFace, feeling: Feeling, bond_level: int) -> None:
    room = RIGHT - LEFT
    write_title(scene, LEFT, 66, display_name(face), room)
    below = face.series if not face.nickname else f"{face.name} · {face.series}"
    words, size = text.fit(below, room, 19, 14)
    text.write(scene, LEFT, 96, words, size, light(mood(face.element).motif, 0.4))
    told = (("Mood", feeling.name, MOOD_TOP), ("Bond", f"{bond_level} / {BOND_LIMIT}", BOND_TOP))
    for what, value, y in told:
        text.write(scene, LEFT, y, what, 18, QUIET_TONE)
        text.write(scene, RIGHT, y, value, 18, TITLE_TONE, weight=text.BLACK, align=1)


def alt_text(face: CardFace, mood_value: int, bond_level: int) -> str:
    """The scene in words."""
    name = text.clean(display_name(face))[:100]
    feeling = feeling_of(mood_value).name
    return shortened(f"{name} looks {feeling}. Bond {bond_level} of {BOND_LIMIT}.")
