"""geminya.collection.v1.EquipmentService"""

import hmac
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from chassis.dice import Dice, Seed
from chassis.ids import uuid7
from chassis.operations.once import Once
from chassis.postgres import Database, Tx
from chassis.rpc.methods import query
from chassis.wire import time_out
from geminya.collection.v1 import equipment_pb2 as pb
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceServicer
from geminya.common.v1.op_pb2 import Op
from services.collection.catalog.memory import CatalogMemory
from services.collection.catalog.rules import Catalog
from services.collection.equipment import rules, store
from services.collection.equipment.rules import EffectType
from services.collection.equipment.store import Piece
from services.collection.errors import EquipmentNotFound


class EquipmentServicer(EquipmentServiceServicer):
    """The pieces of players."""

    def __init__(self, database: Database, once: Once, memory: CatalogMemory, key: bytes) -> None:
        self.database = database
        self.once = once
        self.memory = memory
        self._secret = hmac.digest(key, b"geminya equipment", "sha256")

    @query
    async def ListEquipment(
        self, request: pb.ListEquipmentRequest, tx: Tx
    ) -> pb.ListEquipmentResponse:
        """Every piece, in one statement."""
        pieces = await store.list_equipment(tx, request.user_id)
        catalog = await self.knowing(pieces)
        return pb.ListEquipmentResponse(
            equipment=[piece_out(piece, catalog) for piece in pieces], limit=rules.MAX_EQUIPMENT
        )

    @query
    async def GetEquipment(
        self, request: pb.GetEquipmentRequest, tx: Tx
    ) -> pb.GetEquipmentResponse:
        """One piece."""
        piece = await store.find_equipment(tx, request.user_id, request.equipment_id)
        if piece is None:
            raise EquipmentNotFound(equipment_id=request.equipment_id)
        return pb.GetEquipmentResponse(equipment=await self.out(piece))

    async def UnlockSubSlot(
        self, request: pb.UnlockSubSlotRequest, _: object
    ) -> pb.UnlockSubSlotResponse:
        """Consumes one piece and opens a sub slot of another, in one statement."""
        effect = rules.roll_sub(self.dice(request.op, rules.SUB_NONCE))
        kept = await self.once.run(
            request,
            store.UNLOCK_SUB_SLOT,
            request.equipment_id,
            request.consumed_equipment_id,
            asdict(effect),
            rules.MAX_SUB_SLOTS,
        )
        equipment = await self.out(Piece.kept(kept["piece"]))
        return pb.UnlockSubSlotResponse(equipment=equipment, opened=sub_slot_out(kept["opened"]))

    async def ClearSubSlots(
        self, request: pb.ClearSubSlotsRequest, _: object
    ) -> pb.ClearSubSlotsResponse:
        """Removes the last sub slot or all of them, in one statement."""
        kept = await self.once.run(
            request, store.CLEAR_SUB_SLOTS, request.equipment_id, request.all
        )
        equipment = await self.out(Piece.kept(kept["piece"]))
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
        pools = rules.pools(self.memory.current)
        effect = rules.roll_main(pools, self.dice(request.op, rules.MAIN_NONCE))
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
        return pb.AdminGiveEquipmentResponse(equipment=await self.out(Piece.kept(kept["piece"])))

    def dice(self, op: Op, nonce: int) -> Dice:
        """The dice of an operation: who sends it again, or after a crash, gets the same roll."""
        return Dice(Seed(self._secret, op.op_id, nonce))

    async def out(self, piece: Piece) -> pb.Equipment:
        """One piece as a message."""
        return piece_out(piece, await self.knowing([piece]))

    async def knowing(self, pieces: Iterable[Piece]) -> Catalog:
        """A catalogue that can name what the pieces favour."""
        effects = [piece.main_effect for piece in pieces]
        return await self.memory.knowing_series(
            effect["value"] for effect in effects if effect["category"] == "series_id"
        )


def piece_out(piece: Piece, catalog: Catalog) -> pb.Equipment:
    """A piece as a message."""
    return pb.Equipment(
        equipment_id=piece.id,
        slot_no=piece.slot_no,
        main_effect=effect_out(piece.main_effect, catalog),
        sub_slots=[sub_slot_out(one) for one in piece.sub_slots],
        is_favorite=piece.is_favorite,
        is_away=piece.is_away,
        create_time=time_out(piece.created_at),
    )


def sub_slot_out(kept: dict[str, Any]) -> pb.SubSlot:
    """A sub slot as a message; it raises stats, so no catalogue has to name anything."""
    return pb.SubSlot(slot_index=kept["slot_index"], effect=amount_out(kept["effect"]))


def effect_out(kept: dict[str, Any], catalog: Catalog) -> pb.Effect:
    """A main effect as a message."""
    if kept["type"] != EffectType.AFFINITY_ADD:
        return amount_out(kept)
    value = kept["value"]
    return pb.Effect(
        type=kept["type"],
        affinity=kept["affinity"],
        category=kept["category"],
        value=str(value),
        value_name=catalog.series[value].name if kept["category"] == "series_id" else value,
    )


def amount_out(kept: dict[str, Any]) -> pb.Effect:
    """An effect that is a number, as a message."""
    return pb.Effect(type=kept["type"], stat=kept["stat"] or "", amount=kept["value"])
