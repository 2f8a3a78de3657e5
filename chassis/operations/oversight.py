"""Operations in PostgreSQL, as an operator looks at them and acts on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.operations import store
from chassis.operations.gate import STALE_TRIES, lock_gate, refuse_shut
from chassis.operations.places import Place
from chassis.operations.store import REFUNDING, Row, phase_statement
from chassis.postgres import Database, Tx
from geminya.common.v1.operator_pb2 import Act


@dataclass(frozen=True, slots=True)
class Brief:
    """Where an operation stands, without what it is about."""

    user_id: int
    op_id: str
    epoch: int
    kind: str
    state: int
    phase: int
    parked: bool
    attempt: int
    trouble: str
    trace: str
    created_at: datetime
    updated_at: datetime


BRIEF = """user_id, op_id, epoch, kind, state, parked, attempt, trouble, trace, created_at, updated_at,
    COALESCE((SELECT max(key::int) FROM jsonb_object_keys(frozen) AS key WHERE key::int < 9), 0) AS phase"""
WHICH = {"all": "true", "open": "state < 10", "parked": "state < 10 AND parked"}
"""Written out and not given as parameters, so that the partial indexes serve them."""


async def list_operations(
    tx: Tx, which: str, kind: str, user_id: int, before: Place | None, limit: int
) -> list[Brief]:
    """The operations before a place, the newest first."""
    at, op_id, of = before or (None, None, None)
    return await tx.all(
        Brief,
        f"""
        -- list_{which}_operations
        SELECT {BRIEF}
        FROM operation
        WHERE {WHICH[which]}
            AND ($1 = '' OR kind = $1)
            AND ($2::bigint = 0 OR user_id = $2)
            AND ($3::timestamptz IS NULL OR (created_at, op_id, user_id) < ($3, $4::uuid, $5::bigint))
        ORDER BY created_at DESC, op_id DESC, user_id DESC
        LIMIT $6
        """,
        *(kind, user_id, at, op_id, of, limit),
    )


async def find_brief(tx: Tx, user_id: int, op_id: str) -> Brief | None:
    """Where an operation stands, or none."""
    return await tx.maybe(
        Brief,
        f"""
        -- find_brief
        SELECT {BRIEF} FROM operation WHERE user_id = $1 AND op_id = $2
        """,
        user_id,
        op_id,
    )


async def lock_brief(tx: Tx, user_id: int, op_id: str) -> Brief | None:
    """Where an operation stands, locked until the transaction ends."""
    return await tx.maybe(
        Brief,
        f"""
        -- lock_brief
        SELECT {BRIEF} FROM operation WHERE user_id = $1 AND op_id = $2
        FOR NO KEY UPDATE
        """,
        user_id,
        op_id,
    )


async def let_go_on(tx: Tx, user_id: int, op_id: str) -> Brief:
    """Lets an open operation be driven at once, as if it had never been tried."""
    return await tx.one(
        Brief,
        f"""
        -- let_go_on
        UPDATE operation
        SET parked = false, attempt = 0, lease_until = now(), updated_at = now()
        WHERE user_id = $1 AND op_id = $2 AND state < 9
        RETURNING {BRIEF}
        """,
        user_id,
        op_id,
    )


# $8 the act, $9 operator, $10 reason, $11 ticket, $12 and $13 what the audit tells
BEGIN_REFUND = phase_statement(
    """
-- begin_refund
audited AS (
    INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
    SELECT $1, $8::uuid, 'refund', $9, $10, $11, $12, $13
    FROM turn, operation
    WHERE operation.user_id = $1 AND operation.op_id = $2::uuid AND parked
    ON CONFLICT DO NOTHING
    RETURNING 1
), fit AS (
    SELECT '{}'::jsonb AS extra FROM audited
)
"""
)


async def begin_refund(
    database: Database, row: Row, act: Act, before: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    """Takes a parked operation out of the reach of its own phases, with the audit row.

    False where it is not parked at that place any more, or where the act was something else before.
    """
    by = act.operator
    kept: dict[str, Any] = {}
    given = (
        *(row.user_id, row.op_id, row.state, row.epoch, REFUNDING, kept, None),
        *(act.op_id, by.name, by.reason, by.ticket, before, after),
    )
    for _ in range(STALE_TRIES):
        saved = await database.bare.one(store.Saved, BEGIN_REFUND, *given)
        if saved.how != "stale":
            break
    else:
        async with database.transaction() as tx:
            await lock_gate(tx, row.user_id, row.epoch)
            saved = await tx.one(store.Saved, BEGIN_REFUND, *given)
    if saved.how == "shut":
        await refuse_shut(database.bare, row.user_id, row.epoch)
    return saved.how == "saved"


async def is_refund(tx: Tx, user_id: int, act_id: str, op_id: str) -> bool:
    """Whether this act began the refund of this operation before."""
    return bool(
        await tx.value(
            """
            -- is_refund
            SELECT true FROM audit
            WHERE user_id = $1 AND op_id = $2 AND action = 'refund' AND before ->> 'op_id' = $3
            """,
            *(user_id, act_id, op_id),
        )
    )
