"""`geminya banner`: look at banners, try them on paper, and bring them into force."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.settings import Settings
from console.acts import (
    OperatorOption,
    OpOption,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
)
from console.banners import (
    banner_facts,
    banner_row,
    counts_of,
    finding_rows,
    odds_rows,
    read_file,
    simulation_of,
    version_row,
)
from console.calls import Calls, once, run
from console.tables import JsonOption, show_facts, show_json, show_rows, shown
from console.trouble import Trouble
from geminya.economy.v1 import gacha_pb2 as pb

BROKEN = 1
"""The exit code of a file with problems."""
DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
SIMULATION_S = 60.0

HELP = """
Look at banners, try them on paper, and bring them into force.

A new banner goes this way: write it into a TOML file, `lint` it, `simulate` it, `import` it. `import`, `schedule` and
`end` only tell what they would do, until you add `--yes`. A summon under way stays with the banner it began with.
"""
app = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")

BannerArgument = Annotated[
    str, typer.Argument(metavar="BANNER", show_default=False, help="Its id, as `list` shows it.")
]
FileArgument = Annotated[
    Path, typer.Argument(dir_okay=False, show_default=False, help="Banners, as a TOML file.")
]


def _time(text: str) -> Any:
    return typer.Option(formats=DATES, show_default=False, help=f"{text}, in UTC.")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List every banner, also those that are over or switched off.

    `geminya banner list --json`
    """
    request = pb.ListBannersRequest(with_closed=True)
    found = run(lambda calls, _: calls.gacha.ListBanners(request)).banners
    title = f"{len(found)} banners, {sum(one.is_open for one in found)} open"
    show_rows(title, [banner_row(one) for one in found], as_json=as_json)


@app.command()
def show(banner: BannerArgument, as_json: JsonOption = False) -> None:
    """Show one banner with its exact chances.

    `geminya banner show standard`
    """

    async def work(calls: Calls, _: Settings) -> None:
        found = (await calls.gacha.GetBanner(pb.GetBannerRequest(banner_id=banner))).banner
        odds = await calls.gacha.GetOdds(pb.GetOddsRequest(banner_id=banner))
        facts, rows = banner_facts(found, odds), odds_rows(odds)
        if as_json:
            show_json({**facts, "odds": rows})
            return
        show_facts(facts)
        show_rows("chances", rows)

    run(work)


@app.command()
def versions(banner: BannerArgument, as_json: JsonOption = False) -> None:
    """List the versions of a banner, and how many summons each has seen.

    `geminya banner versions standard`
    """
    request = pb.AdminListBannerVersionsRequest(banner_id=banner)
    found = run(lambda calls, _: calls.gacha.AdminListBannerVersions(request)).versions
    show_rows(f"{len(found)} versions", [version_row(one) for one in found], as_json=as_json)


