"""`geminya migrate`: the database, its roles and its tables, each made once and brought up to date."""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from chassis.postgres import DatabaseTrouble, admin_connection
from chassis.settings import SERVICES, read_settings
from console.addresses import (
    AUDIT_ROLE,
    by_server,
    database_of,
    for_dbmate,
    login_passwords,
    owner_urls,
    with_database,
)
from console.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
ROLES = ROOT / "deploy" / "postgres" / "roles.sql"

_MORE_TRIES = 2
_NO_SUCH_DATABASE = "3D000"
_SCRAM_ROUNDS = 4096


def migrate() -> None:
    """Make the database, the roles and the tables, or bring them up to date.

    Example: `geminya migrate`
    """
    settings = read_settings()
    with owner_urls(settings) as owners:
        applied = asyncio.run(_bring_up_to_date(owners, login_passwords(settings)))
    typer.echo("\n".join(applied) if applied else "everything is up to date")


async def _bring_up_to_date(owners: Mapping[str, str], passwords: Mapping[str, str]) -> list[str]:
    applied: list[str] = []
    for owner, services in by_server(owners).items():
        await make_roles(owner, passwords, services)
        applied += await make_tables(owner, services)
    return applied


async def make_roles(
    owner: str, passwords: Mapping[str, str], services: Sequence[str] = SERVICES
) -> None:
    """The game's database with its roles, schemas and rights, as deploy/postgres/roles.sql says."""
    await _make_database(owner)
    script = ROLES.read_text()
    here = {AUDIT_ROLE, *(f"{service}_login" for service in services)}
    async with admin_connection(owner) as admin:
        await admin.value("SELECT set_config('geminya.services', $1, false)", ",".join(services))
        await admin.run(script)
        for role, password in passwords.items():
            if role not in here:
                continue
            # Only the verifier travels: the password itself never stands in the server's log.
            alter = "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)"
            await admin.run(await admin.value(alter, role, scram_verifier(password)))


async def make_tables(owner: str, services: Sequence[str] = SERVICES) -> list[str]:
    """Runs what migrations are new, every schema at once; what was applied, as `schema/file`."""
    runs = (_migrate_schema(owner, schema) for schema in services)
    # Every run comes to its end, also when one of them fails.
    applied = _all_or_first_error(await asyncio.gather(*runs, return_exceptions=True))
    async with admin_connection(owner) as admin:
        for schema in services:
            # The list of migrations is the owner's; default rights gave it to the service as well.
            if await admin.value("SELECT to_regclass($1)::text", f"{schema}.schema_migrations"):
                await admin.run(
                    f"REVOKE INSERT, UPDATE, DELETE ON {schema}.schema_migrations "
                    f"FROM {schema}_login"
                )
    return [name for names in applied for name in names]


async def pending(owner: str, services: Sequence[str] = SERVICES) -> list[str]:
    """The migrations that are not applied yet, as `schema/file`."""
    missing: list[str] = []
    async with admin_connection(owner) as admin:
        for schema in services:
            table = f"{schema}.schema_migrations"
            known: set[str] = set()
            if await admin.value("SELECT to_regclass($1)::text", table):
                rows = await admin.all_rows(f"SELECT version FROM {table}")
                known = {row["version"] for row in rows}
            files = [file for folder in folders_of(schema) for file in folder.glob("*.sql")]
            missing += [
                f"{schema}/{file.name}"
                for file in sorted(files, key=lambda file: file.name)
                if file.name.partition("_")[0] not in known
            ]
    return missing


def folders_of(schema: str) -> list[Path]:
    """The folders of a schema's migrations: those of the operations kit and the service's own."""
    folders = [ROOT / "chassis" / "operations", ROOT / "services" / schema]
    return [found for folder in folders if (found := folder / "migrations").is_dir()]


async def _make_database(owner: str) -> None:
    try:
        async with admin_connection(owner):
            return
    except DatabaseTrouble:
        raise
    except Exception as error:
        # Only the driver knows its errors by class; all of them know their SQLSTATE.
        if getattr(error, "sqlstate", None) != _NO_SUCH_DATABASE:
            raise
    async with admin_connection(with_database(owner, "postgres")) as admin:
        name = await admin.value("SELECT quote_ident($1)", database_of(owner))
        await admin.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")


async def _migrate_schema(owner: str, schema: str) -> list[str]:
    folders = folders_of(schema)
    if not folders:
        return []
    code, said = await _dbmate(owner, schema, folders)
    for _ in range(_MORE_TRIES):
        # A busy table, or a kill from outside, is a matter of patience; the rest is for a person.
        if code < 0 or (code > 0 and "lock timeout" in said):
            code, said = await _dbmate(owner, schema, folders)
    if code != 0:
        raise Trouble(f"the migrations of {schema} stopped: {said.strip()}")
    lines = (line.split() for line in said.splitlines())
    return [f"{schema}/{words[1]}" for words in lines if words[:1] == ["Applied:"]]


def _all_or_first_error(results: Sequence[list[str] | BaseException]) -> list[list[str]]:
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


async def _dbmate(owner: str, schema: str, folders: Sequence[Path]) -> tuple[int, str]:
    """Runs dbmate; its exit code and everything it said."""
    command = [str(Path(sys.executable).with_name("dbmate"))]
    for folder in folders:
        command += ["--migrations-dir", str(folder)]
    command += ["--migrations-table", f"{schema}.schema_migrations", "--no-dump-schema"]
    command += ["--migration-lock", "migrate"]
    process = await asyncio.create_subprocess_exec(
        *command,
        # A password does not belong on a command line, where everybody can read it.
        env=os.environ | {"DATABASE_URL": for_dbmate(owner, schema)},
        cwd="/",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace")


def scram_verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5802), made here."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ROUNDS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored, server = (
        hashlib.sha256(client_key).digest(),
        hmac.digest(salted, b"Server Key", "sha256"),
    )
    salt_text, stored_text, server_text = (
        base64.b64encode(part).decode() for part in (salt, stored, server)
    )
    return f"SCRAM-SHA-256${_SCRAM_ROUNDS}:{salt_text}${stored_text}:{server_text}"
