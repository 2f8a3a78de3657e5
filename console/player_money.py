"""`geminya player ledger`, and adjustments that need a second person."""

import uuid
from typing import Annotated, Any

import typer

from chassis.settings import Settings
from console import player_acts
from console.acts import (
    OperatorOption,
    OpOption,
    Player,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
)
from console.calls import Calls, once, run
from console.player_acts import CURRENCIES, DiscordArgument, UserOption, amounts
from console.player_facts import PAGE, line_shown, moment
from console.tables import JsonOption, show_rows, shown
from console.trouble import Trouble
from geminya.users.v1 import wallet_pb2 as pb

ProposalArgument = Annotated[
    str,
    typer.Argument(
        metavar="PROPOSAL",
        show_default=False,
        help="Its id; `geminya player proposals` lists them.",
    ),
]


def ledger(
    discord_id: DiscordArgument = None,
    user_id: UserOption = None,
    op: Annotated[str, typer.Option("--op", help="Only the lines of one operation.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most lines.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List every change of a purse, the newest first: how much, what for, what was left.

    Example: `geminya player ledger 111111111111111111 --limit 200`
    """

    async def work(calls: Calls, _: Settings) -> list[dict[str, Any]]:
        player = await player_acts.find(calls, discord_id, user_id, even_closed=True)
        return await lines_of(calls, player, op, limit)

    rows = run(work)
    show_rows(f"{len(rows)} lines" if rows else "nothing ever moved", rows, as_json=as_json)


def proposals(
    settled: Annotated[bool, typer.Option("--settled", help="Those that are over, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="The most rows.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List adjustments that wait for a second person, the newest first.

    Example: `geminya player proposals`
    """
    found = run(lambda calls, _: list_proposals(calls, limit, with_settled=settled))
    rows = [proposal_shown(one) for one in found]
    show_rows(
        f"{len(rows)} proposal{'s' * (len(rows) > 1)}" if rows else "nothing waits",
        rows,
        as_json=as_json,
    )


def approve(
    proposal: ProposalArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Do what another operator has proposed; both names are written down.

    Example: `geminya player approve 5f0c1a52-… --reason "seen and right" --yes`
    """
    _settle(proposal, (operator, reason, ticket, op, yes), is_approval=True)


def reject(
    proposal: ProposalArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Drop for good what somebody has proposed; one's own proposals, too.

    Example: `geminya player reject 5f0c1a52-… --reason "it was given already" --yes`
    """
    _settle(proposal, (operator, reason, ticket, op, yes), is_approval=False)


async def lines_of(calls: Calls, player: Player, op_id: str, limit: int) -> list[dict[str, Any]]:
    """The newest lines of a ledger."""
    rows: list[dict[str, Any]] = []
    request = pb.ListLedgerRequest(user_id=player.user_id, op_id=op_id)
    while len(rows) < limit:
        request.page_size = min(PAGE, limit - len(rows))
        answer = await calls.wallet.ListLedger(request)
        rows += [line_shown(line) for line in answer.lines]
        request.page_token = answer.next_page_token
        if not request.page_token:
            break
    return rows


async def list_proposals(calls: Calls, limit: int, *, with_settled: bool) -> list[pb.Proposal]:
    """The newest proposals."""
    found: list[pb.Proposal] = []
    request = pb.AdminListProposalsRequest(with_settled=with_settled)
    while len(found) < limit:
        request.page_size = min(PAGE, limit - len(found))
        answer = await calls.wallet.AdminListProposals(request)
        found += answer.proposals
        request.page_token = answer.next_page_token
        if not request.page_token:
            break
    return found


def proposal_shown(proposal: pb.Proposal) -> dict[str, Any]:
    """A proposal as a row."""
    return {
        "create_time": moment(proposal.create_time),
        "proposal_id": proposal.proposal_id,
        "user_id": proposal.user_id,
        **{name: 0 for name in CURRENCIES.values()},
        **{CURRENCIES[one.currency]: one.amount for one in proposal.adjustments},
        "proposed_by": proposal.proposed_by,
        "reason": proposal.reason,
        "ticket": proposal.ticket or None,
        "state": proposal.state,
        "settled_by": proposal.settled_by or None,
    }


def _settle(proposal_id: str, given: tuple[str, str, str, str, bool], *, is_approval: bool) -> None:
    operator, reason, ticket, op_id, yes = given
    try:
        named = str(uuid.UUID(proposal_id))
    except ValueError:
        raise Trouble(f"{proposal_id} is not the id of a proposal") from None

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op_id, yes)
        # A repeat of an act finds its proposal among the settled ones.
        known = await list_proposals(calls, 5000, with_settled=True)
        found = next((one for one in known if one.proposal_id == named), None)
        if found is None:
            raise Trouble(
                f"nobody has proposed {named}; `geminya player proposals` lists what waits"
            )
        for one in found.adjustments:
            typer.echo(f"user {found.user_id}: {one.amount:+} {CURRENCIES[one.currency]}")
        typer.echo(f"  proposed by {found.proposed_by}: {found.reason} ({found.state})")
        if act.is_real:
            on = act.on(Player(found.user_id, found.epoch, ""))
            with once(act.op_id):
                if is_approval:
                    answer = await calls.wallet.AdminApproveAdjust(
                        pb.AdminApproveAdjustRequest(
                            op=on, operator=act.operator, proposal_id=named
                        )
                    )
                    typer.echo(f"  approved; there are {shown(amounts(answer.balances))} now")
                else:
                    await calls.wallet.AdminRejectAdjust(
                        pb.AdminRejectAdjustRequest(op=on, operator=act.operator, proposal_id=named)
                    )
                    typer.echo("  rejected")
        act.say_what_next()

    run(work)