@app.command()
def lint(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check a file: what is wrong, and what may be meant so. Exit code 1 when something is wrong.

    `geminya banner lint my_banners.toml`
    """
    sources = read_file(file)
    request = pb.AdminImportBannersRequest(banners=sources, dry_run=True)
    found = run(lambda calls, _: calls.gacha.AdminImportBanners(request))
    _show_findings(found.problems, found.warnings, as_json=as_json)
    if found.problems:
        raise typer.Exit(BROKEN)


@app.command()
def simulate(
    banner: BannerArgument,
    file: Annotated[
        Path | None,
        typer.Option(dir_okay=False, show_default=False, help="Where it is not in force yet."),
    ] = None,
    players: Annotated[int, typer.Option(min=1, max=10_000, help="Simulated players.")] = 1_000,
    as_json: JsonOption = False,
) -> None:
    """Tell what a banner costs and gives, before it comes into force or after.

    `geminya banner simulate spring --file my_banners.toml`
    """
    request = pb.AdminSimulateBannerRequest(players=players)
    if file is None:
        request.banner_id = banner
    else:
        request.source.CopyFrom(_named(read_file(file), banner, file))
    found = run(lambda calls, _: calls.gacha.AdminSimulateBanner(request, timeout=SIMULATION_S))
    if found.problems:
        _show_findings(found.problems, found.warnings, as_json=as_json)
        raise typer.Exit(BROKEN)
    told = simulation_of(found)
    if as_json:
        show_json({**told, "warnings": finding_rows(found.warnings)})
        return
    show_rows("chances", told["odds"])
    show_rows("what it takes, from zero pity", told["costs"])
    show_rows("an ordinary day", told["day"])
    show_facts({name: told[name] for name in ("price_per_three_star", "pulls_a_day")})
    show_rows(f"{len(found.warnings)} warnings", finding_rows(found.warnings))


@app.command("import")
def import_(
    file: FileArgument,
    as_json: JsonOption = False,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Add and change banners, all of a file or nothing; a changed table is a new version. It never removes any.

    `geminya banner import my_banners.toml --reason "the spring festival" --yes`
    """
    sources = read_file(file)

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        request = pb.AdminImportBannersRequest(
            banners=sources, act=act.message, dry_run=not act.is_real
        )
        with once(act.op_id):
            found = await calls.gacha.AdminImportBanners(request)
        if as_json:
            show_json({**counts_of(found), **_findings(found.problems, found.warnings)})
        else:
            show_facts(counts_of(found))
            _show_findings(found.problems, found.warnings)
        if found.problems:
            raise typer.Exit(BROKEN)
        if not as_json:
            act.say_what_next()

    run(work)


@app.command()
def schedule(
    banner: BannerArgument,
    starts: Annotated[datetime | None, _time("When it opens")] = None,
    ends: Annotated[datetime | None, _time("When it closes")] = None,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Switch it on or off.")] = None,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Move the opening hours of a banner, or switch it on or off; what is not named stays.

    `geminya banner schedule spring --starts 2027-03-20 --ends 2027-04-03 --reason "a later spring" --yes`
    """
    if starts is None and ends is None and on is None:
        raise Trouble("say what to change: --starts, --ends, --on or --off")
    asked = pb.AdminScheduleBannerRequest(
        banner_id=banner, start_time=_stamp(starts), end_time=_stamp(ends), is_active=on
    )
    _reschedule(asked, (operator, reason, ticket, op, yes))


@app.command()
def end(
    banner: BannerArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Close a banner now. Summons that were paid for still come.

    `geminya banner end spring --reason "a wrong price" --yes`
    """
    asked = pb.AdminScheduleBannerRequest(banner_id=banner, is_active=False)
    _reschedule(asked, (operator, reason, ticket, op, yes))


def _reschedule(
    asked: pb.AdminScheduleBannerRequest, options: tuple[str, str, str, str, bool]
) -> None:
    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, *options)
        request = pb.GetBannerRequest(banner_id=asked.banner_id)
        found = (await calls.gacha.GetBanner(request)).banner
        before = banner_row(found)
        for field, value in asked.ListFields():
            if field.name in ("start_time", "end_time"):
                getattr(found, field.name).CopyFrom(value)
        found.is_active = asked.is_active if asked.HasField("is_active") else found.is_active
        if act.is_real:
            asked.act.CopyFrom(act.message)
            with once(act.op_id):
                found = (await calls.gacha.AdminScheduleBanner(asked)).banner
        after = banner_row(found)
        for name in ("starts", "ends", "is_active"):
            typer.echo(f"{name.replace('_', ' '):<10} {shown(before[name])} → {shown(after[name])}")
        act.say_what_next()

    run(work)


def _findings(
    problems: Sequence[pb.BannerProblem], warnings: Sequence[pb.BannerProblem]
) -> dict[str, Any]:
    return {"problems": finding_rows(problems), "warnings": finding_rows(warnings)}


def _show_findings(
    problems: Sequence[pb.BannerProblem],
    warnings: Sequence[pb.BannerProblem],
    *,
    as_json: bool = False,
) -> None:
    if as_json:
        show_json(_findings(problems, warnings))
        return
    show_rows(f"{len(problems)} problems", finding_rows(problems))
    show_rows(f"{len(warnings)} warnings", finding_rows(warnings))
    if problems:
        typer.echo("nothing was written; mend the file and try again")


def _named(sources: Sequence[pb.SourceBanner], banner: str, file: Path) -> pb.SourceBanner:
    for source in sources:
        if source.banner_id == banner:
            return source
    known = ", ".join(source.banner_id for source in sources)
    raise Trouble(f"{file} has no banner {banner}; it has {known or 'none'}")


def _stamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time.replace(tzinfo=UTC))
    return stamp
