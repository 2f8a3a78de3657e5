"""Where pieces come from and how they are shown, for every slice that hands some out."""

import hmac
from collections.abc import Sequence

from chassis.dice import Dice, Seed
from geminya.collection.v1 import equipment_pb2 as pb
from services.collection.catalog.memory import CatalogMemory
from services.collection.equipment import rules
from services.collection.equipment.messages import piece_out
from services.collection.equipment.rules import Effect
from services.collection.equipment.store import Piece


class Forge:
    """Rolls effects with the secret of the house, and names them with the catalogue."""

    def __init__(self, memory: CatalogMemory, key: bytes) -> None:
        self._memory = memory
        self._secret = hmac.digest(key, b"geminya equipment", "sha256")

    def roll_main(self, cause: str) -> Effect:
        """The effect of a new piece: the same cause, asked again or after a crash, gets the same roll."""
        return rules.roll_main(
            rules.pools(self._memory.current), self.dice(cause, rules.MAIN_NONCE)
        )

    def roll_sub(self, cause: str) -> Effect:
        """The effect of a sub slot that opens."""
        return rules.roll_sub(self.dice(cause, rules.SUB_NONCE))

    async def show(self, piece: Piece) -> pb.Equipment:
        """One piece as a message."""
        [shown] = await self.show_all([piece])
        return shown

    async def show_all(self, pieces: Sequence[Piece]) -> list[pb.Equipment]:
        """Pieces as messages, by a catalogue that can name what they favour."""
        effects = [piece.main_effect for piece in pieces]
        catalog = await self._memory.knowing_series(
            effect["value"] for effect in effects if effect["category"] == "series_id"
        )
        return [piece_out(piece, catalog) for piece in pieces]

    def dice(self, cause: str, nonce: int) -> Dice:
        """The dice of a cause, for one kind of roll."""
        return Dice(Seed(self._secret, cause, nonce))
