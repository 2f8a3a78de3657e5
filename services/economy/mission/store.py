"""Missions and progress in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from chassis.operations.once import one_statement
from chassis.operations.store import open_statement, phase_statement
from chassis.postgres import Tx
from services.economy.mission.rules import Mission

PERIOD_DAY = "CASE WHEN period = 'week' THEN date_trunc('week', day)::date ELSE day END"
"""The first game day of a mission's period, on the game day `day`."""
RESET_TIME = """((first + CASE WHEN period = 'week' THEN 7 ELSE 1 END)::timestamp - {offset}::interval)
                AT TIME ZONE 'UTC'"""
"""When the period is over that began on the game day `first`."""
COLUMNS = """id, name, description, type, period, target_count, reward_type, reward_amount, difficulty,
            is_active"""
"""The columns of a `Mission`."""


async def list_missions(tx: Tx) -> list[Mission]:
    """Every mission, those that have ended too."""
    return await tx.all(
        Mission,
        f"""
        -- list_missions
        SELECT {COLUMNS}
        FROM daily_missions
        ORDER BY id
        """,
    )


@dataclass(frozen=True, slots=True)
class Counted(Mission):
    """A mission and how many players are at it in its current period."""

    started: int
    completed: int
    claimed: int
    reset_time: datetime


async def list_counts(
    tx: Tx, now: datetime | None, offset: timedelta, after: str, limit: int
) -> list[Counted]:
    """A page of all missions by their ids, each with the players who are at it today or this week."""
    return await tx.all(
        Counted,
        f"""
        -- list_counts
        WITH today AS (
            SELECT (COALESCE($1::timestamptz, now()) AT TIME ZONE 'UTC' + $2::interval)::date AS day
        ), page AS MATERIALIZED (
            SELECT mission.*, {PERIOD_DAY} AS first
            FROM today CROSS JOIN daily_missions AS mission
            WHERE id > $3
            ORDER BY id
            LIMIT $4
        ), counts AS (
            SELECT mission_id, date, count(*) AS started, count(*) FILTER (WHERE completed) AS completed,
                count(*) FILTER (WHERE claimed) AS claimed
            FROM user_mission_progress
            WHERE (mission_id, date) IN (SELECT id, first FROM page)
            GROUP BY mission_id, date
        )
        SELECT {COLUMNS},
            COALESCE(started, 0) AS started, COALESCE(completed, 0) AS completed,
            COALESCE(claimed, 0) AS claimed, {RESET_TIME.format(offset="$2")} AS reset_time
        FROM page LEFT JOIN counts ON mission_id = id AND date = first
        ORDER BY id
        """,
        *(now, offset, after, limit),
    )


async def save_missions(tx: Tx, missions: Sequence[Mission]) -> None:
    """Adds and changes missions, as one statement."""
    await tx.run(
        f"""
        -- save_missions
        INSERT INTO daily_missions ({COLUMNS})
        SELECT {COLUMNS}
        FROM jsonb_to_recordset($1) AS given(id text, name text, description text, type text,
            period text, target_count integer, reward_type text, reward_amount bigint,
            difficulty text, is_active boolean)
        ON CONFLICT (id) DO UPDATE SET (name, description, type, period, target_count, reward_type,
            reward_amount, difficulty, is_active) = (excluded.name, excluded.description,
            excluded.type, excluded.period, excluded.target_count, excluded.reward_type,
            excluded.reward_amount, excluded.difficulty, excluded.is_active)
        """,
        [asdict(mission) for mission in missions],
    )


def progressed(kind: str, *, count: str, clock: str) -> str:
    """A part of a statement: counts for the missions of a kind, where CTE `clock` has a row with the game `day`."""
    return counted(f"'{kind}'", count=count, clock=clock)


def counted(kind: str, *, count: str, clock: str) -> str:
    """As `progressed`, for a kind that is an expression."""
    return f"""progressed AS (
        INSERT INTO user_mission_progress (user_id, mission_id, date, target_count, current_progress,
            reward_type, reward_amount)
        SELECT $1, id, {PERIOD_DAY}, target_count, LEAST(target_count, {count}), reward_type, reward_amount
        FROM daily_missions, {clock}
        WHERE type = {kind} AND is_active
        ON CONFLICT (user_id, mission_id, date) DO UPDATE
        SET current_progress = LEAST(user_mission_progress.target_count,
            user_mission_progress.current_progress + {count})
    )"""


# $6 type, $7 count, $8 when it happened, $9 offset of the game day
RECORD = one_statement(
    f"""
    -- record_activity
    clock AS (
        SELECT ($8::timestamptz AT TIME ZONE 'UTC' + $9::interval)::date AS day FROM turn
    ), {counted("$6::text", count="$7::integer", clock="clock")}, answer AS (
        -- What is kept of the step is what it has counted: I30 compares it with the progress.
        SELECT true AS done, jsonb_build_object('activity', $6::text, 'count', $7::integer, 'day', day) AS body
        FROM clock
    )
    """
)
"""Counts what happened in another service, for the day on which it did."""

