"""Operators put items on the shelf: everything is checked, and all of it is written with its audit row, or nothing."""

from collections.abc import Sequence
from contextlib import suppress

from chassis.operations.acts import write_audit
from chassis.postgres import Transaction, Tx
from geminya.common.v1.operator_pb2 import Act
from geminya.economy.v1 import shop_pb2 as pb
from services.economy.shop import messages, rules, source, store


class _Undone(Exception):
    """Takes a try back."""


async def check(
    tx: Tx, request: pb.AdminImportShopRequest, catalogue: Sequence[rules.Candidate]
) -> tuple[list[source.Item], list[source.Problem], list[store.ItemRow]]:
    """The items, everything that is wrong with them, and what is there already, locked."""
    items, problems = messages.sources_in(request.items)
    there = await store.lock_items(tx, [item.item_code for item in items])
    problems += source.check(items, catalogue, {row.item_code: row.sold for row in there})
    return items, problems, there


async def put(
    tx: Tx, act: Act, items: Sequence[source.Item], there: Sequence[store.ItemRow]
) -> pb.AdminImportShopResponse:
    """Writes items that were checked; the same again changes nothing and needs no audit row."""
    saved = await save(tx, items)
    if saved:
        changed = {one.item_code for one in saved}
        await write_audit(
            tx,
            act,
            "import_shop",
            before={row.item_code: row.columns for row in there if row.item_code in changed},
            after={one.item_code: one.columns for one in saved},
        )
    return counted(items, saved, is_written=True)


async def preview(tx: Transaction, items: Sequence[source.Item]) -> pb.AdminImportShopResponse:
    """What writing them would do; it is done and undone."""
    saved: list[store.Saved] = []
    with suppress(_Undone):
        async with tx.savepoint():
            saved = await save(tx, items)
            raise _Undone
    return counted(items, saved, is_written=False)


async def save(tx: Tx, items: Sequence[source.Item]) -> list[store.Saved]:
    """What was added and changed."""
    return await store.save_items(tx, [messages.row_of(item) for item in items])


def counted(
    items: Sequence[source.Item], saved: Sequence[store.Saved], *, is_written: bool
) -> pb.AdminImportShopResponse:
    """How many items were new, others or as before."""
    added = sum(one.is_new for one in saved)
    return pb.AdminImportShopResponse(
        added=added,
        changed=len(saved) - added,
        unchanged=len(items) - len(saved),
        is_written=is_written,
    )


def problems_out(problems: Sequence[source.Problem]) -> pb.AdminImportShopResponse:
    """What is wrong; nothing was written."""
    return pb.AdminImportShopResponse(
        problems=[
            pb.ShopProblem(item_code=one.item_code, field=one.field, reason=one.reason)
            for one in problems
        ]
    )
