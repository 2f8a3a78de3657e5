"""How a query that is being typed could go on."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from services.collection.catalog.rules.catalog import fold
from services.collection.search.rules.index import Index
from services.collection.search.rules.keys import KEYS, SORTS, WORDS, Key, Kind
from services.collection.search.rules.language import QUOTES, QueryError
from services.collection.search.rules.query import read

LONGEST = 100
"""Letters of a suggestion: what Discord takes as a choice."""
LONGEST_NAME = 60
"""Of a value; a series is also found by the beginning of its name."""
CATALOG_KEYS = ("element", "archetype", "genre", "medium", "series")

LAST_WORD = re.compile(r'(?:^|(?<=\s))([^\s"“”„]*)$')
LAST_PHRASE = re.compile(r'(?:^|(?<=\s))["“”„]([^"“”„]*)$')
LAST_TERM = re.compile(
    r"""(?:^|(?<=\s))(?P<key>-?[^\W\d_][\w-]*)(?P<operator>\s*(?:>=|<=|[:=<>])\s*)
    (?P<values>(?:(?:["“”„][^"“”„]*["“”„]|[^\s"“”„|,]+)\s*[|,]\s*)*)
    (?P<value>["“”„]?(?:(?<=["“”„])[^"“”„]*|[^\s"“”„|,]*))$""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A whole query, and what its end means."""

    query: str
    meaning: str


def suggest(text: str, index: Index, count: int) -> list[Suggestion]:
    """The first ways to go on: keys, then values. Where the beginning is no query, only what is wrong."""
    typed = unicodedata.normalize("NFKC", text)
    kept, ends = ends_of(typed, index)
    try:
        read(kept)
    except QueryError as error:
        return [Suggestion(typed[:LONGEST], str(error)[:LONGEST])] if count else []
    whole = (Suggestion(kept + end.query, end.meaning) for end in ends)
    short = (one for one in whole if len(one.query) <= LONGEST)
    return [*islice(dict.fromkeys(short), count)]


def ends_of(typed: str, index: Index) -> tuple[str, Iterator[Suggestion]]:
    """What stays as it was typed, and what may come behind it."""
    if term := LAST_TERM.search(typed):
        return typed[: term.start()], values_of(term, index)
    if phrase := LAST_PHRASE.search(typed):
        return typed[: phrase.start()], iter([Suggestion(f'"{phrase[1]}"', "words of a name")])
    if word := LAST_WORD.search(typed):
        return typed[: word.start()], words_of(word[1], index)
    return f"{typed} ", words_of("", index)


def values_of(term: re.Match[str], index: Index) -> Iterator[Suggestion]:
    """The values of a key that fit what was typed of one."""
    key = WORDS.get(term["key"].removeprefix("-").casefold())
    if key is None:
        return
    before = term["key"] + term["operator"] + term["values"]
    wanted = fold(term["value"].lstrip(QUOTES).removeprefix("-"))
    minus = "-" if key.kind is Kind.SORT and term["value"].startswith("-") else ""
    for option in fitting(wanted, options_of(key, index), is_loose=True):
        yield Suggestion(before + minus + option.value, option.meaning)


def words_of(typed: str, index: Index) -> Iterator[Suggestion]:
    """Keys that begin with a word, then values that have a word like it."""
    minus, wanted = ("-" if typed.startswith("-") else ""), fold(typed.removeprefix("-"))
    for word, key in WORDS.items():
        if word.startswith(wanted) and (wanted or word == key.name):
            # A minus is part of an order already.
            sign = "" if key.kind is Kind.SORT else minus
            yield Suggestion(sign + key.example, f"{key.name}: {key.meaning}")
    for name in CATALOG_KEYS if wanted else ():
        for option in fitting(wanted, options_of(KEYS[name], index), is_loose=False):
            yield Suggestion(f"{minus}{name}:{option.value}", option.meaning)


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a key can have."""

    value: str
    meaning: str
    folded: str


def options_of(key: Key, index: Index) -> Iterator[Option]:
    """Every value of a key that is worth proposing."""
    match key.kind:
        case Kind.NUMBER:
            yield from (Option(str(one), key.meaning, str(one)) for one in key.usual)
        case Kind.WORD:
            for entry in index.entries.get(key.name, ()):
                meaning = f"{key.name}: {len(entry.waifu_ids)} waifus"
                yield Option(quoted(entry.shown), meaning, entry.folded)
        case Kind.ANSWER:
            yield from (Option(answer, key.meaning, answer) for answer in ("yes", "no"))
        case Kind.SORT:
            yield from (Option(name, meaning, name) for name, meaning in SORTS.items())


def fitting(wanted: str, options: Iterable[Option], *, is_loose: bool) -> Iterator[Option]:
    """Those that begin with a text, then those with a word that does; loosely, that have it at all."""
    later: list[Option] = []
    for option in options:
        if option.folded.startswith(wanted):
            yield option
        elif f" {wanted}" in option.folded or (is_loose and wanted in option.folded):
            later.append(option)
    yield from later


def quoted(name: str) -> str:
    """A name as a value: without quotes inside, in quotes when it has more than one word."""
    bare = re.sub(f"[{QUOTES}\\s]+", " ", unicodedata.normalize("NFKC", name)).strip()
    short = bare[:LONGEST_NAME].rstrip()
    return f'"{short}"' if re.search(r"[\s|,]", short) else short
