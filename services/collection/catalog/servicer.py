"""geminya.collection.v1.CatalogService"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field

from chassis.operations.acts import act_of, write_audit
from chassis.postgres import Database, Tx
from chassis.rpc.page import BadRequest, decode, encode, size_of, whole
from chassis.rpc.status import Violation
from geminya.collection.v1 import catalog_pb2 as pb
from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceServicer
from geminya.common.v1.operator_pb2 import Act
from services.collection.catalog import rules, store
from services.collection.catalog.memory import CatalogMemory
from services.collection.catalog.messages import series_brief, series_out, waifu_brief, waifu_out
from services.collection.errors import SeriesNotFound, WaifuNotFound

MOST_ROWS = 50_000
MOST_PROBLEMS = 2_000
"""In an answer, so that it fits into a message; the counts tell of all."""


class CatalogServicer(CatalogServiceServicer):
    """Reads come from memory and cost no statement."""

    def __init__(self, database: Database, memory: CatalogMemory) -> None:
        self.database = database
        self.memory = memory

    async def GetWaifu(self, request: pb.GetWaifuRequest, context: object) -> pb.GetWaifuResponse:
        """One waifu of the catalogue."""
        waifu = self.memory.current.waifus.get(request.waifu_id)
        if waifu is None:
            raise WaifuNotFound(waifu_id=request.waifu_id)
        return pb.GetWaifuResponse(waifu=waifu_out(waifu))

    async def BatchGetWaifus(
        self, request: pb.BatchGetWaifusRequest, context: object
    ) -> pb.BatchGetWaifusResponse:
        """Several waifus at once; unknown ones are left out."""
        known = self.memory.current.waifus
        found = [known[waifu_id] for waifu_id in request.waifu_ids if waifu_id in known]
        return pb.BatchGetWaifusResponse(waifus=[waifu_brief(waifu) for waifu in found])

    async def SearchWaifus(
        self, request: pb.SearchWaifusRequest, context: object
    ) -> pb.SearchWaifusResponse:
        """The waifus that fit the words best."""
        count = size_of(request.page_size)
        found = self.memory.current.search_waifus(request.words, count, request.rarity)
        return pb.SearchWaifusResponse(waifus=[waifu_out(waifu) for waifu in found])

    async def SearchSeries(
        self, request: pb.SearchSeriesRequest, context: object
    ) -> pb.SearchSeriesResponse:
        """The series that fit the words best."""
        catalog = self.memory.current
        found = catalog.search_series(request.words, size_of(request.page_size), request.rarity)
        return pb.SearchSeriesResponse(
            series=[series_out(one, catalog.waifu_counts[one.series_id]) for one in found]
        )

    async def GetSeries(
        self, request: pb.GetSeriesRequest, context: object
    ) -> pb.GetSeriesResponse:
        """One series of the catalogue."""
        catalog = self.memory.current
        series = catalog.series.get(request.series_id)
        if series is None:
            raise SeriesNotFound(series_id=request.series_id)
        return pb.GetSeriesResponse(
            series=series_out(series, catalog.waifu_counts[series.series_id])
        )

    async def BatchGetSeries(
        self, request: pb.BatchGetSeriesRequest, context: object
    ) -> pb.BatchGetSeriesResponse:
        """Several series at once; unknown ones are left out."""
        catalog = self.memory.current
        found = [catalog.series[one] for one in request.series_ids if one in catalog.series]
        return pb.BatchGetSeriesResponse(
            series=[series_brief(one, catalog.waifu_counts[one.series_id]) for one in found]
        )

    async def ListSeries(
        self, request: pb.ListSeriesRequest, context: object
    ) -> pb.ListSeriesResponse:
        """A page of the series, by name."""
        catalog, size = self.memory.current, size_of(request.page_size)
        found = catalog.list_series(request.words)
        token = ("series", request.words)
        after = series_after(token, request, catalog)
        behind = [one for one in found if after is None or rules.by_name(one) > after]
        shown = behind[:size]
        more = len(behind) > size
        return pb.ListSeriesResponse(
            series=[series_brief(one, catalog.waifu_counts[one.series_id]) for one in shown],
            next_page_token=encode(token, (shown[-1].series_id,)) if more else "",
            total_count=len(found),
        )

    async def ListPool(self, request: pb.ListPoolRequest, context: object) -> pb.ListPoolResponse:
        """Who can be pulled; nothing new for who has the newest version.

        Another replica may have imported a moment ago, and who asks may not be led back to a version of before.
        """
        await self.memory.look()
        catalog = self.memory.current
        if request.known_version == catalog.version:
            return pb.ListPoolResponse(version=catalog.version)
        return pb.ListPoolResponse(
            version=catalog.version, entries=[entry_out(one) for one in catalog.waifus.values()]
        )

    async def AdminImportCatalog(
        self, request_iterator: AsyncIterator[pb.AdminImportCatalogRequest], context: object
    ) -> pb.AdminImportCatalogResponse:
        """Checks two files as a whole, then writes what differs in one transaction."""
        source = await collect(request_iterator)
        # Reading thousands of rows takes longer than other calls may wait.
        draft = await asyncio.to_thread(rules.read, source.series, source.waifus)
        async with self.database.transaction() as tx:
            answer = await write(tx, draft, source.is_lenient, source.act)
        await self.memory.load()
        return answer


def series_after(
    token: tuple[object, ...], request: pb.ListSeriesRequest, catalog: rules.Catalog
) -> tuple[str, int] | None:
    """The place in the list that the page comes behind."""
    key = decode(token, request.page_token, 1)
    if key is None:
        return None
    series = catalog.series.get(whole(key[0]))
    if series is None:
        raise BadRequest(Violation("page_token", "is not a page token"))
    return rules.by_name(series)


@dataclass(slots=True)
class Source:
    """The two files of an import, as they came in pieces."""

    act: Act
    is_lenient: bool = False
    series: list[rules.SourceRow] = field(default_factory=list)
    waifus: list[rules.SourceRow] = field(default_factory=list)


async def collect(pieces: AsyncIterator[pb.AdminImportCatalogRequest]) -> Source:
    """Puts the pieces together; the first one says how strict to be."""
    source: Source | None = None
    async for piece in pieces:
        source = source or Source(act_of(piece), piece.lenient)
        source.series += map(row_in, piece.series)
        source.waifus += map(row_in, piece.waifus)
        for table in ("series", "waifus"):
            if len(getattr(source, table)) > MOST_ROWS:
                raise BadRequest(Violation(table, f"has over {MOST_ROWS} rows"))
    if source is None:
        raise BadRequest(Violation("act", "is missing"))
    return source


async def write(
    tx: Tx, draft: rules.Draft, is_lenient: bool, act: Act
) -> pb.AdminImportCatalogResponse:
    """Writes what differs, or nothing at all where a problem stands in the way."""
    await store.lock_catalog(tx)
    plan = rules.settle(draft, await store.list_series_names(tx), is_lenient=is_lenient)
    if plan.problems and not is_lenient:
        return imported_out(plan, await store.get_version(tx))
    series = await store.save_series(tx, plan.series)
    waifus = await store.save_waifus(tx, plan.waifus)
    followed = await store.follow_series_names(tx)
    if series.total or waifus.total or followed:
        before = await store.get_version(tx)
        version = await store.save_version(tx, series, waifus)
        counts = {"series": asdict(series), "waifus": asdict(waifus)}
        await write_audit(
            tx,
            act,
            "import_catalog",
            before={"version": before},
            after={"version": version, **counts},
        )
    else:
        version = await store.get_version(tx)
    return imported_out(plan, version, series, waifus)


def imported_out(
    plan: rules.Plan,
    version: int,
    series: store.Written | None = None,
    waifus: store.Written | None = None,
) -> pb.AdminImportCatalogResponse:
    """The report of an import; without counts nothing was written."""
    return pb.AdminImportCatalogResponse(
        version=version,
        series=count_out(len(plan.series), series, plan.rejected_series_count),
        waifus=count_out(len(plan.waifus), waifus, plan.rejected_waifus_count),
        problems=[pb.ImportProblem(**asdict(one)) for one in plan.problems[:MOST_PROBLEMS]],
        is_written=series is not None,
    )


def count_out(good: int, written: store.Written | None, rejected: int) -> pb.ImportCount:
    """What became of the rows of one file."""
    if written is None:
        return pb.ImportCount(rejected=rejected)
    return pb.ImportCount(
        added=written.added,
        changed=written.changed,
        unchanged=good - written.total,
        rejected=rejected,
    )


def row_in(row: pb.SourceRow) -> rules.SourceRow:
    """A row of the file."""
    cells = {column: cell.decode(errors="surrogateescape") for column, cell in row.cells.items()}
    return rules.SourceRow(row.line, cells)


def entry_out(waifu: rules.Waifu) -> pb.PoolEntry:
    """What the gacha has to know of a waifu."""
    return pb.PoolEntry(waifu_id=waifu.waifu_id, series_id=waifu.series_id, rarity=waifu.rarity)
