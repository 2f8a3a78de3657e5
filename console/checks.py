"""Whether a restore may begin. Nothing is touched here, and one line is printed for each check."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from chassis.embedded import client_major
from chassis.postgres import Admin, admin_connection
from chassis.settings import SERVICES, Settings
from console import erasures
from console.addresses import by_server, database_of, shown, with_database
from console.backup import house_key
from console.dumps import program
from console.erasures import Erasure
from console.house import JOURNAL
from console.manifest import (
    ERASURES,
    Manifest,
    damage,
    fingerprint,
    read_manifest,
    size_of,
)
from console.migrate import folders_of
from console.trouble import Trouble

BESIDE = "_restoring"
MAINTENANCE = "postgres"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asks for."""

    folder: Path
    replace: str
    """The name of the database that may be put aside."""
    journals: tuple[Path, ...]
    without_erasures: bool
    may_break: frozenset[str]
    """Invariants that may be violated."""
    operator: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A restore that may begin."""

    wish: Wish
    manifest: Manifest
    key: str
    targets: Mapping[str, str]
    """Schema to the owner's address of the database that there shall be."""
    erased: tuple[Erasure, ...]
    """Everybody of whom is known that they were erased."""
    again: tuple[Erasure, ...]
    """Those of them of whom the backup does not know it yet."""

    @property
    def beside(self) -> dict[str, str]:
        """Schema to the owner's address of the database in which it is built."""
        return {schema: beside(url) for schema, url in self.targets.items()}


def beside(url: str) -> str:
    """Where a database is built before it takes the place of another."""
    return with_database(url, database_of(url) + BESIDE)


async def major_of(admin: Admin) -> int:
    """The major version of a server."""
    return int(await admin.value("SHOW server_version_num")) // 10_000


async def look(settings: Settings, wish: Wish, targets: Mapping[str, str]) -> Plan:
    """Every check there is before anything is touched; the first that fails is a `Trouble`."""
    manifest = read_manifest(wish.folder)
    _check_backup(wish.folder, manifest)
    key = _check_key(settings, manifest)
    _check_migrations(manifest)
    live: list[Erasure] | None = None
    for owner, schemas in by_server(targets).items():
        found = await _check_target(settings, manifest, wish, owner, schemas)
        live = found if "users" in schemas else live
    known = _journal(settings, wish, live)
    before = {one.op_id for one in erasures.in_file(wish.folder / ERASURES)}
    again = tuple(one for one in known.values() if one.op_id not in before)
    say(
        "journal",
        f"{len(known)} erased in the last 180 days, {len(again)} of them since the backup",
    )
    return Plan(wish, manifest, key, targets, tuple(known.values()), again)


def say(what: str, found: str) -> None:
    """One line for a check, or for a step."""
    typer.echo(f"ok    {what:<12} {found}")


def _check_backup(folder: Path, manifest: Manifest) -> None:
    if found := damage(folder):
        raise Trouble(f"{folder} is damaged: {'; '.join(found[:3])}. Nothing was touched")
    age = datetime.now(UTC) - manifest.taken_at
    if age > erasures.KEPT:
        raise Trouble(
            f"{folder} is {age.days} days old; after {erasures.KEPT.days} nobody knows any more who "
            "was erased since, so it is not restored"
        )
    moment = manifest.taken_at.astimezone(UTC).isoformat(timespec="seconds")
    say("backup", f"taken {moment}, {size_of(folder) / 1e6:.1f} MB, whole and unchanged")


def _check_key(settings: Settings, manifest: Manifest) -> str:
    key = house_key(settings)
    if key is None:
        raise Trouble(
            "the key of the house is needed: put secret.key into the data folder, or set "
            "GEMINYA_SECRET_KEY"
        )
    if manifest.key not in (None, fingerprint(key.encode())):
        raise Trouble(
            "the backup was made with another GEMINYA_SECRET_KEY: its seeds could not be opened, and "
            "nobody who was erased would be known. Bring the key of that time"
        )
    say(
        "key", "the one of the backup" if manifest.key else "whether it is the right one is unknown"
    )
    return key


