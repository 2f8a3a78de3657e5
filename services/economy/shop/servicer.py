"""geminya.economy.v1.ShopService"""

from chassis.clock import Clock, statement_time
from chassis.operations.once import Once
from geminya.economy.v1 import shop_pb2 as pb
from geminya.economy.v1.shop_pb2_grpc import ShopServiceServicer
from services.economy.shop import store


class ShopServicer(ShopServiceServicer):
    """What players have in their bags."""

    def __init__(self, once: Once, clock: Clock) -> None:
        self.once = once
        self.clock = clock

    async def Settle(self, request: pb.SettleRequest, context: object) -> pb.SettleResponse:
        """Puts what an expedition has found into the bag, in one statement."""
        await self.once.run(
            request,
            store.SETTLE,
            [item.item_code for item in request.items],
            [item.quantity for item in request.items],
            request.completed_expeditions,
            statement_time(self.clock),
            self.clock.day_offset,
        )
        return pb.SettleResponse()
