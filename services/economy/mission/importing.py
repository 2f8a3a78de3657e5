"""What an operator does with missions: brings them in, and takes one off the list."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from chassis.operations.acts import act_of, lock_acts, write_audit
from chassis.postgres import Database, Tx
from geminya.common.v1.operator_pb2 import Act
from geminya.economy.v1 import mission_pb2 as pb
from services.economy.errors import MissionNotFound
from services.economy.mission import rules, store
from services.economy.mission.rules import Mission


async def import_missions(
    database: Database, request: pb.AdminImportMissionsRequest, missions: Sequence[Mission]
) -> pb.AdminImportMissionsResponse:
    """Adds and changes missions, all or nothing."""
    act = act_of(request)
    async with database.transaction() as tx:
        await lock_acts(tx, 0, 0)
        there = {mission.id: mission for mission in await store.list_missions(tx)}
        problems = [*rules.faults(missions), *rules.turned(missions, there)]
        if problems:
            return pb.AdminImportMissionsResponse(problems=problems)
        news = [mission for mission in missions if there.get(mission.id) != mission]
        old = [there[mission.id] for mission in news if mission.id in there]
        if news and not request.dry_run:
            await store.save_missions(tx, news)
            await tell(tx, act, "import_missions", old, news)
    return pb.AdminImportMissionsResponse(
        added=len(news) - len(old),
        changed=len(old),
        unchanged=len(missions) - len(news),
        is_written=not request.dry_run,
    )


async def end_mission(tx: Tx, act: Act, mission_id: str) -> Mission:
    """Takes a mission off the list."""
    missions = {mission.id: mission for mission in await store.list_missions(tx)}
    before = missions.get(mission_id)
    if before is None:
        raise MissionNotFound(mission_id=mission_id)
    after = replace(before, is_active=False)
    await store.end_mission(tx, mission_id)
    await tell(tx, act, "end_mission", [before], [after])
    return after


async def tell(
    tx: Tx, act: Act, action: str, before: Sequence[Mission], after: Sequence[Mission]
) -> None:
    """The audit row of an act, by the ids of missions."""
    await write_audit(
        tx,
        act,
        action,
        before={mission.id: asdict(mission) for mission in before},
        after={mission.id: asdict(mission) for mission in after},
    )
