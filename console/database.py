"""`geminya database reset`: everything gone and made anew, for development only."""

import asyncio
from typing import Annotated

import typer

from chassis.postgres import admin_connection
from chassis.settings import SERVICES, Settings, read_settings
from console.addresses import database_of, login_passwords, owner_url, shown
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
    with owner_url(settings) as owner:
        name = database_of(owner)
        typed = confirm or typer.prompt(
            f"This drops everything in {shown(owner)}. Type the database's name to go on"
        )
        if typed != name:
            raise Trouble(f"{typed!r} is not the database's name; nothing was dropped")
        applied = asyncio.run(_rebuild(settings, owner))
    typer.echo(f"dropped {', '.join(SERVICES)} and built them anew: {applied} migrations")


async def _rebuild(settings: Settings, owner: str) -> int:
    # Makes the database too, where there is none yet.
    await make_roles(owner, login_passwords(settings))
    async with admin_connection(owner) as admin:
        busy = await admin.value(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = ANY($1)",
            [f"{service}_login" for service in SERVICES],
        )
        if busy:
            raise Trouble("services are connected to the database; end them first")
        for schema in SERVICES:
            await admin.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    await make_roles(owner, login_passwords(settings))
    return len(await make_tables(owner))
