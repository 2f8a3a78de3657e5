"""Words on pictures: fonts with a fallback for every letter, and names that always fit."""

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gateway_bot.render.palette import Color

ELLIPSIS = "…"
LENGTH_LIMIT = 200

_FILES = (
    # Latin, Cyrillic, Vietnamese: round and friendly; its weight can be chosen.
    ("fontpkg_nunito", "files/Nunito[wght].ttf", True),
    # Kana, kanji, hanzi, hangul.
    ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf", False),
)

BOLD, BLACK = 750, 900


@lru_cache(maxsize=1)
def font_files() -> tuple[tuple[str, bool], ...]:
    """The font files that are installed, in the order of preference."""
    found = []
    for package, name, is_variable in _FILES:
        try:
            file = resources.files(package).joinpath(name)
        except ModuleNotFoundError:
            continue
        if file.is_file():
            found.append((str(file), is_variable))
    return tuple(found)


@lru_cache(maxsize=128)
def chain(size: int, weight: int) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, ...]:
    """The fonts in one size; Pillow's own when none is installed."""
    fonts = []
    for path, is_variable in font_files():
        font = ImageFont.truetype(path, size)
        if is_variable:
            font.set_variation_by_axes([weight])
        fonts.append(font)
    return tuple(fonts) or (ImageFont.load_default(size),)


def clean(text: str) -> str:
    """The text on one line, without letters that cannot be seen."""
    seen = (
        letter
        for letter in text[: 2 * LENGTH_LIMIT]
        if letter.isspace() or not unicodedata.category(letter).startswith("C")
    )
    return unicodedata.normalize("NFC", " ".join("".join(seen).split()))[:LENGTH_LIMIT]


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """Neighbouring letters of one font, with the number of that font in the chain."""
    for index, letters in groupby(text, _font_for):
        yield index, "".join(letters)


@lru_cache(maxsize=4096)
def _font_for(letter: str) -> int:
    """The first font that has the letter; the first of all when none has it."""
    for index, (path, _) in enumerate(font_files()):
        if ord(letter) in letters_of(path):
            return index
    return 0


def width(text: str, size: int, weight: int = BOLD) -> float:
    """How wide the text is drawn."""
    fonts = chain(size, weight)
    return sum(fonts[index].getlength(letters) for index, letters in _runs(text))


@lru_cache(maxsize=1024)
def fit(text: str, limit: float, size: int, smallest: int, weight: int = BOLD) -> tuple[str, int]:
    """The text and the size in which it fits: first smaller letters, then fewer."""
    text = clean(text)
    while size > smallest and width(text, size, weight) > limit:
        size -= 1
    if width(text, size, weight) <= limit:
        return text, size
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(_cut(text, middle), size, weight) <= limit:
            low = middle
        else:
            high = middle - 1
    return _cut(text, low), size


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip() + ELLIPSIS


def write(
    image: Image.Image,
    x: float,
    y: float,
    text: str,
    size: int,
    color: Color,
    *,
    weight: int = BOLD,
    align: float = 0,
    shadow: Color | None = None,
) -> None:
    """Writes on a baseline; `align` is 0 for left of x, 0.5 for centred, 1 for right."""
    pen = ImageDraw.Draw(image)
    fonts = chain(size, weight)
    x -= width(text, size, weight) * align
    for index, letters in _runs(text):
        font = fonts[index]
        if shadow:
            pen.text((x, y + max(1, size / 14)), letters, shadow, font, anchor="ls")
        pen.text((x, y), letters, color, font, anchor="ls")
        x += font.getlength(letters)


@lru_cache(maxsize=8)
def letters_of(path: str) -> frozenset[int]:
    """The code points a font file has glyphs for, from its table `cmap`."""
    data = Path(path).read_bytes()
    count = struct.unpack_from(">H", data, 4)[0]
    tables = {
        data[at : at + 4]: struct.unpack_from(">I", data, at + 8)[0]
        for at in range(12, 12 + 16 * count, 16)
    }
    cmap = tables[b"cmap"]
    found: set[int] = set()
    for i in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        start = cmap + struct.unpack_from(">I", data, cmap + 8 + 8 * i)[0]
        layout = struct.unpack_from(">H", data, start)[0]
        if layout == 4:
            found.update(_format_4(data, start))
        elif layout == 12:
            found.update(_format_12(data, start))
    return frozenset(found)


def _format_12(data: bytes, start: int) -> Iterator[int]:
    for i in range(struct.unpack_from(">I", data, start + 12)[0]):
        first, last, _ = struct.unpack_from(">III", data, start + 16 + 12 * i)
        yield from range(first, last + 1)


def _format_4(data: bytes, start: int) -> Iterator[int]:
    size = struct.unpack_from(">H", data, start + 6)[0]
    for at in range(0, size, 2):
        last = struct.unpack_from(">H", data, start + 14 + at)[0]
        first = struct.unpack_from(">H", data, start + 16 + size + at)[0]
        delta = struct.unpack_from(">H", data, start + 16 + 2 * size + at)[0]
        place = start + 16 + 3 * size + at
        offset = struct.unpack_from(">H", data, place)[0]
        for code in range(first, last + 1):
            glyph = code + delta
            if offset:
                glyph = struct.unpack_from(">H", data, place + offset + 2 * (code - first))[0]
            if glyph & 0xFFFF and code != 0xFFFF:
                yield code
