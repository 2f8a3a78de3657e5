"""`geminya content import`: everything that the game is made of, from files into a running house."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated

import grpc
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from chassis.rpc.channel import dial
from chassis.settings import Settings, read_settings
from console import sources
from console.acts import Act, OperatorOption, OpOption, TicketOption, make_act
from console.calls import CALLER, trouble_of
from console.catalogue import read_catalogue
from console.certs import certificates_for
from console.entries import atlas_pieces, read_document, read_entries
from console.migrate import ROOT
from console.trouble import Trouble
from geminya.collection.v1 import bond_pb2, bond_pb2_grpc, catalog_pb2, catalog_pb2_grpc
from geminya.common.v1 import operator_pb2
from geminya.economy.v1 import (
    gacha_pb2,
    gacha_pb2_grpc,
    mission_pb2,
    mission_pb2_grpc,
    shop_pb2,
    shop_pb2_grpc,
)
from geminya.expeditions.v1 import atlas_pb2, atlas_pb2_grpc

IMPORT_S = 60.0
MOST_PROBLEMS_SHOWN = 200
MOST_LETTERS = 300
"""Of a reason."""

app = typer.Typer(no_args_is_help=True, help="Bring content into a running house.")
Sent = Callable[[int, int], None]
"""Told how many rows of how many were sent."""
FileOption = typer.Option(dir_okay=False, show_default=False)


@dataclass(frozen=True, slots=True)
class Files:
    """What to import; each may be left out."""

    series: Path | None = None
    waifus: Path | None = None
    banners: Path | None = None
    missions: Path | None = None
    bond: Path | None = None
    gifts: Path | None = None
    """What bonds are made of stands in two files, which go together."""
    expeditions: Path | None = None
    encounters: Path | None = None
    affinities: Path | None = None
    shop: Path | None = None

    def __str__(self) -> str:
        """The names of the files, as the default reason of an import."""
        if self == STARTER:
            return "import of the starter content"
        named = [str(found) for one in fields(self) if (found := getattr(self, one.name))]
        return f"import of {', '.join(named)}"[:MOST_LETTERS]


STARTER = Files(*(ROOT / "content" / name for name in (
    "series.csv", "waifus.csv", "banners.toml", "missions.toml", "bond.toml", "gifts.toml",
    "expeditions.json", "encounters.json", "affinities.json", "shop.toml",
)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """What became of one kind of rows."""

    table: str
    added: int
    changed: int
    unchanged: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a file; a line of 0 means the file as a whole."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.column}: {self.reason}" if self.column else f"{place}: {self.reason}"


@dataclass(slots=True)
class Report:
    """What an import did."""

    counts: list[Count] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    """What is allowed but will hardly be meant."""
    warning_count: int = 0
    """Of very many only the first ones are in `warnings`."""
    is_written: bool = True
    """False when problems stopped it; then nothing of that file was written."""

    def __str__(self) -> str:
        return ", ".join(
            f"{one.added + one.changed + one.unchanged} {one.table}" for one in self.counts
        )

    @property
    def has_news(self) -> bool:
        """Whether anything was added or changed."""
        return any(one.added or one.changed for one in self.counts)


@app.command("import")
def import_content(
    series: Annotated[Path | None, FileOption] = None,
    waifus: Annotated[Path | None, FileOption] = None,
    banners: Annotated[Path | None, FileOption] = None,
    missions: Annotated[Path | None, FileOption] = None,
    bond: Annotated[Path | None, FileOption] = None,
    gifts: Annotated[Path | None, FileOption] = None,
    expeditions: Annotated[Path | None, FileOption] = None,
    encounters: Annotated[Path | None, FileOption] = None,
    affinities: Annotated[Path | None, FileOption] = None,
    shop: Annotated[Path | None, FileOption] = None,
    lenient: Annotated[
        bool, typer.Option(help="Skip bad rows of series and waifus and say how many.")
    ] = False,
    reason: Annotated[
        str, typer.Option(help="Why, for the audit row; else the names of the files.")
    ] = "",
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Add and change content; without files, the starter content. It never removes anything.

    Everything is checked before anything is written; the same files again change nothing.

    Example: `geminya content import --banners banners.toml --reason "the festival begins"`
    """
    files = Files(
        *(series, waifus, banners, missions, bond, gifts, expeditions, encounters, affinities),
        shop=shop,
    )
    if files == Files():
        files = STARTER
    bar = Progress(
        TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TextColumn("rows"),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    settings = read_settings()
    act = make_act(settings, operator, reason or str(files), ticket, op, is_real=True)
    with bar:
        task = bar.add_task("rows", total=None)
        report = asyncio.run(
            import_files(
                settings,
                files,
                lenient,
                lambda sent, total: bar.update(task, completed=sent, total=total),
                act,
            )
        )
    _show(report, as_json)
    if not report.is_written:
        raise typer.Exit(1)


async def import_files(
    settings: Settings,
    files: Files,
    lenient: bool = False,
    sent: Sent = lambda *_: None,
    act: Act | None = None,
) -> Report:
    """Reads every file first, then imports one kind after the other, until one is refused.

    Each kind is an act of its own, by an id that is made of the act's.
    """
    act = act or make_act(settings, "", str(files), "", "", is_real=True)
    series = sources.read_rows(files.series) if files.series else []
    waifus = sources.read_rows(files.waifus) if files.waifus else []
    banners = sources.read_banners(files.banners) if files.banners else []
    missions = sources.read_missions(files.missions) if files.missions else []
    bond = _read_bond(files)
    atlas = _read_atlas(files)
    shop = sources.read_shop(files.shop) if files.shop else []
    report = Report()
    if series or waifus:
        await _import_catalog(
            settings, act.part("catalog"), files, series, waifus, lenient, sent, report
        )
    # What comes next names what came before.
    if banners and report.is_written:
        await _import_banners(settings, act.part("banners"), str(files.banners), banners, report)
    if missions and report.is_written:
        await _import_missions(
            settings, act.part("missions"), str(files.missions), missions, report
        )
    if bond and report.is_written:
        await _import_bond(settings, act.part("bond"), str(files.bond), bond, report)
    if atlas and report.is_written:
        await _import_atlas(settings, act.part("atlas"), files, atlas, report)
    if shop and report.is_written:
        await _import_shop(settings, act.part("shop"), str(files.shop), shop, report)
    return report


def _read_bond(files: Files) -> str:
    """The document of bonds; empty when there is none to import."""
    if files.bond is None and files.gifts is None:
        return ""
    if files.bond is None or files.gifts is None:
        raise Trouble("--bond and --gifts go together: one document is made of both")
    return sources.read_bond(files.bond, files.gifts)


@dataclass(frozen=True, slots=True)
class Atlas:
    """What expeditions are made of, as it stands in three files."""

    templates: list[atlas_pb2.SourceEntry]
    encounters: list[atlas_pb2.SourceEntry]
    affinities: list[atlas_pb2.SourceEntry]

    def __bool__(self) -> bool:
        return bool(self.templates or self.encounters or self.affinities)


def _read_atlas(files: Files) -> Atlas:
    return Atlas(
        read_entries(files.expeditions) if files.expeditions else [],
        read_entries(files.encounters) if files.encounters else [],
        read_document(files.affinities) if files.affinities else [],
    )


async def _import_catalog(
    settings: Settings,
    act: operator_pb2.Act,
    files: Files,
    series: Sequence[catalog_pb2.SourceRow],
    waifus: Sequence[catalog_pb2.SourceRow],
    lenient: bool,
    sent: Sent,
    report: Report,
) -> None:
    async def stream() -> AsyncIterator[catalog_pb2.AdminImportCatalogRequest]:
        done = 0
        for piece in sources.pieces(series, waifus, lenient, act):
            yield piece
            done += len(piece.series) + len(piece.waifus)
            sent(done, len(series) + len(waifus))

    async with _Calls(settings, "collection") as channel:
        stub = catalog_pb2_grpc.CatalogServiceStub(channel)
        answer = await stub.AdminImportCatalog(stream())
    names = {"series": str(files.series), "waifus": str(files.waifus)}
    for table, rows, count in (
        ("series", series, answer.series), ("waifus", waifus, answer.waifus),
    ):  # fmt: skip
        if rows:
            report.counts.append(_count(table, count, count.rejected))
    report.problems += [
        Problem(names.get(one.table, one.table), one.line, one.column, one.reason)
        for one in answer.problems
    ]
    report.is_written = answer.is_written


async def _import_banners(
    settings: Settings,
    act: operator_pb2.Act,
    file: str,
    entries: Sequence[sources.Entry],
    report: Report,
) -> None:
    lines = {entry.message.banner_id: entry.line for entry in entries}
    request = gacha_pb2.AdminImportBannersRequest(
        act=act, banners=[entry.message for entry in entries]
    )
    async with _Calls(settings, "economy") as channel:
        answer = await gacha_pb2_grpc.GachaServiceStub(channel).AdminImportBanners(request)
    bad = {one.banner_id for one in answer.problems}
    report.counts.append(_count("banners", answer, len(bad)))
    report.problems += [
        Problem(file, lines.get(one.banner_id, 0), one.field, one.reason) for one in answer.problems
    ]
    report.is_written = answer.is_written


async def _import_shop(
    settings: Settings,
    act: operator_pb2.Act,
    file: str,
    entries: Sequence[sources.Entry],
    report: Report,
) -> None:
    lines = {entry.message.item_code: entry.line for entry in entries}
    request = shop_pb2.AdminImportShopRequest(
        act=act,
        items=[entry.message for entry in entries],
    )
    async with _Calls(settings, "economy") as channel:
        answer = await shop_pb2_grpc.ShopServiceStub(channel).AdminImportShop(request)
    bad = {one.item_code for one in answer.problems}
    report.counts.append(_count("items", answer, len(bad)))
    report.problems += [
        Problem(file, lines.get(one.item_code, 0), one.field, one.reason) for one in answer.problems
    ]
    report.is_written = answer.is_written


async def _import_missions(
    settings: Settings,
    act: operator_pb2.Act,
    file: str,
    entries: Sequence[sources.Entry],
    report: Report,
) -> None:
    request = mission_pb2.AdminImportMissionsRequest(
        act=act, missions=[entry.message for entry in entries]
    )
    async with _Calls(settings, "economy") as channel:
        answer = await mission_pb2_grpc.MissionServiceStub(channel).AdminImportMissions(request)
    report.counts.append(_count("missions", answer, len(answer.problems)))
    report.problems += [Problem(file, 0, "", reason) for reason in answer.problems]
    report.is_written = not answer.problems


async def _import_bond(
    settings: Settings, act: operator_pb2.Act, file: str, document: str, report: Report
) -> None:
    request = bond_pb2.AdminImportBondRequest(act=act, document=document)
    async with _Calls(settings, "collection") as channel:
        answer = await bond_pb2_grpc.BondServiceStub(channel).AdminImportBond(request)
    is_first = answer.is_changed and answer.version == 1
    report.counts.append(
        Count(
            "bond document",
            added=int(is_first),
            changed=int(answer.is_changed and not is_first),
            unchanged=int(answer.is_written and not answer.is_changed),
            rejected=int(not answer.is_written),
        )
    )
    report.problems += [Problem(file, 0, one.place, one.reason) for one in answer.problems]
    report.is_written = answer.is_written


async def _import_atlas(
    settings: Settings, act: operator_pb2.Act, files: Files, atlas: Atlas, report: Report
) -> None:
    async with _Calls(settings, "collection") as channel:
        catalogue = await read_catalogue(channel)

    async def stream() -> AsyncIterator[atlas_pb2.AdminImportAtlasRequest]:
        for piece in atlas_pieces(
            atlas.templates, atlas.encounters, atlas.affinities, catalogue, act
        ):
            yield piece

    async with _Calls(settings, "expeditions") as channel:
        answer = await atlas_pb2_grpc.AtlasServiceStub(channel).AdminImportAtlas(stream())
    for table, entries, count in (
        ("expeditions", atlas.templates, answer.templates),
        ("encounters", atlas.encounters, answer.encounters),
        ("affinity pools", atlas.affinities, answer.affinities),
    ):
        if entries:
            report.counts.append(_count(table, count, count.rejected))
    report.problems += [_finding(files, one) for one in answer.problems]
    report.warnings += [_finding(files, one) for one in answer.warnings]
    report.warning_count += answer.warning_count
    report.is_written = answer.is_written


def _finding(files: Files, found: atlas_pb2.AtlasFinding) -> Problem:
    names = {
        "templates": files.expeditions, "encounters": files.encounters,
        "affinities": files.affinities,
    }  # fmt: skip
    place = " ".join(filter(None, (found.entry_id, found.field)))
    return Problem(str(names.get(found.table)), found.line, place, found.reason)


def _count(
    table: str,
    count: atlas_pb2.AtlasCount
    | catalog_pb2.ImportCount
    | gacha_pb2.AdminImportBannersResponse
    | mission_pb2.AdminImportMissionsResponse
    | shop_pb2.AdminImportShopResponse,
    rejected: int,
) -> Count:
    return Count(table, count.added, count.changed, count.unchanged, rejected)


class _Calls:
    """A channel to one service, as the operator; a failed call becomes a sentence."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._service = service
        self._address = settings.address_of(service)
        self._channel = dial(
            self._address,
            caller=CALLER,
            default_timeout_s=IMPORT_S,
            server=service,
            certificates=certificates_for(settings),
        )

    async def __aenter__(self) -> grpc.aio.Channel:
        return self._channel

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        await self._channel.close()
        if isinstance(error, grpc.aio.AioRpcError):
            raise trouble_of(self._service, self._address, error) from None


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False, indent=2))
        return
    _show_first([str(one) for one in report.problems])
    _show_first([f"warning: {one}" for one in report.warnings])
    for one in report.counts:
        typer.echo(
            f"{one.table}: {one.added} added, {one.changed} changed, "
            f"{one.unchanged} unchanged, {one.rejected} rejected"
        )
    if report.warning_count:
        typer.echo(f"{report.warning_count} warnings; nothing was left out because of them")
    if not report.is_written:
        typer.echo("nothing was written of the file with these problems; mend it and try again")


def _show_first(lines: Sequence[str]) -> None:
    for line in lines[:MOST_PROBLEMS_SHOWN]:
        typer.echo(line)
    if len(lines) > MOST_PROBLEMS_SHOWN:
        typer.echo(f"and {len(lines) - MOST_PROBLEMS_SHOWN} more; --json shows them all")
