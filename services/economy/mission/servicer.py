"""geminya.economy.v1.MissionService"""

from chassis.clock import Clock, statement_time
from chassis.postgres import Database, Tx
from chassis.rpc.methods import query
from geminya.economy.v1 import mission_pb2 as pb
from geminya.economy.v1.mission_pb2_grpc import MissionServiceServicer
from services.economy.mission import rules, store


class MissionServicer(MissionServiceServicer):
    """Daily and weekly missions and their progress."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
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

    async def AdminImportMissions(
        self, request: pb.AdminImportMissionsRequest, _: object
    ) -> pb.AdminImportMissionsResponse:
        """Adds and changes missions, all or nothing."""
        missions = [mission_in(mission) for mission in request.missions]
        problems = list(rules.faults(missions))
        if problems:
            return pb.AdminImportMissionsResponse(problems=problems)
        counts = await store.save_missions(self.database.bare, missions)
        return pb.AdminImportMissionsResponse(
            added=counts.added,
            changed=counts.changed,
            unchanged=len(missions) - counts.added - counts.changed,
        )


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


def progress_out(row: store.Progress) -> pb.MissionProgress:
    """A mission with progress as a message."""
    return pb.MissionProgress(
        mission=pb.Mission(
            mission_id=row.id,
            name=row.name,
            description=row.description,
            type=row.type,
            period=row.period,
            target_count=row.target_count,
            reward_type=row.reward_type,
            reward_amount=row.reward_amount,
            difficulty=row.difficulty,
            is_active=row.is_active,
        ),
        current_progress=row.current_progress,
        completed=row.completed,
        claimed=row.claimed,
    )
