"""`geminya secrets`: what each process of a house of containers must know, in a folder of its own."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit, urlunsplit

import typer

from chassis.settings import SERVICES, Settings, read_settings
from console import certs
from console.addresses import kept_secret, login_password, with_login
from console.authority import OPERATOR
from console.house import BOT
from console.trouble import Trouble

POSTGRES = "postgres"
POOL = "pgbouncer"

Files = Mapping[str, str]
"""What a file says, by its name."""


def secrets(
    folder: Annotated[
        Path, typer.Argument(file_okay=False, help="Gets a folder for each process.")
    ],
    database: Annotated[
        str, typer.Option(help="The owner's address; a password that is missing is made.")
    ],
    pool: Annotated[
        str, typer.Option(help="Where services find a PgBouncer instead, as host:port.")
    ] = "",
) -> None:
    """Make the secrets of a house of containers: certificates, passwords, and the key of the house.

    A process is given its folder alone: GEMINYA_TLS_DIR and GEMINYA_SECRETS_DIR name it. What has been
    made stays as it is; certificates that end soon are renewed, addresses are written anew.

    Example: `geminya secrets deploy/secrets --database postgresql://geminya@postgres.geminya:5432/geminya`
    """
    for name in make(folder, database, pool):
        typer.echo(folder / name)


def make(folder: Path, database: str, pool: str = "") -> list[str]:
    """Makes what is missing; gives the names of the folders."""
    owner = urlsplit(database)
    if not owner.username:
        raise Trouble("--database names no user; postgresql://geminya@host:5432/geminya does")
    certs.make(folder, servers=(POSTGRES, POOL))
    password = owner.password or kept_secret(folder / POSTGRES / "password")
    settings = read_settings(data_dir=folder / OPERATOR)
    given: Mapping[str, Files] = {
        OPERATOR: {
            "geminya_database_url": with_login(database, unquote(owner.username), unquote(password))
        },
        POOL: {"userlist.txt": _users(settings)},
        **_of_processes(settings, _place(database, pool)),
    }
    for name, files in given.items():
        for file, text in files.items():
            _write(folder / name / file, text)
    return sorted({*given, POSTGRES, certs.AUTHORITY_DIR})


def _of_processes(settings: Settings, database: str) -> Mapping[str, Files]:
    key = {"geminya_secret_key": kept_secret(settings.data_dir / "geminya_secret_key")}
    services = {
        name: key | {f"geminya_{name}_database_url": _login(settings, database, name)}
        for name in SERVICES
    }
    return services | {BOT: key}


def _login(settings: Settings, database: str, service: str) -> str:
    return with_login(database, f"{service}_login", login_password(settings, service))


def _users(settings: Settings) -> str:
    """Who may come to the pool, as PgBouncer reads it; it needs the passwords themselves to pass them on."""
    lines = (f'"{name}_login" "{login_password(settings, name)}"\n' for name in SERVICES)
    return "".join(lines)


def _place(database: str, pool: str) -> str:
    """The address as services reach it."""
    return urlunsplit(urlsplit(database)._replace(netloc=pool)) if pool else database


def _write(file: Path, text: str) -> None:
    """A file that only its owner reads, and that nobody finds half written."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    draft.replace(file)
