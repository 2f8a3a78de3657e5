"""Banners, pity, seeds and summons in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.operations.store import open_statement, phase_statement
from chassis.postgres import Tx
from services.economy.mission.store import progressed


@dataclass(frozen=True, slots=True)
class BannerRow:
    """A banner with its items and the version in force."""

    id: str
    name: str
    type: str
    start_time: datetime
    end_time: datetime
    description: str
    is_active: bool
    series_ids: list[int]
    cost: int
    currency_type: str
    items: list[dict[str, Any]]
    version_id: int | None
    version: int | None


async def list_banners(tx: Tx) -> list[BannerRow]:
    """Every banner, the next to end first."""
    return await tx.all(
        BannerRow,
        """
        -- list_banners
        SELECT banners.id, name, type, start_time, end_time, description, is_active, series_ids, cost,
            currency_type, version_id, banner_versions.version,
            COALESCE((
                SELECT jsonb_agg(jsonb_build_object('item_id', item_id, 'rate_up', rate_up,
                    'drop_rate', drop_rate) ORDER BY item_id)
                FROM banner_items WHERE banner_items.banner_id = banners.id
            ), '[]') AS items
        FROM banners LEFT JOIN banner_versions ON banner_versions.id = version_id
        ORDER BY end_time, banners.id
        """,
    )


async def get_version_body(tx: Tx, version_id: int) -> dict[str, Any]:
    """The table of a version, as JSON."""
    return await tx.value(
        """
        -- get_version_body
        SELECT body FROM banner_versions WHERE id = $1
        """,
        version_id,
    )


async def lock_banners(tx: Tx) -> None:
    """One writer of banners at a time, until the transaction ends."""
    await tx.run(
        """
        -- lock_banners
        SELECT pg_advisory_xact_lock(8604)
        """
    )


async def save_banner(tx: Tx, banner: dict[str, Any]) -> None:
    """Adds or changes a banner and its items, as one statement."""
    await tx.run(
        """
        -- save_banner
        WITH given AS (
            SELECT * FROM jsonb_to_record($1) AS given(id text, name text, type text,
                start_time timestamptz, end_time timestamptz, description text, is_active boolean,
                series_ids jsonb, cost bigint, currency_type text, items jsonb)
        ), saved AS (
            INSERT INTO banners (id, name, type, start_time, end_time, description, is_active,
                series_ids, cost, currency_type)
            SELECT id, name, type, start_time, end_time, description, is_active, series_ids, cost,
                currency_type
            FROM given
            ON CONFLICT (id) DO UPDATE SET (name, type, start_time, end_time, description, is_active,
                series_ids, cost, currency_type) = (excluded.name, excluded.type, excluded.start_time,
                excluded.end_time, excluded.description, excluded.is_active, excluded.series_ids,
                excluded.cost, excluded.currency_type)
            RETURNING id
        ), items AS (
            SELECT saved.id AS banner_id, item.*
            FROM saved, given, jsonb_to_recordset(given.items)
                AS item(item_id integer, rate_up boolean, drop_rate integer)
        ), gone AS (
            DELETE FROM banner_items
            USING saved
            WHERE banner_id = saved.id AND item_id NOT IN (SELECT item_id FROM items)
        )
        INSERT INTO banner_items (banner_id, item_id, rate_up, drop_rate)
        SELECT banner_id, item_id, rate_up, drop_rate FROM items
        ON CONFLICT (banner_id, item_id) DO UPDATE
        SET rate_up = excluded.rate_up, drop_rate = excluded.drop_rate
        """,
        banner,
    )


async def put_version(tx: Tx, banner_id: str, digest: bytes, body: dict[str, Any]) -> None:
    """Makes a table the banner's version in force, under the lock; an equal one from before comes back."""
    await tx.run(
        """
        -- put_version
        WITH made AS (
            INSERT INTO banner_versions (banner_id, version, digest, body)
            SELECT $1, (SELECT count(*) + 1 FROM banner_versions WHERE banner_id = $1), $2, $3
            WHERE NOT EXISTS (SELECT FROM banner_versions WHERE banner_id = $1 AND digest = $2)
            RETURNING id
        ), wanted AS (
            SELECT id FROM made
            UNION ALL
            SELECT id FROM banner_versions WHERE banner_id = $1 AND digest = $2
        )
        UPDATE banners
        SET version_id = wanted.id
        FROM wanted
        WHERE banners.id = $1 AND version_id IS DISTINCT FROM wanted.id
        """,
        banner_id,
        digest,
        body,
    )


