"""Facts: what a change tells another service, behind its own commit and without anybody waiting (flow F13).

The statement of the change writes the row of an operation that nobody drives, and the sweeper, woken at once, tells
it on until it is answered. The other service being away refuses and slows nothing; the row waits.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, NoReturn

from google.protobuf.message import Message

from chassis import telemetry
from chassis.ids import op_of_fact
from chassis.operations.once import request_hash
from chassis.operations.operation import Look, Operation, Phase, Step
from chassis.operations.store import FACT
from geminya.common.v1.op_pb2 import Op

KIND = "record"
TELL = Step(1, name="tell")


def told(cause: str, *, time: str, first: int) -> str:
    """A part of a statement: writes a fact down where CTE `cause` has a row, which happened at `time`.

    Its parameters are those of `fact_of`, from `first` on; those of the player and the epoch are every statement's.
    """
    op_id, digest, request, trace = (f"${first + n}" for n in range(4))
    return f"""told_fact AS (
        INSERT INTO operation (user_id, op_id, kind, epoch, request_hash, request, state, frozen, trace, lease_until)
        SELECT $1, {op_id}::uuid, '{KIND}', $4, {digest}::bytea, {request}::bytea, {FACT},
            jsonb_build_object('{FACT}', jsonb_build_object(
                'time', to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))),
            {trace}::text, now()
        FROM {cause}
        ON CONFLICT DO NOTHING
    )"""


def fact_of(cause: Op, request: Any) -> tuple[str, bytes, bytes, str]:
    """What a statement with `told` needs: the fact has an op of its own, which follows from its cause."""
    op = Op(op_id=op_of_fact(cause.op_id), user_id=cause.user_id, epoch=cause.epoch)
    request.op.CopyFrom(op)
    body = request.SerializeToString(deterministic=True)
    return op.op_id, request_hash(request), body, telemetry.traceparent()


class FactFlow:
    """Tells what has happened, once; a service says whom, and by which messages."""

    kind: ClassVar[str] = KIND
    order: ClassVar[type[Message]]
    answer: ClassVar[type[Message]]

    def __init__(self, tell: Callable[..., Awaitable[Message]]) -> None:
        self.tell = tell

    async def run(self, op: Operation, order: Any) -> Message:
        """The wish, from top to bottom."""
        happened: Any = await op.phase(Phase(FACT, self.order), self.happens)
        request: Any = self.order()
        request.CopyFrom(order)
        request.time.CopyFrom(happened.time)
        return await op.step(TELL, self.tell, request)

    async def happens(self, _: Look) -> NoReturn:
        """Never here: the statement that made it happen has kept it."""
        raise AssertionError("a fact without its cause")
