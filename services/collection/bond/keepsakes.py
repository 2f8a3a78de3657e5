"""What a player chooses of what was earned with a waifu, in PostgreSQL: nickname, room, dearest memory.

What something asks for comes as a way, a number and a word (`rules.Condition`), and the statements say whether
that is met: a room is read and furnished by the same words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.operations.once import one_statement
from chassis.postgres import Tx

NOT_OWNED = """jsonb_build_object('reason', 'WAIFU_NOT_OWNED',
                    'metadata', jsonb_build_object('waifu_id', $6::integer::text))"""

# $6 waifu, $7 nickname, empty for none
SET_NICKNAME = one_statement(
    f"""
    -- set_nickname
    named AS (
        UPDATE user_waifus SET custom_nickname = NULLIF($7::text, '')
        FROM turn
        WHERE user_id = $1 AND waifu_id = $6::integer
        RETURNING COALESCE(custom_nickname, '') AS nickname
    ), answer AS (
        SELECT
            nickname IS NOT NULL AS done,
            CASE WHEN nickname IS NULL THEN {NOT_OWNED}
                ELSE jsonb_build_object('nickname', nickname) END AS body
        FROM turn LEFT JOIN named ON true
    )
    """
)
"""Gives her a nickname, where she is the player's."""

GIFTS = """(SELECT count(*) FROM gifts_given AS g
                WHERE g.user_id = mine.user_id AND g.waifu_id = mine.waifu_id{which})"""
IS_EARNED = f"""CASE way
            WHEN 'free' THEN true
            WHEN 'met' THEN true
            WHEN 'bond' THEN mine.bond_level >= number
            WHEN 'stars' THEN mine.current_star_level >= number
            WHEN 'awakened' THEN mine.is_awakened
            WHEN 'talks' THEN mine.total_conversations >= number
            WHEN 'gifts' THEN {GIFTS.format(which="")} >= number
            WHEN 'favorites' THEN {GIFTS.format(which=" AND g.is_favorite")} >= number
            WHEN 'gift' THEN {GIFTS.format(which=" AND g.gift_id = word")} >= number
            WHEN 'birthday' THEN {GIFTS.format(which=" AND g.is_birthday")} >= number OR EXISTS (
                SELECT FROM conversations AS c
                WHERE c.user_id = mine.user_id AND c.waifu_id = mine.waifu_id AND c.is_birthday)
            ELSE false
        END"""
"""Whether `user_waifus AS mine` meets a condition: `way`, `number` and `word` of `rules.Condition`."""

NTH_GIFT = """(SELECT g.at FROM gifts_given AS g
                WHERE g.user_id = mine.user_id AND g.waifu_id = mine.waifu_id{which}
                ORDER BY g.at, g.op_id OFFSET number - 1 LIMIT 1)"""
EARNED_AT = f"""CASE way
            WHEN 'met' THEN mine.obtained_at
            WHEN 'talks' THEN (SELECT c.timestamp FROM conversations AS c
                WHERE c.user_id = mine.user_id AND c.waifu_id = mine.waifu_id
                ORDER BY c.timestamp, c.op_id OFFSET number - 1 LIMIT 1)
            WHEN 'gifts' THEN {NTH_GIFT.format(which="")}
            WHEN 'favorites' THEN {NTH_GIFT.format(which=" AND g.is_favorite")}
            WHEN 'birthday' THEN LEAST({NTH_GIFT.format(which=" AND g.is_birthday")}, (
                SELECT min(c.timestamp) FROM conversations AS c
                WHERE c.user_id = mine.user_id AND c.waifu_id = mine.waifu_id AND c.is_birthday))
        END"""
"""When that was; stars, levels and awakening leave no time behind."""

