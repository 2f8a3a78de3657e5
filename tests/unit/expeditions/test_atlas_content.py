"""Our own places and encounters: enough of everything, and all of it fits together."""

import csv
import json
from collections import Counter
from fractions import Fraction

import pytest

from services.expeditions.atlas import rules
from services.expeditions.atlas.rules import Atlas, Catalogue, Encounter, EncounterType
from services.expeditions.atlas.rules.modifiers import CHECKED_STATS, SHAPES
from services.expeditions.atlas.rules.rotation import BINS
from tests.unit.expeditions.entries import CONTENT, NOTHING, OUR_FILES, draft_of_files

DRAFT = draft_of_files(CONTENT, OUR_FILES)
TEMPLATES = DRAFT.templates.good
ENCOUNTERS = DRAFT.encounters.good
ATLAS = Atlas.of(1, TEMPLATES.values(), ENCOUNTERS.values(), DRAFT.affinities.good)
LEAST_CHECKS = 20
MOST_TAGS = 12


def of_type(kind: EncounterType) -> list[Encounter]:
    return [one for one in ENCOUNTERS.values() if one.type is kind]


def our_catalogue() -> Catalogue:
    with (CONTENT / "waifus.csv").open(encoding="utf-8", newline="") as file:
        waifus = [*csv.DictReader(file)]
    with (CONTENT / "series.csv").open(encoding="utf-8", newline="") as file:
        genres = [row["genres"].split("|") for row in csv.DictReader(file)]
    return Catalogue(
        {
            "series_id": frozenset(waifu["series_id"] for waifu in waifus),
            "archetype": frozenset(waifu["archetype"] for waifu in waifus),
            "elemental": frozenset(
                element for waifu in waifus for element in json.loads(waifu["elemental_type"])
            ),
            "genre": frozenset(genre for row in genres for genre in row),
        }
    )


def test_nothing_is_wrong_and_nothing_is_strange() -> None:
    assert DRAFT.problems == []
    assert rules.warnings(DRAFT, NOTHING, our_catalogue()) == []


def test_the_pools_are_what_our_waifus_have() -> None:
    assert {name: frozenset(pool) for name, pool in DRAFT.affinities.good.items()} == (
        our_catalogue().values
    )


def test_every_bin_has_enough_for_a_rotation_that_changes() -> None:
    for low, high in BINS:
        assert sum(low <= one.difficulty <= high for one in TEMPLATES.values()) >= 9
    assert len(TEMPLATES) >= 40


def test_there_are_enough_encounters_of_every_type() -> None:
    counts = Counter(one.type for one in ENCOUNTERS.values())

    assert counts.total() >= 120
    assert counts[EncounterType.STANDARD] >= 75
    for kind in (EncounterType.GATED, EncounterType.BOON, EncounterType.HAZARD):
        assert counts[kind] >= 15


@pytest.mark.parametrize("stat", CHECKED_STATS)
def test_every_stat_is_checked_from_easy_to_hard(stat: str) -> None:
    levels = [one.difficulty for one in of_type(EncounterType.STANDARD) if one.check_stat == stat]

    assert len(levels) >= 10
    for low, high in BINS:
        assert sum(low <= level <= high for level in levels) >= 2
    assert min(levels) >= 200
    assert max(levels) <= 2000


def test_every_type_of_modifier_happens() -> None:
    assert {one.modifier.type for one in ENCOUNTERS.values() if one.modifier} == set(SHAPES)


def test_every_type_of_condition_is_asked() -> None:
    asked = {one.condition.type for one in ENCOUNTERS.values() if one.condition}

    assert asked == {"series_id", "archetype", "elemental", "genre", "team_size"}


def test_a_boon_helps_and_a_hazard_hurts() -> None:
    for one in ENCOUNTERS.values():
        if one.modifier is None:
            continue
        helps = one.type is EncounterType.BOON
        kind, value = one.modifier.type, one.modifier.value
        match kind:
            case "affinity_add":
                assert (one.modifier.affinity == "favored") == helps
            case "skill_score_multiplier":
                assert value is not None
                assert (value > Fraction(1)) == helps
            case _:
                against = ("penalty", "halve", "reset", "increase", "skip", "random", "swap")
                is_bad = any(word in kind for word in against) or kind == "encounter_count_add"
                is_bad = is_bad and not kind.startswith(("success_chance", "mishap_chance"))
                assert is_bad != helps, one.encounter_id


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_no_place_runs_out_of_checks(template_id: str) -> None:
    counts = ATLAS.encounter_counts(TEMPLATES[template_id])

    assert counts["STANDARD"] >= LEAST_CHECKS
    assert min(counts.values()) >= 3


def test_a_place_has_at_least_two_stats_and_all_it_likes_acts() -> None:
    for one in TEMPLATES.values():
        assert 2 <= len(one.dominant_stats) <= 3
        assert one.favored_count == len(one.favored) >= 2
        assert one.disfavored_count == len(one.disfavored) <= 2
        assert 2 <= len(one.tags) <= 6


def test_tags_are_a_small_vocabulary() -> None:
    tags = {tag for one in (*TEMPLATES.values(), *ENCOUNTERS.values()) for tag in one.tags}

    assert len(tags) <= MOST_TAGS


def test_no_text_is_told_twice() -> None:
    texts = [one.text_success for one in ENCOUNTERS.values()]
    texts += [one.text_failure for one in ENCOUNTERS.values() if one.modifier is None]
    names = [one.name for one in (*TEMPLATES.values(), *ENCOUNTERS.values())]

    assert [text for text, times in Counter(texts + names).items() if times > 1] == []
    assert all(len(text) <= 160 for text in texts)
    assert all(len(name) <= 51 for name in names)
