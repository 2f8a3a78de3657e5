"""Small things on the head, and the tool of her trade behind the shoulder."""

from collections.abc import Callable, Mapping

from gateway_bot.render.canvas import Canvas, Point, arc, ellipse, mirror, placed, ribbon, spline
from gateway_bot.render.emblem import HEART
from gateway_bot.render.looks import Looks
from gateway_bot.render.motif import LEAF, star
from gateway_bot.render.palette import METAL, WHITE, Color, clear, dark, light

Draw = Callable[[Canvas, Looks], None]


def draw_tool(canvas: Canvas, looks: Looks) -> None:
    """What she works with, behind the shoulder."""
    _TOOLS[looks.family](canvas, looks)


def draw_behind(canvas: Canvas, looks: Looks) -> None:
    """What shows behind the hair."""
    if looks.trinket in _BEHIND:
        _BEHIND[looks.trinket](canvas, looks)


def draw_ears(canvas: Canvas, looks: Looks) -> None:
    """Pointed ears, which come out from under the hair."""
    if looks.trinket != "elf":
        return
    for side in (list, mirror):
        ear = spline([(82, 148), (66, 142), (46, 130), (46, 130), (56, 158), (82, 174)], steps=6)
        _part(canvas, side(ear), looks.skin)
        inner = spline([(76, 156), (66, 149), (56, 141), (63, 156)], steps=5)
        canvas.fill(side(inner), clear((226, 120, 120), 90))
        canvas.fill(side(ellipse(61, 161, 2.6, 2.6)), METAL[3][1])


def draw_on_top(canvas: Canvas, looks: Looks) -> None:
    """What sits on the hair."""
    if looks.trinket in _ON_TOP:
        _ON_TOP[looks.trinket](canvas, looks)


def _ink(color: Color) -> Color:
    return dark(color, 0.6)


def _part(canvas: Canvas, shape: list[Point], color: Color, width: float = 1.4) -> None:
    canvas.shade(shape, light(color, 0.22), dark(color, 0.2))
    canvas.outline(shape, _ink(color), width)


def _metal(looks: Looks) -> Color:
    return METAL[looks.rarity][1]


# Tools. They lean over the right shoulder; heads are drawn larger than life, to be seen.


def _sword(canvas: Canvas, looks: Looks) -> None:
    def at(points: list[Point]) -> list[Point]:
        return placed(points, 214, 190, 1, 24)

    blade: list[Point] = [(-8, 20), (-8, 150), (8, 150), (8, 20)]
    _part(canvas, at(blade), (214, 222, 236))
    canvas.stroke(at([(0, 20), (0, 150)]), (150, 160, 184), 1.6)
    grip: list[Point] = [(-5, -42), (5, -42), (5, 12), (-5, 12)]
    _part(canvas, at(grip), dark(looks.cloth, 0.2))
    for y in range(-36, 10, 9):
        canvas.stroke(at([(-5, y + 4), (5, y)]), looks.trim, 2)
    guard = spline([(-30, 8), (-14, 11), (0, 8), (14, 11), (30, 8), (26, 21), (0, 22), (-26, 21)])
    _part(canvas, at(guard), _metal(looks))
    _part(canvas, at(ellipse(0, -47, 9, 9)), _metal(looks))
    _part(canvas, at(ellipse(0, -47, 4.5, 4.5)), looks.accent, 1)


def _staff(canvas: Canvas, looks: Looks) -> None:
    def at(points: list[Point]) -> list[Point]:
        return placed(points, 212, 190, 1, 10)

    _part(canvas, at([(-4, -70), (4, -70), (4, 170), (-4, 170)]), (150, 104, 74))
    for sign in (-1, 1):
        horn = arc(0, -98, 24, 26, 90, 90 + sign * 152, 20)
        _part(canvas, at(ribbon(horn, (11, 9, 1))), _metal(looks))
    (ox, oy), *_ = at([(0, -100)])
    canvas.glow(ox, oy, 34, light(looks.accent, 0.5), 0.9)
    _part(canvas, at(ellipse(0, -100, 13, 13)), light(looks.accent, 0.25))
    canvas.dot(ox - 4, oy - 5, 3.2, clear(WHITE, 220))


