"""Entries of files that are right; a test changes what it is about."""

import json
from pathlib import Path
from typing import Any

from console.entries import read_document, read_entries
from services.expeditions.atlas import rules
from services.expeditions.atlas.rules import Affinity, Draft, Source, SourceEntry, Template

CONTENT = Path(__file__).parents[3] / "content"
ORIGINAL = Path(__file__).parents[4] / "shared" / "data" / "original"
"""The original's sample, which lies beside a developer's clone and nowhere else."""
OUR_FILES = ("expeditions.json", "encounters.json", "affinities.json")
SAMPLE_FILES = ("expeditions_sample.json", "encounters_sample.json", "affinity_pools.json")
NOTHING = rules.Atlas.of(0, [], [], {})
LEFT_OUT = object()


def a_template(**changed: Any) -> dict[str, Any]:
    """An expedition as it stands in a file."""
    return changed_from(
        {
            "expedition_id": "lamp-walk",
            "name": "The Lamp Walk",
            "duration_hours": 4,
            "difficulty": 200,
            "num_favored_affinities": 2,
            "num_disfavored_affinities": 1,
            "dominant_stats": ["int", "lck"],
            "affinity_pools": {
                "favored": {"elemental": ["light"], "series_id": [7]},
                "disfavored": {"archetype": ["Ninja"]},
            },
            "encounter_pool_tags": ["town", "night"],
        },
        changed,
    )


def a_standard(**changed: Any) -> dict[str, Any]:
    """A check."""
    return changed_from(
        {
            "encounter_id": "check-door",
            "name": "A Door",
            "type": "STANDARD",
            "tags": ["town"],
            "description_success": "It opens.",
            "description_failure": "It does not.",
            "check_stat": "int",
            "difficulty": 200,
            "loot_values": {"common": 20, "great": 40},
        },
        changed,
    )


def a_gate(**changed: Any) -> dict[str, Any]:
    """A gate."""
    return changed_from(
        {
            "encounter_id": "gate-loft",
            "name": "The Loft",
            "type": "GATED",
            "tags": ["night"],
            "description_success": "They know her.",
            "description_failure": "They do not.",
            "condition": {"type": "archetype", "value": "Bard"},
            "success_loot_value": 40,
        },
        changed,
    )


def a_boon(**changed: Any) -> dict[str, Any]:
    """A boon with the modifier of a type, or with the one that is given."""
    return changed_from(
        {
            "encounter_id": "boon-soup",
            "name": "Soup",
            "type": "BOON",
            "tags": ["town"],
            "description": "It is warm.",
            "modifier": {"type": "stat_check_bonus", "stat": "vit", "value": 60},
        },
        changed,
    )


def changed_from(entry: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (entry | changed).items() if value is not LEFT_OUT}


def entries(*things: object) -> list[SourceEntry]:
    """A file with one entry in each tenth line; bytes are taken as they are."""
    return [
        SourceEntry(10 * place, one if isinstance(one, bytes) else json.dumps(one).encode())
        for place, one in enumerate(things, 1)
    ]


def draft_of(
    templates: list[Any] | None = None,
    encounters: list[Any] | None = None,
    affinities: list[Any] | None = None,
) -> Draft:
    """What is read of these entries."""
    return rules.read(
        Source(
            entries(*(templates or [])), entries(*(encounters or [])), entries(*(affinities or []))
        )
    )


def draft_of_files(folder: Path, names: tuple[str, str, str]) -> Draft:
    """What is read of files."""
    readers = (read_entries, read_entries, read_document)
    read = [
        [SourceEntry(entry.line, entry.json) for entry in reader(folder / name)]
        for reader, name in zip(readers, names, strict=True)
    ]
    return rules.read(Source(*read))


def template(template_id: str, difficulty: int = 200) -> Template:
    """A template that was read."""
    return Template(
        template_id, template_id.title(), 4, difficulty, 1, 0,
        (Affinity("elemental", "light"),), (), ("int", "lck"), ("town",),
    )  # fmt: skip
