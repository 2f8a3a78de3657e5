"""Reads the files that are measured, places and encounters as an import does."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from services.expeditions.atlas import rules as atlas
from services.expeditions.atlas.rules import (
    Encounter,
    EncounterType,
    Source,
    SourceEntry,
    Template,
)
from services.expeditions.expedition.rules import Member


@dataclass(frozen=True, slots=True)
class World:
    """Where to go, what happens there, and who can go."""

    templates: tuple[Template, ...]
    encounters: tuple[Encounter, ...]
    waifus: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """The four files of a world."""

    expeditions: Path
    encounters: Path
    series: Path
    waifus: Path


def read(files: Files, *, is_full: bool) -> World:
    """The world of the files; only a full one has boons and hazards."""
    draft = atlas.read(
        Source(templates=entries(files.expeditions), encounters=entries(files.encounters))
    )
    if draft.problems:
        raise ValueError(f"the files could not be imported: {draft.problems[0]}")
    left_out = () if is_full else (EncounterType.BOON, EncounterType.HAZARD)
    return World(
        templates=tuple(draft.templates.good.values()),
        encounters=tuple(one for one in draft.encounters.good.values() if one.type not in left_out),
        waifus=tuple(waifus(files)),
    )


def entries(file: Path) -> list[SourceEntry]:
    """The objects of a JSON file, as an import takes them."""
    known = json.loads(file.read_text())
    return [SourceEntry(line, json.dumps(one).encode()) for line, one in enumerate(known, 1)]


def waifus(files: Files) -> list[Member]:
    """Everybody, with one star and nothing else that helps."""
    genres = {row["series_id"]: tuple(row["genres"].split("|")) for row in rows(files.series)}
    return [
        Member(
            waifu_id=int(row["waifu_id"]),
            stats=json.loads(row["stats"]),
            stars=1,
            constellation=0,
            bond_level=1,
            is_awakened=False,
            elements=tuple(json.loads(row["elemental_type"])),
            archetype=row["archetype"],
            series_id=int(row["series_id"]),
            genres=genres.get(row["series_id"], ()),
        )
        for row in rows(files.waifus)
    ]


def rows(file: Path) -> list[dict[str, str]]:
    """The rows of a table, by the names of its columns."""
    with file.open(newline="") as lines:
        return [*csv.DictReader(lines)]
