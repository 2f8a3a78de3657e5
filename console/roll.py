"""`geminya roll` and `geminya fairness`: throw the dice of a summon again."""

import difflib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from console.calls import run
from console.player_acts import HIGHEST_ID
from console.trouble import Trouble
from geminya.economy.v1 import gacha_pb2 as pb

DIFFERENT = 1
"""The exit code of a roll that comes out otherwise."""
VERIFIER = Path(__file__).parents[1] / "tools" / "verify_summon.py"

app = typer.Typer(no_args_is_help=True, help="Throw the dice of a summon again.")
fairness = typer.Typer(no_args_is_help=True, help="Check proofs of summons.")


@app.callback()
def roll() -> None:
    """Throw the dice of a summon again."""


@app.command()
def replay(
    op_id: Annotated[
        str, typer.Argument(metavar="OP", show_default=False, help="The operation of the summon.")
    ],
    user: Annotated[
        int, typer.Option(min=1, max=HIGHEST_ID, show_default=False, help="Whose, by the inner id.")
    ],
) -> None:
    """Roll a summon again from seed, number, pity and table, and compare; exit code 1 when it differs.

    `geminya roll replay 0198d4a2-0000-7000-8000-000000000001 --user 7`
    """
    request = pb.AdminReplaySummonRequest(user_id=user, op_id=op_id)
    found = run(lambda calls, _: calls.gacha.AdminReplaySummon(request))
    if found.is_equal:
        pulls = len(json.loads(found.stored_json)["pulls"])
        typer.echo(f"the same: {pulls} pulls on {found.banner_name}")
        return
    typer.echo(f"another roll: on {found.banner_name} these dice give something else")
    for line in _difference(found):
        typer.echo(line)
    raise typer.Exit(DIFFERENT)


@fairness.callback()
def fairness_() -> None:
    """Check proofs of summons."""


@fairness.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, show_default=False, help="A proof.json."),
    ],
) -> None:
    """Check a proof as a player does, without a running house; exit code 1 when it is not true.

    `geminya fairness verify proof.json`
    """
    if not VERIFIER.is_file():
        raise Trouble(f"there is no {VERIFIER}; it belongs to the source of the game")
    # The very program that players have, and nothing of ours beside it.
    said = subprocess.run(  # noqa: S603 - our own program, and a file as its only word
        [sys.executable, "-I", "-S", VERIFIER, file], capture_output=True, text=True, check=False
    )
    verdict = (said.stdout + said.stderr).strip()
    if "Traceback" in verdict:
        raise Trouble(f"{file} is not a proof of a summon")
    typer.echo(verdict)
    if said.returncode:
        raise typer.Exit(DIFFERENT)


def _difference(found: pb.AdminReplaySummonResponse) -> Iterator[str]:
    """Where they differ, in lines that a person can read."""
    stored, computed = (
        json.dumps(json.loads(text), indent=1, sort_keys=True).splitlines()
        for text in (found.stored_json, found.computed_json)
    )
    return difflib.unified_diff(stored, computed, "stored", "computed", lineterm="", n=2)
