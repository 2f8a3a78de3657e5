"""Reading one value of JSON: what it means, or a `ValueError` that says what is wrong with it."""

import json
import re
import unicodedata
from collections.abc import Callable, Collection
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar, cast

LONGEST_ID = 64
LONGEST_NAME = 255
LONGEST_WORD = 100
LONGEST_TEXT = 1000
LONGEST_SHOWN = 60
ID = re.compile(r"[A-Za-z0-9]+([_-][A-Za-z0-9]+)*")
TAG = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
# Both keep a number from growing beyond all memory.
DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9])?")
LONGEST_WHOLE = 15
# They turn the direction of everything behind them, so a name could be shown as another one.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

T = TypeVar("T")


def decoded(source: bytes) -> object:
    """What an entry of a file holds; numbers stay exact."""
    try:
        return json.loads(
            source.decode(),
            object_pairs_hook=unique_keys,
            parse_int=whole_of,
            parse_float=decimal_of,
            parse_constant=no_constant,
        )
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except json.JSONDecodeError as problem:
        raise ValueError(f"is not JSON: {problem.msg} at character {problem.pos + 1}") from None
    except RecursionError:
        raise ValueError("is not JSON: too deep") from None


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that comes twice could mean either of its values."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"has the key {shown(key)} twice")
        found[key] = value
    return found


def whole_of(digits: str) -> int:
    """A whole number that fits into every column."""
    if len(digits) > LONGEST_WHOLE:
        raise ValueError(f"has a number that is too long: {shown(digits)}")
    return int(digits)


def decimal_of(digits: str) -> Decimal:
    """A number with a point, exactly as it is written."""
    if not DECIMAL.fullmatch(digits):
        raise ValueError(f"has a number that is too long: {shown(digits)}")
    return Decimal(digits)


def no_constant(word: str) -> None:
    """`NaN` and `Infinity` are no JSON."""
    raise ValueError(f"is not JSON: {word} is no number")


def an_object(value: object) -> dict[str, Any]:
    """An object of JSON."""
    if not isinstance(value, dict):
        raise ValueError(f"is not an object: {told(value)}")
    return cast("dict[str, Any]", value)


def whole(low: int, high: int) -> Callable[[object], int]:
    """Reads a whole number of this range; true and 73.0 are none."""

    def read(value: object) -> int:
        if type(value) is not int:
            raise ValueError(f"is not a whole number: {told(value)}")
        if not low <= value <= high:
            raise ValueError(f"is not within {low} and {high}: {told(value)}")
        return value

    return read


def amount(low: Fraction, high: Fraction) -> Callable[[object], Fraction]:
    """Reads an exact number of this range, but not nothing."""

    def read(value: object) -> Fraction:
        if type(value) is not int and not isinstance(value, Decimal):
            raise ValueError(f"is not a number: {told(value)}")
        exact = Fraction(value)
        if exact == 0:
            raise ValueError("is 0 and would do nothing")
        if not low <= exact <= high:
            raise ValueError(f"is not within {low} and {high}: {told(value)}")
        return exact

    return read


def text(longest: int, *, lines: bool = False) -> Callable[[object], str]:
    """Reads a text of at most `longest` characters; only with `lines` on more than one line."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"is no text: {told(value)}")
        cleaned = unicodedata.normalize("NFC", value.strip())
        if not cleaned:
            raise ValueError("is empty")
        worst = next((one for one in cleaned if is_forbidden(one, lines=lines)), None)
        if worst is not None:
            raise ValueError(f"has a character that is no text: {shown(worst)}")
        if len(cleaned) > longest:
            raise ValueError(f"is longer than {longest} characters")
        return cleaned

    return read


name = text(LONGEST_NAME)
word = text(LONGEST_WORD)
prose = text(LONGEST_TEXT, lines=True)


def is_forbidden(letter: str, *, lines: bool) -> bool:
    """Whether the letter has no place in a text: control, half of a pair, turned direction."""
    if letter == "\n" and lines:
        return False
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in BIDI_CONTROLS


def an_id(value: object) -> str:
    """What names an entry for ever."""
    read = text(LONGEST_ID)(value)
    if not ID.fullmatch(read):
        raise ValueError(f"is not letters and digits with single _ or - between: {told(value)}")
    return read


def a_tag(value: object) -> str:
    """A word that holds templates and encounters together."""
    read = text(LONGEST_ID)(value)
    if not TAG.fullmatch(read):
        raise ValueError(f"is not small letters and digits with single _ between: {told(value)}")
    return read


def one_of(allowed: Collection[str]) -> Callable[[object], str]:
    """Reads one of the words of an enumeration."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"is none of {', '.join(allowed)}: {told(value)}")
        return value

    return read


def series_id(value: object) -> str:
    """The number of a series, as text."""
    return str(whole(1, 2**31 - 1)(value))


def listed(
    read: Callable[[object], T], least: int, most: int, *, unique: bool = True
) -> Callable[[object], tuple[T, ...]]:
    """Reads a list of this many things."""

    def read_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValueError(f"is not a list: {told(value)}")
        items = cast("list[object]", value)
        if not least <= len(items) <= most:
            raise ValueError(f"does not have {least} to {most} entries but {len(items)}")
        found = tuple(placed(read, place, item) for place, item in enumerate(items, 1))
        if unique and len(set(found)) < len(found):
            twice = next(one for one in found if found.count(one) > 1)
            raise ValueError(f"has {shown(str(twice))} twice")
        return found

    return read_all


def one_or_more(read: Callable[[object], T], most: int) -> Callable[[object], tuple[T, ...]]:
    """Reads a list, or the only thing of one."""
    read_all = listed(read, 1, most)
    return lambda value: read_all(cast("object", value) if isinstance(value, list) else [value])


def placed(read: Callable[[object], T], place: int, item: object) -> T:
    """One thing of a list; what is wrong with it comes with its place."""
    try:
        return read(item)
    except ValueError as problem:
        raise ValueError(f"entry {place} {problem}") from None


def told(value: object) -> str:
    """A value of JSON short enough for a report; what is inside of it may be as deep as it likes."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return shown(value if isinstance(value, str) else json.dumps(value, default=str))


def shown(value: str) -> str:
    """A value short and harmless enough for a report."""
    start = value[:LONGEST_SHOWN]
    is_bad = any(is_forbidden(letter, lines=True) for letter in start)
    quoted = ascii(start) if is_bad else repr(start)
    return quoted if len(quoted) <= LONGEST_SHOWN else quoted[: LONGEST_SHOWN - 1] + "…"
