"""What Discord says about modals and about the choices of an autocompletion."""

from collections.abc import Iterator, Sequence

from playground.components import Kind, children
from playground.limits.component import (
    CUSTOM_ID_LETTERS,
    OPTIONS,
    ROWS,
    doubled_ids,
    select_problems,
)
from playground.limits.form import Path, among, size, text
from playground.refusal import Problem
from playground.world import Json

PARTS = (Kind.ACTION_ROW.value, Kind.TEXT.value, Kind.LABEL.value)
INPUTS = (Kind.TEXT_INPUT.value, Kind.STRING_SELECT.value, 5, 6, 7, 8)


def modal_problems(modal: Json) -> Iterator[Problem]:
    """Problems with a modal."""
    yield from text(("title",), modal.get("title"), 45, 1)
    yield from text(("custom_id",), modal.get("custom_id"), CUSTOM_ID_LETTERS, 1)
    parts = modal.get("components") or ()
    path = ("components",)
    yield from size(path, parts, ROWS, 1)
    yield from doubled_ids(path, parts)
    for index, part in enumerate(parts):
        yield from among((*path, index, "type"), part.get("type"), PARTS)
        if part.get("type") == Kind.LABEL:
            yield from text((*path, index, "label"), part.get("label"), 45, 1)
            yield from text((*path, index, "description"), part.get("description"), 100)
        for child in children(part):
            yield from _input((*path, index, "components", 0), child)


def _input(path: Path, field: Json) -> Iterator[Problem]:
    yield from among((*path, "type"), field.get("type"), INPUTS)
    if field.get("type") == Kind.TEXT_INPUT:
        yield from text((*path, "custom_id"), field.get("custom_id"), CUSTOM_ID_LETTERS, 1)
        yield from text((*path, "label"), field.get("label"), 45)
        yield from text((*path, "placeholder"), field.get("placeholder"), 100)
        yield from text((*path, "value"), field.get("value"), 4_000)
    elif field.get("type") in INPUTS:
        yield from select_problems(path, field)


def choice_problems(choices: Sequence[Json]) -> Iterator[Problem]:
    """Problems with the choices of an autocompletion."""
    path = ("choices",)
    yield from size(path, choices, OPTIONS)
    for index, choice in enumerate(choices):
        yield from text((*path, index, "name"), choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            yield from text((*path, index, "value"), choice["value"], 100, 1)
