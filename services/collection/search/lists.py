"""The lists of the roster's contract: what is owned, the album, how complete each series is, suggestions."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, TypeAlias

from chassis.postgres import Tx
from chassis.rpc import page
from chassis.rpc.status import Violation
from chassis.text import is_clean
from geminya.collection.v1 import roster_pb2 as pb
from services.collection.bond.memory import Feelings
from services.collection.catalog.memory import CatalogMemory
from services.collection.catalog.messages import waifu_brief
from services.collection.catalog.rules import Catalog, Series
from services.collection.roster.messages import owned_out
from services.collection.search import rules, store

INT32_MAX = 2**31 - 1
LAST_MOMENT = 2**36
"""In seconds: long after the game, and still a date."""
BY_STARS = rules.Sort("star", is_descending=True)
BY_RARITY = rules.Sort("rarity", is_descending=True)

Asked: TypeAlias = pb.ListOwnedWaifusRequest | pb.ListAlbumRequest
Reader: TypeAlias = Callable[
    [Tx, int, store.Filters, store.Place | None, int], Coroutine[Any, Any, store.Found]
]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of waifus."""

    entries: list[pb.RosterEntry]
    next_page_token: str
    total_count: int
    owned_count: int


class Lists:
    """Reads lists: each is one statement, and what the catalogue knows comes from memory."""

    def __init__(self, memory: CatalogMemory, feelings: Feelings) -> None:
        self._memory = memory
        self._feelings = feelings
        self._index = rules.Index.of(memory.current)

    @property
    def index(self) -> rules.Index:
        """The words of the catalogue as it is now."""
        if self._index.version != self._memory.current.version:
            self._index = rules.Index.of(self._memory.current)
        return self._index

    async def owned(self, tx: Tx, request: pb.ListOwnedWaifusRequest) -> pb.ListOwnedWaifusResponse:
        """The player's waifus that a query finds."""
        found = await self._page(tx, request, store.list_owned, BY_STARS)
        return pb.ListOwnedWaifusResponse(
            entries=found.entries,
            next_page_token=found.next_page_token,
            total_count=found.total_count,
        )

    async def album(self, tx: Tx, request: pb.ListAlbumRequest) -> pb.ListAlbumResponse:
        """The catalogue's waifus that a query finds, with what the player has of each.

        A series has its fixed places. Of everybody, those who are there come first: nobody leafs
        through fifty pages of shadows to find them.
        """
        usual = BY_RARITY if request.series_id else BY_STARS
        found = await self._page(tx, request, store.list_album, usual)
        return pb.ListAlbumResponse(
            entries=found.entries,
            next_page_token=found.next_page_token,
            total_count=found.total_count,
            owned_count=found.owned_count,
        )

    async def _page(self, tx: Tx, request: Asked, read: Reader, usual: rules.Sort) -> Page:
        query, size = query_in(request.query), page.size_of(request.page_size)
        token = (read.__name__, request.user_id, request.series_id, query)
        after = place_in(token, request)
        filters = self._filters(query, request.series_id, query.sort or usual, after)
        found = await read(tx, request.user_id, filters, after, size + 1)
        shown = found.rows[:size]
        catalog = await self._memory.knowing(row.waifu_id for row in shown)
        has_more = len(found.rows) > size
        return Page(
            entries=[entry_out(row, catalog, self._feelings) for row in shown],
            next_page_token=token_out(token, shown[-1], filters.moment) if has_more else "",
            total_count=found.total_count,
            owned_count=found.owned_count,
        )

    def _filters(
        self, query: rules.Query, series_id: int, sort: rules.Sort, after: store.Place | None
    ) -> store.Filters:
        fitting, feelings = self.index.find(query), self._feelings
        return store.Filters(
            query=query,
            waifu_ids=None if fitting is None else sorted(fitting),
            named_ids=self._memory.current.named_waifu_ids(query.words) if query.words else [],
            series_id=series_id,
            sort=sort,
            moment=after.moment if after else feelings.clock.now().replace(microsecond=0),
            fade_per_hour=feelings.memory.bond.mood.fade_per_hour,
        )

    async def progress(
        self, tx: Tx, request: pb.ListSeriesProgressRequest
    ) -> pb.ListSeriesProgressResponse:
        """How much of each series the player has, the most complete first."""
        counts = await store.list_series_counts(tx, request.user_id)
        catalog = self._memory.current
        everything = progress_of(catalog, counts)
        token = ("progress", request.user_id, request.series_id)
        after = progress_after(token, request, catalog)
        size = page.size_of(request.page_size)
        behind = [
            one
            for one in everything
            if request.series_id in (0, one.series.series_id) and (not after or one.place > after)
        ]
        shown = behind[:size]
        return pb.ListSeriesProgressResponse(
            series=[progress_out(one) for one in shown],
            next_page_token=page.encode(token, shown[-1].key) if len(behind) > size else "",
            complete_count=sum(one.owned_count == one.waifu_count for one in everything),
            series_count=len(everything),
        )

    def suggest(self, request: pb.SuggestQueryRequest) -> pb.SuggestQueryResponse:
        """How a query could go on; only what the lists take."""
        found = rules.suggest(request.query, self.index, page.size_of(request.page_size))
        return pb.SuggestQueryResponse(
            suggestions=[
                pb.QuerySuggestion(query=one.query, description=one.meaning)
                for one in found
                if is_clean(one.query)
            ]
        )


