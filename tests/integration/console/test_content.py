"""`geminya content import` for expeditions: three files into a running house, looked at beside its catalogue."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from console import content
from console.content import Files, Report
from console.trouble import Trouble
from tests.support.house import House, Houses
from tests.unit.expeditions.entries import (
    CONTENT,
    ORIGINAL,
    SAMPLE_FILES,
    a_boon,
    a_gate,
    a_standard,
    a_template,
)

WARNINGS_OF_THE_SAMPLE = 102
"""Most are of series and archetypes that its part of the catalogue lacks."""
has_sample = pytest.mark.skipif(
    not ORIGINAL.is_dir(), reason="the original's sample is not beside this clone"
)
CATALOGUE = Files(CONTENT / "series.csv", CONTENT / "waifus.csv")
STARTER = Files(
    CONTENT / "series.csv",
    CONTENT / "waifus.csv",
    expeditions=CONTENT / "expeditions.json",
    encounters=CONTENT / "encounters.json",
    affinities=CONTENT / "affinities.json",
)


async def imported(house: House, files: Files) -> Report:
    ports = {f"{name}_port": house.running[name].port for name in house.running}
    return await content.import_files(house.settings_of("expeditions", **ports), files)


def written(folder: Path, **files: Any) -> Files:
    """Files with these things in them."""
    for name, things in files.items():
        (folder / f"{name}.json").write_text(json.dumps(things, indent=1))
    return Files(**{name: folder / f"{name}.json" for name in files})


@pytest.fixture
async def house(houses: Houses) -> House:
    return await houses("collection", "expeditions")


async def test_the_starter_content_fits_its_own_catalogue(house: House) -> None:
    report = await imported(house, STARTER)
    again = await imported(house, STARTER)

    assert report.is_written
    assert (report.problems, report.warnings, report.warning_count) == ([], [], 0)
    assert str(report) == (
        "13 series, 156 waifus, 45 expeditions, 170 encounters, 4 affinity pools"
    )
    assert report.has_news
    assert not again.has_news


@has_sample
async def test_the_sample_is_imported_beside_its_own_catalogue(house: House) -> None:
    series, waifus = ORIGINAL / "series_sample.csv", ORIGINAL / "characters_sample.csv"
    places, encounters, affinities = (ORIGINAL / name for name in SAMPLE_FILES)
    files = Files(series, waifus, expeditions=places, encounters=encounters, affinities=affinities)

    report = await imported(house, files)
    again = await imported(house, files)

    assert (report.is_written, report.problems) == (True, [])
    assert str(report).endswith("60 expeditions, 140 encounters, 4 affinity pools")
    assert report.warning_count == len(report.warnings) == WARNINGS_OF_THE_SAMPLE
    assert not again.has_news


async def test_what_the_catalogue_lacks_is_told_with_file_and_line(
    house: House, tmp_path: Path
) -> None:
    await imported(house, CATALOGUE)
    pools = {"favored": {"series_id": [1000001, 7]}, "disfavored": {"genre": ["Music"]}}
    gate = a_gate(condition={"type": "archetype", "value": ["Astronaut"]})

    report = await imported(
        house,
        written(
            tmp_path,
            expeditions=[a_template(affinity_pools=pools)],
            encounters=[a_standard(), gate, a_gate(encounter_id="gate-bard")],
        ),
    )

    assert report.is_written
    assert [str(one).removeprefix(f"{tmp_path}/") for one in report.warnings] == [
        "expeditions.json:2 lamp-walk affinity_pools.favored.series_id: "
        "nobody in the catalogue has 7",
        "encounters.json:18 gate-loft condition.value: "
        "nobody in the catalogue has archetype 'Astronaut'",
    ]


async def test_damage_in_one_file_stops_all_three(house: House, tmp_path: Path) -> None:
    files = written(
        tmp_path,
        expeditions=[a_template(), a_template(expedition_id="b", difficulty=0)],
        encounters=[a_standard(), a_boon(modifier={"type": "luck"})],
        affinities={"genre": ["Drama"]},
    )

    report = await imported(house, files)

    assert not report.is_written
    told = [(Path(one.file).name, one.column) for one in report.problems]
    assert told == [
        ("expeditions.json", "b difficulty"),
        ("encounters.json", "boon-soup modifier.type"),
    ]
    assert all(one.line > 2 for one in report.problems)
    assert await house.value("SELECT count(*) FROM expeditions.expedition_templates") == 0
    assert await house.value("SELECT count(*) FROM expeditions.atlas_versions") == 0


async def test_without_waifus_nobody_is_missed(house: House, tmp_path: Path) -> None:
    report = await imported(
        house, written(tmp_path, expeditions=[a_template()], encounters=[a_standard(), a_gate()])
    )

    assert (report.is_written, report.warnings) == (True, [])


async def test_a_house_that_is_not_there_is_one_sentence(house: House, tmp_path: Path) -> None:
    files = written(tmp_path, encounters=[a_standard()])
    await house.stop()

    with pytest.raises(Trouble, match="collection does not answer"):
        await content.import_files(house.settings_of("expeditions"), files)


def test_the_command_tells_warnings_and_problems(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def answer(*_: object) -> Report:
        return Report(
            counts=[content.Count("encounters", 1, 0, 2, 0)],
            warnings=[content.Problem("e.json", 4, "gate-loft", "is unreachable")] * 250,
            warning_count=300,
        )

    monkeypatch.setattr(content, "import_files", answer)
    file = tmp_path / "e.json"
    shown = CliRunner().invoke(content.app, ["--encounters", str(file)])
    as_json = CliRunner().invoke(content.app, ["--encounters", str(file), "--json"])

    lines = shown.stdout.splitlines()
    assert shown.exit_code == 0
    assert lines[0] == "warning: e.json:4 gate-loft: is unreachable"
    assert lines[200:] == [
        "and 50 more; --json shows them all",
        "encounters: 1 added, 0 changed, 2 unchanged, 0 rejected",
        "300 warnings; nothing was left out because of them",
    ]
    assert len(json.loads(as_json.stdout)["warnings"]) == 250
