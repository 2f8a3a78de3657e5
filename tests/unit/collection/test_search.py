"""The query language: what a text means, where it is wrong, and how it could go on."""

import string
import time
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.collection.catalog import rules as catalog_rules
from services.collection.catalog.rules import Catalog
from services.collection.roster.rules import POWERS
from services.collection.search.rules import Index, Query, QueryError, Sort, Spans, read, suggest
from services.collection.search.rules.keys import KEYS, SORTS, WORDS, Kind
from services.collection.search.rules.language import QUOTES
from services.collection.search.rules.query import Choice
from services.collection.search.rules.spans import HIGHEST, LOWEST
from services.collection.search.rules.suggest import LONGEST
from tests.unit.collection.rows import CONTENT, a_series_row, a_waifu_row, many_rows, read_csv

AT_LEAST_TWO = Spans(((2, HIGHEST),))


def numbers(**spans: tuple[int, int]) -> tuple[tuple[str, Spans], ...]:
    return tuple((key, Spans((pair,))) for key, pair in spans.items())


def choice(key: str, *words: str, is_negated: bool = False) -> Query:
    return Query(choices=(Choice(key, words, is_negated),))


# Meaning.


def test_the_example_of_the_game_document_means_what_it_says() -> None:
    text = (
        'rarity>=2 star:4 series:"Moon Harbor" element:fire archetype:mage '
        "awakened:no fav:yes dup:yes new sort:-power text"
    )

    assert read(text) == Query(
        words=("text",),
        choices=(
            Choice("archetype", ("mage",), is_negated=False),
            Choice("element", ("fire",), is_negated=False),
            Choice("series", ("moon harbor",), is_negated=False),
        ),
        numbers=(("rarity", AT_LEAST_TWO), ("star", Spans(((4, 4),)))),
        answers=(("awakened", False), ("dup", True), ("fav", True), ("new", True)),
        sort=Sort("power", is_descending=True),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  \t ", ()),
        ("oka", ("oka",)),
        ("Zoë ŌKAMI zoe", ("okami", "zoe")),
        ('"Sae  Hotarubi" x', ("sae hotarubi", "x")),
        ("“curved quotes”", ("curved quotes",)),
        ("%", ("%",)),
        ("i_1 100%_sure", ("100%_sure", "i_1")),
        ("love <3 :) a|b, 12:30", (":)", "12:30", "<3", "a|b,", "love")),
        ("rock'n'roll d\"Artagnan", ('d"artagnan', "rock'n'roll")),
        ('"rarity:2"', ("rarity:2",)),
        ('"new"', ("new",)),
        ("-minus --", ("--", "-minus")),
        ("東京 ミク", ("東京", "ミク")),
    ],
)
def test_words_are_only_words(text: str, words: tuple[str, ...]) -> None:
    assert read(text) == Query(words=tuple(sorted(words)))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("star:4", Query(numbers=numbers(star=(4, 4)))),
        ("STARS = 4", Query(numbers=numbers(star=(4, 4)))),
        ("star>4", Query(numbers=numbers(star=(5, HIGHEST)))),
        ("star >= 4", Query(numbers=numbers(star=(4, HIGHEST)))),
        ("star<4", Query(numbers=numbers(star=(LOWEST, 3)))),
        ("star<=4", Query(numbers=numbers(star=(LOWEST, 4)))),
        ("star:1|3,2", Query(numbers=numbers(star=(1, 3)))),
        ("star>1 star<4", Query(numbers=numbers(star=(2, 3)))),
        ("star:1 star:2", Query(numbers=(("star", Spans(())),))),
        ("-star>3", Query(numbers=numbers(star=(LOWEST, 3)))),
        ("shards:" + "9" * 150, Query(numbers=numbers(shards=(HIGHEST, HIGHEST)))),
        ("power>=500 power<2000", Query(numbers=numbers(star=(3, 4)))),
        ("power:7", Query(numbers=(("star", Spans(())),))),
        ("element:fire", choice("element", "fire")),
        ("element:Fire|water,fire", choice("element", "fire", "water")),
        ("-element:fire", choice("element", "fire", is_negated=True)),
        ('series:"A, B"|C', choice("series", "a, b", "c")),
        ("series:Gakkō", choice("series", "gakko")),
        ("fav:yes", Query(answers=(("fav", True),))),
        ("favourite:n -fav:on", Query(answers=(("fav", False),))),
        ("missing:yes owned:no", Query(answers=(("owned", False),))),
        ("NEW", Query(answers=(("new", True),))),
        ("new:no", Query(answers=(("new", False),))),
        ("fav:yes fav:no", Query(answers=(("fav", True),), contradicts=True)),
        ("sort:power", Query(sort=Sort("power"))),
        ("-sort:power", Query(sort=Sort("power", is_descending=True))),
        ("-sort:-power", Query(sort=Sort("power"))),
        ("sort:new", Query(sort=Sort("obtained", is_descending=True))),
        ("sort:-new", Query(sort=Sort("obtained"))),
    ],
)
def test_terms_narrow_the_list(text: str, query: Query) -> None:
    assert read(text) == query


