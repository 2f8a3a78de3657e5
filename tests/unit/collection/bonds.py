"""Content of bonds and scenes; a test changes what it is about."""

import json
from datetime import UTC, datetime
from typing import Any

from console.sources import read_bond
from services.collection.bond import rules
from services.collection.bond.rules import Bond
from services.collection.catalog.rules import Waifu, read, settle
from tests.unit.collection.rows import CONTENT, a_series_row, a_waifu_row

DOCUMENT: str = read_bond(CONTENT / "bond.toml", CONTENT / "gifts.toml")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def the_bond() -> Bond:
    """The project's own content."""
    found = rules.read(DOCUMENT)
    assert isinstance(found, Bond), found
    return found


BOND = the_bond()


def a_waifu(**cells: str) -> Waifu:
    """A waifu of the catalogue, with these cells."""
    plan = settle(read([a_series_row()], [a_waifu_row(**cells)]), {}, is_lenient=False)
    assert not plan.problems
    return plan.waifus[0]


def wordless(**cells: str) -> Waifu:
    """One without lines of her own."""
    return a_waifu(special_dialogue="{}", **cells)


def a_scene(message: str = "Tell me something.", **given: Any) -> rules.Scene:
    """A talk with a waifu without lines of her own, on an ordinary day."""
    facts: dict[str, Any] = {
        "op_id": "one",
        "waifu": wordless(),
        "mood": 0,
        "bond_level": 1,
        "time": NOON,
        "message": message,
    }
    return rules.Scene(**{**facts, **given})


def changed(path: str, value: Any) -> str:
    """The document with another value at one place: `gift.honey_jar.price`."""
    document = json.loads(DOCUMENT)
    *way, last = path.split(".")
    place: Any = document
    for part in way:
        place = place[int(part) if isinstance(place, list) else part]
    place[int(last) if isinstance(place, list) else last] = value
    return json.dumps(document)


def problems(document: str) -> dict[str, str]:
    """What is wrong with a document: place to reason."""
    found = rules.read(document)
    assert isinstance(found, list), "there is nothing wrong with it"
    return {problem.place: problem.reason for problem in found}
