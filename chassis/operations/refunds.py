"""Refunds: an operation that cannot go on ends by paying its price back, exactly once (decision 0022).

An operator may do it with a parked operation. First the operation takes state 9, which no phase of its own leaves;
from then on it cannot be driven, and whoever drives the refund can die: the sweeper goes on with it. Then every
step that hands something over is closed at whoever does it, so that a late copy finds it closed. Only then is the
price paid back, as step 90.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import structlog
from google.protobuf import json_format
from google.protobuf.message import Message

from chassis.operations import store
from chassis.operations.operation import (
    Drive,
    Elsewhere,
    Operation,
    Operations,
    Parked,
    Phase,
    Step,
)
from chassis.operations.refusals import NothingToRefund, Refunded, UserGone, keep
from chassis.operations.store import CLOSED_GONE, STEPS_KEPT_DAYS, Row
from chassis.rpc.channel import deadline
from geminya.common.v1 import operation_pb2 as pb
from geminya.common.v1.op_pb2 import Op

if TYPE_CHECKING:
    from geminya.common.v1.operation_pb2_grpc import OperationServiceAsyncStub

log = structlog.get_logger()
M = TypeVar("M", bound=Message)

PAY_BACK = Step(90, name="pay back")
REMEMBERED = timedelta(days=STEPS_KEPT_DAYS - 5)
"""Older steps may be forgotten at one service and not yet at another: nobody can tell what was handed over."""
REST_S = 60.0
"""Between two tries of a refund that its player's wallet has no room for."""
KEY = b"refund"
"""Stands for the content among the drives of this process."""


@dataclass(frozen=True, slots=True)
class Part:
    """A step of the flow, and the service that remembers what became of it."""

    step: Step
    memory: "OperationServiceAsyncStub"


@dataclass(frozen=True, slots=True)
class Refund:
    """How the price of one operation comes back."""

    paid: Part
    """The step that took it."""
    handed: Sequence[Part]
    """Steps that hand something over: none of them may be done."""
    pay_back: Callable[..., Awaitable[Any]]
    change: Any
    """What `pay_back` is asked for; its op is set here."""
    undo: tuple[str, tuple[object, ...]] | None = None
    """As in `Operation.take_back`: what gives back what a phase had taken."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the phases of an operation have kept."""

    row: Row

    def __call__(self, phase: Phase[M]) -> M | None:
        """The message of a phase; none where it was not done."""
        found = self.row.frozen.get(str(phase.number))
        return None if found is None else json_format.ParseDict(found, phase.keeps())


@runtime_checkable
class Refundable(Protocol):
    """A flow that takes a price."""

    def refund(self, order: Any, kept: Kept) -> Refund | None:
        """How the price comes back; none where a phase has handed over what was paid for."""
        ...


@dataclass(slots=True)
class Refunds:
    """The refunds of one service."""

    operations: Operations
    _begun: dict[tuple[int, str], asyncio.Task[None]] = field(default_factory=dict)

    def plan(self, row: Row) -> Refund | None:
        """How the price of an operation comes back, as far as this service knows."""
        flow = self.operations.flows.get(row.kind)
        if not isinstance(flow, Refundable) or row.is_wiped:
            return None
        order: Any = flow.order.FromString(row.request)
        return flow.refund(order, Kept(row))

    async def require(self, row: Row) -> Refund:
        """The plan, where the price was paid and nothing is handed over yet; else `NothingToRefund`."""
        refund = self.plan(row)
        if datetime.now(UTC) - row.created_at > REMEMBERED:
            refund = None
        if refund is None or not await _is_done(refund.paid, row):
            raise NothingToRefund(op_id=row.op_id)
        for part in refund.handed:
            if await _is_done(part, row):
                raise NothingToRefund(op_id=row.op_id)
        return refund

    async def run(self, row: Row) -> None:
        """Drives a refund that has begun, or joins whoever drives it here; ends also without the caller."""
        key = (row.user_id, row.op_id)
        task = self._begun.get(key)
        if task is None:
            task = asyncio.create_task(self._drive(row))
            self._begun[key] = task
            answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
            drives, known = self.operations.drives, (*key, KEY)
            drives[known] = Drive(task, answer)

            def forget(_: object) -> None:
                self._begun.pop(key, None)
                drives.pop(known, None)
                answer.cancel()

            task.add_done_callback(forget)
        await asyncio.shield(task)

    async def _drive(self, row: Row) -> None:
        deadline.set(None)
        refund = self.plan(row)
        assert refund is not None, "a refund begins only where there is one"
        flow, tx = self.operations.flows[row.kind], self.operations.database.bare
        order: Any = flow.order.FromString(row.request)
        operation = Operation(self.operations, order.op, flow, order)
        operation.resume(row)
        try:
            await self._close_steps(operation, refund, row)
            await operation.step(PAY_BACK, refund.pay_back, refund.change)
            statement, args = refund.undo or (store.MOVE_NOTHING, ())
            await operation.end_refunded(keep(Refunded(op_id=row.op_id)), statement, *args)
            log.info("operation.refunded", kind=row.kind, op_id=row.op_id)
        except Elsewhere:
            return
        except UserGone as gone:
            await operation.close(CLOSED_GONE, keep(gone))
        except Parked as trouble:
            log.error("operation.refund_stuck", kind=row.kind, op_id=row.op_id, why=str(trouble))
            await store.put_off(tx, row.user_id, row.op_id, REST_S, str(trouble))
            raise

    async def _close_steps(self, operation: Operation, refund: Refund, row: Row) -> None:
        """From here on nothing is handed over any more; what was, in the last moment, ends the refund."""
        for part in refund.handed:
            closed = await operation.step(part.step, part.memory.CloseStep, pb.CloseStepRequest())
            if closed.is_done:
                tx = self.operations.database.bare
                await store.call_refund_off(tx, row.user_id, row.op_id)
                raise NothingToRefund(op_id=row.op_id)


async def _is_done(part: Part, row: Row) -> bool:
    op = Op(op_id=row.op_id, user_id=row.user_id, epoch=row.epoch, step=part.step.number)
    answer = await part.memory.CloseStep(pb.CloseStepRequest(op=op, only_look=True))
    return answer.is_done
