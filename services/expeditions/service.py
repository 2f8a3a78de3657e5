"""The composition root of expeditions."""

from pathlib import Path

from chassis.operations.holdings import Holding
from chassis.process import KIT_MIGRATIONS, Parts, Runtime, Served, Service
from chassis.workers import Workers
from geminya.expeditions.v1 import (
    atlas_pb2,
    atlas_pb2_grpc,
    expedition_pb2,
    expedition_pb2_grpc,
    notice_pb2,
    notice_pb2_grpc,
    planner_pb2,
    planner_pb2_grpc,
)
from services.expeditions.atlas.memory import AtlasMemory
from services.expeditions.atlas.rotations import Rotations
from services.expeditions.atlas.servicer import AtlasServicer
from services.expeditions.errors import ExpeditionsRejection
from services.expeditions.expedition.editions import Editions
from services.expeditions.expedition.flows import (
    CancelFlow,
    CompleteFlow,
    Peers,
    RepeatFlow,
    StartFlow,
)
from services.expeditions.expedition.servicer import ExpeditionServicer
from services.expeditions.notice.servicer import NoticeServicer
from services.expeditions.planner.candidates import Candidates
from services.expeditions.planner.servicer import PlannerServicer

PLANNERS, MOST_PLANS = 2, 8
"""Worker processes, and how many plans are made or wait at once."""


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
    editions = Editions(memory)
    operations, collection = runtime.operations, runtime.dial("collection")
    peers = Peers(runtime.dial("users"), collection, runtime.dial("economy"))
    operations.register(StartFlow(collection, memory, rotations, editions, clock))
    operations.register(RepeatFlow(collection, memory, rotations, editions, clock))
    operations.register(CompleteFlow(peers, operations, editions, clock))
    operations.register(CancelFlow(collection, clock))
    expeditions = Served(
        ExpeditionServicer(database, runtime.once, operations, editions, clock),
        expedition_pb2_grpc.add_ExpeditionServiceServicer_to_server,
        expedition_pb2.DESCRIPTOR.services_by_name["ExpeditionService"],
    )
    notices = Served(
        NoticeServicer(database, runtime.once, clock),
        notice_pb2_grpc.add_NoticeServiceServicer_to_server,
        notice_pb2.DESCRIPTOR.services_by_name["NoticeService"],
    )
    planners = Workers(PLANNERS, most_waiting=MOST_PLANS)
    runtime.meter.look_at_workers({"planner": planners})
    planner = PlannerServicer(memory, Candidates(collection), planners)
    plans = Served(
        planner,
        planner_pb2_grpc.add_PlannerServiceServicer_to_server,
        planner_pb2.DESCRIPTOR.services_by_name["PlannerService"],
    )
    return Parts(
        served=[atlas, expeditions, notices, plans],
        background=[memory.watch, rotations.keep_open, planner.stand_by],
        prepare=memory.look,
    )


SERVICE = Service(
    name="expeditions",
    migrations=(KIT_MIGRATIONS, Path(__file__).parent / "migrations"),
    rejection=ExpeditionsRejection,
    build=build,
    holdings=(
        Holding("notices", key=("notice_id uuid",), hidden=("lease_until",)),
        Holding("expedition_logs", key=("expedition_id uuid", "log_no smallint")),
        Holding(
            "expedition_participants", key=("expedition_id uuid", "position_in_party smallint")
        ),
        # Who knows the seed knows what will happen.
        Holding("user_expeditions", key=("expedition_id uuid",), hidden=("seed",)),
    ),
)
