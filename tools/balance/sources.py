"""Reads the files that are measured. They were checked when they were imported; here they are trusted."""

import csv
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from services.expeditions.atlas.rules.types import (
    Affinity,
    Condition,
    Encounter,
    EncounterType,
    Modifier,
    Template,
)
from services.expeditions.expedition.rules import Member
from services.expeditions.expedition.rules.numbers import CHECKED_STATS


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
    encounters = (encounter_of(one) for one in entries(files.encounters))
    kept = (EncounterType.STANDARD, EncounterType.GATED, *([*EncounterType] if is_full else ()))
    return World(
        templates=tuple(template_of(one) for one in entries(files.expeditions)),
        encounters=tuple(one for one in encounters if one.type in kept),
        waifus=tuple(waifus(files)),
    )


def entries(file: Path) -> list[dict[str, Any]]:
    """The objects of a JSON file; numbers stay exact."""
    return json.loads(file.read_text(), parse_float=Fraction)


def template_of(entry: dict[str, Any]) -> Template:
    """A place."""
    pools = entry["affinity_pools"]
    return Template(
        template_id=entry["expedition_id"],
        name=entry["name"],
        duration_hours=entry["duration_hours"],
        difficulty=entry["difficulty"],
        favored_count=entry["num_favored_affinities"],
        disfavored_count=entry["num_disfavored_affinities"],
        favored=affinities(pools["favored"]),
        disfavored=affinities(pools["disfavored"]),
        dominant_stats=tuple(entry["dominant_stats"]),
        tags=tuple(entry["encounter_pool_tags"]),
    )


def affinities(pool: dict[str, list[Any]]) -> tuple[Affinity, ...]:
    """What a place likes, or dislikes."""
    return tuple(Affinity(kind, str(value)) for kind, values in pool.items() for value in values)


def encounter_of(entry: dict[str, Any]) -> Encounter:
    """An encounter of any type."""
    loot = entry.get("loot_values", {})
    gate, turn = entry.get("condition"), entry.get("modifier")
    return Encounter(
        encounter_id=entry["encounter_id"],
        name=entry["name"],
        type=EncounterType(entry["type"]),
        tags=tuple(entry["tags"]),
        text_success="",
        text_failure="",
        check_stat=entry.get("check_stat", ""),
        difficulty=entry.get("difficulty", 0),
        common=loot.get("common", 0),
        great=loot.get("great", 0),
        condition=Condition(gate["type"], listed(gate["value"])) if gate else None,
        success_loot_value=entry.get("success_loot_value", 0),
        modifier=modifier_of(turn) if turn else None,
    )


def modifier_of(entry: dict[str, Any]) -> Modifier:
    """What a boon or a hazard changes."""
    value = entry.get("value")
    is_amount = isinstance(value, int | Fraction)
    stats = listed(entry.get("stat", []))
    return Modifier(
        type=entry["type"],
        stats=CHECKED_STATS if stats == ("all",) else stats,
        value=Fraction(value) if is_amount else None,
        affinity=entry.get("affinity", ""),
        category=entry.get("category", ""),
        name="" if value is None or entry["type"] != "affinity_add" else str(value),
        tags=listed(entry.get("tag", [])),
        kind=entry.get("bonus_type", entry.get("penalty_type", "")),
        swap_from=entry.get("from", ""),
        swap_to=entry.get("to", ""),
    )


def listed(value: object) -> tuple[str, ...]:
    """One value or several, as words."""
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


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
