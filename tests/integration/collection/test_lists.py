"""Lists keep their word: a query finds whom it means, in its order, page by page, in one statement."""

import json
import unicodedata
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from geminya.collection.v1 import catalog_pb2
from geminya.collection.v1 import roster_pb2 as pb
from services.collection.catalog.rules import SourceRow
from services.collection.search.rules.keys import SORTS
from tests.integration.collection.builders import (
    Collection,
    a_grant,
    import_rows,
    listen,
)
from tests.support.calls import bad_request, fails_with, refused
from tests.support.house import NOON
from tests.unit.collection.rows import (
    CONTENT,
    ORIGINAL,
    a_series_row,
    a_waifu_row,
    many_rows,
    read_csv,
)

PLAYER, OTHER = 7, 8
ELEMENTS = ("fire", "water", "light", "dark")


def owned(query: str = "", player: int = PLAYER, **more: Any) -> pb.ListOwnedWaifusRequest:
    return pb.ListOwnedWaifusRequest(user_id=player, query=query, **more)


def album(query: str = "", player: int = PLAYER, **more: Any) -> pb.ListAlbumRequest:
    return pb.ListAlbumRequest(user_id=player, query=query, **more)


async def every(call: Callable[[Any], Awaitable[Any]], request: Any) -> list[Any]:
    """The entries of all pages, which all tell the same counts."""
    entries, answer = [], await call(request)
    total = answer.total_count
    while answer.next_page_token:
        assert len(answer.entries) == request.page_size
        entries += answer.entries
        assert len(entries) < total, "there is no end"
        request.page_token = answer.next_page_token
        answer = await call(request)
        assert answer.total_count == total
    entries += answer.entries
    assert len(entries) == total
    return entries


def ids(entries: list[Any]) -> list[int]:
    return [entry.waifu.waifu_id for entry in entries]


@pytest.fixture
async def stocked(collection: Collection) -> Collection:
    """Two series and eight waifus; the player has 1 to 6, another one has 7 and 1."""
    series = [
        a_series_row(),
        a_series_row(3, series_id="8", name="Tsuki Minato", english_name="Moon Harbor",
                     genres="Comedy"),
    ]  # fmt: skip
    waifus = [
        a_waifu_row(
            number,
            waifu_id=str(number),
            name=name,
            rarity=str(1 + number % 3),
            series_id="7" if number <= 4 else "8",
            elemental_type=json.dumps([ELEMENTS[number % 4]]),
            archetype="Mage" if number % 2 else "Guard",
        )
        for number, name in enumerate(
            ["Aoi", "Bela", "Zoë Ōkami", "Dorothea", "Eve", "Fumi", "Gwen", "初音ミク"], start=1
        )
    ]
    await import_rows(collection.catalog, series, waifus)
    await collection.roster.Grant(a_grant(*range(1, 7), 2, 2, 5))
    await collection.roster.Grant(a_grant(1, 1, 7, player=OTHER))
    await collection.database.bare.run(
        """
        -- has_a_past
        UPDATE user_waifus SET
            is_awakened = waifu_id IN (1, 2),
            is_favorite = waifu_id IN (2, 3),
            bond_level = waifu_id,
            -- A happy one who has calmed down, a happy one, a sad one; by now, and long ago.
            mood = CASE waifu_id WHEN 1 THEN 30 WHEN 2 THEN 60 WHEN 3 THEN -40 ELSE 0 END,
            mood_at = CASE WHEN waifu_id = 1 THEN $2::timestamptz - interval '100 days' WHEN waifu_id <= 3 THEN $2 END,
            custom_nickname = CASE waifu_id WHEN 6 THEN 'Señorita Öko' END,
            obtained_at = now() - CASE waifu_id
                -- A moment before the fifth.
                WHEN 4 THEN interval '10 days 1 millisecond'
                ELSE make_interval(days => waifu_id * 2)
            END
        WHERE user_id = $1
        """,
        PLAYER,
        NOON,
    )
    return collection


