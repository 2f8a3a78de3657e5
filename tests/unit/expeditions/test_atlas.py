"""What is asked of an atlas, and what it warns of."""

from typing import Any

import pytest

from services.expeditions.atlas import rules
from services.expeditions.atlas.rules import Atlas, Catalogue, EncounterType
from tests.unit.expeditions.entries import (
    NOTHING,
    a_boon,
    a_gate,
    a_standard,
    a_template,
    draft_of,
)

SOMEBODY = Catalogue(
    {
        "series_id": frozenset({"7"}),
        "archetype": frozenset({"Bard", "Ninja"}),
        "elemental": frozenset({"light"}),
        "genre": frozenset({"Drama"}),
    }
)


def atlas_of(templates: list[Any], encounters: list[Any]) -> Atlas:
    draft = draft_of(templates, encounters)
    assert draft.problems == []
    return Atlas.of(1, draft.templates.good.values(), draft.encounters.good.values(), {})


def warned(
    templates: list[Any],
    encounters: list[Any],
    affinities: list[Any] | None = None,
    *,
    before: Atlas = NOTHING,
    catalogue: Catalogue | None = SOMEBODY,
) -> list[tuple[str, str, str]]:
    draft = draft_of(templates, encounters, affinities)
    assert draft.problems == []
    return [
        (one.entry_id, one.field, one.reason) for one in rules.warnings(draft, before, catalogue)
    ]


# Asking.


def test_an_encounter_fits_by_a_tag_and_a_check_by_its_stat_too() -> None:
    atlas = atlas_of(
        [a_template()],
        [
            a_standard(encounter_id="fits"),
            a_standard(encounter_id="other-stat", check_stat="atk"),
            a_standard(encounter_id="other-tag", tags=["sea"]),
            a_gate(encounter_id="gate"),
            a_boon(encounter_id="far-boon", tags=["sea"]),
        ],
    )

    place = atlas.templates["lamp-walk"]
    assert [one.encounter_id for one in atlas.eligible(place)] == ["fits", "gate"]
    assert atlas.encounter_counts(place) == {"STANDARD": 1, "GATED": 1, "BOON": 0, "HAZARD": 0}


def test_where_no_tag_fits_everything_does_but_checks_of_other_stats() -> None:
    atlas = atlas_of(
        [a_template(encounter_pool_tags=["orbit"])],
        [a_standard(), a_standard(encounter_id="brawl", check_stat="atk"), a_boon()],
    )

    found = atlas.eligible(atlas.templates["lamp-walk"])
    assert [one.encounter_id for one in found] == ["boon-soup", "check-door"]


@pytest.mark.parametrize(
    ("difficulty", "tier"), [(1, 1), (399, 1), (400, 2), (1600, 5), (2000, 5), (18_002, 5)]
)
def test_a_difficulty_has_one_to_five_stars(difficulty: int, tier: int) -> None:
    assert rules.tier_of(difficulty) == tier


@pytest.mark.parametrize(("hours", "count"), [(1, 1), (4, 3), (6, 4), (18, 13), (20, 15)])
def test_three_quarters_of_the_hours_are_expected(hours: int, count: int) -> None:
    assert rules.expected_encounters(hours) == count


def test_words_are_found_in_any_order_without_case_and_accents() -> None:
    atlas = atlas_of(
        [
            a_template(expedition_id="a", name="Café Walk", difficulty=300),
            a_template(expedition_id="b", name="Walk", difficulty=200),
        ],
        [a_standard(), a_boon()],
    )

    def places(words: str) -> list[str]:
        return [one.template_id for one in atlas.search_templates(words)]

    assert places("") == places("walk") == places("NIGHT int") == places("light") == ["b", "a"]
    assert places("walk cafe") == ["a"]
    assert places("walk 7") == []
    assert [one.encounter_id for one in atlas.search_encounters("standard DOOR")] == ["check-door"]
    assert [one.encounter_id for one in atlas.search_encounters("bonus")] == ["boon-soup"]


# Warnings.


def test_an_atlas_that_fits_together_warns_of_nothing() -> None:
    pools = {"elemental": ["light"], "series_id": [7], "archetype": ["Ninja"]}

    assert warned([a_template()], [a_standard(), a_gate(), a_boon()], [pools]) == []


def test_unknown_tags_are_named_on_both_sides() -> None:
    boon = a_boon(modifier={"type": "encounter_tag_swap", "from": "town", "to": "orbit"})

    assert warned(
        [a_template(encounter_pool_tags=["town", "moon"])], [a_standard(tags=["town", "sea"]), boon]
    ) == [
        ("lamp-walk", "encounter_pool_tags", "no encounter has the tag moon"),
        ("check-door", "tags", "no template has the tag sea"),
        ("boon-soup", "modifier.to", "no encounter has the tag orbit"),
    ]


def test_unreachable_encounters_are_named() -> None:
    brawl = a_standard(encounter_id="brawl", check_stat="atk")
    far = a_boon(tags=["sea"])

    assert warned([a_template()], [a_standard(), brawl, a_gate(), far]) == [
        ("brawl", "", "is unreachable: no template has one of its tags and checks atk"),
        ("boon-soup", "tags", "no template has the tag sea"),
        ("boon-soup", "", "is unreachable: no template has one of its tags"),
    ]


