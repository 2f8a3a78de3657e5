"""A party is called back (flow F8 of docs/reliability.md)."""

from typing import ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.rpc.channel import Channel
from geminya.collection.v1 import roster_pb2
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.expeditions.v1 import expedition_pb2 as pb
from services.expeditions.errors import ExpeditionOver
from services.expeditions.expedition import changes, messages
from services.expeditions.expedition.flows.looks import find

CALL_BACK = Phase(1, pb.CalledBack)
BREAK_OFF = Phase(2, pb.Ended)
SETTLE = Step(1, name="settle")


class CancelFlow:
    """Calls a party back and frees everybody."""

    kind: ClassVar[str] = "cancel_expedition"
    order: ClassVar[type[Message]] = pb.CancelExpeditionRequest
    answer: ClassVar[type[Message]] = pb.CancelExpeditionResponse

    def __init__(self, collection: Channel, clock: Clock) -> None:
        self.roster = RosterServiceStub(collection)
        self.clock = clock

    async def run(
        self, op: Operation, order: pb.CancelExpeditionRequest
    ) -> pb.CancelExpeditionResponse:
        """The wish, from top to bottom."""
        called = await op.phase(CALL_BACK, self.call_back, order)
        homecoming = roster_pb2.SettleRequest(expedition_id=order.expedition_id)
        await op.step(SETTLE, self.roster.Settle, homecoming)
        ended = await op.phase(BREAK_OFF, self.break_off, order)
        called.expedition.status = "cancelled"
        called.expedition.end_time.CopyFrom(ended.end_time)
        return pb.CancelExpeditionResponse(expedition=called.expedition)

    async def call_back(self, look: Look, order: pb.CancelExpeditionRequest) -> Save[pb.CalledBack]:
        """Stops the expedition: from here on it can only end."""
        row = await find(look, order.op, order.expedition_id)
        if row.status != "in_progress":
            raise ExpeditionOver(expedition_id=order.expedition_id)
        called = pb.CalledBack(expedition=messages.expedition_out(row))
        return Save(called, changes.CALL_BACK, (order.expedition_id,))

    async def break_off(self, look: Look, order: pb.CancelExpeditionRequest) -> Save[pb.Ended]:
        """Frees the place."""
        given = (order.expedition_id, statement_time(self.clock))
        return Save(pb.Ended(), changes.BREAK_OFF, given)
