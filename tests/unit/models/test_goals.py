"""The table of `make bench` says truly what was reached."""

import pytest

from tests.bench.goals import GOALS, HEADS, Results, markdown

FLUSHES, CALLERS = "WAL flushes of a ten-summon", "ten-summons a second, 64 callers against 1"


@pytest.mark.parametrize(
    ("what", "value", "verdict"),
    [
        (FLUSHES, 3, "aim"),
        (FLUSHES, 4, "must"),
        (FLUSHES, 5, "MISSED"),
        (CALLERS, 5, "aim"),
        (CALLERS, 3, "must"),
        (CALLERS, 2.9, "MISSED"),
    ],
)
def test_a_verdict_follows_from_the_median(what: str, value: float, verdict: str) -> None:
    results = Results()

    results.add(what, value, value, value + 100, value - 100, value)

    [row] = results.rows
    assert row[-1] == verdict
    assert (results.missed == [what]) == (verdict == "MISSED")


def test_what_was_not_measured_is_not_in_the_table() -> None:
    results = Results()
    results.add(CALLERS, 4.0)
    results.add(FLUSHES)

    assert [row[1] for row in results.rows] == [CALLERS]
    assert markdown(HEADS, results.rows).count("\n") == 2


def test_every_goal_has_words_of_its_own_and_an_aim_beyond_the_must() -> None:
    assert len({goal.what for goal in GOALS}) == len(GOALS)
    assert {goal.id for goal in GOALS} == {f"G{number}" for number in range(1, 13)}
    for goal in GOALS:
        assert goal.aim >= goal.must if goal.is_floor else goal.aim <= goal.must
