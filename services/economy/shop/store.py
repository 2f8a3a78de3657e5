"""Items, purchases, bags and uses in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis.operations.once import one_statement
from chassis.operations.places import Place
from chassis.operations.store import open_statement, phase_statement
from chassis.postgres import Tx
from services.economy.mission.store import progressed

STAMP = """to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

ITEM = f"""jsonb_strip_nulls(jsonb_build_object(
            'item_code', item.item_code,
            'name', item.name,
            'description', item.description,
            'category', item.category,
            'item_type', item.item_type,
            'rarity', item.item_data ->> 'rarity',
            'price', CASE WHEN item.price > 0 THEN jsonb_build_object(
                'currency', 'CURRENCY_' || upper(item.currency_type), 'amount', item.price) END,
            'effects', CASE WHEN item.effects ? 'boost' THEN jsonb_set(item.effects, '{{boost}}', jsonb_build_object(
                'currency', 'CURRENCY_' || upper(item.effects #>> '{{boost,currency_type}}'),
                'amount', item.effects #> '{{boost,amount}}')) ELSE item.effects END,
            'stock_limit', item.stock_limit,
            'sold', LEAST(item.sold, 2147483647),
            'user_limit', item.user_limit,
            'user_limit_period', item.user_limit_period,
            'min_rank', COALESCE(item.item_data -> 'min_rank', '0'),
            'is_active', item.is_active,
            'start_time', {STAMP.format(time="item.starts_at")},
            'end_time', {STAMP.format(time="item.ends_at")},
            'lasts_hours', item.lasts_hours
        ))"""
"""A row of `shop_items AS item` as the message says it."""

ON_SALE = """(item.price > 0 AND item.is_active AND (item.starts_at IS NULL OR item.starts_at <= t)
            AND (item.ends_at IS NULL OR t < item.ends_at))"""
"""Whether `item` can be bought at the time `t`."""

LIVE = "(bag.is_active AND (bag.ends_s = 0 OR t < bag.expires_at))"
"""Whether a stack of `user_inventory AS bag` is there for its player at the time `t`."""

COUNTED_FROM = """CASE item.user_limit_period
                WHEN 'day' THEN (day::timestamp - {offset}) AT TIME ZONE 'UTC'
                WHEN 'week' THEN (date_trunc('week', day)::timestamp - {offset}) AT TIME ZONE 'UTC'
                ELSE '-infinity'::timestamptz END"""

HAD = """COALESCE((
            SELECT sum(bought.quantity) FROM user_purchases AS bought
            WHERE bought.user_id = $1 AND bought.item_code = item.item_code
                AND bought.transaction_status IN ('pending', 'completed')
                AND bought.purchased_at >= {since}
        ), 0)"""
"""How many of `item` the player has bought in what its limit counts over: in all lives."""


def had(offset: str) -> str:
    """`HAD` with the parameter of the game day's offset."""
    return HAD.format(since=COUNTED_FROM.format(offset=offset))


def stacked(source: str, time: str) -> str:
    """A part of a statement: puts what CTE `source` has (`item_code`, `quantity`) into the bag of $1.

    An item that lasts ends at the full hour behind `time` and its hours: `rules.stack_end` as SQL.
    """
    return f"""stacked AS (
        INSERT INTO user_inventory (user_id, item_code, ends_s, quantity)
        SELECT $1, {source}.item_code, CASE WHEN COALESCE(item.lasts_hours, 0) = 0 THEN 0
            ELSE ceil((floor(extract(epoch FROM {time})) + 3600.0 * item.lasts_hours) / 3600)::bigint * 3600 END,
            {source}.quantity
        FROM {source} LEFT JOIN shop_items AS item ON item.item_code = {source}.item_code
        ON CONFLICT (user_id, item_code, ends_s) DO UPDATE
        SET quantity = user_inventory.quantity + excluded.quantity
        RETURNING item_code, ends_s, quantity
    )"""


