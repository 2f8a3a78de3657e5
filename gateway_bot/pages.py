"""Rows by their place in a list that the services hand out in keyset pages.

A page token does not fit into a custom id beside filters and signature, so a button carries the
number of its page, and the way there is walked in the longest steps a service allows.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
STEP = 100
"""The most rows a service gives at once."""
STEPS = 20
"""The farthest a button walks."""

Fetch = Callable[[int, str], Awaitable[tuple[Sequence[Row], str]]]
"""From page size and token to rows and next token."""


@dataclass(frozen=True, slots=True)
class Window(Generic[Row]):
    """The rows of one page, and whether there are more."""

    rows: Sequence[Row]
    has_more: bool


async def window(fetch: Fetch[Row], page: int, size: int) -> Window[Row]:
    """The rows of a page, counted from zero."""
    first = page * size
    rows, is_whole = await walk(fetch, first + size)
    has_more = len(rows) > first + size or not is_whole
    return Window(rows[first : first + size], has_more)


async def walk(fetch: Fetch[Row], wanted: int) -> tuple[list[Row], bool]:
    """At least the first `wanted` rows, and whether they are all there are."""
    return await _walk(fetch, lambda rows: len(rows) >= wanted, lambda rows: wanted - len(rows))


async def walk_until(
    fetch: Fetch[Row], is_enough: Callable[[Sequence[Row]], bool]
) -> tuple[list[Row], bool]:
    """The first rows up to the point where they are enough, and whether they are all there are."""
    return await _walk(fetch, is_enough, lambda _: STEP)


async def _walk(
    fetch: Fetch[Row],
    is_enough: Callable[[Sequence[Row]], bool],
    size: Callable[[Sequence[Row]], int],
) -> tuple[list[Row], bool]:
    rows: list[Row] = []
    token = ""
    for _ in range(STEPS):
        more, token = await fetch(min(STEP, size(rows)), token)
        rows.extend(more)
        if not token:
            return rows, True
        if is_enough(rows):
            return rows, False
    return rows, False
