-- Pity, the seeds of the dice and the record of every summon.
-- Against the first design: `users.pity_counter` lives here, in the transaction that rolls.

-- migrate:up
CREATE TABLE pity (
    user_id BIGINT PRIMARY KEY,
    counter INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 49)
) WITH (fillfactor = 80);

CREATE TABLE seeds (
    user_id BIGINT NOT NULL,
    seed_no INTEGER NOT NULL CHECK (seed_no >= 1),
    -- 32 bytes, encrypted with the key of the house; their SHA-256 can be shown before the first use.
    sealed_seed BYTEA NOT NULL,
    seed_hash BYTEA NOT NULL,
    client_seed TEXT NOT NULL,
    next_nonce BIGINT NOT NULL DEFAULT 0 CHECK (next_nonce >= 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, seed_no)
) WITH (fillfactor = 80);

CREATE TABLE summons (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    banner_version_id BIGINT NOT NULL REFERENCES banner_versions (id),
    count INTEGER NOT NULL CHECK (count IN (1, 10)),
    price BIGINT NOT NULL CHECK (price > 0),
    currency_type TEXT NOT NULL CHECK (currency_type IN ('sakura_crystals', 'quartzs', 'daphine')),
    seed_no INTEGER NOT NULL CHECK (seed_no >= 1),
    nonce BIGINT NOT NULL CHECK (nonce >= 0),
    pity_before INTEGER NOT NULL CHECK (pity_before BETWEEN 0 AND 49),
    pity_after INTEGER NOT NULL CHECK (pity_after BETWEEN 0 AND 49),
    pulls JSONB NOT NULL CHECK (jsonb_array_length(pulls) = count),
    daphine INTEGER NOT NULL DEFAULT 0 CHECK (daphine BETWEEN 0 AND count),
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, op_id),
    UNIQUE (user_id, seed_no, nonce),
    -- Pity is of crystals, daphine of everything else.
    CHECK (currency_type = 'sakura_crystals' OR pity_after = pity_before),
    CHECK (currency_type <> 'sakura_crystals' OR daphine = 0)
);

-- Both parts in one direction: a page is read backwards along it.
CREATE INDEX summons_at ON summons (user_id, at, op_id);

REVOKE UPDATE, DELETE, TRUNCATE ON summons FROM economy_login;

-- migrate:down
DROP TABLE summons;
DROP TABLE seeds;
DROP TABLE pity;
