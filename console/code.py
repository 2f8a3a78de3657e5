"""`geminya code`: make gift codes, look at them, end them."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.settings import Settings
from console import player_acts
from console.acts import (
    Act,
    OperatorOption,
    OpOption,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
)
from console.calls import Calls, NoAnswer, once, run
from console.codes import Wish, act_of, gives, read_codes, read_items
from console.player_facts import moment
from console.tables import JsonOption, show_facts, show_rows
from console.trouble import Trouble
from geminya.economy.v1 import gift_code_pb2 as pb

NOT_WRITTEN = 1
"""The exit code of a file with problems."""
PAGE = 100
OWN_ONLY = 0o600

HELP = """
Make gift codes, look at them, and end them.

`create` and `end` only tell what they would do, until you add `--yes`. The words of codes are told when they are
made and stand nowhere afterwards; the same `create` with the same `--op` tells them once more.
"""
app = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")

DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
BatchArgument = Annotated[
    str, typer.Argument(metavar="BATCH", show_default=False, help="Its id, as `list` shows it.")
]


def _amount(text: str) -> Any:
    return typer.Option(help=text, min=0, max=2**31 - 1, metavar="NUMBER")


def _day(text: str) -> Any:
    return typer.Option(formats=DATES, show_default=False, help=f"{text}, in UTC.")


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the codes are for; only operators see it.")] = "",
    word: Annotated[str, typer.Option(help="One code by hand; needs --limit and --ends.")] = "",
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many are drawn.")] = 1,
    crystals: Annotated[int, _amount("Sakura crystals it gives.")] = 0,
    quartz: Annotated[int, _amount("Quartz it gives.")] = 0,
    daphine: Annotated[int, _amount("Daphine it gives.")] = 0,
    item: Annotated[
        list[str] | None,
        typer.Option(show_default=False, help="An item it gives: `two-star-series=3`."),
    ] = None,
    waifu: Annotated[
        list[str] | None,
        typer.Option(show_default=False, help="A waifu it gives, by id or whole name."),
    ] = None,
    limit: Annotated[int, _amount("How many players may redeem each; 0 for everybody.")] = 0,
    starts: Annotated[datetime | None, _day("When they begin to work")] = None,
    ends: Annotated[datetime | None, _day("When they stop working")] = None,
    file: Annotated[
        Path | None,
        typer.Option(dir_okay=False, show_default=False, help="Many batches: a TOML file."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, show_default=False, help="A new file for the words."),
    ] = None,
    as_json: JsonOption = False,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Make codes: drawn ones by the hundred, one by hand, or all that a file names.

    `geminya code create --name "Stream of May" --count 500 --crystals 100 --limit 1 --reason "a stream" --out may.txt`
    """
    if (file is None) == (not name):
        raise Trouble("say what the codes are for with --name, or name a --file")

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        if file is None:
            waifus = [(await player_acts.find_waifu(calls, one)).waifu_id for one in waifu or ()]
            money = {"crystals": crystals, "quartz": quartz, "daphine": daphine}
            wishes = [
                Wish(name, word, count, money, read_items(item or ()), waifus, limit, starts, ends)
            ]
        else:
            wishes = _of_file(file)
        # Also before acting: a file is written as a whole or not at all.
        previews = await _preview(calls, act, wishes)
        if not act.is_real:
            show_rows("what would be made", [_batch(one) for one in previews], as_json=as_json)
        else:
            await _make(calls, act, wishes, out, as_json=as_json)
        if not as_json:
            act.say_what_next()

    run(work)


def _of_file(file: Path) -> list[Wish]:
    wishes, problems = read_codes(file)
    if problems:
        _end_with(problems)
    return wishes


async def _preview(calls: Calls, act: Act, wishes: Sequence[Wish]) -> list[pb.CodeBatch]:
    """What would be made; every problem of every batch is named before anything is written."""
    previews: list[pb.CodeBatch] = []
    problems: list[str] = []
    for number, wish in enumerate(wishes):
        request = wish.request(act_of(act, number), dry_run=True)
        try:
            previews.append((await calls.codes.AdminCreateCodes(request)).batch)
        except NoAnswer:
            raise
        except Trouble as trouble:
            if not wish.place:
                raise
            problems.append(f"{wish.place}: {trouble}")
    if problems:
        _end_with(problems)
    return previews


async def _make(
    calls: Calls, act: Act, wishes: Sequence[Wish], out: Path | None, *, as_json: bool
) -> None:
    """Makes the batches, and tells the words where they were asked for."""
    made: list[pb.AdminCreateCodesResponse] = []
    with _opened(out) as told:
        for number, wish in enumerate(wishes):
            with once(act.op_id):
                request = wish.request(act_of(act, number), dry_run=False)
                made.append(await calls.codes.AdminCreateCodes(request))
        rows = [
            {"batch_id": one.batch.batch_id, "name": one.batch.name, "code": word}
            for one in made
            for word in one.codes
        ]
        if out is not None:
            told.writelines(f"{row['code']}\n" for row in rows)
    if as_json:
        show_rows("", rows, as_json=True)
        return
    show_rows("made", [_batch(one.batch) for one in made])
    if out is not None:
        typer.echo(f"{len(rows)} words stand in {out}, which only you can read")
        return
    for row in rows:
        typer.echo(row["code"])


