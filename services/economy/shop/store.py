"""Bags in PostgreSQL."""

from chassis.operations.once import one_statement
from services.economy.mission.store import progressed

# $6 items and $7 how many of each, $8 expeditions that were completed, $9 the time (null: the database's own),
# $10 offset of the game day
SETTLE = one_statement(
    f"""
    -- settle_expedition
    found AS MATERIALIZED (
        SELECT item_code, sum(quantity)::bigint AS quantity
        FROM turn, unnest($6::text[], $7::bigint[]) AS item (item_code, quantity)
        GROUP BY item_code
    ), stacked AS (
        INSERT INTO user_inventory (user_id, item_code, quantity)
        SELECT $1, item_code, quantity
        FROM found
        ON CONFLICT (user_id, item_code) DO UPDATE
        SET quantity = user_inventory.quantity + excluded.quantity
    ), clock AS (
        SELECT (COALESCE($9::timestamptz, now()) AT TIME ZONE 'UTC' + $10::interval)::date AS day
        FROM turn
        WHERE $8::integer > 0
    ), {progressed("expedition", count="$8::integer", clock="clock")}, answer AS (
        SELECT true AS done, jsonb_build_object(
            'settled_items', COALESCE((SELECT jsonb_object_agg(item_code, quantity) FROM found), '{{}}'),
            'completed_expeditions', $8
        ) AS body
        FROM turn
    )
    """
)
"""Puts what an expedition has found into the bag, one stack for each item, and counts it for the missions."""
