"""`geminya doctor`: what answers, what does not, and what to do then."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from chassis.embedded import find_running
from chassis.postgres import Admin, admin_connection
from chassis.settings import SERVICES, Settings, SettingsError, read_settings
from console import health
from console.addresses import by_server, own_servers, replicas_of, shown
from console.certs import certificates_for
from console.house import BOT, PLAYGROUND, has_playground, playground_url
from console.migrate import pending

OLDEST_SERVER = 150000
ROOM_PERCENT = 70
"""Of a server's connections, for all pools together."""
_START = "start the house with `make run`"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of the doctor's."""

    what: str
    is_well: bool
    found: str
    advice: str = ""

    def __str__(self) -> str:
        line = f"{'ok   ' if self.is_well else 'wrong'} {self.what:<12} {self.found}"
        return f"{line} -> {self.advice}" if self.advice else line


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what answers, what is wrong and what to do; exit code 1 when something is wrong.

    Example: `geminya doctor`
    """
    found = asyncio.run(_examine())
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
    else:
        for one in found:
            typer.echo(str(one))
    if not all(one.is_well for one in found):
        raise typer.Exit(1)


async def _examine() -> list[Diagnosis]:
    try:
        settings = read_settings()
    except SettingsError as error:
        return [Diagnosis("settings", False, str(error), "correct it in the environment or .env")]
    found = [_settings(settings), _identity(settings)]
    found += [one async for one in _database(settings)]
    if not found[1].is_well:
        return found
    found += await asyncio.gather(*(_service(settings, name) for name in SERVICES))
    found.append(await _bot(settings))
    if has_playground(settings):
        found.append(await _playground(settings))
    return found


def _settings(settings: Settings) -> Diagnosis:
    is_set = "env" in settings.model_fields_set
    env = f"GEMINYA_ENV={settings.env}" if is_set else "GEMINYA_ENV is not set (serve all: dev)"
    place = "the playground" if has_playground(settings) else "Discord"
    return Diagnosis("settings", True, f"{env}, players come from {place}")


def _identity(settings: Settings) -> Diagnosis:
    """By what this command is known to the services."""
    try:
        certificates = certificates_for(settings)
    except SettingsError as error:
        return Diagnosis("identity", False, str(error), "run `geminya certs`")
    if certificates is None:
        return Diagnosis("identity", True, "no certificates: names are taken on trust")
    papers = certificates.current()
    return Diagnosis("identity", True, f"{papers.name}, until {papers.ends:%Y-%m-%d}")


async def _database(settings: Settings) -> AsyncIterator[Diagnosis]:
    own = own_servers(settings)
    for owner, services in by_server(own).items():
        advice = f"check GEMINYA_{services[0].upper()}_OWNER_DATABASE_URL"
        async for one in _server(settings, owner, services, advice):
            yield one
    rest = tuple(name for name in SERVICES if name not in own)
    given = settings.database_url
    owner = given.get_secret_value() if given else find_running(settings.data_dir / "postgres")
    if rest and owner is None:
        yield Diagnosis("database", False, "the embedded server does not run", _START)
    elif rest and owner is not None:
        advice = "check GEMINYA_DATABASE_URL" if given else _START
        async for one in _server(settings, owner, rest, advice):
            yield one


async def _server(
    settings: Settings, owner: str, services: Sequence[str], advice: str
) -> AsyncIterator[Diagnosis]:
    """One server, with what must be there of the services whose tables stand on it."""
    try:
        async with admin_connection(owner) as admin:
            yield await _connection(admin, owner)
            roles = await _roles(admin, services)
            pools = await _pools(admin, settings, services)
        yield roles
        yield pools
        yield await _migrations(owner, services) if roles.is_well else _unknown_migrations()
    # The driver's errors are its own business; whatever it is, it is what the operator has to know.
    except Exception as error:
        yield Diagnosis(
            "database", False, f"{shown(owner)}: {error or type(error).__name__}", advice
        )


async def _connection(admin: Admin, owner: str) -> Diagnosis:
    """The connection test: one query there and back."""
    await admin.value("SELECT 1")
    version = await admin.value("SHOW server_version")
    number = int(await admin.value("SHOW server_version_num"))
    found = f"PostgreSQL {version} answers at {shown(owner)}"
    if number < OLDEST_SERVER:
        return Diagnosis("database", False, found, "use version 15 or newer")
    return Diagnosis("database", True, found)


async def _roles(admin: Admin, services: Sequence[str]) -> Diagnosis:
    wanted = [f"{name}_{kind}" for name in services for kind in ("owner", "login")]
    missing = await admin.all_rows(
        "SELECT role FROM unnest($1::text[]) AS role WHERE to_regrole(role) IS NULL", wanted
    )
    if missing:
        names = ", ".join(str(row["role"]) for row in missing)
        return Diagnosis("roles", False, f"not there: {names}", "run `geminya migrate`")
    return Diagnosis("roles", True, f"{len(wanted)} are there")


async def _pools(admin: Admin, settings: Settings, services: Sequence[str]) -> Diagnosis:
    """All pools together leave room: for migrations, backups, and whoever has to look."""
    most = int(await admin.value("SHOW max_connections"))
    room = most * ROOM_PERCENT // 100
    replicas = {name: replicas_of(settings.address_of(name)) for name in services}
    wanted = settings.pool_size * sum(replicas.values())
    found = f"up to {wanted} connections of {most}"
    advice = "lower GEMINYA_POOL_SIZE, raise max_connections, or put PgBouncer between"
    if wanted > room:
        return Diagnosis("pools", False, f"{found}, and no more than {room} should be", advice)
    limits = await admin.all_rows(
        "SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname = ANY($1) AND rolconnlimit >= 0",
        [f"{name}_login" for name in services],
    )
    for row in limits:
        needs = settings.pool_size * replicas[row["rolname"].removesuffix("_login")]
        if needs > row["rolconnlimit"]:
            found = f"{row['rolname']} needs {needs} connections and may have {row['rolconnlimit']}"
            return Diagnosis("pools", False, found, "ALTER ROLE … CONNECTION LIMIT …")
    return Diagnosis("pools", True, found)


async def _migrations(owner: str, services: Sequence[str]) -> Diagnosis:
    missing = await pending(owner, services)
    if missing:
        found = f"{len(missing)} not applied yet, first {missing[0]}"
        return Diagnosis("migrations", False, found, "run `geminya migrate`")
    return Diagnosis("migrations", True, "all applied")


def _unknown_migrations() -> Diagnosis:
    return Diagnosis("migrations", False, "not applied yet", "run `geminya migrate`")


async def _service(settings: Settings, name: str) -> Diagnosis:
    trouble = await health.service_trouble(settings, name)
    return _diagnosis(settings, name, f"serves at {settings.address_of(name)}", trouble)


async def _bot(settings: Settings) -> Diagnosis:
    trouble = await health.service_trouble(settings, BOT)
    return _diagnosis(settings, BOT, "is connected", trouble)


async def _playground(settings: Settings) -> Diagnosis:
    url = playground_url(settings)
    trouble = await health.playground_trouble(url)
    return _diagnosis(settings, PLAYGROUND, f"has its door open at {url}", trouble)


def _diagnosis(settings: Settings, name: str, well: str, trouble: str) -> Diagnosis:
    if not trouble:
        return Diagnosis(name, True, well)
    log = settings.data_dir / "logs" / f"{name}.log"
    advice = f"read {log}, or {_START}" if log.exists() else _START
    return Diagnosis(name, False, trouble, advice)
