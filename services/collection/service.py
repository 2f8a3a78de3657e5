"""The composition root: schema, slices, background work."""

from pathlib import Path

from chassis.process import KIT_MIGRATIONS, Parts, Runtime, Served, Service
from geminya.collection.v1 import catalog_pb2, catalog_pb2_grpc, roster_pb2, roster_pb2_grpc
from services.collection.catalog.memory import CatalogMemory
from services.collection.catalog.servicer import CatalogServicer
from services.collection.errors import CollectionRejection
from services.collection.roster.servicer import RosterServicer


def build(runtime: Runtime) -> Parts:
    """Puts the slices together around one catalogue."""
    memory = CatalogMemory(runtime.database)
    catalog = Served(
        CatalogServicer(runtime.database, memory),
        catalog_pb2_grpc.add_CatalogServiceServicer_to_server,
        catalog_pb2.DESCRIPTOR.services_by_name["CatalogService"],
    )
    roster = Served(
        RosterServicer(runtime.database, runtime.once, memory),
        roster_pb2_grpc.add_RosterServiceServicer_to_server,
        roster_pb2.DESCRIPTOR.services_by_name["RosterService"],
    )
    return Parts(served=[catalog, roster], background=[memory.watch], prepare=memory.look)


SERVICE = Service(
    name="collection",
    migrations=(KIT_MIGRATIONS, Path(__file__).parent / "migrations"),
    rejection=CollectionRejection,
    build=build,
)
