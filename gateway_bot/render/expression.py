"""The face: skin, eyes with their lights, brows, mouth."""

from collections.abc import Callable, Mapping

from gateway_bot.render.canvas import Canvas, Point, arc, ellipse, mirror, moved, ribbon, spline
from gateway_bot.render.hair import front_shape
from gateway_bot.render.looks import Looks
from gateway_bot.render.palette import WHITE, Color, clear, dark, light, mix

EYE_X, EYE_Y = 151.5, 162
SHUT = "shut"
"""The eyes of somebody who laughs; nobody is born with them."""

_HALF_HEAD: list[Point] = [
    (128, 84), (160, 92), (176, 124), (175, 158), (168, 180), (152, 198), (136, 209), (128, 211),
]  # fmt: skip
HEAD = spline([*_HALF_HEAD, *mirror(_HALF_HEAD)[-2:0:-1]], steps=6)

_RIM: Mapping[str, list[Point]] = {
    "round": [(-13, 4), (-10, -8), (0, -14), (10, -10), (14, 0), (11, 10), (1, 14), (-9, 11)],
    "sharp": [(-13, 5), (-8, -6), (2, -11), (12, -9), (16, -3), (11, 8), (1, 12), (-9, 10)],
    "soft": [(-13, 1), (-9, -10), (1, -13), (10, -8), (14, 4), (10, 11), (0, 13), (-9, 9)],
    "wide": [(-13, 2), (-9, -11), (1, -16), (11, -11), (14, 0), (10, 12), (0, 15), (-9, 11)],
}
_TOP: Mapping[str, list[Point]] = {
    "round": [(-14, 4), (-11, -8), (0, -15), (11, -11), (15, -1), (18, -3)],
    "sharp": [(-14, 5), (-9, -7), (2, -12), (13, -10), (17, -4), (21, -8)],
    "soft": [(-14, 1), (-10, -11), (1, -14), (11, -9), (15, 3), (18, 5)],
    "wide": [(-14, 2), (-10, -12), (1, -17), (12, -12), (15, -1), (18, -5)],
}


def skin_shade(looks: Looks) -> Color:
    """Skin in the shadow: warmer, not greyer."""
    return mix(looks.skin, (214, 104, 110), 0.32)


def draw_head(canvas: Canvas, looks: Looks) -> None:
    """The head without hair."""
    for side in (list, mirror):
        ear = side(spline([(80, 156), (73, 154), (72, 168), (80, 180), (84, 176)], steps=6))
        canvas.inked(ear, looks.skin, _skin_ink(looks), 1.3)
    canvas.fill(HEAD, looks.skin)
    with canvas.inside(HEAD):
        canvas.fill(moved(front_shape(looks), 1.5, 6), clear(skin_shade(looks), 215))
        canvas.fill(mirror(_CHEEK_SHADE), clear(skin_shade(looks), 90))
        _blush(canvas, looks)
        _mark(canvas, looks)
    canvas.outline(HEAD, _skin_ink(looks), 1.4)
    _nose(canvas, looks)
    _MOUTHS[looks.mouth](canvas, looks)


_CHEEK_SHADE = spline([(82, 150), (86, 180), (104, 200), (128, 214), (92, 206), (74, 180)])


def _skin_ink(looks: Looks) -> Color:
    return dark(mix(looks.skin, (168, 60, 60), 0.5), 0.28)


def _blush(canvas: Canvas, looks: Looks) -> None:
    for x in (95, 161):
        for radius, share in ((13, 0.35), (9.5, 0.4), (6, 0.45)):
            shape = ellipse(x, 182, radius, radius * 0.52)
            canvas.fill(shape, clear((255, 118, 118), int(looks.blush * share)))
    if looks.blush > 100:
        for x in (92, 97, 159, 164):
            canvas.stroke([(x + 1, 180), (x - 1, 184)], clear((240, 96, 104), 150), 1)