# What a query finds.


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {1, 2, 3, 4, 5, 6}),
        ("okami", {3}),
        ("ok", {3, 6}),
        ("SENORITA oko", {6}),
        ("señorita zoe", set()),
        ("nobody", set()),
        ("rarity:2", {1, 4}),
        ("rarity>=2", {1, 2, 4, 5}),
        ("star:3", {2, 5}),
        ("-star:3", {1, 3, 4, 6}),
        ("power>=500", {2, 5}),
        ("bond>2 bond<5", {3, 4}),
        ("bond:1|6", {1, 6}),
        ("constellation>=1", {2, 5}),
        ("mood>=20", {2}),
        ("mood<0", {3}),
        ("mood:0", {1, 4, 5, 6}),
        ("mood:-40|60", {2, 3}),
        ("shards>=50", {2, 5}),
        ("shards<100 shards>0", {5}),
        ("shards:0", {1, 3, 4, 6}),
        ("series:minato", {5, 6}),
        ('series:"moon harbor"', {5, 6}),
        ("-series:moon", {1, 2, 3, 4}),
        ("element:water", {1, 5}),
        ("element:water|dark", {1, 3, 5}),
        ("archetype:mage", {1, 3, 5}),
        ("genre:comedy", {5, 6}),
        ("medium:anime", {1, 2, 3, 4, 5, 6}),
        ("awakened:yes", {1, 2}),
        ("awakened:no", {3, 4, 5, 6}),
        ("fav:yes", {2, 3}),
        ("dup:yes", {2, 5}),
        ("dup:no", {1, 3, 4, 6}),
        ("new", {1, 2, 3}),
        ("new:no", {4, 5, 6}),
        ("owned:yes", {1, 2, 3, 4, 5, 6}),
        ("owned:no", set()),
        ("fav:yes awakened:yes bela", {2}),
        ("fav:yes fav:no", set()),
    ],
)
async def test_a_query_finds_whom_it_means(
    stocked: Collection, query: str, found: set[int]
) -> None:
    answer = await stocked.roster.ListOwnedWaifus(owned(query))

    assert set(ids(answer.entries)) == found
    assert answer.total_count == len(found)


@pytest.mark.parametrize(
    ("query", "found", "of_them_owned"),
    [
        ("", {1, 2, 3, 4, 5, 6, 7, 8}, 6),
        ("owned:no", {7, 8}, 0),
        ("missing:yes series:moon", {7, 8}, 0),
        ("missing:no rarity:3", {2, 5}, 2),
        ("rarity:3", {2, 5, 8}, 2),
        ("ミク", {8}, 0),
        # What is asked of an owned one is not so for who is missing, and the opposite neither.
        ("fav:no", {1, 4, 5, 6}, 4),
        ("star<=2", {1, 3, 4, 6}, 4),
        ("dup:no", {1, 3, 4, 6}, 4),
    ],
)
async def test_an_album_shows_who_is_missing_too(
    stocked: Collection, query: str, found: set[int], of_them_owned: int
) -> None:
    answer = await stocked.roster.ListAlbum(album(query))

    assert set(ids(answer.entries)) == found
    assert (answer.total_count, answer.owned_count) == (len(found), of_them_owned)
    for entry in answer.entries:
        assert entry.HasField("owned") == (entry.waifu.waifu_id <= 6)
        assert entry.owned.waifu_id in (0, entry.waifu.waifu_id)


async def test_a_series_narrows_both_lists(stocked: Collection) -> None:
    mine = await stocked.roster.ListOwnedWaifus(owned("archetype:mage", series_id=8))
    everybody = await stocked.roster.ListAlbum(album(series_id=8))
    nobody = await stocked.roster.ListAlbum(album(series_id=99))

    assert ids(mine.entries) == [5]
    assert set(ids(everybody.entries)) == {5, 6, 7, 8}
    assert (nobody.total_count, nobody.owned_count, list(nobody.entries)) == (0, 0, [])


async def test_a_list_shows_the_owners_things_and_nobody_elses(stocked: Collection) -> None:
    theirs = await stocked.roster.ListOwnedWaifus(owned(player=OTHER))
    nothing = await stocked.roster.ListOwnedWaifus(owned("awakened:yes", player=OTHER))
    empty = await stocked.roster.ListAlbum(album(player=99))

    assert {(e.owned.waifu_id, e.owned.bond_level) for e in theirs.entries} == {(1, 1), (7, 1)}
    assert nothing.total_count == 0
    assert (empty.total_count, empty.owned_count) == (8, 0)


async def test_an_entry_of_both_lists_is_the_same(stocked: Collection) -> None:
    [mine] = (await stocked.roster.ListOwnedWaifus(owned("bela"))).entries
    [shown] = (await stocked.roster.ListAlbum(album("bela"))).entries

    assert mine == shown
    assert (mine.owned.character_shards, mine.owned.is_favorite) == (100, True)
    assert mine.waifu.archetype == "Guard"


