"""geminya.common.v1: what every service serves about operations, and about a player's life in it."""

# The generated base class names the context; a decorated method does without.
# pyright: reportIncompatibleMethodOverride=false

from collections.abc import Sequence
from typing import Any

from chassis.operations import holdings, store
from chassis.operations.gate import close_gate, lock_gate
from chassis.operations.holdings import Holding, Place
from chassis.operations.once import Outcome, close_step, find_outcome
from chassis.operations.refusals import OperationNotFound
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.rpc.page import BadRequest
from chassis.rpc.short_id import ids_beginning
from chassis.rpc.status import Violation
from chassis.wire import time_out
from geminya.common.v1 import life_pb2
from geminya.common.v1 import operation_pb2 as pb
from geminya.common.v1.life_pb2_grpc import ClosingServiceServicer, ExportServiceServicer
from geminya.common.v1.operation_pb2_grpc import OperationServiceServicer

STATES = {
    store.DONE: pb.OPERATION_STATE_DONE,
    store.REJECTED: pb.OPERATION_STATE_REJECTED,
    store.CLOSED_GONE: pb.OPERATION_STATE_CLOSED_GONE,
    store.REFUNDED: pb.OPERATION_STATE_REFUNDED,
}
MOST_FOUND = 10

EXPORT_SIZE = 100
EXPORT_BYTES = 256 * 1024
"""A page ends with the row that passes this: far below what one answer may be."""


class OperationServicer(OperationServiceServicer):
    """Tells where an operation stands."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @query
    async def GetOperation(
        self, request: pb.GetOperationRequest, tx: Tx
    ) -> pb.GetOperationResponse:
        """Where the operation stands."""
        row = await store.find_operation(tx, request.user_id, request.op_id)
        if row is None:
            raise OperationNotFound(op_id=request.op_id)
        return pb.GetOperationResponse(
            kind=row.kind,
            state=STATES.get(row.state, pb.OPERATION_STATE_OPEN),
            create_time=time_out(row.created_at),
            update_time=time_out(row.updated_at),
        )

    @query
    async def SearchOperations(
        self, request: pb.SearchOperationsRequest, tx: Tx
    ) -> pb.SearchOperationsResponse:
        """What is remembered of changes whose op id begins so."""
        ids = ids_beginning(request.short_id)
        found = await store.search_operations(tx, request.user_id, ids, MOST_FOUND)
        return pb.SearchOperationsResponse(operations=[found_out(one) for one in found])

    async def CloseStep(self, request: pb.CloseStepRequest, _: Any) -> pb.CloseStepResponse:
        """What became of a step; one that was not done never is, unless this only looks."""
        op = request.op
        if not op.step:
            raise BadRequest(Violation("op.step", "is missing"))
        if request.only_look:
            return closed_out(await find_outcome(self.database.bare, op))
        async with self.database.transaction() as tx:
            await lock_gate(tx, op.user_id, op.epoch)
            outcome = await find_outcome(tx, op)
            if outcome is None:
                await close_step(tx, op)
        return closed_out(outcome)


class ExportServicer(ExportServiceServicer):
    """Tells a player what the service holds about them."""

    def __init__(self, database: Database, held: Sequence[Holding]) -> None:
        self.database = database
        self.holdings = held

    @query
    async def ListHeldRows(
        self, request: life_pb2.ListHeldRowsRequest, tx: Tx
    ) -> life_pb2.ListHeldRowsResponse:
        """The rows of one table after another."""
        filters = ("held rows", request.user_id)
        key = page.decode(filters, request.page_token, 1)
        place = holdings.place_in(self.holdings, key[0]) if key else Place(0)
        size = request.page_size or EXPORT_SIZE
        rows = await holdings.list_held(tx, self.holdings, request.user_id, place, size + 1)
        shown = within_bytes(rows[:size])
        token = ""
        if len(rows) > len(shown):
            token = page.encode(filters, (holdings.place_out(shown[-1].place),))
        return life_pb2.ListHeldRowsResponse(
            rows=[life_pb2.HeldRow(table=row.table, json=row.body) for row in shown],
            next_page_token=token,
        )


class ClosingServicer(ClosingServiceServicer):
    """Ends a player's life in this service."""

    def __init__(self, database: Database, held: Sequence[Holding]) -> None:
        self.database = database
        self.holdings = held

    async def CloseUser(
        self, request: life_pb2.CloseUserRequest, _: Any
    ) -> life_pb2.CloseUserResponse:
        """Closes the gate first, so that nothing can come after; then ends what is there, batch by batch."""
        op, tx = request.op, self.database.bare
        if await close_gate(tx, op.user_id, op.epoch):
            await holdings.end_life(tx, self.holdings, op.user_id, op.epoch, op.op_id)
        return life_pb2.CloseUserResponse()

    @query
    async def GetOpenCount(
        self, request: life_pb2.GetOpenCountRequest, tx: Tx
    ) -> life_pb2.GetOpenCountResponse:
        """How many operations of the player are under way."""
        return life_pb2.GetOpenCountResponse(count=await store.count_open(tx, request.user_id))


def within_bytes(rows: list[holdings.Told]) -> list[holdings.Told]:
    """As many rows as an answer carries, and at least one."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.body.encode())
        if size > EXPORT_BYTES:
            return rows[: number + 1]
    return rows


def closed_out(outcome: Outcome | None) -> pb.CloseStepResponse:
    """Whether a step was done."""
    return pb.CloseStepResponse(is_done=outcome is not None and outcome.outcome == "DONE")


def found_out(found: store.Found) -> pb.FoundOperation:
    """An operation or a step as a message."""
    return pb.FoundOperation(
        op_id=found.op_id,
        kind=found.kind,
        state=STATES.get(found.state, pb.OPERATION_STATE_OPEN),
        step=found.step,
        create_time=time_out(found.created_at),
        update_time=time_out(found.updated_at),
    )
