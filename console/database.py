"""`geminya database reset`: everything gone and made anew, for development only."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from chassis.postgres import admin_connection
from chassis.settings import SERVICES, Settings, read_settings
from console.addresses import by_server, database_of, login_passwords, owner_urls, shown
from console.migrate import make_roles, make_tables
from console.trouble import Trouble

app = typer.Typer(no_args_is_help=True, help="Look after the database.")


@app.callback()
def _family() -> None:
    """Keeps `reset` a command of its own, although it is the only one."""


@app.command()
def reset(
    confirm: Annotated[
        str, typer.Option(metavar="NAME", help="The database's name, instead of typing it.")
    ] = "",
) -> None:
    """Drop the four schemas with all that is in them, and build them anew. Only with GEMINYA_ENV=dev."""
    settings = read_settings()
    if settings.env != "dev":
        raise Trouble("this drops every player's data; it is refused unless GEMINYA_ENV=dev")
    with owner_urls(settings) as owners:
        servers = by_server(owners)
        names = {database_of(owner) for owner in servers}
        places = ", ".join(shown(owner) for owner in servers)
        typed = confirm or typer.prompt(
            f"This drops everything in {places}. Type the database's name to go on"
        )
        if {typed} != names:
            raise Trouble(f"{typed!r} is not the database's name; nothing was dropped")
        applied = asyncio.run(_rebuild_all(settings, servers))
    typer.echo(f"dropped {', '.join(SERVICES)} and built them anew: {applied} migrations")


async def _rebuild_all(settings: Settings, servers: Mapping[str, Sequence[str]]) -> int:
    # Makes the databases too, where there are none yet; nothing is dropped while one of them is in use.
    for owner, services in servers.items():
        await make_roles(owner, login_passwords(settings), services)
        await _require_quiet(owner)
    return sum([await _rebuild(settings, *server) for server in servers.items()])


async def _require_quiet(owner: str) -> None:
    async with admin_connection(owner) as admin:
        busy = await admin.value(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = ANY($1)",
            [f"{service}_login" for service in SERVICES],
        )
    if busy:
        raise Trouble("services are connected to the database; end them first")


async def _rebuild(settings: Settings, owner: str, services: Sequence[str]) -> int:
    async with admin_connection(owner) as admin:
        for schema in services:
            await admin.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    await make_roles(owner, login_passwords(settings), services)
    return len(await make_tables(owner, services))
