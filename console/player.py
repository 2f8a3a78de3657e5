"""`geminya player`: look at a player, and act on one. Every act leaves an audit row."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.money import HIGHEST
from chassis.settings import Settings
from console import player_acts as acts
from console import player_end, player_money
from console import player_facts as facts
from console.acts import (
    Act,
    OperatorOption,
    OpOption,
    Player,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
)
from console.calls import Calls, Refused, once, run
from console.player_acts import DiscordArgument, UserOption
from console.tables import JsonOption, show_facts, show_json, show_rows
from console.trouble import Trouble
from geminya.users.v1 import account_pb2

HELP = """
Look at a player, and act on one.

A player is named by the Discord id, or with `--user-id` by the id inside of the house. Acts need a `--reason` and are
written down with your name. They only tell what they would do, until you add `--yes`.
"""
app = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")


def _amount_option(text: str, *names: str) -> Any:
    """A number of one currency."""
    return typer.Option(*names, help=text, min=-HIGHEST, max=HIGHEST, metavar="NUMBER")


@app.command()
def show(
    discord_id: DiscordArgument = None, user_id: UserOption = None, as_json: JsonOption = False
) -> None:
    """Show purse, rank, collection, pity, ban, and the last lines of the ledger.

    Example: `geminya player show 111111111111111111`
    """
    found = run(lambda calls, _: facts.facts_of(calls, discord_id, user_id))
    if as_json:
        show_json(found)
        return
    lines = found.pop("ledger")
    show_facts(found)
    show_rows("the last of the ledger", lines)


@app.command()
def waifus(
    discord_id: DiscordArgument = None,
    user_id: UserOption = None,
    query: Annotated[
        str,
        typer.Option(help="As players write it: `star>=4 element:fire`; `owned:no` for others."),
    ] = "owned:yes",
    limit: Annotated[int, typer.Option(min=1, max=2000, help="The most rows.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List waifus with what a player has of them, found with the players' own query language.

    Example: `geminya player waifus 111111111111111111 --query "star>=4"`
    """
    total, found = run(lambda calls, _: facts.waifus_of(calls, discord_id, user_id, query, limit))
    title = f"{len(found)} of {total}" if total else "nobody fits"
    show_rows(title, found, as_json=as_json)


