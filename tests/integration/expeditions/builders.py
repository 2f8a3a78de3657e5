"""Imports and questions of this service; a test changes what it is about."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from chassis.clock import StoppedClock
from chassis.postgres import Database
from console.entries import atlas_pieces, read_document, read_entries
from geminya.expeditions.v1 import atlas_pb2 as pb
from services.expeditions.atlas.rules import SourceEntry
from tests.support.house import House
from tests.support.operators import an_act
from tests.unit.expeditions.entries import CONTENT, OUR_FILES, a_template, entries

IMPORT_TIMEOUT_S = 20.0
PIECE = 3


@dataclass(frozen=True, slots=True)
class Expeditions:
    """The service with a stub for each contract."""

    house: House
    atlas: Any

    @property
    def database(self) -> Database:
        """The pool of the service."""
        return self.house.database("expeditions")

    @property
    def clock(self) -> StoppedClock:
        """The clock that the test moves."""
        assert isinstance(self.house.clock, StoppedClock)
        return self.house.clock

    async def has_content(self) -> pb.AdminImportAtlasResponse:
        """Imports the project's own places and encounters."""
        templates, encounters, affinities = (CONTENT / name for name in OUR_FILES)
        return await self.atlas.AdminImportAtlas(
            stream(
                atlas_pieces(
                    read_entries(templates),
                    read_entries(encounters),
                    read_document(affinities),
                    None,
                    an_act(),
                )
            ),
            timeout=IMPORT_TIMEOUT_S,
        )

    async def imports(
        self,
        templates: Iterable[Any] = (),
        encounters: Iterable[Any] = (),
        affinities: Iterable[Any] = (),
        catalogue: pb.Catalogue | None = None,
    ) -> pb.AdminImportAtlasResponse:
        """Imports entries, in small pieces."""
        pieces = [pb.AdminImportAtlasRequest(act=an_act(), catalogue=catalogue)]
        pieces += [
            pb.AdminImportAtlasRequest(**{table: some})
            for table, things in (
                ("templates", templates), ("encounters", encounters), ("affinities", affinities),
            )
            for some in piece_by_piece([entry_out(one) for one in entries(*things)])
        ]  # fmt: skip
        return await self.atlas.AdminImportAtlas(stream(pieces), timeout=IMPORT_TIMEOUT_S)

    async def everything(self) -> Any:
        """All that the atlas holds, as one value to compare."""
        return await self.database.bare.value(
            """
            -- everything
            SELECT jsonb_build_array(
                (SELECT jsonb_agg(expedition_templates ORDER BY template_id) FROM expedition_templates),
                (SELECT jsonb_agg(encounters ORDER BY encounter_id) FROM encounters),
                (SELECT jsonb_agg(affinity_pools ORDER BY category) FROM affinity_pools),
                (SELECT jsonb_agg(atlas_versions ORDER BY version) FROM atlas_versions)
            )
            """
        )


def piece_by_piece(things: list[pb.SourceEntry]) -> Iterable[list[pb.SourceEntry]]:
    return [things[start : start + PIECE] for start in range(0, len(things), PIECE)]


def entry_out(entry: SourceEntry) -> pb.SourceEntry:
    return pb.SourceEntry(line=entry.line, json=entry.json)


async def stream(
    pieces: Iterable[pb.AdminImportAtlasRequest],
) -> AsyncIterator[pb.AdminImportAtlasRequest]:
    for piece in pieces:
        yield piece


def some_templates(count: int, *, first: int = 0, **changed: Any) -> list[dict[str, Any]]:
    """So many templates of one bin, with ids in a row."""
    return [
        a_template(expedition_id=f"place-{number:03}", name=f"Place {number:03}", **changed)
        for number in range(first, first + count)
    ]
