"""Neck, shoulders and what she wears."""

from collections.abc import Callable, Mapping, Sequence

from gateway_bot.render.canvas import Canvas, Point, ellipse, mirror, placed, ribbon, spline
from gateway_bot.render.expression import skin_shade
from gateway_bot.render.looks import Looks
from gateway_bot.render.palette import METAL, WHITE, Color, clear, dark, light, mix

_SHOULDER: list[Point] = [
    (114, 236), (98, 248), (70, 258), (54, 276), (46, 306), (42, 346), (42, 346), (100, 348),
]  # fmt: skip
BODY = spline([*_SHOULDER, *mirror(_SHOULDER)[::-1]], steps=6)
_NECK: list[Point] = [
    (115, 196), (115, 230), (104, 246), (128, 276), (152, 246), (141, 230), (141, 196),
]  # fmt: skip


def draw_body(canvas: Canvas, looks: Looks) -> None:
    """The body up to the chin; the head comes on top."""
    skin_ink = dark(mix(looks.skin, (168, 60, 60), 0.5), 0.28)
    canvas.inked(BODY, looks.skin, skin_ink)
    canvas.fill(_NECK, looks.skin)
    canvas.stroke(spline(_NECK[:3], closed=False), skin_ink)
    canvas.stroke(spline(_NECK[-3:], closed=False), skin_ink)
    shadow = spline([(115, 200), (116, 222), (128, 232), (141, 222), (141, 200), (128, 196)])
    canvas.fill(shadow, skin_shade(looks))
    for side in (list, mirror):
        collarbone = spline([(122, 252), (110, 250), (96, 253)], closed=False)
        canvas.fill(side(ribbon(collarbone, (1.6, 1.6, 0))), clear(skin_shade(looks), 220))
    _OUTFITS[looks.outfit](canvas, looks)


def _ink(color: Color) -> Color:
    return dark(color, 0.6)


def _piece(
    canvas: Canvas,
    points: Sequence[Point],
    color: Color,
    *,
    is_double: bool = False,
    width: float = 1.5,
) -> None:
    """One piece of cloth, or the same on both sides."""
    for side in (list, mirror) if is_double else (list,):
        shape = side(spline(points, steps=6))
        canvas.shade(shape, light(color, 0.1), dark(color, 0.2))
        canvas.outline(shape, _ink(color), width)


def _torso(
    canvas: Canvas, looks: Looks, neckline: Sequence[Point], color: Color | None = None
) -> None:
    """Cloth over the body with a neckline given from left to middle."""
    left: list[Point] = [(70, 257), (53, 275), (45, 306), (41, 346), (41, 346), (100, 350)]
    half = [*neckline[::-1], *left]
    shape = spline([*half, *mirror(half)[::-1]], steps=6)
    color = color or looks.cloth
    canvas.shade(shape, light(color, 0.12), dark(color, 0.28))
    with canvas.inside(shape):
        for side in (list, mirror):
            arm = spline([(72, 290), (78, 316), (76, 350)], closed=False)
            canvas.fill(side(ribbon(arm, (0, 3.2, 4))), clear(dark(color, 0.55), 130))
    canvas.outline(shape, _ink(color), 1.6)


def _button(canvas: Canvas, x: float, y: float, color: Color, radius: float = 3) -> None:
    canvas.dot(x, y, radius + 0.9, _ink(color))
    canvas.dot(x, y, radius, color)
    canvas.dot(x - radius * 0.3, y - radius * 0.3, radius * 0.35, light(color, 0.7))


def _bow(canvas: Canvas, x: float, y: float, size: float, color: Color) -> None:
    for sign in (-1, 1):
        tail = [(0, 0), (sign * 9, 10), (sign * 12, 26), (sign * 5, 21), (sign * 1, 26)]
        loop = [(0, 0), (sign * 10, -10), (sign * 22, -9), (sign * 23, 5), (sign * 12, 8)]
        for part in (tail, loop):
            shape = [(x + px * size, y + py * size) for px, py in spline(part, steps=5)]
            canvas.shade(shape, light(color, 0.18), dark(color, 0.16))
            canvas.outline(shape, _ink(color), 1.3)
    canvas.inked(ellipse(x, y, 5 * size, 6 * size), color, _ink(color), 1.3)


def _gem(canvas: Canvas, x: float, y: float, size: float, color: Color, metal: Color) -> None:
    canvas.inked(ellipse(x, y, 8 * size, 9 * size), metal, _ink(metal), 1.2)
    canvas.shade(ellipse(x, y, 5.4 * size, 6.4 * size), light(color, 0.5), dark(color, 0.25))
    canvas.dot(x - 1.6 * size, y - 2.2 * size, 1.5 * size, clear(WHITE, 220))