def _mark(canvas: Canvas, looks: Looks) -> None:
    if looks.mark == "mole":
        canvas.dot(163, 184, 1.5, dark(looks.skin, 0.7))
    elif looks.mark == "freckles":
        for x, y in ((92, 177), (98, 179), (104, 177), (152, 177), (158, 179), (164, 177)):
            canvas.dot(x, y, 1.1, clear((176, 100, 70), 190))
    elif looks.mark == "bandage":
        strip: list[Point] = [(153, 181), (167, 185), (166, 190), (152, 186)]
        canvas.inked(strip, (255, 244, 226), (190, 150, 130), 1)
    elif looks.mark == "tear":
        tear = spline([(163, 178), (163, 178), (167, 187), (163, 191), (159, 187)], steps=6)
        canvas.inked(tear, (196, 232, 255), (104, 160, 222), 1)
        canvas.dot(161.8, 186.5, 1.2, WHITE)


def _nose(canvas: Canvas, looks: Looks) -> None:
    line = spline([(127, 180), (129.5, 183.5), (126.5, 184.5)], closed=False)
    canvas.fill(ribbon(line, (0.6, 1.8, 0.6)), _skin_ink(looks))


def draw_eyes(canvas: Canvas, looks: Looks) -> None:
    """Both eyes and brows; the light comes from the same side in both."""
    if looks.eye_shape == SHUT:
        for side in (list, mirror):
            _shut_eye(canvas, looks, side)
            _brow(canvas, looks, side)
        return
    _eye(canvas, looks, EYE_X, 1, looks.eyes)
    _eye(canvas, looks, 256 - EYE_X, -1, looks.eyes_left)
    for side in (list, mirror):
        _brow(canvas, looks, side)


def _eye(canvas: Canvas, looks: Looks, x: float, sign: int, color: Color) -> None:
    def at(points: list[Point]) -> list[Point]:
        return [(x + px * sign, EYE_Y + py) for px, py in points]

    rim = at(spline(_RIM[looks.eye_shape], steps=6))
    canvas.fill(rim, WHITE)
    with canvas.inside(rim):
        canvas.fill(at(ellipse(0, -13, 18, 9)), (214, 206, 226))
        _iris(canvas, x - 0.8 * sign, EYE_Y + 0.5, color)
    lash = dark(mix(looks.hair, (40, 22, 40), 0.6), 0.35)
    top = spline(_TOP[looks.eye_shape], closed=False)
    canvas.fill(at(ribbon(top, (1.4, 3.8, 4.6, 5, 3.8, 0))), lash)
    flick = spline([*_TOP[looks.eye_shape][-3:-1], (17, 6)], closed=False)
    canvas.fill(at(ribbon(flick, (0, 3, 0))), lash)
    low = spline([(12, 9), (5, 13.5), (-4, 13.5)], closed=False)
    canvas.fill(at(ribbon(low, (1, 1.5, 0))), clear(lash, 190))
    canvas.outline(rim, clear(lash, 70), 0.9)
    crease = spline([(-8, -16), (2, -20), (12, -16)], closed=False)
    canvas.fill(at(ribbon(crease, (0, 1.3, 0))), clear(_skin_ink(looks), 190))


def _shut_eye(canvas: Canvas, looks: Looks, side: Callable[[list[Point]], list[Point]]) -> None:
    """An eye that laughs: only its lashes, in a bow."""
    lash = dark(mix(looks.hair, (40, 22, 40), 0.6), 0.35)
    bow = spline([(138, 168), (143, 159), (152, 155), (161, 159), (166, 168)], closed=False)
    canvas.fill(side(ribbon(bow, (1.2, 4, 5, 4, 1.2))), lash)
    for tip in ((168, 160), (170, 165)):
        canvas.fill(side(ribbon([(162, 162), tip], (2.6, 0))), lash)


def _iris(canvas: Canvas, x: float, y: float, color: Color) -> None:
    canvas.fill(ellipse(x, y, 10.6, 13), dark(color, 0.66))
    canvas.shade(ellipse(x, y, 9.4, 11.8), dark(color, 0.55), light(color, 0.4), color)
    canvas.fill(ellipse(x, y + 0.5, 4, 5.6), dark(color, 0.8))
    canvas.fill(arc(x, y + 1, 7.6, 9.6, 30, 150), clear(light(color, 0.66), 150))
    canvas.fill(ellipse(x, y - 10.5, 10, 6), clear(dark(color, 0.8), 110))
    canvas.fill(ellipse(x - 3.8, y - 5.6, 3.7, 4.4), WHITE)
    canvas.dot(x + 4.4, y + 5.2, 2, clear(WHITE, 235))
    canvas.dot(x - 4.2, y + 6.4, 1, clear(WHITE, 170))


