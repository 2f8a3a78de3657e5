-- What players have in their bags.
-- Against the first design: one stack for each player and item, known by the item's code instead of a serial; what an
-- item is called, what kind it is and what it does is told by the shop and not copied. `metadata` is JSONB.

-- migrate:up
CREATE TABLE user_inventory (
    user_id BIGINT NOT NULL,
    item_code TEXT NOT NULL CHECK (item_code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(item_code) <= 64),
    quantity BIGINT NOT NULL CHECK (quantity >= 0),
    metadata JSONB NOT NULL DEFAULT '{}',
    is_active BOOLEAN NOT NULL DEFAULT true,
    expires_at TIMESTAMPTZ,
    -- When the first of them came.
    acquired_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, item_code)
) WITH (fillfactor = 80);

GRANT SELECT, INSERT, UPDATE, DELETE ON user_inventory TO economy_login;

-- migrate:down
DROP TABLE user_inventory;
