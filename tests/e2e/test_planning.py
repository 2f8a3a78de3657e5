"""A newcomer asks where to go, is told what to expect, and starts what was suggested."""

from collections.abc import AsyncIterator

import pytest

from tests.support.evening import Evening, readable
from tests.support.pg import Clone

TRIES = 5


@pytest.fixture
async def evening(clone: Clone) -> AsyncIterator[Evening]:
    """A player with ten waifus."""
    async with Evening(clone) as evening:
        await evening.player("mira")
        await evening.robot("mira").slash("summon ten")
        yield evening


async def test_the_suggested_party_can_be_sent_at_once(evening: Evening) -> None:
    mira = evening.robot("mira")
    place = (await mira.autocomplete("expedition plan", "place"))[0]["value"]
    plan = await mira.slash("expedition plan", place=place)
    for _ in range(TRIES):
        # The first plan of a fresh house may wait too long for its worker to start.
        if "Chance in a trial" not in readable(plan):
            plan = await mira.slash("expedition plan", place=place)
    left = await mira.press(plan.message, "Start with this party")
    odds = await mira.slash("expedition odds", difficulty=2000)

    assert "has the best chance" in readable(plan)
    assert "The party has left" in readable(left)
    assert "A find worth" in readable(odds)
