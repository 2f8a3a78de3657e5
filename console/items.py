"""Items of the shop as rows that a person or a program reads."""

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from console.player_acts import CURRENCIES
from console.player_facts import moment
from geminya.common.v1.money_pb2 import Money
from geminya.economy.v1 import shop_pb2 as pb

NO_LIMIT = -1


def item_row(shelf: pb.ShelfItem) -> dict[str, Any]:
    """An item in a list."""
    item = shelf.item
    return {
        "item_code": item.item_code,
        "name": item.name,
        "category": item.category,
        "type": item.item_type,
        "price": _price(item.price) if item.HasField("price") else None,
        "stock": None if item.stock_limit == NO_LIMIT else item.stock_limit,
        "sold": item.sold,
        "player_limit": limit_of(item),
        "starts": _moment(item, "start_time"),
        "ends": _moment(item, "end_time"),
        "is_active": item.is_active,
        "is_on_sale": shelf.is_on_sale,
    }


def item_facts(shelf: pb.ShelfItem) -> dict[str, Any]:
    """Everything about one item."""
    item = shelf.item
    return {
        **item_row(shelf),
        "description": item.description,
        "rarity": item.rarity,
        "does": effects_of(item.effects),
        "collector_rank": item.min_rank or None,
        "lasts_hours": item.lasts_hours or None,
    }


def limit_of(item: pb.Item) -> str | None:
    """How many one player may buy, and in what time."""
    if not item.user_limit:
        return None
    period = item.user_limit_period
    return f"{item.user_limit} {'ever' if period == 'ever' else f'a {period}'}"


def effects_of(effects: pb.ItemEffects) -> str | None:
    """What an item does, in one line; none for a thing that does nothing."""
    told = []
    if effects.guarantee_rarity:
        told.append(f"summons {effects.summon_count or 1} of {effects.guarantee_rarity} stars")
    if effects.choose_series:
        told.append("the player names a series")
    if effects.choose_character:
        told.append("the player names a waifu")
    if effects.HasField("boost"):
        told.append(f"pays {_price(effects.boost)} once a day")
    if effects.haste_minutes:
        told.append(f"brings a party back {effects.haste_minutes} minutes sooner")
    return ", ".join(told) or None


def _price(money: Money) -> str:
    return f"{money.amount} {CURRENCIES[money.currency]}"


def _moment(item: pb.Item, field: str) -> str | None:
    time: Timestamp = getattr(item, field)
    return moment(time) if item.HasField(field) else None  # type: ignore[arg-type]
