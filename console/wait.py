"""`geminya wait`: a service starts when the tables that it was written for are there."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from chassis.postgres import DatabaseTrouble, admin_connection
from chassis.settings import SERVICES, read_settings
from console.migrate import folders_of
from console.trouble import Trouble

LOOK_INTERVAL_S = 1.0
PATIENCE_S = 300.0

Schema = StrEnum("Schema", SERVICES)


def wait(
    service: Annotated[Schema, typer.Argument(show_default=False, help="Whose tables.")],
    patience_s: Annotated[
        float, typer.Option("--for", min=0, help="How many seconds, before it gives up.")
    ] = PATIENCE_S,
) -> None:
    """Wait until somebody has run the migrations of a service; ask with that service's own login role.

    Example: `geminya wait users --for 60`
    """
    url = read_settings().database_url_of(service.value)
    asyncio.run(until_there(url, service.value, patience_s))
    typer.echo(f"the tables of {service.value} are there")


async def until_there(url: str, schema: str, patience_s: float) -> None:
    """Looks every second; what is missing is told when it changes."""
    told = ""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_s
    while missing := await missing_of(url, schema):
        if loop.time() >= end:
            raise Trouble(f"after {patience_s:g} s still: {missing}; `geminya migrate` makes it")
        if missing != told:
            typer.echo(f"waiting: {missing}", err=True)
            told = missing
        await asyncio.sleep(LOOK_INTERVAL_S)


async def missing_of(url: str, schema: str) -> str:
    """What keeps the service's tables from being there, in a few words; empty when nothing does."""
    wanted = {
        file.name.partition("_")[0]
        for folder in folders_of(schema)
        for file in folder.glob("*.sql")
    }
    try:
        async with admin_connection(url) as login:
            rows = await login.all_rows(f"SELECT version FROM {schema}.schema_migrations")
    except DatabaseTrouble as trouble:
        return f"the database does not answer ({trouble})"
    except Exception as error:
        # Before the first migration there may be no database, no role and no table; the SQLSTATE says which.
        if getattr(error, "sqlstate", None) is None:
            raise
        return str(error)
    left = wanted - {row["version"] for row in rows}
    return f"{len(left)} migrations of {schema} have not run" if left else ""
