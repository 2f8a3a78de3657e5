"""Players with equipment, and their wishes."""

import uuid
from dataclasses import dataclass
from typing import Any

from geminya.collection.v1 import equipment_pb2 as pb
from geminya.common.v1.operator_pb2 import Operator
from tests.integration.collection.builders import Collection
from tests.support.calls import an_op

AFFINITY = {
    "type": "affinity_add", "affinity": "favored", "category": "series_id", "value": 7, "stat": None,
}  # fmt: skip
SUB = {"type": "stat_check_bonus", "affinity": None, "category": None, "value": 5, "stat": "atk"}


@dataclass(frozen=True, slots=True)
class Armory:
    """The slice with its stub, and a way to give players a past."""

    collection: Collection
    rpc: Any

    async def piece(
        self,
        player: int = 7,
        *,
        slots: int = 0,
        favorite: bool = False,
        away: bool = False,
        effect: dict[str, Any] | None = None,
    ) -> str:
        """A piece that the player has, in the first free place."""
        piece = str(uuid.uuid4())
        run, house = self.collection.house.run, self.collection.house
        place = 1 + await house.value(
            "SELECT count(*) FROM collection.equipment WHERE user_id = $1", player
        )
        await run(
            """
            INSERT INTO collection.equipment
                (user_id, id, slot_no, main_effect, unlocked_sub_slots, is_favorite)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            *(player, piece, place, effect or AFFINITY, slots, favorite),
        )
        for index in range(1, slots + 1):
            await run(
                "INSERT INTO collection.equipment_sub_slots (user_id, equipment_id, slot_index, effect) "
                "VALUES ($1, $2, $3, $4)",
                *(player, piece, index, {**SUB, "value": 4 + index}),
            )
        if away:
            await run(
                "INSERT INTO collection.party_locks VALUES ($1, 'equipment', $2, gen_random_uuid())",
                *(player, piece),
            )
        return piece

    async def state(self, player: int = 7) -> list[dict[str, Any]]:
        """Every row of the player's equipment."""
        return await self.collection.house.rows(
            """
            SELECT piece.id, slot_no, main_effect, unlocked_sub_slots, is_favorite,
                ARRAY(SELECT slot_index FROM collection.equipment_sub_slots AS slot
                    WHERE slot.user_id = piece.user_id AND slot.equipment_id = piece.id
                    ORDER BY slot_index) AS sub_slots
            FROM collection.equipment AS piece WHERE user_id = $1 ORDER BY slot_no
            """,
            player,
        )

    async def slots_of(self, piece: str, player: int = 7) -> list[int]:
        """The open sub slots of a piece."""
        [found] = [one for one in await self.state(player) if one["id"] == piece]
        assert found["unlocked_sub_slots"] == len(found["sub_slots"])
        return found["sub_slots"]

    async def pieces(self, player: int = 7) -> set[str]:
        """The pieces the player has."""
        return {one["id"] for one in await self.state(player)}

    async def empties(self, player: int = 7) -> None:
        """Takes every piece away, for another round."""
        await self.collection.house.run(
            "DELETE FROM collection.equipment WHERE user_id = $1", player
        )

    async def audit(self) -> list[dict[str, Any]]:
        """What operators did."""
        # An import of the catalogue is written down for nobody.
        return await self.collection.house.rows(
            "SELECT * FROM collection.audit WHERE user_id <> 0 ORDER BY at"
        )


def unlock(piece: str, consumed: str, **op: Any) -> pb.UnlockSubSlotRequest:
    return pb.UnlockSubSlotRequest(
        op=an_op(**op), equipment_id=piece, consumed_equipment_id=consumed
    )


def clear(piece: str, *, every: bool = False, **op: Any) -> pb.ClearSubSlotsRequest:
    return pb.ClearSubSlotsRequest(op=an_op(**op), equipment_id=piece, all=every)


def discard(piece: str, **op: Any) -> pb.DiscardEquipmentRequest:
    return pb.DiscardEquipmentRequest(op=an_op(**op), equipment_id=piece)


def favorite(piece: str, on: bool = True, **op: Any) -> pb.SetEquipmentFavoriteRequest:
    return pb.SetEquipmentFavoriteRequest(op=an_op(**op), equipment_id=piece, is_favorite=on)


def give(*, ticket: str = "", **op: Any) -> pb.AdminGiveEquipmentRequest:
    operator = Operator(name="mira", reason="a lost piece", ticket=ticket)
    return pb.AdminGiveEquipmentRequest(op=an_op(**op), operator=operator)
