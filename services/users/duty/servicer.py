"""geminya.users.v1.DutyService"""

from chassis.postgres import Database, Tx
from chassis.rpc.methods import query
from geminya.users.v1 import duty_pb2 as pb
from geminya.users.v1.duty_pb2_grpc import DutyServiceServicer
from services.users.duty import store
from services.users.errors import DutyLost

KINDS = {
    pb.DUTY_KIND_IDENTIFY: "identify",
    pb.DUTY_KIND_SHARE: "share",
    pb.DUTY_KIND_COMMANDS: "commands",
}


class DutyServicer(DutyServiceServicer):
    """Who does what only one may do."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @query
    async def LeaseDuty(self, request: pb.LeaseDutyRequest, tx: Tx) -> pb.LeaseDutyResponse:
        """Takes or renews a duty."""
        note = request.note if request.HasField("note") else None
        lease = await store.lease_duty(
            tx, KINDS[request.kind], request.number, request.holder, request.duration_ms, note
        )
        if lease is None:
            # Two came at once, and the other one was the first who ever took it.
            return pb.LeaseDutyResponse(wait_ms=request.duration_ms)
        return pb.LeaseDutyResponse(
            is_held=lease.is_held, token=lease.token, note=lease.note, wait_ms=lease.wait_ms
        )

    @query
    async def ReturnDuty(self, request: pb.ReturnDutyRequest, tx: Tx) -> pb.ReturnDutyResponse:
        """Gives a duty back."""
        kind, note = KINDS[request.kind], request.note
        is_returned = await store.return_duty(
            tx, kind, request.number, request.holder, request.token, note
        )
        if not is_returned:
            raise DutyLost
        return pb.ReturnDutyResponse()