def _check_migrations(manifest: Manifest) -> None:
    for schema in SERVICES:
        files = (file for folder in folders_of(schema) for file in folder.glob("*.sql"))
        ours = {file.name.partition("_")[0] for file in files}
        unknown = sorted(set(manifest.migrations.get(schema, ["none at all"])) - ours)
        if unknown:
            raise Trouble(
                f"the backup comes from another version: {schema} has seen migration {unknown[0]}, "
                "which this one does not know. Restore it with the version that made it, or a newer one"
            )
    count = sum(len(seen) for seen in manifest.migrations.values())
    say("versions", f"all {count} migrations of the backup are known")


async def _check_target(
    settings: Settings, manifest: Manifest, wish: Wish, owner: str, schemas: tuple[str, ...]
) -> list[Erasure] | None:
    """Looks at a server; gives who was erased by the words of the database that is there now."""
    async with admin_connection(with_database(owner, MAINTENANCE)) as admin:
        await _check_server(settings, manifest, owner, schemas, admin)
        name = database_of(owner)
        if not await admin.value("SELECT 1 FROM pg_database WHERE datname = $1", name):
            say("target", f"{shown(owner)} is not there yet")
            return None
        await _require_quiet(admin, name)
    async with admin_connection(owner) as admin:
        tables = await admin.value(
            "SELECT count(*) FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
        )
        live = await erasures.in_database(admin)
        has_list = await admin.value("SELECT to_regclass('users.erasures')::text")
    if tables and wish.replace != name:
        raise Trouble(
            f"{shown(owner)} is not empty ({tables} tables); `--replace {name}` puts it aside and "
            "keeps it under another name. Nothing was touched"
        )
    say("target", f"{shown(owner)} {'will be put aside' if tables else 'is empty'}")
    return live if has_list else None


async def _check_server(
    settings: Settings, manifest: Manifest, owner: str, schemas: tuple[str, ...], admin: Admin
) -> None:
    here = await major_of(admin)
    there = max(manifest.versions[schema] for schema in schemas)
    if here < there:
        raise Trouble(
            f"the backup comes from PostgreSQL {there}, and {shown(owner)} is {here}: it needs the "
            "same version or a newer one"
        )
    tool = program("pg_restore", settings, owner, max(here, manifest.program))
    may = await admin.value(
        "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    if not may:
        raise Trouble(
            f"the owner of {shown(owner)} may not make databases; ALTER ROLE … CREATEDB lets it"
        )
    say("server", f"PostgreSQL {there} to {here}, with pg_restore {client_major(tool.path)}")


async def _require_quiet(admin: Admin, name: str) -> None:
    others = await admin.all_rows(
        "SELECT DISTINCT usename FROM pg_stat_activity "
        "WHERE datname = $1 AND backend_type = 'client backend'",
        name,
    )
    if others:
        who = ", ".join(sorted(str(row["usename"]) for row in others))
        raise Trouble(f"{who} is connected to {name}; end services, bot and poolers first")


def _journal(settings: Settings, wish: Wish, live: list[Erasure] | None) -> dict[str, Erasure]:
    """Everything that is known of erases, by wish, from wherever something is left."""
    own = settings.erasure_journal or settings.data_dir / JOURNAL
    files = [*wish.journals, *([own] if own.exists() else [])]
    if not files and live is None and not wish.without_erasures:
        raise Trouble(
            "nobody says who was erased since the backup: name the journal or the logs of users with "
            "--erasures FILE. If nothing of that is left, --without-erasures restores all the same, and "
            "who was erased since comes back"
        )
    found = [one for file in files for one in erasures.in_file(file)]
    found += [one for file in _other_backups(wish.folder) for one in erasures.in_file(file)]
    return erasures.fresh([*found, *(live or ())], datetime.now(UTC))


def _other_backups(folder: Path) -> Iterator[Path]:
    """Backups beside this one; a newer one knows of more erases, even if the rest of it is damaged."""
    yield from folder.absolute().parent.glob(f"*/{ERASURES}")
