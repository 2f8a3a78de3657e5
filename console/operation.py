"""`geminya operation`: wishes that span services, and what to do with one that is parked."""

import asyncio
import json
from typing import Annotated, Any

import typer

from chassis.settings import SERVICES, Settings
from console.acts import (
    OperatorOption,
    OpOption,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
)
from console.calls import Calls, Refused, once, run
from console.player_acts import CURRENCIES, HIGHEST_ID
from console.player_facts import moment
from console.tables import JsonOption, show_facts, show_rows
from console.trouble import Trouble
from geminya.common.v1 import admin_pb2 as pb
from geminya.common.v1.operation_pb2 import OperationState

PAGE = 100
HELP = """
Look at wishes that span services, and help those on that are parked.

An operation is named by the player's inner id and its own id, as `list`, the log and `geminya audit` show them.
`retry` and `refund` only tell what they would do, until you add `--yes`.
"""
app = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")

UserArgument = Annotated[
    int,
    typer.Argument(
        metavar="USER_ID",
        min=1,
        max=HIGHEST_ID,
        show_default=False,
        help="Whose it is: the inner id.",
    ),
]
OperationArgument = Annotated[
    str, typer.Argument(metavar="OP_ID", show_default=False, help="The id of the operation.")
]


@app.command("list")
def list_operations(
    parked: Annotated[bool, typer.Option("--parked", help="Only what waits for you.")] = False,
    is_open: Annotated[bool, typer.Option("--open", help="Only what is under way.")] = False,
    kind: Annotated[str, typer.Option(help="Only one kind: summon, gift, talk …")] = "",
    user_id: Annotated[
        int, typer.Option("--user-id", min=0, max=HIGHEST_ID, help="Only of one player.")
    ] = 0,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="The most rows.")] = 25,
    as_json: JsonOption = False,
) -> None:
    """List operations of every service, the newest first.

    Example: `geminya operation list --parked`
    """
    request = pb.AdminListOperationsRequest(
        is_open=is_open, is_parked=parked, kind=kind, user_id=user_id
    )
    rows = run(lambda calls, _: operations_of(calls, request, limit))
    title = f"{len(rows)} operations" if rows else "there is none"
    show_rows(title, rows, as_json=as_json)


@app.command()
def show(user_id: UserArgument, op_id: OperationArgument, as_json: JsonOption = False) -> None:
    """Show what was asked for, what was kept and how it ended; no secret, and no word of the player's.

    Example: `geminya operation show 7 5f0c1a52-…`
    """

    async def work(calls: Calls, _: Settings) -> dict[str, Any]:
        service, found = await find(calls, user_id, op_id)
        return brief_shown(service, found.operation) | {
            "request": _read(found.request_json),
            "kept": _read(found.kept_json),
            "result": _read(found.result_json),
            "trace": found.trace or None,
        }

    facts = run(work)
    if not as_json:
        for name in ("request", "kept", "result"):
            facts[name] = json.dumps(facts[name], ensure_ascii=False) if facts[name] else None
    show_facts(facts, as_json=as_json)


@app.command()
def retry(
    user_id: UserArgument,
    op_id: OperationArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Let an open operation go on at once, parked or not; what parked it should be mended first.

    Example: `geminya operation retry 7 5f0c1a52-… --reason "the key is back" --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        service, found = await find(calls, user_id, op_id)
        typer.echo(_sentence(service, found.operation))
        typer.echo("  it is driven again from where it stands")
        if act.is_real:
            with once(act.op_id):
                await calls.admin[service].AdminRetryOperation(
                    pb.AdminRetryOperationRequest(act=act.message, user_id=user_id, op_id=op_id)
                )
        act.say_what_next()

    run(work)


@app.command()
def refund(
    user_id: UserArgument,
    op_id: OperationArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """End a parked operation by paying its price back, once; only while nothing was handed over.

    Example: `geminya operation refund 7 5f0c1a52-… --reason "cannot be mended" --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        service, found = await find(calls, user_id, op_id)
        typer.echo(_sentence(service, found.operation))
        if not act.is_real:
            typer.echo("  its price is paid back and it ends, if nothing was handed over")
            act.say_what_next()
            return
        request = pb.AdminRefundOperationRequest(act=act.message, user_id=user_id, op_id=op_id)
        with once(act.op_id):
            answer = await calls.admin[service].AdminRefundOperation(request)
        for money in answer.refunded:
            typer.echo(f"  {money.amount} {CURRENCIES[money.currency]} paid back")
        act.say_what_next()

    run(work)


async def operations_of(
    calls: Calls, request: pb.AdminListOperationsRequest, limit: int
) -> list[dict[str, Any]]:
    """The newest operations of every service, merged by time."""
    found = await asyncio.gather(
        *(_some_of(service, admin, request, limit) for service, admin in calls.admin.items())
    )
    rows = [row for some in found for row in some]
    return sorted(rows, key=lambda row: row["create_time"], reverse=True)[:limit]


async def find(calls: Calls, user_id: int, op_id: str) -> tuple[str, pb.AdminGetOperationResponse]:
    """The operation, and the service that leads it."""
    request = pb.AdminGetOperationRequest(user_id=user_id, op_id=op_id)
    for service in SERVICES:
        try:
            return service, await calls.admin[service].AdminGetOperation(request)
        except Refused as refusal:
            if refusal.reason != "OPERATION_NOT_FOUND":
                raise
    raise Trouble(f"no service leads an operation {op_id} of user {user_id}")


def brief_shown(service: str, brief: pb.OperationBrief) -> dict[str, Any]:
    """An operation as a row."""
    return {
        "create_time": moment(brief.create_time),
        "service": service,
        "user_id": brief.user_id,
        "op_id": brief.op_id,
        "kind": brief.kind,
        "state": OperationState.Name(brief.state).removeprefix("OPERATION_STATE_").lower(),
        "phase": brief.phase or None,
        "is_parked": brief.is_parked,
        "attempt": brief.attempt,
        "trouble": brief.trouble or None,
        "update_time": moment(brief.update_time),
    }


async def _some_of(
    service: str, admin: Any, wanted: pb.AdminListOperationsRequest, limit: int
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    request = pb.AdminListOperationsRequest()
    request.CopyFrom(wanted)
    while len(rows) < limit:
        request.page_size = min(PAGE, limit - len(rows))
        answer = await admin.AdminListOperations(request)
        rows += [brief_shown(service, one) for one in answer.operations]
        request.page_token = answer.next_page_token
        if not request.page_token:
            break
    return rows


def _sentence(service: str, brief: pb.OperationBrief) -> str:
    row = brief_shown(service, brief)
    parked = f", parked: {brief.trouble}" if brief.is_parked else ""
    return f"{brief.kind} of user {brief.user_id} ({service}): {row['state']}{parked}"


def _read(text: str) -> Any:
    return json.loads(text) if text else None
