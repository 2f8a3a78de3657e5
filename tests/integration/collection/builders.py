"""Requests of this service; a test changes what it is about."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.postgres import Database
from geminya.collection.v1 import catalog_pb2, roster_pb2
from services.collection.catalog.rules import SourceRow
from tests.support.calls import an_op
from tests.support.house import House
from tests.support.operators import an_act
from tests.unit.collection.rows import a_series_row, a_waifu_row

PIECE = 8
IMPORT_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Collection:
    """The service with a stub for each contract."""

    house: House
    catalog: Any
    roster: Any

    @property
    def database(self) -> Database:
        """The pool of the service."""
        return self.house.database("collection")


async def pieces(
    series: Iterable[SourceRow], waifus: Iterable[SourceRow], *, is_lenient: bool = False
) -> AsyncIterator[catalog_pb2.AdminImportCatalogRequest]:
    """A file in small messages, as the operator's tool sends it."""
    yield catalog_pb2.AdminImportCatalogRequest(lenient=is_lenient, act=an_act())
    for piece in piece_by_piece([row_out(row) for row in series]):
        yield catalog_pb2.AdminImportCatalogRequest(series=piece)
    for piece in piece_by_piece([row_out(row) for row in waifus]):
        yield catalog_pb2.AdminImportCatalogRequest(waifus=piece)


def piece_by_piece(
    rows: Sequence[catalog_pb2.SourceRow],
) -> Iterator[Sequence[catalog_pb2.SourceRow]]:
    for start in range(0, len(rows), PIECE):
        yield rows[start : start + PIECE]


def row_out(row: SourceRow) -> catalog_pb2.SourceRow:
    cells = {column: cell.encode(errors="surrogateescape") for column, cell in row.cells.items()}
    return catalog_pb2.SourceRow(line=row.line, cells=cells)


def some_waifus(*rarities: int, first: int = 1) -> list[SourceRow]:
    """One waifu for each rarity, ids in a row, all of series 7."""
    return [
        a_waifu_row(
            2 + place, waifu_id=str(first + place), name=f"N{first + place:03}", rarity=str(rarity)
        )
        for place, rarity in enumerate(rarities)
    ]


async def import_rows(
    catalog: Any,
    series: Iterable[SourceRow] | None = None,
    waifus: Iterable[SourceRow] = (),
    *,
    is_lenient: bool = False,
) -> catalog_pb2.AdminImportCatalogResponse:
    rows = [a_series_row()] if series is None else series
    return await catalog.AdminImportCatalog(
        pieces(rows, waifus, is_lenient=is_lenient), timeout=IMPORT_TIMEOUT_S
    )


def a_grant(
    *waifu_ids: int, player: int = 7, op_id: str | None = None, step: int = 2
) -> roster_pb2.GrantRequest:
    op = an_op(player, step=step, op_id=op_id)
    return roster_pb2.GrantRequest(op=op, waifu_ids=waifu_ids)


def listen(database: Any) -> Callable[[], list[str]]:
    """Gives the labels of all statements from now on, one for each round trip."""
    heard: list[str] = []
    tell = database.committed

    async def committed(label: str) -> None:
        heard.append(label)
        await tell(label)

    database.committed = committed
    return lambda: heard