def test_the_order_of_the_terms_means_nothing() -> None:
    assert read("b star:4 fav:no a element:fire") == read("element:fire a fav:no star=4 b")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("star:", "at 5: expected a value, found the end"),
        ("star:4|", "at 7: expected a value, found the end"),
        ("star:|4", 'at 5: expected a value, found "|"'),
        ("star:4,,5", 'at 7: expected a value, found ","'),
        ('series:"Moon', "at 7: this quote is never closed"),
        ('x "', "at 2: this quote is never closed"),
        ("raritty>=2", 'at 0: expected a key, found "raritty"; did you mean rarity?'),
        ("x -elemnt:fire", 'at 3: expected a key, found "elemnt"; did you mean element?'),
        ("Re:Zero", 'at 0: expected a key, found "re"; words with a colon go in "quotes"'),
        ("rarity:two", 'at 7: expected a whole number, found "two"'),
        ("rarity:2.5", 'at 7: expected a whole number, found "2.5"'),
        ("star>>4", 'at 5: expected a whole number, found ">4"'),
        ("star>1|2", "at 7: expected one value for star, found more"),
        ("element:fier", 'at 8: expected an element, found "fier"; did you mean fire?'),
        ("sort>name", 'at 4: expected ":" after sort, found ">"'),
        ("element>fire", 'at 7: expected ":" after element, found ">"'),
        ('series:""', 'at 7: expected a word, found ""'),
        ("fav:maybe", 'at 4: expected yes or no, found "maybe"'),
        ("fav:yes|no", "at 8: expected one value for fav, found more"),
        ("sort:powr", 'at 5: expected an order, found "powr"; did you mean power?'),
        ("sort:-powr", 'at 5: expected an order, found "-powr"; did you mean power?'),
        ("sort:name sort:id", "at 10: there is an order already"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, error: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(text)

    assert str(caught.value) == error


def test_who_names_no_element_is_told_which_there_are() -> None:
    with pytest.raises(QueryError, match="there are fire, water, earth") as caught:
        read("element:zzz")

    assert caught.value.place == len("element:")


pieces = st.sampled_from(
    [*WORDS, *SORTS, ":", "=", ">", ">=", "<", "-", "|", ",", '"', "“", " ", "  ", "4", "fire", "yes", "Ō", "東"]
)  # fmt: skip
texts = st.text(max_size=200) | st.lists(pieces, max_size=40).map("".join)


@given(text=texts)
def test_every_text_is_a_query_or_says_where_it_is_none(text: str) -> None:
    read_or_wrong = outcome_of(text)

    if isinstance(read_or_wrong, Query):
        assert hash(read_or_wrong) == hash(read(text))
    else:
        assert 0 <= read_or_wrong.place <= len(text)
        assert len(str(read_or_wrong)) < 250


def outcome_of(text: str) -> Query | QueryError:
    try:
        return read(text)
    except QueryError as error:
        return error


@given(words=st.lists(st.text(string.ascii_letters + string.digits + "%_'.!?", min_size=1)))
def test_bare_words_are_never_wrong(words: list[str]) -> None:
    assert not read(" ".join(words)).choices


@pytest.mark.parametrize("key", KEYS.values(), ids=str)
def test_every_key_has_an_example_that_can_be_read(key: object) -> None:
    assert isinstance(key, type(KEYS["star"]))
    assert read(key.example) != Query()
    assert key.example.startswith(key.name)


# Numbers.

spans = st.lists(st.tuples(st.integers(-5, 20), st.integers(-5, 20))).map(Spans.of)


@given(one=spans, other=spans, number=st.integers(-6, 21) | st.sampled_from([LOWEST, HIGHEST]))
def test_sets_of_numbers_are_what_logic_makes_of_them(
    one: Spans, other: Spans, number: int
) -> None:
    assert (number in (one | other)) == (number in one or number in other)
    assert (number in (one & other)) == (number in one and number in other)
    assert (number in ~one) == (number not in one)
    assert ~~one == one


def test_a_power_is_worth_its_stars() -> None:
    for stars, power in enumerate(POWERS, start=1):
        assert read(f"power:{power}") == read(f"star:{stars}")


# The catalogue's part.


def the_catalog() -> Catalog:
    series = [
        a_series_row(),
        a_series_row(3, series_id="8", name="Tsuki Minato", english_name='The "Moon" Harbor, 2',
                     genres="Comedy"),
    ]  # fmt: skip
    waifus = [
        a_waifu_row(2, waifu_id="1", name="Aoi", rarity="1", elemental_type='["fire", "dark"]'),
        a_waifu_row(3, waifu_id="2", name="Bela", rarity="2", series_id="8", archetype="Arch Mage"),
        a_waifu_row(4, waifu_id="3", name="Cleo", rarity="3", series_id="8", genre="Visual Novel",
                    archetype="", elemental_type='["fire"]'),
    ]  # fmt: skip
    plan = catalog_rules.settle(catalog_rules.read(series, waifus), {}, is_lenient=False)
    assert not plan.problems
    return Catalog.of(4, plan.series, plan.waifus)


INDEX = Index.of(the_catalog())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("star:4 fav:yes aoi", None),
        ("rarity>=2", {2, 3}),
        ("-rarity>=2", {1}),
        ("element:fire", {1, 3}),
        ("-element:fire", {2}),
        ("element:light|dark", {1, 2}),
        ("element:fire element:dark", {1}),
        ("series:minato", {2, 3}),
        ('series:"moon harbor"', {2, 3}),
        ("series:choir|harbor", {1, 2, 3}),
        ("archetype:mage", {2}),
        ("archetype:sage", {1}),
        ("-archetype:mage", {1, 3}),
        ("genre:comedy", {2, 3}),
        ("genre:music", {1}),
        ("medium:novel", {3}),
        ("rarity:3 genre:music", set()),
        ("fav:yes fav:no", set()),
    ],
)
def test_the_catalogue_answers_its_part(text: str, found: set[int] | None) -> None:
    assert INDEX.find(read(text)) == found


