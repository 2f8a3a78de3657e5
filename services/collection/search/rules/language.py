"""Text to terms: a small grammar, and errors that point at the place."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias, cast

from lark import Lark, Token, Transformer, Tree, UnexpectedInput, UnexpectedToken

from services.collection.search.rules.keys import BARE, WORDS

QUOTES = '"“”„'
"""What stands around words that belong together; telephones write the curved ones."""
SHOWN = 40
"""Letters of a wrong word in an error."""
Operator: TypeAlias = Literal[":", "=", ">", ">=", "<", "<="]

GRAMMAR = r"""
    query: (term | QUOTED | WORD)*
    term: (KEY | NEAR_KEY) OPERATOR value (OR value)*
    value: QUOTED | VALUE

    // A known key may stand apart from its operator; any other word before one was meant to be a key.
    KEY.3: /-?(?:%KEYS%)(?=\s*[:=<>])/i
    NEAR_KEY.2: /-?[^\W\d_][\w-]*(?=[:=<>])/
    OPERATOR.3: />=|<=|[:=<>]/
    OR.3: /[|,]/
    QUOTED.1: /["“”„][^"“”„]*["“”„]/
    VALUE: /[^\s"“”„|,]+/
    WORD: /[^\s"“”„]\S*/
    %ignore /\s+/
""".replace("%KEYS%", "|".join(sorted(WORDS, key=len, reverse=True)))

# Built with the module: it takes longer than other calls should wait.
_PARSER = Lark(GRAMMAR, start="query", parser="lalr")


class QueryError(Exception):
    """The text is no query: where, and why."""

    def __init__(self, place: int, why: str) -> None:
        super().__init__(f"at {place}: {why}")
        self.place = place
        """How many letters stand before it."""
        self.why = why


@dataclass(frozen=True, slots=True)
class Value:
    """One of the values behind a key."""

    text: str
    place: int


@dataclass(frozen=True, slots=True)
class Term:
    """A key with its values: one of them has to fit."""

    key: str
    operator: Operator
    values: tuple[Value, ...]
    is_negated: bool
    place: int


@dataclass(frozen=True, slots=True)
class Word:
    """What is looked for in names."""

    text: str
    place: int


Part: TypeAlias = Term | Word


def parse(text: str) -> list[Part]:
    """The terms and words of a text, in its order."""
    try:
        return _parse(text)
    except UnexpectedInput as unexpected:
        raise _error_of(unexpected, text) from None


def _parse(text: str) -> list[Part]:
    # The library leaves the type of its input open.
    tree: Tree[Token] = _PARSER.parse(text)  # pyright: ignore[reportUnknownMemberType]
    return _Parts().transform(tree)


class _Parts(Transformer[Token, list[Part]]):
    """Makes the parts out of the tree."""

    def query(self, children: list[Token | Term]) -> list[Part]:
        return [child if isinstance(child, Term) else _word(child) for child in children]

    def term(self, children: list[Token | Value]) -> Term:
        key, operator = children[0], children[1]
        assert isinstance(key, Token)
        values = tuple(child for child in children[2:] if isinstance(child, Value))
        name, is_negated = key.removeprefix("-").casefold(), key.startswith("-")
        place = _place(key) + is_negated
        return Term(name, cast(Operator, str(operator)), values, is_negated, place)

    def value(self, children: list[Token]) -> Value:
        return Value(_bare(children[0]), _place(children[0]))


def _word(token: Token) -> Part:
    if token.type == "WORD" and token.casefold() in BARE:
        value = Value("yes", _place(token))
        return Term(token.casefold(), ":", (value,), False, _place(token))
    return Word(_bare(token), _place(token))


def _bare(token: Token) -> str:
    return token[1:-1] if token.type == "QUOTED" else str(token)


def _place(token: Token) -> int:
    return token.start_pos or 0


def _error_of(unexpected: UnexpectedInput, text: str) -> QueryError:
    """What the parser stumbled over, in words: an open quote, or a value that does not come."""
    found = unexpected.token if isinstance(unexpected, UnexpectedToken) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if found == "":
        return QueryError(len(text), "expected a value, found the end")
    where = unexpected.pos_in_stream or 0
    if text[where] in QUOTES:
        return QueryError(where, "this quote is never closed")
    return QueryError(where, f'expected a value, found "{text[where]}"')


def unknown_key(term: Term) -> QueryError:
    """The word before the operator is no key; what else it may have been."""
    close = get_close_matches(term.key, WORDS, n=1)
    hint = f"did you mean {close[0]}?" if close else 'words with a colon go in "quotes"'
    return QueryError(term.place, f'expected a key, found "{shortened(term.key)}"; {hint}')


def shortened(text: str) -> str:
    """As much of what was typed as an error shows."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
