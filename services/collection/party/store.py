"""Parties in PostgreSQL: who could go, what is away, and what comes home."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.operations.once import one_statement
from chassis.postgres import Tx
from services.collection.bond.store import MOOD_NOW
from services.collection.equipment.store import ANSWER, AWARD, PIECE, refusal

WAIFU, EQUIPMENT = "'waifu_id', waifu_id", "'equipment_id', $8::uuid"

MEMBER = """jsonb_build_object(
                'waifu_id', waifus.waifu_id,
                'name', waifus.name,
                'series_id', series.series_id,
                'series_genres', string_to_array(series.genres, '|'),
                'stats', waifus.stats,
                'elemental_type', waifus.elemental_type,
                'archetype', COALESCE(waifus.archetype, ''),
                'current_star_level', mine.current_star_level,
                'constellation_level', mine.constellation_level,
                'bond_level', mine.bond_level,
                'is_awakened', mine.is_awakened
            )"""
"""How somebody goes: from the catalogue, and from what the player has of her."""

# $6 expedition, $7 waifus in the order of their places, $8 piece (null: none)
LOCK_PARTY = one_statement(
    f"""
    -- lock_party
    asked AS (
        SELECT waifu_id, place
        FROM turn, unnest($7::int[]) WITH ORDINALITY AS asked (waifu_id, place)
    ), party AS MATERIALIZED (
        SELECT place, asked.waifu_id, mine.waifu_id IS NOT NULL AS is_owned,
            EXISTS (
                SELECT FROM party_locks AS away
                WHERE away.user_id = $1 AND away.kind = 'waifu' AND away.thing = asked.waifu_id::text
            ) AS is_away,
            {MEMBER} AS member
        FROM asked
        LEFT JOIN user_waifus AS mine ON mine.user_id = $1 AND mine.waifu_id = asked.waifu_id
        LEFT JOIN waifus ON waifus.waifu_id = mine.waifu_id
        LEFT JOIN series ON series.series_id = waifus.series_id
    ), chosen AS MATERIALIZED (
        SELECT {PIECE}
        FROM turn, equipment AS piece
        WHERE piece.user_id = $1 AND piece.id = $8::uuid
    ), verdict AS MATERIALIZED (
        SELECT COALESCE(
            (SELECT {refusal("WAIFU_NOT_OWNED", WAIFU)} FROM party WHERE NOT is_owned ORDER BY place LIMIT 1),
            (SELECT {refusal("WAIFU_AWAY", WAIFU)} FROM party WHERE is_away ORDER BY place LIMIT 1),
            CASE
                WHEN $8 IS NOT NULL AND chosen.id IS NULL THEN {refusal("EQUIPMENT_NOT_FOUND", EQUIPMENT)}
                WHEN chosen.is_away THEN {refusal("EQUIPMENT_AWAY", EQUIPMENT)}
            END
        ) AS refusal
        FROM turn LEFT JOIN chosen ON true
    ), sent AS (
        INSERT INTO party_locks (user_id, kind, thing, expedition_id, place)
        SELECT $1, 'waifu', waifu_id::text, $6::uuid, place
        FROM party, verdict
        WHERE refusal IS NULL
        UNION ALL
        SELECT $1, 'equipment', id::text, $6, 0
        FROM chosen, verdict
        WHERE refusal IS NULL
        RETURNING expedition_id
    ), outcome AS (
        SELECT jsonb_build_object(
            'sent_expedition_id', (SELECT DISTINCT expedition_id FROM sent),
            'members', (SELECT jsonb_agg(member ORDER BY place) FROM party),
            'piece', (SELECT to_jsonb(chosen) || '{{"is_away": true}}' FROM chosen)
        ) AS body
        FROM verdict
        WHERE refusal IS NULL
    ), {ANSWER}
    """
)
"""Locks a party, all of it or nothing, and keeps how each of them went."""

# $6 the piece to award (null: none), $7 its main effect, $8 the last place, $9 expedition, $10 how the mood moves,
# $11 the time (null: the database's own), $12 fading in an hour, $13 where the words of moods begin, $14 the words
SETTLE = one_statement(
    f"""
    -- settle_party
    home AS (
        DELETE FROM party_locks USING turn
        WHERE user_id = $1 AND expedition_id = $9::uuid
        RETURNING kind, thing
    ), due AS MATERIALIZED (
        -- Only who was away has found something: one expedition is never paid twice.
        SELECT WHERE $6::uuid IS NOT NULL AND EXISTS (SELECT FROM home)
    ), {AWARD}, clock AS (
        SELECT t, $12::integer AS fade FROM turn, COALESCE($11::timestamptz, now()) AS t
    ), before AS (
        SELECT waifu_id, t, {MOOD_NOW} AS mood
        FROM home, clock, user_waifus AS mine
        WHERE mine.user_id = $1 AND kind = 'waifu' AND mine.waifu_id = thing::integer
            AND $10::integer <> 0
    ), felt AS (
        SELECT waifu_id, t, GREATEST(-100, LEAST(100, mood + $10)) AS mood FROM before
    ), moved AS (
        UPDATE user_waifus
        SET mood = felt.mood, mood_at = felt.t,
            current_mood = ($14::text[])[width_bucket(felt.mood, $13::integer[])]
        FROM felt
        WHERE user_id = $1 AND user_waifus.waifu_id = felt.waifu_id
    ), answer AS (
        SELECT
            true AS done,
            jsonb_build_object(
                'settled_expedition_id', $9::uuid,
                'piece', (SELECT to_jsonb(given) FROM given),
                'is_full', EXISTS (SELECT FROM due) AND NOT EXISTS (SELECT FROM given)
            ) AS body
        FROM turn
    )
    """
)
"""Brings a party home, puts what it found into a place where there is one, and moves the mood of each of them."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """A page of those who could go, and the piece they would take along."""

    members: list[dict[str, Any]]
    """Each with `is_away`, by waifu_id."""
    piece: dict[str, Any] | None


async def list_candidates(
    tx: Tx,
    user_id: int,
    waifu_ids: Sequence[int],
    equipment_id: str | None,
    after: int,
    most: int,
) -> Candidates:
    """Who could go of these, or of everybody; whoever is away is told of as well."""
    return await tx.one(
        Candidates,
        f"""
        -- list_candidates
        WITH page AS (
            SELECT mine.waifu_id,
                {MEMBER} AS member,
                EXISTS (
                    SELECT FROM party_locks AS away
                    WHERE away.user_id = $1 AND away.kind = 'waifu'
                        AND away.thing = mine.waifu_id::text
                ) AS is_away
            FROM user_waifus AS mine
            JOIN waifus ON waifus.waifu_id = mine.waifu_id
            JOIN series ON series.series_id = waifus.series_id
            WHERE mine.user_id = $1 AND mine.waifu_id > $4
                AND (cardinality($2::int[]) = 0 OR mine.waifu_id = ANY($2))
            ORDER BY mine.waifu_id
            LIMIT $5
        ), chosen AS (
            SELECT {PIECE}
            FROM equipment AS piece
            WHERE piece.user_id = $1 AND piece.id = $3::uuid
        )
        SELECT
            COALESCE(
                (
                    SELECT jsonb_agg(
                        jsonb_build_object('member', member, 'is_away', is_away) ORDER BY waifu_id
                    )
                    FROM page
                ),
                '[]'
            ) AS members,
            (SELECT to_jsonb(chosen) FROM chosen) AS piece
        """,
        *(user_id, waifu_ids, equipment_id, after, most),
    )
