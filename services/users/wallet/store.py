"""Wallets and ledger in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from chassis.operations.once import one_statement
from chassis.postgres import Tx

# $1 user, $2 op, $3 step, $4 epoch, $5 request hash, $6..$8 signed amounts, $9 reasons, $10 lowest rank, $11 subjects
APPLY = """
-- apply
SELECT how, request_hash, outcome, answer
FROM apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

# $6..$8 signed amounts, $9 operator, $10 reason, $11 ticket
ADJUST = one_statement(
    """
    -- adjust
    before AS (
        SELECT users.* FROM turn, users WHERE id = $1 AND state = 'active'
    ), broken AS (
        SELECT currency, amount, balance
        FROM before, LATERAL (VALUES
            (1, 'sakura_crystals', $6::bigint, sakura_crystals),
            (2, 'quartzs', $7::bigint, quartzs),
            (3, 'daphine', $8::bigint, daphine)
        ) AS line (place, currency, amount, balance)
        WHERE NOT balance + amount BETWEEN 0 AND 9007199254740991
        ORDER BY place
        LIMIT 1
    ), verdict AS (
        SELECT CASE
            WHEN before.id IS NULL THEN jsonb_build_object('reason', 'USER_NOT_FOUND',
                'metadata', jsonb_build_object('user_id', $1::text))
            -- Kept outcomes are forgotten some day; ledger and audit are not.
            WHEN EXISTS (SELECT FROM ledger WHERE user_id = $1 AND op_id = $2)
                OR EXISTS (SELECT FROM audit WHERE user_id = $1 AND op_id = $2)
                THEN jsonb_build_object('reason', 'OP_REUSED', 'metadata', '{}'::jsonb)
            WHEN broken.amount < 0 THEN jsonb_build_object('reason', 'INSUFFICIENT_FUNDS',
                'metadata', jsonb_build_object('currency', currency, 'price', (-amount)::text,
                    'balance', balance::text))
            WHEN broken.amount > 0 THEN jsonb_build_object('reason', 'WALLET_FULL',
                'metadata', jsonb_build_object('currency', currency))
            END AS refusal
        FROM turn
        LEFT JOIN before ON true
        LEFT JOIN broken ON true
    ), adjusted AS (
        UPDATE users
        SET sakura_crystals = users.sakura_crystals + $6::bigint,
            quartzs = users.quartzs + $7::bigint,
            daphine = users.daphine + $8::bigint,
            wallet_version = users.wallet_version + 1
        FROM before, verdict
        WHERE users.id = before.id AND verdict.refusal IS NULL
        RETURNING users.*
    ), lines AS (
        INSERT INTO ledger (user_id, version, currency, op_id, step, reason, amount, balance_after, subject)
        SELECT $1, wallet_version, currency, $2, $3,
            CASE WHEN amount > 0 THEN 'mint.admin' ELSE 'sink.admin' END, amount, balance,
            CASE WHEN $11 = '' THEN '' ELSE 'ticket:' || $11 END
        FROM adjusted, LATERAL (VALUES
            ('sakura_crystals', $6::bigint, sakura_crystals),
            ('quartzs', $7::bigint, quartzs),
            ('daphine', $8::bigint, daphine)
        ) AS line (currency, amount, balance)
        WHERE amount <> 0
    ), audited AS (
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
        SELECT $1, $2, 'adjust', $9, $10, $11,
            jsonb_build_object('sakura_crystals', before.sakura_crystals, 'quartzs', before.quartzs,
                'daphine', before.daphine),
            jsonb_build_object('sakura_crystals', adjusted.sakura_crystals,
                'quartzs', adjusted.quartzs, 'daphine', adjusted.daphine)
        FROM adjusted, before
        RETURNING after
    ), answer AS (
        SELECT refusal IS NULL AS done, COALESCE(refusal, audited.after) AS body
        FROM verdict
        LEFT JOIN audited ON true
    )
    """
)
"""Moves balances by an operator's hand (F11): balances, ledger, audit row and answer in one statement."""


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
    subject: str


async def list_ledger(
    tx: Tx,
    user_id: int,
    ids: tuple[str, str] | None,
    before: tuple[int, str] | None,
    limit: int,
) -> list[Line]:
    """The lines before a place in the ledger, newest first; of operations from one id to another, or all."""
    version, currency = before or (None, None)
    first_id, last_id = ids or (None, None)
    return await tx.all(
        Line,
        """
        -- list_ledger
        SELECT version, currency, amount, balance_after, reason, op_id, at, subject
        FROM ledger
        WHERE user_id = $1
            AND ($2::bigint IS NULL OR (version, currency) < ($2, $3::text))
            AND ($5::uuid IS NULL OR op_id BETWEEN $5 AND $6::uuid)
        ORDER BY version DESC, currency DESC
        LIMIT $4
        """,
        user_id,
        version,
        currency,
        limit,
        first_id,
        last_id,
    )
