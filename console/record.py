"""`geminya acts`: what operators have done, in every service."""

import asyncio
import json
from typing import Annotated, Any

import typer

from console.acts import written
from console.calls import Calls, run
from console.player_acts import UserOption
from console.player_facts import moment
from console.tables import JsonOption, show_rows
from geminya.common.v1 import admin_pb2 as pb

PAGE = 100


def acts(
    user_id: UserOption = None,
    by: Annotated[str, typer.Option(help="Only acts of this operator.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=5000, help="The most rows.")] = 25,
    as_json: JsonOption = False,
) -> None:
    """List what operators have done: who, why, before and after; the newest first.

    Example: `geminya acts --by mina --limit 50`
    """
    rows = run(lambda calls, _: list_acts(calls, user_id or 0, written(by), limit))
    shown = rows if as_json else [for_a_person(row) for row in rows]
    show_rows(f"{len(rows)} acts" if rows else "nobody did anything", shown, as_json=as_json)


async def list_acts(calls: Calls, user_id: int, by: str, limit: int) -> list[dict[str, Any]]:
    """The newest acts of every service, merged by time."""
    found = await asyncio.gather(
        *(_acts_of(service, admin, user_id, by, limit) for service, admin in calls.admin.items())
    )
    rows = [row for some in found for row in some]
    return sorted(rows, key=lambda row: row["time"], reverse=True)[:limit]


def for_a_person(row: dict[str, Any]) -> dict[str, Any]:
    """Before and after, only where they differ."""
    before, after = row["before"], row["after"]
    changed = [
        name for name in {**before, **after} if before.get(name) != after.get(name) or not before
    ]
    told = ", ".join(
        f"{name}: {before.get(name, '–')} → {after.get(name, '–')}" for name in changed
    )
    rest = {name: value for name, value in row.items() if name not in ("before", "after")}
    return {**rest, "time": row["time"][:19], "change": told}


async def _acts_of(
    service: str, admin: Any, user_id: int, by: str, limit: int
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    token = ""
    while len(rows) < limit:
        request = pb.AdminListAuditRequest(
            user_id=user_id, operator=by, page_size=min(PAGE, limit - len(rows)), page_token=token
        )
        answer = await admin.AdminListAudit(request)
        rows += [act_shown(service, row) for row in answer.rows]
        token = answer.next_page_token
        if not token:
            break
    return rows


def act_shown(service: str, row: pb.AuditRow) -> dict[str, Any]:
    """An act as a row."""
    return {
        "time": moment(row.time, "microseconds"),
        "service": service,
        "user_id": row.user_id or None,
        "action": row.action,
        "operator": row.operator,
        "reason": row.reason,
        "ticket": row.ticket or None,
        "op_id": row.op_id,
        "before": json.loads(row.before_json),
        "after": json.loads(row.after_json),
    }
