"""The checks that every form has: lengths, counts, and what must be there."""

from collections.abc import Iterator, Sequence
from typing import Any

from playground.refusal import Problem

Path = tuple[str | int, ...]


def text(path: Path, value: Any, most: int, least: int = 0) -> Iterator[Problem]:
    """Problems with a text that may be missing only when it may be empty."""
    if value is None and least == 0:
        return
    if value is None:
        yield Problem(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif not isinstance(value, str):
        yield Problem(path, "STRING_TYPE_CONVERT", f"Could not interpret {value!r} as string.")
    elif not least <= len(value) <= most:
        yield _bad_length(path, most, least)


def size(path: Path, values: Sequence[Any] | None, most: int, least: int = 0) -> Iterator[Problem]:
    """Problems with the number of things in a list."""
    if not least <= len(values or ()) <= most:
        yield _bad_length(path, most, least)


def among(path: Path, value: Any, allowed: Sequence[Any]) -> Iterator[Problem]:
    """A problem with a value that is none of those allowed."""
    if value not in allowed:
        listed = ", ".join(str(choice) for choice in allowed)
        yield Problem(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")


def _bad_length(path: Path, most: int, least: int) -> Problem:
    if least == 0:
        return Problem(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    between = f"Must be between {least} and {most} in length."
    return Problem(path, "BASE_TYPE_BAD_LENGTH", between)
