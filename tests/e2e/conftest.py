"""An evening for every test: box, bot, services, and nothing remembered from the test before."""

from collections.abc import AsyncIterator

import pytest

from tests.support.evening import Evening
from tests.support.pg import Clone


@pytest.fixture
async def evening(clone: Clone) -> AsyncIterator[Evening]:
    """Everything but drawn pictures: those are sketches, unless a test asks for real ones."""
    async with Evening(clone) as evening:
        yield evening