# Suggestions.


def suggested(text: str, index: Index = INDEX, count: int = 25) -> list[str]:
    return [one.query for one in suggest(text, index, count)]


def test_an_empty_query_goes_on_with_every_key() -> None:
    empty = Index.of(Catalog.of(0, [], []))

    assert suggested("", empty) == [key.example for key in KEYS.values()]
    assert suggested("fav:yes ", empty) == [f"fav:yes {key.example}" for key in KEYS.values()]


def test_the_example_of_a_word_is_one_that_many_have() -> None:
    examples = dict(zip(KEYS, suggested(""), strict=True))

    assert examples["element"] == "element:fire"
    assert examples["series"] == 'series:"The Moon Harbor, 2"'
    assert examples["genre"] == "genre:Comedy"
    assert examples["rarity"] == KEYS["rarity"].example


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        ("rar", ["rarity>=2"]),
        ("x ra", ["x rarity>=2"]),
        ("el", ["element:fire"]),
        ("-el", ["-element:fire"]),
        ("moon", ['series:"The Moon Harbor, 2"']),
        ("element:", ["element:dark", "element:fire", "element:light"]),
        ("element:fire|d", ["element:fire|dark"]),
        ('series:"tsu', ['series:"Tsuki Minato"']),
        ("series:har", ['series:"The Moon Harbor, 2"']),
        ("fav:", ["fav:yes", "fav:no"]),
        ("rarity>=", ["rarity>=1", "rarity>=2", "rarity>=3"]),
        ("sort:-p", ["sort:-power"]),
        ("medium:v", ['medium:"Visual Novel"']),
        ('"sae ho', ['"sae ho"']),
        ("sort:name so", []),
        ("nothing", []),
        ("series:nothing", []),
    ],
)
def test_the_end_of_a_query_is_completed(typed: str, ends: list[str]) -> None:
    assert suggested(typed) == ends