def _brow(canvas: Canvas, looks: Looks, side: Callable[[list[Point]], list[Point]]) -> None:
    tilt = looks.brow * 3.2
    line = spline(
        [(140, 139 + tilt), (152, 134 - abs(tilt) * 0.2), (164, 138 - tilt)], closed=False
    )
    canvas.fill(side(ribbon(line, (2.6, 2.8, 0.8))), clear(dark(looks.hair, 0.5), 225))


def _smile(canvas: Canvas, looks: Looks) -> None:
    line = spline([(120, 193), (124, 196.4), (132, 196.4), (136, 193)], closed=False)
    canvas.fill(ribbon(line, (0.8, 2, 2, 0.8)), _lips(looks))
    canvas.stroke([(126, 201.5), (130, 201.5)], clear(_skin_ink(looks), 120), 1)


def _open(canvas: Canvas, looks: Looks) -> None:
    shape = spline(
        [(117, 191), (117, 191), (128, 193), (139, 191), (139, 191), (134, 200), (122, 200)]
    )
    canvas.fill(shape, (150, 40, 56))
    with canvas.inside(shape):
        canvas.fill(ellipse(128, 203, 8, 6), (244, 128, 128))
        canvas.fill([(116, 189), (140, 189), (138, 193.5), (118, 193.5)], WHITE)
    canvas.outline(shape, _lips(looks), 1.3)


def _cat(canvas: Canvas, looks: Looks) -> None:
    line = [(117, 191), (122.5, 196), (128, 192), (128, 192), (133.5, 196), (139, 191)]
    canvas.fill(ribbon(spline(line, closed=False), (0.8, 2, 1.8, 2, 0.8)), _lips(looks))


def _small(canvas: Canvas, looks: Looks) -> None:
    line = spline([(123, 194), (128, 195.4), (133, 194)], closed=False)
    canvas.fill(ribbon(line, (1, 2.4, 1)), _lips(looks))


def _smirk(canvas: Canvas, looks: Looks) -> None:
    line = spline([(120, 195.5), (127, 197), (134, 195), (139, 190.5)], closed=False)
    canvas.fill(ribbon(line, (0.6, 2, 2, 1)), _lips(looks))
    tooth: list[Point] = [(132, 195.6), (135.6, 194), (134.6, 198)]
    canvas.fill(tooth, WHITE)


def _frown(canvas: Canvas, looks: Looks) -> None:
    line = spline([(119, 198), (124, 194), (132, 194), (137, 198)], closed=False)
    canvas.fill(ribbon(line, (0.8, 2.2, 2.2, 0.8)), _lips(looks))


def _pout(canvas: Canvas, looks: Looks) -> None:
    line = spline([(121, 196), (126, 194.6), (131, 195.4), (136, 194.4)], closed=False)
    canvas.fill(ribbon(line, (0.8, 2, 2, 0.8)), _lips(looks))


def _laugh(canvas: Canvas, looks: Looks) -> None:
    shape = spline(
        [(113, 188), (113, 188), (128, 191), (143, 188), (143, 188), (137, 202), (128, 205),
         (119, 202)]
    )  # fmt: skip
    canvas.fill(shape, (150, 40, 56))
    with canvas.inside(shape):
        canvas.fill(ellipse(128, 206, 10, 7), (244, 128, 128))
        canvas.fill([(110, 186), (146, 186), (142, 192), (114, 192)], WHITE)
    canvas.outline(shape, _lips(looks), 1.3)


def _lips(looks: Looks) -> Color:
    return dark(mix(looks.skin, (190, 40, 60), 0.7), 0.22)


_MOUTHS: Mapping[str, Callable[[Canvas, Looks], None]] = {
    "smile": _smile,
    "open": _open,
    "cat": _cat,
    "small": _small,
    "smirk": _smirk,
    "frown": _frown,
    "pout": _pout,
    "laugh": _laugh,
}