# $6 waifu, $7 decorations, $8 ways, $9 numbers and $10 words of what they ask for
SET_ROOM = one_statement(
    f"""
    -- set_room
    mine AS (
        SELECT mine.* FROM turn, user_waifus AS mine
        WHERE mine.user_id = $1 AND mine.waifu_id = $6::integer
    ), wished AS (
        SELECT place, decoration_id, {IS_EARNED} AS is_earned
        FROM mine, unnest($7::text[], $8::text[], $9::integer[], $10::text[]) WITH ORDINALITY
            AS wish (decoration_id, way, number, word, place)
    ), missing AS (
        SELECT decoration_id FROM wished WHERE NOT is_earned ORDER BY place LIMIT 1
    ), furnished AS (
        UPDATE user_waifus SET room_decorations = to_jsonb($7::text[])
        FROM mine
        WHERE user_waifus.user_id = $1 AND user_waifus.waifu_id = $6
            AND NOT EXISTS (SELECT FROM missing)
        RETURNING user_waifus.room_decorations AS room
    ), answer AS (
        SELECT
            room IS NOT NULL AS done,
            CASE
                WHEN mine.waifu_id IS NULL THEN {NOT_OWNED}
                WHEN room IS NULL THEN jsonb_build_object('reason', 'DECORATION_NOT_OWNED',
                    'metadata', jsonb_build_object('decoration_id', (SELECT decoration_id FROM missing)))
                ELSE jsonb_build_object('decoration_ids', room)
            END AS body
        FROM turn LEFT JOIN mine ON true LEFT JOIN furnished ON true
    )
    """
)
"""Furnishes her room, provided that all of it was earned with her."""

# $6 waifu, $7 memory, empty for none, $8 way, $9 number and $10 word of what it asks for
SET_FAVORITE_MEMORY = one_statement(
    f"""
    -- set_favorite_memory
    mine AS (
        SELECT mine.* FROM turn, user_waifus AS mine
        WHERE mine.user_id = $1 AND mine.waifu_id = $6::integer
    ), wished AS (
        SELECT FROM mine, (VALUES ($8::text, $9::integer, $10::text)) AS wish (way, number, word)
        WHERE {IS_EARNED}
    ), kept_dear AS (
        UPDATE user_waifus SET favorite_memory = NULLIF($7::text, '')
        FROM wished
        WHERE user_id = $1 AND waifu_id = $6
        RETURNING COALESCE(favorite_memory, '') AS memory_id
    ), answer AS (
        SELECT
            memory_id IS NOT NULL AS done,
            CASE
                WHEN mine.waifu_id IS NULL THEN {NOT_OWNED}
                WHEN memory_id IS NULL THEN jsonb_build_object('reason', 'MEMORY_NOT_LIVED',
                    'metadata', jsonb_build_object('memory_id', $7))
                ELSE jsonb_build_object('memory_id', memory_id)
            END AS body
        FROM turn LEFT JOIN mine ON true LEFT JOIN kept_dear ON true
    )
    """
)
"""Keeps a memory dearest, provided that it was lived through with her."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Conditions as the columns of a statement."""

    ids: Sequence[str]
    ways: Sequence[str]
    numbers: Sequence[int]
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Life:
    """What was earned with a waifu, and what the player has chosen of it."""

    room: list[str]
    favorite_memory: str
    earned: list[str]
    times: list[datetime | None]
    """When each of the earned ones was, as far as it is known."""


async def find_life(tx: Tx, user_id: int, waifu_id: int, asked: Asked) -> Life | None:
    """Which conditions are met with her; none when she is not the player's."""
    return await tx.maybe(
        Life,
        f"""
        -- find_life
        SELECT mine.room_decorations AS room, COALESCE(mine.favorite_memory, '') AS favorite_memory,
            lived.earned, lived.times
        FROM user_waifus AS mine
        CROSS JOIN LATERAL (
            SELECT COALESCE(array_agg(id ORDER BY place), '{{}}') AS earned,
                COALESCE(array_agg({EARNED_AT} ORDER BY place), '{{}}') AS times
            FROM unnest($3::text[], $4::text[], $5::integer[], $6::text[]) WITH ORDINALITY
                AS wish (id, way, number, word, place)
            WHERE {IS_EARNED}
        ) AS lived
        WHERE mine.user_id = $1 AND mine.waifu_id = $2
        """,
        user_id,
        waifu_id,
        asked.ids,
        asked.ways,
        asked.numbers,
        asked.words,
    )
