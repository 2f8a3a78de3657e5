"""A page is found by its number in a list that is handed out by keys."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gateway_bot.pages import STEP, STEPS, window


class List:
    def __init__(self, length: int) -> None:
        self.rows = range(length)
        self.sizes: list[int] = []

    async def fetch(self, size: int, token: str) -> tuple[Sequence[int], str]:
        self.sizes.append(size)
        first = int(token or 0)
        last = first + size
        return self.rows[first:last], str(last) if last < len(self.rows) else ""


@given(length=st.integers(0, 450), page=st.integers(0, 60))
async def test_a_page_holds_its_rows_and_says_whether_more_follow(length: int, page: int) -> None:
    found = await window(List(length).fetch, page, 8)
    assert list(found.rows) == list(range(length))[page * 8 : page * 8 + 8]
    assert found.has_more == (length > page * 8 + 8)


async def test_the_first_page_is_one_short_call() -> None:
    rows = List(1000)
    await window(rows.fetch, 0, 8)
    assert rows.sizes == [8]


async def test_the_way_to_a_far_page_is_bounded() -> None:
    rows = List(100_000)
    found = await window(rows.fetch, 5000, 8)
    assert len(rows.sizes) == STEPS
    assert max(rows.sizes) == STEP
    assert found.rows == []
