"""Walks over the components of a message or a modal, whatever their layout."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import count

from playground.world import Json


class Kind(IntEnum):
    """Discord's component types."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18


SELECTS = frozenset({3, 5, 6, 7, 8})
LINK_STYLE, PREMIUM_STYLE = 5, 6


def children(component: Json) -> list[Json]:
    """The components directly inside this one."""
    inside: list[Json] = list(component.get("components") or ())
    inside += [component[slot] for slot in ("accessory", "component") if component.get(slot)]
    return inside


def walk(components: Sequence[Json]) -> Iterator[Json]:
    """Every component, outer ones first."""
    for component in components:
        yield component
        yield from walk(children(component))


def find(components: Sequence[Json], custom_id: str) -> Json | None:
    """The component with this custom id."""
    return next((c for c in walk(components) if c.get("custom_id") == custom_id), None)


def media(component: Json) -> list[Json]:
    """The media a component shows, each with a `url`."""
    found = [item["media"] for item in component.get("items") or ()]
    return found + [component[slot] for slot in ("media", "file") if component.get(slot)]


def completed(components: Sequence[Json]) -> list[Json]:
    """A copy as Discord sends it back: every component numbered, every default written out."""
    taken = {component["id"] for component in walk(components) if component.get("id")}
    free = (number for number in count(1) if number not in taken)
    return [_complete(component, free) for component in components]


def _complete(component: Json, free: Iterator[int]) -> Json:
    whole = _defaults(component["type"]) | component
    whole["id"] = component.get("id") or next(free)
    if "components" in component:
        whole["components"] = [_complete(child, free) for child in component["components"]]
    for slot in ("accessory", "component"):
        if component.get(slot):
            whole[slot] = _complete(component[slot], free)
    if component["type"] == Kind.GALLERY:
        item = {"description": None, "spoiler": False}
        whole["items"] = [item | shown for shown in component["items"]]
    return whole


def _defaults(kind: int) -> Json:
    if kind in SELECTS:
        return {"min_values": 1, "max_values": 1}
    by_kind: dict[int, Json] = {
        Kind.CONTAINER: {"accent_color": None, "spoiler": False},
        Kind.THUMBNAIL: {"description": None, "spoiler": False},
        Kind.FILE: {"name": None, "size": None, "spoiler": False},
        Kind.SEPARATOR: {"spacing": 1, "divider": True},
    }
    return by_kind.get(kind, {})
