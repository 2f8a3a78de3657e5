"""`geminya player erase`: the end of an academy, by an operator's hand."""

from typing import Annotated

import typer

from chassis.settings import Settings
from console import player_acts
from console.acts import (
    OperatorOption,
    OpOption,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
)
from console.calls import Calls, once, run
from console.player_acts import DiscordArgument, UserOption
from console.player_facts import held_by
from console.trouble import Trouble
from geminya.users.v1 import account_pb2


def erase(
    discord_id: DiscordArgument = None,
    user_id: UserOption = None,
    confirm: Annotated[
        str, typer.Option(help="The name of the academy, so that it is the right one.")
    ] = "",
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Close an academy for good and forget the person, in every service. It cannot be taken back.

    Without `--yes` it tells what would go. With it, the name of the academy is needed too.

    Example: `geminya player erase 111111111111111111 --reason "asked by mail" --confirm "Moonlit Hall" --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        player = await player_acts.find(calls, discord_id, user_id, even_closed=True)
        if act.is_real and player.name and confirm != player.name:
            raise Trouble(
                f"say whom: --confirm and the name of the academy, which is {player.name!r}"
            )
        typer.echo(str(player))
        held = await held_by(calls, player.user_id)
        for name, count in held.items():
            typer.echo(f"  {name:<36} {count} rows")
        typer.echo("  rows of money, acts and bans stay as numbers; all else goes")
        if act.is_real:
            request = account_pb2.AdminEraseAccountRequest(op=act.on(player), operator=act.operator)
            with once(act.op_id):
                await calls.account.AdminEraseAccount(request)
            typer.echo("  erased")
        act.say_what_next()

    run(work)
