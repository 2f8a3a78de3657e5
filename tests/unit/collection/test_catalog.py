"""Reading a file of the catalogue, and finding somebody in it."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.collection.catalog.rules import (
    Catalog,
    Draft,
    Plan,
    Problem,
    Series,
    SourceRow,
    Waifu,
    read,
    settle,
)
from services.collection.catalog.rules.rows import ELEMENTS, ROLES
from tests.unit.collection.rows import (
    CONTENT,
    ORIGINAL,
    SERIES_CELLS,
    STATS,
    WAIFU_CELLS,
    a_series_row,
    a_waifu_row,
    read_csv,
)


def plan_of(
    series: list[SourceRow],
    waifus: list[SourceRow] | None = None,
    known: dict[int, str] | None = None,
    *,
    is_lenient: bool = False,
) -> Plan:
    return settle(read(series, waifus or []), known or {}, is_lenient=is_lenient)


def the_series(**cells: str) -> Series:
    plan = plan_of([a_series_row(**cells)])
    assert not plan.problems
    return plan.series[0]


def the_waifu(**cells: str) -> Waifu:
    plan = plan_of([a_series_row()], [a_waifu_row(**cells)])
    assert not plan.problems
    return plan.waifus[0]


def stats_with(**changed: Any) -> str:
    return json.dumps({**STATS, **changed})


# What is right.


@pytest.mark.skipif(not ORIGINAL.is_dir(), reason="the original's sample is not beside this clone")
def test_the_sample_of_the_original_is_read_whole() -> None:
    series = list(read_csv(ORIGINAL / "series_sample.csv"))
    waifus = list(read_csv(ORIGINAL / "characters_sample.csv"))

    plan = plan_of(series, waifus)

    assert (len(plan.series), len(plan.waifus), list(plan.problems)) == (40, 487, [])
    assert not any("_x000D_" in (one.synopsis or "") for one in plan.series)
    assert all(one.studios for one in plan.series)


def test_our_own_content_is_read_whole() -> None:
    series = list(read_csv(CONTENT / "series.csv"))
    waifus = list(read_csv(CONTENT / "waifus.csv"))

    plan = plan_of(series, waifus)

    assert list(plan.problems) == []
    assert (len(plan.series), len(plan.waifus)) == (len(series), len(waifus))


def test_a_row_becomes_a_waifu_with_the_name_of_her_series() -> None:
    waifu = the_waifu(series="somebody else's")

    assert (waifu.name, waifu.series, waifu.rarity) == ("Sae Hotarubi", "The Lighthouse Choir", 3)
    assert waifu.stats.lck == 120
    assert waifu.birthday == date(2000, 2, 29)
    assert waifu.special_dialogue == {"greeting": "You are late."}


def test_the_newer_shape_names_the_maker_in_an_object() -> None:
    cells = {**SERIES_CELLS, "creator": '{"author": "M. Okabe", "serialization": "Brine"}'}
    del cells["studios"], cells["media_type"]

    [series] = plan_of([SourceRow(2, cells)]).series

    assert (series.studios, series.media_type) == ("M. Okabe", "anime")


def test_a_studio_goes_before_a_developer_before_an_author() -> None:
    creator = {"author": "A", "developer": "B", "studio": "C"}
    assert the_series(studios="", creator=json.dumps(creator)).studios == "C"
    del creator["studio"]
    assert the_series(studios="", creator=json.dumps(creator)).studios == "B"
    assert the_series(studios="", creator="{}").studios is None


@pytest.mark.parametrize("nothing", ["", "  ", "nan", "NaN"])
def test_nothing_is_nothing_however_it_is_written(nothing: str) -> None:
    series = the_series(english_name=nothing, favorites=nothing, score=nothing, image_link=nothing)

    assert (series.english_name, series.favorites, series.score) == (None, None, None)
    assert the_waifu(about=nothing, birthday=nothing, potency=nothing).potency == {}


@pytest.mark.parametrize(("cell", "count"), [("53", 53), ("53.0", 53), ("1e3", 1000), ("0", 0)])
def test_whole_numbers_may_be_written_as_floats(cell: str, count: int) -> None:
    assert the_series(favorites=cell).favorites == count


def test_what_spreadsheets_leave_behind_is_taken_out() -> None:
    series = the_series(synopsis=" One._x000D_\n_x000D_\r\nTwo\tthree. ", name="Cafe\u0301")

    assert series.synopsis == "One.\n\nTwo three."
    assert series.name == "Café"


def test_columns_that_are_not_ours_do_not_matter() -> None:
    assert the_waifu(favorites="not even a number", notes="x").waifu_id == 70


# What is wrong, and how it is named.


def the_problems(
    series: dict[str, str] | None = None, waifu: dict[str, str] | None = None
) -> list[tuple[str, int, str, str]]:
    plan = plan_of([a_series_row(3, **(series or {}))], [a_waifu_row(5, **(waifu or {}))])
    return [(one.table, one.line, one.column, one.reason) for one in plan.problems]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("series_id", "x", "is not a number: 'x'"),
        ("series_id", "0", "is not within 1 and 2147483647: '0'"),
        ("series_id", "2147483648", "is not within 1 and 2147483647: '2147483648'"),
        ("name", " ", "is empty"),
        ("name", "n" * 256, "is longer than 255 characters"),
        ("name", "a\nb", "has a line break"),
        ("name", "a\0b", r"has a character that is no text: '\x00'"),
        ("name", "a\udc80b", r"has a character that is no text: '\udc80'"),
        ("name", "a\u202eb", r"has a character that is no text: '\u202e'"),
        ("synopsis", "a\x07b", r"has a character that is no text: '\x07'"),
        ("synopsis", "n" * 8001, "is longer than 8000 characters"),
        ("image_link", "ftp://x/y.jpg", "is not an http or https address: 'ftp://x/y.jpg'"),
        ("image_link", "https:///y.jpg", "is not an http or https address: 'https:///y.jpg'"),
        ("image_link", "http://[::1/y", "Invalid IPv6 URL"),
        ("image_link", "http://x:99999/", "Port out of range 0-65535"),
        ("creator", "[]", "is not an object"),
        ("creator", "{", "is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ("creator", '{"studio": 5}', "has an entry that is no text: '5'"),
        ("genres", "", "is empty"),
        ("genres", "Music||Drama", "has an empty genre between two bars"),
        ("favorites", "-1", "is not within 0 and 2147483647: '-1'"),
        ("favorites", "12.5", "is not a whole number: '12.5'"),
        ("members", "many", "is not a number: 'many'"),
        ("members", "inf", "is not a number: 'inf'"),
        ("score", "10.5", "is not within 0 and 10: '10.5'"),
        ("score", "1_0", "is not a number: '1_0'"),
        ("media_type", "film", "is none of anime, manga, visual_novel, light_novel, game: 'film'"),
    ],
)  # fmt: skip
def test_a_bad_cell_of_a_series_is_named(column: str, cell: str, reason: str) -> None:
    cells = {column: cell, **({"studios": ""} if column == "creator" else {})}
    assert ("series", 3, column, reason) in the_problems(series=cells)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("waifu_id", "1.5", "is not a whole number: '1.5'"),
        ("name", "", "is empty"),
        ("series_id", "8", "there is no series 8"),
        ("genre", "", "is empty"),
        ("rarity", "0", "is not within 1 and 3: '0'"),
        ("rarity", "4", "is not within 1 and 3: '4'"),
        ("image_url", "javascript:x", "is not an http or https address: 'javascript:x'"),
        ("stats", "", "is empty"),
        ("stats", "{]", "is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ("stats", "[1]", "is not an object"),
        ("stats", '{"hp": 1}', "lacks 'atk', 'int', 'lck', 'mag', 'spd', 'spr', 'vit'"),
        ("stats", stats_with(mp=5), "also has 'mp'"),
        ("stats", stats_with(hp=0), "hp is not a whole number within 1 and 999: '0'"),
        ("stats", stats_with(hp=1000), "hp is not a whole number within 1 and 999: '1000'"),
        ("stats", stats_with(hp=73.0), "hp is not a whole number within 1 and 999: '73.0'"),
        ("stats", stats_with(hp=True), "hp is not a whole number within 1 and 999: 'true'"),
        ("stats", stats_with(hp="90"), "hp is not a whole number within 1 and 999: '90'"),
        ("stats", stats_with(hp=[9]), "hp is not a whole number within 1 and 999: a list"),
        ("stats", stats_with()[:-1] + ', "hp": 2}', "has 'hp' twice"),
        ("stats", stats_with(hp=float("nan")), "is not JSON: NaN is no number"),
        ("stats", "[" * 100_000, "is not JSON: too deep"),
        ("elemental_type", "[]", "has no element"),
        ("elemental_type", '"fire"', "is not a list"),
        ("elemental_type", '["fire", "fire"]', "has an entry twice"),
        ("elemental_type", '["Fire"]', f"is none of {', '.join(ELEMENTS)}: 'Fire'"),
        ("potency", '{"Mage": "E"}', "Mage is none of S, A, B, C, D, F: 'E'"),
        ("potency", '{"Cook": "S"}', f"is none of {', '.join(ROLES)}: 'Cook'"),
        ("elemental_resistances", '{"fire": "immune"}', "fire is none of weak, neutral, resist: 'immune'"),
        ("birthday", "29.02.2000", "is not a date like 2000-12-31: '29.02.2000'"),
        ("birthday", "2001-02-29", "is not a day of the calendar: '2001-02-29'"),
        ("favorite_gifts", '["a", ""]', "has an empty entry"),
        ("favorite_gifts", json.dumps([str(n) for n in range(21)]), "has more than 20 entries"),
        ("special_dialogue", '{"greeting": null}', "has an entry that is no text: 'null'"),
        ("special_dialogue", '{"greeting": "\\ud800"}', r"has a character that is no text: '\ud800'"),
        ("special_dialogue", '{"greeting": "\\u0000"}', r"has a character that is no text: '\x00'"),
        ("archetype", "x" * 101, "is longer than 100 characters"),
        ("", "one cell too many", "the row has more cells than the table has columns"),
    ],
)  # fmt: skip
def test_a_bad_cell_of_a_waifu_is_named(column: str, cell: str, reason: str) -> None:
    assert the_problems(waifu={column: cell}) == [("waifus", 5, column, reason)]


def test_a_column_that_is_missing_is_named() -> None:
    cells = dict(WAIFU_CELLS)
    del cells["stats"]

    [problem] = plan_of([a_series_row()], [SourceRow(4, cells)]).problems

    assert problem == Problem("waifus", 4, "stats", "is missing")


def test_every_bad_cell_of_a_row_is_named_and_the_row_counts_once() -> None:
    plan = plan_of([a_series_row()], [a_waifu_row(9, rarity="7", stats="{}", image_url="x")])

    assert {problem.column for problem in plan.problems} == {"rarity", "stats", "image_url"}
    assert plan.rejected_waifus_count == 1


def test_an_id_stands_in_a_file_once() -> None:
    series = [a_series_row(2), a_series_row(3, name="Another")]
    waifus = [a_waifu_row(2), a_waifu_row(3, rarity="9"), a_waifu_row(4)]

    assert [(one.line, one.reason) for one in plan_of(series, waifus).problems] == [
        (3, "7 stands already in line 2"),
        (3, "70 stands already in line 2"),
        (3, "is not within 1 and 3: '9'"),
        (4, "70 stands already in line 2"),
    ]


def test_a_name_belongs_to_one_series_whatever_its_case() -> None:
    series = [a_series_row(2), a_series_row(3, series_id="8", name="THE lighthouse CHOIR")]

    [problem] = plan_of(series).problems

    assert problem == Problem("series", 3, "name", "series 7 has the same name")


def test_a_name_of_the_catalogue_is_taken_too() -> None:
    [problem] = plan_of([a_series_row(2)], known={3: "the lighthouse choir"}).problems

    assert problem.reason == "series 3 has the same name"


def test_two_series_may_swap_their_names() -> None:
    series = [a_series_row(2, series_id="1", name="B"), a_series_row(3, series_id="2", name="A")]

    assert not plan_of(series, known={1: "A", 2: "B"}).problems


def test_a_series_may_be_known_from_an_earlier_import() -> None:
    [waifu] = plan_of([], [a_waifu_row()], known={7: "The Old Choir"}).waifus

    assert waifu.series == "The Old Choir"


def test_a_bad_series_brings_no_second_problem_for_each_of_its_waifus() -> None:
    plan = plan_of([a_series_row(score="11")], [a_waifu_row()])

    assert [problem.table for problem in plan.problems] == ["series"]


def test_a_lenient_import_keeps_what_is_right() -> None:
    series = [a_series_row(2), a_series_row(3, series_id="8", name="Other", score="11")]
    waifus = [a_waifu_row(2), a_waifu_row(3, waifu_id="71", series_id="8"), a_waifu_row(4)]

    plan = plan_of(series, waifus, is_lenient=True)

    assert [one.series_id for one in plan.series] == [7]
    assert [one.waifu_id for one in plan.waifus] == [70]
    assert (plan.rejected_series_count, plan.rejected_waifus_count) == (1, 2)
    assert [problem.reason for problem in plan.problems] == [
        "is not within 0 and 10: '11'",
        "the row of series 8 was rejected",
        "70 stands already in line 2",
    ]


def test_a_rejected_new_name_leaves_the_old_one_taken() -> None:
    """Series 1 wants a name that is taken, so it keeps its own, and series 2 cannot have that."""
    series = [a_series_row(2, series_id="1", name="C"), a_series_row(3, series_id="2", name="A")]

    plan = plan_of(series, known={1: "A", 2: "B", 3: "C"}, is_lenient=True)

    assert list(plan.series) == []
    assert [(one.line, one.reason) for one in plan.problems] == [
        (2, "series 3 has the same name"),
        (3, "series 1 has the same name"),
    ]


cells = st.dictionaries(
    st.sampled_from([*SERIES_CELLS, *WAIFU_CELLS, "creator", ""]),
    st.text() | st.sampled_from(["nan", "[]", "{}", '{"a": [{}]}', "1e99", "-0", "[[[[1]]]]"]),
)


@settings(deadline=None)
@given(series=cells, waifu=cells)
def test_no_cell_breaks_the_reading(series: dict[str, str], waifu: dict[str, str]) -> None:
    plan = plan_of([a_series_row(**series)], [a_waifu_row(**waifu)], is_lenient=True)

    assert len(plan.series) + plan.rejected_series_count == 1
    assert len(plan.waifus) + plan.rejected_waifus_count == 1
    for problem in plan.problems:
        problem.reason.encode()
        assert len(problem.reason) < 300


def test_an_empty_file_is_an_empty_plan() -> None:
    assert isinstance(read([], []), Draft)
    assert plan_of([]) == Plan([], [], [], 0, 0)


# Finding somebody.


def a_catalog(*names: str) -> Catalog:
    series = the_series()
    waifus = [the_waifu(waifu_id=str(70 + place), name=name) for place, name in enumerate(names)]
    return Catalog.of(1, [series], waifus)


def found(catalog: Catalog, words: str, count: int = 25) -> list[str]:
    return [waifu.name for waifu in catalog.search_waifus(words, count)]


def test_who_begins_with_the_words_comes_first() -> None:
    catalog = a_catalog("Mina Aoi", "Aoi Mina", "Kaoi", "Aoi", "Bela")

    assert found(catalog, "aoi") == ["Aoi", "Aoi Mina", "Mina Aoi", "Kaoi"]
    assert found(catalog, "aoi", 2) == ["Aoi", "Aoi Mina"]


@pytest.mark.parametrize("typed", ["Zoë Ōkami", "zoe okami", "ZOE  OKAMI", "okami zoe", "zo ok"])
def test_accents_case_and_order_do_not_matter(typed: str) -> None:
    assert found(a_catalog("Zoë Ōkami", "Bela"), typed) == ["Zoë Ōkami"]


def test_no_words_are_everybody_by_name() -> None:
    assert found(a_catalog("Celia", "bela", "Ann"), "") == ["Ann", "bela", "Celia"]


def test_nobody_may_be_found() -> None:
    assert found(a_catalog("Celia"), "xyz") == []


def test_a_series_is_found_by_its_english_name_too() -> None:
    series = the_series(name="Yoiakari Yakan Gakkō", english_name="Lanternwick Evening School")
    catalog = Catalog.of(1, [series], [])

    assert catalog.search_series("evening", 5) == [series]
    assert catalog.search_series("gakko", 5) == [series]


def test_a_search_may_ask_for_a_rarity() -> None:
    """Whom a ticket of so many stars can bring, and out of which series."""
    series = [
        replace(the_series(), series_id=number, name=f"Story {number}") for number in (1, 2, 3)
    ]
    waifus = [
        replace(the_waifu(), waifu_id=number, name=f"Mina {number}", series_id=of, rarity=stars)
        for number, (of, stars) in enumerate([(1, 1), (1, 3), (2, 2), (2, 3)])
    ]
    catalog = Catalog.of(1, series, waifus)

    assert [one.name for one in catalog.search_waifus("mina", 25, 3)] == ["Mina 1", "Mina 3"]
    assert [one.name for one in catalog.search_waifus("mina", 1, 2)] == ["Mina 2"]
    assert [one.name for one in catalog.search_series("", 25, 2)] == ["Story 2"]
    assert len(catalog.search_series("", 25, 3)) == 2
    assert len(catalog.search_series("", 25)) == 3
    assert len(catalog.search_waifus("", 25)) == 4
    assert Catalog.of(1, series, []).search_series("", 25, 1) == []


def test_matching_ids_are_all_who_match() -> None:
    assert a_catalog("Aoi", "Bela", "Kaoi").named_waifu_ids(["aoi"]) == [70, 72]


@given(st.text(max_size=20))
def test_everybody_is_found_by_their_own_name(name: str) -> None:
    catalog = Catalog.of(1, [], [replace(the_waifu(), name=name or "x")])

    assert catalog.search_waifus(name, 1)