def _sailor(canvas: Canvas, looks: Looks) -> None:
    shirt = (250, 246, 248) if sum(looks.cloth) < 560 else (70, 76, 112)
    _torso(canvas, looks, [(100, 246), (128, 300)], shirt)
    flap = [(104, 242), (104, 242), (78, 254), (64, 284), (64, 284), (90, 296), (126, 304)]
    flap += [(126, 304), (108, 268)]
    _piece(canvas, [*flap, (104, 242)], looks.cloth, is_double=True)
    for side in (list, mirror):
        stripe = spline([(70, 281), (92, 290), (119, 298)], closed=False)
        canvas.stroke(side(stripe), looks.trim, 2)
    _bow(canvas, 128, 302, 1.05, looks.accent)


def _blazer(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(102, 243), (128, 262)], (250, 248, 250))
    tie = [(122, 264), (134, 264), (134, 264), (137, 316), (128, 328), (119, 316), (122, 264)]
    _piece(canvas, tie, looks.accent)
    canvas.stroke([(122, 292), (135, 284)], clear(looks.trim, 220), 3)
    canvas.stroke([(121, 308), (136, 299)], clear(looks.trim, 220), 3)
    knot: list[Point] = [(120, 256), (136, 256), (136, 256), (133, 269), (123, 269), (120, 256)]
    _piece(canvas, knot, looks.accent)
    collar = [(112, 236), (112, 236), (98, 246), (108, 268), (108, 268), (127, 256), (127, 256)]
    _piece(canvas, collar, (252, 250, 252), is_double=True)
    front = [(98, 246), (98, 246), (68, 257), (53, 275), (45, 306), (41, 348), (41, 348)]
    front += [(118, 350), (118, 350), (116, 318)]
    _piece(canvas, front, looks.cloth, is_double=True)
    lapel = [(97, 247), (97, 247), (84, 262), (90, 284), (90, 284), (98, 286), (118, 326)]
    _piece(canvas, [*lapel, (118, 326)], light(looks.cloth, 0.1), is_double=True)
    _gem(canvas, 80, 306, 0.8, looks.accent, METAL[3][1])


def _vest(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(102, 243), (128, 258)], (250, 246, 242))
    vest = [(92, 250), (92, 250), (82, 280), (74, 350), (74, 350), (128, 350), (128, 304)]
    _piece(canvas, [*vest, (128, 304)], looks.cloth, is_double=True)
    for y in (316, 334):
        _button(canvas, 128, y, METAL[3][1])
    collar = [(110, 238), (110, 238), (97, 248), (104, 270), (104, 270), (127, 258), (127, 258)]
    _piece(canvas, collar, (252, 250, 252), is_double=True)
    _bow(canvas, 128, 264, 0.8, looks.accent)


def _kimono(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(102, 244), (128, 290)])
    with canvas.inside(BODY):
        for x, y, r in ((66, 300, 11), (84, 330, 8), (188, 292, 10), (176, 326, 12), (56, 334, 6)):
            for turn in range(5):
                petal = _petal(x, y, r, turn * 72)
                canvas.fill(petal, clear(looks.trim, 210))
            canvas.dot(x, y, r * 0.22, looks.accent)
    under = [(108, 238), (108, 238), (98, 246), (118, 284), (150, 330), (150, 330), (140, 290)]
    _piece(canvas, mirror(under), looks.trim)
    over = [(106, 240), (106, 240), (92, 248), (110, 286), (142, 350), (142, 350), (156, 350)]
    over += [(156, 350), (130, 288)]
    _piece(canvas, mirror(over), light(looks.accent, 0.1))
    _piece(canvas, over, looks.trim)
    _piece(canvas, [(p[0] - 3, p[1] + 3) for p in over], looks.accent)


def _petal(x: float, y: float, size: float, degrees: float) -> list[Point]:
    return placed(spline([(0, 0), (4, -6), (0, -10), (-4, -6)], steps=5), x, y, size / 10, degrees)


