"""The house of the compose files, played on as plain processes: the commands and settings of its containers."""

import os
from pathlib import Path

import pytest

from tools.compose.files import NoComposeError, rendered
from tools.compose.plain import Plain
from tools.compose.play import trial

VICTIMS = {
    "small": ["economy", "postgres"],
    "standard": ["users", "collection", "expeditions", "economy", "bot", "postgres", "playground"],
}


@pytest.mark.timeout(170)
async def test_a_house_as_composed_plays_and_loses_nothing_when_parts_are_killed(
    tmp_path: Path,
) -> None:
    try:
        rendered(("playground",))
    except NoComposeError as missing:
        pytest.skip(str(missing))
    victims = VICTIMS.get(os.environ.get("SIZE", "small"), VICTIMS["standard"])

    async with Plain(tmp_path) as house:
        told = await trial(house, victims, print)

    assert told.shown > len(victims)
