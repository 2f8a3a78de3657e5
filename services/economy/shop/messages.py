"""Items, purchases and stacks as messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.money import Currency, Money
from chassis.wire import money_out, time_in, time_out
from geminya.economy.v1 import shop_pb2 as pb
from services.economy.shop import rules, source, store


def item_out(item: dict[str, Any]) -> pb.Item:
    """An item as a statement tells it."""
    return json_format.ParseDict(item, pb.Item())


def shelf_item_out(row: store.ShelfRow) -> pb.ShelfItem:
    """An item as a player finds it on the shelf."""
    item = item_out(row.item)
    return pb.ShelfItem(
        item=item, is_on_sale=row.is_on_sale, may_buy=may_buy(item, row.had), owned=row.owned
    )


def may_buy(item: pb.Item, had: int) -> int:
    """How many more a player may buy: what the stock and the limit leave; -1 without either."""
    left = [item.stock_limit - item.sold] if item.stock_limit >= 0 else []
    left += [item.user_limit - had] if item.user_limit else []
    return max(0, min(left)) if left else -1


def purchase_out(row: store.PurchaseRow) -> pb.Purchase:
    """A line of the history."""
    return pb.Purchase(
        op_id=row.op_id,
        item_code=row.item_code,
        name=row.name,
        quantity=row.quantity,
        price=money_out(Money(Currency(row.currency_type), row.total_cost)),
        transaction_status=row.transaction_status,
        time=time_out(row.purchased_at),
    )


def stack_out(row: store.StackRow) -> pb.Stack:
    """A stack; of what the shop does not know there is only the code."""
    unknown = pb.Item(
        item_code=row.item_code, name=row.item_code, item_type=rules.MATERIAL, rarity="common"
    )
    return pb.Stack(
        item=unknown if row.item is None else item_out(row.item),
        quantity=row.quantity,
        acquire_time=time_out(row.acquired_at),
        expire_time=time_out(row.expires_at),
    )


def ticket_in(item: pb.Item) -> rules.Ticket:
    """The ticket that an item is."""
    effects = item.effects
    return rules.Ticket(
        item.name, item.item_type, effects.guarantee_rarity, effects.summon_count or 1
    )


def choice_in(order: pb.UseItemRequest) -> rules.Choice:
    """What the player has named."""
    return rules.Choice(order.series_id, order.waifu_id, order.expedition_id)


def sources_in(
    items: Sequence[pb.SourceItem],
) -> tuple[list[source.Item], list[source.Problem]]:
    """Items as an operator wrote them, and the times that are none."""
    problems: list[source.Problem] = []
    return [source_in(item, problems) for item in items], problems


def source_in(item: pb.SourceItem, problems: list[source.Problem]) -> source.Item:
    """One item as it was written; a time that is none becomes a problem."""

    def time_of(field: str) -> datetime | None:
        stamp: Timestamp = getattr(item, field)
        try:
            return time_in(stamp) if item.HasField(field) else None  # type: ignore[arg-type]
        except (ValueError, OverflowError):
            problem = (item.item_code, field, "is not a time between the years 1 and 9999")
            problems.append(source.Problem(*problem))
            return None

    return source.Item(
        item_code=item.item_code,
        name=item.name.strip(),
        description=item.description.strip(),
        category=item.category,
        item_type=item.item_type,
        rarity=item.rarity,
        price=item.price,
        currency_type=item.currency_type,
        effects=source.effects_in(item.effects_json),
        stock_limit=item.stock_limit,
        user_limit=item.user_limit,
        user_limit_period=item.user_limit_period,
        min_rank=item.min_rank,
        is_active=item.is_active,
        start_time=time_of("start_time"),
        end_time=time_of("end_time"),
        lasts_hours=item.lasts_hours,
    )


def row_of(item: source.Item) -> dict[str, Any]:
    """An item as the row it becomes."""
    return {
        "item_code": item.item_code,
        "name": item.name,
        "description": item.description,
        "price": item.price,
        "currency_type": item.currency_type,
        "category": item.category,
        "item_type": item.item_type,
        "item_data": {"rarity": item.rarity, "min_rank": item.min_rank},
        "effects": item.effects,
        "stock_limit": item.stock_limit,
        "is_active": item.is_active,
        "starts_at": item.start_time and item.start_time.isoformat(),
        "ends_at": item.end_time and item.end_time.isoformat(),
        "user_limit": item.user_limit,
        "user_limit_period": item.user_limit_period,
        "lasts_hours": item.lasts_hours,
    }