def _armor(canvas: Canvas, looks: Looks) -> None:
    plain = METAL[looks.rarity][1]
    steel = mix(plain, (198, 206, 224), 0.55)
    _torso(canvas, looks, [(100, 246), (128, 262)], dark(looks.cloth, 0.1))
    plate = [(84, 264), (84, 264), (80, 300), (90, 350), (90, 350), (128, 352), (128, 274)]
    _piece(canvas, [*plate, (128, 274)], steel, is_double=True)
    for side in (list, mirror):
        crest = spline([(90, 280), (104, 296), (124, 300)], closed=False)
        canvas.stroke(side(crest), clear(dark(steel, 0.4), 160), 1.4)
    for i in (2, 1, 0):
        dx, dy = -i * 5.5, i * 15
        pad = [(90 + dx, 256 + dy), (66 + dx, 250 + dy), (46 + dx, 270 + dy), (44 + dx, 286 + dy)]
        pad += [(44 + dx, 286 + dy), (70 + dx, 282 + dy), (88 + dx, 280 + dy), (90 + dx, 256 + dy)]
        _piece(canvas, pad, steel, is_double=True)
        for side in (list, mirror):
            edge = spline([(46 + dx, 284 + dy), (68 + dx, 279 + dy), (86 + dx, 277 + dy)], False)
            canvas.stroke(side(edge), plain, 2.4)
    gorget = [(110, 236), (110, 236), (92, 250), (100, 268), (128, 276), (128, 276), (128, 258)]
    _piece(canvas, [*gorget, (114, 250)], light(steel, 0.25), is_double=True)
    _gem(canvas, 128, 276, 1.1, looks.accent, plain)


def _robe(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(102, 244), (128, 286)])
    panel = [(112, 262), (112, 262), (128, 292), (144, 262), (144, 262), (152, 352), (104, 352)]
    _piece(canvas, [*panel, (112, 262)], light(looks.trim, 0.1))
    for side in (list, mirror):
        hem = spline([(106, 258), (101, 300), (96, 350)], closed=False)
        canvas.stroke(side(hem), looks.trim, 4)
        canvas.stroke(side(hem), _ink(looks.cloth), 1)
    collar = [(112, 226), (112, 226), (90, 234), (78, 256), (78, 256), (102, 272), (124, 286)]
    _piece(canvas, [*collar, (124, 286), (110, 256)], dark(looks.cloth, 0.14), is_double=True)
    for side in (list, mirror):
        edge = spline([(90, 236), (81, 255), (103, 269), (122, 282)], closed=False)
        canvas.stroke(side(edge), looks.trim, 2)
    _gem(canvas, 128, 286, 1.2, looks.accent, METAL[3][1])


def _cape(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(102, 244), (128, 268)], mix(looks.cloth, (240, 232, 226), 0.72))
    strap: list[Point] = [(90, 252), (100, 248), (170, 350), (154, 350)]
    canvas.inked(strap, (134, 92, 66), (70, 42, 38), 1.3)
    cape = [(106, 240), (106, 240), (62, 254), (40, 290), (28, 350), (28, 350), (86, 350)]
    cape += [(86, 350), (96, 300), (122, 270), (122, 270)]
    _piece(canvas, cape, looks.cloth, is_double=True)
    scarf = [(106, 226), (92, 236), (88, 254), (104, 266), (128, 270), (152, 266), (168, 254)]
    scarf += [(164, 236), (150, 226), (140, 240), (128, 245), (116, 240)]
    _piece(canvas, scarf, looks.trim)
    for line in ([(96, 246), (112, 256), (136, 258)], [(160, 244), (146, 254), (124, 252)]):
        fold = ribbon(spline(line, closed=False), (0, 2, 0))
        canvas.fill(fold, clear(dark(looks.trim, 0.5), 160))
    _gem(canvas, 128, 268, 1, looks.accent, METAL[looks.rarity][1])


def _dress(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(76, 262), (100, 278), (128, 284)])
    for side in (list, mirror):
        for i in range(5):
            x, y = 60 + i * 15, 268 + (i * 5.4 if i < 4 else 19)
            frill = side(ellipse(x, y, 10, 8))
            canvas.inked(frill, light(looks.trim, 0.3), _ink(looks.trim), 1.2)
        sleeve = side(spline([(66, 262), (42, 270), (32, 296), (44, 312), (68, 302), (74, 280)]))
        canvas.shade(sleeve, light(looks.cloth, 0.2), dark(looks.cloth, 0.16))
        canvas.outline(sleeve, _ink(looks.cloth), 1.5)
    choker = spline([(115, 228), (128, 234), (141, 228), (141, 235), (128, 241), (115, 235)])
    canvas.inked(choker, looks.accent, _ink(looks.accent), 1.2)
    _gem(canvas, 128, 241, 0.62, light(looks.accent, 0.3), METAL[3][1])
    _bow(canvas, 128, 292, 1, looks.accent)


