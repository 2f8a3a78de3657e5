"""Notices in PostgreSQL. They are written and dropped by what the party does: `expedition/changes.py`."""

from dataclasses import dataclass
from datetime import datetime

from chassis.operations.once import one_statement
from chassis.postgres import Tx

LEASE_S = 60
"""Longer than the bot tries to tell one, and shorter than Discord remembers its nonce."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice with what it tells."""

    user_id: int
    notice_id: str
    epoch: int
    channel_id: int
    expedition_id: str
    location: str
    expedition_name: str
    ends_at: datetime
    settled_at: datetime | None
    members: list[str]


TOLD = """
            n.user_id, notice_id, epoch, channel_id, n.expedition_id, location, expedition_name, ends_at,
            settled_at,
            ARRAY(
                SELECT member ->> 'name'
                FROM jsonb_array_elements(expedition_data -> 'members') WITH ORDINALITY AS m (member, place)
                ORDER BY place
            ) AS members"""


async def lease_notices(tx: Tx, limit: int, now: datetime | None) -> list[Notice]:
    """Due ones that nobody is telling, now the caller's for a while; those that were never tried come first."""
    return await tx.all(
        Notice,
        f"""
        -- lease_notices
        WITH clock AS (
            SELECT COALESCE($2::timestamptz, now()) AS t
        ), due AS (
            SELECT n.user_id, n.notice_id
            FROM clock, notices AS n
            JOIN user_expeditions AS e USING (user_id, expedition_id)
            WHERE n.state = 'waiting' AND (n.lease_until IS NULL OR n.lease_until <= t)
                AND e.status = 'in_progress' AND e.ends_at <= t
            ORDER BY n.lease_until NULLS FIRST, e.ends_at, n.notice_id
            LIMIT $1
            FOR UPDATE OF n SKIP LOCKED
        ), n AS (
            UPDATE notices AS leased SET lease_until = t + interval '{LEASE_S} seconds'
            FROM due, clock
            WHERE leased.user_id = due.user_id AND leased.notice_id = due.notice_id
            RETURNING leased.*
        )
        SELECT {TOLD}
        FROM n
        JOIN user_expeditions AS e USING (user_id, expedition_id)
        ORDER BY ends_at, notice_id
        """,
        limit,
        now,
    )


async def settle_notice(
    tx: Tx, user_id: int, notice_id: str, state: str, now: datetime | None
) -> bool:
    """Says once what became of a notice; false where that was said before, or there is none."""
    return bool(
        await tx.run(
            """
            -- settle_notice
            UPDATE notices SET state = $3, settled_at = COALESCE($4::timestamptz, now()), lease_until = NULL
            WHERE user_id = $1 AND notice_id = $2 AND state = 'waiting'
            """,
            user_id,
            notice_id,
            state,
            now,
        )
    )


async def list_kept(
    tx: Tx, user_id: int, before: tuple[datetime, str] | None, limit: int
) -> list[Notice]:
    """What could not be told and was not read yet, the newest first."""
    settled_at, notice_id = before or (None, None)
    return await tx.all(
        Notice,
        f"""
        -- list_kept
        SELECT {TOLD}
        FROM notices AS n
        JOIN user_expeditions AS e USING (user_id, expedition_id)
        WHERE n.user_id = $1 AND n.state = 'kept'
            AND ($2::timestamptz IS NULL OR (n.settled_at, n.notice_id) < ($2, $3::uuid))
        ORDER BY n.settled_at DESC, n.notice_id DESC
        LIMIT $4
        """,
        user_id,
        settled_at,
        notice_id,
        limit,
    )


# $6 the newest that was shown
READ = one_statement(
    """
    -- read_inbox
    newest AS (
        SELECT settled_at, notice_id FROM notices, turn
        WHERE user_id = $1 AND notice_id = $6::uuid AND state IN ('kept', 'read')
    ), marked AS (
        UPDATE notices AS n SET state = 'read'
        FROM newest
        WHERE n.user_id = $1 AND n.state = 'kept'
            AND (n.settled_at, n.notice_id) <= (newest.settled_at, newest.notice_id)
        RETURNING 1
    ), answer AS (
        SELECT true AS done, jsonb_build_object('read_count', (SELECT count(*) FROM marked)) AS body
        FROM turn
    )
    """
)
"""Marks the notice and everything that was kept before it as read; what was kept since stays."""
