"""`geminya expedition`: look behind an expedition."""

import difflib
import json
from datetime import UTC
from typing import Annotated

import typer

from console.calls import run
from geminya.expeditions.v1 import atlas_pb2
from geminya.expeditions.v1 import expedition_pb2 as pb

DIFFERENT = 1
"""The exit code of a replay that tells another story."""
NOTHING_OPEN = 1
"""The exit code of a week without a place: nothing was imported, or the draw failed."""
HELP = "Look behind an expedition, and at the places of this week."

app = typer.Typer(no_args_is_help=True, help=HELP)


@app.callback()
def expedition() -> None:
    """Look behind an expedition, and at the places of this week."""


@app.command()
def replay(
    expedition_id: Annotated[
        str, typer.Argument(metavar="ID", show_default=False, help="Of the expedition.")
    ],
) -> None:
    """Resolve a past expedition again, and compare with its report byte for byte; exit code 1 when they differ.

    Example: `geminya expedition replay 5f0c1a52-…`
    """
    request = pb.AdminReplayExpeditionRequest(expedition_id=expedition_id)
    found = run(lambda calls, _: calls.expeditions.AdminReplayExpedition(request))
    rules = f"rules {found.stored_rules_version}, atlas {found.atlas_version}"
    if found.is_equal:
        size = len(found.stored.encode())
        typer.echo(f"the same, byte for byte: {size} bytes, user {found.user_id}, {rules}")
        return
    typer.echo(
        f"another story: user {found.user_id}, {rules}, resolved by rules {found.rules_version}"
    )
    for line in _difference(found):
        typer.echo(line)
    raise typer.Exit(DIFFERENT)


@app.command()
def rotation() -> None:
    """Say which places are open this week; exit code 1 when none is. Asking opens a week that nobody opened yet.

    Example: `geminya expedition rotation`
    """
    found = run(lambda calls, _: calls.atlas.GetRotation(atlas_pb2.GetRotationRequest()))
    places = sorted(template.name for template in found.templates)
    until = found.close_time.ToDatetime(UTC).isoformat(timespec="minutes")
    typer.echo(f"week of {found.week}, until {until}: {len(places)} places are open")
    for place in places:
        typer.echo(f"  {place}")
    if not places:
        raise typer.Exit(NOTHING_OPEN)


def _difference(found: pb.AdminReplayExpeditionResponse) -> list[str]:
    """Where the reports differ, in lines that a person can read."""
    stored, computed = (
        json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True).splitlines()
        for text in (found.stored, found.computed)
    )
    return [*difflib.unified_diff(stored, computed, "stored", "computed", lineterm="", n=2)]
