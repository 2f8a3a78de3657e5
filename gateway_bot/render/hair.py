"""Hair: a shape behind the body, one before the face, and what hangs between them."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from random import Random

from gateway_bot.render.canvas import Canvas, Point, ellipse, mirror, ribbon, spline
from gateway_bot.render.looks import Looks
from gateway_bot.render.palette import clear, dark, light

CROWN: Point = (128, 74)

_CAP: list[Point] = [
    (76, 156), (70, 126), (75, 94), (96, 69), (128, 61), (160, 69), (181, 94), (186, 126),
    (180, 156),
]  # fmt: skip

Edge = list[Point]
"""The lower end of the bangs from right to left: valley, tip, valley, tip … valley."""


def draw_back(canvas: Canvas, looks: Looks) -> None:
    """The hair behind the body."""
    _BACK[looks.back_hair](canvas, looks)


def draw_before_body(canvas: Canvas, looks: Looks) -> None:
    """The hair that hangs over the shoulders."""
    if looks.back_hair == "braids":
        for side in (list, mirror):
            _braid(canvas, looks, side)


def front_shape(looks: Looks) -> list[Point]:
    """The outline of the hair before the forehead."""
    return spline([*_CAP, *_locks(_BANGS[looks.bangs](Random(looks.seed)))], steps=6)  # noqa: S311


def draw_front(canvas: Canvas, looks: Looks) -> None:
    """The hair before the face: side locks, bangs, shine."""
    for side in (list, mirror):
        _side_lock(canvas, looks, side)
    if looks.has_ahoge:
        _ahoge(canvas, looks)
    shape = front_shape(looks)
    canvas.shade(shape, light(looks.hair, 0.12), _low(looks))
    with canvas.inside(shape):
        _strands(canvas, looks)
        _shine(canvas, looks)
    canvas.outline(shape, _ink(looks), 1.5)


def _ink(looks: Looks) -> tuple[int, ...]:
    return dark(looks.hair, 0.62)


def _low(looks: Looks) -> tuple[int, ...]:
    """The colour at the end of the bangs; coloured tips belong to long hair."""
    return dark(looks.hair, 0.16)


def _locks(edge: Edge) -> list[Point]:
    """The edge with pointed ends and rounded sides."""
    line: list[Point] = []
    for i, (a, b) in enumerate(pairwise(edge)):
        is_down = i % 2 == 0
        # Both sides of a lock bend the same way, as if combed.
        x, y = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
        line += [a, a, (x + (2.2 if is_down else -1.2), y + 2)]
    return [*line, edge[-1], edge[-1]]


def _edge(tips: Sequence[Point], valleys: Sequence[float], depth_x: float = 0.5) -> Edge:
    """Tips from right to left with valleys of the given heights between them."""
    edge: Edge = [(178, valleys[0])]
    for i, (a, b) in enumerate(pairwise(tips)):
        edge += [a, (a[0] + (b[0] - a[0]) * depth_x, valleys[(i + 1) % len(valleys)])]
    return [*edge, tips[-1], (78, valleys[-1])]


def _straight(dice: Random) -> Edge:
    xs = (171, 157, 142, 127, 113, 99, 86)
    return _edge([(x, 149 + dice.uniform(-3, 2)) for x in xs], (142, 134, 131, 133, 130, 134, 142))


def _hime(_: Random) -> Edge:
    return _edge([(x, 146) for x in (172, 156, 140, 124, 108, 92, 84)], (143, 142, 141.5, 142))


def _swept(_: Random) -> Edge:
    return [
        (179, 150), (174, 172), (168, 140), (160, 158), (148, 128), (140, 150), (122, 112),
        (114, 138), (102, 100), (88, 158), (78, 150),
    ]  # fmt: skip


def _parted(_: Random) -> Edge:
    return [
        (179, 150), (174, 170), (168, 140), (161, 155), (150, 120), (140, 143), (128, 94),
        (116, 143), (106, 120), (95, 155), (88, 140), (82, 170), (77, 150),
    ]  # fmt: skip


def _curtain(_: Random) -> Edge:
    return [
        (179, 152), (176, 178), (169, 150), (163, 162), (128, 88), (93, 162), (87, 150),
        (80, 178), (77, 152),
    ]  # fmt: skip


def _spiky(dice: Random) -> Edge:
    tips = [(174, 164), (160, 146), (148, 160), (130, 145), (114, 158), (98, 144), (84, 164)]
    tips = [(x + dice.uniform(-2, 2), y + dice.uniform(-3, 1)) for x, y in tips]
    return _edge(tips, (146, 126, 118, 114, 116, 120, 146))


def _messy(dice: Random) -> Edge:
    tips = [
        (x + dice.uniform(-5, 5), dice.uniform(140, 158)) for x in (172, 158, 140, 124, 106, 88)
    ]
    return _edge(tips, (146, 130, 122, 118, 124, 146), dice.uniform(0.3, 0.7))


def _forehead(_: Random) -> Edge:
    return [
        (179, 152), (173, 168), (164, 122), (150, 108), (138, 103), (129, 137), (126, 102),
        (106, 108), (92, 122), (83, 168), (77, 152),
    ]  # fmt: skip


_BANGS: Mapping[str, Callable[[Random], Edge]] = {
    "straight": _straight,
    "swept": _swept,
    "parted": _parted,
    "spiky": _spiky,
    "curtain": _curtain,
    "hime": _hime,
    "messy": _messy,
    "forehead": _forehead,
}


def _strands(canvas: Canvas, looks: Looks) -> None:
    """Lines from the ends of the bangs up towards the crown."""
    edge = _BANGS[looks.bangs](Random(looks.seed))  # noqa: S311
    shadow = clear(dark(looks.hair, 0.4), 150)
    for x, y in edge[2:-1:2]:
        top = (x + (CROWN[0] - x) * 0.42, y + (CROWN[1] - y) * 0.62)
        bend = ((x + top[0]) / 2 + (x - 128) * 0.12, (y + top[1]) / 2)
        canvas.fill(ribbon(spline([(x, y), bend, top], closed=False), (2.6, 1.6, 0)), shadow)


def _shine(canvas: Canvas, looks: Looks) -> None:
    """The ring of light that says: this is an anime."""
    dice = Random(looks.seed + 1)  # noqa: S311
    # Dark hair shines less, or it would look grey.
    glow = clear(light(looks.hair, 0.3 + sum(looks.hair) / 2400), 165)
    for i in range(15):
        x = 86 + i * 6
        y = 98 + ((x - 128) / 46) ** 2 * 22
        half = dice.uniform(3, 8) * (1.25 if abs(x - 128) < 34 else 0.7)
        lean = (x - 128) * 0.1
        line = [(x - lean * half / 8, y - half), (x, y), (x + lean * half / 8, y + half)]
        canvas.fill(ribbon(spline(line, closed=False, steps=4), (0, 6.6, 0)), glow)


def _ahoge(canvas: Canvas, looks: Looks) -> None:
    line = spline([(128, 72), (124, 56), (133, 43), (148, 43)], closed=False)
    shape = ribbon(line, (5, 5, 3.5, 0))
    canvas.inked(shape, light(looks.hair, 0.06), _ink(looks), 1.3)


Side = Callable[[list[Point]], list[Point]]


def _side_lock(canvas: Canvas, looks: Looks, side: Side) -> None:
    end = 162 + looks.side_lock
    if looks.bangs == "hime":
        corners: list[Point] = [(73, 118), (72, 160), (73, 196), (74, 206), (74, 206)]
        corners += [(93, 208), (93, 208), (94, 180), (95, 140)]
    else:
        corners = [(74, 118), (71, 150), (74, end - 22), (83, end), (83, end)]
        corners += [(91, end - 30), (92, 158), (93, 130)]
    shape = side(spline(corners, steps=6))
    low = looks.hair_tip if looks.side_lock > 40 else _low(looks)
    canvas.shade(shape, looks.hair, low)
    strand = spline([(81, 130), (79, 160), (83, end - 10)], closed=False)
    canvas.fill(side(ribbon(strand, (0, 2, 0))), clear(dark(looks.hair, 0.4), 140))
    canvas.outline(shape, _ink(looks), 1.4)


def _mass(canvas: Canvas, looks: Looks, shape: list[Point], low: bool = True) -> None:
    """Hair in the back: darker, with its ends in the colour of the tips."""
    bottom = dark(looks.hair_tip, 0.08) if low else dark(looks.hair, 0.3)
    canvas.shade(shape, dark(looks.hair, 0.3), bottom, dark(looks.hair, 0.2))
    canvas.outline(shape, _ink(looks), 1.5)


def _lines(canvas: Canvas, looks: Looks, lines: Sequence[Sequence[Point]]) -> None:
    for line in lines:
        for side in (list, mirror):
            stroke = ribbon(spline(side([*line]), closed=False), (0, 2, 2, 0))
            canvas.fill(stroke, clear(dark(looks.hair, 0.5), 130))


def _both(half: list[Point]) -> list[Point]:
    """A shape from its left half, given from top to bottom."""
    return spline([*half, *mirror(half)[::-1]], steps=6)


def _long(canvas: Canvas, looks: Looks) -> None:
    half: list[Point] = [
        (100, 76), (72, 106), (62, 160), (50, 220), (40, 280), (30, 332), (30, 332), (48, 318),
        (52, 350), (52, 350), (110, 352),
    ]  # fmt: skip
    _mass(canvas, looks, _both(half))
    _lines(canvas, looks, [[(70, 150), (62, 210), (52, 270), (46, 310)], [(78, 200), (68, 330)]])


def _wavy(canvas: Canvas, looks: Looks) -> None:
    half: list[Point] = [
        (100, 74), (68, 104), (58, 140), (64, 168), (46, 196), (52, 226), (32, 254), (42, 284),
        (22, 314), (34, 334), (30, 350), (30, 350), (110, 352),
    ]  # fmt: skip
    _mass(canvas, looks, _both(half))
    _lines(
        canvas,
        looks,
        [[(68, 150), (60, 196), (56, 240), (44, 300)], [(76, 190), (66, 240), (64, 300)]],
    )


def _bob(canvas: Canvas, looks: Looks) -> None:
    half: list[Point] = [
        (100, 74), (70, 104), (61, 150), (60, 192), (68, 216), (84, 226), (84, 226), (110, 214),
    ]  # fmt: skip
    _mass(canvas, looks, _both(half), low=False)
    _lines(canvas, looks, [[(68, 150), (66, 190), (76, 216)]])


def _short(canvas: Canvas, looks: Looks) -> None:
    half: list[Point] = [
        (100, 74), (72, 104), (65, 140), (62, 176), (56, 194), (56, 194), (70, 190), (68, 210),
        (68, 210), (86, 200), (110, 204),
    ]  # fmt: skip
    _mass(canvas, looks, _both(half), low=False)


def _tail_base(canvas: Canvas, looks: Looks) -> None:
    half: list[Point] = [(100, 74), (74, 104), (68, 150), (76, 196), (96, 214), (110, 214)]
    _mass(canvas, looks, _both(half), low=False)


def _twintails(canvas: Canvas, looks: Looks) -> None:
    tail: list[Point] = [
        (80, 92), (52, 92), (30, 130), (18, 190), (16, 250), (30, 310), (30, 310), (34, 280),
        (48, 322), (48, 322), (58, 250), (56, 190), (64, 140), (80, 112),
    ]  # fmt: skip
    for side in (list, mirror):
        _mass(canvas, looks, side(spline(tail, steps=6)))
    _lines(canvas, looks, [[(60, 104), (38, 150), (32, 220), (38, 290)], [(66, 116), (46, 200)]])
    _tail_base(canvas, looks)
    for side in (list, mirror):
        shape = side(ellipse(72, 101, 8, 10))
        canvas.inked(shape, looks.accent, dark(looks.accent, 0.5))


def _ponytail(canvas: Canvas, looks: Looks) -> None:
    tail: list[Point] = [
        (146, 74), (176, 50), (212, 66), (234, 120), (236, 190), (222, 250), (214, 296),
        (214, 296), (206, 262), (194, 280), (194, 280), (198, 200), (196, 140), (172, 100),
    ]  # fmt: skip
    shape = spline(tail, steps=6)
    _mass(canvas, looks, shape)
    for line in (
        [(172, 74), (206, 96), (220, 160), (212, 250)],
        [(170, 84), (200, 130), (208, 200)],
    ):
        stroke = ribbon(spline(line, closed=False), (0, 2, 2, 0))
        canvas.fill(stroke, clear(dark(looks.hair, 0.5), 130))
    _tail_base(canvas, looks)


def _buns(canvas: Canvas, looks: Looks) -> None:
    for side in (list, mirror):
        canvas.shade(side(ellipse(78, 80, 22, 21)), light(looks.hair, 0.06), dark(looks.hair, 0.3))
        canvas.outline(side(ellipse(78, 80, 22, 21)), _ink(looks), 1.5)
        curl = spline([(66, 90), (64, 74), (78, 66), (90, 76), (82, 88), (74, 82)], closed=False)
        canvas.fill(side(ribbon(curl, (0, 2, 2, 0))), clear(dark(looks.hair, 0.5), 150))
    _bob(canvas, looks)


def _braids(canvas: Canvas, looks: Looks) -> None:
    _tail_base(canvas, looks)


def _braid(canvas: Canvas, looks: Looks, side: Side) -> None:
    for i in range(7):
        y, x = 200 + i * 17, 76 - i * 1.2
        size = 1 - i * 0.06
        tone = dark(looks.hair, 0.06 + 0.05 * (i % 2))
        for sign in (-1, 1):
            bead = spline(
                [
                    (x, y - 7 * size), (x + sign * 11 * size, y - 3 * size),
                    (x + sign * 9 * size, y + 8 * size), (x, y + 11 * size),
                ],
                steps=6,
            )  # fmt: skip
            canvas.inked(side(bead), tone, _ink(looks), 1.3)
    tuft = spline([(62, 322), (60, 345), (60, 345), (76, 345), (76, 345), (74, 322)])
    canvas.inked(side(tuft), looks.hair_tip, _ink(looks), 1.3)
    canvas.inked(side(ellipse(68, 320, 9, 6)), looks.accent, dark(looks.accent, 0.5), 1.3)


def _drills(canvas: Canvas, looks: Looks) -> None:
    _bob(canvas, looks)
    for side in (list, mirror):
        for i in range(7, -1, -1):
            y, size = 152 + i * 19, (0.78 if i == 0 else 1.06 - i * 0.08)
            x = 56 - i * 1.6
            coil = spline(
                [
                    (x - 21 * size, y - 4), (x - 6, y - 13), (x + 19 * size, y - 10),
                    (x + 21 * size, y + 4), (x + 2, y + 15), (x - 17 * size, y + 13),
                ],
                steps=6,
            )  # fmt: skip
            canvas.shade(side(coil), light(looks.hair, 0.1), dark(looks.hair_tip, 0.26))
            canvas.outline(side(coil), _ink(looks), 1.4)


_BACK: Mapping[str, Callable[[Canvas, Looks], None]] = {
    "long": _long,
    "wavy": _wavy,
    "bob": _bob,
    "twintails": _twintails,
    "ponytail": _ponytail,
    "short": _short,
    "braids": _braids,
    "buns": _buns,
    "drills": _drills,
}