@pytest.mark.parametrize(
    "query", ["series:", 'fav:yes "', "raritty:2", "rarity:x", "sort:name sort:id"]
)
async def test_what_is_no_query_is_a_bad_request_with_its_place(
    stocked: Collection, query: str
) -> None:
    for call in (
        stocked.roster.ListOwnedWaifus(owned(query)),
        stocked.roster.ListAlbum(album(query)),
    ):
        with bad_request("query", "at "):
            await call


@pytest.mark.parametrize("query", ["x" * 201, "a\nb", "zero\u200bwidth", "nul\0", "ﬁ"], ids=ascii)
async def test_a_query_is_a_short_clean_line(stocked: Collection, query: str) -> None:
    with bad_request("query"):
        await stocked.roster.ListOwnedWaifus(owned(query))


@pytest.mark.parametrize(
    "query",
    ["'; DROP TABLE waifus; --", "%_\\", "$1", "star:" + "9" * 190, "🦊 {}[]()", "\\u0041",
     "-" * 200, "zz " * 66, "shards<0", "shards>2147483646", "-shards>=0"],
)  # fmt: skip
async def test_odd_queries_are_answered(stocked: Collection, query: str) -> None:
    for call in (stocked.roster.ListOwnedWaifus, stocked.roster.ListAlbum):
        request = owned(query) if call is stocked.roster.ListOwnedWaifus else album(query)
        assert (await call(request)).total_count == 0


# Orders and pages.


async def test_without_an_order_stars_rarity_and_name_decide(stocked: Collection) -> None:
    mine = await stocked.roster.ListOwnedWaifus(owned())
    everybody = await stocked.roster.ListAlbum(album())
    of_a_series = await stocked.roster.ListAlbum(album(series_id=8))

    def by_stars(e: Any) -> Any:
        return -e.owned.current_star_level, -e.waifu.rarity, e.waifu.name

    def by_rarity(e: Any) -> Any:
        return -e.waifu.rarity, e.waifu.name

    assert [*mine.entries] == sorted(mine.entries, key=by_stars)
    assert [*everybody.entries] == sorted(everybody.entries, key=by_stars)
    assert [*of_a_series.entries] == sorted(of_a_series.entries, key=by_rarity)


async def test_an_album_of_everybody_begins_with_who_is_there(stocked: Collection) -> None:
    shown = (await stocked.roster.ListAlbum(album())).entries

    there = [entry.HasField("owned") for entry in shown]
    assert there == sorted(there, reverse=True)
    assert {*there} == {True, False}


KEYS: dict[str, Callable[[Any], Any]] = {
    "power": lambda e: e.owned.power,
    "star": lambda e: e.owned.current_star_level,
    "rarity": lambda e: e.waifu.rarity,
    "name": lambda e: e.waifu.name,
    "bond": lambda e: e.owned.bond_level,
    "constellation": lambda e: e.owned.constellation_level,
    "shards": lambda e: e.owned.character_shards,
    "mood": lambda e: e.owned.mood,
    "obtained": lambda e: e.owned.obtain_time.ToDatetime(),
    "new": lambda e: -e.owned.obtain_time.ToDatetime().timestamp(),
    "series": lambda e: e.waifu.series,
    "id": lambda e: e.waifu.waifu_id,
}


def test_every_order_is_tried() -> None:
    assert KEYS.keys() == SORTS.keys()


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("size", [1, 2, 4])
async def test_every_order_is_kept_from_page_to_page(
    stocked: Collection, sort: str, sign: str, size: int
) -> None:
    query = f"sort:{sign}{sort}"
    whole = [*(await stocked.roster.ListOwnedWaifus(owned(query, page_size=100))).entries]
    paged = await every(stocked.roster.ListOwnedWaifus, owned(query, page_size=size))
    pages = await every(stocked.roster.ListAlbum, album(query, page_size=size))

    key = KEYS[sort]
    assert paged == whole
    assert [key(e) for e in paged] == sorted(map(key, paged), reverse=sign == "-")
    # The tie is broken in the same way whatever the direction.
    for one, next_one in pairwise(paged):
        ties = [(-e.waifu.rarity, e.waifu.name, e.waifu.waifu_id) for e in (one, next_one)]
        assert key(one) != key(next_one) or ties == sorted(ties)
    assert len({*ids(pages)}) == len(pages) == 8
    if sort not in ("rarity", "name", "series", "id"):
        assert {*ids(pages)[6:]} == {7, 8}, "who is missing comes last"


