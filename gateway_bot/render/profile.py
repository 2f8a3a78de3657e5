"""The picture of one owned waifu: portrait, stars, shards and her eight stats."""

from collections.abc import Mapping

from PIL import Image

from gateway_bot.render import text
from gateway_bot.render.canvas import Canvas, Point
from gateway_bot.render.card import CardFace, display_name, portrait
from gateway_bot.render.emblem import draw_element, draw_family, draw_stars, star_centers
from gateway_bot.render.frame import card_mask, rounded
from gateway_bot.render.page import to_jpeg
from gateway_bot.render.palette import METAL, STAR_COLORS, clear, dark, light, mood
from gateway_bot.render.roles import family_of

PAGE_WIDTH, PAGE_HEIGHT = 900, 500
PORTRAIT_SCALE = 1.34
PORTRAIT_AT = (24, 22)
LEFT, RIGHT = 396, 868
STATS = ("hp", "atk", "mag", "vit", "spr", "int", "spd", "lck")
STAT_FULL = 140
"""The largest stat an archetype gives; more fills the bar as well."""


def profile_card(
    face: CardFace, stats: Mapping[str, int], power: int, photo: bytes | None = None
) -> bytes:
    """The profile as JPEG; without power and shards where the power is 0, because nobody has her."""
    canvas = Canvas(PAGE_WIDTH, PAGE_HEIGHT)
    _draw_ground(canvas, face)
    _draw_bars(canvas, face, stats)
    draw_stars(canvas, star_places(face.stars), 15, STAR_COLORS[face.stars])
    _draw_shards(canvas, face)
    _draw_badges(canvas, face)
    page = canvas.finish()
    picture = portrait(face, PORTRAIT_SCALE, photo)
    page.paste(picture, PORTRAIT_AT, card_mask(picture.size, 18))
    _write(page, face, stats, power)
    return to_jpeg(page)


def star_places(stars: int) -> list[Point]:
    """Where the stars of a profile stand, from left to right."""
    return star_centers(stars, LEFT + 16 + (stars - 1) * 17, 134, 34)


def stat_rows(stats: Mapping[str, int]) -> list[tuple[str, int, float, float]]:
    """The stats in the game's order: name, number, and where their bar begins."""
    known = [name for name in STATS if name in stats]
    names = [*known, *(name for name in stats if name not in known)][: len(STATS)]
    return [
        (name, stats[name], LEFT + i % 2 * 244, 222.0 + i // 2 * 56) for i, name in enumerate(names)
    ]


def _draw_ground(canvas: Canvas, face: CardFace) -> None:
    colors = mood(face.element)
    whole: list[Point] = [(-1, -1), (901, -1), (901, 501), (-1, 501)]
    deep = dark(colors.ground, 0.5)
    canvas.shade(whole, dark(colors.middle, 0.62), dark(deep, 0.4), deep)
    canvas.glow(200, 250, 330, colors.middle, 0.5)
    canvas.outline(rounded(7, 7, 886, 486, 14), clear(METAL[face.rarity][1], 200), 2)
    canvas.fill(rounded(LEFT - 14, 190, RIGHT - LEFT + 28, 280, 14), clear((10, 4, 24), 96))


def _draw_bars(canvas: Canvas, face: CardFace, stats: Mapping[str, int]) -> None:
    color = mood(face.element).middle
    for _, value, x, y in stat_rows(stats):
        canvas.fill(rounded(x, y + 10, 226, 14, 7), clear((255, 255, 255), 42))
        share = min(max(value / STAT_FULL, 0.0), 1.0)
        if share > 0:
            bar = rounded(x, y + 10, max(14.0, 226 * share), 14, 7)
            canvas.shade(bar, light(color, 0.55), light(color, 0.05))


def _draw_shards(canvas: Canvas, face: CardFace) -> None:
    if not face.shards_needed:
        return
    x, y, width = LEFT, 164, RIGHT - LEFT - 150
    canvas.fill(rounded(x, y, width, 12, 6), clear((255, 255, 255), 42))
    share = min(face.shards / face.shards_needed, 1.0)
    if share > 0:
        color = STAR_COLORS[face.stars]
        canvas.shade(rounded(x, y, max(12, width * share), 12, 6), light(color, 0.5), color)


def _draw_badges(canvas: Canvas, face: CardFace) -> None:
    x = RIGHT - 18.0
    draw_family(canvas, family_of(face.archetype), x, 134, 17)
    for element in reversed((face.elements or (face.element,))[:3]):
        x -= 42
        draw_element(canvas, element, x, 134, 17)


def _write(page: Image.Image, face: CardFace, stats: Mapping[str, int], power: int) -> None:
    for words, size, y in title_lines(face):
        weight = text.BLACK if size >= 22 else text.BOLD
        color = (255, 252, 244) if y < 70 else light(mood(face.element).motif, 0.4)
        text.write(page, LEFT, y, words, size, color, weight=weight)
    for name, value, x, y in stat_rows(stats):
        text.write(page, x, y + 2, name.upper(), 17, (255, 255, 255), weight=text.BLACK)
        text.write(page, x + 226, y + 2, str(value), 18, (255, 240, 206), align=1)
    if not power:
        # Nobody has her yet, so there is nothing to count.
        return
    text.write(page, RIGHT, 177, shard_words(face), 17, (226, 216, 236), align=1)
    text.write(page, LEFT, 458, "Power", 18, (226, 216, 236))
    text.write(page, RIGHT, 459, f"{power:,}", 26, (255, 226, 130), weight=text.BLACK, align=1)


def shard_words(face: CardFace) -> str:
    """The shards as a number, with the goal when there is one."""
    if face.shards_needed:
        return f"{face.shards} / {face.shards_needed} shards"
    return "1 shard" if face.shards == 1 else f"{face.shards} shards"


def title_lines(face: CardFace) -> list[tuple[str, int, float]]:
    """Name, series and archetype: the words, their size and their baseline."""
    room = RIGHT - LEFT
    name = text.fit(display_name(face), room, 40, 24, text.BLACK)
    below = face.series if not face.nickname else f"{face.name} · {face.series}"
    lines = [(*name, 58.0), (*text.fit(below, room, 20, 16), 86.0)]
    return [*lines, (*text.fit(face.archetype, room, 17, 14), 109.0)]