def query_in(text: str) -> rules.Query:
    """The query of a request."""
    try:
        return rules.read(text)
    except rules.QueryError as error:
        raise page.BadRequest(Violation("query", str(error))) from None


def token_out(token: tuple[object, ...], last: store.FoundRow, moment: datetime) -> str:
    """The token of the page behind a row, with the moment of the first page."""
    return page.encode(token, (last.sort_number, last.waifu_id, int(moment.timestamp())))


def place_in(token: tuple[object, ...], request: Asked) -> store.Place | None:
    """Where the page begins; a token is only as good as who sends it."""
    key = page.decode(token, request.page_token, 3)
    if key is None:
        return None
    sort_number, waifu_id, moment = map(page.whole, key)
    if not (0 <= waifu_id <= INT32_MAX and 0 <= moment <= LAST_MOMENT):
        raise page.BadRequest(Violation("page_token", "is not a page token"))
    return store.Place(sort_number, waifu_id, datetime.fromtimestamp(moment, UTC))


def entry_out(row: store.FoundRow, catalog: Catalog, feelings: Feelings) -> pb.RosterEntry:
    """A waifu of a list, with what the player has of her."""
    return pb.RosterEntry(
        owned=owned_out(row, feelings) if row.is_owned else None,
        waifu=waifu_brief(catalog.waifus[row.waifu_id]),
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is with a series."""

    series: Series
    owned_count: int
    waifu_count: int

    @property
    def place(self) -> tuple[Fraction, str, int]:
        """Where it stands in the list: the more complete, the earlier."""
        return (
            -Fraction(self.owned_count, self.waifu_count),
            self.series.name,
            self.series.series_id,
        )

    @property
    def key(self) -> tuple[int, ...]:
        """What a token keeps of it."""
        return self.owned_count, self.waifu_count, self.series.series_id


def progress_of(catalog: Catalog, counts: Mapping[int, int]) -> list[Progress]:
    """Every series that has waifus, the most complete first."""
    everything = (
        # A waifu may have come with an import that this memory has not seen yet.
        Progress(series, min(counts.get(series_id, 0), total), total)
        for series_id, series in catalog.series.items()
        if (total := catalog.waifu_counts[series_id])
    )
    return sorted(everything, key=lambda one: one.place)


def progress_after(
    token: tuple[object, ...], request: pb.ListSeriesProgressRequest, catalog: Catalog
) -> tuple[Fraction, str, int] | None:
    """The place that the page comes behind."""
    key = page.decode(token, request.page_token, 3)
    if key is None:
        return None
    owned_count, waifu_count, series_id = map(page.whole, key)
    series = catalog.series.get(series_id)
    if series is None or waifu_count < 1:
        raise page.BadRequest(Violation("page_token", "is not a page token"))
    return Progress(series, owned_count, waifu_count).place


def progress_out(one: Progress) -> pb.SeriesProgress:
    """How far somebody is with a series."""
    return pb.SeriesProgress(
        series_id=one.series.series_id,
        name=one.series.name,
        owned_count=one.owned_count,
        waifu_count=one.waifu_count,
    )