def _bow(canvas: Canvas, looks: Looks) -> None:
    def at(points: list[Point]) -> list[Point]:
        return placed(points, 196, 196, 1, 14)

    for i, color in enumerate((looks.accent, light(looks.accent, 0.5), looks.trim)):
        x = -152 + i * 12
        canvas.stroke(at([(x, -10 + i * 14), (x + 20, 90)]), (120, 84, 60), 3)
        feather = spline([(x, -22), (x + 8, -10), (x + 6, 10), (x - 3, 10), (x - 6, -8)], steps=5)
        _part(canvas, at([(px, py + i * 14) for px, py in feather]), color, 1.1)
    limb = arc(-24, 10, 62, 128, -80, 80, 30)
    canvas.stroke(at([(-13, -116), (-13, 134)]), clear((255, 250, 236), 220), 1.2)
    _part(canvas, at(ribbon(limb, (3, 9, 11, 9, 3))), (160, 108, 70))
    _part(canvas, at(ellipse(38, 10, 7, 14)), _metal(looks))


def _shield(canvas: Canvas, looks: Looks) -> None:
    rim = spline(
        [(206, 176), (206, 176), (226, 186), (250, 188), (250, 188), (250, 236), (206, 282),
         (206, 282), (164, 236), (162, 188), (162, 188), (186, 186)], steps=6,
    )  # fmt: skip
    _part(canvas, rim, _metal(looks))
    inner = placed([(x - 206, y - 224) for x, y in rim], 206, 224, 0.82)
    _part(canvas, inner, looks.accent)
    canvas.fill(placed(star(4, 0.3), 212, 216, 26), light(_metal(looks), 0.5))


def _book(canvas: Canvas, looks: Looks) -> None:
    for x, y, turn, size in ((224, 146, 16, 1), (30, 122, -14, 0.72)):
        canvas.glow(x, y, 40 * size, light(looks.accent, 0.6), 0.8)
        cover: list[Point] = [(-26, -17), (26, -17), (26, 19), (-26, 19)]
        _part(canvas, placed(cover, x, y, size, turn), looks.accent)
        for sign in (-1, 1):
            page = spline(
                [(0, -12), (0, -12), (12, -19), (23, -15), (23, -15), (23, 13), (23, 13), (12, 10),
                 (0, 16), (0, 16)], steps=5,
            )  # fmt: skip
            sheet = placed([(px * sign, py) for px, py in page], x, y, size, turn)
            _part(canvas, sheet, (255, 248, 230), 1.1)
            for row in (-7, -1, 5):
                line: list[Point] = [(4 * sign, row), (19 * sign, row - 3)]
                canvas.stroke(placed(line, x, y, size, turn), (176, 150, 140), 1.1)


def _wand(canvas: Canvas, looks: Looks) -> None:
    def at(points: list[Point]) -> list[Point]:
        return placed(points, 214, 186, 1, 16)

    _part(canvas, at([(-3.5, -60), (3.5, -60), (3.5, 150), (-3.5, 150)]), (255, 240, 228))
    for sign in (-1, 1):
        wing = spline(
            [(8, -78), (30, -102), (46, -100), (46, -100), (40, -88), (44, -84), (34, -76),
             (34, -70), (20, -68)], steps=5,
        )  # fmt: skip
        _part(canvas, at([(x * sign, y) for x, y in wing]), (255, 252, 246), 1.2)
    (ox, oy), *_ = at([(0, -84)])
    canvas.glow(ox, oy, 34, (255, 220, 226), 0.8)
    _part(canvas, placed(HEART, ox, oy, 17, 16), (244, 104, 136))
    canvas.dot(ox - 6, oy - 6, 3, clear(WHITE, 220))


