"""The services as the bot sees them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from chassis.rpc.channel import Channel
from geminya.collection.v1.bond_pb2_grpc import BondServiceStub
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.economy.v1.gacha_pb2_grpc import GachaServiceStub
from geminya.economy.v1.gift_code_pb2_grpc import GiftCodeServiceStub
from geminya.economy.v1.mission_pb2_grpc import MissionServiceStub
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from geminya.expeditions.v1.atlas_pb2_grpc import AtlasServiceStub
from geminya.expeditions.v1.expedition_pb2_grpc import ExpeditionServiceStub
from geminya.users.v1.account_pb2_grpc import AccountServiceStub


class Services:
    """Every stub that players need, on one channel for each service."""

    def __init__(self, channels: Mapping[str, Channel | Any]) -> None:
        self._channels = channels
        users, collection = channels["users"], channels["collection"]
        economy, expeditions = channels["economy"], channels["expeditions"]
        self.account: Any = AccountServiceStub(users)
        self.roster: Any = RosterServiceStub(collection)
        self.bond: Any = BondServiceStub(collection)
        self.equipment: Any = EquipmentServiceStub(collection)
        self.gacha: Any = GachaServiceStub(economy)
        self.shop: Any = ShopServiceStub(economy)
        self.missions: Any = MissionServiceStub(economy)
        self.codes: Any = GiftCodeServiceStub(economy)
        self.atlas: Any = AtlasServiceStub(expeditions)
        self.expeditions: Any = ExpeditionServiceStub(expeditions)

    async def close(self) -> None:
        """Lets the services go."""
        await asyncio.gather(*(channel.close() for channel in self._channels.values()))
