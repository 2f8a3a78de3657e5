"""What an operator does to content, features and operations: once per act, and never without its audit row.

A short act is a method under `@act`. An import, which takes longer, calls `write_audit` in the transaction that
writes, where it changed something: the same files again change nothing and need no row.
"""

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from google.protobuf.message import Message

from chassis.operations.refusals import OpReused
from chassis.postgres import Tx
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from geminya.common.v1.operator_pb2 import Act

R = TypeVar("R", bound=Message)
NOBODY = 0
"""The player of an act that is about none."""


def act_of(request: Any) -> Act:
    """Who imports, and why; the first piece of a stream must tell. A trial acts for nobody."""
    is_trial = getattr(request, "dry_run", False)
    if not is_trial and not request.HasField("act"):
        raise BadRequest(Violation("act", "is missing"))
    return request.act


async def lock_acts(tx: Tx, _: int, __: int) -> None:
    """One act of a service at a time: they are rare and short."""
    await tx.run(
        """
        -- lock_acts
        SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.acts'))
        """
    )


async def write_audit(
    tx: Tx,
    act: Act,
    action: str,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    user_id: int = NOBODY,
) -> None:
    """Who did what and why, as it was and as it became. An act that was written before is refused."""
    by = act.operator
    written = await tx.run(
        """
        -- write_audit
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING
        """,
        *(user_id, act.op_id, action, by.name, by.reason, by.ticket, before, after),
    )
    if not written:
        # Kept outcomes are forgotten some day, the audit is not.
        raise OpReused


def act(
    method: Callable[[Any, Any, Tx], Awaitable[R]],
) -> Callable[[Any, Any, object], Awaitable[R]]:
    """A change of several statements by an operator, in one transaction, once per act.

    The method gets the request and the transaction, and writes the audit row; its servicer has `self.once`.
    """
    answer_type: type[R] = method.__annotations__["return"]

    @functools.wraps(method)
    async def call(self: Any, request: Any, context: object = None) -> R:
        def work(tx: Tx) -> Awaitable[R]:
            return method(self, request, tx)

        return answer_type.FromString(await self.once.transact(request, work, lock_acts))

    return call