def _cards(canvas: Canvas, looks: Looks) -> None:
    for i, turn in enumerate((-8, 12, 32, 52)):
        card: list[Point] = [(-13, -92), (13, -92), (13, -48), (-13, -48)]
        shape = placed(card, 196, 226, 1, turn)
        _part(canvas, shape, (255, 252, 248), 1.3)
        (x, y), *_ = placed([(0, -70)], 196, 226, 1, turn)
        color = ((212, 54, 76), (54, 44, 74))[i % 2]
        sign = HEART if i % 2 == 0 else star(4, 0.5)
        canvas.fill(placed(sign, x, y, 8, turn), color)


def _star_wand(canvas: Canvas, looks: Looks) -> None:
    for x, y, size, turn in ((222, 116, 24, 12), (36, 96, 15, -16), (232, 206, 12, 30)):
        canvas.glow(x, y, size * 1.8, (255, 240, 190), 0.8)
        shape = placed(star(5, 0.52), x, y, size, turn)
        _part(canvas, shape, (255, 210, 92), 1.4)
        canvas.dot(x - size * 0.22, y - size * 0.26, size * 0.14, clear(WHITE, 210))


_TOOLS: Mapping[str, Draw] = {
    "blade": _sword,
    "staff": _staff,
    "bow": _bow,
    "shield": _shield,
    "book": _book,
    "heart": _wand,
    "mask": _cards,
    "star": _star_wand,
}


# Behind the hair.


def _halo(canvas: Canvas, looks: Looks) -> None:
    for radius, color in ((52, clear((255, 236, 150), 90)), (46, (255, 226, 120))):
        ring = arc(128, 56, radius, radius * 0.3, 0, 360, 50)
        canvas.stroke(ring, color, 7 if radius == 52 else 4)
    canvas.stroke(arc(128, 56, 46, 13.8, 0, 360, 50), (255, 250, 220), 1.6)


def _veil(canvas: Canvas, looks: Looks) -> None:
    half: list[Point] = [(104, 58), (66, 82), (52, 150), (40, 230), (34, 300), (60, 310)]
    shape = spline([*half, *mirror(half)[::-1]], steps=6)
    canvas.fill(shape, clear((255, 255, 255), 150))
    canvas.outline(shape, clear((214, 206, 230), 220), 1.6)


_BEHIND: Mapping[str, Draw] = {"halo": _halo, "veil": _veil}


# On top.


def _ribbon(canvas: Canvas, looks: Looks) -> None:
    for sign in (-1, 1):
        tail = spline([(0, 0), (sign * 12, 12), (sign * 16, 28), (sign * 9, 24), (sign * 3, 27)])
        loop = spline([(0, 0), (sign * 14, -16), (sign * 30, -15), (sign * 31, 6), (sign * 15, 10)])
        for shape in (tail, loop):
            _part(canvas, placed(shape, 172, 78, 0.86, 34), looks.accent)
        fold = spline([(sign * 5, -2), (sign * 14, -4), (sign * 22, -8)], closed=False)
        canvas.stroke(placed(fold, 172, 78, 0.86, 34), _ink(looks.accent), 1.2)
    _part(canvas, placed(ellipse(0, 0, 6.5, 8), 172, 78, 0.86, 34), looks.accent)


def _headband(canvas: Canvas, looks: Looks) -> None:
    band = arc(128, 126, 56, 56, 197, 343, 30)
    canvas.stroke(band, _ink(looks.trim), 10)
    canvas.stroke(band, looks.trim, 7.4)
    for i in range(7):
        x, y = arc(128, 126, 56, 56, 206, 334, 7)[i]
        canvas.fill(placed(star(4, 0.4), x, y, 3), looks.accent)


