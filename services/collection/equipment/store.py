"""Equipment in PostgreSQL. Every statement looks at the player's own pieces only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.operations.facts import told
from chassis.operations.once import one_statement
from chassis.postgres import Tx

AWAY = """EXISTS (
            SELECT FROM party_locks AS party
            WHERE party.user_id = piece.user_id AND party.kind = 'equipment'
                AND party.thing = piece.id::text
        )"""
SUB_SLOTS = """COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object('slot_index', slot.slot_index, 'effect', slot.effect)
                ORDER BY slot.slot_index
            )
            FROM equipment_sub_slots AS slot
            WHERE slot.user_id = piece.user_id AND slot.equipment_id = piece.id
        ), '[]')"""
PIECE = f"""
            piece.id, piece.slot_no, piece.main_effect, {SUB_SLOTS} AS sub_slots, piece.is_favorite,
            {AWAY} AS is_away, piece.created_at"""
"""The columns of a `Piece`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece with its sub slots."""

    id: str
    slot_no: int
    main_effect: dict[str, Any]
    sub_slots: list[dict[str, Any]]
    is_favorite: bool
    is_away: bool
    created_at: datetime

    @classmethod
    def kept(cls, body: dict[str, Any]) -> "Piece":
        """A piece as a change has kept it in its answer."""
        columns: dict[str, Any] = {**body, "created_at": datetime.fromisoformat(body["created_at"])}
        return cls(**columns)


async def list_equipment(tx: Tx, user_id: int) -> list[Piece]:
    """Every piece of the player, the newest first; the numbered places bound how many."""
    return await tx.all(
        Piece,
        f"""
        -- list_equipment
        SELECT {PIECE}
        FROM equipment AS piece
        WHERE piece.user_id = $1
        ORDER BY piece.created_at DESC, piece.id DESC
        """,
        user_id,
    )


async def find_equipment(tx: Tx, user_id: int, equipment_id: str) -> Piece | None:
    """One piece, if it is the player's."""
    return await tx.maybe(
        Piece,
        f"""
        -- find_equipment
        SELECT {PIECE}
        FROM equipment AS piece
        WHERE piece.user_id = $1 AND piece.id = $2
        """,
        user_id,
        equipment_id,
    )


def refusal(reason: str, fact: str = "") -> str:
    """A refusal as its statement keeps it; `fact` is a name and an expression."""
    return f"jsonb_build_object('reason', '{reason}', 'metadata', jsonb_build_object({fact}))"


FIRST, SECOND = "'equipment_id', $6::uuid", "'equipment_id', $7::uuid"

CHOSEN = f"""chosen AS MATERIALIZED (
        SELECT {PIECE}
        FROM turn, equipment AS piece
        WHERE piece.user_id = $1 AND piece.id = $6::uuid
    )"""
"""The player's piece that a change is about: none when it is another player's."""

ANSWER = """answer AS (
        -- A change that was let in and did nothing has no body, and the statement fails on it.
        SELECT refusal IS NULL AS done, COALESCE(refusal, outcome.body) AS body
        FROM verdict LEFT JOIN outcome ON true
    )"""

UNLOCK_SUB_SLOT = one_statement(
    f"""
    -- unlock_sub_slot
    {CHOSEN}, fuel AS MATERIALIZED (
        SELECT piece.id, piece.is_favorite, {AWAY} AS is_away
        FROM turn, equipment AS piece
        WHERE piece.user_id = $1 AND piece.id = $7::uuid
    ), verdict AS MATERIALIZED (
        SELECT CASE
            WHEN chosen.id IS NULL THEN {refusal("EQUIPMENT_NOT_FOUND", FIRST)}
            WHEN chosen.id = $7 THEN {refusal("SAME_PIECE")}
            WHEN fuel.id IS NULL THEN {refusal("EQUIPMENT_NOT_FOUND", SECOND)}
            WHEN jsonb_array_length(chosen.sub_slots) >= $9::int
                THEN {refusal("SUB_SLOTS_FULL", "'limit', $9::int")}
            WHEN chosen.is_away THEN {refusal("EQUIPMENT_AWAY", FIRST)}
            WHEN fuel.is_away THEN {refusal("EQUIPMENT_AWAY", SECOND)}
            WHEN fuel.is_favorite THEN {refusal("EQUIPMENT_LOCKED", SECOND)}
        END AS refusal
        FROM turn LEFT JOIN chosen ON true LEFT JOIN fuel ON true
    ), consumed AS (
        DELETE FROM equipment USING verdict
        WHERE equipment.user_id = $1 AND equipment.id = $7 AND verdict.refusal IS NULL
        RETURNING equipment.id
    ), grown AS (
        -- Nothing opens unless a piece went for it.
        UPDATE equipment
        SET unlocked_sub_slots = equipment.unlocked_sub_slots + 1, updated_at = now()
        FROM consumed
        WHERE equipment.user_id = $1 AND equipment.id = $6
        RETURNING equipment.unlocked_sub_slots
    ), opened AS (
        INSERT INTO equipment_sub_slots (user_id, equipment_id, slot_index, effect)
        SELECT $1, $6, unlocked_sub_slots, $8::jsonb
        FROM grown
        RETURNING jsonb_build_object('slot_index', slot_index, 'effect', effect) AS sub_slot
    ), {told("opened", time="COALESCE($10::timestamptz, now())", first=11)}, outcome AS (
        SELECT jsonb_build_object(
            'piece', to_jsonb(chosen)
                || jsonb_build_object('sub_slots', chosen.sub_slots || opened.sub_slot),
            'opened', opened.sub_slot,
            'consumed_equipment_id', consumed.id
        ) AS body
        FROM chosen, opened, consumed
    ), {ANSWER}
    """
)
"""Consumes piece $7 and opens the next sub slot of piece $6, with effect $8; $9 is the highest number.

$10 is the time (null: the database's own); from $11 on stands the fact.
"""

