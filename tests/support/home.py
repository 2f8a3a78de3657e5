"""A player with one waifu at home, for evenings that are about the two."""

import uuid
from dataclasses import dataclass
from typing import Any

from geminya.collection.v1 import roster_pb2 as roster
from geminya.common.v1.op_pb2 import Op
from geminya.common.v1.operator_pb2 import Operator
from geminya.users.v1 import wallet_pb2 as wallet
from playground.robot import Robot, Said
from tests.support.evening import Evening

OPERATOR = Operator(name="keeper", reason="a test")


@dataclass(frozen=True, slots=True)
class Home:
    """A player with one waifu."""

    evening: Evening
    mira: Robot
    player: int
    waifu: str

    async def column(self, column: str) -> Any:
        """What the table says of her."""
        return await self.evening.house.value(
            f"SELECT {column} FROM collection.user_waifus WHERE user_id = $1", self.player
        )

    async def count(self, table: str) -> int:
        """Rows of the player."""
        return await self.evening.house.value(
            f"SELECT count(*) FROM collection.{table} WHERE user_id = $1", self.player
        )

    async def profile(self) -> Said:
        """Her profile."""
        return (await self.mira.slash("waifu profile", waifu=self.waifu)).message

    async def gets(self, currency: int, amount: int) -> None:
        """Money by an operator's hand."""
        request = wallet.AdminAdjustRequest(
            op=Op(op_id=str(uuid.uuid4()), user_id=self.player, epoch=1),
            operator=OPERATOR,
            adjustments=[wallet.Adjustment(currency=currency, amount=amount)],  # type: ignore[arg-type]
        )
        await self.evening.game.users.wallet.AdminAdjust(request)

    async def balance(self, currency: str) -> int:
        """What is left."""
        return (await self.evening.game.users.balances(self.player))[currency]

    async def choices(
        self, command: str, option: str, typed: str = "", **options: Any
    ) -> list[Any]:
        """What completes; a busy machine may need a second look, for nobody waits long for choices."""
        for _ in range(5):
            found = await self.mira.autocomplete(command, option, typed, **options)
            if found:
                return found
        return []

    @classmethod
    async def of(cls, evening: Evening) -> "Home":
        """The first waifu of the catalogue, given by an operator's hand."""
        player = await evening.player("mira")
        waifu = await evening.house.value("SELECT min(waifu_id) FROM collection.waifus")
        await evening.game.roster.AdminGiveWaifu(
            roster.AdminGiveWaifuRequest(
                op=Op(op_id=str(uuid.uuid4()), user_id=player, epoch=1),
                operator=OPERATOR,
                waifu_id=waifu,
            )
        )
        return cls(evening, evening.robot("mira"), player, str(waifu))
