"""`geminya backup`: everything the four services keep, as it stood at one moment."""

import asyncio
import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from chassis.embedded import client_major
from chassis.settings import Settings, read_settings
from console.addresses import by_server, owner_urls
from console.dumps import Done, Program, bar, dump, program, together
from console.erasures import in_database
from console.manifest import (
    ERASURES,
    FORMAT,
    Manifest,
    damage,
    fingerprint,
    read_manifest,
    size_of,
    write_manifest,
)
from console.moment import Snapshot, one_moment
from console.trouble import Trouble

NAME = "geminya-"
UNFINISHED = ".unfinished"
_TIME = "%Y%m%dT%H%M%S.%fZ"

app = typer.Typer(invoke_without_command=True, help="Back the house up, and look after backups.")


@app.callback()
def backup(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of backups; without it, `backups` in the data folder."),
    ] = None,
    keep: Annotated[
        int, typer.Option(min=0, help="Remove all but so many, the newest; 0 keeps every one.")
    ] = 0,
) -> None:
    """Back up all four services as they stand at one moment, while players play.

    Roles and keys are not in it: keep `secret.key` in another place, a restore needs it.

    Example: `geminya backup --out /mnt/backups --keep 14`
    """
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    folder = out or settings.data_dir / "backups"
    began = time.perf_counter()
    with _alone(folder), owner_urls(settings) as owners:
        made = asyncio.run(_back_up(settings, by_server(owners), folder))
        _tell(made, time.perf_counter() - began)
        for old in _backups(folder)[:-keep] if keep else ():
            shutil.rmtree(old)
            typer.echo(f"  removed {old.name}")


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A backup.")],
) -> None:
    """Say whether a backup is whole and unchanged; exit code 1 when it is not.

    Example: `geminya backup verify .geminya/backups/geminya-20260501T030000.000000Z`
    """
    manifest = read_manifest(folder)
    found = damage(folder)
    for line in found:
        typer.echo(f"wrong {line}")
    if found:
        raise typer.Exit(1)
    typer.echo(f"ok    {folder.name}: {_facts(folder, manifest)}")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time; what a killed one left is cleared away."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("a")
    except OSError as error:
        raise Trouble(f"{folder} cannot be written: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"another backup is being made in {folder}") from None
        for left in folder.glob(f"{NAME}*{UNFINISHED}"):
            shutil.rmtree(left)
        yield


async def _back_up(settings: Settings, servers: Mapping[str, Sequence[str]], folder: Path) -> Path:
    async with one_moment(servers) as (snapshots, held_ms):
        name = f"{NAME}{snapshots[0].taken_at.astimezone(UTC).strftime(_TIME)}"
        unfinished = folder / f"{name}{UNFINISHED}"
        unfinished.mkdir(mode=0o700)
        try:
            await _fill(settings, snapshots, held_ms, unfinished)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    # Only now it has the name of a backup.
    return unfinished.rename(folder / name)


async def _fill(
    settings: Settings, snapshots: Sequence[Snapshot], held_ms: float | None, folder: Path
) -> None:
    tools = {
        snapshot.id: program("pg_dump", settings, snapshot.owner, snapshot.version)
        for snapshot in snapshots
    }
    sizes = {name: size for one in snapshots for name, size in (await one.tables()).items()}
    with bar("backup", sizes) as done:
        dumps = (_dump_all(tools[one.id], one, folder, done) for one in snapshots)
        [rows, *_] = await together(_count(snapshots), *dumps)
    manifest = Manifest(
        format=FORMAT,
        taken_at=min(snapshot.taken_at for snapshot in snapshots),
        held_ms=held_ms,
        versions={schema: one.version for one in snapshots for schema in one.schemas},
        program=max(client_major(tool.path) or 0 for tool in tools.values()),
        migrations={
            schema: await one.migrations(schema) for one in snapshots for schema in one.schemas
        },
        rows=rows,
        key=_fingerprint(settings),
    )
    for snapshot in snapshots:
        if "users" in snapshot.schemas:
            lines = [one.line() + "\n" for one in await in_database(snapshot.admin)]
            (folder / ERASURES).write_text("".join(lines))
    write_manifest(folder, manifest)


async def _dump_all(tool: Program, snapshot: Snapshot, folder: Path, done: Done) -> dict[str, int]:
    """The schemas of a server at the same time: each is a dump of its own, so that it may move elsewhere."""
    schemas = snapshot.schemas
    await together(*(dump(tool, name, snapshot.id, folder / name, done) for name in schemas))
    return {}


async def _count(snapshots: Sequence[Snapshot]) -> dict[str, int]:
    return {
        table: await snapshot.admin.value(f"SELECT count(*) FROM {table}")
        for snapshot in snapshots
        for table in await snapshot.tables()
    }


def _fingerprint(settings: Settings) -> str | None:
    key = house_key(settings)
    return fingerprint(key.encode()) if key else None


def house_key(settings: Settings) -> str | None:
    """The key of the house where it is at hand; none is made."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    kept = settings.data_dir / "secret.key"
    return kept.read_text().strip() if kept.exists() else None


def _backups(folder: Path) -> list[Path]:
    """The whole backups of a folder, the oldest first."""
    found = (path for path in folder.glob(f"{NAME}*") if path.suffix != UNFINISHED)
    return sorted(path for path in found if (path / "SHA256SUMS").is_file())


def _tell(made: Path, took_s: float) -> None:
    manifest = read_manifest(made)
    typer.echo(f"{made}\n  {_facts(made, manifest)}, made in {took_s:.1f} s")
    if manifest.held_ms is not None:
        typer.echo(f"  changes waited {manifest.held_ms:g} ms, so that all servers show one moment")
    if manifest.key is None:
        typer.echo(
            "  the key of the house was not at hand, so nobody can tell later which one it was"
        )
    typer.echo("  it has no keys in it: keep secret.key in another place, a restore needs it")


def _facts(folder: Path, manifest: Manifest) -> str:
    rows = sum(manifest.rows.values())
    megabytes = size_of(folder) / 1e6
    moment = manifest.taken_at.astimezone(UTC).isoformat(timespec="seconds")
    return f"taken {moment}, {len(manifest.rows)} tables, {rows} rows, {megabytes:.1f} MB"
