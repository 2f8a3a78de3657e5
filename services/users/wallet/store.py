"""Wallets and ledger in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Tx

# $1 user, $2 op, $3 step, $4 epoch, $5 request hash, $6..$8 signed amounts, $9 reasons, $10 lowest rank
APPLY = """
-- apply
SELECT how, request_hash, outcome, answer
FROM apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger."""

    version: int
    currency: str
    amount: int
    balance_after: int
    reason: str
    op_id: str
    at: datetime


async def list_ledger(
    tx: Tx, user_id: int, before: tuple[int, str] | None, limit: int
) -> list[Line]:
    """The lines before a place in the ledger, newest first."""
    version, currency = before or (None, None)
    return await tx.all(
        Line,
        """
        -- list_ledger
        SELECT version, currency, amount, balance_after, reason, op_id, at
        FROM ledger
        WHERE user_id = $1
            AND ($2::bigint IS NULL OR (version, currency) < ($2, $3::text))
        ORDER BY version DESC, currency DESC
        LIMIT $4
        """,
        user_id,
        version,
        currency,
        limit,
    )
