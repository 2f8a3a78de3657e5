"""Owned waifus and the counters of a collection in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from chassis.operations.once import one_statement
from chassis.operations.store import open_statement, phase_statement
from chassis.postgres import Tx

GRANT = one_statement(
    """
    -- grant
    pulled AS (
        SELECT pulled.waifu_id, pulled.copies, waifus.rarity, ($8::int[])[waifus.rarity] AS worth
        FROM turn, unnest($6::int[], $7::int[]) AS pulled (waifu_id, copies)
        -- A waifu who is not in the catalogue has no rarity, and the statement fails on it.
        LEFT JOIN waifus USING (waifu_id)
    ), found AS (
        SELECT
            pulled.waifu_id,
            mine.waifu_id IS NULL AS is_new,
            COALESCE(mine.current_star_level, pulled.rarity) AS stars,
            COALESCE(mine.character_shards, 0) AS shards,
            COALESCE(mine.constellation_level, 0) AS constellation,
            CASE WHEN mine.waifu_id IS NULL THEN copies - 1 ELSE copies END AS duplicates,
            pulled.worth
        FROM pulled
        LEFT JOIN user_waifus AS mine ON mine.user_id = $1 AND mine.waifu_id = pulled.waifu_id
    ), placed AS (
        SELECT
            *,
            duplicates * worth AS gained,
            ($9::int[])[stars] + shards + duplicates * worth AS place
        FROM found
    ), risen AS MATERIALIZED (
        SELECT *, width_bucket(place, $9::int[]) AS stars_after
        FROM placed
    ), merged AS (
        SELECT
            waifu_id,
            is_new,
            CASE WHEN is_new THEN 0 ELSE stars END AS stars_before,
            stars_after,
            gained,
            ($9::int[])[stars_after] - ($9::int[])[stars] AS spent,
            CASE WHEN stars_after < cardinality($9::int[])
                THEN place - ($9::int[])[stars_after] ELSE 0 END AS shards_after,
            CASE WHEN stars_after < cardinality($9::int[])
                THEN 0 ELSE place - ($9::int[])[stars_after] END AS surplus,
            LEAST($11::int, constellation + duplicates) AS constellation_after,
            ($10::int[])[stars_after]
                - CASE WHEN is_new THEN 0 ELSE ($10::int[])[stars] END AS power_gained
        FROM risen
    ), held AS (
        INSERT INTO user_waifus (
            user_id, waifu_id, current_star_level, character_shards, star_shards, surplus_shards,
            constellation_level
        )
        SELECT $1, waifu_id, stars_after, shards_after, spent, surplus, constellation_after
        FROM merged
        ON CONFLICT (user_id, waifu_id) DO UPDATE
        SET current_star_level = excluded.current_star_level,
            character_shards = excluded.character_shards,
            star_shards = user_waifus.star_shards + excluded.star_shards,
            surplus_shards = user_waifus.surplus_shards + excluded.surplus_shards,
            constellation_level = excluded.constellation_level
    ), gained AS (
        SELECT
            (count(*) FILTER (WHERE is_new))::int AS owned_count,
            sum(power_gained) AS power,
            sum(surplus) AS surplus,
            jsonb_agg(
                jsonb_build_object(
                    'waifu_id', waifu_id,
                    'is_new', is_new,
                    'stars_before', stars_before,
                    'stars_after', stars_after,
                    'shards_gained', gained,
                    'character_shards', shards_after,
                    'constellation_level', constellation_after,
                    'surplus_quartzs', surplus
                )
                ORDER BY waifu_id
            ) AS granted
        FROM merged
        HAVING count(*) > 0
    ), counted AS (
        INSERT INTO roster (user_id, owned_count, power)
        SELECT $1, owned_count, power
        FROM gained
        ON CONFLICT (user_id) DO UPDATE
        SET owned_count = roster.owned_count + excluded.owned_count,
            power = roster.power + excluded.power
        RETURNING owned_count, power
    ), answer AS (
        SELECT
            true AS done,
            jsonb_build_object(
                'granted', gained.granted,
                'surplus_quartzs', gained.surplus,
                'owned_before', counted.owned_count - gained.owned_count,
                'owned_count', counted.owned_count,
                'power_before', counted.power - gained.power,
                'power', counted.power
            ) AS body
        FROM counted, gained
    )
    """
)
"""Merges copies into what the player has, and moves the counters: `rules.merge` as one statement.

$6 waifus and $7 copies of each, $8 shards by rarity, $9 totals by star, $10 powers by star, $11 the
highest constellation. The answer carries what `rules.risen_rank` needs.
"""


# $6 waifu, $7 whether she is a favourite
SET_FAVORITE = one_statement(
    """
    -- set_favorite
    marked AS (
        UPDATE user_waifus SET is_favorite = $7::boolean
        FROM turn
        WHERE user_id = $1 AND waifu_id = $6::int
        RETURNING is_favorite
    ), answer AS (
        SELECT
            marked.is_favorite IS NOT NULL AS done,
            CASE WHEN marked.is_favorite IS NULL
                THEN jsonb_build_object('reason', 'WAIFU_NOT_OWNED',
                    'metadata', jsonb_build_object('waifu_id', $6::int::text))
                ELSE jsonb_build_object('is_favorite', marked.is_favorite) END AS body
        FROM turn
        LEFT JOIN marked ON true
    )
    """
)
"""Marks a waifu as a favourite or takes the mark off, where the player owns her."""

# $13 waifu
OPEN_AWAKENING = open_statement(
    """
    -- open_awakening
    marked AS (
        UPDATE user_waifus SET awakening_op = $2
        FROM turn
        WHERE user_id = $1 AND waifu_id = $13::int AND NOT is_awakened AND awakening_op IS NULL
        RETURNING 1
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM marked
    )
    """
)
"""Marks her as being awakened, provided that she is the player's and was not yet."""

