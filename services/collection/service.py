"""The composition root: schema, slices, background work."""

from pathlib import Path

from chassis.operations.holdings import Holding
from chassis.process import KIT_MIGRATIONS, Parts, Runtime, Served, Service
from geminya.collection.v1 import (
    bond_pb2,
    bond_pb2_grpc,
    catalog_pb2,
    catalog_pb2_grpc,
    equipment_pb2,
    equipment_pb2_grpc,
    roster_pb2,
    roster_pb2_grpc,
)
from services.collection.activity import ActivityFlow
from services.collection.bond.flows import GiftFlow, TalkFlow
from services.collection.bond.memory import BondMemory, Feelings
from services.collection.bond.responders import responder_of
from services.collection.bond.servicer import BondServicer
from services.collection.catalog.memory import CatalogMemory
from services.collection.catalog.servicer import CatalogServicer
from services.collection.equipment.forge import Forge
from services.collection.equipment.servicer import EquipmentServicer
from services.collection.errors import CollectionRejection
from services.collection.party.parties import Parties
from services.collection.roster.flows import AwakenFlow, GiveWaifuFlow
from services.collection.roster.grant import Grants
from services.collection.roster.servicer import RosterServicer
from services.collection.roster.standing import Standing
from services.collection.search.lists import Lists


def build(runtime: Runtime) -> Parts:
    """Puts the slices together around one catalogue."""
    database, operations = runtime.database, runtime.operations
    users = runtime.dial("users")
    memory, grants, standing = CatalogMemory(database), Grants(runtime.once), Standing(database)
    bonds, clock = BondMemory(database), runtime.clock
    feelings = Feelings(bonds, clock)
    forge = Forge(memory, runtime.settings.require_secret_key())
    responder = responder_of(runtime.settings, bonds)
    operations.register(ActivityFlow(runtime.dial("economy")))
    operations.register(TalkFlow(memory, bonds, responder, clock))
    operations.register(GiftFlow(users, memory, bonds, clock))
    operations.register(AwakenFlow(users))
    operations.register(GiveWaifuFlow(users, memory, grants))
    catalog = Served(
        CatalogServicer(database, memory),
        catalog_pb2_grpc.add_CatalogServiceServicer_to_server,
        catalog_pb2.DESCRIPTOR.services_by_name["CatalogService"],
    )
    roster = Served(
        RosterServicer(
            database,
            runtime.once,
            operations,
            memory,
            grants,
            Lists(memory, feelings),
            feelings,
            Parties(runtime.once, forge, bonds, clock),
        ),
        roster_pb2_grpc.add_RosterServiceServicer_to_server,
        roster_pb2.DESCRIPTOR.services_by_name["RosterService"],
    )
    equipment = Served(
        EquipmentServicer(database, runtime.once, operations, forge, clock),
        equipment_pb2_grpc.add_EquipmentServiceServicer_to_server,
        equipment_pb2.DESCRIPTOR.services_by_name["EquipmentService"],
    )
    bond = Served(
        BondServicer(database, runtime.once, operations, memory, bonds),
        bond_pb2_grpc.add_BondServiceServicer_to_server,
        bond_pb2.DESCRIPTOR.services_by_name["BondService"],
    )

    async def prepare() -> None:
        await memory.look()
        await bonds.look()
        await responder.prepare()

    return Parts(
        served=[catalog, roster, equipment, bond],
        background=[memory.watch, bonds.watch, standing.keep_folded],
        prepare=prepare,
    )


SERVICE = Service(
    name="collection",
    migrations=(KIT_MIGRATIONS, Path(__file__).parent / "migrations"),
    rejection=CollectionRejection,
    build=build,
    holdings=(
        Holding("user_waifus", key=("waifu_id integer",)),
        Holding("conversations", key=("op_id uuid",)),
        Holding("gifts_given", key=("op_id uuid",)),
        Holding("roster"),
        Holding("party_locks", key=("kind text", "thing text")),
        # A piece takes its sub slots along, so that they are never counted wrong in between.
        Holding("equipment", key=("id uuid",)),
        Holding("equipment_sub_slots", key=("equipment_id uuid", "slot_index integer")),
    ),
)
