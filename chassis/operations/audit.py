"""Audit rows in PostgreSQL, as an operator reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.operations.places import Place
from chassis.postgres import Tx


@dataclass(frozen=True, slots=True)
class Row:
    """What was done, by whom and why, as it was and as it became."""

    user_id: int
    op_id: str
    action: str
    operator: str
    reason: str
    ticket: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime


async def list_audit(
    tx: Tx, user_id: int, operator: str, before: Place | None, limit: int
) -> list[Row]:
    """The rows before a place, the newest first; of one player or of one operator, or all."""
    at, op_id, of = before or (None, None, None)
    return await tx.all(
        Row,
        """
        -- list_audit
        SELECT user_id, op_id, action, operator, reason, ticket, before, after, at
        FROM audit
        WHERE ($1::bigint = 0 OR user_id = $1)
            AND ($2 = '' OR operator = $2)
            AND ($3::timestamptz IS NULL OR (at, op_id, user_id) < ($3, $4::uuid, $5::bigint))
        ORDER BY at DESC, op_id DESC, user_id DESC
        LIMIT $6
        """,
        *(user_id, operator, at, op_id, of, limit),
    )
