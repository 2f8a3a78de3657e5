"""Missions and progress in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from chassis.postgres import Tx
from services.economy.mission.rules import Mission


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did."""

    added: int
    changed: int


async def save_missions(tx: Tx, missions: Sequence[Mission]) -> Counts:
    """Adds and changes missions, as one statement; equal ones are left alone."""
    return await tx.one(
        Counts,
        """
        -- save_missions
        WITH saved AS (
            INSERT INTO daily_missions (id, name, description, type, period, target_count, reward_type,
                reward_amount, difficulty, is_active)
            SELECT id, name, description, type, period, target_count, reward_type, reward_amount,
                difficulty, is_active
            FROM jsonb_to_recordset($1) AS given(id text, name text, description text, type text,
                period text, target_count integer, reward_type text, reward_amount bigint,
                difficulty text, is_active boolean)
            ON CONFLICT (id) DO UPDATE SET (name, description, type, period, target_count, reward_type,
                reward_amount, difficulty, is_active) = (excluded.name, excluded.description,
                excluded.type, excluded.period, excluded.target_count, excluded.reward_type,
                excluded.reward_amount, excluded.difficulty, excluded.is_active)
            WHERE daily_missions IS DISTINCT FROM excluded
            RETURNING xmax = 0 AS is_new
        )
        SELECT count(*) FILTER (WHERE is_new)::integer AS added,
            count(*) FILTER (WHERE NOT is_new)::integer AS changed
        FROM saved
        """,
        [asdict(mission) for mission in missions],
    )


def progressed(kind: str, *, count: str, clock: str) -> str:
    """A part of a statement: counts for the missions of a kind, where CTE `clock` has a row with the game `day`."""
    return f"""progressed AS (
        INSERT INTO user_mission_progress (user_id, mission_id, date, target_count, current_progress)
        SELECT $1, id, CASE WHEN period = 'week' THEN date_trunc('week', day)::date ELSE day END,
            target_count, LEAST(target_count, {count})
        FROM daily_missions, {clock}
        WHERE type = '{kind}' AND is_active
        ON CONFLICT (user_id, mission_id, date) DO UPDATE
        SET current_progress = LEAST(user_mission_progress.target_count,
            user_mission_progress.current_progress + {count})
    )"""


@dataclass(frozen=True, slots=True)
class Progress(Mission):
    """A mission and how far the player has come in its period."""

    current_progress: int
    completed: bool
    claimed: bool


async def list_progress(
    tx: Tx, user_id: int, now: datetime | None, offset: timedelta
) -> list[Progress]:
    """Every active mission with the player's progress today or this week."""
    return await tx.all(
        Progress,
        """
        -- list_progress
        WITH today AS (
            SELECT (COALESCE($2::timestamptz, now()) AT TIME ZONE 'UTC' + $3::interval)::date AS day
        )
        SELECT id, name, description, type, period,
            COALESCE(progress.target_count, mission.target_count) AS target_count, reward_type,
            reward_amount, difficulty, is_active,
            COALESCE(current_progress, 0) AS current_progress,
            COALESCE(completed, false) AS completed, COALESCE(claimed, false) AS claimed
        FROM today, daily_missions AS mission
        LEFT JOIN user_mission_progress AS progress ON progress.user_id = $1
            AND progress.mission_id = mission.id
            AND progress.date = CASE WHEN period = 'week'
                THEN date_trunc('week', (SELECT day FROM today))::date ELSE (SELECT day FROM today) END
        WHERE is_active
        ORDER BY period, array_position(ARRAY['easy', 'normal', 'hard'], difficulty::text), id
        """,
        user_id,
        now,
        offset,
    )
