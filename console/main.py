"""`geminya`: the command tree."""

import sys
from typing import NoReturn

import typer

from chassis.embedded import EmbeddedError
from chassis.postgres import DatabaseTrouble
from chassis.settings import SettingsError
from console import (
    audit,
    backup,
    banner,
    certs,
    code,
    content,
    database,
    doctor,
    erasures,
    expedition,
    features,
    migrate,
    mission,
    operation,
    player,
    record,
    restore,
    roll,
    secret_files,
    serve,
    shop,
    simulate,
    wait,
)
from console.trouble import Trouble

MENDABLE = 2
"""The exit code of everything that the operator can mend."""

HELP = """
Geminya, a character-collection game for Discord.

Try it: `geminya serve all` starts everything on this machine. `geminya doctor` says what answers and
what to do where nothing does. Settings are read from GEMINYA_* variables, secret files and .env.
"""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
)
app.add_typer(serve.app, name="serve")
app.command()(doctor.doctor)
app.command()(migrate.migrate)
app.command()(wait.wait)
app.command()(certs.certs)
app.command()(secret_files.secrets)
app.add_typer(database.app, name="database")
app.add_typer(content.app, name="content")
app.add_typer(player.app, name="player")
app.add_typer(expedition.app, name="expedition")
app.add_typer(banner.app, name="banner")
app.add_typer(roll.app, name="roll")
app.add_typer(roll.fairness, name="fairness")
app.add_typer(mission.app, name="mission")
app.add_typer(code.app, name="code")
app.add_typer(shop.app, name="shop")
app.add_typer(operation.app, name="operation")
app.command()(audit.audit)
app.command()(simulate.simulate)
app.add_typer(backup.app, name="backup")
app.command()(restore.restore)
app.command()(erasures.erasures)
app.command()(record.acts)
app.command()(features.features)
app.command()(features.freeze)
app.command()(features.unfreeze)


def main() -> None:
    """Runs a command; what the operator can mend is one sentence and exit code 2."""
    try:
        app()
    except (Trouble, SettingsError, EmbeddedError) as error:
        _end(str(error))
    except DatabaseTrouble as error:
        _end(f"the database does not answer ({error}); check GEMINYA_DATABASE_URL")
    except UnicodeEncodeError:
        # A shell may hand over what is no text at all.
        _end("the command holds bytes that are no text")
    except Exception as error:
        # Only the driver knows its errors by class; all of them know their SQLSTATE.
        if getattr(error, "sqlstate", None) is None:
            raise
        _end(
            f"the database refuses ({error}); check GEMINYA_DATABASE_URL and the rights of its role"
        )


def _end(sentence: str) -> NoReturn:
    print(f"geminya: {sentence}", file=sys.stderr)
    sys.exit(MENDABLE)


if __name__ == "__main__":
    main()
