"""Items as operators shelve them, and as players buy and use them."""

import json
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from geminya.economy.v1 import shop_pb2 as pb
from geminya.expeditions.v1 import expedition_pb2
from geminya.expeditions.v1.atlas_pb2 import GetRotationRequest
from tests.support.calls import an_op, insist
from tests.support.game import Game
from tests.support.operators import an_act

STAR, SERIES, LETTER, MAP = (
    "three-star-random",
    "two-star-series",
    "one-star-selector",
    "ten-three-star",
)
TEA, WIND, PETAL = "morning-blend", "tail-wind", "pressed-petal"
CRYSTALS = "sakura_crystals"


def a_source(item_code: str = "lucky-coin", **given: Any) -> pb.SourceItem:
    """A thing for ten crystals that does nothing, or what is asked for."""
    effects = given.pop("effects", {})
    ends = {
        name: Timestamp(seconds=given.pop(name))
        for name in ("start_time", "end_time")
        if name in given
    }
    usual: dict[str, Any] = {
        "name": "Lucky Coin",
        "category": "materials",
        "item_type": "material",
        "rarity": "common",
        "price": 10,
        "currency_type": CRYSTALS,
        "stock_limit": -1,
        "user_limit_period": "ever",
        "is_active": True,
    }
    text = effects if isinstance(effects, str) else json.dumps(effects)
    return pb.SourceItem(item_code=item_code, effects_json=text, **ends, **(usual | given))


async def shelve(game: Game, *items: pb.SourceItem, **given: Any) -> pb.AdminImportShopResponse:
    """Puts items on the shelf."""
    request = pb.AdminImportShopRequest(act=an_act(), items=items, **given)
    return await game.shop.AdminImportShop(request)


def a_buy(
    player: int = 7, item_code: str = "lucky-coin", quantity: int = 1, rank: int = 0, **op: Any
) -> pb.BuyRequest:
    """A wish to buy."""
    return pb.BuyRequest(
        op=an_op(player, **op), item_code=item_code, quantity=quantity, collector_rank=rank
    )


def a_use(
    player: int = 7, item_code: str = STAR, op: Any = None, **choice: Any
) -> pb.UseItemRequest:
    """A wish to use an item."""
    return pb.UseItemRequest(op=op or an_op(player), item_code=item_code, **choice)


async def buy(game: Game, wish: pb.BuyRequest) -> pb.BuyResponse:
    return await game.shop.Buy(wish, timeout=8)


async def use(game: Game, wish: pb.UseItemRequest) -> pb.UseItemResponse:
    return await game.shop.UseItem(wish, timeout=8)


async def bought(game: Game, player: int, item_code: str, quantity: int = 1) -> None:
    """The player has bought some, with money for it; a house that began anew is waited for."""
    wish = a_buy(player, item_code, quantity, rank=99)
    await insist(lambda: buy(game, wish))


async def bag(game: Game, player: int = 7) -> dict[str, int]:
    """Item to how many there are, whatever they are good for."""
    rows = await game.house.rows(
        """
        SELECT item_code, sum(quantity)::int AS quantity FROM economy.user_inventory
        WHERE user_id = $1 GROUP BY item_code HAVING sum(quantity) > 0
        """,
        player,
    )
    return {row["item_code"]: row["quantity"] for row in rows}


async def purchases(game: Game, player: int = 7) -> list[str]:
    """The states of the player's purchases."""
    rows = await game.house.rows(
        """
        SELECT transaction_status FROM economy.user_purchases WHERE user_id = $1
        ORDER BY purchased_at, op_id
        """,
        player,
    )
    return [row["transaction_status"] for row in rows]


async def sold(game: Game, item_code: str = "lucky-coin") -> int:
    """What the counter of the shelf says."""
    return await game.house.value(
        "SELECT sold FROM economy.shop_items WHERE item_code = $1", item_code
    )


async def uses(game: Game, player: int = 7) -> list[dict[str, Any]]:
    """The record of what was used."""
    return await game.house.rows(
        "SELECT * FROM economy.item_uses WHERE user_id = $1 ORDER BY used_at, op_id", player
    )


async def sends(game: Game, player: int = 7) -> str:
    """Somebody of the player's goes on an expedition; its id."""
    waifu_id = min(await game.owned(player))

    rotation = await game.atlas.GetRotation(GetRotationRequest())
    wish = expedition_pb2.StartExpeditionRequest(
        op=an_op(player), template_id=rotation.templates[0].template_id, waifu_ids=[waifu_id]
    )
    return (await game.expeditions.StartExpedition(wish)).expedition.expedition_id
