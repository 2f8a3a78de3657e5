"""The picture of a journey: who went, every encounter of it, and what it came to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from gateway_bot.render import text
from gateway_bot.render.canvas import Canvas, Point, arc, placed
from gateway_bot.render.card import CardFace, display_name, portrait
from gateway_bot.render.coin import draw_currency
from gateway_bot.render.emblem import HEART, draw_stars, star_centers, star_shape
from gateway_bot.render.frame import card_mask, rounded
from gateway_bot.render.motif import SPARK
from gateway_bot.render.page import (
    GOLD,
    MARGIN,
    QUIET_TONE,
    TITLE_TONE,
    draw_panel,
    evening,
    part_of,
    shortened,
    to_jpeg,
    write_title,
)
from gateway_bot.render.palette import STAR_COLORS, WHITE, Color, clear, dark, light

PAGE_WIDTH = 1080
COLUMNS, ROWS = 4, 7
STOP_LIMIT = COLUMNS * ROWS
"""The most encounters in one picture; a longer journey ends in a tile that counts the rest."""
STOP_WIDTH, STOP_HEIGHT, STOP_GAP = 248, 124, 12
PARTY_LIMIT, TIERS = 3, 5
PARTY_TOP, PARTY_HEIGHT = 96, 112
STOPS_TOP = PARTY_TOP + PARTY_HEIGHT + 18
END_HEIGHT = 116
PORTRAIT_SCALE = 0.27
WHOLE = 10_000
"""Shares and rolls are in hundredths of a percent."""

_OUTCOMES: Mapping[str, Color] = {
    "perfect": GOLD,
    "great_success": (255, 214, 110),
    "success": (126, 214, 146),
    "failure": (168, 170, 190),
    "mishap": (240, 104, 112),
    "skipped": (134, 128, 160),
}
_SHARES: Sequence[Color] = tuple(
    _OUTCOMES[key] for key in ("great_success", "success", "failure", "mishap")
)
_FORTUNES: Sequence[Color] = ((240, 104, 112), (214, 150, 130), (150, 160, 196), GOLD)
_LOST: Color = (255, 150, 150)
_CHANGED: Color = (170, 214, 255)


@dataclass(frozen=True, slots=True)
class Gain:
    """Something that was found or lost."""

    words: str
    coin: str = ""
    """crystals, quartzs or daphine, drawn before the words; empty for whatever is no currency."""


@dataclass(frozen=True, slots=True)
class StopFace:
    """One encounter."""

    number: int
    kind: str
    """STANDARD, GATED, BOON or HAZARD."""
    name: str
    outcome: str
    """great_success, success, failure, mishap or skipped; it chooses the colour."""
    outcome_label: str
    check: str = ""
    """The stat that was asked for, and what stood against what."""
    shares: tuple[int, ...] = ()
    """Great success, success, failure, mishap; empty where nothing was rolled."""
    roll: int = 0
    gains: tuple[Gain, ...] = ()
    losses: tuple[Gain, ...] = ()
    change: str = ""
    """What is different from here on."""


@dataclass(frozen=True, slots=True)
class HomeFace:
    """Somebody of the party, and how she came home."""

    card: CardFace
    final_hp: int
    final_mp: int


@dataclass(frozen=True, slots=True)
class JourneyFace:
    """A whole expedition that is over."""

    name: str
    tier: int
    """Stars of the difficulty, 1 to 5."""
    outcome: str
    """perfect, great_success, success or failure."""
    outcome_label: str
    tally: str
    members: tuple[HomeFace, ...]
    stops: tuple[StopFace, ...]
    rewards: tuple[Gain, ...]
    fortune: str
    """What luck did at the end, in a few words."""
    luck_shares: tuple[int, ...] = ()
    """Catastrophe, setback, standard, jackpot."""
    luck_roll: int = 0

    def __post_init__(self) -> None:
        if len(self.members) > PARTY_LIMIT:
            raise ValueError(f"a party has at most {PARTY_LIMIT} members, not {len(self.members)}")


def journey_strip(face: JourneyFace, photos: Mapping[int, bytes] | None = None) -> bytes:
    """The journey as JPEG: the party, a strip of encounters in rows, and the end."""
    page = evening(page_size(len(face.stops))).copy()
    _lay_heading(page, face)
    for i, member in enumerate(face.members):
        _lay_member(page, i, member, (photos or {}).get(member.card.waifu_id))
    _lay_trail(page, len(places(len(face.stops))))
    shown, more = _shown(face.stops)
    for stop, at in zip(shown, places(len(face.stops)), strict=False):
        _lay_stop(page, stop, at)
    if more:
        _lay_more(page, more, places(len(face.stops))[-1])
    _lay_end(page, face)
    return to_jpeg(page)


def page_size(count: int) -> tuple[int, int]:
    """The size of the picture of so many encounters."""
    rows = -(-min(max(count, 1), STOP_LIMIT) // COLUMNS)
    return PAGE_WIDTH, STOPS_TOP + rows * (STOP_HEIGHT + STOP_GAP) + END_HEIGHT + MARGIN + 2


def places(count: int) -> list[tuple[int, int]]:
    """Where the encounters lie, row by row: their upper left corners."""
    return [
        (
            MARGIN + i % COLUMNS * (STOP_WIDTH + STOP_GAP),
            STOPS_TOP + i // COLUMNS * (STOP_HEIGHT + STOP_GAP),
        )
        for i in range(min(count, STOP_LIMIT))
    ]


def _shown(stops: Sequence[StopFace]) -> tuple[Sequence[StopFace], int]:
    """The encounters that find a place, and how many are left to the log."""
    if len(stops) <= STOP_LIMIT:
        return stops, 0
    return stops[: STOP_LIMIT - 1], len(stops) - STOP_LIMIT + 1


# The heading and the party.


def _lay_heading(page: Image.Image, face: JourneyFace) -> None:
    color = _OUTCOMES.get(face.outcome, QUIET_TONE)
    label, size = text.fit(face.outcome_label, 230, 22, 14, text.BLACK)
    width = round(text.width(label, size, text.BLACK)) + 44
    left = PAGE_WIDTH - MARGIN - width
    with part_of(page, left, 22, width, 42) as canvas:
        pill = rounded(1, 1, width - 2, 40, 20)
        canvas.shade(pill, light(color, 0.35), dark(color, 0.12))
        canvas.outline(pill, clear(WHITE, 150), 1.4)
    text.write(page, left + width / 2, 51, label, size, (38, 22, 60), weight=text.BLACK, align=0.5)
    write_title(page, MARGIN + 6, 52, face.name, left - 2 * MARGIN)
    tally, size = text.fit(face.tally, PAGE_WIDTH - 320, 18, 12)
    text.write(page, PAGE_WIDTH - MARGIN - 4, 84, tally, size, QUIET_TONE, align=1)
    with part_of(page, MARGIN, 62, 150, 30) as canvas:
        centers = star_centers(TIERS, 66, 15, 23)
        for x, y in centers[face.tier :]:
            canvas.outline(star_shape(x, y, 8), clear(QUIET_TONE, 150), 1.2)
        draw_stars(canvas, centers[: face.tier], 9, STAR_COLORS[3])


def _lay_member(page: Image.Image, index: int, member: HomeFace, photo: bytes | None) -> None:
    width = (PAGE_WIDTH - 2 * MARGIN - 2 * STOP_GAP) // PARTY_LIMIT
    left = MARGIN + index * (width + STOP_GAP)
    with part_of(page, left, PARTY_TOP, width, PARTY_HEIGHT) as canvas:
        draw_panel(canvas, 0, 0, width, PARTY_HEIGHT)
        level = min(member.card.stars, len(STAR_COLORS) - 1)
        centers = star_centers(member.card.stars, 92 + member.card.stars * 10, 58, 20)
        draw_stars(canvas, centers, 8, STAR_COLORS[level])
        canvas.shade(placed(HEART, 102, 88, 10), (255, 160, 170), (226, 70, 104))
        canvas.shade(placed(SPARK, 213, 89, 3.2), (190, 226, 255), (80, 140, 240))
    picture = portrait(member.card, PORTRAIT_SCALE, photo)
    page.paste(picture, (left + 10, PARTY_TOP + 10), card_mask(picture.size, 9))
    name, size = text.fit(display_name(member.card), width - 104, 20, 12, text.BLACK)
    text.write(page, left + 92, PARTY_TOP + 36, name, size, TITLE_TONE, weight=text.BLACK)
    for x, number, unit in ((118, member.final_hp, "HP"), (228, member.final_mp, "MP")):
        words, size = text.fit(f"{number:,} {unit}", 86, 17, 11, text.BLACK)
        text.write(page, left + x, PARTY_TOP + 95, words, size, WHITE, weight=text.BLACK)


# The encounters.


def _lay_trail(page: Image.Image, count: int) -> None:
    """The way from one encounter to the next, behind them."""
    for (x, y), (next_x, _) in zip(places(count), places(count)[1:], strict=False):
        if next_x > x:
            with part_of(page, x + STOP_WIDTH - 2, y + 52, STOP_GAP + 4, 20) as canvas:
                canvas.fill([(3, 3), (13, 10), (3, 17)], clear(GOLD, 230))


def _lay_stop(page: Image.Image, stop: StopFace, at: tuple[int, int]) -> None:
    color = _OUTCOMES.get(stop.outcome, QUIET_TONE)
    x, y = at
    with part_of(page, x, y, STOP_WIDTH, STOP_HEIGHT) as canvas:
        draw_panel(canvas, 0, 0, STOP_WIDTH, STOP_HEIGHT)
        canvas.outline(rounded(1, 1, STOP_WIDTH - 2, STOP_HEIGHT - 2, 13), clear(color, 190), 1.6)
        canvas.fill(rounded(4, 14, 5, STOP_HEIGHT - 28, 2.5), color)
        _draw_kind(canvas, stop.kind, 30, 31)
        if stop.shares:
            _draw_roll(canvas, stop.shares, stop.roll, (16, 68, STOP_WIDTH - 32, 9), _SHARES)
    _write_stop(page, stop, color, x, y)
    _write_haul(page, stop, x + 16, y)


def _write_stop(page: Image.Image, stop: StopFace, color: Color, x: int, y: int) -> None:
    right = x + STOP_WIDTH - 14
    number, size = f"{stop.number}", 15
    text.write(page, right, y + 28, number, size, QUIET_TONE, weight=text.BLACK, align=1)
    limit = STOP_WIDTH - 76 - text.width(number, size, text.BLACK)
    name, size = text.fit(stop.name, limit, 17, 13, text.BLACK)
    text.write(page, x + 52, y + 29, name, size, TITLE_TONE, weight=text.BLACK)
    label, size = text.fit(stop.outcome_label, 90 if stop.check else 150, 15, 11, text.BLACK)
    text.write(page, x + 52, y + 50, label, size, color, weight=text.BLACK)
    if stop.check:
        room = STOP_WIDTH - 76 - text.width(label, size, text.BLACK)
        check, size = text.fit(stop.check, room, 14, 11)
        text.write(page, right, y + 50, check, size, QUIET_TONE, align=1)
    if stop.change:
        change, size = text.fit(stop.change, STOP_WIDTH - 32, 15, 11)
        text.write(page, x + 16, y + 78, change, size, _CHANGED)


def _write_haul(page: Image.Image, stop: StopFace, x: int, y: int) -> None:
    """What was found and what was lost: currencies in a line, things in the next one."""
    coins = [gain for gain in stop.gains if gain.coin]
    things = [gain for gain in stop.gains if not gain.coin]
    found = [coins, things] if not stop.losses else [[*coins, *things]]
    lines = [(gains, WHITE, "") for gains in found if gains]
    lines += [(stop.losses, _LOST, "\N{MINUS SIGN}")] if stop.losses else []
    base = y + (102 if len(lines) == 1 else 96)
    for gains, tone, sign in lines:
        _write_gains(page, gains, x, base, STOP_WIDTH - 30, 15, tone, sign)
        base += 19


def _lay_more(page: Image.Image, more: int, at: tuple[int, int]) -> None:
    x, y = at
    with part_of(page, x, y, STOP_WIDTH, STOP_HEIGHT) as canvas:
        draw_panel(canvas, 0, 0, STOP_WIDTH, STOP_HEIGHT)
    middle = x + STOP_WIDTH / 2
    text.write(page, middle, y + 62, f"+{more}", 32, TITLE_TONE, weight=text.BLACK, align=0.5)
    text.write(page, middle, y + 88, "more in the log", 16, QUIET_TONE, align=0.5)


def _draw_roll(
    canvas: Canvas,
    shares: Sequence[int],
    roll: int,
    box: tuple[float, float, float, float],
    colors: Sequence[Color],
) -> None:
    """The shares side by side, and a needle where the dice fell."""
    x, y, width, height = box
    begun = 0
    with canvas.inside(rounded(x, y, width, height, height / 2)):
        for share, color in zip(shares, colors, strict=False):
            left, right = x + width * begun / WHOLE, x + width * (begun + share) / WHOLE
            canvas.fill([(left, y), (right, y), (right, y + height), (left, y + height)], color)
            begun += share
    at = x + width * min(max(roll, 1), WHOLE) / WHOLE
    needle: list[Point] = [(at - 5, y - 7), (at + 5, y - 7), (at + 1.2, y), (at + 1.2, y + height)]
    canvas.inked([*needle, (at - 1.2, y + height), (at - 1.2, y)], WHITE, (30, 16, 52), 1.2)


def _write_gains(
    page: Image.Image,
    gains: Sequence[Gain],
    x: float,
    y: float,
    limit: float,
    size: int,
    tone: Color,
    sign: str = "",
) -> None:
    """Jewels and words in a line, as many as it holds; what does not fit is counted."""
    end = x + limit
    for i, gain in enumerate(gains):
        left = len(gains) - i - 1
        room = end - x - (34 if left else 0) - (size + 8 if gain.coin else 0)
        words, fitted = text.fit(sign + gain.words, max(room, 30), size, size - 4, text.BLACK)
        if i and room < text.width(sign + gain.words, size - 4, text.BLACK):
            rest = f"+{left + 1}"
            text.write(page, x, y, rest, size, QUIET_TONE, weight=text.BLACK)
            return
        x = _write_gain(page, gain.coin, words, fitted, x, y, tone, size)


def _write_gain(
    page: Image.Image,
    coin: str,
    words: str,
    fitted: int,
    x: float,
    y: float,
    tone: Color,
    size: int,
) -> float:
    """One of them; where the next one begins."""
    if coin:
        radius, edge = size * 0.5, round(size * 1.3)
        left, top = round(x + radius) - edge, round(y - size * 0.36) - edge
        with part_of(page, left, top, 2 * edge, 2 * edge) as canvas:
            draw_currency(canvas, coin, edge, edge, radius)
        x += size + 6
    text.write(page, x, y, words, fitted, tone, weight=text.BLACK)
    return x + text.width(words, fitted, text.BLACK) + size * 0.8


# The end.


def _lay_end(page: Image.Image, face: JourneyFace) -> None:
    top, width = page.height - END_HEIGHT - MARGIN + 8, PAGE_WIDTH - 2 * MARGIN
    middle = round(width * 0.62)
    with part_of(page, MARGIN, top, width, END_HEIGHT) as canvas:
        draw_panel(canvas, 0, 0, width, END_HEIGHT)
        if face.luck_shares:
            box = (middle + 20, 72, width - middle - 44, 12)
            _draw_roll(canvas, face.luck_shares, face.luck_roll, box, _FORTUNES)
    text.write(page, MARGIN + 20, top + 34, "Brought home", 18, QUIET_TONE, weight=text.BLACK)
    coins = [gain for gain in face.rewards if gain.coin]
    things = [gain for gain in face.rewards if not gain.coin]
    base = top + (66 if coins and things else 76)
    for row, size in ((coins, 26), (things, 19)):
        if row:
            _write_gains(page, row, MARGIN + 20, base, middle - 40, size, TITLE_TONE)
            base += 34
    left = MARGIN + middle + 20
    text.write(page, left, top + 34, "Luck on the way home", 18, QUIET_TONE, weight=text.BLACK)
    fortune, size = text.fit(face.fortune, width - middle - 44, 18, 12, text.BLACK)
    text.write(page, left, top + 58, fortune, size, TITLE_TONE, weight=text.BLACK)


# Signs of what is met.

Draw = Callable[[Canvas, float, float], None]


def _draw_kind(canvas: Canvas, kind: str, x: float, y: float) -> None:
    """The sign of a type of encounter, in a coin."""
    color, draw = _KINDS.get(kind, _KINDS["STANDARD"])
    canvas.dot(x, y, 16, dark(color, 0.5))
    canvas.dot(x, y, 14.4, color)
    draw(canvas, x, y)


def _trial(canvas: Canvas, x: float, y: float) -> None:
    blade: list[Point] = [(0, -1), (0.16, -0.76), (0.16, 0.3), (-0.16, 0.3), (-0.16, -0.76)]
    hilt: list[Point] = [(-0.5, 0.3), (0.5, 0.3), (0.5, 0.48), (0.12, 0.48), (0.12, 0.95),
                         (-0.12, 0.95), (-0.12, 0.48), (-0.5, 0.48)]  # fmt: skip
    for turn in (45, -45):
        canvas.fill(placed(blade, x, y, 10, turn), WHITE)
        canvas.fill(placed(hilt, x, y, 10, turn), (255, 236, 190))


def _gate(canvas: Canvas, x: float, y: float) -> None:
    door = [*arc(x, y - 1, 7, 8, 180, 360), (x + 7, y + 9), (x - 7, y + 9)]
    canvas.fill(door, WHITE)
    canvas.dot(x, y, 2.6, (70, 50, 120))
    canvas.fill([(x - 1.2, y), (x + 1.2, y), (x + 2.2, y + 6.4), (x - 2.2, y + 6.4)], (70, 50, 120))


def _boon(canvas: Canvas, x: float, y: float) -> None:
    canvas.fill(star_shape(x, y, 10), WHITE)


def _hazard(canvas: Canvas, x: float, y: float) -> None:
    canvas.fill([(x, y - 10), (x + 10, y + 7.4), (x - 10, y + 7.4)], WHITE)
    canvas.fill([(x - 1.7, y - 4.6), (x + 1.7, y - 4.6), (x + 1, y + 2), (x - 1, y + 2)], _ALARM)
    canvas.dot(x, y + 4.6, 1.5, _ALARM)


_ALARM: Color = (190, 60, 70)
_KINDS: Mapping[str, tuple[Color, Draw]] = {
    "STANDARD": ((120, 108, 196), _trial),
    "GATED": ((96, 150, 196), _gate),
    "BOON": ((226, 170, 60), _boon),
    "HAZARD": (_ALARM, _hazard),
}


def alt_text(face: JourneyFace) -> str:
    """The journey in words, for those who hear it; never longer than Discord allows."""
    party = ", ".join(text.clean(display_name(one.card))[:60] for one in face.members)
    stops = "; ".join(
        f"{stop.number}. {text.clean(stop.name)[:60]}, {stop.outcome_label}" for stop in face.stops
    )
    brought = ", ".join(f"{gain.words} {gain.coin}".strip() for gain in face.rewards)
    parts = (
        f"{text.clean(face.name)[:80]}: {face.outcome_label}.",
        f"With {party}." if party else "",
        f"Brought home: {brought}." if brought else "",
        f"{face.fortune}.",
        f"On the way: {stops}." if stops else "",
    )
    return shortened(" ".join(part for part in parts if part))