def _cord(canvas: Canvas, looks: Looks) -> None:
    for dx in (0, 7):
        line = spline([(172 + dx, 92), (178 + dx, 112), (176 + dx, 134 + dx)], closed=False)
        canvas.stroke(line, _ink(looks.accent), 4.4)
        canvas.stroke(line, looks.accent, 2.8)
        tuft = spline([(176 + dx, 132 + dx), (171 + dx, 150 + dx), (182 + dx, 150 + dx)])
        _part(canvas, tuft, looks.accent, 1.1)
    _part(canvas, ellipse(174, 90, 8, 8), METAL[3][1])


def _horns(canvas: Canvas, looks: Looks) -> None:
    for side in (list, mirror):
        horn = spline(
            [(80, 86), (64, 70), (62, 46), (74, 30), (74, 30), (76, 50), (86, 64), (98, 72)],
            steps=6,
        )
        _part(canvas, side(horn), (92, 70, 96))
        for y in (48, 60, 70):
            ring = spline([(63 + (y - 46) * 0.3, y), (72 + (y - 46) * 0.3, y - 3)], closed=False)
            canvas.stroke(side(ring), clear((214, 180, 200), 170), 1.6)


def _flower(canvas: Canvas, looks: Looks) -> None:
    for x, y, size in ((170, 92, 15), (184, 112, 9)):
        for turn in range(5):
            petal = placed(ellipse(0, -0.66, 0.48, 0.58, 18), x, y, size, turn * 72)
            _part(
                canvas,
                petal,
                ((255, 244, 248), (255, 190, 206), (255, 226, 160))[looks.seed % 3],
                1.1,
            )
        _part(canvas, ellipse(x, y, size * 0.3, size * 0.3), (255, 214, 96), 1)
    _part(canvas, placed(LEAF, 188, 86, 10, 70), (96, 168, 96), 1.1)


def _eyepatch(canvas: Canvas, looks: Looks) -> None:
    canvas.stroke(spline([(71, 132), (104, 150), (120, 158)], closed=False), (46, 36, 52), 2.6)
    canvas.stroke(spline([(112, 152), (150, 128), (184, 118)], closed=False), (46, 36, 52), 2.6)
    patch = spline([(90, 148), (120, 152), (118, 172), (104, 182), (89, 170)], steps=6)
    _part(canvas, patch, (64, 52, 74))
    canvas.fill(placed(star(4, 0.3), 104, 164, 8), _metal(looks))


def _witch_hat(canvas: Canvas, looks: Looks) -> None:
    color = dark(looks.cloth, 0.15)
    cone = spline(
        [(80, 96), (96, 52), (118, 22), (158, 6), (186, 22), (186, 22), (162, 24), (158, 52),
         (176, 96)], steps=6,
    )  # fmt: skip
    _part(canvas, cone, color)
    band = spline([(78, 96), (90, 74), (128, 66), (166, 74), (178, 96), (128, 88)], steps=6)
    _part(canvas, band, looks.accent)
    brim = spline(
        [(34, 104), (80, 86), (128, 82), (176, 86), (222, 104), (176, 108), (128, 100), (80, 108)]
    )
    _part(canvas, brim, color)
    _part(canvas, placed(star(5, 0.5), 156, 82, 10, 10), METAL[3][1], 1.2)


def _circlet(canvas: Canvas, looks: Looks) -> None:
    line = spline([(76, 116), (100, 112), (128, 122), (156, 112), (180, 116)], closed=False)
    canvas.stroke(line, _ink(METAL[3][1]), 4.4)
    canvas.stroke(line, METAL[3][1], 2.8)
    gem: list[Point] = [(128, 112), (135, 122), (128, 136), (121, 122)]
    _part(canvas, gem, looks.accent, 1.3)
    canvas.dot(126, 120, 1.6, clear(WHITE, 220))


