-- What can be bought, who bought it, stacks that end, and every use of an item.
-- Against the first design: an item is named by its code; `currency_type` is a column; `item_data` and `effects` are
-- JSONB; `sold`, the window, the limit of a player and `lasts_hours` are new. A purchase is named by the operation that
-- made it and says which life of the player it belongs to: it stays over all of them, so that no limit begins anew.

-- migrate:up
CREATE TABLE shop_items (
    item_code TEXT PRIMARY KEY CHECK (item_code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(item_code) <= 64),
    name VARCHAR(255) NOT NULL CHECK (name <> ''),
    description TEXT NOT NULL DEFAULT '',
    -- Of one; 0 means that it cannot be bought.
    price BIGINT NOT NULL CHECK (price BETWEEN 0 AND 100000),
    currency_type TEXT NOT NULL DEFAULT 'quartzs'
        CHECK (currency_type IN ('sakura_crystals', 'quartzs', 'daphine')),
    category VARCHAR(50) NOT NULL CHECK (category ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    item_type VARCHAR(50) NOT NULL CHECK (item_type IN ('guarantee_ticket', 'series_ticket', 'selectix_ticket',
        'multi_guarantee_ticket', 'boost', 'haste', 'material')),
    item_data JSONB NOT NULL DEFAULT '{}',
    effects JSONB NOT NULL DEFAULT '{}',
    stock_limit INTEGER NOT NULL DEFAULT -1 CHECK (stock_limit >= -1),
    sold BIGINT NOT NULL DEFAULT 0 CHECK (sold >= 0),
    is_active BOOLEAN NOT NULL DEFAULT true,
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    user_limit INTEGER NOT NULL DEFAULT 0 CHECK (user_limit >= 0),
    user_limit_period TEXT NOT NULL DEFAULT 'ever' CHECK (user_limit_period IN ('day', 'week', 'ever')),
    lasts_hours INTEGER NOT NULL DEFAULT 0 CHECK (lasts_hours BETWEEN 0 AND 8760),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK (stock_limit = -1 OR sold <= stock_limit),
    CHECK (ends_at > starts_at)
) WITH (fillfactor = 70);

CREATE INDEX shop_items_category ON shop_items (category, price, item_code);

GRANT SELECT, INSERT, UPDATE ON shop_items TO economy_login;
REVOKE DELETE, TRUNCATE ON shop_items FROM economy_login;

CREATE TABLE user_purchases (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    -- The life in which it was bought.
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    item_code TEXT NOT NULL REFERENCES shop_items (item_code),
    quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    total_cost BIGINT NOT NULL CHECK (total_cost > 0),
    currency_type TEXT NOT NULL CHECK (currency_type IN ('sakura_crystals', 'quartzs', 'daphine')),
    transaction_status TEXT NOT NULL DEFAULT 'pending'
        CHECK (transaction_status IN ('pending', 'completed', 'rejected', 'refunded')),
    purchased_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, op_id)
) WITH (fillfactor = 80);

-- Both parts in one direction: a page is read backwards along it.
CREATE INDEX user_purchases_at ON user_purchases (user_id, purchased_at, op_id);
CREATE INDEX user_purchases_of_item ON user_purchases (user_id, item_code, purchased_at);

REVOKE UPDATE, DELETE, TRUNCATE ON user_purchases FROM economy_login;
GRANT UPDATE (transaction_status) ON user_purchases TO economy_login;

-- Stacks with different ends stand beside each other: the end belongs to the key, as Unix seconds, 0 for none.
ALTER TABLE user_inventory
    ADD COLUMN ends_s BIGINT NOT NULL DEFAULT 0 CHECK (ends_s >= 0),
    DROP CONSTRAINT user_inventory_pkey,
    DROP COLUMN expires_at;
ALTER TABLE user_inventory
    ADD PRIMARY KEY (user_id, item_code, ends_s),
    ADD COLUMN expires_at TIMESTAMPTZ GENERATED ALWAYS AS (
        CASE WHEN ends_s > 0 THEN to_timestamp(ends_s::double precision) END) STORED;

CREATE INDEX user_inventory_ends ON user_inventory (ends_s) WHERE ends_s > 0;

-- How many of an item were never used, so that a bag still adds up when they are gone.
CREATE TABLE expired_items (
    user_id BIGINT NOT NULL,
    item_code TEXT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity >= 0),
    -- When the first of them came.
    acquired_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, item_code)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON expired_items TO economy_login;

-- Whom a ticket could bring, kept once: what was rolled can be computed again.
CREATE TABLE ticket_pools (
    digest BYTEA PRIMARY KEY,
    body JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

REVOKE UPDATE, DELETE, TRUNCATE ON ticket_pools FROM economy_login;

CREATE TABLE item_uses (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    item_code TEXT NOT NULL REFERENCES shop_items (item_code),
    item_type TEXT NOT NULL,
    -- The stack it was taken from.
    ends_s BIGINT NOT NULL CHECK (ends_s >= 0),
    -- Of a ticket that was rolled: the dice, and whom they could bring. A selector rolls nothing.
    seed_no INTEGER CHECK (seed_no >= 1),
    nonce BIGINT CHECK (nonce >= 0),
    pool_digest BYTEA REFERENCES ticket_pools (digest),
    pulls JSONB NOT NULL DEFAULT '[]',
    used_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, op_id),
    UNIQUE (user_id, seed_no, nonce),
    CHECK (num_nulls(seed_no, nonce, pool_digest) IN (0, 3))
);

CREATE INDEX item_uses_at ON item_uses (user_id, used_at, op_id);

REVOKE UPDATE, TRUNCATE ON item_uses FROM economy_login;

-- Which boost was used on which game day; over all lives, and forgotten after a week.
CREATE TABLE boost_days (
    user_id BIGINT NOT NULL,
    item_code TEXT NOT NULL REFERENCES shop_items (item_code),
    day DATE NOT NULL,
    op_id UUID NOT NULL,
    PRIMARY KEY (user_id, item_code, day)
);

CREATE INDEX boost_days_day ON boost_days (day);

REVOKE UPDATE, TRUNCATE ON boost_days FROM economy_login;

-- migrate:down
DROP TABLE boost_days;
DROP TABLE item_uses;
DROP TABLE ticket_pools;
DROP TABLE expired_items;
ALTER TABLE user_inventory DROP COLUMN expires_at;
DELETE FROM user_inventory WHERE ends_s > 0;
ALTER TABLE user_inventory
    DROP CONSTRAINT user_inventory_pkey,
    DROP COLUMN ends_s,
    ADD COLUMN expires_at TIMESTAMPTZ,
    ADD PRIMARY KEY (user_id, item_code);
DROP TABLE user_purchases;
DROP TABLE shop_items;
