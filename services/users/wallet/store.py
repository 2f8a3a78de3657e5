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

# $1 to $11 as above, as arrays
BATCH_APPLY = """
-- batch_apply
SELECT place::integer, how, request_hash, outcome, answer
FROM unnest($1::bigint[], $2::uuid[], $3::integer[], $4::integer[], $5::bytea[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::jsonb[], $10::integer[], $11::jsonb[])
    WITH ORDINALITY AS asked (user_id, op_id, step, epoch, hash, crystals, quartzs, daphine, reasons, min_rank,
        subjects, place),
    LATERAL apply(user_id, op_id, step, epoch, hash, crystals, quartzs, daphine, reasons, min_rank, subjects)
"""
"""`APPLY` for several players, in the order in which they are given."""

BROKEN = """before AS (
        SELECT users.* FROM turn, users WHERE id = $1 AND state = 'active'
    ), broken AS (
        SELECT currency, amount, balance
        FROM before, wish, LATERAL (VALUES
            (1, 'sakura_crystals', wish.sakura_crystals, before.sakura_crystals),
            (2, 'quartzs', wish.quartzs, before.quartzs),
            (3, 'daphine', wish.daphine, before.daphine)
        ) AS line (place, currency, amount, balance)
        WHERE NOT balance + amount BETWEEN 0 AND 9007199254740991
        ORDER BY place
        LIMIT 1
    )"""
"""The player, and the first currency in which CTE `wish` does not fit."""

REFUSALS = """
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
"""
"""Why a change by hand cannot be made."""

MOVED = """adjusted AS (
        UPDATE users
        SET sakura_crystals = users.sakura_crystals + wish.sakura_crystals,
            quartzs = users.quartzs + wish.quartzs,
            daphine = users.daphine + wish.daphine,
            wallet_version = users.wallet_version + 1
        FROM before, wish, verdict
        WHERE users.id = before.id AND verdict.refusal IS NULL
        RETURNING users.*
    ), lines AS (
        INSERT INTO ledger (user_id, version, currency, op_id, step, reason, amount, balance_after, subject)
        SELECT $1, wallet_version, currency, $2, $3,
            CASE WHEN amount > 0 THEN 'mint.admin' ELSE 'sink.admin' END, amount, balance,
            CASE WHEN wish.ticket = '' THEN '' ELSE 'ticket:' || wish.ticket END
        FROM adjusted, wish, LATERAL (VALUES
            ('sakura_crystals', wish.sakura_crystals, adjusted.sakura_crystals),
            ('quartzs', wish.quartzs, adjusted.quartzs),
            ('daphine', wish.daphine, adjusted.daphine)
        ) AS line (currency, amount, balance)
        WHERE amount <> 0
    )"""
"""Balances and ledger of CTE `wish`, where CTE `verdict` has no refusal."""

WORTH = """jsonb_build_object('sakura_crystals', {row}.sakura_crystals,
                'quartzs', {row}.quartzs, 'daphine', {row}.daphine)"""
"""The three balances of a row."""

# $6..$8 signed amounts, $9 operator, $10 reason, $11 ticket, $12 which limit of one person is passed
ADJUST = one_statement(
    f"""
    -- adjust
    wish AS (
        SELECT $6::bigint AS sakura_crystals, $7::bigint AS quartzs, $8::bigint AS daphine, $11 AS ticket
        FROM turn
    ), {BROKEN}, verdict AS (
        SELECT CASE {REFUSALS}
            WHEN $12::jsonb <> '{{}}' THEN jsonb_build_object('reason', 'SECOND_NEEDED', 'metadata', $12::jsonb)
            END AS refusal
        FROM turn
        LEFT JOIN before ON true
        LEFT JOIN broken ON true
    ), {MOVED}, proposed AS (
        INSERT INTO proposals (user_id, proposal_id, epoch, sakura_crystals, quartzs, daphine,
            proposed_by, reason, ticket)
        SELECT $1, $2, $4, wish.sakura_crystals, wish.quartzs, wish.daphine, $9, $10, $11
        FROM wish, verdict
        WHERE refusal ->> 'reason' = 'SECOND_NEEDED'
        RETURNING *
    ), audited AS (
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
        SELECT $1, $2, 'adjust', $9, $10, $11, {WORTH.format(row="before")},
            {WORTH.format(row="adjusted")}
        FROM adjusted, before
        UNION ALL
        SELECT $1, $2, 'propose_adjust', $9, $10, $11, '{{}}', {WORTH.format(row="proposed")}
        FROM proposed
        RETURNING after
    ), answer AS (
        SELECT refusal IS NULL AS done, COALESCE(refusal, audited.after) AS body
        FROM verdict
        LEFT JOIN audited ON true
    )
    """
)
"""Moves balances by an operator's hand (F11): balances, ledger, audit row and answer in one statement.

More than one person may move alone becomes a proposal instead, in the same statement.
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
