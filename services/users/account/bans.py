"""Who may not play, in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from chassis.operations.refusals import OpReused
from chassis.postgres import Tx
from services.users.errors import UserNotFound


@dataclass(frozen=True, slots=True)
class Ban:
    """A ban as it stands."""

    user_id: int
    discord_id: int | None
    """None for who was erased since."""
    reason: str
    since: datetime
    until: datetime | None
    """None: for ever."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts on a player, why, and as which operation."""

    user_id: int
    op_id: str
    operator: str
    reason: str
    ticket: str


async def lock_person(tx: Tx, user_id: int, _: int) -> None:
    """Locks who a ban is about, whichever of their lives it is: an erased player has no open gate."""
    found = await tx.value(
        """
        -- lock_person
        SELECT true FROM users WHERE id = $1 FOR NO KEY UPDATE
        """,
        user_id,
    )
    if not found:
        raise UserNotFound(user_id=user_id)


async def ban(tx: Tx, act: Act, until: datetime | None, now: datetime | None) -> Ban:
    """Bans a player, or changes reason and end of the ban; with its audit row."""
    banned = await tx.maybe(
        Ban,
        """
        -- ban
        WITH turn AS (
            SELECT COALESCE($7::timestamptz, now()) AS t
            -- Kept outcomes are forgotten some day, the audit is not.
            WHERE NOT EXISTS (SELECT FROM audit WHERE user_id = $1 AND op_id = $2)
        ), before AS (
            SELECT jsonb_build_object('reason', reason, 'since', since, 'until', until) AS stood
            FROM bans, turn
            WHERE user_id = $1 AND (until IS NULL OR until > t)
        ), banned AS (
            INSERT INTO bans (user_id, reason, by, since, until, op_id)
            SELECT $1, $4, $3, t, $6::timestamptz, $2
            FROM turn
            ON CONFLICT (user_id) DO UPDATE
            SET reason = excluded.reason, by = excluded.by, until = excluded.until, op_id = excluded.op_id,
                since = CASE WHEN bans.until <= excluded.since THEN excluded.since ELSE bans.since END
            RETURNING user_id, reason, since, until
        ), audited AS (
            INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
            SELECT $1, $2, 'ban', $3, $4, $5, COALESCE((SELECT stood FROM before), '{}'),
                jsonb_build_object('reason', reason, 'since', since, 'until', until)
            FROM banned
        )
        SELECT user_id, discord_id, reason, since, until
        FROM banned
        JOIN users ON users.id = user_id
        """,
        *(act.user_id, act.op_id, act.operator, act.reason, act.ticket),
        until,
        now,
    )
    if banned is None:
        raise OpReused
    return banned


async def lift_ban(tx: Tx, act: Act, now: datetime | None) -> bool:
    """Lifts a ban, with its audit row; false when there is none that still counts."""
    return bool(
        await tx.value(
            """
            -- lift_ban
            WITH lifted AS (
                DELETE FROM bans
                WHERE user_id = $1 AND (until IS NULL OR until > COALESCE($6::timestamptz, now()))
                    AND NOT EXISTS (SELECT FROM audit WHERE user_id = $1 AND op_id = $2)
                RETURNING reason, since, until
            )
            INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before)
            SELECT $1, $2, 'lift_ban', $3, $4, $5,
                jsonb_build_object('reason', reason, 'since', since, 'until', until)
            FROM lifted
            RETURNING true
            """,
            *(act.user_id, act.op_id, act.operator, act.reason, act.ticket),
            now,
        )
    )


async def list_bans(tx: Tx, after: int | None, limit: int, now: datetime | None) -> list[Ban]:
    """The bans that count now, by player."""
    return await tx.all(
        Ban,
        """
        -- list_bans
        SELECT user_id, discord_id, reason, since, until
        FROM bans
        LEFT JOIN users ON users.id = user_id
        WHERE (until IS NULL OR until > COALESCE($3::timestamptz, now()))
            AND ($1::bigint IS NULL OR user_id > $1)
        ORDER BY user_id
        LIMIT $2
        """,
        after,
        limit,
        now,
    )
