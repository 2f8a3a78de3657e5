"""Reading one cell of a file: a value, or a `ValueError` that says what is wrong with it."""

import json
import re
import unicodedata
from collections.abc import Collection
from datetime import date
from typing import Any, cast
from urllib.parse import urlsplit

INT32_MAX = 2**31 - 1
LONGEST_URL = 2048
LONGEST_SHOWN = 60
NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# They turn the direction of everything behind them, so a name could be shown as another one.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(cell: str) -> str:
    """The text without what spreadsheets leave in it."""
    bare = cell.replace("_x000D_", "").replace("\r", "").replace("\t", " ")
    return unicodedata.normalize("NFC", bare).strip()


def is_blank(cell: str) -> bool:
    """Whether a cell that may be empty is; some tools write `nan` for nothing."""
    return clean(cell) in ("", "nan", "NaN")


def text(cell: str, longest: int, *, lines: bool = False) -> str:
    """A text of at most `longest` characters; only with `lines` on more than one line."""
    cleaned = clean(cell)
    worst = next(filter(is_forbidden, cleaned), None)
    if worst is not None:
        raise ValueError(f"has a character that is no text: {shown(worst)}")
    if "\n" in cleaned and not lines:
        raise ValueError("has a line break")
    if len(cleaned) > longest:
        raise ValueError(f"is longer than {longest} characters")
    return cleaned


def is_forbidden(letter: str) -> bool:
    """Whether the letter has no place in a text: NUL, control, half of a pair, turned direction."""
    if letter == "\n":
        return False
    return unicodedata.category(letter) in ("Cc", "Cs") or letter in BIDI_CONTROLS


def number(cell: str, low: float, high: float) -> float:
    """A number of this range."""
    cleaned = clean(cell)
    if not NUMBER.fullmatch(cleaned):
        raise ValueError(f"is not a number: {shown(cleaned)}")
    value = float(cleaned)
    if not low <= value <= high:
        raise ValueError(f"is not within {low:g} and {high:g}: {shown(cleaned)}")
    return value


def whole(cell: str, low: int, high: int = INT32_MAX) -> int:
    """A whole number of this range; `53.0` is one too, as some tools write whole numbers so."""
    value = number(cell, float("-inf"), float("inf"))
    if value != int(value):
        raise ValueError(f"is not a whole number: {shown(clean(cell))}")
    if not low <= value <= high:
        raise ValueError(f"is not within {low} and {high}: {shown(clean(cell))}")
    return int(value)


def url(cell: str) -> str:
    """An address of the web."""
    cleaned = text(cell, LONGEST_URL)
    parts = urlsplit(cleaned)
    # Reading the port checks it.
    is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    if parts.scheme not in ("http", "https") or not is_whole or re.search(r"[\s<>\"]", cleaned):
        raise ValueError(f"is not an http or https address: {shown(cleaned)}")
    return cleaned


def day(cell: str) -> date:
    """A date as `2000-12-31`."""
    cleaned = clean(cell)
    if not ISO_DATE.fullmatch(cleaned):
        raise ValueError(f"is not a date like 2000-12-31: {shown(cleaned)}")
    try:
        return date.fromisoformat(cleaned)
    except ValueError:
        raise ValueError(f"is not a day of the calendar: {shown(cleaned)}") from None


def one_of(value: str, allowed: Collection[str]) -> str:
    """One of the words of an enumeration."""
    if value not in allowed:
        raise ValueError(f"is none of {', '.join(allowed)}: {shown(value)}")
    return value


def decoded(cell: str) -> object:
    """What a cell of JSON holds."""
    try:
        return json.loads(cell, object_pairs_hook=unique_keys, parse_constant=no_constant)
    except json.JSONDecodeError as problem:
        raise ValueError(f"is not JSON: {problem.msg} at character {problem.pos + 1}") from None
    except RecursionError:
        raise ValueError("is not JSON: too deep") from None


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different; JSON itself would quietly take the last one."""
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"has {shown(twice[0])} twice")
    return dict(pairs)


def no_constant(word: str) -> Any:
    """JSON has no NaN and no infinity, though Python reads them."""
    raise ValueError(f"is not JSON: {word} is no number")


def an_object(value: object) -> dict[str, object]:
    """An object of JSON."""
    if not isinstance(value, dict):
        raise ValueError("is not an object")
    return cast("dict[str, object]", value)


def words(value: object, longest: int, most: int) -> tuple[str, ...]:
    """A list of different short texts."""
    if not isinstance(value, list):
        raise ValueError("is not a list")
    entries = cast("list[object]", value)
    if len(entries) > most:
        raise ValueError(f"has more than {most} entries")
    read = tuple(text(a_text(one), longest) for one in entries)
    if "" in read:
        raise ValueError("has an empty entry")
    if len(set(read)) < len(read):
        raise ValueError("has an entry twice")
    return read


def texts(value: object) -> dict[str, str]:
    """An object of texts."""
    return {name: a_text(one) for name, one in an_object(value).items()}


def a_text(value: object) -> str:
    """A text of JSON."""
    if not isinstance(value, str):
        raise ValueError(f"has an entry that is no text: {told(value)}")
    return value


def told(value: object) -> str:
    """A value of JSON short enough for a report; what is inside of it may be as deep as it likes."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return shown(value) if isinstance(value, str) else shown(json.dumps(value))


def shown(value: str) -> str:
    """A value short and harmless enough for a report."""
    start = value[:LONGEST_SHOWN]
    quoted = ascii(start) if any(is_forbidden(letter) for letter in start) else repr(start)
    return quoted if len(quoted) <= LONGEST_SHOWN else quoted[: LONGEST_SHOWN - 1] + "…"
