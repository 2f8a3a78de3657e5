"""Gift codes, redemptions and wrong words in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.operations.store import open_statement, phase_statement
from chassis.postgres import Tx
from services.economy.shop.store import stacked

# $13 hash of the word, $14 the time (null: the database's own), $15 most wrong words in $16, $17 most in $18
OPEN_REDEEM = open_statement(
    """
    -- open_redeem
    clock AS MATERIALIZED (
        SELECT COALESCE($14::timestamptz, now()) AS t FROM turn
    ), able AS MATERIALIZED (
        SELECT t, GREATEST(
            (SELECT at + $16::interval FROM gift_code_tries
            WHERE user_id = $1 AND at > t - $16::interval
            ORDER BY at DESC OFFSET $15::integer - 1 LIMIT 1),
            (SELECT at + $18::interval FROM gift_code_tries
            WHERE user_id = $1 AND at > t - $18::interval
            ORDER BY at DESC OFFSET $17::integer - 1 LIMIT 1)
        ) AS next_time
        FROM clock
    ), had AS MATERIALIZED (
        SELECT 1 FROM turn, gift_code_redemptions WHERE user_id = $1 AND code = $13::text
    ), used AS (
        -- The one row that players share, and the last lock. Whatever is wrong with the code, this finds nothing.
        UPDATE gift_codes SET used = used + 1
        FROM able
        WHERE code = $13 AND next_time IS NULL AND NOT EXISTS (SELECT FROM had)
            AND is_active AND (starts_at IS NULL OR starts_at <= t) AND (expires_at IS NULL OR t < expires_at)
            AND (usage_limit IS NULL OR used < usage_limit)
        RETURNING code, batch, rewards, t
    ), redeemed AS (
        INSERT INTO gift_code_redemptions (user_id, code, op_id, redeemed_at)
        SELECT $1, code, $2, t FROM used
    ), verdict AS (
        SELECT t, next_time, CASE
            WHEN next_time IS NOT NULL THEN 'CODE_TRIES'
            WHEN EXISTS (SELECT FROM had) THEN 'CODE_REDEEMED'
            WHEN NOT EXISTS (SELECT FROM used) THEN 'CODE_INVALID'
            ELSE '' END AS refusal
        FROM able
    ), guessed AS (
        INSERT INTO gift_code_tries (user_id, op_id, at)
        SELECT $1, $2, t FROM verdict WHERE refusal = 'CODE_INVALID'
    ), fit AS (
        SELECT jsonb_strip_nulls(jsonb_build_object(
            'refusal', refusal,
            'nextTime', ceil(extract(epoch FROM next_time))::bigint,
            'rewards', used.rewards,
            'batchId', used.batch,
            'time', to_char(verdict.t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        )) AS extra
        FROM verdict LEFT JOIN used ON true
    )
    """
)
"""Takes one use of a code for a player, or counts a wrong word; freezes what was taken, or why nothing was."""

# $8 hash of the word
TAKE_BACK = phase_statement(
    """
    -- take_back_code
    gone AS (
        DELETE FROM gift_code_redemptions USING turn
        WHERE user_id = $1 AND code = $8::text AND op_id = $2
        RETURNING code
    ), freed AS (
        UPDATE gift_codes SET used = used - 1 FROM gone WHERE gift_codes.code = gone.code
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM turn
    )
    """
)
"""Gives the use of a code back."""

# $8 items and $9 how many of each, $10 when the code was redeemed
PUT_ITEMS = phase_statement(
    f"""
    -- put_items_of_code
    given AS (
        SELECT item_code, quantity
        FROM turn, unnest($8::text[], $9::bigint[]) AS item (item_code, quantity)
    ), {stacked("given", "$10::timestamptz")}, fit AS (
        SELECT jsonb_build_object('itemNames', (
            SELECT jsonb_object_agg(item_code, name) FROM shop_items WHERE item_code = ANY($8)
        )) AS extra
        FROM turn
    )
    """
)
"""Puts what a code gives into the bag."""


@dataclass(frozen=True, slots=True)
class ItemCode:
    """An item."""

    item_code: str


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch as it is written."""

    id: str
    request_hash: bytes
    name: str
    is_hand_made: bool
    reward_type: str
    reward_value: int
    rewards: dict[str, Any]
    usage_limit: int | None
    starts_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and why."""

    op_id: str
    operator: str
    reason: str
    ticket: str


async def list_item_codes(tx: Tx) -> list[str]:
    """Everything that the shop knows, on sale or not."""
    return [
        row.item_code
        for row in await tx.all(
            ItemCode,
            """
            -- list_item_codes
            SELECT item_code FROM shop_items
            """,
        )
    ]


async def lock_codes(tx: Tx) -> None:
    """One maker of codes at a time, until the transaction ends."""
    await tx.run(
        """
        -- lock_codes
        SELECT pg_advisory_xact_lock(8605)
        """
    )


@dataclass(frozen=True, slots=True)
class KnownAct:
    """What is known under the id of an act."""

    action: str
    request_hash: bytes | None
    batch_id: str | None


async def find_act(tx: Tx, op_id: str) -> KnownAct | None:
    """The act of this id, or none."""
    return await tx.maybe(
        KnownAct,
        """
        -- find_act_on_codes
        SELECT action, request_hash, after ->> 'batch_id' AS batch_id
        FROM audit LEFT JOIN gift_code_batches ON id = op_id
        WHERE user_id = 0 AND op_id = $1
        """,
        op_id,
    )


async def has_code(tx: Tx, hashes: Sequence[str]) -> bool:
    """Whether one of these words is a code already."""
    return await tx.value(
        """
        -- has_code
        SELECT EXISTS (SELECT FROM gift_codes WHERE code = ANY($1))
        """,
        hashes,
    )


async def make_codes(tx: Tx, batch: NewBatch, hashes: Sequence[str], by: By) -> None:
    """The batch, its codes and the audit row, as one statement."""
    await tx.run(
        """
        -- make_codes
        WITH made AS (
            INSERT INTO gift_code_batches (id, request_hash, name, is_hand_made)
            VALUES ($1, $2, $3, $4)
            RETURNING id
        ), codes AS (
            INSERT INTO gift_codes (code, batch, reward_type, reward_value, rewards, usage_limit, starts_at, expires_at)
            SELECT code, id, $5, $6, $7::jsonb, $8::integer, $9::timestamptz, $10::timestamptz
            FROM made, unnest($11::text[]) AS code
        )
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, after)
        SELECT 0, $1, 'create_codes', $12, $13, $14, jsonb_build_object('batch_id', $1::uuid, 'name', $3::text,
            'count', cardinality($11::text[]), 'is_hand_made', $4::boolean, 'rewards', $7::jsonb,
            'usage_limit', $8::integer, 'starts_at', $9::timestamptz, 'expires_at', $10::timestamptz)
        FROM made
        """,
        *(batch.id, batch.request_hash, batch.name, batch.is_hand_made),
        *(batch.reward_type, batch.reward_value, batch.rewards, batch.usage_limit),
        *(batch.starts_at, batch.expires_at, hashes, by.operator, by.reason, by.ticket),
    )


async def end_codes(tx: Tx, batch_id: str, by: By) -> None:
    """Ends the codes of a batch that is there, with the audit row in the same statement."""
    await tx.run(
        """
        -- end_codes
        WITH ended AS (
            UPDATE gift_codes SET is_active = false WHERE batch = $1 AND is_active RETURNING 1
        )
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
        SELECT 0, $2, 'end_codes', $3, $4, $5,
            jsonb_build_object('batch_id', $1::uuid, 'active_codes', (SELECT count(*) FROM ended)),
            jsonb_build_object('batch_id', $1::uuid, 'active_codes', 0)
        """,
        *(batch_id, by.op_id, by.operator, by.reason, by.ticket),
    )


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch with what became of its codes."""

    id: str
    name: str
    is_hand_made: bool
    created_at: datetime
    count: int
    used: int
    rewards: dict[str, Any]
    usage_limit: int | None
    starts_at: datetime | None
    expires_at: datetime | None
    is_active: bool


