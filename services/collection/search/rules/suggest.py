"""How a query that is being typed could go on."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from services.collection.catalog.rules.catalog import fold
from services.collection.search.rules.index import Index
from services.collection.search.rules.keys import KEYS, SORTS, WORDS, Key, Kind
from services.collection.search.rules.language import QUOTES, QueryError
from services.collection.search.rules.query import Query, read

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
    """The first ways to go on: keys, then values. Where there is none, what is wrong."""
    typed = unicodedata.normalize("NFKC", text)
    end = LAST_TERM.search(typed) or LAST_PHRASE.search(typed) or LAST_WORD.search(typed)
    kept = typed[: end.start()] if end else f"{typed} "
    try:
        keys = keys_after(read(kept))
        if end and end.re is LAST_TERM and end["values"]:
            # Nothing goes on behind values that cannot be read.
            read(typed[: end.start("value")].rstrip().rstrip("|,"))
        ends = ends_of(end, keys, index)
        whole = (Suggestion(kept + one.query, one.meaning) for one in ends)
        short = (one for one in whole if len(one.query) <= LONGEST)
        found = [*islice(dict.fromkeys(short), count)]
        if not found:
            read(typed)
    except QueryError as error:
        return [Suggestion(typed[:LONGEST], str(error)[:LONGEST])][:count]
    return found


def keys_after(query: Query) -> Mapping[str, Key]:
    """Every word that can be a key behind a query: there is only one order."""
    is_sorted = query.sort is not None
    return {word: key for word, key in WORDS.items() if not (is_sorted and key.kind is Kind.SORT)}


def ends_of(
    end: re.Match[str] | None, keys: Mapping[str, Key], index: Index
) -> Iterator[Suggestion]:
    """What may stand where a query ends now."""
    if end is None:
        return words_of("", keys, index)
    if end.re is LAST_TERM:
        return values_of(end, keys, index)
    if end.re is LAST_PHRASE:
        return iter([Suggestion(f'"{end[1]}"', "words of a name")])
    return words_of(end[1], keys, index)


def values_of(term: re.Match[str], keys: Mapping[str, Key], index: Index) -> Iterator[Suggestion]:
    """The values of a key that fit what was typed of one."""
    key = keys.get(term["key"].removeprefix("-").casefold())
    if key is None or not takes_more(key, term["operator"].strip(), term["values"]):
        return
    before = term["key"] + term["operator"] + term["values"]
    wanted = fold(term["value"].lstrip(QUOTES).removeprefix("-"))
    minus = "-" if key.kind is Kind.SORT and term["value"].startswith("-") else ""
    for option in fitting(wanted, options_of(key, index), is_loose=True):
        yield Suggestion(before + minus + option.value, option.meaning)


def takes_more(key: Key, operator: str, values: str) -> bool:
    """Whether another value may stand behind an operator and the values that are there."""
    if operator in (":", "="):
        return not values or key.kind in (Kind.NUMBER, Kind.WORD)
    return not values and key.kind is Kind.NUMBER


def words_of(typed: str, keys: Mapping[str, Key], index: Index) -> Iterator[Suggestion]:
    """Keys that begin with a word, then values that have a word like it."""
    minus, wanted = ("-" if typed.startswith("-") else ""), fold(typed.removeprefix("-"))
    for word, key in keys.items():
        if word.startswith(wanted) and (wanted or word == key.name):
            # A minus is part of an order already.
            sign = "" if key.kind is Kind.SORT else minus
            yield Suggestion(sign + example_of(key, index), f"{key.name}: {key.meaning}")
    for name in CATALOG_KEYS if wanted else ():
        for option in fitting(wanted, options_of(KEYS[name], index), is_loose=False):
            yield Suggestion(f"{minus}{name}:{option.value}", option.meaning)


def example_of(key: Key, index: Index) -> str:
    """A key with a value that finds somebody: of words, the one that most waifus have."""
    entries = index.entries.get(key.name)
    if not entries:
        return key.example
    usual = max(entries, key=lambda entry: len(entry.waifu_ids))
    return f"{key.name}:{quoted(usual.shown)}"


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
            for entry in filter(lambda one: one.folded, index.entries.get(key.name, ())):
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
