"""Players with bags, and what expeditions bring into them."""

from typing import Any

from geminya.economy.v1 import mission_pb2
from geminya.economy.v1 import shop_pb2 as pb
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from tests.support.calls import an_op
from tests.support.game import Game

ONE_STAR, SERIES = "one-star-selector", "two-star-series"


class Shop(Game):
    """The game as expeditions see its bags."""

    @property
    def rpc(self) -> Any:
        """The slice, called by who may."""
        return self.house.stub(ShopServiceStub, "economy", "expeditions")

    async def bag(self, player: int = 7) -> dict[str, int]:
        """Item to how many there are."""
        rows = await self.house.rows(
            "SELECT item_code, quantity FROM economy.user_inventory WHERE user_id = $1", player
        )
        return {row["item_code"]: row["quantity"] for row in rows}

    async def progress(self, player: int = 7) -> tuple[int, int]:
        """Of the expedition missions of the day and of the week."""
        answer = await self.missions.ListMissions(mission_pb2.ListMissionsRequest(user_id=player))
        found = {one.mission.mission_id: one.current_progress for one in answer.missions}
        return found["day-expedition"], found["week-expedition"]


def a_find(*items: tuple[str, int], done: int = 1, **op: Any) -> pb.SettleRequest:
    """What an expedition brings."""
    return pb.SettleRequest(
        op=an_op(**{"step": 3, **op}),
        items=[pb.ItemAmount(item_code=code, quantity=quantity) for code, quantity in items],
        completed_expeditions=done,
    )
