"""Open loops: wishes come by the clock, and their times count from when they were due."""

import asyncio
import random

import grpc
import pytest

from console.crowd import arrivals
from console.crowd.arrivals import Arrivals, Wish
from console.crowd.report import Report, Spread
from console.crowd.visitors import COMMANDS, buttons
from console.crowd.wishes import WISHES, read_mix
from console.invariants import Finding
from console.trouble import Trouble
from tests.support.faults import broken

QUICK = 200.0


async def live(wish: Wish, seconds: float = 0.2) -> Report:
    """A short life in which everybody wishes for the same."""
    report = Report(1, QUICK)
    await Arrivals(QUICK, seconds, random.Random(1), report).live(lambda: wish, lambda _: None)
    return report


async def test_wishes_come_whether_or_not_those_before_were_answered() -> None:
    everybody_came = asyncio.Event()
    came = 0

    async def wish() -> str:
        nonlocal came
        came += 1
        if came == 20:
            everybody_came.set()
        await everybody_came.wait()
        return "wait"

    report = await live(wish)

    assert report.answered == came > 20
    assert report.most_at_once >= 20


async def test_time_counts_from_when_a_wish_was_due() -> None:
    async def wish() -> str:
        # Nobody gets a turn meanwhile: the next ones are late, and that is their time too.
        await asyncio.sleep(0)
        end = asyncio.get_running_loop().time() + 0.05
        while asyncio.get_running_loop().time() < end:
            pass
        return "hog"

    report = await live(wish, seconds=0.1)

    took = report.took["hog"]
    assert max(took) > 0.05 * 2


async def test_what_is_not_answered_is_an_error_and_what_is_not_over_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrivals, "GRACE_S", 0.01)
    turns = iter(range(1000))

    async def wish() -> str:
        match next(turns) % 3:
            case 0:
                raise broken(grpc.StatusCode.INTERNAL, "internal error 123")
            case 1:
                await asyncio.sleep(60)
        return "fine"

    report = await live(wish)

    assert report.errors["INTERNAL"] > 0
    assert report.samples == {"INTERNAL": "internal error 123"}
    assert report.open > 0
    assert report.answered > 0
    assert not report.is_sound


def test_a_spread_is_read_from_the_ordered_times() -> None:
    spread = Spread.of(ms / 1000 for ms in range(100, 0, -1))

    assert (spread.count, spread.p50, spread.p90, spread.p99, spread.most) == (
        *(100, 51, 91, 100, 100),
    )


def test_a_report_is_sound_only_with_every_invariant() -> None:
    report = Report(1, 1, seconds=1)
    report.answer("browse", 0.1)
    assert report.is_sound

    report.findings = [Finding("I1", "it holds", 0, ""), Finding("I2", "it does not", 1, "x")]

    assert not report.is_sound
    assert report.facts()["invariants"] == {"asked": 2, "broken": ["I2"]}
    assert "VIOLATED I2 it does not: x" in report.lines()


def test_a_mix_is_read_as_it_is_written() -> None:
    assert read_mix("summon-ten=30, browse=70") == {"summon-ten": 30, "browse": 70}
    assert read_mix("") == {name: wish.weight for name, wish in WISHES.items()}
    assert set(COMMANDS) == set(WISHES)


@pytest.mark.parametrize(
    ("mix", "why"),
    [("fly=1", "no wish 'fly'"), ("browse", "whole number"), ("browse=0", "every weight is 0")],
)
def test_a_mix_that_makes_no_sense_is_told(mix: str, why: str) -> None:
    with pytest.raises(Trouble, match=why):
        read_mix(mix)


def test_buttons_are_found_wherever_they_stand() -> None:
    row = {"type": 1, "components": [{"type": 2, "custom_id": "again"}, {"type": 2, "url": "x"}]}
    off = {"type": 2, "custom_id": "off", "disabled": True}

    assert buttons([{"type": 17, "components": [row, off]}]) == ["again"]
