"""What the phases of an expedition change: one statement each, which demands the state that it starts from."""

from chassis.operations.once import one_statement
from chassis.operations.store import open_statement, phase_statement
from services.expeditions.expedition.store import ACTIVE, SLOTS

STAMP = """to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

# $13 expedition, $14 name, $15 template, $16 difficulty, $17 hours, $18 atlas version, $19 waifus, $20 equipment
OPEN = open_statement(
    f"""
    -- open_expedition
    free AS (
        SELECT min(no)::smallint AS slot_no
        FROM turn, generate_series(1, {SLOTS}) AS no
        WHERE NOT EXISTS (
            SELECT FROM user_expeditions WHERE user_id = $1 AND slot_no = no AND {ACTIVE}
        )
    ), able AS (
        SELECT slot_no FROM free
        WHERE slot_no IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM user_expeditions
                WHERE user_id = $1 AND {ACTIVE}
                    AND (location = $15 OR equipped_equipment_id = $20::uuid)
            )
            AND NOT EXISTS (
                SELECT FROM expedition_participants
                WHERE user_id = $1 AND is_away AND waifu_id = ANY($19::integer[])
            )
    ), begun AS (
        INSERT INTO user_expeditions (user_id, expedition_id, expedition_name, location, difficulty,
            duration_hours, slot_no, status, equipped_equipment_id, atlas_version)
        SELECT $1, $13::uuid, $14, $15, $16::integer, $17::integer, slot_no, 'starting', $20, $18::bigint
        FROM able
    ), along AS (
        INSERT INTO expedition_participants (user_id, expedition_id, position_in_party, waifu_id, is_away)
        SELECT $1, $13, position, waifu_id, true
        FROM able, unnest($19) WITH ORDINALITY AS party (waifu_id, position)
    ), fit AS (
        SELECT jsonb_build_object('slotNo', slot_no) AS extra FROM able
    )
    """
)
"""Takes a free place for a party of which nobody is away, to where no other one is."""

# $8 expedition
STAY = phase_statement(
    """
    -- stay_at_home
    parted AS (
        DELETE FROM expedition_participants USING turn
        WHERE user_id = $1 AND expedition_id = $8::uuid
    ), ended AS (
        DELETE FROM user_expeditions USING turn
        WHERE user_id = $1 AND expedition_id = $8
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM turn
    )
    """
)
"""Gives the place of a party back that could not leave."""

# $8 expedition, $9 the time (null: the database's own), $10 snapshot, $11 seed, $12 waifus, $13 their stars,
# $14 notice, $15 where to tell it (null: nobody asked)
DEPART = phase_statement(
    f"""
    -- depart
    clock AS (
        SELECT COALESCE($9::timestamptz, now()) AS t FROM turn
    ), gone AS (
        UPDATE user_expeditions SET status = 'in_progress', started_at = t,
            ends_at = t + make_interval(hours => duration_hours), expedition_data = $10::jsonb,
            seed = $11::bytea
        FROM clock
        WHERE user_id = $1 AND expedition_id = $8::uuid AND status = 'starting'
        RETURNING started_at, ends_at
    ), along AS (
        UPDATE expedition_participants AS p SET star_level_used = party.stars
        FROM gone, unnest($12::integer[], $13::integer[]) AS party (waifu_id, stars)
        WHERE user_id = $1 AND expedition_id = $8 AND p.waifu_id = party.waifu_id
    ), asked AS (
        INSERT INTO notices (user_id, notice_id, expedition_id, epoch, channel_id, state)
        SELECT $1, $14::uuid, $8, $4, $15::bigint, 'waiting'
        FROM gone
        WHERE $15 IS NOT NULL
    ), fit AS (
        SELECT jsonb_build_object(
            'startTime', {STAMP.format(time="started_at")}, 'readyTime', {STAMP.format(time="ends_at")}
        ) AS extra
        FROM gone
    )
    """
)
"""Lets the party leave, with everything frozen that its way depends on, and with the wish to hear of its return."""

# $13 expedition, $14 the time (null: the database's own), $15 report, $16 log, $17 who comes home how
RESOLVE = open_statement(
    """
    -- resolve_expedition
    ready AS (
        SELECT t FROM turn, user_expeditions, COALESCE($14::timestamptz, now()) AS t
        WHERE user_id = $1 AND expedition_id = $13::uuid AND status = 'in_progress' AND ends_at <= t
    ), resolved AS (
        UPDATE user_expeditions SET status = 'completing', closing_op_id = $2, resolved_at = t,
            final_results = $15
        FROM ready
        WHERE user_id = $1 AND expedition_id = $13
    ), home AS (
        -- A message as it is kept leaves out what is zero.
        UPDATE expedition_participants AS p
        SET final_hp = coalesce(m.final_hp, 0), final_mp = coalesce(m.final_mp, 0)
        FROM ready, jsonb_to_recordset($17::jsonb) AS m (waifu_id integer, final_hp integer, final_mp integer)
        WHERE user_id = $1 AND expedition_id = $13 AND p.waifu_id = m.waifu_id
    ), unasked AS (
        -- Who brings them home needs not be told.
        DELETE FROM notices USING ready
        WHERE user_id = $1 AND expedition_id = $13 AND state = 'waiting'
    ), told AS (
        INSERT INTO expedition_logs (user_id, expedition_id, log_no, log_type, encounter_number, message,
            data, timestamp)
        SELECT $1, $13, line.log_no, line.log_type, line.encounter_number, line.message, line.data, t
        FROM ready, jsonb_to_recordset($16::jsonb) AS line (log_no smallint, log_type text,
            encounter_number smallint, message text, data jsonb)
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM ready
    )
    """
)
"""Keeps how it went, once and for ever, provided that the time is over and nobody was faster."""

# $8 expedition, $9 the time (null: the database's own), $10 what became of the rewards
CLOSE = phase_statement(
    f"""
    -- close_expedition
    closed AS (
        UPDATE user_expeditions SET status = 'completed', settlement = $10::jsonb,
            completed_at = GREATEST(resolved_at, COALESCE($9::timestamptz, now()))
        FROM turn
        WHERE user_id = $1 AND expedition_id = $8::uuid AND status = 'completing' AND closing_op_id = $2
        RETURNING completed_at
    ), home AS (
        UPDATE expedition_participants SET is_away = false
        FROM closed
        WHERE user_id = $1 AND expedition_id = $8
    ), fit AS (
        SELECT jsonb_build_object('endTime', {STAMP.format(time="completed_at")}) AS extra FROM closed
    )
    """
)
"""Frees the place once everything is handed over."""

# $13 expedition
CALL_BACK = open_statement(
    """
    -- call_back
    called AS (
        UPDATE user_expeditions SET status = 'cancelling', closing_op_id = $2
        FROM turn
        WHERE user_id = $1 AND expedition_id = $13::uuid AND status = 'in_progress'
        RETURNING 1
    ), unasked AS (
        DELETE FROM notices USING called
        WHERE user_id = $1 AND expedition_id = $13 AND state = 'waiting'
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM called
    )
    """
)
"""Calls a party back that is on its way."""

# $8 expedition, $9 the time (null: the database's own)
BREAK_OFF = phase_statement(
    f"""
    -- break_off
    ended AS (
        UPDATE user_expeditions SET status = 'cancelled',
            completed_at = GREATEST(started_at, COALESCE($9::timestamptz, now()))
        FROM turn
        WHERE user_id = $1 AND expedition_id = $8::uuid AND status = 'cancelling' AND closing_op_id = $2
        RETURNING completed_at
    ), home AS (
        UPDATE expedition_participants SET is_away = false
        FROM ended
        WHERE user_id = $1 AND expedition_id = $8
    ), told AS (
        INSERT INTO expedition_logs (user_id, expedition_id, log_no, log_type, message, data, timestamp)
        SELECT $1, $8, 1, 'cancellation', '', '{{}}', completed_at
        FROM ended
    ), fit AS (
        SELECT jsonb_build_object('endTime', {STAMP.format(time="completed_at")}) AS extra FROM ended
    )
    """
)
"""Frees the place of a party that was called back."""

# $6 expedition, $7 minutes, $8 the time (null: the database's own)
HASTEN = one_statement(
    f"""
    -- hasten
    found AS (
        SELECT expedition_id, status, ends_at, t
        FROM turn, user_expeditions, COALESCE($8::timestamptz, now()) AS t
        WHERE user_id = $1 AND expedition_id = $6::uuid AND started_at IS NOT NULL
    ), verdict AS (
        SELECT CASE
            WHEN expedition_id IS NULL THEN 'EXPEDITION_NOT_FOUND'
            WHEN status <> 'in_progress' THEN 'EXPEDITION_OVER'
            WHEN ends_at <= t THEN 'ALREADY_BACK'
            END AS reason
        FROM turn LEFT JOIN found ON true
    ), hastened AS (
        UPDATE user_expeditions AS e
        SET ends_at = GREATEST(t, e.ends_at - make_interval(mins => $7::integer))
        FROM found, verdict
        WHERE e.user_id = $1 AND e.expedition_id = $6 AND reason IS NULL
        RETURNING expedition_name, e.ends_at, found.ends_at - e.ends_at AS taken
    ), answer AS (
        SELECT reason IS NULL AS done, CASE
            WHEN reason IS NULL THEN jsonb_build_object(
                'name', expedition_name, 'readyTime', {STAMP.format(time="ends_at")},
                'takenMinutes', floor(extract(epoch FROM taken) / 60)::integer)
            ELSE jsonb_build_object(
                'reason', reason, 'metadata', jsonb_build_object('expedition_id', $6::text))
            END AS body
        FROM verdict LEFT JOIN hastened ON true
    )
    """
)
"""Brings the end of a party's way nearer, never before now; its notice is due with it."""
