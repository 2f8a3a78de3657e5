"""Files of the atlas: every kind of damage is named with its place, and nothing else is taken."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.expeditions.atlas import rules
from services.expeditions.atlas.rules import Affinity, Condition, EncounterType, Modifier, Source
from services.expeditions.atlas.rules.modifiers import CHECKED_STATS, SHAPES
from tests.unit.expeditions.entries import (
    LEFT_OUT,
    NOTHING,
    ORIGINAL,
    SAMPLE_FILES,
    a_boon,
    a_gate,
    a_standard,
    a_template,
    draft_of,
    draft_of_files,
    entries,
)

has_sample = pytest.mark.skipif(
    not ORIGINAL.is_dir(), reason="the original's sample is not beside this clone"
)
WORDS = "is not letters and digits with single _ or - between"


def modifier(**fields: Any) -> Any:
    return a_boon(modifier=fields)


def found(draft: rules.Draft) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in draft.problems]


# What is right.


def test_a_template_is_read_whole() -> None:
    draft = draft_of([a_template()])

    assert draft.problems == []
    assert draft.templates.good["lamp-walk"] == rules.Template(
        template_id="lamp-walk",
        name="The Lamp Walk",
        duration_hours=4,
        difficulty=200,
        favored_count=2,
        disfavored_count=1,
        favored=(Affinity("elemental", "light"), Affinity("series_id", "7")),
        disfavored=(Affinity("archetype", "Ninja"),),
        dominant_stats=("int", "lck"),
        tags=("town", "night"),
    )


def test_an_affinity_that_stands_twice_counts_twice() -> None:
    pools = {"favored": {"elemental": ["light", "light"]}, "disfavored": {}}

    draft = draft_of([a_template(affinity_pools=pools, num_disfavored_affinities=0)])

    assert draft.templates.good["lamp-walk"].favored == (Affinity("elemental", "light"),) * 2


def test_the_four_types_of_encounters_are_read_whole() -> None:
    hazard = a_boon(
        encounter_id="hazard-rain",
        type="HAZARD",
        modifier={"type": "final_roll_penalty", "penalty_type": "mishap_chance", "value": 0.15},
    )

    read = draft_of([], [a_standard(), a_gate(), a_boon(), hazard]).encounters.good

    assert read["check-door"] == rules.Encounter(
        "check-door", "A Door", EncounterType.STANDARD, ("town",), "It opens.", "It does not.",
        check_stat="int", difficulty=200, common=20, great=40,
    )  # fmt: skip
    assert read["gate-loft"].condition == Condition("archetype", ("Bard",))
    assert read["gate-loft"].success_loot_value == 40
    assert read["boon-soup"].modifier == Modifier("stat_check_bonus", ("vit",), Fraction(60))
    assert (read["boon-soup"].text_success, read["boon-soup"].text_failure) == ("It is warm.",) * 2
    assert read["hazard-rain"].modifier == Modifier(
        "final_roll_penalty", value=Fraction(3, 20), kind="mishap_chance"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"type": "series_id", "value": [7, 8]}, Condition("series_id", ("7", "8"))),
        ({"type": "elemental", "value": "void"}, Condition("elemental", ("void",))),
        ({"type": "genre", "value": ["Drama"]}, Condition("genre", ("Drama",))),
        ({"type": "team_size", "value": 3}, Condition("team_size", ("3",))),
    ],
)
def test_a_condition_is_one_value_or_any_of_several(written: Any, read: Condition) -> None:
    draft = draft_of([], [a_gate(condition=written)])

    assert draft.encounters.good["gate-loft"].condition == read


EVERY_TYPE: list[tuple[dict[str, Any], Modifier]] = [
    ({"type": "stat_check_bonus", "stat": ["atk", "vit"], "value": 150},
     Modifier("stat_check_bonus", ("atk", "vit"), Fraction(150))),
    ({"type": "stat_check_penalty", "stat": "all", "value": -30},
     Modifier("stat_check_penalty", CHECKED_STATS, Fraction(-30))),
    ({"type": "affinity_add", "affinity": "favored", "category": "genre", "value": "Drama"},
     Modifier("affinity_add", affinity="favored", category="genre", name="Drama")),
    ({"type": "affinity_add", "affinity": "disfavored", "category": "series_id", "value": 7},
     Modifier("affinity_add", affinity="disfavored", category="series_id", name="7")),
    ({"type": "affinity_add", "affinity": "favored", "category": "gourmet"},
     Modifier("affinity_add", affinity="favored", category="gourmet")),
    ({"type": "final_roll_bonus", "bonus_type": "mishap_chance", "value": -0.15},
     Modifier("final_roll_bonus", value=Fraction(-3, 20), kind="mishap_chance")),
    ({"type": "final_roll_penalty", "penalty_type": "catastrophe_chance", "value": 0.1},
     Modifier("final_roll_penalty", value=Fraction(1, 10), kind="catastrophe_chance")),
    ({"type": "success_chance_increase", "value": 0.2},
     Modifier("success_chance_increase", value=Fraction(1, 5))),
    ({"type": "success_chance_increase_tag", "tag": "night", "value": 0.5},
     Modifier("success_chance_increase_tag", value=Fraction(1, 2), tags=("night",))),
    ({"type": "skill_score_multiplier", "value": 1.1},
     Modifier("skill_score_multiplier", value=Fraction(11, 10))),
    ({"type": "affinity_multiplier_add", "value": 0.75},
     Modifier("affinity_multiplier_add", value=Fraction(3, 4))),
    ({"type": "difficulty_increase_percent", "value": 0.25},
     Modifier("difficulty_increase_percent", value=Fraction(1, 4))),
    ({"type": "difficulty_increase_absolute", "value": 100},
     Modifier("difficulty_increase_absolute", value=Fraction(100))),
    ({"type": "loot_pool_bonus", "value": 5}, Modifier("loot_pool_bonus", value=Fraction(5))),
    ({"type": "loot_pool_penalty", "penalty_type": "mishap", "value": 2},
     Modifier("loot_pool_penalty", value=Fraction(2), kind="mishap")),
    ({"type": "guaranteed_success_tag", "tag": "night"},
     Modifier("guaranteed_success_tag", tags=("night",))),
    ({"type": "encounter_count_add", "value": 2},
     Modifier("encounter_count_add", value=Fraction(2))),
    ({"type": "encounter_count_subtract", "value": 1},
     Modifier("encounter_count_subtract", value=Fraction(1))),
    ({"type": "remove_encounter_tag", "tag": ["night", "town"]},
     Modifier("remove_encounter_tag", tags=("night", "town"))),
    ({"type": "encounter_tag_ignore", "tag": "town"},
     Modifier("encounter_tag_ignore", tags=("town",))),
    ({"type": "encounter_tag_add", "tag": "town"}, Modifier("encounter_tag_add", tags=("town",))),
    ({"type": "encounter_tag_swap", "from": "town", "to": "night"},
     Modifier("encounter_tag_swap", swap_from="town", swap_to="night")),
    *(({"type": plain}, Modifier(plain)) for plain in (
        "affinity_multiplier_halve", "affinity_multiplier_reset", "randomize_check_stats",
        "loot_quality_halved", "mishap_chance_halve", "prevent_next_mishap",
        "prevent_mishap_loot_loss", "prevent_all_mishaps", "guaranteed_success_next_encounter",
        "guaranteed_great_success_next_encounter", "skip_next_encounter", "encounter_count_halve",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("written", "read"), EVERY_TYPE, ids=lambda one: str(one)[:60])
def test_every_type_of_modifier_is_read_with_all_its_fields(
    written: dict[str, Any], read: Modifier
) -> None:
    draft = draft_of([], [a_boon(modifier=written)])

    assert draft.problems == []
    assert draft.encounters.good["boon-soup"].modifier == read


def test_the_list_above_has_every_type() -> None:
    assert {read.type for _, read in EVERY_TYPE} == set(SHAPES)


def test_pools_are_read_by_category() -> None:
    pools = {"series_id": [1, 2], "genre": ["Drama"]}

    draft = draft_of([], [], [pools])

    assert draft.affinities.good == {"series_id": ("1", "2"), "genre": ("Drama",)}


@has_sample
def test_the_sample_is_read_without_a_problem() -> None:
    draft = draft_of_files(ORIGINAL, SAMPLE_FILES)

    assert draft.problems == []
    assert (len(draft.templates.good), len(draft.encounters.good)) == (60, 140)
    assert [*draft.affinities.good] == ["elemental", "archetype", "series_id", "genre"]
    assert len(rules.warnings(draft, NOTHING, None)) == 30


# What is wrong.

TEMPLATE_DAMAGES: list[tuple[Any, str, str]] = [
    (b"{", "", "is not JSON: Expecting property name enclosed in double quotes at character 2"),
    (b"\xff{}", "", "is not UTF-8 text"),
    (b'{"name": 1, "name": 2}', "", "has the key 'name' twice"),
    (b'{"difficulty": NaN}', "", "is not JSON: NaN is no number"),
    (b'{"difficulty": 1e999}', "", "has a number that is too long: '1e999'"),
    (b'{"difficulty": ' + b"9" * 5000 + b"}", "", f"has a number that is too long: '{'9' * 58}…"),
    (b'{"name":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "", "is not JSON: too deep"),
    ([1], "", "is not an object: a list"),
    (a_template(expedition_id="a b"), "expedition_id", f"{WORDS}: 'a b'"),
    (a_template(expedition_id=5), "expedition_id", "is no text: '5'"),
    (a_template(expedition_id="x" * 65), "expedition_id", "is longer than 64 characters"),
    (a_template(name="  "), "name", "is empty"),
    (a_template(name=LEFT_OUT), "name", "is missing"),
    (a_template(name="a\nb"), "name", r"has a character that is no text: '\n'"),
    (a_template(name="a\u202eb"), "name", r"has a character that is no text: '\u202e'"),
    (a_template(name="a\ud800b"), "name", r"has a character that is no text: '\ud800'"),
    (a_template(duration_hours=0), "duration_hours", "is not within 1 and 48: '0'"),
    (a_template(duration_hours="4"), "duration_hours", "is not a whole number: '4'"),
    (a_template(duration_hours=4.0), "duration_hours", "is not a whole number: '\"4.0\"'"),
    (a_template(duration_hours=True), "duration_hours", "is not a whole number: 'true'"),
    (a_template(difficulty=-5), "difficulty", "is not within 1 and 100000: '-5'"),
    (a_template(num_favored_affinities=-1), "num_favored_affinities", "is not within 0 and 50: '-1'"),
    (a_template(num_disfavored_affinities=None), "num_disfavored_affinities",
     "is not a whole number: 'null'"),
    (a_template(dominant_stats=["luck"]), "dominant_stats",
     "entry 1 is none of atk, mag, vit, spr, int, spd, lck: 'luck'"),
    (a_template(dominant_stats=["hp"]), "dominant_stats",
     "entry 1 is none of atk, mag, vit, spr, int, spd, lck: 'hp'"),
    (a_template(dominant_stats=["int", "int"]), "dominant_stats", "has 'int' twice"),
    (a_template(dominant_stats=[]), "dominant_stats", "does not have 1 to 7 entries but 0"),
    (a_template(dominant_stats="int"), "dominant_stats", "is not a list: 'int'"),
    (a_template(encounter_pool_tags=["Town!"]), "encounter_pool_tags",
     "entry 1 is not small letters and digits with single _ between: 'Town!'"),
    (a_template(affinity_pools=[]), "affinity_pools", "is not an object: a list"),
    (a_template(affinity_pools={"favored": {}}), "affinity_pools.disfavored", "is missing"),
    (a_template(affinity_pools={"favored": {"element": ["fire"]}, "disfavored": {}}),
     "affinity_pools.favored.element", "does not belong here"),
    (a_template(affinity_pools={"favored": {"series_id": ["7"]}, "disfavored": {}}),
     "affinity_pools.favored.series_id", "entry 1 is not a whole number: '7'"),
    (a_template(level=3), "level", "does not belong here"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "field", "reason"), TEMPLATE_DAMAGES)
def test_damage_in_a_template_is_named(written: Any, field: str, reason: str) -> None:
    draft = draft_of([a_template(expedition_id="whole"), written])

    assert (field, reason) in found(draft)
    assert {one.line for one in draft.problems} == {20}
    assert {one.table for one in draft.problems} == {"templates"}
    assert [*draft.templates.good] == ["whole"]


STATS = "atk, mag, vit, spr, int, spd, lck"
ENCOUNTER_DAMAGES: list[tuple[Any, str, str]] = [
    (a_standard(type="BOSS"), "type", "is none of STANDARD, GATED, BOON, HAZARD: 'BOSS'"),
    (a_standard(type=LEFT_OUT), "type", "is missing"),
    (a_standard(check_stat="hp"), "check_stat", f"is none of {STATS}: 'hp'"),
    (a_standard(check_stat=LEFT_OUT), "check_stat", "is missing"),
    (a_standard(difficulty="hard"), "difficulty", "is not a whole number: 'hard'"),
    (a_standard(difficulty=0), "difficulty", "is not within 1 and 100000: '0'"),
    (a_standard(loot_values={"common": 20}), "loot_values.great", "is missing"),
    (a_standard(loot_values=LEFT_OUT), "loot_values", "is missing"),
    (a_standard(loot_values={"common": -1, "great": 2}), "loot_values.common",
     "is not within 0 and 10000: '-1'"),
    (a_standard(loot_values={"common": 1, "great": 2, "epic": 3}), "loot_values.epic",
     "does not belong here"),
    (a_standard(tags=[]), "tags", "does not have 1 to 20 entries but 0"),
    (a_standard(description_failure=LEFT_OUT), "description_failure", "is missing"),
    (a_standard(success_loot_value=5), "success_loot_value", "does not belong here"),
    (a_gate(condition=LEFT_OUT), "condition", "is missing"),
    (a_gate(condition={"type": "mood", "value": "good"}), "condition.type",
     "is none of elemental, archetype, series_id, genre, team_size: 'mood'"),
    (a_gate(condition={"type": "genre"}), "condition.value", "is missing"),
    (a_gate(condition={"type": "genre", "value": []}), "condition.value",
     "does not have 1 to 100 entries but 0"),
    (a_gate(condition={"type": "team_size", "value": 4}), "condition.value",
     "entry 1 is not within 1 and 3: '4'"),
    (a_gate(condition={"type": "series_id", "value": ["Seven"]}), "condition.value",
     "entry 1 is not a whole number: 'Seven'"),
    (a_gate(success_loot_value=LEFT_OUT), "success_loot_value", "is missing"),
    (a_gate(check_stat="int"), "check_stat", "does not belong here"),
    (a_boon(modifier=LEFT_OUT), "modifier", "is missing"),
    (a_boon(modifier="bonus"), "modifier", "is not an object: 'bonus'"),
    (a_boon(modifier={}), "modifier.type", "is missing"),
    (a_boon(description=LEFT_OUT), "description", "is missing"),
    (modifier(type="stat_check_bonus", stat="vit"), "modifier.value", "is missing"),
    (modifier(type="stat_check_bonus", value=5), "modifier.stat", "is missing"),
    (modifier(type="stat_check_bonus", stat="luck", value=5), "modifier.stat",
     f"entry 1 is none of {STATS}: 'luck'"),
    (modifier(type="stat_check_bonus", stat="vit", value=-5), "modifier.value",
     "is not within 1 and 10000: '-5'"),
    (modifier(type="stat_check_penalty", stat="vit", value=0), "modifier.value",
     "is 0 and would do nothing"),
    (modifier(type="stat_check_penalty", stat="vit", value=2.5), "modifier.value",
     "is not a whole number: '\"2.5\"'"),
    (modifier(type="affinity_add", affinity="loved", category="genre", value="Drama"),
     "modifier.affinity", "is none of favored, disfavored: 'loved'"),
    (modifier(type="affinity_add", affinity="favored", category="mood", value="good"),
     "modifier.category", "is none of elemental, archetype, series_id, genre: 'mood'"),
    (modifier(type="affinity_add", affinity="favored", category="series_id", value="Choir"),
     "modifier.value", "is not a whole number: 'Choir'"),
    (modifier(type="final_roll_bonus", bonus_type="weather", value=0.1), "modifier.bonus_type",
     "is none of jackpot_chance, mishap_chance, catastrophe_chance: 'weather'"),
    (modifier(type="final_roll_bonus", bonus_type="jackpot_chance", value=1.5), "modifier.value",
     "is not within -1 and 1: '\"1.5\"'"),
    (modifier(type="skill_score_multiplier", value="much"), "modifier.value",
     "is not a number: 'much'"),
    (modifier(type="encounter_count_add", value=99), "modifier.value",
     "is not within 1 and 20: '99'"),
    (modifier(type="guaranteed_success_tag"), "modifier.tag", "is missing"),
    (modifier(type="encounter_tag_swap", **{"from": "town"}), "modifier.to", "is missing"),
    (modifier(type="loot_pool_penalty", value=1, penalty_type="theft"), "modifier.penalty_type",
     "is none of mishap: 'theft'"),
    (modifier(type="prevent_all_mishaps", until="noon"), "modifier.until", "does not belong here"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "field", "reason"), ENCOUNTER_DAMAGES)
def test_damage_in_an_encounter_is_named(written: Any, field: str, reason: str) -> None:
    draft = draft_of([], [a_standard(encounter_id="whole"), written])

    assert found(draft) == [(field, reason)]
    assert [*draft.encounters.good] == ["whole"]


def test_an_unknown_modifier_is_named_with_all_that_are_known() -> None:
    [(field, reason)] = found(draft_of([], [a_boon(modifier={"type": "luck"})]))

    assert field == "modifier.type"
    assert reason == f"is none of {', '.join(SHAPES)}: 'luck'"


def test_an_id_that_stands_twice_is_named_with_the_first_line() -> None:
    draft = draft_of(
        [a_template(), a_template()], [a_standard(), a_gate(encounter_id="check-door")]
    )

    assert [(one.table, one.line, one.entry_id, one.reason) for one in draft.problems] == [
        ("templates", 20, "lamp-walk", "stands already in line 10"),
        ("encounters", 20, "check-door", "stands already in line 10"),
    ]


def test_damage_in_the_pools_is_named() -> None:
    draft = draft_of([], [], [{"genre": ["Drama", "Drama"], "mood": ["good"]}])

    assert found(draft) == [("genre", "has 'Drama' twice"), ("mood", "does not belong here")]


def test_every_problem_of_an_entry_is_told_at_once() -> None:
    draft = draft_of([a_template(name="", difficulty=0, dominant_stats=[])])

    assert {field for field, _ in found(draft)} == {"name", "difficulty", "dominant_stats"}
    assert draft.templates.rejected_count == 1


def test_long_values_are_cut_in_a_report() -> None:
    [(_, reason)] = found(draft_of([a_template(duration_hours="9" * 5000)]))

    assert len(reason) < 100


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    thing=st.sampled_from([a_template(), a_standard(), a_gate(), a_boon()]),
    data=st.data(),
    put=json_values,
)
def test_whatever_stands_in_a_field_is_read_or_named(
    thing: dict[str, Any], data: st.DataObject, put: object
) -> None:
    name = data.draw(st.sampled_from([*thing]))
    source = entries({**thing, name: put})

    draft = rules.read(Source(source, source, source))

    assert draft.problems
    for one in draft.problems:
        assert one.reason.isprintable()
        json.dumps(one.reason).encode()


@given(st.binary(max_size=50))
def test_whatever_bytes_come_are_read_or_named(source: bytes) -> None:
    assert draft_of([source]).problems
