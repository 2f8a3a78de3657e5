-- What grows between a player and a waifu: points, mood, talks, gifts, and the content that all of it is measured by.
-- Against the first design: a conversation is known by its player and its operation instead of a serial, and the mood
-- is a number that fades, beside its word.

-- migrate:up
ALTER TABLE user_waifus
    ADD COLUMN bond_points INTEGER NOT NULL DEFAULT 0 CHECK (bond_points >= 0),
    -- How she felt at `mood_at`; since then it has faded (`mood_now` in bond/store.py).
    ADD COLUMN mood INTEGER NOT NULL DEFAULT 0 CHECK (mood BETWEEN -100 AND 100),
    ADD COLUMN mood_at TIMESTAMPTZ,
    -- The game day of the latest talk and gift, and how many there were on it.
    ADD COLUMN talk_day DATE,
    ADD COLUMN talks_today INTEGER NOT NULL DEFAULT 0 CHECK (talks_today >= 0),
    ADD COLUMN gift_day DATE,
    ADD COLUMN gifts_today INTEGER NOT NULL DEFAULT 0 CHECK (gifts_today >= 0);

ALTER TABLE roster
    ADD COLUMN talk_day DATE,
    ADD COLUMN talks_today INTEGER NOT NULL DEFAULT 0 CHECK (talks_today >= 0);

CREATE TABLE conversations (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    waifu_id INTEGER NOT NULL,
    user_message TEXT NOT NULL CHECK (user_message <> ''),
    waifu_response TEXT NOT NULL CHECK (waifu_response <> ''),
    mood_change INTEGER NOT NULL DEFAULT 0,
    points INTEGER NOT NULL CHECK (points >= 0),
    is_birthday BOOLEAN NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, op_id)
);

-- The newest talks with a waifu, and her memories.
CREATE INDEX conversations_waifu ON conversations (user_id, waifu_id, timestamp DESC, op_id DESC);
CREATE INDEX conversations_birthday ON conversations (user_id, waifu_id) WHERE is_birthday;

CREATE TABLE gifts_given (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    waifu_id INTEGER NOT NULL,
    gift_id TEXT NOT NULL,
    price INTEGER NOT NULL CHECK (price > 0),
    points INTEGER NOT NULL CHECK (points >= 0),
    is_favorite BOOLEAN NOT NULL,
    is_birthday BOOLEAN NOT NULL,
    -- What she said to it, so that she does not say the same to the next one.
    reply TEXT NOT NULL CHECK (reply <> ''),
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, op_id)
);

CREATE INDEX gifts_given_waifu ON gifts_given (user_id, waifu_id, at DESC, op_id DESC);

-- One row for each import that changed something. Every replica looks here for news.
CREATE TABLE bond_versions (
    version BIGINT PRIMARY KEY CHECK (version >= 1),
    digest BYTEA NOT NULL,
    -- Not JSONB: the order of what is in it is the order in which players see it.
    document JSON NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, DELETE ON conversations, gifts_given TO collection_login;
GRANT SELECT, INSERT ON bond_versions TO collection_login;
-- Default rights would let the service rewrite what was said, given and imported.
REVOKE UPDATE ON conversations, gifts_given FROM collection_login;
REVOKE UPDATE, DELETE ON bond_versions FROM collection_login;

-- migrate:down
DROP TABLE bond_versions;
DROP TABLE gifts_given;
DROP TABLE conversations;
ALTER TABLE roster DROP COLUMN talks_today, DROP COLUMN talk_day;
ALTER TABLE user_waifus
    DROP COLUMN gifts_today, DROP COLUMN gift_day, DROP COLUMN talks_today, DROP COLUMN talk_day,
    DROP COLUMN mood_at, DROP COLUMN mood, DROP COLUMN bond_points;