# $8 waifu
UNMARK_AWAKENING = phase_statement(
    """
    -- unmark_awakening
    unmarked AS (
        UPDATE user_waifus SET awakening_op = NULL
        FROM turn
        WHERE user_id = $1 AND waifu_id = $8::int AND awakening_op = $2
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM turn
    )
    """
)
"""Takes the mark off again."""

# $8 waifu
WAKE = phase_statement(
    """
    -- wake
    woken AS (
        UPDATE user_waifus SET is_awakened = true, awakening_op = NULL
        FROM turn
        WHERE user_id = $1 AND waifu_id = $8::int AND awakening_op = $2
        RETURNING user_waifus.*
    ), fit AS (
        SELECT jsonb_build_object(
            'waifuId', waifu_id,
            'currentStarLevel', current_star_level,
            'characterShards', character_shards,
            'starShards', star_shards,
            'constellationLevel', constellation_level,
            'isAwakened', is_awakened,
            'isFavorite', is_favorite,
            'bondLevel', bond_level,
            'customNickname', COALESCE(custom_nickname, '')
        ) AS extra
        FROM woken
    )
    """
)
"""Wakes her whom this operation has marked, and tells how she stands."""


@dataclass(frozen=True, slots=True)
class Awakening:
    """Whether a waifu is awake, or about to be."""

    is_awakened: bool
    is_under_way: bool


async def find_awakening(tx: Tx, user_id: int, waifu_id: int) -> Awakening | None:
    """How far the awakening of one of the player's waifus is; none when she is not theirs."""
    return await tx.maybe(
        Awakening,
        """
        -- find_awakening
        SELECT is_awakened, awakening_op IS NOT NULL AS is_under_way
        FROM user_waifus
        WHERE user_id = $1 AND waifu_id = $2
        """,
        user_id,
        waifu_id,
    )


# $13 waifu, $14 copies, $15 operator, $16 reason, $17 ticket
AUDIT_GIVE = open_statement(
    """
    -- audit_give
    before AS (
        SELECT jsonb_build_object('stars', current_star_level, 'shards', character_shards,
            'constellation', constellation_level) AS had
        FROM turn, user_waifus
        WHERE user_id = $1 AND waifu_id = $13::int
    ), audited AS (
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
        SELECT $1, $2, 'give_waifu', $15, $16, $17, COALESCE((SELECT had FROM before), '{}'),
            jsonb_build_object('waifu_id', $13::int, 'copies', $14::int)
        FROM turn
        RETURNING 1
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM audited
    )
    """
)
"""Opens an operator's gift with its audit row."""


@dataclass(frozen=True, slots=True)
class OwnedRow:
    """A row of `user_waifus`, with what the list is sorted by."""

    waifu_id: int
    name: str
    rarity: int
    bond_level: int
    constellation_level: int
    current_star_level: int
    star_shards: int
    character_shards: int
    is_awakened: bool
    is_favorite: bool
    bond_points: int
    mood: int
    """At `mood_at`; since then it has faded."""
    mood_at: datetime | None
    last_interaction: datetime | None
    total_conversations: int
    favorite_memory: str | None
    custom_nickname: str | None
    room_decorations: list[str]
    obtained_at: datetime


MINE = """
            mine.bond_level, mine.constellation_level, mine.current_star_level, mine.star_shards,
            mine.character_shards, mine.is_awakened, mine.is_favorite, mine.bond_points,
            mine.mood, mine.mood_at,
            mine.last_interaction, mine.total_conversations, mine.favorite_memory,
            mine.custom_nickname, mine.room_decorations, mine.obtained_at
""".strip()
"""The columns of an `OwnedRow` that come from `user_waifus AS mine`."""


async def find_owned(tx: Tx, user_id: int, waifu_id: int) -> OwnedRow | None:
    """What the player has of one waifu."""
    return await tx.maybe(
        OwnedRow,
        f"""
        -- find_owned
        SELECT
            waifu_id, waifus.name, waifus.rarity,
            {MINE}
        FROM user_waifus AS mine
        JOIN waifus USING (waifu_id)
        WHERE mine.user_id = $1 AND mine.waifu_id = $2
        """,
        user_id,
        waifu_id,
    )


@dataclass(frozen=True, slots=True)
class Worth:
    """What a collection is worth."""

    owned_count: int
    power: int
    owned_by_rarity: list[int]


async def get_worth(tx: Tx, user_id: int) -> Worth:
    """The counters, and how many of each rarity as the catalogue has them today."""
    return await tx.one(
        Worth,
        """
        -- get_worth
        SELECT
            COALESCE(max(roster.owned_count), 0) AS owned_count,
            COALESCE(max(roster.power), 0) AS power,
            ARRAY[
                count(*) FILTER (WHERE waifus.rarity = 1),
                count(*) FILTER (WHERE waifus.rarity = 2),
                count(*) FILTER (WHERE waifus.rarity = 3)
            ] AS owned_by_rarity
        FROM roster
        JOIN user_waifus USING (user_id)
        JOIN waifus USING (waifu_id)
        WHERE user_id = $1
        """,
        user_id,
    )
