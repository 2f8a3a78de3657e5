"""The rotation of a week: fair, repeatable, and never the same places week after week."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.dice import Dice, Seed
from services.expeditions.atlas import rules
from services.expeditions.atlas.rules.rotation import BINS, PER_BIN, REST, draw, sample, week_of
from tests.unit.expeditions.entries import template


def dice(week: int = 0) -> Dice:
    return Dice(Seed(b"seed", "rotation", week))


def a_bin(count: int, difficulty: int = 200) -> list[rules.Template]:
    return [template(f"place-{difficulty}-{number:03}", difficulty) for number in range(count)]


def weeks(templates: list[rules.Template], count: int) -> list[tuple[str, ...]]:
    """So many rotations, each knowing those before."""
    past: list[tuple[str, ...]] = []
    for week in range(count):
        past.append(draw(templates, past, dice(week)))
    return past


def test_the_bins_are_those_of_the_rules() -> None:
    assert BINS == ((1, 400), (401, 800), (801, 1200), (1201, 1600), (1601, 2000))
    assert (PER_BIN, REST) == (6, 5)


def test_each_bin_gives_six() -> None:
    templates = [one for low, _ in BINS for one in a_bin(10, low + 150)]

    [drawn] = weeks(templates, 1)

    assert Counter(name.split("-")[1] for name in drawn) == {str(low + 150): 6 for low, _ in BINS}
    assert len(set(drawn)) == 30


@pytest.mark.parametrize("difficulty", [2001, 18_002])
def test_what_lies_above_every_bin_is_never_drawn(difficulty: int) -> None:
    assert draw(a_bin(10, difficulty), [], dice()) == ()


@pytest.mark.parametrize(("difficulty", "place"), [(1, 0), (400, 0), (401, 1), (2000, 4)])
def test_the_ends_of_a_bin_belong_to_it(difficulty: int, place: int) -> None:
    others = [
        one for number, (low, _) in enumerate(BINS) if number != place for one in a_bin(6, low + 9)
    ]

    assert "edge" in draw([*others, template("edge", difficulty)], [], dice())


def test_the_same_seed_and_week_give_the_same_whatever_the_order() -> None:
    templates = a_bin(20)

    assert draw(templates, [], dice(7)) == draw(reversed(templates), [], dice(7))
    assert draw(templates, [], dice(7)) != draw(templates, [], dice(8))


def test_a_template_rests_for_five_rotations() -> None:
    past = weeks(a_bin(36), 40)

    for place, rotation in enumerate(past):
        resting = {name for before in past[max(0, place - REST) : place] for name in before}
        assert not resting & set(rotation)


def test_after_five_rotations_it_may_come_again() -> None:
    past = weeks(a_bin(36), 7)

    # With 36 there are exactly six left each week: after five weeks those of the first one.
    assert past[6] == past[0]


def test_a_bin_with_too_few_rested_ones_is_drawn_from_whole_and_others_are_not() -> None:
    small, large = a_bin(11, 200), a_bin(40, 600)
    before = ["place-200-000", *(f"place-600-{number:03}" for number in range(30))]
    lately = [[*before[:1], *(f"place-200-{number:03}" for number in range(1, 6))], before[1:]]

    drawn = [draw([*small, *large], lately, dice(week)) for week in range(60)]

    # Five of eleven have rested, which is one too few: all eleven are in the draw.
    assert {name for one in drawn for name in one if "-200-" in name} == {
        one.template_id for one in small
    }
    assert {name for one in drawn for name in one if "-600-" in name} == {
        f"place-600-{number:03}" for number in range(30, 40)
    }


def test_a_bin_with_fewer_than_six_is_open_whole() -> None:
    assert draw(a_bin(4), weeks(a_bin(4), 3), dice()) == tuple(
        f"place-200-{number:03}" for number in range(4)
    )


def test_only_the_last_five_rotations_count() -> None:
    old = [[one.template_id for one in a_bin(6)]]

    drawn = {name for week in range(50) for name in draw(a_bin(12), old + [[]] * REST, dice(week))}

    assert drawn == {one.template_id for one in a_bin(12)}


def test_every_template_is_drawn_as_often_as_the_others() -> None:
    counts = Counter(name for week in range(2000) for name in draw(a_bin(12), [], dice(week)))

    # 1 000 each; the deviation of one is 22.
    assert all(abs(count - 1000) < 110 for count in counts.values())


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 1000))
def test_a_sample_has_different_things_in_their_old_order(size: int, count: int, seed: int) -> None:
    found = sample(range(size), count, dice(seed))

    assert len(found) == min(size, count)
    assert found == sorted(set(found))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_week_begins_on_monday_and_has_the_day(day: date) -> None:
    week = week_of(day)

    assert week.weekday() == 0
    assert 0 <= (day - week).days < 7