# $6 items and $7 how many of each, $8 expeditions that were completed, $9 the time (null: the database's own),
# $10 offset of the game day
SETTLE = one_statement(
    f"""
    -- settle_expedition
    found AS MATERIALIZED (
        SELECT item_code, sum(quantity)::bigint AS quantity
        FROM turn, unnest($6::text[], $7::bigint[]) AS item (item_code, quantity)
        GROUP BY item_code
    ), {stacked("found", "COALESCE($9::timestamptz, now())")}, clock AS (
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

# $13 item, $14 how many, $15 the time (null: the database's own), $16 offset of the game day, $17 collector rank
OPEN_BUY = open_statement(
    f"""
    -- open_buy
    clock AS MATERIALIZED (
        SELECT t, (t AT TIME ZONE 'UTC' + $16::interval)::date AS day
        FROM turn, COALESCE($15::timestamptz, now()) AS t
    ), counted AS MATERIALIZED (
        SELECT t, {had("$16::interval")} AS had
        FROM clock, shop_items AS item WHERE item.item_code = $13::text
    ), taken AS (
        -- The one row that players share, and the last lock.
        UPDATE shop_items AS item SET sold = item.sold + $14::integer
        FROM counted
        WHERE item.item_code = $13 AND {ON_SALE}
            AND (item.stock_limit = -1 OR item.sold + $14 <= item.stock_limit)
            AND (item.user_limit = 0 OR had + $14 <= item.user_limit)
            AND COALESCE((item.item_data -> 'min_rank')::integer, 0) <= $17::integer
        RETURNING item.*, t
    ), noted AS (
        INSERT INTO user_purchases (user_id, op_id, epoch, item_code, quantity, total_cost, currency_type, purchased_at)
        SELECT $1, $2, $4, item_code, $14, price * $14, currency_type, t FROM taken
    ), fit AS (
        SELECT jsonb_build_object(
            'item', {ITEM},
            'price', jsonb_build_object('currency', 'CURRENCY_' || upper(currency_type), 'amount', price * $14),
            'time', {STAMP.format(time="t")}
        ) AS extra
        FROM taken AS item
    )
    """
)
"""Takes stock for a player who may have it; freezes item and price."""

# $8 item, $9 how many, $10 the end of their stack, $11 the time (null: the database's own), $12 offset of the game day
PUT_BOUGHT = phase_statement(
    f"""
    -- put_bought
    clock AS MATERIALIZED (
        SELECT t, (t AT TIME ZONE 'UTC' + $12::interval)::date AS day
        FROM turn, COALESCE($11::timestamptz, now()) AS t
    ), completed AS (
        UPDATE user_purchases SET transaction_status = 'completed' FROM turn
        WHERE user_id = $1 AND op_id = $2 AND transaction_status = 'pending'
        RETURNING 1
    ), put AS (
        INSERT INTO user_inventory (user_id, item_code, ends_s, quantity)
        SELECT $1, $8::text, $10::bigint, $9::integer FROM completed
        ON CONFLICT (user_id, item_code, ends_s) DO UPDATE
        SET quantity = user_inventory.quantity + excluded.quantity
        RETURNING quantity
    ), {progressed("shop", count="1", clock="clock")}, fit AS (
        SELECT jsonb_build_object(
            'owned', put.quantity + COALESCE((
                SELECT sum(bag.quantity) FROM user_inventory AS bag
                WHERE bag.user_id = $1 AND bag.item_code = $8 AND bag.ends_s <> $10 AND {LIVE}
            ), 0),
            'time', {STAMP.format(time="t")}
        ) AS extra
        FROM put, clock
    )
    """
)
"""Completes a purchase that was paid: into the bag, and counted for the missions."""


def given_back(label: str, status: str) -> str:
    """Gives the stock of a purchase back, of which nothing is in the bag yet."""
    return phase_statement(
        f"""
    -- {label}
    back AS (
        UPDATE user_purchases SET transaction_status = '{status}' FROM turn
        WHERE user_id = $1 AND op_id = $2 AND transaction_status = 'pending'
        RETURNING item_code, quantity
    ), freed AS (
        UPDATE shop_items SET sold = sold - back.quantity
        FROM back WHERE shop_items.item_code = back.item_code
    ), fit AS (
        SELECT '{{}}'::jsonb AS extra FROM turn
    )
    """
    )


TAKE_BACK_BUY = given_back("take_back_buy", "rejected")
"""For a purchase that could not be paid."""
REFUND_BUY = given_back("refund_buy", "refunded")
"""For a purchase whose price an operator has paid back."""


FIRST_STACK = f"""stack AS MATERIALIZED (
        -- What ends first is used first.
        SELECT bag.ends_s, t, day FROM clock, user_inventory AS bag
        WHERE bag.user_id = $1 AND bag.item_code = $13::text AND bag.quantity > 0 AND {LIVE}
        ORDER BY bag.ends_s = 0, bag.ends_s
        LIMIT 1
    )"""
TAKE_ONE = """UPDATE user_inventory AS bag SET quantity = bag.quantity - 1
        FROM able
        WHERE bag.user_id = $1 AND bag.item_code = $13 AND bag.ends_s = able.ends_s
        RETURNING bag.ends_s, bag.quantity, t, day"""
LEFT = f"""taken.quantity + COALESCE((
                SELECT sum(bag.quantity) FROM user_inventory AS bag
                WHERE bag.user_id = $1 AND bag.item_code = $13 AND bag.ends_s <> taken.ends_s AND {LIVE}
            ), 0)"""
USE_TERMS = f"""jsonb_strip_nulls(jsonb_build_object(
            'owned', {LEFT},
            'time', {STAMP.format(time="t")},
            'expireTime', CASE WHEN ends_s > 0 THEN {STAMP.format(time="to_timestamp(ends_s::double precision)")} END
        ))"""
CLOCK = """clock AS MATERIALIZED (
        SELECT t, (t AT TIME ZONE 'UTC' + $15::interval)::date AS day
        FROM turn, COALESCE($14::timestamptz, now()) AS t
    )"""

# $13 item, $14 the time (null: the database's own), $15 offset of the game day, $16 kind of the item, $17 pulls
USE_SELECTOR = open_statement(
    f"""
    -- use_selector
    {CLOCK}, {FIRST_STACK}, able AS (SELECT * FROM stack), taken AS (
        {TAKE_ONE}
    ), used AS (
        INSERT INTO item_uses (user_id, op_id, item_code, item_type, ends_s, pulls, used_at)
        SELECT $1, $2, $13, $16::text, ends_s, $17::jsonb, t FROM taken
    ), fit AS (
        SELECT {USE_TERMS} AS extra FROM taken
    )
    """
)
"""Takes a ticket that leaves nothing to chance."""

# As above; $18 seed and $19 nonce of the roll, $20 a fresh sealed seed, $21 its hash and $22 its word where the
# player has none (null where there is one), $23 digest and $24 body of the pool
USE_TICKET = open_statement(
    f"""
    -- use_ticket
    {CLOCK}, {FIRST_STACK}, first_seed AS (
        INSERT INTO seeds (user_id, seed_no, sealed_seed, seed_hash, client_seed, next_nonce)
        SELECT $1, 1, $20::bytea, $21::bytea, $22::text, 1 FROM stack
        WHERE $20 IS NOT NULL AND NOT EXISTS (SELECT FROM seeds WHERE user_id = $1)
        RETURNING 1
    ), next_seed AS (
        -- The seed in use, and no other: an older one may have been told.
        UPDATE seeds SET next_nonce = next_nonce + 1 FROM stack
        WHERE $20 IS NULL AND user_id = $1 AND seed_no = $18::integer AND next_nonce = $19::bigint
            AND seed_no = (SELECT max(latest.seed_no) FROM seeds AS latest WHERE latest.user_id = $1)
        RETURNING 1
    ), able AS (
        SELECT * FROM stack WHERE EXISTS (SELECT FROM first_seed UNION ALL SELECT FROM next_seed)
    ), taken AS (
        {TAKE_ONE}
    ), pool AS (
        INSERT INTO ticket_pools (digest, body) SELECT $23::bytea, $24::jsonb FROM taken
        ON CONFLICT (digest) DO NOTHING
    ), used AS (
        INSERT INTO item_uses (user_id, op_id, item_code, item_type, ends_s, seed_no, nonce, pool_digest, pulls,
            used_at)
        SELECT $1, $2, $13, $16::text, ends_s, $18, $19, $23, $17::jsonb, t FROM taken
    ), fit AS (
        SELECT {USE_TERMS} AS extra FROM taken
    )
    """
)
"""Takes a ticket and keeps its roll, provided that the seed still stands as it was read."""

# As USE_SELECTOR up to $16; $17 whether it acts once a game day
USE_THING = open_statement(
    f"""
    -- use_thing
    {CLOCK}, {FIRST_STACK}, able AS (
        SELECT * FROM stack WHERE NOT ($17::boolean AND EXISTS (
            SELECT FROM boost_days WHERE user_id = $1 AND item_code = $13 AND boost_days.day = stack.day))
    ), taken AS (
        {TAKE_ONE}
    ), used_up AS (
        INSERT INTO boost_days (user_id, item_code, day, op_id)
        SELECT $1, $13, day, $2 FROM taken WHERE $17
    ), used AS (
        INSERT INTO item_uses (user_id, op_id, item_code, item_type, ends_s, used_at)
        SELECT $1, $2, $13, $16::text, ends_s, t FROM taken
    ), fit AS (
        SELECT {USE_TERMS} AS extra FROM taken
    )
    """
)
"""Takes an item that acts in another service; a boost once a game day."""

TAKE_BACK_USE = phase_statement(
    """
    -- take_back_use
    unused AS (
        DELETE FROM item_uses USING turn WHERE user_id = $1 AND op_id = $2
        RETURNING item_code, ends_s
    ), free_again AS (
        DELETE FROM boost_days USING unused
        WHERE boost_days.user_id = $1 AND boost_days.item_code = unused.item_code AND boost_days.op_id = $2
    ), back AS (
        INSERT INTO user_inventory (user_id, item_code, ends_s, quantity)
        SELECT $1, item_code, ends_s, 1 FROM unused
        ON CONFLICT (user_id, item_code, ends_s) DO UPDATE
        SET quantity = user_inventory.quantity + 1
    ), fit AS (
        SELECT '{}'::jsonb AS extra FROM turn
    )
    """
)
"""Puts an item back that could not act."""


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """An item as a player finds it."""

    item: dict[str, Any]
    is_on_sale: bool
    had: int
    owned: int


SHELF = f"""
        SELECT {ITEM} AS item, {ON_SALE} AS is_on_sale, {had("$3::interval")}::bigint AS had, COALESCE((
            SELECT sum(bag.quantity) FROM user_inventory AS bag
            WHERE bag.user_id = $1 AND bag.item_code = item.item_code AND {LIVE}
        ), 0)::bigint AS owned
        FROM COALESCE($2::timestamptz, now()) AS t
        CROSS JOIN LATERAL (SELECT (t AT TIME ZONE 'UTC' + $3::interval)::date AS day) AS today
        CROSS JOIN shop_items AS item"""
"""$1 player, $2 the time (null: the database's own), $3 offset of the game day."""

LIST_SHELF = f"""
        -- list_shelf
        {SHELF.strip()}
        WHERE ($4 = '' OR item.category = $4) AND ($5::boolean OR {ON_SALE})
            AND ($6::text IS NULL OR (item.category, item.price, item.item_code) > ($6, $7::bigint, $8::text))
        ORDER BY item.category, item.price, item.item_code
        LIMIT $9
        """
FIND_SHELF_ITEM = f"""
        -- find_shelf_item
        {SHELF.strip()}
        WHERE item.item_code = $4
        """


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is asked for of the shelf."""

    category: str
    with_closed: bool
    after: tuple[str, int, str] | None
    """Category, price and code of the last one before."""


async def list_shelf(
    tx: Tx, user_id: int, now: datetime | None, offset: timedelta, shelf: Shelf, limit: int
) -> list[ShelfRow]:
    """Items after a place, by category and price."""
    after = shelf.after or (None, None, None)
    given = (user_id, now, offset, shelf.category, shelf.with_closed, *after, limit)
    return await tx.all(ShelfRow, LIST_SHELF, *given)


async def find_shelf_item(
    tx: Tx, user_id: int, now: datetime | None, offset: timedelta, item_code: str
) -> ShelfRow | None:
    """An item, on sale or not; or none."""
    return await tx.maybe(ShelfRow, FIND_SHELF_ITEM, user_id, now, offset, item_code)


async def list_categories(tx: Tx, now: datetime | None) -> list[str]:
    """All that have something on sale."""
    found = await tx.value(
        f"""
        -- list_categories
        SELECT COALESCE(array_agg(DISTINCT item.category::text ORDER BY item.category::text), '{{}}')
        FROM COALESCE($1::timestamptz, now()) AS t CROSS JOIN shop_items AS item
        WHERE {ON_SALE}
        """,
        now,
    )
    return [*found]


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """One purchase."""

    user_id: int
    op_id: str
    item_code: str
    name: str
    quantity: int
    total_cost: int
    currency_type: str
    transaction_status: str
    purchased_at: datetime


async def list_purchases(
    tx: Tx, user_id: int, before: Place | None, limit: int
) -> list[PurchaseRow]:
    """The purchases of the player's life before a place, the newest first."""
    time, op_id, _ = before or (None, None, None)
    return await tx.all(
        PurchaseRow,
        """
        -- list_purchases
        SELECT user_id, op_id, item_code, name, quantity, total_cost, user_purchases.currency_type, transaction_status,
            purchased_at
        FROM user_purchases JOIN shop_items USING (item_code)
        WHERE user_id = $1 AND epoch = (SELECT epoch FROM gate WHERE gate.user_id = $1)
            AND ($2::timestamptz IS NULL OR (purchased_at, op_id) < ($2, $3::uuid))
        ORDER BY purchased_at DESC, op_id DESC
        LIMIT $4
        """,
        *(user_id, time, op_id, limit),
    )


@dataclass(frozen=True, slots=True)
class StackRow:
    """Some of one item, all with the same end."""

    item: dict[str, Any] | None
    """None for what the shop does not know."""
    item_code: str
    name: str
    ends_s: int
    quantity: int
    acquired_at: datetime
    expires_at: datetime | None


LIST_STACKS = f"""
        -- list_stacks
        SELECT CASE WHEN item.item_code IS NOT NULL THEN {ITEM} END AS item, bag.item_code,
            COALESCE(item.name, bag.item_code) AS name, bag.ends_s, bag.quantity, bag.acquired_at, bag.expires_at
        FROM COALESCE($2::timestamptz, now()) AS t CROSS JOIN user_inventory AS bag
        LEFT JOIN shop_items AS item USING (item_code)
        WHERE bag.user_id = $1 AND bag.quantity > 0 AND {LIVE}
            AND ($3::text IS NULL
                OR (COALESCE(item.name, bag.item_code), bag.item_code, bag.ends_s) > ($3, $4::text, $5::bigint))
        ORDER BY COALESCE(item.name, bag.item_code), bag.item_code, bag.ends_s
        LIMIT $6
        """


async def list_stacks(
    tx: Tx, user_id: int, now: datetime | None, after: tuple[str, str, int] | None, limit: int
) -> list[StackRow]:
    """What is in the bag after a place, by name; without what has expired."""
    name, item_code, ends_s = after or (None, None, None)
    return await tx.all(StackRow, LIST_STACKS, *(user_id, now, name, item_code, ends_s, limit))


@dataclass(frozen=True, slots=True)
class UseRow:
    """What using an item depends on."""

    item: dict[str, Any]
    owned: int
    is_used_today: bool
    next_time: datetime
    seed_no: int | None
    """None for who has no seed yet."""
    sealed_seed: bytes | None
    client_seed: str | None
    next_nonce: int | None


FIND_USE = f"""
        -- find_use
        SELECT {ITEM} AS item, COALESCE((
                SELECT sum(bag.quantity) FROM user_inventory AS bag
                WHERE bag.user_id = $1 AND bag.item_code = item.item_code AND {LIVE}
            ), 0)::bigint AS owned,
            EXISTS (SELECT FROM boost_days WHERE user_id = $1 AND boost_days.item_code = item.item_code
                AND boost_days.day = today.day) AS is_used_today,
            ((today.day + 1)::timestamp - $3::interval) AT TIME ZONE 'UTC' AS next_time,
            seed_no, sealed_seed, client_seed, next_nonce
        FROM COALESCE($2::timestamptz, now()) AS t
        CROSS JOIN LATERAL (SELECT (t AT TIME ZONE 'UTC' + $3::interval)::date AS day) AS today
        CROSS JOIN shop_items AS item
        LEFT JOIN LATERAL (
            SELECT seed_no, sealed_seed, client_seed, next_nonce FROM seeds
            WHERE user_id = $1 ORDER BY seed_no DESC LIMIT 1
        ) AS seed ON true
        WHERE item.item_code = $4
        """


async def find_use(
    tx: Tx, user_id: int, now: datetime | None, offset: timedelta, item_code: str
) -> UseRow | None:
    """An item, how many the player has, and the dice it would be rolled with; none where there is no such item."""
    return await tx.maybe(UseRow, FIND_USE, *(user_id, now, offset, item_code))


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as the operators' side of it stands."""

    item_code: str
    sold: int
    columns: dict[str, Any]


async def lock_items(tx: Tx, item_codes: Sequence[str]) -> list[ItemRow]:
    """The items that are there of these, locked until the transaction ends."""
    return await tx.all(
        ItemRow,
        """
        -- lock_items
        SELECT item_code, sold, to_jsonb(shop_items) - 'sold' - 'created_at' AS columns
        FROM shop_items WHERE item_code = ANY($1)
        ORDER BY item_code
        FOR NO KEY UPDATE
        """,
        item_codes,
    )


@dataclass(frozen=True, slots=True)
class Saved:
    """An item that was added or changed, as it is now."""

    item_code: str
    is_new: bool
    columns: dict[str, Any]


async def save_items(tx: Tx, items: Sequence[dict[str, Any]]) -> list[Saved]:
    """Adds and changes items, as one statement; those that are equal are left alone."""
    return await tx.all(
        Saved,
        """
        -- save_items
        INSERT INTO shop_items AS item (item_code, name, description, price, currency_type, category, item_type,
            item_data, effects, stock_limit, is_active, starts_at, ends_at, user_limit, user_limit_period, lasts_hours)
        SELECT item_code, name, description, price, currency_type, category, item_type, item_data, effects,
            stock_limit, is_active, starts_at, ends_at, user_limit, user_limit_period, lasts_hours
        FROM jsonb_to_recordset($1) AS given(item_code text, name text, description text, price bigint,
            currency_type text, category text, item_type text, item_data jsonb, effects jsonb, stock_limit integer,
            is_active boolean, starts_at timestamptz, ends_at timestamptz, user_limit integer,
            user_limit_period text, lasts_hours integer)
        ON CONFLICT (item_code) DO UPDATE SET (name, description, price, currency_type, category, item_type,
            item_data, effects, stock_limit, is_active, starts_at, ends_at, user_limit, user_limit_period,
            lasts_hours) = (excluded.name, excluded.description, excluded.price, excluded.currency_type,
            excluded.category, excluded.item_type, excluded.item_data, excluded.effects, excluded.stock_limit,
            excluded.is_active, excluded.starts_at, excluded.ends_at, excluded.user_limit,
            excluded.user_limit_period, excluded.lasts_hours)
        WHERE to_jsonb(item) - 'sold' - 'created_at' <> to_jsonb(excluded) - 'sold' - 'created_at'
        RETURNING item_code, xmax = 0 AS is_new, to_jsonb(item) - 'sold' - 'created_at' AS columns
        """,
        items,
    )


async def end_item(tx: Tx, item_code: str) -> None:
    """Takes an item off the shelf."""
    await tx.run(
        """
        -- end_item
        UPDATE shop_items SET is_active = false WHERE item_code = $1
        """,
        item_code,
    )


async def clear_expired(tx: Tx, now: datetime | None, limit: int) -> int:
    """Removes stacks that ended an hour ago or longer, and keeps how many of each were left; how many stacks."""
    return await tx.value(
        """
        -- clear_expired
        WITH gone AS (
            DELETE FROM user_inventory WHERE (user_id, item_code, ends_s) IN (
                SELECT user_id, item_code, ends_s FROM user_inventory
                WHERE ends_s > 0 AND ends_s <= extract(epoch FROM COALESCE($1::timestamptz, now())) - 3600
                ORDER BY ends_s LIMIT $2
                FOR UPDATE SKIP LOCKED
            )
            RETURNING user_id, item_code, quantity, acquired_at
        ), kept AS (
            INSERT INTO expired_items (user_id, item_code, quantity, acquired_at)
            SELECT user_id, item_code, sum(quantity), min(acquired_at) FROM gone
            GROUP BY user_id, item_code ORDER BY user_id, item_code
            ON CONFLICT (user_id, item_code) DO UPDATE
            SET quantity = expired_items.quantity + excluded.quantity,
                acquired_at = LEAST(expired_items.acquired_at, excluded.acquired_at)
        )
        SELECT count(*) FROM gone
        """,
        now,
        limit,
    )


async def forget_boost_days(tx: Tx, now: datetime | None, limit: int) -> int:
    """Forgets on which day a boost was used, once that day is over for a week; how many."""
    return await tx.run(
        """
        -- forget_boost_days
        DELETE FROM boost_days WHERE (user_id, item_code, day) IN (
            SELECT user_id, item_code, day FROM boost_days
            WHERE day < (COALESCE($1::timestamptz, now()) AT TIME ZONE 'UTC')::date - 7
            ORDER BY day LIMIT $2
        )
        """,
        now,
        limit,
    )
