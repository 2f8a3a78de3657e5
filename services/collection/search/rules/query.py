"""Terms to a query: every key is known, every value is of its kind."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

from services.collection.catalog.rules.catalog import fold
from services.collection.catalog.rules.rows import ELEMENTS
from services.collection.roster.rules import POWERS
from services.collection.search.rules.keys import SORTS, WORDS, YES_NO, Kind
from services.collection.search.rules.language import (
    Part,
    QueryError,
    Term,
    Value,
    Word,
    parse,
    shortened,
    unknown_key,
)
from services.collection.search.rules.spans import ALL, HIGHEST, LOWEST, Spans

WHOLE = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of a list."""

    by: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """A word of the catalogue that has to fit, or must not."""

    key: str
    words: tuple[str, ...]
    """Folded; one of them has to fit."""
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Two texts that ask for the same are equal here."""

    words: tuple[str, ...] = ()
    """Folded; a name or nickname has to have them all."""
    choices: tuple[Choice, ...] = ()
    numbers: tuple[tuple[str, Spans], ...] = ()
    """Key to the numbers that fit, by key."""
    answers: tuple[tuple[str, bool], ...] = ()
    """Key to what has to be so, by key."""
    contradicts: bool = False
    """It asks for something and for its opposite: nobody fits."""
    sort: Sort | None = None

    def number(self, key: str) -> Spans | None:
        """The numbers that fit; none where all do."""
        return dict(self.numbers).get(key)

    def answer(self, key: str) -> bool | None:
        """What has to be so; none where both are right."""
        return dict(self.answers).get(key)


def read(text: str) -> Query:
    """The query of a text, or a `QueryError`."""
    query = Query()
    for part in parse(text):
        query = taken_in(query, part)
    return replace(
        query,
        words=tuple(sorted(set(query.words))),
        choices=tuple(sorted(set(query.choices))),
        numbers=tuple(sorted(query.numbers, key=lambda one: one[0])),
        answers=tuple(sorted(query.answers)),
    )


def taken_in(query: Query, part: Part) -> Query:
    """The query that asks for this, too."""
    if isinstance(part, Word):
        word = fold(part.text)
        return replace(query, words=(*query.words, word)) if word else query
    key = WORDS.get(part.key)
    if key is None:
        raise unknown_key(part)
    match key.kind:
        case Kind.NUMBER:
            return with_number(query, key.name, numbers_in(part))
        case Kind.WORD:
            return replace(query, choices=(*query.choices, choice_in(key.name, part)))
        case Kind.ANSWER:
            return with_answer(query, key.name, answer_in(part))
        case Kind.SORT:
            return with_sort(query, part)


def with_number(query: Query, key: str, spans: Spans) -> Query:
    """Only numbers that fit this, too. Power goes by stars."""
    if key == "power":
        key = "star"
        spans = Spans.of(
            (star, star) for star, power in enumerate(POWERS, start=1) if power in spans
        )
    found = dict(query.numbers)
    found[key] = found.get(key, ALL) & spans
    return replace(query, numbers=tuple(found.items()))


def with_answer(query: Query, key: str, is_so: bool) -> Query:
    """Only those for whom this is so, too. Who is missing is not owned."""
    if key == "missing":
        key, is_so = "owned", not is_so
    found = dict(query.answers)
    if found.setdefault(key, is_so) is not is_so:
        return replace(query, contradicts=True)
    return replace(query, answers=tuple(found.items()))


def with_sort(query: Query, term: Term) -> Query:
    """In this order. The newest first is the oldest first, turned round."""
    if query.sort is not None:
        raise QueryError(term.place, "there is an order already")
    equal(term)
    value = single(term)
    name = fold(value.text)
    is_descending = name.startswith("-") is not term.is_negated
    name = name.removeprefix("-")
    if name not in SORTS:
        raise no_such(value, "an order", SORTS)
    if name == "new":
        return replace(query, sort=Sort("obtained", not is_descending))
    return replace(query, sort=Sort(name, is_descending))


def numbers_in(term: Term) -> Spans:
    """The numbers that a term lets through."""
    spans = Spans(())
    for value in term.values if term.operator in (":", "=") else (single(term),):
        spans |= Spans.compared(term.operator, number_in(value))
    return ~spans if term.is_negated else spans


def number_in(value: Value) -> int:
    """The number of a value; one beyond the limits is as good as the limit."""
    if not WHOLE.fullmatch(value.text):
        raise expected("a whole number", value)
    return max(LOWEST, min(int(value.text), HIGHEST))


def choice_in(key: str, term: Term) -> Choice:
    """The words that a term lets through, or keeps out."""
    equal(term)
    words = {word_in(key, value) for value in term.values}
    return Choice(key, tuple(sorted(words)), term.is_negated)


def word_in(key: str, value: Value) -> str:
    """The word of a value; there are only so many elements."""
    word = fold(value.text)
    if not word:
        raise expected("a word", value)
    if key == "element" and word not in ELEMENTS:
        raise no_such(value, "an element", ELEMENTS)
    return word


def answer_in(term: Term) -> bool:
    """The answer of a term."""
    equal(term)
    value = single(term)
    answer = YES_NO.get(fold(value.text))
    if answer is None:
        raise expected("yes or no", value)
    return answer is not term.is_negated


def equal(term: Term) -> None:
    """Words and answers can only be the same."""
    if term.operator not in (":", "="):
        raise QueryError(
            term.place + len(term.key), f'expected ":" after {term.key}, found "{term.operator}"'
        )


def single(term: Term) -> Value:
    """The only value of a term."""
    value, *more = term.values
    if more:
        raise QueryError(more[0].place, f"expected one value for {term.key}, found more")
    return value


def expected(what: str, value: Value) -> QueryError:
    """The value is of another kind."""
    return QueryError(value.place, f'expected {what}, found "{shortened(value.text)}"')


def no_such(value: Value, what: str, known: Iterable[str]) -> QueryError:
    """The value is none of those that there are."""
    names = [*known]
    close = get_close_matches(fold(value.text).removeprefix("-"), names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
    return QueryError(value.place, f'expected {what}, found "{shortened(value.text)}"; {hint}')
