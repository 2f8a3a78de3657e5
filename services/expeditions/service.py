"""The composition root of expeditions."""

from pathlib import Path

from chassis.process import KIT_MIGRATIONS, Parts, Runtime, Served, Service
from geminya.expeditions.v1 import atlas_pb2, atlas_pb2_grpc
from services.expeditions.atlas.memory import AtlasMemory
from services.expeditions.atlas.rotations import Rotations
from services.expeditions.atlas.servicer import AtlasServicer
from services.expeditions.errors import ExpeditionsRejection


def build(runtime: Runtime) -> Parts:
    """Puts the slices together around one atlas."""
    database, clock = runtime.database, runtime.clock
    memory = AtlasMemory(database)
    rotations = Rotations(database, memory, clock, runtime.settings.require_secret_key())
    atlas = Served(
        AtlasServicer(database, memory, rotations),
        atlas_pb2_grpc.add_AtlasServiceServicer_to_server,
        atlas_pb2.DESCRIPTOR.services_by_name["AtlasService"],
    )
    return Parts(
        served=[atlas],
        background=[memory.watch, rotations.keep_open],
        prepare=memory.look,
    )


SERVICE = Service(
    name="expeditions",
    migrations=(KIT_MIGRATIONS, Path(__file__).parent / "migrations"),
    rejection=ExpeditionsRejection,
    build=build,
)
