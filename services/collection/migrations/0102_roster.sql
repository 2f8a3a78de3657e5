-- Who owns whom, and what a collection is worth.
-- Against the first design: the key is (user_id, waifu_id) instead of a serial, so a waifu is owned once; the star
-- level is always known; `surplus_shards` and `is_favorite` are new. An index on waifu_id would cost every grant
-- and serve nobody: waifus are never deleted.

-- migrate:up
CREATE TABLE user_waifus (
    user_id BIGINT NOT NULL,
    waifu_id INTEGER NOT NULL REFERENCES waifus (waifu_id),
    bond_level INTEGER NOT NULL DEFAULT 1 CHECK (bond_level BETWEEN 1 AND 10),
    constellation_level INTEGER NOT NULL DEFAULT 0 CHECK (constellation_level BETWEEN 0 AND 6),
    current_star_level INTEGER NOT NULL CHECK (current_star_level BETWEEN 1 AND 6),
    -- Shards that went into stars, that wait for the next one, and that were turned into quartz: nothing gets lost.
    star_shards INTEGER NOT NULL DEFAULT 0 CHECK (star_shards >= 0),
    character_shards INTEGER NOT NULL DEFAULT 0 CHECK (character_shards >= 0),
    surplus_shards BIGINT NOT NULL DEFAULT 0 CHECK (surplus_shards >= 0),
    is_awakened BOOLEAN NOT NULL DEFAULT false,
    is_favorite BOOLEAN NOT NULL DEFAULT false,
    current_mood VARCHAR(50) NOT NULL DEFAULT 'neutral',
    last_interaction TIMESTAMPTZ,
    total_conversations INTEGER NOT NULL DEFAULT 0 CHECK (total_conversations >= 0),
    favorite_memory TEXT,
    custom_nickname VARCHAR(100),
    room_decorations JSONB NOT NULL DEFAULT '[]',
    obtained_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, waifu_id),
    CHECK (current_star_level < 6 OR character_shards = 0)
) WITH (fillfactor = 90);

-- Counters of user_waifus, moved by the statements that move the rows.
CREATE TABLE roster (
    user_id BIGINT PRIMARY KEY,
    owned_count INTEGER NOT NULL CHECK (owned_count >= 0),
    power BIGINT NOT NULL CHECK (power >= 0)
) WITH (fillfactor = 80);

GRANT SELECT, INSERT, UPDATE, DELETE ON user_waifus, roster TO collection_login;

-- migrate:down
DROP TABLE roster;
DROP TABLE user_waifus;
