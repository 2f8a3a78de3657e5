"""What Discord says about components, in both layouts.

The classic layout is up to five action rows below a message; the newer one (the flag
IS_COMPONENTS_V2) makes the whole message of components.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from playground.components import LINK_STYLE, PREMIUM_STYLE, SELECTS, Kind, walk
from playground.limits.form import Path, among, size, text
from playground.refusal import Problem
from playground.world import Json

ROWS = 5
BUTTONS = 5
OPTIONS = 25
CUSTOM_ID_LETTERS = 100
V2_COMPONENTS = 40
V2_LETTERS = 4_000

ROW_CHILDREN = frozenset({Kind.BUTTON, *SELECTS})
CONTAINER_CHILDREN = frozenset({1, 9, 10, 12, 13, 14})
TOP_LEVEL = frozenset({*CONTAINER_CHILDREN, Kind.CONTAINER})


def component_problems(path: Path, components: Sequence[Json], *, v2: bool) -> Iterator[Problem]:
    """Problems with the components of a message."""
    if v2:
        yield from _v2_totals(path, components)
    else:
        yield from size(path, components, ROWS)
    allowed = TOP_LEVEL if v2 else frozenset({Kind.ACTION_ROW})
    yield from _level(path, components, allowed)
    yield from doubled_ids(path, components)


def doubled_ids(path: Path, components: Sequence[Json]) -> Iterator[Problem]:
    """A problem for each custom id that is there twice."""
    ids = Counter(c["custom_id"] for c in walk(components) if c.get("custom_id") is not None)
    for custom_id, times in ids.items():
        if times > 1:
            said = f"Component custom id cannot be duplicated: {custom_id}"
            yield Problem(path, "COMPONENT_CUSTOM_ID_DUPLICATED", said)


def _v2_totals(path: Path, components: Sequence[Json]) -> Iterator[Problem]:
    every = list(walk(components))
    if len(every) > V2_COMPONENTS:
        said = f"The total number of components must be {V2_COMPONENTS} or fewer."
        yield Problem(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", said)
    letters = sum(len(c.get("content") or "") for c in every if c.get("type") == Kind.TEXT)
    if letters > V2_LETTERS:
        said = f"The displayed text must be {V2_LETTERS} or fewer in length."
        yield Problem(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", said)


def _level(path: Path, components: Sequence[Json], allowed: frozenset[int]) -> Iterator[Problem]:
    for index, component in enumerate(components):
        here = (*path, index)
        if component.get("type") not in allowed:
            yield from among((*here, "type"), component.get("type"), sorted(allowed))
        else:
            yield from _one(here, component)


def _one(path: Path, component: Json) -> Iterator[Problem]:
    match component["type"]:
        case Kind.ACTION_ROW:
            yield from _row(path, component)
        case Kind.SECTION:
            yield from _section(path, component)
        case Kind.CONTAINER:
            inside = component.get("components") or ()
            yield from size((*path, "components"), inside, V2_COMPONENTS, 1)
            yield from _level((*path, "components"), inside, CONTAINER_CHILDREN)
        case Kind.TEXT:
            yield from text((*path, "content"), component.get("content"), V2_LETTERS, 1)
        case Kind.GALLERY:
            yield from size((*path, "items"), component.get("items"), 10, 1)
        case Kind.SEPARATOR:
            yield from among((*path, "spacing"), component.get("spacing", 1), (1, 2))


def _section(path: Path, section: Json) -> Iterator[Problem]:
    inside = section.get("components") or ()
    yield from size((*path, "components"), inside, 3, 1)
    yield from _level((*path, "components"), inside, frozenset({Kind.TEXT}))
    accessory = section.get("accessory")
    if accessory is None:
        yield Problem((*path, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")
    elif accessory.get("type") == Kind.BUTTON:
        yield from _button((*path, "accessory"), accessory)
    else:
        here = (*path, "accessory", "type")
        yield from among(here, accessory.get("type"), (Kind.BUTTON.value, Kind.THUMBNAIL.value))


def _row(path: Path, row: Json) -> Iterator[Problem]:
    inside = row.get("components") or ()
    here = (*path, "components")
    has_select = any(child.get("type") in SELECTS for child in inside)
    yield from size(here, inside, 1 if has_select else BUTTONS, 1)
    for index, child in enumerate(inside):
        if child.get("type") == Kind.BUTTON:
            yield from _button((*here, index), child)
        elif child.get("type") in SELECTS:
            yield from select_problems((*here, index), child)
        else:
            allowed = sorted(ROW_CHILDREN)
            yield from among((*here, index, "type"), child.get("type"), allowed)


def _button(path: Path, button: Json) -> Iterator[Problem]:
    style = button.get("style")
    yield from among((*path, "style"), style, range(1, 7))
    yield from text((*path, "label"), button.get("label"), 80)
    if style == LINK_STYLE:
        yield from text((*path, "url"), button.get("url"), 512, 1)
    elif style != PREMIUM_STYLE:
        custom_id = button.get("custom_id")
        yield from text((*path, "custom_id"), custom_id, CUSTOM_ID_LETTERS, 1)
    if style != PREMIUM_STYLE and not button.get("label") and not button.get("emoji"):
        said = "A button must have a label or an emoji."
        yield Problem((*path, "label"), "BUTTON_COMPONENT_INVALID", said)


def select_problems(path: Path, select: Json) -> Iterator[Problem]:
    """Problems with a select menu."""
    yield from text((*path, "custom_id"), select.get("custom_id"), CUSTOM_ID_LETTERS, 1)
    yield from text((*path, "placeholder"), select.get("placeholder"), 150)
    if select["type"] != Kind.STRING_SELECT:
        return
    options = select.get("options") or ()
    yield from size((*path, "options"), options, OPTIONS, 1)
    for index, option in enumerate(options):
        here = (*path, "options", index)
        yield from text((*here, "label"), option.get("label"), 100, 1)
        yield from text((*here, "value"), option.get("value"), 100, 1)
        yield from text((*here, "description"), option.get("description"), 100)
    if len({option.get("value") for option in options}) < len(options):
        said = "The specified option value is already used"
        yield Problem((*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", said)
