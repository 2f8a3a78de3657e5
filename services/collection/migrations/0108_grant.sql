-- Handing waifus over as a function, as `apply` of users is one: so one call can do it for several players.

-- migrate:up
-- Merges copies into what the player has, and moves the counters: `rules.merge` of the roster in SQL. p_shards are by
-- rarity, p_totals and p_powers by star. The answer carries what `rules.risen_rank` needs.
CREATE FUNCTION grant_waifus(
    p_user BIGINT, p_op UUID, p_step INTEGER, p_epoch INTEGER, p_hash BYTEA,
    p_waifus INTEGER[], p_copies INTEGER[], p_shards INTEGER[], p_totals INTEGER[], p_powers INTEGER[],
    p_most INTEGER
) RETURNS TABLE (how TEXT, request_hash BYTEA, outcome TEXT, answer BYTEA)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    is_open BOOLEAN;
    found_step applied_step%ROWTYPE;
BEGIN
    INSERT INTO gate AS gate (user_id, epoch, changes) VALUES (p_user, p_epoch, 1)
    ON CONFLICT (user_id) DO UPDATE
    SET epoch = excluded.epoch, closed = false, changes = gate.changes + 1
    WHERE (gate.epoch = excluded.epoch AND NOT gate.closed)
        OR (gate.epoch < excluded.epoch AND gate.closed)
    RETURNING true INTO is_open;
    IF is_open IS NULL THEN
        RETURN QUERY SELECT 'shut', p_hash, NULL::TEXT, NULL::BYTEA;
        RETURN;
    END IF;

    SELECT * INTO found_step FROM applied_step
    WHERE user_id = p_user AND op_id = p_op AND step = p_step;
    IF FOUND THEN
        RETURN QUERY SELECT 'known', found_step.request_hash, found_step.outcome, found_step.answer;
        RETURN;
    END IF;

    RETURN QUERY
    WITH pulled AS (
        SELECT pulled.waifu_id, pulled.copies, waifus.rarity, p_shards[waifus.rarity] AS worth
        FROM unnest(p_waifus, p_copies) AS pulled (waifu_id, copies)
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
        LEFT JOIN user_waifus AS mine ON mine.user_id = p_user AND mine.waifu_id = pulled.waifu_id
    ), placed AS (
        SELECT
            *,
            duplicates * worth AS gained,
            p_totals[stars] + shards + duplicates * worth AS place
        FROM found
    ), risen AS MATERIALIZED (
        SELECT *, width_bucket(place, p_totals) AS stars_after
        FROM placed
    ), merged AS (
        SELECT
            waifu_id,
            is_new,
            CASE WHEN is_new THEN 0 ELSE stars END AS stars_before,
            stars_after,
            gained,
            p_totals[stars_after] - p_totals[stars] AS spent,
            CASE WHEN stars_after < cardinality(p_totals)
                THEN place - p_totals[stars_after] ELSE 0 END AS shards_after,
            CASE WHEN stars_after < cardinality(p_totals)
                THEN 0 ELSE place - p_totals[stars_after] END AS surplus,
            LEAST(p_most, constellation + duplicates) AS constellation_after,
            p_powers[stars_after]
                - CASE WHEN is_new THEN 0 ELSE p_powers[stars] END AS power_gained
        FROM risen
    ), held AS (
        INSERT INTO user_waifus (
            user_id, waifu_id, current_star_level, character_shards, star_shards, surplus_shards,
            constellation_level
        )
        SELECT p_user, waifu_id, stars_after, shards_after, spent, surplus, constellation_after
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
        SELECT p_user, owned_count, power
        FROM gained
        ON CONFLICT (user_id) DO UPDATE
        SET owned_count = roster.owned_count + excluded.owned_count,
            power = roster.power + excluded.power
        RETURNING owned_count, power
    ), answer AS (
        SELECT
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
    INSERT INTO applied_step (user_id, op_id, step, request_hash, outcome, answer)
    SELECT p_user, p_op, p_step, p_hash, 'DONE', convert_to(body::TEXT, 'UTF8') FROM answer
    RETURNING 'kept', request_hash, outcome, answer;
END
$$;

-- migrate:down
DROP FUNCTION grant_waifus(
    BIGINT, UUID, INTEGER, INTEGER, BYTEA, INTEGER[], INTEGER[], INTEGER[], INTEGER[], INTEGER[], INTEGER
);
