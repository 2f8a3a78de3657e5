"""The small size takes a share of the cases of each suite, and says which share."""

import os
from pathlib import Path

import pytest

MOST = 2
"""Cases of one test in the small size; `make chaos` takes all of them."""
FOLDER = Path(__file__).parent
left_out: list[int] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps cases of every test, evenly spread from the first to the last."""
    if os.environ.get("SIZE", "small") != "small":
        return
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if FOLDER in item.path.parents:
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    dropped = {
        item
        for group in cases.values()
        for number, item in enumerate(group)
        if number * MOST // len(group) == (number - 1) * MOST // len(group) and len(group) > MOST
    }
    left_out.append(len(dropped))
    config.hook.pytest_deselected(items=[*dropped])
    items[:] = [item for item in items if item not in dropped]


def pytest_report_collectionfinish() -> str:
    """How much was left out."""
    if not left_out:
        return ""
    return f"small size: every third moment of a flow; {sum(left_out)} cases of chaos left to `make chaos`"
