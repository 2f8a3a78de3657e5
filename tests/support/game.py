"""The whole game in one process: real services, the project's own content, and players with a purse."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

from console import invariants
from console.entries import atlas_pieces, read_document, read_entries
from console.sources import pieces, read_banners, read_bond, read_missions, read_rows, read_shop
from geminya.collection.v1 import bond_pb2
from geminya.collection.v1.bond_pb2_grpc import BondServiceStub
from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceStub
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.economy.v1 import gacha_pb2 as pb
from geminya.economy.v1 import mission_pb2, shop_pb2
from geminya.economy.v1.gacha_pb2_grpc import GachaServiceStub
from geminya.economy.v1.mission_pb2_grpc import MissionServiceStub
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from geminya.expeditions.v1.atlas_pb2_grpc import AtlasServiceStub
from geminya.expeditions.v1.expedition_pb2_grpc import ExpeditionServiceStub
from services.economy.gacha.seeds import Seals
from tests.support.calls import an_op
from tests.support.house import SECRET_KEY, House, UsersHouse
from tests.support.operators import an_act

CONTENT = Path(__file__).resolve().parents[2] / "content"
STANDARD = "standard"


class Game:
    """A house with content, and the wishes of its players."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.users = UsersHouse(house)
        self.gacha = house.stub(GachaServiceStub, "economy", None)
        self.shop = house.stub(ShopServiceStub, "economy", None)
        self.missions = house.stub(MissionServiceStub, "economy", None)
        self.catalog = house.stub(CatalogServiceStub, "collection", None)
        self.roster = house.stub(RosterServiceStub, "collection", None)
        self.bond = house.stub(BondServiceStub, "collection", None)
        self.equipment = house.stub(EquipmentServiceStub, "collection", None)
        self.atlas = house.stub(AtlasServiceStub, "expeditions", None)
        self.expeditions = house.stub(ExpeditionServiceStub, "expeditions", None)

    async def stock(self) -> None:
        """Imports the project's own content, and forgets who did."""
        await self.import_content()
        # Whoever stocked the game is none of the operators that a test asks for.
        for schema in ("collection", "expeditions", "economy"):
            await self.house.run(f"DELETE FROM {schema}.audit")

    async def import_content(self) -> None:
        """Imports the project's own content."""
        await self.import_catalog()
        banners = [entry.message for entry in read_banners(CONTENT / "banners.toml")]
        report = await self.gacha.AdminImportBanners(
            pb.AdminImportBannersRequest(act=an_act(), banners=banners)
        )
        assert report.is_written, report.problems
        missions = [entry.message for entry in read_missions(CONTENT / "missions.toml")]
        done = await self.missions.AdminImportMissions(
            mission_pb2.AdminImportMissionsRequest(act=an_act(), missions=missions)
        )
        assert not done.problems
        document = read_bond(CONTENT / "bond.toml", CONTENT / "gifts.toml")
        put = await self.bond.AdminImportBond(
            bond_pb2.AdminImportBondRequest(act=an_act(), document=document)
        )
        assert put.is_written, put.problems
        atlas = atlas_pieces(
            read_entries(CONTENT / "expeditions.json"),
            read_entries(CONTENT / "encounters.json"),
            read_document(CONTENT / "affinities.json"),
            None,
            an_act(),
        )
        mapped = await self.atlas.AdminImportAtlas(_async(atlas))
        assert mapped.is_written, mapped.problems[:3]
        items = [entry.message for entry in read_shop(CONTENT / "shop.toml")]
        shelved = await self.shop.AdminImportShop(
            shop_pb2.AdminImportShopRequest(act=an_act(), items=items)
        )
        assert shelved.is_written, shelved.problems

    async def import_catalog(self) -> None:
        """Imports series and waifus."""
        series, waifus = read_rows(CONTENT / "series.csv"), read_rows(CONTENT / "waifus.csv")
        written = await self.catalog.AdminImportCatalog(
            _async(pieces(series, waifus, False, an_act()))
        )
        assert written.is_written, written.problems[:3]

    async def has(self, player: int, *, crystals: int = 0, quartzs: int = 0, seed: int = 0) -> None:
        """A player with a purse, and dice that fall the same way for the same seed."""
        await self.users.has(player, crystals=crystals, quartzs=quartzs)
        secret = hashlib.sha256(f"seed {seed}".encode()).digest()
        sealed = Seals(SECRET_KEY.encode())._fernet.encrypt(secret)
        await self.house.run(
            """
            INSERT INTO economy.seeds (user_id, seed_no, sealed_seed, seed_hash, client_seed)
            VALUES ($1, 1, $2, $3, 'test')
            """,
            player,
            sealed,
            hashlib.sha256(secret).digest(),
        )

    async def owns_everything(self, player: int) -> None:
        """Every waifu at six stars: whatever comes now is surplus."""
        await self.house.run(
            """
            INSERT INTO collection.user_waifus (user_id, waifu_id, current_star_level)
            SELECT $1, waifu_id, 6 FROM collection.waifus
            """,
            player,
        )
        await self.house.run(
            """
            INSERT INTO collection.roster (user_id, owned_count, power)
            SELECT $1, count(*), 4000 * count(*) FROM collection.waifus
            """,
            player,
        )

    async def summon(self, request: pb.SummonRequest) -> pb.SummonResponse:
        """The wish, with the bot's deadline."""
        return await self.gacha.Summon(request, timeout=8)

    async def open_banner(self, banner_id: str, **columns: Any) -> None:
        """Edits a banner behind the operator's back, and lets the service read it."""
        for column, value in columns.items():
            await self.house.run(
                f"UPDATE economy.banners SET {column} = $2 WHERE id = $1", banner_id, value
            )
        await self.house.prepared()

    async def summons(self, player: int) -> list[dict[str, Any]]:
        """The record, oldest first."""
        return await self.house.rows(
            "SELECT * FROM economy.summons WHERE user_id = $1 ORDER BY seed_no, nonce", player
        )

    async def owned(self, player: int) -> dict[int, int]:
        """Waifu to stars."""
        rows = await self.house.rows(
            "SELECT waifu_id, current_star_level FROM collection.user_waifus WHERE user_id = $1",
            player,
        )
        return {row["waifu_id"]: row["current_star_level"] for row in rows}

    async def invariants_hold(self) -> None:
        """Everything that must always be true is."""
        findings = await invariants.check(await self.house.clone.whole())
        broken = [f"{f.id}: {f.sample}" for f in findings if f.violations]
        assert not broken, broken


def a_summon(
    player: int = 7, *, banner: str = STANDARD, count: int = 10, op_id: str | None = None
) -> pb.SummonRequest:
    """A wish for ten, or for what is named."""
    op = an_op(player, op_id=op_id or str(uuid.uuid4()))
    return pb.SummonRequest(op=op, banner_id=banner, count=count)


async def _async(items: Any) -> Any:
    for item in items:
        yield item


async def loads_dice(house: House, expedition_id: str) -> None:
    """Lets the same things happen on an expedition in every run, if its op is the same too."""
    await house.run(
        "UPDATE expeditions.user_expeditions SET seed = $2 WHERE expedition_id = $1",
        expedition_id,
        hashlib.sha256(b"the dice of the tests").digest(),
    )
