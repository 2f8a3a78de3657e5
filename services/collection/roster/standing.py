"""Who is how strong: the top of all collections, and a place from the histogram of their power."""

from dataclasses import dataclass

from chassis.background import again_and_again
from chassis.postgres import Database, Tx

FOLD_INTERVAL_S = 5.0
FOLDED_AT_ONCE = 5_000

KNOWN = """known AS (
            SELECT power, collectors FROM power_counts
            UNION ALL
            SELECT power, collectors FROM power_moves
        )"""
"""Power to collections: the histogram, and what moved since it was brought up to date; a power may stand twice."""


@dataclass(frozen=True, slots=True)
class TopRow:
    """A collection among the strongest."""

    place: int
    user_id: int
    power: int
    owned_count: int


async def list_top(tx: Tx, after: tuple[int, int] | None, limit: int) -> list[TopRow]:
    """The collections behind a place (power and player), the strongest first; equal ones share a place."""
    power, user_id = after or (None, None)
    return await tx.all(
        TopRow,
        f"""
        -- list_top
        WITH page AS (
            SELECT user_id, power, owned_count
            FROM roster
            WHERE $1::bigint IS NULL OR (power <= $1 AND (power < $1 OR user_id > $2::bigint))
            ORDER BY power DESC, user_id
            LIMIT $3
        ), {KNOWN}, counts AS (
            SELECT power, sum(collectors)::bigint AS collectors FROM known GROUP BY power
        ), places AS (
            SELECT power, 1 + sum(collectors) OVER (ORDER BY power DESC) - collectors AS place
            FROM counts
            WHERE power >= (SELECT min(power) FROM page)
        )
        SELECT place::bigint AS place, user_id, power, owned_count
        FROM page
        JOIN places USING (power)
        ORDER BY power DESC, user_id
        """,
        power,
        user_id,
        limit,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one collection stands among all of them."""

    place: int
    """0 for who owns nobody."""
    collector_count: int
    power: int


async def get_place(tx: Tx, user_id: int) -> Place:
    """The player's place: how many collections are stronger, from the histogram."""
    return await tx.one(
        Place,
        f"""
        -- get_place
        WITH mine AS (
            SELECT power FROM roster WHERE user_id = $1
        ), {KNOWN}
        SELECT
            CASE WHEN EXISTS (SELECT FROM mine)
                THEN 1 + COALESCE(sum(collectors) FILTER (WHERE power > (SELECT power FROM mine)), 0)
                ELSE 0 END::bigint AS place,
            COALESCE(sum(collectors), 0)::bigint AS collector_count,
            COALESCE((SELECT power FROM mine), 0) AS power
        FROM known
        """,
        user_id,
    )


async def fold_moves(tx: Tx, limit: int) -> int:
    """Brings the histogram up to date by some moves; how many. Two replicas take different ones."""
    return await tx.value(
        """
        -- fold_moves
        WITH taken AS (
            DELETE FROM power_moves
            WHERE move IN (
                SELECT move FROM power_moves ORDER BY move LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            RETURNING power, collectors
        ), folded AS (
            INSERT INTO power_counts (power, collectors)
            SELECT power, sum(collectors)
            FROM taken
            GROUP BY power
            -- All take the rows in one order, so that none waits for another in a circle.
            ORDER BY power
            ON CONFLICT (power) DO UPDATE
            SET collectors = power_counts.collectors + excluded.collectors
        )
        SELECT count(*)::integer FROM taken
        """,
        limit,
    )


class Standing:
    """Keeps the histogram short to read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_folded(self) -> None:
        """Folds again and again until it is cancelled."""
        await again_and_again(self.fold, FOLD_INTERVAL_S, away="standing.stale")

    async def fold(self) -> None:
        """Folds whatever has moved."""
        while await fold_moves(self._database.bare, FOLDED_AT_ONCE) == FOLDED_AT_ONCE:
            pass
