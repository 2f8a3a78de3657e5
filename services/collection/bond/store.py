"""Talks, gifts and mood in PostgreSQL. Every statement looks at the player's own waifus only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.operations.facts import told
from chassis.operations.store import open_statement, phase_statement
from chassis.postgres import Tx

HEARD_BEFORE = 6
"""So many exchanges an answer is made from."""

MOOD_NOW = """(CASE
            WHEN mine.mood_at IS NULL THEN mine.mood
            ELSE sign(mine.mood)::integer * GREATEST(0, abs(mine.mood) - LEAST(100, floor(
                GREATEST(0, extract(epoch FROM t - mine.mood_at)) * fade / 3600)))::integer
        END)"""
"""The mood of `user_waifus AS mine` at the time `t`, which fades by `fade` an hour: `rules.present_mood` as SQL."""

IS_BIRTHDAY = """(to_char(day, 'MM-DD') = birthday OR (
            -- Who was born on a leap day has her birthday a day before where there is none.
            birthday = '02-29' AND to_char(day, 'MM-DD') = '02-28' AND to_char(day + 1, 'MM-DD') = '03-01'
        ))"""
"""Whether the game day `day` is the birthday, as month and day."""

STAMP = """to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
TALKED = "CASE WHEN {row}.talk_day >= day THEN {row}.talks_today ELSE 0 END"
GIFTED = "CASE WHEN mine.gift_day >= day THEN mine.gifts_today ELSE 0 END"

# $13 waifu, $14 the time (null: the database's own), $15 offset of the game day, $16 most talks with her and
# $17 with all, $18 fading of the mood in an hour, $19 her birthday, $20 exchanges
OPEN_TALK = open_statement(
    f"""
    -- open_talk
    clock AS (
        SELECT t, (t AT TIME ZONE 'UTC' + $15::interval)::date AS day, $18::integer AS fade,
            $19::text AS birthday
        FROM turn, COALESCE($14::timestamptz, now()) AS t
    ), mine AS (
        SELECT t, day, {MOOD_NOW} AS mood, mine.bond_level, mine.total_conversations,
            {IS_BIRTHDAY} AS is_birthday,
            {TALKED.format(row="mine")} + 1 AS talks,
            {TALKED.format(row="roster")} + 1 AS all_talks
        FROM clock, user_waifus AS mine
        JOIN roster USING (user_id)
        WHERE user_id = $1 AND mine.waifu_id = $13::integer
    ), able AS (
        SELECT * FROM mine WHERE talks <= $16::integer AND all_talks <= $17::integer
    ), counted AS (
        UPDATE user_waifus SET talk_day = able.day, talks_today = able.talks
        FROM able
        WHERE user_id = $1 AND waifu_id = $13
    ), counted_all AS (
        UPDATE roster SET talk_day = able.day, talks_today = able.all_talks
        FROM able
        WHERE user_id = $1
    ), heard AS (
        SELECT user_message, waifu_response, timestamp, op_id
        FROM conversations
        WHERE user_id = $1 AND waifu_id = $13
        ORDER BY timestamp DESC, op_id DESC
        LIMIT $20::integer
    ), fit AS (
        SELECT jsonb_build_object(
            'mood', mood,
            'bondLevel', bond_level,
            'history', COALESCE((
                SELECT jsonb_agg(
                    jsonb_build_object('message', user_message, 'reply', waifu_response)
                    ORDER BY timestamp, op_id
                )
                FROM heard
            ), '[]'),
            'time', {STAMP.format(time="t")},
            'isBirthday', COALESCE(is_birthday, false),
            'isFirst', total_conversations = 0,
            'talksLeft', $16 - talks,
            'allTalksLeft', $17 - all_talks
        ) AS extra
        FROM able
    )
    """
)
"""Counts a talk, provided that she is the player's and the day has room for it; freezes what it is made from."""

FEELING = f"""
    clock AS (
        SELECT COALESCE($9::timestamptz, now()) AS t, $12::integer AS fade FROM turn
    ), before AS (
        SELECT t, bond_level, bond_points, {MOOD_NOW} AS mood
        FROM clock, user_waifus AS mine
        WHERE user_id = $1 AND waifu_id = $8::integer
    ), felt AS (
        SELECT
            t,
            mood AS mood_before,
            GREATEST(-100, LEAST(100, mood + $10::integer)) AS mood,
            bond_level AS level_before,
            GREATEST(bond_level, width_bucket(bond_points + $11::integer, $13::integer[])) AS bond_level,
            bond_points + $11 AS bond_points
        FROM before
    ), told AS (
        SELECT *, ($15::text[])[width_bucket(mood, $14::integer[])] AS word FROM felt
    ), standing AS (
        SELECT t, jsonb_build_object(
            'moodChange', mood - mood_before,
            'standing', jsonb_build_object(
                'mood', mood,
                'currentMood', word,
                'bondLevel', bond_level,
                'bondPoints', bond_points,
                'nextBondPoints', COALESCE(($13::integer[])[bond_level + 1], 0),
                'bondPointsGained', $11,
                'risenBondLevel', CASE WHEN bond_level > level_before THEN bond_level ELSE 0 END
            )
        ) AS extra, mood - mood_before AS mood_change
        FROM told
    )"""
