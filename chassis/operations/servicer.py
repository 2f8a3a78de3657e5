"""geminya.common.v1.OperationService, the same in every service."""

# The generated base class names the context; a decorated method does without.
# pyright: reportIncompatibleMethodOverride=false

from chassis.operations import store
from chassis.operations.refusals import OperationNotFound
from chassis.postgres import Database, Tx
from chassis.rpc.methods import query
from chassis.wire import time_out
from geminya.common.v1 import operation_pb2 as pb
from geminya.common.v1.operation_pb2_grpc import OperationServiceServicer

STATES = {
    store.DONE: pb.OPERATION_STATE_DONE,
    store.REJECTED: pb.OPERATION_STATE_REJECTED,
    store.CLOSED_GONE: pb.OPERATION_STATE_CLOSED_GONE,
    store.REFUNDED: pb.OPERATION_STATE_REFUNDED,
}


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