def test_after_a_whole_value_come_the_keys() -> None:
    assert suggested('series:"Tsuki Minato"', count=1) == ['series:"Tsuki Minato" rarity>=2']


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("foo:bar el", 'at 0: expected a key, found "foo"'),
        ("foo:ba", 'at 0: expected a key, found "foo"'),
        ("series<", "at 7: expected a value, found the end"),
        ("series<a", 'at 6: expected ":" after series, found "<"'),
        ("sort>name", 'at 4: expected ":" after sort, found ">"'),
        ("sort:name sort:i", "at 10: there is an order already"),
        ("fav:yes|n", "at 8: expected one value for fav, found more"),
        ("star>1|2", "at 7: expected one value for star, found more"),
        ("RARITY::|", 'at 7: expected a whole number, found ":"'),
        ("rarity:two|", 'at 7: expected a whole number, found "two"'),
    ],
)
def test_where_nothing_fits_it_is_told_what_is_wrong(typed: str, wrong: str) -> None:
    [told] = suggest(typed, INDEX, 5)

    assert told.query == typed
    assert told.meaning.startswith(wrong)


def test_no_more_is_proposed_than_was_asked_for() -> None:
    assert len(suggested("", count=3)) == 3
    assert suggested("", count=0) == []


@given(text=texts)
@example(text="RARITY::|")
def test_every_suggestion_can_be_read_and_is_short_enough(text: str) -> None:
    for one in suggest(text, INDEX, 25):
        assert len(one.query) <= LONGEST
        assert one.meaning
        if not one.meaning.startswith("at "):
            read(one.query)


def test_every_name_of_the_starter_content_is_found_by_its_suggestion() -> None:
    files = [list(read_csv(CONTENT / name)) for name in ("series.csv", "waifus.csv")]
    plan = catalog_rules.settle(catalog_rules.read(*files), {}, is_lenient=False)
    index = Index.of(Catalog.of(1, plan.series, plan.waifus))

    for key, kind in ((key.name, key.kind) for key in KEYS.values()):
        for entry in index.entries.get(key, ()) if kind is Kind.WORD else ():
            words = entry.shown.translate(dict.fromkeys(map(ord, QUOTES), " "))
            [first, *_] = suggested(f'{key}:"{words}', index)
            assert entry.waifu_ids <= (index.find(read(first)) or set())


def test_a_long_name_is_cut_and_still_found() -> None:
    [series] = [one for one in the_catalog().series.values() if one.series_id == 8]
    waifu = the_catalog().waifus[2]
    long = replace(series, name="一二三四五六七八九十 " * 20, english_name=None)
    index = Index.of(Catalog.of(1, [long], [waifu]))

    [only] = suggested("series:一", index)

    assert len(only) <= LONGEST
    assert index.find(read(only)) == {2}


def test_completing_is_quick_in_a_large_catalogue() -> None:
    """Autocompletion has 300 ms in all, and the service does nothing else meanwhile."""
    plan = catalog_rules.settle(catalog_rules.read(*many_rows()), {}, is_lenient=False)
    catalog = Catalog.of(1, plan.series, plan.waifus)
    index = Index.of(catalog)

    def spent(typed: str) -> float:
        begin = time.thread_time()
        suggest(typed, index, 25)
        catalog.search_waifus(typed, 25)
        return time.thread_time() - begin

    many = "x" * 200
    for typed in ("", "s", "st", "series:", "series:t", "rarity>=2 fav:no ha", "genre:m", many):
        # The best of three: now and then the collector of garbage walks over what other tests have left.
        assert min(spent(typed) for _ in range(3)) < 0.05, typed
