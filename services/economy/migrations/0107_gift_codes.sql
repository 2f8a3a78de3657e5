-- Gift codes, who has redeemed them, and who guessed.
-- Against the first design: `code` is a keyed hash, so that nobody reads a word out of the table; `rewards` holds all
-- that a code gives, of which `reward_type` and `reward_value` tell the kind; `used`, `starts_at`, `expires_at` and
-- `batch` are new. A redemption names the operation that made it, and stays over every life of its player.

-- migrate:up
CREATE TABLE gift_code_batches (
    -- The act that made it.
    id UUID PRIMARY KEY,
    -- What tells a repeat of the act from another one: keyed too, because a word may be in it.
    request_hash BYTEA NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    is_hand_made BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX gift_code_batches_at ON gift_code_batches (created_at, id);

CREATE TABLE gift_codes (
    code TEXT PRIMARY KEY CHECK (code ~ '^[0-9a-f]{64}$'),
    batch UUID NOT NULL REFERENCES gift_code_batches (id),
    reward_type TEXT NOT NULL
        CHECK (reward_type IN ('sakura_crystals', 'quartzs', 'daphine', 'item', 'bundle')),
    -- How much of the currency or the item; of a bundle, how many rewards it holds.
    reward_value BIGINT NOT NULL CHECK (reward_value >= 1),
    rewards JSONB NOT NULL,
    -- Null means without a limit.
    usage_limit INTEGER CHECK (usage_limit >= 1),
    used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    starts_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    is_active BOOLEAN NOT NULL DEFAULT true,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK (used <= usage_limit),
    CHECK (expires_at > starts_at)
) WITH (fillfactor = 80);

CREATE INDEX gift_codes_of_batch ON gift_codes (batch);

-- What was promised does not change: the service counts uses and ends codes, and nothing else.
REVOKE UPDATE, DELETE, TRUNCATE ON gift_codes, gift_code_batches FROM economy_login;
GRANT UPDATE (used, is_active) ON gift_codes TO economy_login;

CREATE TABLE gift_code_redemptions (
    user_id BIGINT NOT NULL,
    code TEXT NOT NULL REFERENCES gift_codes (code),
    op_id UUID NOT NULL,
    redeemed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, code),
    UNIQUE (user_id, op_id)
);

CREATE INDEX gift_code_redemptions_at ON gift_code_redemptions (redeemed_at, op_id);
CREATE INDEX gift_code_redemptions_of_code ON gift_code_redemptions (code);

REVOKE UPDATE, TRUNCATE ON gift_code_redemptions FROM economy_login;

-- Words that were no code. They are counted over lives too, and forgotten after a day.
CREATE TABLE gift_code_tries (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, op_id)
);

CREATE INDEX gift_code_tries_of_user ON gift_code_tries (user_id, at);
CREATE INDEX gift_code_tries_at ON gift_code_tries (at);

REVOKE UPDATE, TRUNCATE ON gift_code_tries FROM economy_login;

-- migrate:down
DROP TABLE gift_code_tries;
DROP TABLE gift_code_redemptions;
DROP TABLE gift_codes;
DROP TABLE gift_code_batches;
