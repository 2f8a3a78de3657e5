"""The half of `AdminService` that is about operations: look, retry, refund."""

# The generated base class names the context; a decorated method does without.
# pyright: reportIncompatibleMethodOverride=false

from typing import Any

from chassis.operations import oversight, store, telling
from chassis.operations.acts import act, write_audit
from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.operations.oversight import Brief
from chassis.operations.places import place_in, place_out
from chassis.operations.refunds import Refunds
from chassis.operations.refusals import (
    NotParked,
    OperationFinal,
    OperationNotFound,
    OpReused,
    RefundBegun,
)
from chassis.operations.servicer import STATES
from chassis.operations.store import REFUNDED, REFUNDING, Row
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.wire import time_out
from geminya.common.v1 import admin_pb2 as pb
from geminya.common.v1 import money_pb2, operation_pb2
from geminya.common.v1.admin_pb2_grpc import AdminServiceServicer


class Interventions(AdminServiceServicer):
    """What an operator sees of operations, and how they are helped on or ended."""

    database: Database
    once: Once
    operations: Operations
    refunds: Refunds

    @query
    async def AdminListOperations(
        self, request: pb.AdminListOperationsRequest, tx: Tx
    ) -> pb.AdminListOperationsResponse:
        """Operations, the newest first."""
        which = "parked" if request.is_parked else "open" if request.is_open else "all"
        filters = ("operations", which, request.kind, request.user_id)
        before = place_in(page.decode(filters, request.page_token, 3))
        size = page.size_of(request.page_size)
        rows = await oversight.list_operations(
            tx, which, request.kind, request.user_id, before, size + 1
        )
        last = rows[size - 1] if len(rows) > size else None
        token = page.encode(filters, place_out(last, last.created_at)) if last else ""
        return pb.AdminListOperationsResponse(
            operations=[brief_out(row) for row in rows[:size]], next_page_token=token
        )

    @query
    async def AdminGetOperation(
        self, request: pb.AdminGetOperationRequest, tx: Tx
    ) -> pb.AdminGetOperationResponse:
        """One operation with all that it knows, secrets aside."""
        row = await store.find_operation(tx, request.user_id, request.op_id)
        brief = await oversight.find_brief(tx, request.user_id, request.op_id)
        if row is None or brief is None:
            raise OperationNotFound(op_id=request.op_id)
        answer = pb.AdminGetOperationResponse(operation=brief_out(brief), trace=row.trace)
        flow = self.operations.flows.get(row.kind)
        if flow is not None:
            answer.request_json = telling.request_told(flow, row)
            answer.kept_json = telling.kept_told(flow, row)
            answer.result_json = telling.result_told(flow, row)
        return answer

    @act
    async def AdminRetryOperation(
        self, request: pb.AdminRetryOperationRequest, tx: Tx
    ) -> pb.AdminRetryOperationResponse:
        """Lets an open operation go on; the sweeper takes it within a second."""
        before = await oversight.lock_brief(tx, request.user_id, request.op_id)
        if before is None:
            raise OperationNotFound(op_id=request.op_id)
        refuse_ended(before.op_id, before.state)
        after = await oversight.let_go_on(tx, request.user_id, request.op_id)
        await write_audit(
            tx,
            request.act,
            "retry",
            before=brief_kept(before),
            after=brief_kept(after),
            user_id=request.user_id,
        )
        return pb.AdminRetryOperationResponse(operation=brief_out(after))

    async def AdminRefundOperation(
        self, request: pb.AdminRefundOperationRequest, _: object
    ) -> pb.AdminRefundOperationResponse:
        """Pays the price of a parked operation back and ends it."""
        tx = self.database.bare
        row = await self._find(request)
        if not await oversight.is_refund(tx, row.user_id, request.act.op_id, row.op_id):
            await self._begin_refund(request, row)
            row = await self._find(request)
        if row.state == REFUNDING:
            await self.refunds.run(row)
            row = await self._find(request)
        if row.state != REFUNDED:
            # The same act, and yet another end: its life was closed, or it was handed over in the last moment.
            refuse_ended(row.op_id, row.state)
            raise NotParked(op_id=row.op_id)
        return await self._refunded(row)

    async def _begin_refund(self, request: pb.AdminRefundOperationRequest, row: Row) -> None:
        refuse_ended(row.op_id, row.state)
        if not row.parked:
            raise NotParked(op_id=row.op_id)
        await self.refunds.require(row)
        before = {"op_id": row.op_id, "kind": row.kind, "state": row.state, "is_parked": True}
        after = {**before, "state": REFUNDED, "is_parked": False}
        if not await oversight.begin_refund(self.database, row, request.act, before, after):
            again = await self._find(request)
            refuse_ended(again.op_id, again.state)
            if again.parked and again.state == row.state:
                raise OpReused
            raise NotParked(op_id=again.op_id)

    async def _find(self, request: pb.AdminRefundOperationRequest) -> Row:
        row = await store.find_operation(self.database.bare, request.user_id, request.op_id)
        if row is None:
            raise OperationNotFound(op_id=request.op_id)
        return row

    async def _refunded(self, row: Row) -> pb.AdminRefundOperationResponse:
        brief = await oversight.find_brief(self.database.bare, row.user_id, row.op_id)
        assert brief is not None, "it was there a moment ago"
        refund = self.refunds.plan(row)
        changes: Any = refund.change.changes if refund else ()
        refunded = [money_pb2.Money(currency=one.currency, amount=one.amount) for one in changes]
        return pb.AdminRefundOperationResponse(operation=brief_out(brief), refunded=refunded)


def refuse_ended(op_id: str, state: int) -> None:
    """Refuses what cannot go on by itself: it is over, or on its way back."""
    if state >= store.DONE:
        raise OperationFinal(op_id=op_id)
    if state == REFUNDING:
        raise RefundBegun(op_id=op_id)


def brief_out(brief: Brief) -> pb.OperationBrief:
    """Where an operation stands, as a message."""
    is_open = brief.state < store.DONE
    return pb.OperationBrief(
        user_id=brief.user_id,
        op_id=brief.op_id,
        epoch=brief.epoch,
        kind=brief.kind,
        state=STATES.get(brief.state, operation_pb2.OPERATION_STATE_OPEN),
        phase=brief.phase if is_open else 0,
        is_parked=is_open and brief.parked,
        attempt=brief.attempt,
        trouble=brief.trouble,
        create_time=time_out(brief.created_at),
        update_time=time_out(brief.updated_at),
    )


def brief_kept(brief: Brief) -> dict[str, object]:
    """Where an operation stands, as the audit keeps it."""
    return {
        "op_id": brief.op_id,
        "kind": brief.kind,
        "is_parked": brief.parked,
        "attempt": brief.attempt,
    }