CLEAR_SUB_SLOTS = one_statement(
    f"""
    -- clear_sub_slots
    {CHOSEN}, verdict AS MATERIALIZED (
        SELECT CASE
            WHEN chosen.id IS NULL THEN {refusal("EQUIPMENT_NOT_FOUND", FIRST)}
            WHEN chosen.sub_slots = '[]' THEN {refusal("NO_SUB_SLOTS", FIRST)}
            WHEN chosen.is_favorite THEN {refusal("EQUIPMENT_LOCKED", FIRST)}
            WHEN chosen.is_away THEN {refusal("EQUIPMENT_AWAY", FIRST)}
        END AS refusal
        FROM turn LEFT JOIN chosen ON true
    ), shrunk AS (
        UPDATE equipment
        SET unlocked_sub_slots = CASE WHEN $7::boolean THEN 0 ELSE unlocked_sub_slots - 1 END,
            updated_at = now()
        FROM verdict
        WHERE equipment.user_id = $1 AND equipment.id = $6 AND verdict.refusal IS NULL
        RETURNING equipment.unlocked_sub_slots
    ), removed AS (
        DELETE FROM equipment_sub_slots AS slot USING shrunk
        WHERE slot.user_id = $1 AND slot.equipment_id = $6
            AND slot.slot_index > shrunk.unlocked_sub_slots
        RETURNING slot.slot_index
    ), {told("shrunk", time="COALESCE($8::timestamptz, now())", first=9)}, outcome AS (
        SELECT jsonb_build_object(
            'piece', to_jsonb(chosen) || jsonb_build_object(
                'sub_slots', CASE WHEN $7 THEN '[]' ELSE chosen.sub_slots - (-1) END
            ),
            'removed_count', (SELECT count(*) FROM removed)
        ) AS body
        FROM chosen, shrunk
    ), {ANSWER}
    """
)
"""Removes the last sub slot of piece $6, or with $7 all of them; $8 is the time, from $9 the fact."""

DISCARD = one_statement(
    f"""
    -- discard_equipment
    {CHOSEN}, verdict AS MATERIALIZED (
        SELECT CASE
            WHEN chosen.id IS NULL THEN {refusal("EQUIPMENT_NOT_FOUND", FIRST)}
            WHEN chosen.is_favorite THEN {refusal("EQUIPMENT_LOCKED", FIRST)}
            WHEN chosen.is_away THEN {refusal("EQUIPMENT_AWAY", FIRST)}
        END AS refusal
        FROM turn LEFT JOIN chosen ON true
    ), discarded AS (
        DELETE FROM equipment USING verdict
        WHERE equipment.user_id = $1 AND equipment.id = $6 AND verdict.refusal IS NULL
        RETURNING equipment.id
    ), outcome AS (
        SELECT jsonb_build_object('discarded_equipment_id', id) AS body FROM discarded
    ), {ANSWER}
    """
)
"""Throws piece $6 away, its sub slots with it."""

SET_FAVORITE = one_statement(
    f"""
    -- set_equipment_favorite
    {CHOSEN}, verdict AS MATERIALIZED (
        SELECT CASE
            WHEN chosen.id IS NULL THEN {refusal("EQUIPMENT_NOT_FOUND", FIRST)}
        END AS refusal
        FROM turn LEFT JOIN chosen ON true
    ), marked AS (
        UPDATE equipment
        SET is_favorite = $7::boolean, updated_at = now()
        FROM chosen
        WHERE equipment.user_id = $1 AND equipment.id = chosen.id
        RETURNING equipment.is_favorite
    ), outcome AS (
        SELECT jsonb_build_object('is_favorite', is_favorite) AS body FROM marked
    ), {ANSWER}
    """
)
"""Locks piece $6 as a favourite, or unlocks it: $7."""

AWARD = f"""awarded AS (
        INSERT INTO equipment (user_id, id, slot_no, main_effect)
        SELECT $1, $6::uuid, place, $7::jsonb
        FROM due, generate_series(1, $8::int) AS place
        WHERE NOT EXISTS (
            SELECT FROM equipment AS piece WHERE piece.user_id = $1 AND piece.slot_no = place
        )
        ORDER BY place
        LIMIT 1
        RETURNING equipment.*
    ), given AS MATERIALIZED (
        SELECT {PIECE}
        FROM awarded AS piece
    )"""
"""A part of a statement: puts piece $6 with main effect $7 into the first free place up to $8.

It does so where CTE `due` has its row. `given` has the piece, and no row when every place is taken. What else the
statement does has $9 and on.
"""

ADMIN_GIVE = one_statement(
    f"""
    -- admin_give_equipment
    due AS (
        SELECT FROM turn
    ), {AWARD}, verdict AS MATERIALIZED (
        SELECT CASE
            WHEN given.id IS NULL THEN {refusal("EQUIPMENT_FULL", "'limit', $8::int")}
        END AS refusal
        FROM turn LEFT JOIN given ON true
    ), audited AS (
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
        SELECT $1, $2, 'give_equipment', $9, $10, $11,
            jsonb_build_object('equipment_count', had.count),
            jsonb_build_object('equipment_count', had.count + 1, 'equipment_id', given.id,
                'slot_no', given.slot_no, 'main_effect', given.main_effect)
        FROM given, (SELECT count(*) FROM equipment WHERE user_id = $1) AS had
    ), outcome AS (
        SELECT jsonb_build_object('piece', to_jsonb(given)) AS body FROM given
    ), {ANSWER}
    """
)
"""Gives a piece by the hand of operator $9, for reason $10 and ticket $11, with its audit row."""
