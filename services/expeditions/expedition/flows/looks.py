"""What the flows of an expedition read before they decide."""

import asyncio

from chassis.clock import Clock, statement_time
from chassis.operations.operation import Look
from chassis.postgres import Tx
from geminya.common.v1.op_pb2 import Op
from geminya.expeditions.v1 import expedition_pb2 as pb
from services.expeditions.errors import ExpeditionNotFound
from services.expeditions.expedition import messages, snapshot, store
from services.expeditions.expedition.editions import Editions


async def find(
    look: Look, op: Op, expedition_id: str, clock: Clock | None = None
) -> store.Expedition:
    """The player's expedition, or `ExpeditionNotFound`."""
    now = None if clock is None else statement_time(clock)
    row = await store.find_expedition(look.tx, op.user_id, expedition_id, now)
    if row is None:
        raise ExpeditionNotFound(expedition_id=expedition_id)
    return row


async def tell(tx: Tx, editions: Editions, row: store.Expedition) -> pb.Report:
    """All that happens, from what was frozen. It takes milliseconds, so others get their turn meanwhile."""
    encounters = await editions.encounters(tx, row.atlas_version)
    frozen = snapshot.thaw(row.expedition_data)
    report = await asyncio.to_thread(
        snapshot.resolve, row.expedition_id, row.seed, frozen, encounters
    )
    return messages.report_out(report, encounters)


def told(row: store.Expedition) -> pb.Resolved:
    """An expedition that was completed before."""
    assert row.final_results is not None
    assert row.settlement is not None
    return pb.Resolved(
        expedition=messages.expedition_out(row),
        report=messages.text_in(row.final_results),
        settlement=messages.settlement_in(row.settlement),
    )