@app.command()
def adjust(
    discord_id: DiscordArgument = None,
    user_id: UserOption = None,
    crystals: Annotated[int, _amount_option("Sakura crystals to give, or to take.")] = 0,
    quartz: Annotated[
        int, _amount_option("Quartz to give, or to take.", "--quartz", "--quartzs")
    ] = 0,
    daphine: Annotated[int, _amount_option("Daphine to give, or to take.")] = 0,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Give money, or take it with a number below zero; all of it or none.

    `geminya player adjust 111111111111111111 --daphine 5 --crystals -100 --reason "lost in an outage"`
    """
    named = {"crystals": crystals, "quartz": quartz, "daphine": daphine}
    changes = {name: amount for name, amount in named.items() if amount}
    if not changes:
        raise Trouble("say how much: --crystals, --quartz or --daphine")

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        player = await acts.find(calls, discord_id, user_id)
        if act.is_real:
            # The answer is the truth: the player may be playing, or this may be a repeat.
            after = await _adjusted(calls, act, player, changes)
            before = {name: after[name] - amount for name, amount in changes.items()}
        else:
            before = await acts.get_balances(calls, player)
            after = {name: before[name] + amount for name, amount in changes.items()}
        typer.echo(str(player))
        for name in changes:
            fits = 0 <= after[name] <= HIGHEST
            typer.echo(
                f"  {name:<9} {before[name]} → {after[name]}{'' if fits else ', and so refused'}"
            )
        act.say_what_next()

    run(work)


@app.command()
def give(
    discord_id: DiscordArgument = None,
    user_id: UserOption = None,
    waifu: Annotated[str, typer.Option(help="A waifu, by her id or her whole name.")] = "",
    copies: Annotated[int, typer.Option(min=1, max=100, help="How many copies of her.")] = 1,
    equipment: Annotated[bool, typer.Option("--equipment", help="A rolled piece.")] = False,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Give a waifu, or a rolled piece of equipment.

    `geminya player give 111111111111111111 --waifu "Sae Hotarubi" --copies 2 --reason "won the contest"`
    """
    if bool(waifu) == equipment:
        raise Trouble("say what to give: --waifu with an id or a name, or --equipment")

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        player = await acts.find(calls, discord_id, user_id)
        gift = await acts.find_waifu(calls, waifu) if waifu else None
        what = (
            f"{copies} × {gift.name} ({gift.waifu_id})" if gift else "a rolled piece of equipment"
        )
        typer.echo(f"{what} for {player}")
        if act.is_real:
            given = (
                acts.give_waifu(calls, act, player, gift, copies)
                if gift
                else acts.give_equipment(calls, act, player)
            )
            typer.echo(f"  {await given}")
        act.say_what_next()

    run(work)


@app.command()
def ban(
    discord_id: DiscordArgument = None,
    user_id: UserOption = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            show_default=False,
            help="When it ends, in UTC: 2026-12-31 or 2026-12-31T18:00. Without it there is no end.",
        ),
    ] = None,
    *,
    reason: Annotated[
        str, typer.Option(help="Why; the player reads it, so say it in a friendly way.")
    ],
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Ban a player, or change the reason and the end of a ban.

    Banned players read the reason in answer to every command. A ban stays over a reset and an erase.

    Example: `geminya player ban 111111111111111111 --reason "sold waifus for money" --until 2026-12-31 --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        player = await acts.find(calls, discord_id, user_id, even_closed=True)
        request = account_pb2.AdminBanRequest(op=act.on(player), operator=act.operator)
        if until is not None:
            request.end_time.FromDatetime(until)
        typer.echo(f"{player}: banned {_end(request)}: {reason}")
        if act.is_real:
            with once(act.op_id):
                await calls.account.AdminBan(request)
        act.say_what_next()

    run(work)


@app.command()
def unban(
    discord_id: DiscordArgument = None,
    user_id: UserOption = None,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Lift a ban. Who was erased since is named with `--user-id`, as `bans` shows it.

    Example: `geminya player unban 111111111111111111 --reason "said sorry" --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        player = await acts.find(calls, discord_id, user_id, even_closed=True)
        there = [one for one in await facts.list_bans(calls) if one["user_id"] == player.user_id]
        typer.echo(f"{player}: {'banned: ' + there[0]['reason'] if there else 'not banned'}")
        if act.is_real:
            request = account_pb2.AdminLiftBanRequest(op=act.on(player), operator=act.operator)
            with once(act.op_id):
                answer = await calls.account.AdminLiftBan(request)
            typer.echo("  the ban is lifted" if answer.was_banned else "  there was no ban")
        act.say_what_next()

    run(work)


@app.command()
def bans(as_json: JsonOption = False) -> None:
    """List everybody who is banned now.

    Example: `geminya player bans`
    """
    found = run(lambda calls, _: facts.list_bans(calls))
    title = f"{len(found)} banned" if found else "nobody is banned"
    show_rows(title, found, as_json=as_json)


@app.command()
def export(
    discord_id: DiscordArgument = None,
    user_id: UserOption = None,
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, show_default=False, help="A file, else the screen."),
    ] = None,
) -> None:
    """Write everything that the four services hold about a player as one JSON file.

    It names no secret of the house. With `--user-id` it also works for an academy that was closed.

    Example: `geminya player export 111111111111111111 --out player.json`
    """
    whole = run(lambda calls, _: facts.export_of(calls, discord_id, user_id))
    text = json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Trouble(f"cannot write {out}: {error.strerror}") from None
    typer.echo(f"wrote {out}")


async def _adjusted(
    calls: Calls, act: Act, player: Player, changes: dict[str, int]
) -> dict[str, int]:
    """What there is after it; over the limit of one person it was proposed instead."""
    try:
        return await acts.adjust(calls, act, player, changes)
    except Refused as refusal:
        if refusal.reason != "SECOND_NEEDED":
            raise
        raise Trouble(
            f"{refusal}; it was proposed, and somebody else does it with "
            f"`geminya player approve {act.op_id}`"
        ) from None


app.command()(player_money.ledger)
app.command()(player_money.proposals)
app.command()(player_money.approve)
app.command()(player_money.reject)
app.command()(player_end.erase)


def _end(request: account_pb2.AdminBanRequest) -> str:
    return f"until {facts.moment(request.end_time)}" if request.HasField("end_time") else "for ever"
