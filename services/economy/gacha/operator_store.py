"""Banners as operators see them, in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Tx


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a banner."""

    version: int
    is_in_force: bool
    created_at: datetime
    summon_count: int
    digest: bytes


async def list_versions(tx: Tx, banner_id: str) -> list[VersionRow]:
    """Every version of a banner, the newest first."""
    return await tx.all(
        VersionRow,
        """
        -- list_versions
        SELECT version, banner_versions.id = version_id AS is_in_force, created_at,
            (SELECT count(*) FROM summons WHERE banner_version_id = banner_versions.id) AS summon_count,
            digest
        FROM banner_versions
        JOIN banners ON banners.id = banner_id
        WHERE banner_id = $1
        ORDER BY version DESC
        """,
        banner_id,
    )


async def schedule_banner(
    tx: Tx, banner_id: str, start: datetime, end: datetime, *, is_active: bool
) -> None:
    """Gives a banner other opening hours."""
    await tx.run(
        """
        -- schedule_banner
        UPDATE banners SET start_time = $2, end_time = $3, is_active = $4 WHERE id = $1
        """,
        banner_id,
        start,
        end,
        is_active,
    )


@dataclass(frozen=True, slots=True)
class Reward:
    """What the missions of a period bring together."""

    currency_type: str
    period: str
    amount: int


async def list_rewards(tx: Tx) -> list[Reward]:
    """What all missions together bring, by currency and period."""
    return await tx.all(
        Reward,
        """
        -- list_rewards
        SELECT reward_type AS currency_type, period, sum(reward_amount)::bigint AS amount
        FROM daily_missions
        WHERE is_active
        GROUP BY reward_type, period
        """,
    )
