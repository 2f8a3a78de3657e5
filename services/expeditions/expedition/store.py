"""Expeditions as they stand in PostgreSQL. Every statement but one looks at one player's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.postgres import Tx

SLOTS = 5
"""So many expeditions of a player run at once."""
ACTIVE = "status IN ('starting', 'in_progress', 'completing', 'cancelling')"


@dataclass(frozen=True, slots=True)
class Expedition:
    """A row of `user_expeditions` with its party."""

    user_id: int
    expedition_id: str
    expedition_name: str
    location: str
    difficulty: int
    duration_hours: int
    slot_no: int
    status: str
    equipped_equipment_id: str | None
    atlas_version: int
    started_at: datetime
    ends_at: datetime
    is_ready: bool
    expedition_data: dict[str, Any]
    seed: bytes
    closing_op_id: str | None
    final_results: str | None
    settlement: dict[str, Any] | None
    completed_at: datetime | None
    party: list[dict[str, Any]]
    """By position: `waifu_id`, `star_level_used`, `final_hp`, `final_mp`."""


# $1 is the time; none is the database's own.
COLUMNS = """
            user_id, expedition_id, expedition_name, location, difficulty, duration_hours, slot_no,
            status, equipped_equipment_id, atlas_version, started_at, ends_at,
            ends_at <= COALESCE($1::timestamptz, now()) AS is_ready, expedition_data, seed,
            closing_op_id, final_results, settlement, completed_at,
            (
                SELECT jsonb_agg(to_jsonb(p) ORDER BY position_in_party)
                FROM expedition_participants AS p
                WHERE p.user_id = e.user_id AND p.expedition_id = e.expedition_id
            ) AS party"""


async def find_expedition(
    tx: Tx, user_id: int, expedition_id: str, now: datetime | None = None
) -> Expedition | None:
    """The player's expedition, once it has left; or none."""
    return await tx.maybe(
        Expedition,
        f"""
        -- find_expedition
        SELECT {COLUMNS}
        FROM user_expeditions AS e
        WHERE user_id = $2 AND expedition_id = $3 AND started_at IS NOT NULL
        """,
        now,
        user_id,
        expedition_id,
    )


async def find_anybodys_expedition(
    tx: Tx, expedition_id: str, now: datetime | None = None
) -> Expedition | None:
    """An expedition, whoever sent it, once it has left; or none. For operators only."""
    return await tx.maybe(
        Expedition,
        f"""
        -- find_anybodys_expedition
        SELECT {COLUMNS}
        FROM user_expeditions AS e
        WHERE expedition_id = $2 AND started_at IS NOT NULL
        """,
        now,
        expedition_id,
    )


async def list_running(tx: Tx, user_id: int, now: datetime | None = None) -> list[Expedition]:
    """What is on its way, by when it is over."""
    return await tx.all(
        Expedition,
        f"""
        -- list_running
        SELECT {COLUMNS}
        FROM user_expeditions AS e
        WHERE user_id = $2 AND {ACTIVE} AND started_at IS NOT NULL
        ORDER BY ends_at, expedition_id
        """,
        now,
        user_id,
    )


async def list_past(
    tx: Tx, user_id: int, before: tuple[datetime, str] | None, limit: int
) -> list[Expedition]:
    """What is over, newest first."""
    end_time, expedition_id = before or (None, None)
    return await tx.all(
        Expedition,
        f"""
        -- list_past
        SELECT {COLUMNS}
        FROM user_expeditions AS e
        WHERE user_id = $2 AND completed_at IS NOT NULL
            AND ($3::timestamptz IS NULL OR (completed_at, expedition_id) < ($3, $4::uuid))
        ORDER BY completed_at DESC, expedition_id DESC
        LIMIT $5
        """,
        None,
        user_id,
        end_time,
        expedition_id,
        limit,
    )


@dataclass(frozen=True, slots=True)
class Log:
    """A line of an expedition's log."""

    log_no: int
    log_type: str
    encounter_number: int | None
    message: str
    data: dict[str, Any]
    timestamp: datetime


async def list_logs(tx: Tx, user_id: int, expedition_id: str, after: int, limit: int) -> list[Log]:
    """The lines after one of them, in order."""
    return await tx.all(
        Log,
        """
        -- list_logs
        SELECT log_no, log_type, encounter_number, message, data, timestamp
        FROM expedition_logs
        WHERE user_id = $1 AND expedition_id = $2 AND log_no > $3
        ORDER BY log_no
        LIMIT $4
        """,
        user_id,
        expedition_id,
        after,
        limit,
    )


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands in the way of a start."""

    running: int
    is_there: bool
    """A party of the player is at the place."""
    waifu_id: int | None
    """The first of the party who is away."""
    is_equipment_away: bool


async def find_obstacles(
    tx: Tx, user_id: int, template_id: str, waifu_ids: Sequence[int], equipment_id: str | None
) -> Obstacles:
    """What stands in the way of a start; why it did not fit."""
    return await tx.one(
        Obstacles,
        f"""
        -- find_obstacles
        WITH away AS (
            SELECT location, equipped_equipment_id FROM user_expeditions
            WHERE user_id = $1 AND {ACTIVE}
        )
        SELECT
            (SELECT count(*) FROM away) AS running,
            EXISTS (SELECT FROM away WHERE location = $2) AS is_there,
            (
                SELECT waifu_id FROM expedition_participants
                WHERE user_id = $1 AND is_away AND waifu_id = ANY($3::integer[])
                ORDER BY array_position($3, waifu_id)
                LIMIT 1
            ) AS waifu_id,
            EXISTS (SELECT FROM away WHERE equipped_equipment_id = $4::uuid) AS is_equipment_away
        """,
        user_id,
        template_id,
        waifu_ids,
        equipment_id,
    )