# $13 mission (null: all), $14 the time (null: the database's own), $15 offset of the game day, $16 currencies and
# $17 the most of each that one payment may bring
OPEN_CLAIM = open_statement(
    f"""
    -- open_claim
    today AS (
        SELECT (COALESCE($14::timestamptz, now()) AT TIME ZONE 'UTC' + $15::interval)::date AS day FROM turn
    ), due AS MATERIALIZED (
        SELECT mission_id, date, name, COALESCE(progress.reward_type, mission.reward_type) AS reward_type,
            COALESCE(progress.reward_amount, mission.reward_amount) AS reward_amount
        FROM today, user_mission_progress AS progress
        JOIN daily_missions AS mission ON mission.id = mission_id
        WHERE user_id = $1 AND ($13::text IS NULL OR mission_id = $13) AND date = {PERIOD_DAY}
            AND completed AND NOT claimed
    ), summed AS (
        SELECT due.*, sum(reward_amount) OVER (PARTITION BY reward_type ORDER BY date DESC, mission_id) AS total
        FROM due
    ), marked AS (
        -- What one payment cannot bring waits for the next.
        UPDATE user_mission_progress AS progress
        SET claimed = true, claim_op = $2, reward_type = summed.reward_type, reward_amount = summed.reward_amount
        FROM summed
        JOIN unnest($16::text[], $17::bigint[]) AS most (currency, amount) ON currency = reward_type
        WHERE progress.user_id = $1 AND progress.mission_id = summed.mission_id AND progress.date = summed.date
            AND total <= amount
        RETURNING summed.*
    ), fit AS (
        SELECT jsonb_build_object('missions', jsonb_agg(jsonb_build_object(
            'missionId', mission_id,
            'name', name,
            'reward', jsonb_build_object(
                'currency', 'CURRENCY_' || upper(reward_type), 'amount', reward_amount::text),
            'date', date::text
        ) ORDER BY date DESC, mission_id)) AS extra
        FROM marked
        HAVING count(*) > 0
    )
    """
)
"""Marks what is done as claimed, and freezes what is to be paid."""

# $8 missions and $9 their days
UNCLAIM = phase_statement(
    """
    -- unclaim
    unmarked AS (
        UPDATE user_mission_progress AS progress SET claimed = false, claim_op = NULL
        FROM turn, unnest($8::text[], $9::text[]) AS mark (mission_id, date)
        WHERE progress.user_id = $1 AND progress.mission_id = mark.mission_id AND progress.date = mark.date::date
            AND claim_op = $2
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM turn
    )
    """
)
"""Takes the mark off what could not be paid."""


@dataclass(frozen=True, slots=True)
class Progress(Mission):
    """A mission and how far the player has come in its period."""

    current_progress: int
    completed: bool
    claimed: bool
    reset_time: datetime


async def list_progress(
    tx: Tx, user_id: int, now: datetime | None, offset: timedelta
) -> list[Progress]:
    """Every active mission with the player's progress today or this week; one that has ended while it is done."""
    return await tx.all(
        Progress,
        f"""
        -- list_progress
        WITH today AS (
            SELECT (COALESCE($2::timestamptz, now()) AT TIME ZONE 'UTC' + $3::interval)::date AS day
        )
        SELECT id, name, description, type, period,
            COALESCE(progress.target_count, mission.target_count) AS target_count,
            COALESCE(progress.reward_type, mission.reward_type) AS reward_type,
            COALESCE(progress.reward_amount, mission.reward_amount) AS reward_amount, difficulty, is_active,
            COALESCE(current_progress, 0) AS current_progress,
            COALESCE(completed, false) AS completed, COALESCE(claimed, false) AS claimed,
            {RESET_TIME.format(offset="$3")} AS reset_time
        FROM today CROSS JOIN daily_missions AS mission
        CROSS JOIN LATERAL (SELECT {PERIOD_DAY} AS first) AS now_on
        LEFT JOIN user_mission_progress AS progress ON progress.user_id = $1
            AND progress.mission_id = mission.id AND progress.date = first
        WHERE is_active OR completed
        ORDER BY period, array_position(ARRAY['easy', 'normal', 'hard'], difficulty::text), id
        """,
        user_id,
        now,
        offset,
    )


async def end_mission(tx: Tx, mission_id: str) -> None:
    """Takes a mission off the list."""
    await tx.run(
        """
        -- end_mission
        UPDATE daily_missions SET is_active = false WHERE id = $1
        """,
        mission_id,
    )
