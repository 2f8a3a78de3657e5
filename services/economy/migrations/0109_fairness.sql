-- Seeds of the dice can be told: when their time is over, and never before.

-- migrate:up
ALTER TABLE seeds
    -- The 32 bytes themselves, once they are told; until then there is only `sealed_seed`.
    ADD COLUMN server_seed BYTEA,
    ADD COLUMN revealed_at TIMESTAMPTZ,
    -- What is told is what was promised.
    ADD CONSTRAINT seeds_promise CHECK (sha256(server_seed) = seed_hash),
    ADD CONSTRAINT seeds_told CHECK ((server_seed IS NULL) = (revealed_at IS NULL));

-- One seed of a player is in use; a background task looks for those that were in use for long.
CREATE UNIQUE INDEX seeds_in_use ON seeds (user_id) WHERE revealed_at IS NULL;
CREATE INDEX seeds_by_age ON seeds (created_at) WHERE revealed_at IS NULL;

-- migrate:down
DROP INDEX seeds_by_age;
DROP INDEX seeds_in_use;
ALTER TABLE seeds DROP COLUMN revealed_at, DROP COLUMN server_seed;