async def test_pages_hold_when_the_names_are_longer_than_a_token(collection: Collection) -> None:
    """A name of 255 CJK letters is 765 bytes; the list of the first evening kept it in its token."""
    names = ["長" * 254 + last for last in "一丁七万丈三"]
    waifus = [
        a_waifu_row(number, waifu_id=str(number), name=name)
        for number, name in enumerate(names, start=1)
    ]
    await import_rows(collection.catalog, waifus=waifus)
    await collection.roster.Grant(a_grant(*range(1, 7)))

    for query in ("", "sort:name", "sort:-name", "sort:series"):
        found = await every(collection.roster.ListOwnedWaifus, owned(query, page_size=2))
        assert sorted(ids(found)) == [1, 2, 3, 4, 5, 6]


async def test_who_comes_meanwhile_does_not_double_anybody(stocked: Collection) -> None:
    first = await stocked.roster.ListOwnedWaifus(owned("sort:name", page_size=3))
    await stocked.roster.Grant(a_grant(7, 8))

    second = await stocked.roster.ListOwnedWaifus(
        owned("sort:name", page_size=100, page_token=first.next_page_token)
    )

    assert not {*ids(first.entries)} & {*ids(second.entries)}
    assert {*ids(first.entries), *ids(second.entries)} == set(range(1, 9))
    assert second.total_count == 8


async def test_moods_are_told_at_one_moment_on_all_pages(stocked: Collection) -> None:
    """Between two pages an hour goes by: who has calmed down meanwhile is not shown again."""
    clock = stocked.house.clock
    assert isinstance(clock, StoppedClock)
    request = owned("sort:-mood", page_size=1)
    first = await stocked.roster.ListOwnedWaifus(request)
    assert ids(first.entries) == [2]
    await stocked.database.bare.run(
        """
        -- cheers
        UPDATE user_waifus SET mood = 59, mood_at = $2 WHERE waifu_id = 4 AND user_id = $1
        """,
        PLAYER,
        NOON,
    )
    clock.move(timedelta(hours=1))

    request.page_token, request.page_size = first.next_page_token, 100
    others = await stocked.roster.ListOwnedWaifus(request)

    assert ids(others.entries)[0] == 4
    assert {*ids(others.entries)} == {1, 3, 4, 5, 6}


async def test_a_token_belongs_to_its_list_and_what_was_asked(stocked: Collection) -> None:
    token = (await stocked.roster.ListAlbum(album("fav:yes", page_size=1))).next_page_token

    # The same query in other words is the same list.
    same = await stocked.roster.ListAlbum(album(" FAV = y", page_token=token))
    assert len(same.entries) == 1
    for other in (
        album("fav:no", page_token=token),
        album("fav:yes sort:name", page_token=token),
        album("fav:yes", series_id=7, page_token=token),
        album("fav:yes", player=OTHER, page_token=token),
    ):
        with bad_request("page_token"):
            await stocked.roster.ListAlbum(other)
    with bad_request("page_token"):
        await stocked.roster.ListOwnedWaifus(owned("fav:yes", page_token=token))


# What it costs.


async def test_every_list_is_one_statement(stocked: Collection) -> None:
    statements = listen(stocked.database)
    before = stocked.database.round_trips

    await stocked.roster.ListOwnedWaifus(owned("ok fav:no star>=1 series:a sort:-name"))
    await stocked.roster.ListAlbum(album("ok owned:no sort:series"))
    await stocked.roster.ListSeriesProgress(pb.ListSeriesProgressRequest(user_id=PLAYER))

    assert statements() == ["list_owned", "list_album", "list_series_counts"]
    assert stocked.database.round_trips - before == 3


async def test_suggestions_and_series_cost_no_statement(stocked: Collection) -> None:
    before = stocked.database.round_trips

    await stocked.roster.SuggestQuery(pb.SuggestQueryRequest(query="el"))
    await stocked.catalog.GetSeries(catalog_pb2.GetSeriesRequest(series_id=7))
    await stocked.catalog.ListSeries(catalog_pb2.ListSeriesRequest())

    assert stocked.database.round_trips == before


