"""geminya.economy.v1.MissionService"""

# The generated base class names the context; a decorated method does without.
# pyright: reportIncompatibleMethodOverride=false

from chassis.clock import Clock, statement_time
from chassis.operations.acts import act
from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from chassis.wire import time_in, time_out
from geminya.economy.v1 import mission_pb2 as pb
from geminya.economy.v1.mission_pb2_grpc import MissionServiceServicer
from services.economy.mission import importing, rules, store


class MissionServicer(MissionServiceServicer):
    """Daily and weekly missions and their progress."""

    def __init__(
        self, database: Database, once: Once, operations: Operations, clock: Clock
    ) -> None:
        self.database = database
        self.once = once
        self.operations = operations
        self.clock = clock

    @query
    async def ListMissions(
        self, request: pb.ListMissionsRequest, tx: Tx
    ) -> pb.ListMissionsResponse:
        """What there is to do today and this week, with the player's progress."""
        rows = await store.list_progress(
            tx, request.user_id, statement_time(self.clock), self.clock.day_offset
        )
        return pb.ListMissionsResponse(missions=[progress_out(row) for row in rows])

    async def ClaimMission(
        self, request: pb.ClaimMissionRequest, _: object
    ) -> pb.ClaimMissionResponse:
        """Pays the reward of a mission that is done."""
        return await self.operations.run("claim_mission", request)

    async def ClaimAllMissions(
        self, request: pb.ClaimAllMissionsRequest, _: object
    ) -> pb.ClaimAllMissionsResponse:
        """Pays the rewards of everything that is done."""
        return await self.operations.run("claim_missions", request)

    async def RecordActivity(
        self, request: pb.RecordActivityRequest, _: object
    ) -> pb.RecordActivityResponse:
        """Counts what happened in another service, for the day on which it did."""
        try:
            time = time_in(request.time)
        except (ValueError, OverflowError):
            raise BadRequest(Violation("time", "is no moment")) from None
        given = (request.type, request.count, time, self.clock.day_offset)
        await self.once.run(request, store.RECORD, *given)
        return pb.RecordActivityResponse()

    @query
    async def AdminListMissions(
        self, request: pb.AdminListMissionsRequest, tx: Tx
    ) -> pb.AdminListMissionsResponse:
        """Every mission, and how many players are at it."""
        filters = ("missions",)
        size = page.size_of(request.page_size)
        after, *_ = page.decode(filters, request.page_token, 1) or ("",)
        now, offset = statement_time(self.clock), self.clock.day_offset
        rows = await store.list_counts(tx, now, offset, after, size + 1)
        token = page.encode(filters, (rows[size - 1].id,)) if len(rows) > size else ""
        found = [count_out(row) for row in rows[:size]]
        return pb.AdminListMissionsResponse(missions=found, next_page_token=token)

    @act
    async def AdminEndMission(
        self, request: pb.AdminEndMissionRequest, tx: Tx
    ) -> pb.AdminEndMissionResponse:
        """Takes a mission off the list."""
        ended = await importing.end_mission(tx, request.act, request.mission_id)
        return pb.AdminEndMissionResponse(mission=mission_out(ended))

    async def AdminImportMissions(
        self, request: pb.AdminImportMissionsRequest, _: object
    ) -> pb.AdminImportMissionsResponse:
        """Adds and changes missions, all or nothing."""
        missions = [mission_in(mission) for mission in request.missions]
        return await importing.import_missions(self.database, request, missions)


def mission_in(mission: pb.Mission) -> rules.Mission:
    """A mission as its operator wrote it."""
    return rules.Mission(
        id=mission.mission_id,
        name=mission.name.strip(),
        description=mission.description.strip(),
        type=mission.type,
        period=mission.period,
        target_count=mission.target_count,
        # The first design's word for the same thing (docs/game.md).
        reward_type="sakura_crystals" if mission.reward_type == "gems" else mission.reward_type,
        reward_amount=mission.reward_amount,
        difficulty=mission.difficulty,
        is_active=mission.is_active,
    )


def mission_out(mission: rules.Mission) -> pb.Mission:
    """A mission as a message."""
    return pb.Mission(
        mission_id=mission.id,
        name=mission.name,
        description=mission.description,
        type=mission.type,
        period=mission.period,
        target_count=mission.target_count,
        reward_type=mission.reward_type,
        reward_amount=mission.reward_amount,
        difficulty=mission.difficulty,
        is_active=mission.is_active,
    )


def progress_out(row: store.Progress) -> pb.MissionProgress:
    """A mission with progress as a message."""
    return pb.MissionProgress(
        mission=mission_out(row),
        current_progress=row.current_progress,
        completed=row.completed,
        claimed=row.claimed,
        reset_time=time_out(row.reset_time),
    )


def count_out(row: store.Counted) -> pb.MissionCount:
    """A mission with its players as a message."""
    return pb.MissionCount(
        mission=mission_out(row),
        started=row.started,
        completed=row.completed,
        claimed=row.claimed,
        reset_time=time_out(row.reset_time),
    )
