"""geminya.expeditions.v1.AtlasService"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field

from chassis.operations.acts import act_of, write_audit
from chassis.postgres import Database, Tx
from chassis.rpc.page import BadRequest, decode, encode, size_of, whole
from chassis.rpc.status import Violation
from chassis.wire import time_out
from geminya.common.v1.operator_pb2 import Act
from geminya.expeditions.v1 import atlas_pb2 as pb
from geminya.expeditions.v1.atlas_pb2_grpc import AtlasServiceServicer
from services.expeditions.atlas import rules, store
from services.expeditions.atlas.memory import AtlasMemory
from services.expeditions.atlas.messages import encounter_out, finding_out, template_out
from services.expeditions.atlas.rotations import Rotations

MOST_ENTRIES = 20_000
MOST_FINDINGS = 2_000
"""In an answer, so that it fits into a message; the counts tell of all."""


class AtlasServicer(AtlasServiceServicer):
    """Reads come from memory and cost no statement."""

    def __init__(self, database: Database, memory: AtlasMemory, rotations: Rotations) -> None:
        self.database = database
        self.memory = memory
        self.rotations = rotations

    async def ListTemplates(
        self, request: pb.ListTemplatesRequest, context: object
    ) -> pb.ListTemplatesResponse:
        """A page of the templates, by difficulty."""
        is_open = (await self.rotations.current()).template_ids
        found = [
            one
            for one in self.memory.current.search_templates(request.words)
            if not request.open_only or one.template_id in is_open
        ]
        token = ("templates", request.words, request.open_only)
        key = decode(token, request.page_token, 2)
        after = key and (whole(key[0]), key[1])
        behind = [one for one in found if not after or (one.difficulty, one.template_id) > after]
        shown = behind[: size_of(request.page_size)]
        is_last = len(shown) == len(behind)
        return pb.ListTemplatesResponse(
            templates=[template_out(one, is_open=one.template_id in is_open) for one in shown],
            next_page_token=""
            if is_last
            else encode(token, (shown[-1].difficulty, shown[-1].template_id)),
            total_count=len(found),
        )

    async def GetTemplate(
        self, request: pb.GetTemplateRequest, context: object
    ) -> pb.GetTemplateResponse:
        """One template, and how many encounters fit it."""
        template = await self.memory.template(request.template_id)
        rotation = await self.rotations.current()
        return pb.GetTemplateResponse(
            template=template_out(template, is_open=template.template_id in rotation.template_ids),
            encounter_counts=self.memory.current.encounter_counts(template),
        )

    async def GetRotation(
        self, request: pb.GetRotationRequest, context: object
    ) -> pb.GetRotationResponse:
        """What is open this week."""
        rotation = await self.rotations.current()
        templates = self.memory.current.templates.values()
        return pb.GetRotationResponse(
            week=rotation.week.isoformat(),
            open_time=time_out(rotation.open_time),
            close_time=time_out(rotation.close_time),
            templates=[
                template_out(one, is_open=True)
                for one in templates
                if one.template_id in rotation.template_ids
            ],
        )

    async def ListEncounters(
        self, request: pb.ListEncountersRequest, context: object
    ) -> pb.ListEncountersResponse:
        """A page of the encounters, by id."""
        found = self.memory.current.search_encounters(request.words)
        token = ("encounters", request.words)
        after = decode(token, request.page_token, 1)
        behind = [one for one in found if after is None or one.encounter_id > after[0]]
        shown = behind[: size_of(request.page_size)]
        is_last = len(shown) == len(behind)
        return pb.ListEncountersResponse(
            encounters=[encounter_out(one) for one in shown],
            next_page_token="" if is_last else encode(token, (shown[-1].encounter_id,)),
            total_count=len(found),
        )

    async def AdminImportAtlas(
        self, request_iterator: AsyncIterator[pb.AdminImportAtlasRequest], context: object
    ) -> pb.AdminImportAtlasResponse:
        """Checks three files as a whole, then writes what differs in one transaction."""
        given = await collect(request_iterator)
        # Reading thousands of entries takes longer than other calls may wait.
        draft = await asyncio.to_thread(rules.read, given.source)
        if draft.problems:
            return refused_out(draft, await store.get_version(self.database.bare))
        async with self.database.transaction() as tx:
            answer = await write(tx, draft, given.catalogue, given.act)
        await self.memory.look()
        await self.rotations.current()
        return answer


@dataclass(slots=True)
class Given:
    """The files of an import, as they came in pieces, and what the catalogue has."""

    act: Act
    templates: list[rules.SourceEntry] = field(default_factory=list)
    encounters: list[rules.SourceEntry] = field(default_factory=list)
    affinities: list[rules.SourceEntry] = field(default_factory=list)
    had: dict[str, set[str]] | None = None

    @property
    def source(self) -> rules.Source:
        """The files."""
        return rules.Source(self.templates, self.encounters, self.affinities)

    @property
    def catalogue(self) -> rules.Catalogue | None:
        """What the waifus have, where the operator's tool has told."""
        if self.had is None:
            return None
        return rules.Catalogue({name: frozenset(values) for name, values in self.had.items()})