def _feather(canvas: Canvas, looks: Looks) -> None:
    for turn, color in ((40, looks.accent), (62, light(looks.trim, 0.2))):
        plume = spline([(0, 0), (8, -16), (9, -36), (0, -54), (0, -54), (-7, -36), (-7, -16)])
        _part(canvas, placed(plume, 172, 98, 0.95, turn), color, 1.2)
        canvas.stroke(placed([(0, 4), (0, -46)], 172, 98, 0.95, turn), dark(color, 0.4), 1.2)
    _part(canvas, ellipse(172, 98, 5, 5), METAL[3][1], 1.2)


def _cat_ears(canvas: Canvas, looks: Looks) -> None:
    for side in (list, mirror):
        ear = spline(
            [(72, 102), (72, 102), (70, 66), (76, 42), (76, 42), (98, 54), (114, 72), (114, 72)]
        )
        _part(canvas, side(ear), looks.hair)
        inner = spline(
            [(79, 86), (79, 86), (78, 66), (81, 56), (81, 56), (94, 64), (101, 73), (101, 73)]
        )
        canvas.shade(side(inner), (255, 200, 200), (244, 150, 160))


def _leaf(canvas: Canvas, looks: Looks) -> None:
    for turn, size in ((50, 18), (96, 14), (10, 13)):
        x, y = placed([(0, -0.8)], 174, 92, size, turn)[0]
        _part(canvas, placed(LEAF, x, y, size, turn), (112, 184, 92), 1.2)
    for x, y in ((170, 94), (178, 98)):
        _part(canvas, ellipse(x, y, 4.4, 4.4), (226, 60, 76), 1)


def _beret(canvas: Canvas, looks: Looks) -> None:
    cap = spline(
        [(88, 92), (84, 64), (112, 44), (156, 42), (192, 60), (194, 84), (170, 92), (128, 78)]
    )
    _part(canvas, cap, looks.cloth)
    rim = spline(
        [(86, 94), (104, 78), (134, 72), (164, 80), (178, 94), (164, 90), (134, 82), (106, 88)]
    )
    _part(canvas, rim, dark(looks.cloth, 0.2))
    _part(canvas, placed(star(5, 0.5), 170, 70, 8), METAL[3][1], 1.1)


def _tiara(canvas: Canvas, looks: Looks) -> None:
    gold = METAL[max(2, looks.rarity)][1]
    crown: list[Point] = [
        (88, 92), (96, 68), (106, 80), (116, 60), (128, 44), (140, 60), (150, 80), (160, 68),
        (168, 92), (148, 82), (128, 78), (108, 82),
    ]  # fmt: skip
    _part(canvas, crown, gold)
    for x, y, r in ((128, 66, 5), (108, 78, 3), (148, 78, 3), (96, 72, 2), (160, 72, 2)):
        _part(canvas, ellipse(x, y, r, r * 1.2), looks.accent, 1)
    canvas.dot(126.6, 64, 1.4, clear(WHITE, 220))


def _glasses(canvas: Canvas, looks: Looks) -> None:
    frame = dark(looks.accent, 0.45)
    for side in (list, mirror):
        lens = spline([(88, 152), (104, 148), (120, 152), (119, 170), (106, 179), (91, 173)])
        canvas.fill(side(lens), clear((255, 255, 255), 40))
        canvas.outline(side(lens), frame, 2.4)
        canvas.stroke(side([(88, 156), (79, 154)]), frame, 2.2)
    canvas.stroke(spline([(119, 160), (128, 157), (137, 160)], closed=False), frame, 2.4)
    for x in (94, 142):
        canvas.stroke([(x, 166), (x + 7, 155)], clear(WHITE, 150), 2)


def _hairpin(canvas: Canvas, looks: Looks) -> None:
    for dy in (0, 9):
        pin: list[Point] = [(158, 112 + dy), (176, 104 + dy), (178, 109 + dy), (160, 117 + dy)]
        _part(canvas, pin, looks.accent, 1.2)
    _part(canvas, placed(star(5, 0.52), 165, 104, 9, 10), (255, 214, 96), 1.2)