def _opened(out: Path | None) -> Any:
    """A new file that only its owner reads; it is opened before anything is made."""
    if out is None:
        return open(os.devnull, "w", encoding="utf-8")
    try:
        number = os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWN_ONLY)
    except FileExistsError:
        raise Trouble(f"{out} is there already; words go into a new file") from None
    except OSError as error:
        raise Trouble(f"cannot write {out}: {error.strerror}") from None
    return os.fdopen(number, "w", encoding="utf-8")


@app.command("list")
def list_codes(
    ended: Annotated[bool, typer.Option("--ended", help="Those that are over too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List batches of codes, the newest first; their words stand nowhere.

    `geminya code list --ended`
    """
    found = run(lambda calls, _: _batches(calls, with_ended=ended))
    title = f"{len(found)} batches of codes" if found else "there are no codes"
    show_rows(title, [_batch(one) for one in found], as_json=as_json)


@app.command()
def show(
    word: Annotated[str, typer.Argument(metavar="WORD", show_default=False, help="The code.")],
    as_json: JsonOption = False,
) -> None:
    """Show what is behind a word, and how often it was redeemed.

    `geminya code show LANTERN-NIGHT`
    """
    request = pb.AdminFindCodeRequest(code=word)
    found = run(lambda calls, _: calls.codes.AdminFindCode(request))
    show_facts(_batch(found.batch) | {"used_of_this_code": found.used}, as_json=as_json)


@app.command()
def end(
    batch_id: BatchArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """End a batch for good; what was redeemed stays.

    `geminya code end 7a0c54f2-91d5-4b0e-9a55-0f6c9a1f7f10 --reason "went round on the wrong server"`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        if act.is_real:
            with once(act.op_id):
                request = pb.AdminEndCodesRequest(act=act.message, batch_id=batch_id)
                batch = (await calls.codes.AdminEndCodes(request)).batch
        else:
            batch = await _find_batch(calls, batch_id)
        show_facts(_batch(batch))
        act.say_what_next()

    run(work)


@app.command()
def redemptions(
    discord_id: player_acts.DiscordArgument = None,
    user_id: player_acts.UserOption = None,
    batch: Annotated[str, typer.Option(help="Only of one batch, by its id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most rows.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List who has redeemed what, the newest first; of everybody, of one player, or of one batch.

    `geminya code redemptions 111111111111111111`
    """

    async def work(calls: Calls, _: Settings) -> list[pb.Redemption]:
        who = 0
        if discord_id is not None or user_id is not None:
            found = await player_acts.find(calls, discord_id, user_id, even_closed=True)
            who = found.user_id
        return await _redemptions(calls, who, batch, limit)

    rows = [
        {
            "user_id": one.user_id,
            "batch_id": one.batch_id,
            "name": one.batch_name,
            "time": moment(one.time),
        }
        for one in run(work)
    ]
    title = f"{len(rows)} redemptions" if rows else "nobody has redeemed that"
    show_rows(title, rows, as_json=as_json)


async def _batches(calls: Calls, *, with_ended: bool) -> list[pb.CodeBatch]:
    found: list[pb.CodeBatch] = []
    token = ""
    while True:
        request = pb.AdminListCodesRequest(with_ended=with_ended, page_size=PAGE, page_token=token)
        answer = await calls.codes.AdminListCodes(request)
        found += answer.batches
        if not (token := answer.next_page_token):
            return found


async def _find_batch(calls: Calls, batch_id: str) -> pb.CodeBatch:
    for batch in await _batches(calls, with_ended=True):
        if batch.batch_id == batch_id:
            return batch
    raise Trouble(f"no batch has the id {batch_id}; `geminya code list --ended` shows all of them")


async def _redemptions(
    calls: Calls, user_id: int, batch_id: str, limit: int
) -> list[pb.Redemption]:
    found: list[pb.Redemption] = []
    token = ""
    while len(found) < limit:
        request = pb.AdminListRedemptionsRequest(
            batch_id=batch_id,
            user_id=user_id,
            page_size=min(PAGE, limit - len(found)),
            page_token=token,
        )
        answer = await calls.codes.AdminListRedemptions(request)
        found += answer.redemptions
        if not (token := answer.next_page_token):
            break
    return found


def _batch(batch: pb.CodeBatch) -> dict[str, Any]:
    """A batch as a row."""
    return {
        "batch_id": batch.batch_id,
        "name": batch.name,
        "codes": batch.count,
        "by_hand": batch.is_hand_made,
        "gives": gives(batch.rewards),
        "limit": batch.usage_limit or None,
        "used": batch.used,
        "starts": moment(batch.start_time) if batch.HasField("start_time") else None,
        "ends": moment(batch.end_time) if batch.HasField("end_time") else None,
        "is_active": batch.is_active,
        "made": moment(batch.create_time),
    }


def _end_with(problems: Sequence[str]) -> None:
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo(f"{len(problems)} problems; nothing was written", err=True)
    raise typer.Exit(NOT_WRITTEN)