async def test_two_thousand_waifus_are_one_statement_for_any_list(collection: Collection) -> None:
    await import_rows(collection.catalog, *many_rows())
    for first in range(1, 2001, 100):
        await collection.roster.Grant(a_grant(*range(first, first + 100)))
    queries = [
        "",
        "n1 sort:name",
        "rarity>=2 element:fire|water archetype:role star>=2 fav:no -series:story9 sort:-power",
        "new dup:no sort:-new",
        "owned:no sort:series",
    ]

    for query in queries:
        for call, request in (
            (collection.roster.ListOwnedWaifus, owned(query, page_size=100)),
            (collection.roster.ListAlbum, album(query, page_size=100)),
        ):
            before = collection.database.round_trips
            answer = await call(request)
            assert collection.database.round_trips - before == 1
            assert bool(answer.entries) == bool(answer.total_count)
    everybody = await collection.roster.ListAlbum(album())
    assert (everybody.total_count, everybody.owned_count) == (2500, 2000)
    walked = await every(collection.roster.ListOwnedWaifus, owned("sort:-name", page_size=100))
    assert [entry.waifu.name for entry in walked] == sorted(
        (entry.waifu.name for entry in walked), reverse=True
    )


def content() -> tuple[list[SourceRow], list[SourceRow]]:
    return list(read_csv(CONTENT / "series.csv")), list(read_csv(CONTENT / "waifus.csv"))


def sample() -> tuple[list[SourceRow], list[SourceRow]]:
    return (
        list(read_csv(ORIGINAL / "series_sample.csv")),
        list(read_csv(ORIGINAL / "characters_sample.csv")),
    )


has_sample = pytest.mark.skipif(
    not ORIGINAL.is_dir(), reason="the original's sample is not beside this clone"
)


@pytest.mark.parametrize("files", [content, pytest.param(sample, marks=has_sample)])
async def test_everybody_is_found_by_name_and_every_series_by_its_suggestion(
    collection: Collection, files: Callable[[], tuple[list[SourceRow], list[SourceRow]]]
) -> None:
    series, waifus = files()
    await import_rows(collection.catalog, series, waifus, is_lenient=True)

    for row in waifus:
        name = unicodedata.normalize("NFKC", row.cells["name"]).replace('"', " ").strip()
        answer = await collection.roster.ListAlbum(album(f'"{name}"', page_size=100))
        assert int(row.cells["waifu_id"]) in ids(answer.entries)
    for row in series:
        typed = unicodedata.normalize("NFKC", row.cells["name"])[:40]
        answer = await collection.roster.SuggestQuery(
            pb.SuggestQueryRequest(query=f'series:"{typed}')
        )
        found = await collection.roster.ListAlbum(album(answer.suggestions[0].query, page_size=100))
        assert int(row.cells["series_id"]) in {entry.waifu.series_id for entry in found.entries}


# Suggestions.


async def test_a_suggestion_can_be_sent_as_it_is(stocked: Collection) -> None:
    for typed in ("", "fav:yes ", "mo", "series:", "sort:-", "element:fire|"):
        answer = await stocked.roster.SuggestQuery(pb.SuggestQueryRequest(query=typed))
        assert answer.suggestions
        for one in answer.suggestions:
            assert one.description
            await stocked.roster.ListAlbum(album(one.query))


async def test_suggestions_follow_an_import(stocked: Collection) -> None:
    async def suggested(query: str) -> list[str]:
        answer = await stocked.roster.SuggestQuery(pb.SuggestQueryRequest(query=query))
        return [one.query for one in answer.suggestions]

    assert await suggested("series:glass") == []
    await import_rows(
        stocked.catalog,
        [a_series_row(series_id="9", name="Glass Hour")],
        [a_waifu_row(waifu_id="9", series_id="9")],
    )
    assert await suggested("series:glass") == ['series:"Glass Hour"']


@pytest.mark.parametrize("typed", ["a\nb", "ﬁ", "nul\u200b", "“", "🦊" * 200], ids=ascii)
async def test_odd_beginnings_have_an_answer(stocked: Collection, typed: str) -> None:
    await stocked.roster.SuggestQuery(pb.SuggestQueryRequest(query=typed, page_size=25))


async def test_suggestions_have_their_limits(stocked: Collection) -> None:
    for request in (
        pb.SuggestQueryRequest(query="x" * 201),
        pb.SuggestQueryRequest(page_size=26),
        pb.SuggestQueryRequest(query="nul\0"),
    ):
        with fails_with(grpc.StatusCode.INVALID_ARGUMENT):
            await stocked.roster.SuggestQuery(request)


# Series.


