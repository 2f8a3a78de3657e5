"""Players with waifus, places that are open, and parties that go there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from console import invariants
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.expeditions.v1.atlas_pb2_grpc import AtlasServiceStub
from geminya.expeditions.v1.expedition_pb2_grpc import ExpeditionServiceStub
from geminya.expeditions.v1.notice_pb2_grpc import NoticeServiceStub
from tests.integration.collection.armory import Armory
from tests.integration.collection.builders import Collection, a_grant, import_rows, some_waifus
from tests.integration.expeditions.builders import Expeditions, some_templates
from tests.support.calls import an_op, op_id_of
from tests.support.game import loads_dice
from tests.support.house import CollectionHouse, House, UsersHouse
from tests.unit.expeditions.entries import a_boon, a_gate, a_standard

HOURS = 4
GIVEN = {"I8", "I22"}
"""What the past of these players breaks: waifus without a summon, sub slots without a piece that was given up."""
PLACES = [f"place-{number:03}" for number in range(6)]
"""All open: a week takes six of each bin."""


@dataclass(slots=True)
class Journeys:
    """All services, with twelve waifus of one series and six open places of four hours."""

    house: House
    users: UsersHouse
    collection: CollectionHouse
    atlas: Expeditions
    rpc: Any
    armory: Armory
    notices: Any
    started: int = 0

    @classmethod
    def of(cls, house: House) -> "Journeys":
        """The slice with its stub."""
        collection = CollectionHouse(house)
        armory = Armory(
            Collection(house, collection.catalog, collection.roster),
            house.stub(EquipmentServiceStub, "collection", None),
        )
        return cls(
            house,
            UsersHouse(house),
            collection,
            Expeditions(house, house.stub(AtlasServiceStub, "expeditions", None)),
            house.stub(ExpeditionServiceStub, "expeditions", None),
            armory,
            house.stub(NoticeServiceStub, "expeditions", None),
        )

    async def prepare(self) -> None:
        """Imports what there is to meet; player 7 owns 1 to 12, player 8 owns 3 and 9."""
        await import_rows(self.collection.catalog, waifus=some_waifus(*[1, 2, 3] * 4))
        checks = [
            a_standard(encounter_id=f"check-{number:02}", difficulty=40 + 20 * number)
            for number in range(12)
        ]
        await self.atlas.imports(
            templates=some_templates(6), encounters=[*checks, a_gate(), a_boon()]
        )
        for player, waifu_ids in ((7, range(1, 13)), (8, (3, 9))):
            await self.users.has(player, crystals=1)
            await self.collection.roster.Grant(a_grant(*waifu_ids, player=player))

    def passes(self, hours: float = HOURS) -> None:
        """Lets time go by."""
        self.atlas.clock.move(timedelta(hours=hours))

    async def starts(self, *waifu_ids: int, **given: Any) -> pb.Expedition:
        """Sends a party away; what will happen to it is the same in every run."""
        self.started += 1
        known = {"op_id": op_id_of("start", self.started), **given}
        started = (await self.rpc.StartExpedition(a_start(*waifu_ids, **known))).expedition
        await loads_dice(self.house, started.expedition_id)
        return started

    async def starts_and_waits(self, *waifu_ids: int, **given: Any) -> str:
        """A party whose time is over."""
        expedition = await self.starts(*waifu_ids, **given)
        self.passes()
        return expedition.expedition_id

    async def row(self, expedition_id: str) -> dict[str, Any]:
        """The expedition as it stands in the database."""
        [row] = await self.house.rows(
            "SELECT * FROM expeditions.user_expeditions WHERE expedition_id = $1", expedition_id
        )
        return row

    async def statuses(self, player: int = 7) -> list[str]:
        """What there is of the player's, by place."""
        rows = await self.house.rows(
            "SELECT status FROM expeditions.user_expeditions WHERE user_id = $1 ORDER BY slot_no",
            player,
        )
        return [row["status"] for row in rows]

    async def away(self, player: int = 7) -> list[int]:
        """Who is locked in the collection."""
        rows = await self.house.rows(
            "SELECT thing FROM collection.party_locks WHERE user_id = $1 AND kind = 'waifu'", player
        )
        return sorted(int(row["thing"]) for row in rows)

    async def loot(self, player: int = 7) -> dict[str, int]:
        """What was paid for expeditions, by currency."""
        lines = await self.users.ledger(player)
        sums: dict[str, int] = {}
        for line in lines:
            if line["reason"] == "mint.loot":
                sums[line["currency"]] = sums.get(line["currency"], 0) + line["amount"]
        return sums

    async def bag(self, player: int = 7) -> dict[str, int]:
        """The player's items."""
        rows = await self.house.rows(
            "SELECT item_code, quantity FROM economy.user_inventory WHERE user_id = $1", player
        )
        return {row["item_code"]: row["quantity"] for row in rows}

    async def everything(self, player: int) -> Any:
        """All that a player has in expeditions, to compare."""
        return await self.house.rows(
            """
            SELECT to_jsonb(e) AS row FROM expeditions.user_expeditions AS e WHERE user_id = $1
            UNION ALL
            SELECT to_jsonb(p) FROM expeditions.expedition_participants AS p WHERE user_id = $1
            UNION ALL
            SELECT to_jsonb(n) FROM expeditions.notices AS n WHERE user_id = $1
            """,
            player,
        )

    async def invariants_hold(self) -> None:
        """Everything that must always be true is."""
        findings = await invariants.check(self.house.clone.owner)
        broken = [f"{f.id}: {f.sample}" for f in findings if f.violations and f.id not in GIVEN]
        assert not broken, broken


def a_start(
    *waifu_ids: int,
    player: int = 7,
    place: int = 0,
    template_id: str = "",
    equipment_id: str = "",
    channel: int | None = None,
    op_id: str | None = None,
) -> pb.StartExpeditionRequest:
    """A wish to go, with waifu 1 unless others are named; with a channel, to hear of their return there."""
    return pb.StartExpeditionRequest(
        op=an_op(player, op_id=op_id),
        template_id=template_id or PLACES[place],
        waifu_ids=waifu_ids or (1,),
        equipment_id=equipment_id,
        notice=a_wish(channel),
    )


def a_completion(
    expedition_id: str, *, player: int = 7, op_id: str | None = None
) -> pb.CompleteExpeditionRequest:
    """A wish to bring a party home."""
    return pb.CompleteExpeditionRequest(op=an_op(player, op_id=op_id), expedition_id=expedition_id)


def a_cancellation(
    expedition_id: str, *, player: int = 7, op_id: str | None = None
) -> pb.CancelExpeditionRequest:
    """A wish to call a party back."""
    return pb.CancelExpeditionRequest(op=an_op(player, op_id=op_id), expedition_id=expedition_id)


def a_repeat(
    expedition_id: str, *, player: int = 7, channel: int | None = None, op_id: str | None = None
) -> pb.RepeatExpeditionRequest:
    """A wish to go once more."""
    return pb.RepeatExpeditionRequest(
        op=an_op(player, op_id=op_id), expedition_id=expedition_id, notice=a_wish(channel)
    )


def a_hastening(
    expedition_id: str, minutes: int = 60, *, player: int = 7, op_id: str | None = None
) -> pb.HastenRequest:
    """A wish to be home earlier, as economy sends it."""
    op = an_op(player, step=1, op_id=op_id)
    return pb.HastenRequest(op=op, expedition_id=expedition_id, minutes=minutes)


def a_wish(channel: int | None) -> pb.NoticeWish | None:
    """Where to hear of the return; nowhere when there is no channel."""
    return None if channel is None else pb.NoticeWish(channel_id=channel)
