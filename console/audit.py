"""`geminya audit`: what must always be true of the data, checked now."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from chassis.settings import read_settings
from console import invariants
from console.addresses import owner_url


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check every invariant that applies; exit code 1 when one is violated.

    Example: `geminya audit --json`
    """
    settings = read_settings()
    with owner_url(settings) as owner:
        findings = asyncio.run(invariants.check(owner, settings.game_day_offset_h))
    if as_json:
        facts = [asdict(finding) for finding in findings]
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            holds = "holds" if not finding.violations else f"VIOLATED {finding.violations} times"
            typer.echo(f"{finding.id:<4} {holds:<12} {finding.statement}")
            if finding.violations:
                typer.echo(f"     for example {finding.sample}")
    if any(finding.violations for finding in findings):
        raise typer.Exit(1)