# $13 a fresh sealed seed, $14 its hash, $15 a fresh client seed: used when the player has none yet
OPEN_SUMMON = open_statement(
    """
-- open_summon
first_seed AS (
    INSERT INTO seeds (user_id, seed_no, sealed_seed, seed_hash, client_seed)
    SELECT $1, 1, $13, $14, $15 FROM turn
    WHERE NOT EXISTS (SELECT FROM seeds WHERE user_id = $1)
    RETURNING seed_no, sealed_seed, client_seed, next_nonce
), first_pity AS (
    INSERT INTO pity (user_id, counter)
    SELECT $1, 0 FROM turn WHERE NOT EXISTS (SELECT FROM pity WHERE user_id = $1)
), seed AS (
    SELECT * FROM first_seed
    UNION ALL
    (SELECT seed_no, sealed_seed, client_seed, next_nonce FROM seeds
    WHERE user_id = $1 ORDER BY seed_no DESC LIMIT 1)
), fit AS (
    SELECT jsonb_build_object('chance', jsonb_build_object(
        'pity', COALESCE((SELECT counter FROM pity WHERE user_id = $1), 0),
        'seedNo', seed_no, 'sealedSeed', translate(encode(sealed_seed, 'base64'), E'\\n', ''),
        'clientSeed', client_seed, 'nonce', next_nonce)) AS extra
    FROM turn, seed
)
"""
)
"""Opens a summon and hands over what its roll will depend on."""


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """What a player's next roll depends on."""

    counter: int
    seed_no: int
    sealed_seed: bytes
    client_seed: str
    next_nonce: int


async def get_chance(tx: Tx, user_id: int) -> ChanceRow:
    """Pity and seed as they stand; both are there once a summon was opened."""
    return await tx.one(
        ChanceRow,
        """
        -- get_chance
        SELECT counter, seed_no, sealed_seed, client_seed, next_nonce
        FROM pity JOIN seeds USING (user_id)
        WHERE user_id = $1
        ORDER BY seed_no DESC
        LIMIT 1
        """,
        user_id,
    )


# $8 pity before, $9 pity after, $10 seed, $11 nonce, $12 banner version, $13 count, $14 price,
# $15 currency, $16 pulls, $17 daphine, $18 the time (null: the database's own), $19 offset of the game day
SAVE_SUMMON = phase_statement(
    f"""
-- save_summon
holds AS MATERIALIZED (
    SELECT t, (t AT TIME ZONE 'UTC' + $19::interval)::date AS day
    FROM turn, pity, seeds, COALESCE($18::timestamptz, now()) AS t
    WHERE pity.user_id = $1 AND counter = $8::integer
        AND seeds.user_id = $1 AND seed_no = $10::integer AND next_nonce = $11::bigint
        -- A seed that was told is never rolled with again.
        AND revealed_at IS NULL
), counted AS (
    UPDATE pity SET counter = $9::integer FROM holds WHERE user_id = $1
), used AS (
    UPDATE seeds SET next_nonce = $11::bigint + 1 FROM holds
    WHERE user_id = $1 AND seed_no = $10::integer
), saved AS (
    INSERT INTO summons (user_id, op_id, banner_version_id, count, price, currency_type, seed_no,
        nonce, pity_before, pity_after, pulls, daphine, at)
    SELECT $1, $2, $12, $13::integer, $14, $15, $10::integer, $11::bigint, $8::integer, $9::integer,
        $16, $17, t
    FROM holds
), {progressed("summon", count="$13::integer", clock="holds")}, fit AS (
    SELECT jsonb_build_object('time', to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS extra
    FROM holds
)
"""
)
"""The summon, pity, nonce and mission progress together, provided that pity and nonce still stand as read."""


@dataclass(frozen=True, slots=True)
class SummonRow:
    """One summon of the record."""

    op_id: str
    banner_id: str
    banner_name: str
    price: int
    currency_type: str
    pity_before: int
    pity_after: int
    pulls: list[dict[str, Any]]
    at: datetime


async def list_summons(
    tx: Tx, user_id: int, banner_id: str, before: tuple[datetime, str] | None, limit: int
) -> list[SummonRow]:
    """The summons before a place in the record, newest first; of one banner, or of all."""
    time, op_id = before or (None, None)
    return await tx.all(
        SummonRow,
        """
        -- list_summons
        SELECT op_id, banner_id, banners.name AS banner_name, price, summons.currency_type,
            pity_before, pity_after, pulls, at
        FROM summons
        JOIN banner_versions ON banner_versions.id = banner_version_id
        JOIN banners ON banners.id = banner_id
        WHERE user_id = $1
            AND ($2::timestamptz IS NULL OR (at, op_id) < ($2, $3::uuid))
            AND ($4 = '' OR banner_id = $4)
        ORDER BY at DESC, op_id DESC
        LIMIT $5
        """,
        user_id,
        time,
        op_id,
        banner_id,
        limit,
    )


async def find_pity(tx: Tx, user_id: int) -> int:
    """Pulls since the last three-star waifu; 0 for who has not summoned yet."""
    counter = await tx.value(
        """
        -- find_pity
        SELECT counter FROM pity WHERE user_id = $1
        """,
        user_id,
    )
    return counter or 0