def _headphones(canvas: Canvas, looks: Looks) -> None:
    band = arc(128, 128, 62, 70, 188, 352, 36)
    canvas.stroke(band, _ink(looks.cloth), 9.5)
    canvas.stroke(band, looks.cloth, 6.5)
    canvas.stroke(arc(128, 128, 63, 71, 215, 260, 14), clear(WHITE, 110), 2)
    for side in (list, mirror):
        cup = spline([(76, 120), (60, 126), (56, 146), (62, 166), (78, 168)], steps=6)
        _part(canvas, side(cup), looks.accent)
        _part(canvas, side(ellipse(64, 146, 6, 12)), light(looks.accent, 0.5), 1.2)


def _fox_mask(canvas: Canvas, looks: Looks) -> None:
    def at(points: list[Point]) -> list[Point]:
        return placed(points, 178, 92, 0.92, 30)

    face = spline(
        [(-26, -8), (-26, -8), (-27, -36), (-27, -36), (-10, -22), (10, -22), (27, -36), (27, -36),
         (26, -8), (26, -8), (18, 12), (0, 27), (-18, 12)], steps=6,
    )  # fmt: skip
    _part(canvas, at(face), (255, 252, 248))
    red = (214, 58, 70)
    for sign in (-1, 1):
        ear: list[Point] = [(sign * 23, -28), (sign * 13, -20), (sign * 23, -13)]
        canvas.fill(at(ear), red)
        eye = spline([(sign * 6, 0), (sign * 12, -6), (sign * 21, -7)], closed=False)
        canvas.fill(at(ribbon(eye, (1, 3.4, 1))), (54, 38, 60))
        for y in (8, 13):
            canvas.stroke(at([(sign * 9, y), (sign * 17, y - 3)]), red, 1.8)
    canvas.dot(*at([(0, 19)])[0], 2.4, (54, 38, 60))
    canvas.fill(at([(0, -20), (4, -12), (0, -4), (-4, -12)]), red)


def _mini_hat(canvas: Canvas, looks: Looks) -> None:
    def at(points: list[Point]) -> list[Point]:
        return placed(points, 164, 74, 1, 22)

    _part(canvas, at(ellipse(0, 0, 30, 8)), dark(looks.cloth, 0.2))
    crown: list[Point] = [(-18, -2), (-21, -34), (21, -34), (18, -2), (0, 3)]
    _part(canvas, at(crown), dark(looks.cloth, 0.1))
    _part(canvas, at([(-18, -2), (-19, -12), (19, -12), (18, -2), (0, 3)]), looks.accent, 1.2)
    _part(canvas, at(placed(HEART, 12, -9, 7)), light(looks.accent, 0.5), 1)


def _veil_crown(canvas: Canvas, looks: Looks) -> None:
    for i in range(7):
        x, y = arc(128, 122, 56, 54, 208, 332, 7)[i]
        for turn in range(5):
            petal = placed(ellipse(0, -0.6, 0.42, 0.55, 12), x, y, 8, turn * 72 + i * 20)
            canvas.fill(petal, (255, 246, 250) if i % 2 else light(looks.accent, 0.6))
        canvas.dot(x, y, 2.4, (255, 206, 96))


_ON_TOP: Mapping[str, Draw] = {
    "ribbon": _ribbon,
    "headband": _headband,
    "ponytail_cord": _cord,
    "horns": _horns,
    "flower": _flower,
    "eyepatch": _eyepatch,
    "witch_hat": _witch_hat,
    "circlet": _circlet,
    "feather": _feather,
    "cat_ears": _cat_ears,
    "leaf": _leaf,
    "beret": _beret,
    "tiara": _tiara,
    "glasses": _glasses,
    "hairpin": _hairpin,
    "headphones": _headphones,
    "fox_mask": _fox_mask,
    "mini_hat": _mini_hat,
    "veil": _veil_crown,
}
