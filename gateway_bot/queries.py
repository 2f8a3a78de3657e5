"""What is wrong with a query, shown where it is wrong."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from unicodedata import east_asian_width

import grpc

from chassis.rpc.status import Violation, violations_of
from gateway_bot.refusals import Hint
from gateway_bot.text import say
from gateway_bot.views.words import cut, plain

FIELD = "query"
PLACED = re.compile(r"at (\d+): (.*)", re.DOTALL)
BEFORE, SHOWN = 30, 60
"""Letters of a long query that are shown before the wrong place, and in all."""
WHY_LETTERS = 300


@contextmanager
def reading(query: str) -> Iterator[None]:
    """Around the call that carries a query: a query that cannot be read becomes a hint."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        wrong = next((v for v in violations_of(error) if v.field == FIELD), None)
        if wrong is None:
            raise
        raise hint(query, wrong) from error


def hint(query: str, wrong: Violation) -> Hint:
    """The query with a mark under the place that could not be read."""
    placed = PLACED.fullmatch(wrong.description)
    if placed is None:
        return Hint("query_unplaced", why=plain(cut(wrong.description, WHY_LETTERS)))
    why = plain(cut(placed[2], WHY_LETTERS))
    return Hint("query", why=why, marked=marked(query, int(placed[1])))


def marked(query: str, place: int) -> str:
    """A code block: the query, and a caret under the place, counted from zero."""
    place = min(place, len(query))
    first = max(0, place - BEFORE)
    shown = query[first : first + SHOWN].replace("`", "ˋ").replace("\n", " ")
    return f"```\n{shown}\n{' ' * _columns(shown[: place - first])}{say('hints.caret')}\n```"


def _columns(text: str) -> int:
    """Wide letters take two places of a fixed-width font."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