async def collect(pieces: AsyncIterator[pb.AdminImportAtlasRequest]) -> Given:
    """Puts the pieces together."""
    given: Given | None = None
    async for piece in pieces:
        given = given or Given(act_of(piece))
        for table in ("templates", "encounters", "affinities"):
            entries: list[rules.SourceEntry] = getattr(given, table)
            entries += [rules.SourceEntry(one.line, one.json) for one in getattr(piece, table)]
            if len(entries) > MOST_ENTRIES:
                raise BadRequest(Violation(table, f"has over {MOST_ENTRIES} entries"))
        if piece.HasField("catalogue"):
            given.had = given.had or {}
            for category, values in catalogue_in(piece.catalogue).items():
                given.had.setdefault(category, set()).update(values)
    if given is None:
        raise BadRequest(Violation("act", "is missing"))
    return given


def catalogue_in(catalogue: pb.Catalogue) -> dict[str, Sequence[str]]:
    """What the waifus have, by category of affinities."""
    return {
        "series_id": [str(series_id) for series_id in catalogue.series_ids],
        "archetype": catalogue.archetypes,
        "elemental": catalogue.elementals,
        "genre": catalogue.genres,
    }


async def write(
    tx: Tx, draft: rules.Draft, catalogue: rules.Catalogue | None, act: Act
) -> pb.AdminImportAtlasResponse:
    """Writes what differs, and looks for what is strange in the atlas that comes of it."""
    await store.lock_atlas(tx)
    before = await store.read_atlas(tx, await store.get_version(tx))
    # It looks at every entry beside every other one.
    warnings = await asyncio.to_thread(rules.warnings, draft, before, catalogue)
    templates = await store.save_templates(tx, [*draft.templates.good.values()])
    encounters = await store.save_encounters(tx, [*draft.encounters.good.values()])
    pools = await store.save_pools(tx, draft.affinities.good)
    version = before.version
    if templates.total or encounters.total or pools.total:
        version = await store.save_version(tx, templates, encounters, pools)
        await store.save_edition(tx, version)
        counts = {"templates": templates, "encounters": encounters, "affinities": pools}
        await write_audit(
            tx,
            act,
            "import_atlas",
            before={"version": before.version},
            after={"version": version, **{name: asdict(one) for name, one in counts.items()}},
        )
    return pb.AdminImportAtlasResponse(
        version=version,
        templates=count_out(len(draft.templates.good), templates),
        encounters=count_out(len(draft.encounters.good), encounters),
        affinities=count_out(len(draft.affinities.good), pools),
        warnings=[finding_out(one) for one in warnings[:MOST_FINDINGS]],
        warning_count=len(warnings),
        is_written=True,
    )


def refused_out(draft: rules.Draft, version: int) -> pb.AdminImportAtlasResponse:
    """The report of an import that wrote nothing."""
    return pb.AdminImportAtlasResponse(
        version=version,
        templates=pb.AtlasCount(rejected=draft.templates.rejected_count),
        encounters=pb.AtlasCount(rejected=draft.encounters.rejected_count),
        affinities=pb.AtlasCount(rejected=draft.affinities.rejected_count),
        problems=[finding_out(one) for one in draft.problems[:MOST_FINDINGS]],
        problem_count=len(draft.problems),
    )


def count_out(good: int, written: store.Written) -> pb.AtlasCount:
    """What became of the entries of one file."""
    return pb.AtlasCount(
        added=written.added, changed=written.changed, unchanged=good - written.total
    )