async def list_batches(
    tx: Tx,
    *,
    now: datetime | None,
    with_ended: bool,
    before: tuple[datetime, str] | None,
    limit: int,
    batch_id: str | None = None,
) -> list[BatchRow]:
    """Batches before a place in the list, the newest first; or one."""
    time, last_id = before or (None, None)
    return await tx.all(
        BatchRow,
        """
        -- list_batches
        SELECT id, name, is_hand_made, created_at, count, used, rewards, usage_limit, starts_at, expires_at, is_active
        FROM gift_code_batches CROSS JOIN LATERAL (
            -- The codes of a batch differ in their words and in how often they were used.
            SELECT count(*)::integer AS count, sum(used)::bigint AS used, (array_agg(rewards))[1] AS rewards,
                max(usage_limit) AS usage_limit, max(starts_at) AS starts_at, max(expires_at) AS expires_at,
                bool_or(is_active) AS is_active
            FROM gift_codes WHERE batch = gift_code_batches.id
        ) AS codes
        WHERE ($1 OR (is_active AND (expires_at IS NULL OR expires_at > COALESCE($2::timestamptz, now()))))
            AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
            AND ($5::uuid IS NULL OR id = $5)
        ORDER BY created_at DESC, id DESC
        LIMIT $6
        """,
        *(with_ended, now, time, last_id, batch_id, limit),
    )


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of a batch."""

    batch: str
    used: int


async def find_code(tx: Tx, code: str) -> CodeRow | None:
    """The code with this hash, or none."""
    return await tx.maybe(
        CodeRow,
        """
        -- find_code
        SELECT batch, used FROM gift_codes WHERE code = $1
        """,
        code,
    )


@dataclass(frozen=True, slots=True)
class RedemptionRow:
    """Who has redeemed what."""

    user_id: int
    op_id: str
    batch: str
    name: str
    redeemed_at: datetime


async def list_redemptions(
    tx: Tx,
    *,
    batch_id: str | None,
    user_id: int | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[RedemptionRow]:
    """Redemptions before a place in the list, the newest first; of a batch, of a player, or all."""
    time, op_id = before or (None, None)
    return await tx.all(
        RedemptionRow,
        """
        -- list_redemptions
        SELECT user_id, op_id, batch, name, redeemed_at
        FROM gift_code_redemptions JOIN gift_codes USING (code) JOIN gift_code_batches ON batch = id
        WHERE ($1::uuid IS NULL OR batch = $1)
            AND ($2::bigint IS NULL OR user_id = $2)
            AND ($3::timestamptz IS NULL OR (redeemed_at, op_id) < ($3, $4::uuid))
        ORDER BY redeemed_at DESC, op_id DESC
        LIMIT $5
        """,
        *(batch_id, user_id, time, op_id, limit),
    )


async def count_guesses(tx: Tx, now: datetime | None, seconds: float) -> int:
    """How many wrong words all players together have tried in the last seconds."""
    return await tx.value(
        """
        -- count_guesses
        SELECT count(*) FROM gift_code_tries
        WHERE at > COALESCE($1::timestamptz, now()) - make_interval(secs => $2)
        """,
        now,
        seconds,
    )


async def forget_guesses(tx: Tx, now: datetime | None, seconds: float, limit: int) -> int:
    """Forgets wrong words that count no more; how many."""
    return await tx.run(
        """
        -- forget_guesses
        DELETE FROM gift_code_tries WHERE (user_id, op_id) IN (
            SELECT user_id, op_id FROM gift_code_tries
            WHERE at < COALESCE($1::timestamptz, now()) - make_interval(secs => $2)
            ORDER BY at LIMIT $3
        )
        """,
        now,
        seconds,
        limit,
    )
