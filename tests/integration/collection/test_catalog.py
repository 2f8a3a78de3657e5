"""The catalogue keeps its word: imports, and what everybody reads."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import grpc
import pytest

from chassis.postgres import Tx
from chassis.rpc.channel import dial
from geminya.collection.v1 import catalog_pb2 as pb
from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceStub
from services.collection.catalog import rules, store
from services.collection.catalog.rules import Series, SourceRow
from tests.integration.collection.builders import (
    Collection,
    import_rows,
    listen,
    some_waifus,
)
from tests.support.calls import fails_with, refused, until
from tests.unit.collection.rows import (
    CONTENT,
    ORIGINAL,
    STATS,
    a_series_row,
    a_waifu_row,
    read_csv,
)

has_sample = pytest.mark.skipif(
    not ORIGINAL.is_dir(), reason="the original's sample is not beside this clone"
)


def sample() -> tuple[list[SourceRow], list[SourceRow]]:
    return (
        list(read_csv(ORIGINAL / "series_sample.csv")),
        list(read_csv(ORIGINAL / "characters_sample.csv")),
    )


def content() -> tuple[list[SourceRow], list[SourceRow]]:
    return list(read_csv(CONTENT / "series.csv")), list(read_csv(CONTENT / "waifus.csv"))


def damaged(rows: list[SourceRow], place: int, **cells: str) -> None:
    rows[place] = SourceRow(rows[place].line, {**rows[place].cells, **cells})


async def everything(collection: Collection) -> Any:
    """All that the catalogue holds, as one value to compare."""
    return await collection.database.bare.value(
        """
        -- everything
        SELECT jsonb_build_array(
            (SELECT jsonb_agg(series ORDER BY series_id) FROM series),
            (SELECT jsonb_agg(waifus ORDER BY waifu_id) FROM waifus),
            (SELECT jsonb_agg(catalog_versions ORDER BY version) FROM catalog_versions)
        )
        """
    )


# Importing.


@has_sample
async def test_the_sample_is_imported_whole_and_once(collection: Collection) -> None:
    first = await import_rows(collection.catalog, *sample())
    before = await everything(collection)
    again = await import_rows(collection.catalog, *sample())

    assert (first.series.added, first.waifus.added) == (40, 487)
    assert (first.series.rejected, first.waifus.rejected, list(first.problems)) == (0, 0, [])
    assert again.is_written
    assert (again.version, again.series.unchanged, again.waifus.unchanged) == (1, 40, 487)
    assert (again.waifus.added, again.waifus.changed) == (0, 0)
    assert await everything(collection) == before


async def test_our_own_content_is_imported_beside_another_catalogue(collection: Collection) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(1, 2, 3))
    series, waifus = content()

    answer = await import_rows(collection.catalog, series, waifus)

    assert (answer.version, answer.is_written) == (2, True)
    assert (answer.series.added, answer.waifus.added) == (len(series), len(waifus))


async def test_ten_kinds_of_damage_are_ten_named_lines_and_change_nothing(
    collection: Collection,
) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(1))
    before = await everything(collection)
    series, waifus = content()
    damaged(series, 3, score="eleven")
    damaged(series, 5, name=series[4].cells["name"].upper())
    damaged(waifus, 10, rarity="4")
    damaged(waifus, 20, stats=json.dumps({**STATS, "hp": 1000}))
    damaged(waifus, 30, stats=json.dumps({**STATS, "luck": 5}))
    damaged(waifus, 40, elemental_type='["plasma"]')
    damaged(waifus, 50, potency='{"Mage": "S"')
    damaged(waifus, 60, series_id="999")
    damaged(waifus, 70, waifu_id=waifus[69].cells["waifu_id"])
    damaged(waifus, 80, image_url="not an address")

    answer = await import_rows(collection.catalog, series, waifus)

    assert not answer.is_written
    assert (answer.version, answer.series.rejected, answer.waifus.rejected) == (1, 2, 8)
    assert (answer.waifus.added, answer.waifus.unchanged) == (0, 0)
    assert [(one.table, one.line, one.column, one.reason) for one in answer.problems] == [
        ("series", series[3].line, "score", "is not a number: 'eleven'"),
        ("series", series[5].line, "name", "series 1000005 has the same name"),
        ("waifus", waifus[10].line, "rarity", "is not within 1 and 3: '4'"),
        ("waifus", waifus[20].line, "stats", "hp is not a whole number within 1 and 999: '1000'"),
        ("waifus", waifus[30].line, "stats", "also has 'luck'"),
        (
            "waifus",
            waifus[40].line,
            "elemental_type",
            "is none of fire, water, earth, wind, nature, neutral, void, light, dark, ice: 'plasma'",
        ),
        (
            "waifus",
            waifus[50].line,
            "potency",
            "is not JSON: Expecting ',' delimiter at character 13",
        ),
        ("waifus", waifus[60].line, "series_id", "there is no series 999"),
        (
            "waifus",
            waifus[70].line,
            "waifu_id",
            f"1000070 stands already in line {waifus[69].line}",
        ),
        (
            "waifus",
            waifus[80].line,
            "image_url",
            "is not an http or https address: 'not an address'",
        ),
    ]
    assert await everything(collection) == before


async def test_bytes_that_are_no_text_are_named_too(collection: Collection) -> None:
    name, studios = b"Caf\xe9".decode(errors="surrogateescape"), "A\0B"

    answer = await import_rows(collection.catalog, [a_series_row(name=name, studios=studios)])

    assert [(problem.column, problem.reason) for problem in answer.problems] == [
        ("name", r"has a character that is no text: '\udce9'"),
        ("studios", r"has a character that is no text: '\x00'"),
    ]


async def test_a_lenient_import_skips_what_is_wrong_and_says_so(collection: Collection) -> None:
    series = [a_series_row(2), a_series_row(3, series_id="8", name="Other", score="11")]
    waifus = [
        *some_waifus(1, 2),
        a_waifu_row(4, waifu_id="3", series_id="8"),
        a_waifu_row(5, waifu_id="4", rarity="9"),
    ]

    answer = await import_rows(collection.catalog, series, waifus, is_lenient=True)

    assert answer.is_written
    assert (answer.series.added, answer.series.rejected) == (1, 1)
    assert (answer.waifus.added, answer.waifus.rejected) == (2, 2)
    assert [(one.table, one.line) for one in answer.problems] == [
        ("series", 3),
        ("waifus", 4),
        ("waifus", 5),
    ]


async def test_only_what_differs_is_changed_and_nothing_is_removed(collection: Collection) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(1, 2, 3))

    changed = a_waifu_row(2, waifu_id="2", name="N002", rarity="3", birthday="")
    answer = await import_rows(collection.catalog, [], [changed])

    assert answer.version == 2
    assert (answer.waifus.changed, answer.waifus.added, answer.waifus.unchanged) == (1, 0, 0)
    pool = await collection.catalog.ListPool(pb.ListPoolRequest())
    assert [(entry.waifu_id, entry.rarity) for entry in pool.entries] == [(1, 1), (2, 3), (3, 3)]


async def test_several_waifus_come_at_once_and_unknown_ones_are_left_out(
    collection: Collection,
) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(1, 2, 3))

    answer = await collection.catalog.BatchGetWaifus(pb.BatchGetWaifusRequest(waifu_ids=[3, 99, 1]))

    assert [waifu.waifu_id for waifu in answer.waifus] == [3, 1]
    assert not answer.waifus[0].about


async def test_several_series_come_at_once_and_unknown_ones_are_left_out(
    collection: Collection,
) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(1, 2, 3))
    known = (await collection.catalog.ListSeries(pb.ListSeriesRequest())).series[0]

    request = pb.BatchGetSeriesRequest(series_ids=[2**31 - 1, known.series_id])
    answer = await collection.catalog.BatchGetSeries(request)

    assert list(answer.series) == [known]


async def test_a_new_name_of_a_series_reaches_its_waifus(collection: Collection) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(1))

    await import_rows(collection.catalog, [a_series_row(name="The Quiet Choir")])

    answer = await collection.catalog.GetWaifu(pb.GetWaifuRequest(waifu_id=1))
    assert answer.waifu.series == "The Quiet Choir"


async def test_two_series_swap_their_names_in_one_import(collection: Collection) -> None:
    names = {"1": "Alpha", "2": "Beta"}
    await import_rows(
        collection.catalog,
        [a_series_row(series_id=number, name=name) for number, name in names.items()],
    )

    answer = await import_rows(
        collection.catalog,
        [a_series_row(series_id="1", name="Beta"), a_series_row(series_id="2", name="Alpha")],
    )

    assert answer.series.changed == 2


async def test_two_imports_at_once_follow_each_other(collection: Collection) -> None:
    halves = [some_waifus(*[1] * 40, first=1), some_waifus(*[2] * 40, first=21)]

    answers = await asyncio.gather(
        *(import_rows(collection.catalog, waifus=half) for half in halves)
    )

    assert sorted(answer.version for answer in answers) == [1, 2]
    later = max(answers, key=lambda answer: answer.version)
    assert (later.waifus.added, later.waifus.changed) == (20, 20)


async def test_an_import_waits_while_another_one_writes(collection: Collection) -> None:
    """Both read the names before they write; at the same moment both would take the same one."""
    async with collection.database.transaction() as other:
        await store.lock_catalog(other)
        waiting = asyncio.create_task(import_rows(collection.catalog, [a_series_row(name="CHOIR")]))
        await until(lambda: collection.house.value(IS_SOMEBODY_WAITING), limit_s=5)
        await store.save_series(other, [a_series(series_id=8, name="Choir")])

    answer = await waiting

    assert not answer.is_written
    assert [problem.reason for problem in answer.problems] == ["series 8 has the same name"]


IS_SOMEBODY_WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"


def a_series(**fields: Any) -> Series:
    [series] = rules.settle(rules.read([a_series_row()], []), {}, is_lenient=False).series
    return replace(series, **fields)


async def test_the_same_import_five_times_at_once_has_one_effect(collection: Collection) -> None:
    answers = await asyncio.gather(
        *(import_rows(collection.catalog, waifus=some_waifus(1, 2, 3)) for _ in range(5))
    )

    assert {answer.version for answer in answers} == {1}
    assert sorted(answer.waifus.added for answer in answers) == [0, 0, 0, 0, 3]


async def test_the_service_itself_may_not_remove_anybody(collection: Collection) -> None:
    for table in ("series", "waifus", "catalog_versions"):
        with pytest.raises(Exception, match="permission denied"):
            await collection.database.bare.run(f"-- remove\nDELETE FROM {table}")


# Reading.


async def test_a_waifu_is_shown_with_every_field(collection: Collection) -> None:
    await import_rows(collection.catalog, waifus=[a_waifu_row()])

    waifu = (await collection.catalog.GetWaifu(pb.GetWaifuRequest(waifu_id=70))).waifu

    assert waifu == pb.Waifu(
        waifu_id=70,
        name="Sae Hotarubi",
        series_id=7,
        series="The Lighthouse Choir",
        genre="Anime",
        rarity=3,
        about="She keeps the lamp.",
        stats=pb.Stats(**STATS),
        elemental_type=["light"],
        archetype="Sage",
        potency={"Mage": "S"},
        elemental_resistances={"dark": "weak"},
        birthday="2000-02-29",
        favorite_gifts=["Roses"],
        special_dialogue={"greeting": "You are late."},
    )


async def test_an_unknown_waifu_is_refused(collection: Collection) -> None:
    with refused("WAIFU_NOT_FOUND", waifu_id="5"):
        await collection.catalog.GetWaifu(pb.GetWaifuRequest(waifu_id=5))


async def test_names_are_found_without_accents(collection: Collection) -> None:
    rows = [a_waifu_row(waifu_id="1", name="Zoë Ōkami"), a_waifu_row(waifu_id="2", name="Bela")]
    await import_rows(collection.catalog, waifus=rows)

    found = await collection.catalog.SearchWaifus(pb.SearchWaifusRequest(words="okami"))
    series = await collection.catalog.SearchSeries(pb.SearchSeriesRequest(words="light"))

    assert [waifu.name for waifu in found.waifus] == ["Zoë Ōkami"]
    assert [(one.name, one.waifu_count) for one in series.series] == [("The Lighthouse Choir", 2)]
    assert list(series.series[0].genres) == ["Music", "Drama"]


async def test_a_search_gives_no_more_than_was_asked_for(collection: Collection) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(*[1] * 40))

    usual = await collection.catalog.SearchWaifus(pb.SearchWaifusRequest())
    three = await collection.catalog.SearchWaifus(pb.SearchWaifusRequest(page_size=3))

    assert (len(usual.waifus), len(three.waifus)) == (25, 3)
    with fails_with(grpc.StatusCode.INVALID_ARGUMENT):
        await collection.catalog.SearchWaifus(pb.SearchWaifusRequest(page_size=26))


async def test_the_pool_is_told_once_per_version(collection: Collection) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(1, 3))

    pool = await collection.catalog.ListPool(pb.ListPoolRequest())
    again = await collection.catalog.ListPool(pb.ListPoolRequest(known_version=pool.version))

    assert [(one.waifu_id, one.series_id, one.rarity) for one in pool.entries] == [
        (1, 7, 1),
        (2, 7, 3),
    ]
    assert (again.version, list(again.entries)) == (pool.version, [])


async def test_reads_of_the_catalogue_cost_no_statement(collection: Collection) -> None:
    await import_rows(collection.catalog, waifus=some_waifus(1, 2, 3))
    statements = listen(collection.database)

    await collection.catalog.GetWaifu(pb.GetWaifuRequest(waifu_id=1))
    await collection.catalog.SearchWaifus(pb.SearchWaifusRequest(words="n"))
    assert statements() == []

    await collection.catalog.ListPool(pb.ListPoolRequest())
    assert len(statements()) == 1


async def test_the_pool_is_the_newest_on_every_replica(collection: Collection) -> None:
    """Banners are imported right after the waifus they name, and another replica may be asked about those."""
    other = await collection.house.start_another("collection")
    channel = dial(f"127.0.0.1:{other.port}", caller="economy")
    try:
        await import_rows(collection.catalog, waifus=some_waifus(1))
        pool = await CatalogServiceStub(channel).ListPool(pb.ListPoolRequest())
    finally:
        await channel.close()
        await other.stop()

    assert [one.waifu_id for one in pool.entries] == [1]


async def test_another_replica_sees_an_import_within_two_seconds(collection: Collection) -> None:
    other = await collection.house.start_another("collection", background=True)
    channel = dial(f"127.0.0.1:{other.port}", caller="bot")
    there = CatalogServiceStub(channel)
    try:
        await import_rows(collection.catalog, waifus=some_waifus(1))

        async def is_there() -> bool:
            return bool((await there.SearchWaifus(pb.SearchWaifusRequest())).waifus)

        await until(is_there, limit_s=2)
    finally:
        await channel.close()
        await other.kill()


class Meanwhile:
    """Statements of a reader, with something that happens after one of them."""

    def __init__(self, tx: Tx, label: str, event: Callable[[], Awaitable[object]]) -> None:
        self.value = tx.value
        self._tx = tx
        self._label = label
        self._event = event

    async def all(self, kind: type[Any], sql: str, *args: object) -> list[Any]:
        rows = await self._tx.all(kind, sql, *args)
        if self._label in sql:
            self._label = "never again"
            await self._event()
        return rows


async def test_a_catalogue_is_never_half_of_two_versions(collection: Collection) -> None:
    async def an_import() -> None:
        await import_rows(collection.catalog, waifus=some_waifus(1))

    reader: Any = Meanwhile(collection.database.bare, "-- list_series", an_import)
    loaded = await store.load(reader)

    assert (loaded.version, list(loaded.series), list(loaded.waifus)) == (1, [7], [1])
