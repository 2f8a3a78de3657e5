"""Players with parties that go away and come home."""

import uuid
from dataclasses import dataclass
from typing import Any

from geminya.collection.v1 import roster_pb2 as pb
from tests.integration.collection.armory import Armory
from tests.integration.collection.bonds import Bonds
from tests.support.calls import an_op
from tests.support.house import House


@dataclass(frozen=True, slots=True)
class Camp:
    """The service as expeditions see it, with a way to give players pieces and moods."""

    bonds: Bonds
    armory: Armory
    rpc: Any

    @property
    def house(self) -> House:
        """The service itself, with users beside it."""
        return self.bonds.house

    async def away(self, player: int = 7) -> dict[str, list[tuple[str, str, int]]]:
        """Expedition to what is away with it: kind, thing and place."""
        rows = await self.house.rows(
            "SELECT * FROM collection.party_locks WHERE user_id = $1 ORDER BY expedition_id, place",
            player,
        )
        found: dict[str, list[tuple[str, str, int]]] = {}
        for row in rows:
            thing = row["kind"], row["thing"], row["place"]
            found.setdefault(row["expedition_id"], []).append(thing)
        return found

    async def mood(self, waifu_id: int, mood: int, player: int = 7) -> None:
        """She feels so since the beginning of the test."""
        await self.house.run(
            "UPDATE collection.user_waifus SET mood = $3, mood_at = $4 "
            "WHERE user_id = $1 AND waifu_id = $2",
            *(player, waifu_id, mood, self.house.clock.now()),
        )

    async def moods(self, player: int = 7) -> dict[int, tuple[int, str]]:
        """Waifu to mood and its word."""
        rows = await self.house.rows(
            "SELECT waifu_id, mood, current_mood FROM collection.user_waifus WHERE user_id = $1",
            player,
        )
        return {row["waifu_id"]: (row["mood"], row["current_mood"]) for row in rows}

    async def everything(self, player: int = 7) -> list[Any]:
        """All that a party can touch of a player."""
        return [await self.armory.state(player), await self.away(player), await self.moods(player)]

    async def forget(self, player: int = 7) -> None:
        """Everybody is home and there are no pieces, for another round."""
        await self.house.run("DELETE FROM collection.party_locks WHERE user_id = $1", player)
        await self.armory.empties(player)


def an_id() -> str:
    """Of an expedition or a piece."""
    return str(uuid.uuid4())


def a_party(
    *waifu_ids: int, piece: str = "", expedition: str | None = None, **op: Any
) -> pb.LockPartyRequest:
    """Waifus who leave for an expedition."""
    return pb.LockPartyRequest(
        op=an_op(**{"step": 1, **op}),
        expedition_id=expedition or an_id(),
        waifu_ids=waifu_ids,
        equipment_id=piece,
    )


def a_return(
    expedition: str,
    *,
    award: str = "",
    done: bool = True,
    successes: int = 0,
    failures: int = 0,
    **op: Any,
) -> pb.SettleRequest:
    """The end of an expedition, on which nothing happened unless the test says so."""
    return pb.SettleRequest(
        op=an_op(**{"step": 1, **op}),
        expedition_id=expedition,
        is_completed=done,
        award_equipment_id=award,
        successes=successes,
        failures=failures,
    )