async def test_progress_goes_by_completeness_then_name(collection: Collection) -> None:
    series = [
        a_series_row(number, series_id=str(number), name=name)
        for number, name in enumerate(["Bay", "Alder", "Cove", "Empty", "Dune"], start=1)
    ]
    sizes = {1: 2, 2: 4, 3: 1, 5: 3}
    waifus = [
        a_waifu_row(
            number, waifu_id=str(10 * number + place), series_id=str(number), name=f"N{place}"
        )
        for number, size in sizes.items()
        for place in range(size)
    ]
    await import_rows(collection.catalog, series, waifus)
    await collection.roster.Grant(a_grant(10, 20, 21, 30))

    async def pages(size: int) -> list[tuple[str, int, int]]:
        request = pb.ListSeriesProgressRequest(user_id=PLAYER, page_size=size)
        found, answer = [], await collection.roster.ListSeriesProgress(request)
        while True:
            assert (answer.complete_count, answer.series_count) == (1, 4)
            found += [(one.name, one.owned_count, one.waifu_count) for one in answer.series]
            assert len(found) <= 4, "there is no end"
            if not answer.next_page_token:
                return found
            request.page_token = answer.next_page_token
            answer = await collection.roster.ListSeriesProgress(request)

    whole = [("Cove", 1, 1), ("Alder", 2, 4), ("Bay", 1, 2), ("Dune", 0, 3)]
    assert await pages(100) == await pages(1) == await pages(2) == whole

    one = await collection.roster.ListSeriesProgress(
        pb.ListSeriesProgressRequest(user_id=PLAYER, series_id=2)
    )
    assert [(s.series_id, s.owned_count) for s in one.series] == [(2, 2)]
    for player in (OTHER, 99):
        theirs = await collection.roster.ListSeriesProgress(
            pb.ListSeriesProgressRequest(user_id=player)
        )
        assert {s.owned_count for s in theirs.series} == {0}


async def test_a_token_of_progress_belongs_to_its_player(stocked: Collection) -> None:
    request = pb.ListSeriesProgressRequest(user_id=PLAYER, page_size=1)
    request.page_token = (await stocked.roster.ListSeriesProgress(request)).next_page_token
    assert len((await stocked.roster.ListSeriesProgress(request)).series) == 1

    request.user_id = OTHER
    with bad_request("page_token"):
        await stocked.roster.ListSeriesProgress(request)
    request.page_token = "!"
    with bad_request("page_token"):
        await stocked.roster.ListSeriesProgress(request)


async def test_a_series_is_shown_with_every_field(stocked: Collection) -> None:
    answer = await stocked.catalog.GetSeries(catalog_pb2.GetSeriesRequest(series_id=7))

    assert answer.series == catalog_pb2.Series(
        series_id=7,
        name="The Lighthouse Choir",
        image_link="https://pictures.example/choir.jpg",
        studios="Studio Paper Heron",
        genres=["Music", "Drama"],
        synopsis="Nine voices and one lamp.",
        favorites=120,
        members=3400,
        score=7.25,
        media_type="anime",
        waifu_count=4,
    )
    with refused("SERIES_NOT_FOUND", series_id="99"):
        await stocked.catalog.GetSeries(catalog_pb2.GetSeriesRequest(series_id=99))


async def test_series_are_listed_by_name_and_page(collection: Collection) -> None:
    names = ["delta", "Ōmega", "alpha", "Ágape", "Charlie", "omega"]
    series = [
        a_series_row(number, series_id=str(number), name=name)
        for number, name in enumerate(names, start=1)
    ]
    await import_rows(collection.catalog, series)
    in_order = ["Ágape", "alpha", "Charlie", "delta", "Ōmega", "omega"]

    async def listed(words: str, size: int) -> list[str]:
        request = catalog_pb2.ListSeriesRequest(words=words, page_size=size)
        found, answer = [], await collection.catalog.ListSeries(request)
        while True:
            found += [one.name for one in answer.series]
            assert len(found) <= answer.total_count, "there is no end"
            assert not any(one.synopsis for one in answer.series)
            if not answer.next_page_token:
                assert answer.total_count == len(found)
                return found
            request.page_token = answer.next_page_token
            answer = await collection.catalog.ListSeries(request)

    for size in (1, 2, 5, 6, 100):
        assert await listed("", size) == in_order
    assert await listed("omega", 1) == ["Ōmega", "omega"]
    assert await listed("nothing", 1) == []

    token = await collection.catalog.ListSeries(catalog_pb2.ListSeriesRequest(page_size=1))
    with bad_request("page_token"):
        await collection.catalog.ListSeries(
            catalog_pb2.ListSeriesRequest(words="o", page_token=token.next_page_token)
        )
