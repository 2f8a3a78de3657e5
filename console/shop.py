"""`geminya shop`: look at what is on the shelves, and take an item off them."""

from typing import Annotated

import typer

from chassis.settings import Settings
from console.acts import (
    OperatorOption,
    OpOption,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
    written,
)
from console.calls import Calls, once, run
from console.items import item_facts, item_row
from console.tables import JsonOption, show_facts, show_rows, shown
from geminya.economy.v1 import shop_pb2 as pb

PAGE = 100

HELP = """
Look at what is on the shelves, and take an item off them.

Items come onto the shelves out of a file: `geminya content import --shop my_shop.toml --reason "…"`. `end` only tells
what it would do, until you add `--yes`. What players have of an item stays theirs, and can be used.
"""
app = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")

ItemArgument = Annotated[
    str, typer.Argument(metavar="ITEM", show_default=False, help="Its code, as `list` shows it.")
]


@app.command("list")
def list_(
    category: Annotated[str, typer.Option(help="Only of one category: `tickets`.")] = "",
    on_sale: Annotated[
        bool, typer.Option("--on-sale", help="Only what can be bought now.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List every item with its price, its stock and how many were sold; also those that cannot be bought.

    `geminya shop list --category tickets --on-sale`
    """
    found = run(lambda calls, _: _items(calls, written(category), with_closed=not on_sale))
    title = f"{len(found)} items, {sum(one.is_on_sale for one in found)} on sale"
    show_rows(title, [item_row(one) for one in found], as_json=as_json)


@app.command()
def show(item: ItemArgument, as_json: JsonOption = False) -> None:
    """Show one item: what it does, what it costs, who may buy it.

    `geminya shop show three-star-random`
    """
    found = run(lambda calls, _: _find(calls, item))
    show_facts(item_facts(found), as_json=as_json)


@app.command()
def end(
    item: ItemArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Take an item off the shelf. What players have of it stays theirs; an import puts it back.

    `geminya shop end three-star-random --reason "a wrong price" --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        found = await _find(calls, item)
        before = item_row(found)
        if act.is_real:
            request = pb.AdminEndItemRequest(act=act.message, item_code=found.item.item_code)
            with once(act.op_id):
                await calls.shop.AdminEndItem(request)
        typer.echo(f"{before['name']}, {before['sold']} sold")
        typer.echo(f"is active  {shown(before['is_active'])} → {shown(False)}")
        act.say_what_next()

    run(work)


async def _find(calls: Calls, item: str) -> pb.ShelfItem:
    request = pb.GetItemRequest(item_code=written(item))
    return (await calls.shop.GetItem(request)).item


async def _items(calls: Calls, category: str, *, with_closed: bool) -> list[pb.ShelfItem]:
    found: list[pb.ShelfItem] = []
    token = ""
    while True:
        request = pb.ListItemsRequest(
            category=category, with_closed=with_closed, page_size=PAGE, page_token=token
        )
        answer = await calls.shop.ListItems(request)
        found += answer.items
        if not (token := answer.next_page_token):
            return found
