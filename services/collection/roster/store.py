"""Owned waifus and the counters of a collection in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from chassis.operations.once import one_statement
from chassis.operations.store import open_statement, phase_statement
from chassis.postgres import Tx

# $1 user, $2 op, $3 step, $4 epoch, $5 request hash, $6 waifus and $7 copies of each, $8 shards by rarity, $9 totals
# by star, $10 powers by star, $11 the highest constellation
GRANT = """
-- grant
SELECT how, request_hash, outcome, answer
FROM grant_waifus($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
"""Merges copies into what the player has, and moves the counters: `rules.merge` as one statement."""

# $1 to $5 as arrays, $6 and $7 the first and last place of each player's in $8 and $9, the waifus and copies of all;
# $10 to $13 as $8 to $11 above
BATCH_GRANT = """
-- batch_grant
SELECT place::integer, how, request_hash, outcome, answer
FROM unnest($1::bigint[], $2::uuid[], $3::integer[], $4::integer[], $5::bytea[], $6::integer[], $7::integer[])
    WITH ORDINALITY AS asked (user_id, op_id, step, epoch, hash, first, last, place),
    LATERAL grant_waifus(user_id, op_id, step, epoch, hash, ($8::integer[])[first:last],
        ($9::integer[])[first:last], $10, $11, $12, $13)
"""
"""`GRANT` for several players, in the order in which they are given."""

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
