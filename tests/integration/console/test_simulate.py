"""`geminya simulate` on a house that runs."""

import json
from pathlib import Path

import pytest

from console.crowd.report import Report
from console.crowd.wishes import read_mix
from console.simulate import Plan, require_own_house, settled
from console.trouble import Trouble
from tests.support.console import Operator
from tests.support.game import Game
from tests.support.house import SECRET_KEY, GivenSettings, House, Houses

PLAYERS, RATE, SECONDS = 12, 60.0, 1.2


@pytest.fixture
async def lived_in(houses: Houses) -> House:
    """A house with content that looks after itself: facts travel, and what is left open is driven on."""
    house = await houses(background=True)
    await Game(house).stock()
    return house


async def simulated(house: House, mix: str = "") -> Report:
    """A short day of a few players."""
    report = Report(PLAYERS, RATE)
    plan = Plan(house.settings_of("users"), report, SECONDS, read_mix(mix), seed=0)
    await plan.through_services()
    report.findings = await settled(house.clone.owner, 7)
    return report


async def test_players_play_and_the_report_tells_what_became_of_it(lived_in: House) -> None:
    report = await simulated(lived_in)

    assert report.is_sound, report.lines()
    facts = report.facts()
    assert facts["answered"] == sum(
        one["count"] for name, one in facts["wishes"].items() if name != "all"
    )
    assert facts["answered"] > RATE / 2
    for one in facts["wishes"].values():
        assert 0 < one["p50_ms"] <= one["p90_ms"] <= one["p99_ms"] <= one["max_ms"]
    assert facts["invariants"]["asked"] > 25
    # What the report counts is what the house has seen.
    summons = await lived_in.value("SELECT count(*) FROM economy.summons")
    assert summons == sum(len(report.took[name]) for name in ("summon-ten", "summon-one")) > 0


async def test_the_same_players_come_back_and_get_no_second_purse(lived_in: House) -> None:
    for _ in range(2):
        report = await simulated(lived_in, "browse=1")
        assert [*report.spreads()] == ["all", "browse"]

    assert await lived_in.value("SELECT count(*) FROM users.users") == PLAYERS
    assert await lived_in.value("SELECT count(*) FROM users.audit") == PLAYERS


async def test_a_broken_invariant_makes_a_report_unsound(lived_in: House) -> None:
    await simulated(lived_in, "browse=1")
    await lived_in.run("UPDATE users.users SET sakura_crystals = sakura_crystals + 1")

    report = await simulated(lived_in, "browse=1")

    assert not report.is_sound
    assert report.facts()["invariants"]["broken"]


async def test_the_command_prints_its_report_for_a_program(lived_in: House, tmp_path: Path) -> None:
    operator = Operator(Game(lived_in), tmp_path)
    words = ("--players", "2", "--minutes", "0.02", "--rate", "20", "--no-audit", "--json")

    said = await operator.says("simulate", *words)

    assert (said.code, json.loads(said.out)["is_sound"]) == (0, True)


def test_services_of_another_machine_are_spared() -> None:
    settings = GivenSettings(
        secret_key=SECRET_KEY, users_address="dns:///users:8601", economy_address="[::1]:1"
    )

    with pytest.raises(Trouble, match=r"^users on another machine"):
        require_own_house(settings, is_sure=False)

    require_own_house(settings, is_sure=True)
