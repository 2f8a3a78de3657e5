"""Codes as operators make them and players type them."""

from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.money import Currency, Money
from chassis.wire import money_out
from geminya.common.v1.operator_pb2 import Act
from geminya.economy.v1 import gift_code_pb2 as pb
from geminya.economy.v1.gift_code_pb2_grpc import GiftCodeServiceStub
from geminya.economy.v1.shop_pb2 import ItemAmount
from tests.support.calls import an_op
from tests.support.game import Game
from tests.support.players import an_operator

WORD = "LANTERN-NIGHT"
END = datetime(2027, 1, 1, tzinfo=UTC)
ITEM = "two-star-series"
WAIFU = 1_000_001


class Codes:
    """The codes of a game."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.stub = game.house.stub(GiftCodeServiceStub, "economy", None)

    async def make(self, **given: Any) -> pb.AdminCreateCodesResponse:
        """Makes a code by hand, or what is asked for."""
        return await self.stub.AdminCreateCodes(a_batch(**given))

    async def redeem(
        self, player: int = 7, code: str = WORD, op_id: str | None = None, epoch: int = 1
    ) -> pb.RedeemResponse:
        """The wish, with the bot's deadline."""
        return await self.stub.Redeem(a_redeem(player, code, op_id, epoch), timeout=8)

    async def used(self) -> int:
        """Of all codes together."""
        return await self.game.house.value("SELECT sum(used)::int FROM economy.gift_codes")

    async def redemptions(self, player: int | None = None) -> int:
        """How many there are, of a player or all."""
        return await self.game.house.value(
            "SELECT count(*)::int FROM economy.gift_code_redemptions "
            "WHERE $1::bigint IS NULL OR user_id = $1",
            player,
        )

    async def tries(self, player: int = 7) -> int:
        """Wrong words that are counted."""
        return await self.game.house.value(
            "SELECT count(*)::int FROM economy.gift_code_tries WHERE user_id = $1", player
        )

    async def bag(self, player: int = 7) -> dict[str, int]:
        """Item to quantity."""
        rows = await self.game.house.rows(
            "SELECT item_code, quantity FROM economy.user_inventory WHERE user_id = $1", player
        )
        return {row["item_code"]: row["quantity"] for row in rows}


def a_redeem(
    player: int = 7, code: str = WORD, op_id: str | None = None, epoch: int = 1
) -> pb.RedeemRequest:
    """A wish to redeem."""
    return pb.RedeemRequest(op=an_op(player, op_id=op_id, epoch=epoch), code=code)


def an_act(op_id: str | None = None) -> Act:
    """An operator does something."""
    return Act(op_id=an_op(op_id=op_id).op_id, operator=an_operator())


def rewards(
    *,
    crystals: int = 0,
    quartzs: int = 0,
    daphine: int = 0,
    items: dict[str, int] | None = None,
    waifus: tuple[int, ...] = (),
) -> pb.CodeRewards:
    """What a code gives."""
    amounts = zip(Currency, (crystals, quartzs, daphine), strict=True)
    return pb.CodeRewards(
        money=[money_out(Money(currency, amount)) for currency, amount in amounts if amount],
        items=[
            ItemAmount(item_code=code, quantity=quantity)
            for code, quantity in (items or {}).items()
        ],
        waifu_ids=waifus,
    )


def a_batch(
    *,
    code: str = WORD,
    count: int = 1,
    gives: pb.CodeRewards | None = None,
    limit: int = 100,
    start: datetime | None = None,
    end: datetime | None = END,
    name: str = "Lantern night",
    dry_run: bool = False,
    op_id: str | None = None,
) -> pb.AdminCreateCodesRequest:
    """A code by hand that gives 100 crystals, or what is asked for."""
    return pb.AdminCreateCodesRequest(
        act=an_act(op_id),
        name=name,
        code=code,
        count=count,
        rewards=rewards(crystals=100) if gives is None else gives,
        usage_limit=limit,
        start_time=stamp(start),
        end_time=stamp(end),
        dry_run=dry_run,
    )


def drawn(count: int = 3, **given: Any) -> dict[str, Any]:
    """What makes drawn codes."""
    return {"code": "", "count": count, "limit": 1, "name": "Drawn"} | given


def stamp(time: datetime | None) -> Timestamp | None:
    """A time in a message."""
    if time is None:
        return None
    made = Timestamp()
    made.FromDatetime(time)
    return made