"""How she feels after something that moves the mood by $10 and brings $11 points.

$8 waifu, $9 the time (null: the database's own), $12 fading in an hour, $13 points of the levels, $14 where the words
of moods begin, $15 the words.
"""

FEELS = """bond_level = told.bond_level, bond_points = told.bond_points, mood = told.mood, mood_at = told.t,
            current_mood = told.word, last_interaction = told.t"""

BEHIND = "{time} + interval '1 microsecond'"
"""The earliest time of what comes after: clocks may stand, or go back, and the order is told by them."""

# From $16: what was said, the answer, whether it is her birthday, when the talk was begun, the fact
SAVE_TALK = phase_statement(
    f"""
    -- save_talk
    {FEELING}, latest AS (
        SELECT waifu_response, timestamp FROM conversations
        WHERE user_id = $1 AND waifu_id = $8
        ORDER BY timestamp DESC, op_id DESC
        LIMIT 1
    ), new AS (
        -- Another talk may have been answered meanwhile: she does not say the same again.
        SELECT standing.*, GREATEST(t, {BEHIND.format(time="latest.timestamp")}) AS said_at
        FROM standing LEFT JOIN latest ON true
        WHERE $17::text IS DISTINCT FROM latest.waifu_response
    ), changed AS (
        UPDATE user_waifus SET {FEELS}, total_conversations = total_conversations + 1
        FROM told, new
        WHERE user_id = $1 AND waifu_id = $8
    ), said AS (
        INSERT INTO conversations (user_id, op_id, waifu_id, user_message, waifu_response, mood_change,
            points, is_birthday, timestamp)
        SELECT $1, $2, $8, $16::text, $17, mood_change, $11, $18::boolean, said_at
        FROM new
    ), {told("new", time="$19::timestamptz", first=20)}, fit AS (
        SELECT extra FROM new
    )
    """
)
"""Keeps the talk and moves mood, bond and counters."""

# $13 waifu, $14 the time, $15 offset of the game day, $16 most gifts for her, $17 fading, $18 her birthday
OPEN_GIFT = open_statement(
    f"""
    -- open_gift
    clock AS (
        SELECT t, (t AT TIME ZONE 'UTC' + $15::interval)::date AS day, $17::integer AS fade,
            $18::text AS birthday
        FROM turn, COALESCE($14::timestamptz, now()) AS t
    ), mine AS (
        SELECT t, day, {MOOD_NOW} AS mood, mine.bond_level, {IS_BIRTHDAY} AS is_birthday,
            {GIFTED} + 1 AS gifts
        FROM clock, user_waifus AS mine
        WHERE user_id = $1 AND waifu_id = $13::integer
    ), able AS (
        SELECT * FROM mine WHERE gifts <= $16::integer
    ), counted AS (
        UPDATE user_waifus SET gift_day = able.day, gifts_today = able.gifts
        FROM able
        WHERE user_id = $1 AND waifu_id = $13
    ), fit AS (
        SELECT jsonb_build_object(
            'mood', mood,
            'bondLevel', bond_level,
            'time', {STAMP.format(time="t")},
            'isBirthday', COALESCE(is_birthday, false),
            'giftsLeft', $16 - gifts,
            'lastReply', COALESCE((
                SELECT reply FROM gifts_given
                WHERE user_id = $1 AND waifu_id = $13
                ORDER BY at DESC, op_id DESC
                LIMIT 1
            ), '')
        ) AS extra
        FROM able
    )
    """
)
"""Counts a gift, provided that she is the player's and has not had enough; freezes whether it is her birthday."""

# $8 waifu, $9 when it was opened, $10 offset of the game day
UNCOUNT_GIFT = phase_statement(
    """
    -- uncount_gift
    uncounted AS (
        UPDATE user_waifus SET gifts_today = gifts_today - 1
        FROM turn
        WHERE user_id = $1 AND waifu_id = $8::integer
            -- The count of another day is not the one that it was in.
            AND gift_day = ($9::timestamptz AT TIME ZONE 'UTC' + $10::interval)::date
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM turn
    )
    """
)
"""Takes the count of a gift back that could not be paid."""

