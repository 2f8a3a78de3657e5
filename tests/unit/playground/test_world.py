"""Plain state: ids, ages, bounds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.messages import Draft, write
from playground.snowflake import EPOCH, TIME_SHIFT
from playground.world import KEPT_MESSAGES, File, World

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)


def made(snowflake: str) -> datetime:
    return EPOCH + timedelta(milliseconds=int(snowflake) >> TIME_SHIFT)


@given(name=st.text(min_size=1, max_size=32).filter(lambda name: name.strip()))
def test_an_account_is_old_and_the_same_after_a_restart(name: str) -> None:
    first, second = World(lambda: NOON).user(name), World(lambda: NOON).user(name)

    assert first == second
    if not first.name.startswith("newborn"):
        assert made(first.id) < NOON - timedelta(days=7)


def test_a_newborn_was_made_today() -> None:
    assert made(World(lambda: NOON).user("newborn-1").id).date() == NOON.date()


def test_two_visitors_have_two_accounts() -> None:
    world = World()
    assert len({world.user(f"visitor {n}").id for n in range(1_000)}) == 1_000


@pytest.mark.parametrize("name", ["", "  ", "x" * 33])
def test_a_name_has_one_to_thirty_two_letters(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 32 letters"):
        World().user(name)


def test_ids_of_one_moment_differ_and_grow() -> None:
    world = World(lambda: NOON)
    ids = [int(world.new_id()) for _ in range(100)]
    assert ids == sorted(set(ids))


def test_the_oldest_message_leaves_with_its_files() -> None:
    world = World()
    picture = File("a.png", "image/png", b"x")

    for number in range(KEPT_MESSAGES + 1):
        write(world, Draft({"content": str(number)}, [picture]))

    assert len(world.messages) == len(world.files) == KEPT_MESSAGES
    assert next(iter(world.messages.values())).body["content"] == "1"
