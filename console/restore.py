"""`geminya restore`: a backup becomes a database beside the one that is there, and takes its place once all is well."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from chassis.settings import SERVICES, Settings, read_settings
from console import audit, beside
from console.acts import OperatorOption, login
from console.addresses import needs_embedded, owner_urls
from console.aftermath import settle
from console.checks import Plan, Wish, look
from console.serve import alone
from console.trouble import Trouble


def restore(
    folder: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder of a backup.")],
    to: Annotated[
        str, typer.Option(metavar="URL", help="The owner's address of another database.")
    ] = "",
    replace: Annotated[
        str,
        typer.Option(metavar="NAME", help="The name of the database with data, to put it aside."),
    ] = "",
    journal: Annotated[
        list[Path] | None,
        typer.Option("--erasures", help="A journal of erasures, or a log of users; repeat it."),
    ] = None,
    without_erasures: Annotated[
        bool,
        typer.Option("--without-erasures", help="No journal is left: who was erased comes back."),
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="An invariant that may be violated, as I10; repeat it."),
    ] = None,
    operator: OperatorOption = "",
) -> None:
    """Bring a backup back. Services and bot must be down.

    It is built beside, and takes the place of the old database only when every check has passed: until then nothing is
    changed. The old database is kept under another name.

    Example: `geminya restore .geminya/backups/geminya-20260501T030000.000000Z`
    """
    settings = _pointed_at(read_settings(), to)
    wish = Wish(
        folder=folder,
        replace=replace,
        journals=tuple(journal or ()),
        without_erasures=without_erasures,
        may_break=frozenset(accept or ()),
        operator=operator or login(settings),
    )
    with _house_is_down(settings), owner_urls(settings) as targets:
        asyncio.run(_restore(settings, wish, targets))


def _pointed_at(settings: Settings, to: str) -> Settings:
    if not to:
        return settings
    owners = {f"{name}_owner_database_url": None for name in SERVICES}
    return settings.model_copy(update={**owners, "database_url": SecretStr(to)})


@contextlib.contextmanager
def _house_is_down(settings: Settings) -> Iterator[None]:
    """A house on this machine would start its services again and again."""
    if not needs_embedded(settings):
        yield
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    with alone(settings.data_dir):
        yield


async def _restore(settings: Settings, wish: Wish, targets: beside.Owners) -> None:
    began = time.perf_counter()
    plan = await look(settings, wish, targets)
    async with beside.building(plan) as site:
        await beside.fill(settings, plan)
        await settle(settings, plan)
        await _ask_invariants(settings, plan)
        kept = await site.hand_over()
    _tell(plan, kept, time.perf_counter() - began)


async def _ask_invariants(settings: Settings, plan: Plan) -> None:
    findings = await asyncio.to_thread(audit.look, settings, plan.beside)
    broken = [finding for finding in findings if finding.violations]
    for finding in broken:
        typer.echo(f"wrong {finding.id:<12} {finding.violations} times, as {finding.sample}")
    refused = [finding.id for finding in broken if finding.id not in plan.wish.may_break]
    if refused:
        options = " ".join(f"--accept {name}" for name in refused)
        raise Trouble(
            "the restored data breaks what must always hold; nothing was handed over. If it was so "
            f"when the backup was made, say {options}"
        )
    typer.echo(f"ok    {'invariants':<12} {len(findings) - len(broken)} of {len(findings)} hold")


def _tell(plan: Plan, kept: list[str], took_s: float) -> None:
    taken = plan.manifest.taken_at.astimezone(UTC)
    lost = datetime.now(UTC) - taken
    hours, minutes = divmod(int(lost.total_seconds()) // 60, 60)
    typer.echo(
        f"restored in {took_s:.1f} s; what players did after {taken:%Y-%m-%d %H:%M:%S} UTC is lost"
    )
    typer.echo(f"  that was {hours} h {minutes} min ago")
    for name in kept:
        typer.echo(f"  the old database is kept as {name}; drop it when nobody needs it any more,")
        typer.echo("  because who was erased since the backup may still be in it")