# From $16: gift, price, whether it is a favourite, whether it is her birthday, the answer, when it was begun, the fact
GIVE = phase_statement(
    f"""
    -- give
    {FEELING}, latest AS (
        SELECT reply, at FROM gifts_given
        WHERE user_id = $1 AND waifu_id = $8
        ORDER BY at DESC, op_id DESC
        LIMIT 1
    ), new AS (
        SELECT standing.*, GREATEST(t, {BEHIND.format(time="latest.at")}) AS given_at
        FROM standing LEFT JOIN latest ON true
        WHERE $20::text IS DISTINCT FROM latest.reply
    ), changed AS (
        UPDATE user_waifus SET {FEELS}
        FROM told, new
        WHERE user_id = $1 AND waifu_id = $8
    ), given AS (
        INSERT INTO gifts_given (user_id, op_id, waifu_id, gift_id, price, points, is_favorite, is_birthday,
            reply, at)
        SELECT $1, $2, $8, $16::text, $17::integer, $11, $18::boolean, $19::boolean, $20, given_at
        FROM new
    ), {told("new", time="$21::timestamptz", first=22)}, fit AS (
        SELECT extra FROM new
    )
    """
)
"""Keeps the gift that was paid and moves mood and bond."""


@dataclass(frozen=True, slots=True)
class Day:
    """What a waifu of the player's had of the day."""

    talks: int
    all_talks: int
    gifts: int
    next_time: datetime


async def find_day(
    tx: Tx, user_id: int, waifu_id: int, now: datetime | None, offset: timedelta
) -> Day | None:
    """How many talks and gifts of the day are used up; none when she is not the player's."""
    return await tx.maybe(
        Day,
        f"""
        -- find_day
        SELECT {TALKED.format(row="mine")} AS talks, {TALKED.format(row="roster")} AS all_talks,
            {GIFTED} AS gifts, ((day + 1)::timestamp - $4::interval) AT TIME ZONE 'UTC' AS next_time
        FROM COALESCE($3::timestamptz, now()) AS t
        CROSS JOIN LATERAL (SELECT (t AT TIME ZONE 'UTC' + $4::interval)::date AS day) AS today
        CROSS JOIN user_waifus AS mine
        JOIN roster USING (user_id)
        WHERE user_id = $1 AND mine.waifu_id = $2
        """,
        user_id,
        waifu_id,
        now,
        offset,
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """Something that she said."""

    message: str
    reply: str


async def list_exchanges(tx: Tx, user_id: int, waifu_id: int) -> list[Reply]:
    """The latest talks with her, the oldest first."""
    return await tx.all(
        Reply,
        """
        -- list_exchanges
        SELECT user_message AS message, waifu_response AS reply
        FROM (
            SELECT user_message, waifu_response, timestamp, op_id
            FROM conversations
            WHERE user_id = $1 AND waifu_id = $2
            ORDER BY timestamp DESC, op_id DESC
            LIMIT $3
        ) AS latest
        ORDER BY timestamp, op_id
        """,
        user_id,
        waifu_id,
        HEARD_BEFORE,
    )


async def find_gift_reply(tx: Tx, user_id: int, waifu_id: int) -> str:
    """What she said to the latest gift; empty before the first one."""
    return await tx.value(
        """
        -- find_gift_reply
        SELECT COALESCE((
            SELECT reply FROM gifts_given
            WHERE user_id = $1 AND waifu_id = $2
            ORDER BY at DESC, op_id DESC
            LIMIT 1
        ), '')
        """,
        user_id,
        waifu_id,
    )


@dataclass(frozen=True, slots=True)
class GivenCount:
    """How often a gift was given."""

    gift_id: str
    count: int


async def count_gifts(tx: Tx, user_id: int, waifu_id: int) -> dict[str, int]:
    """Gift to how often the player gave it to her; to anybody when the waifu is 0."""
    rows = await tx.all(
        GivenCount,
        """
        -- count_gifts
        SELECT gift_id, count(*) AS count
        FROM gifts_given
        WHERE user_id = $1 AND ($2 = 0 OR waifu_id = $2)
        GROUP BY gift_id
        """,
        user_id,
        waifu_id,
    )
    return {row.gift_id: row.count for row in rows}


@dataclass(frozen=True, slots=True)
class Talk:
    """A row of `conversations`."""

    op_id: str
    user_message: str
    waifu_response: str
    mood_change: int
    timestamp: datetime


async def list_conversations(
    tx: Tx, user_id: int, waifu_id: int, after: tuple[datetime, str] | None, count: int
) -> list[Talk]:
    """The talks with her behind a place, the newest first."""
    return await tx.all(
        Talk,
        """
        -- list_conversations
        SELECT op_id::text AS op_id, user_message, waifu_response, mood_change, timestamp
        FROM conversations
        WHERE user_id = $1 AND waifu_id = $2
            AND ($3::timestamptz IS NULL OR (timestamp, op_id) < ($3, $4::text::uuid))
        ORDER BY timestamp DESC, conversations.op_id DESC
        LIMIT $5
        """,
        user_id,
        waifu_id,
        after and after[0],
        after and after[1],
        count,
    )