def _ruff(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(102, 244), (128, 262)])
    right = [(128, 262), (154, 244), (186, 257), (203, 275), (211, 306), (215, 350), (128, 350)]
    _piece(canvas, [(128, 262), *right, (128, 350)], looks.trim)
    for y in (300, 324):
        _button(canvas, 128, y, looks.accent, 5)
    for i in range(9):
        x = 76 + i * 13
        y = 262 - abs(i - 4) ** 1.6 * 1.9
        fold = spline(
            [(x - 9, y - 12), (x + 9, y - 12), (x + 12, y + 8), (x, y + 14), (x - 12, y + 8)]
        )
        canvas.shade(fold, (255, 255, 255), (214, 208, 226))
        canvas.outline(fold, (110, 96, 130), 1.2)
    _bow(canvas, 128, 258, 0.8, looks.accent)


def _coat(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(106, 238), (128, 250)])
    canvas.stroke([(128, 262), (128, 350)], _ink(looks.cloth), 1.6)
    gold = METAL[max(2, looks.rarity)][1]
    for side in (list, mirror):
        for y in (284, 304, 324):
            canvas.stroke(side([(106, y), (126, y + 2)]), gold, 2.6)
        pad = side(spline([(92, 252), (62, 252), (44, 272), (56, 280), (82, 272)]))
        canvas.shade(pad, light(gold, 0.4), dark(gold, 0.2))
        canvas.outline(pad, _ink(gold), 1.4)
        for i in range(6):
            x = 48 + i * 6.6
            canvas.stroke(side([(x, 279 - i * 1.2), (x - 1, 291 - i * 1.6)]), dark(gold, 0.2), 2.6)
        for y in (284, 304, 324):
            x = 106 if side is list else 150
            _button(canvas, x, y, gold, 2.6)
    collar = [(112, 226), (112, 226), (98, 236), (100, 258), (126, 268), (126, 268), (124, 250)]
    _piece(canvas, collar, light(looks.cloth, 0.12), is_double=True)
    sash: list[Point] = [(62, 262), (78, 255), (188, 350), (164, 350)]
    canvas.inked(sash, looks.accent, _ink(looks.accent), 1.3)


def _hoodie(canvas: Canvas, looks: Looks) -> None:
    hood = [(128, 218), (92, 216), (76, 234), (74, 256), (100, 268), (128, 272)]
    shape = spline([*hood, *mirror(hood)[::-1]], steps=6)
    _torso(canvas, looks, [(100, 246), (128, 268)])
    # The hood lies behind the neck, so the neck is drawn over it again.
    canvas.inked(shape, dark(looks.cloth, 0.32), _ink(looks.cloth), 1.5)
    canvas.fill([*_NECK[:3], (128, 266), *_NECK[-3:]], looks.skin)
    shadow = spline([(115, 200), (116, 222), (128, 232), (141, 222), (141, 200), (128, 196)])
    canvas.fill(shadow, skin_shade(looks))
    roll = [(110, 232), (88, 230), (74, 244), (80, 262), (104, 276), (128, 284), (128, 284)]
    roll += [(128, 266), (114, 254), (106, 242)]
    _piece(canvas, roll, light(looks.cloth, 0.08), is_double=True)
    for side in (list, mirror):
        cord = spline([(116, 276), (113, 296), (115, 316)], closed=False)
        canvas.stroke(side(cord), looks.trim, 3)
        canvas.stroke(side([(115, 312), (115, 320)]), METAL[2][1], 4)


def _capelet(canvas: Canvas, looks: Looks) -> None:
    _torso(canvas, looks, [(102, 244), (128, 262)], (250, 246, 246))
    cape = [(112, 236), (112, 236), (66, 254), (40, 286), (36, 318), (60, 328), (94, 330)]
    cape += [(126, 318), (126, 318), (127, 262), (127, 262)]
    _piece(canvas, cape, looks.cloth, is_double=True)
    for side in (list, mirror):
        hem = spline([(38, 310), (60, 319), (94, 321), (124, 310)], closed=False)
        canvas.stroke(side(hem), looks.trim, 4.5)
    collar = [(112, 234), (112, 234), (94, 244), (98, 264), (112, 270), (127, 260), (127, 260)]
    _piece(canvas, collar, light(looks.trim, 0.4), is_double=True)
    _bow(canvas, 128, 266, 0.86, looks.accent)


_OUTFITS: Mapping[str, Callable[[Canvas, Looks], None]] = {
    "sailor": _sailor,
    "blazer": _blazer,
    "vest": _vest,
    "kimono": _kimono,
    "armor": _armor,
    "robe": _robe,
    "cape": _cape,
    "dress": _dress,
    "ruff": _ruff,
    "coat": _coat,
    "hoodie": _hoodie,
    "capelet": _capelet,
}
