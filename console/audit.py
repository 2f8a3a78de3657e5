"""`geminya audit`: what must always be true of the data, checked now."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from chassis.settings import Settings, read_settings
from console import auditor, invariants
from console.addresses import by_server, owner_urls
from console.gathering import a_scratch_server, gather, make_room
from console.invariants import Finding

LOOKS = 3
"""At several servers; what is broken in every one of them is broken."""


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    every: Annotated[
        float,
        typer.Option(
            help="Look again every so many seconds until it is ended, and show what was found to Prometheus.",
            min=0,
        ),
    ] = 0,
) -> None:
    """Check every invariant that applies; exit code 1 when one is violated.

    Example: `geminya audit --json`
    """
    settings = read_settings()
    with owner_urls(settings) as owners:
        if every:
            auditor.watch(settings, every, lambda: look(settings, owners))
            return
        findings = look(settings, owners)
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


def look(settings: Settings, owners: Mapping[str, str]) -> list[Finding]:
    """What holds on the server or the servers of a house."""
    [owner, *others] = by_server(owners)
    if not others:
        return asyncio.run(invariants.check(owner, settings.game_day_offset_h))
    with a_scratch_server(settings) as scratch:
        return asyncio.run(look_at_all(owners, scratch, settings.game_day_offset_h))


async def look_at_all(owners: Mapping[str, str], scratch: str, day_offset_h: int) -> list[Finding]:
    """What holds on several servers together, looked at in a copy.

    No moment is the same on all of them: what was under way between the first snapshot and the last looks broken.
    Whatever is really broken still is when one looks again.
    """
    await make_room(scratch)
    found: dict[str, Finding] = {}
    for _ in range(LOOKS):
        await gather(owners, scratch)
        for finding in await invariants.check(scratch, day_offset_h):
            before = found.get(finding.id)
            if before is None or before.violations:
                found[finding.id] = finding
        if not any(finding.violations for finding in found.values()):
            break
    return list(found.values())
