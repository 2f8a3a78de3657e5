-- The end of a life (flow F12): an academy that is closed keeps numbers and nothing of the person.
-- Who was erased is known by a keyed hash for 180 days, so that nobody can leave and come back for a second
-- beginning on the same day.

-- migrate:up
ALTER TABLE users DROP CONSTRAINT users_academy_name_check;
ALTER TABLE users ADD CONSTRAINT users_person CHECK (
    CASE state
        WHEN 'closed' THEN discord_id IS NULL AND academy_name = '' AND settings = '{}'
        ELSE discord_id IS NOT NULL AND academy_name <> ''
    END
);

CREATE TABLE erased (
    -- HMAC of the Discord id: without the key of the house it says nothing.
    discord_hash BYTEA PRIMARY KEY,
    user_id BIGINT NOT NULL UNIQUE REFERENCES users (id),
    -- The life that ended; who returns begins the next.
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    last_daily_reset BIGINT NOT NULL CHECK (last_daily_reset >= 0),
    erased_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX erased_at ON erased (erased_at);

-- migrate:down
DROP TABLE erased;
ALTER TABLE users DROP CONSTRAINT users_person;
ALTER TABLE users ADD CHECK (academy_name <> '') NOT VALID;
