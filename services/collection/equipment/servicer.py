"""geminya.collection.v1.EquipmentService"""

from dataclasses import asdict

from chassis.clock import Clock, statement_time
from chassis.ids import uuid7
from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.postgres import Database, Tx
from chassis.rpc.methods import query
from geminya.collection.v1 import equipment_pb2 as pb
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceServicer
from geminya.common.v1.op_pb2 import Op
from services.collection.activity import done
from services.collection.equipment import rules, store
from services.collection.equipment.forge import Forge
from services.collection.equipment.messages import sub_slot_out
from services.collection.equipment.store import Piece
from services.collection.errors import EquipmentNotFound


class EquipmentServicer(EquipmentServiceServicer):
    """The pieces of players."""

    def __init__(
        self, database: Database, once: Once, operations: Operations, forge: Forge, clock: Clock
    ) -> None:
        self.database = database
        self.once = once
        self.operations = operations
        self.forge = forge
        self.clock = clock

    @query
    async def ListEquipment(
        self, request: pb.ListEquipmentRequest, tx: Tx
    ) -> pb.ListEquipmentResponse:
        """Every piece, in one statement."""
        pieces = await store.list_equipment(tx, request.user_id)
        return pb.ListEquipmentResponse(
            equipment=await self.forge.show_all(pieces), limit=rules.MAX_EQUIPMENT
        )

    @query
    async def GetEquipment(
        self, request: pb.GetEquipmentRequest, tx: Tx
    ) -> pb.GetEquipmentResponse:
        """One piece."""
        piece = await store.find_equipment(tx, request.user_id, request.equipment_id)
        if piece is None:
            raise EquipmentNotFound(equipment_id=request.equipment_id)
        return pb.GetEquipmentResponse(equipment=await self.forge.show(piece))

    async def UnlockSubSlot(
        self, request: pb.UnlockSubSlotRequest, _: object
    ) -> pb.UnlockSubSlotResponse:
        """Consumes one piece and opens a sub slot of another, in one statement."""
        effect = self.forge.roll_sub(request.op.op_id)
        kept = await self.once.run(
            request,
            store.UNLOCK_SUB_SLOT,
            request.equipment_id,
            request.consumed_equipment_id,
            asdict(effect),
            rules.MAX_SUB_SLOTS,
            *self.changed(request.op),
        )
        self.operations.wake()
        equipment = await self.forge.show(Piece.kept(kept["piece"]))
        return pb.UnlockSubSlotResponse(equipment=equipment, opened=sub_slot_out(kept["opened"]))

    async def ClearSubSlots(
        self, request: pb.ClearSubSlotsRequest, _: object
    ) -> pb.ClearSubSlotsResponse:
        """Removes the last sub slot or all of them, in one statement."""
        kept = await self.once.run(
            request,
            store.CLEAR_SUB_SLOTS,
            request.equipment_id,
            request.all,
            *self.changed(request.op),
        )
        self.operations.wake()
        equipment = await self.forge.show(Piece.kept(kept["piece"]))
        return pb.ClearSubSlotsResponse(equipment=equipment, removed_count=kept["removed_count"])

    async def DiscardEquipment(
        self, request: pb.DiscardEquipmentRequest, _: object
    ) -> pb.DiscardEquipmentResponse:
        """Throws a piece away."""
        await self.once.run(request, store.DISCARD, request.equipment_id)
        return pb.DiscardEquipmentResponse()

    async def SetEquipmentFavorite(
        self, request: pb.SetEquipmentFavoriteRequest, _: object
    ) -> pb.SetEquipmentFavoriteResponse:
        """Locks a piece or unlocks it."""
        kept = await self.once.run(
            request, store.SET_FAVORITE, request.equipment_id, request.is_favorite
        )
        return pb.SetEquipmentFavoriteResponse(is_favorite=kept["is_favorite"])

    async def AdminGiveEquipment(
        self, request: pb.AdminGiveEquipmentRequest, _: object
    ) -> pb.AdminGiveEquipmentResponse:
        """Gives a rolled piece by an operator's hand, with an audit row, in one statement."""
        effect = self.forge.roll_main(request.op.op_id)
        kept = await self.once.run(
            request,
            store.ADMIN_GIVE,
            uuid7(),
            asdict(effect),
            rules.MAX_EQUIPMENT,
            request.operator.name,
            request.operator.reason,
            request.operator.ticket,
        )
        return pb.AdminGiveEquipmentResponse(
            equipment=await self.forge.show(Piece.kept(kept["piece"]))
        )

    def changed(self, op: Op) -> tuple[object, ...]:
        """The fact that a slot was opened or removed, and when."""
        return (statement_time(self.clock), *done(op, "equipment"))
