"""Players with waifus who talk, gifts that are bought, and content that a test changes."""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console import invariants
from console.sources import read_bond
from geminya.collection.v1 import bond_pb2 as pb
from geminya.collection.v1 import roster_pb2
from geminya.collection.v1.bond_pb2_grpc import BondServiceStub
from tests.support.calls import an_op
from tests.support.house import CollectionHouse, House, UsersHouse
from tests.support.operators import an_act

CONTENT = Path(__file__).resolve().parents[3] / "content"
DOCUMENT: dict[str, Any] = json.loads(read_bond(CONTENT / "bond.toml", CONTENT / "gifts.toml"))


def a_document(**changed: dict[str, Any]) -> str:
    """The project's own content, with other values in some of its tables."""
    document = copy.deepcopy(DOCUMENT)
    for table, values in changed.items():
        document[table] |= values
    return json.dumps(document, ensure_ascii=False)


@dataclass(slots=True)
class Bonds:
    """Users and collection, with a catalogue of twelve: 1 to 12, all alike but for their rarity."""

    house: House
    users: UsersHouse
    rpc: Any
    collection: CollectionHouse

    @classmethod
    def of(cls, house: House) -> "Bonds":
        """The slice with its stub."""
        rpc = house.stub(BondServiceStub, "collection", None)
        return cls(house, UsersHouse(house), rpc, CollectionHouse(house))

    async def put(self, **changed: dict[str, Any]) -> pb.AdminImportBondResponse:
        """Brings content into force."""
        request = pb.AdminImportBondRequest(act=an_act(), document=a_document(**changed))
        answer = await self.rpc.AdminImportBond(request)
        assert answer.is_written, answer.problems
        return answer

    async def row(self, waifu_id: int = 3, player: int = 7) -> dict[str, Any]:
        """What the player has of her."""
        [row] = await self.house.rows(
            "SELECT * FROM collection.user_waifus WHERE user_id = $1 AND waifu_id = $2",
            player,
            waifu_id,
        )
        return row

    async def given(self, player: int = 7) -> list[dict[str, Any]]:
        """The gifts of a player, the oldest first."""
        return await self.house.rows(
            "SELECT * FROM collection.gifts_given WHERE user_id = $1 ORDER BY at, op_id", player
        )

    async def talks(self, player: int = 7) -> list[dict[str, Any]]:
        """The talks of a player, the oldest first."""
        return await self.house.rows(
            "SELECT * FROM collection.conversations WHERE user_id = $1 ORDER BY timestamp, op_id",
            player,
        )

    async def quartzs(self, player: int = 7) -> int:
        """What is left."""
        return (await self.users.balances(player))["quartzs"]

    async def owned(self, waifu_id: int = 3, player: int = 7) -> roster_pb2.OwnedWaifu:
        """As the roster shows her."""
        request = roster_pb2.GetOwnedWaifuRequest(user_id=player, waifu_id=waifu_id)
        return (await self.collection.roster.GetOwnedWaifu(request)).owned

    async def is_sound(self) -> None:
        """No invariant is broken, apart from what a test does itself by asking the collection alone.

        It grants for nothing (I8), and locks parties of expeditions that nobody leads (I27).
        """
        findings = await invariants.check(self.house.clone.owner)
        broken = [f for f in findings if f.violations and f.id not in ("I8", "I27")]
        assert not broken, broken


def a_talk(
    message: str = "Tell me something.",
    waifu_id: int = 3,
    player: int = 7,
    *,
    op_id: str | None = None,
) -> pb.TalkRequest:
    """A talk that is neither kind nor rude, unless the test says something else."""
    return pb.TalkRequest(op=an_op(player, op_id=op_id), waifu_id=waifu_id, message=message)


def a_gift(
    gift_id: str = "rice_crackers",
    waifu_id: int = 3,
    player: int = 7,
    *,
    op_id: str | None = None,
) -> pb.GiveGiftRequest:
    """A cheap one that is nobody's favourite."""
    return pb.GiveGiftRequest(op=an_op(player, op_id=op_id), waifu_id=waifu_id, gift_id=gift_id)


def a_name(
    nickname: str = "Sparrow", waifu_id: int = 3, player: int = 7, *, op_id: str | None = None
) -> pb.SetNicknameRequest:
    """A nickname."""
    return pb.SetNicknameRequest(
        op=an_op(player, op_id=op_id), waifu_id=waifu_id, nickname=nickname
    )


def a_room(
    *decoration_ids: str, waifu_id: int = 3, player: int = 7, op_id: str | None = None
) -> pb.SetRoomRequest:
    """A room with these decorations."""
    op = an_op(player, op_id=op_id)
    return pb.SetRoomRequest(op=op, waifu_id=waifu_id, decoration_ids=decoration_ids)


def a_memory(
    memory_id: str = "met", waifu_id: int = 3, player: int = 7, *, op_id: str | None = None
) -> pb.SetFavoriteMemoryRequest:
    """The memory to keep dearest."""
    op = an_op(player, op_id=op_id)
    return pb.SetFavoriteMemoryRequest(op=op, waifu_id=waifu_id, memory_id=memory_id)
