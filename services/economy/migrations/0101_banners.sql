-- What can be summoned from, and the exact table behind every roll.
-- Against the first design: a banner is named by its slug; `cost` and `currency_type` are new; `drop_rate` is a whole
-- number of parts per million; `series_ids` is JSONB; every change makes a row in `banner_versions`, so that a running
-- summon stays with the table it started with and any roll can be computed again.

-- migrate:up
CREATE TABLE banners (
    id TEXT PRIMARY KEY CHECK (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(id) <= 64),
    name VARCHAR(255) NOT NULL CHECK (name <> ''),
    type VARCHAR(50) NOT NULL CHECK (type IN ('standard', 'rate-up', 'limited', 'premium')),
    start_time TIMESTAMPTZ NOT NULL,
    end_time TIMESTAMPTZ NOT NULL CHECK (end_time > start_time),
    description TEXT NOT NULL DEFAULT '',
    is_active BOOLEAN NOT NULL DEFAULT true,
    series_ids JSONB NOT NULL DEFAULT '[]',
    cost BIGINT NOT NULL DEFAULT 10 CHECK (cost BETWEEN 1 AND 1000000),
    currency_type VARCHAR(50) NOT NULL DEFAULT 'sakura_crystals'
        CHECK (currency_type IN ('sakura_crystals', 'quartzs', 'daphine')),
    version_id BIGINT
);

CREATE TABLE banner_items (
    banner_id TEXT NOT NULL REFERENCES banners (id) ON DELETE CASCADE,
    item_id INTEGER NOT NULL,
    rate_up BOOLEAN NOT NULL DEFAULT false,
    drop_rate INTEGER CHECK (drop_rate BETWEEN 1 AND 1000000),
    PRIMARY KEY (banner_id, item_id)
);

CREATE TABLE banner_versions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    banner_id TEXT NOT NULL REFERENCES banners (id),
    version INTEGER NOT NULL CHECK (version >= 1),
    digest BYTEA NOT NULL,
    body JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (banner_id, version),
    UNIQUE (banner_id, digest)
);

ALTER TABLE banners ADD FOREIGN KEY (version_id) REFERENCES banner_versions (id);

-- What was rolled can be computed again only while its table stands as it was.
REVOKE UPDATE, DELETE, TRUNCATE ON banner_versions FROM economy_login;

-- migrate:down
ALTER TABLE banners DROP COLUMN version_id;
DROP TABLE banner_versions;
DROP TABLE banner_items;
DROP TABLE banners;