def test_where_a_template_takes_everything_only_the_stat_can_be_in_the_way() -> None:
    anywhere = a_template(expedition_id="anywhere", encounter_pool_tags=["moon"])

    found = warned([anywhere], [a_standard(), a_standard(encounter_id="brawl", check_stat="atk")])

    assert found == [
        ("anywhere", "encounter_pool_tags", "no encounter has the tag moon"),
        ("check-door", "tags", "no template has the tag town"),
        ("brawl", "tags", "no template has the tag town"),
        ("brawl", "", "is unreachable: no template has one of its tags and checks atk"),
    ]


def test_a_place_where_no_check_can_come_is_named() -> None:
    assert (
        "lamp-walk",
        "dominant_stats",
        "no STANDARD encounter checks one of them there",
    ) in warned([a_template(dominant_stats=["atk"])], [a_standard(), a_gate()])


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"type": "archetype", "value": ["Samurai", "Monk"]}, "archetype 'Samurai or Monk'"),
        ({"type": "elemental", "value": "fire"}, "elemental 'fire'"),
        ({"type": "series_id", "value": [8]}, "series_id '8'"),
        ({"type": "genre", "value": "Horror"}, "genre 'Horror'"),
    ],
)
def test_a_gate_that_nobody_can_open_is_named(condition: Any, reason: str) -> None:
    assert warned([a_template()], [a_standard(), a_gate(condition=condition)]) == [
        ("gate-loft", "condition.value", f"nobody in the catalogue has {reason}")
    ]


@pytest.mark.parametrize(
    "condition",
    [
        {"type": "archetype", "value": ["Samurai", "bard"]},
        {"type": "genre", "value": "DRAMA"},
        {"type": "team_size", "value": 3},
    ],
)
def test_one_of_several_is_enough_and_case_does_not_matter(condition: Any) -> None:
    assert warned([a_template()], [a_standard(), a_gate(condition=condition)]) == []


def test_affinities_that_nobody_has_are_named_letter_by_letter() -> None:
    pools = {"favored": {"elemental": ["void"], "genre": ["drama"]}, "disfavored": {}}
    boon = a_boon(
        modifier={
            "type": "affinity_add",
            "affinity": "favored",
            "category": "genre",
            "value": "War",
        }
    )

    assert warned(
        [a_template(affinity_pools=pools, num_disfavored_affinities=0)],
        [a_standard(tags=["town", "night"]), boon],
        [{"elemental": ["light"], "genre": ["War"]}],
    ) == [
        ("lamp-walk", "affinity_pools.favored.elemental", "void stands in no affinity pool"),
        ("lamp-walk", "affinity_pools.favored.elemental", "nobody in the catalogue has void"),
        ("lamp-walk", "affinity_pools.favored.genre", "drama stands in no affinity pool"),
        ("lamp-walk", "affinity_pools.favored.genre", "nobody in the catalogue has drama"),
        ("boon-soup", "modifier.value", "nobody in the catalogue has War"),
    ]


def test_without_a_catalogue_nothing_is_said_about_it() -> None:
    gate = a_gate(condition={"type": "genre", "value": "Horror"})

    assert warned([a_template()], [a_standard(), gate], catalogue=None) == []


def test_what_is_there_already_counts_and_is_not_warned_of() -> None:
    before = atlas_of([a_template(encounter_pool_tags=["town", "moon"])], [a_standard()])

    assert warned([], [a_gate(tags=["moon"])], before=before) == []


@pytest.mark.parametrize(
    ("entry", "field", "reason"),
    [
        (a_standard(difficulty=18_002), "difficulty", "is over 2000: 18002"),
        (a_boon(modifier={"type": "affinity_add", "affinity": "favored", "category": "gourmet"}),
         "modifier.value", "is missing, so the modifier does nothing"),
        (a_boon(modifier={"type": "skip_next_encounter", "value": 2}),
         "modifier.value", "is not used by skip_next_encounter"),
    ],
)  # fmt: skip
def test_strange_encounters_are_named(entry: Any, field: str, reason: str) -> None:
    every = [a_standard(encounter_id="always", tags=["town", "night"]), entry]

    assert warned([a_template()], every) == [(entry["encounter_id"], field, reason)]


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"difficulty": 2001}, "difficulty", "is over 2000, so no rotation has it"),
        ({"num_favored_affinities": 3}, "num_favored_affinities", "is 3, but only 2 stand there"),
    ],
)
def test_strange_templates_are_named(changed: Any, field: str, reason: str) -> None:
    every = [a_standard(tags=["town", "night"])]

    assert warned([a_template(**changed)], every) == [("lamp-walk", field, reason)]


def test_warnings_come_in_the_order_of_the_file() -> None:
    draft = draft_of(
        [],
        [
            a_standard(tags=["sea"]),
            a_standard(encounter_id="typo", difficulty=18_002),
            a_gate(tags=["sea"]),
        ],
    )

    found = rules.warnings(draft, NOTHING, None)

    assert [one.line for one in found] == sorted(one.line for one in found)
    assert {one.line for one in found} == {10, 20, 30}


def test_every_type_of_encounter_has_a_name() -> None:
    assert [*EncounterType] == ["STANDARD", "GATED", "BOON", "HAZARD"]
