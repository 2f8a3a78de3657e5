-- Every erase, for whoever restores a backup that is older: what is missing in the backup's own list is done again
-- (docs/decisions/0026). Unlike `erased` a row stays when the person returns.

-- migrate:up
CREATE TABLE erasures (
    user_id BIGINT NOT NULL,
    -- The wish itself: two lists are compared by it.
    op_id UUID NOT NULL,
    -- The life that ended.
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    -- HMAC of the Discord id: nobody else is erased because a number was given away twice.
    discord_hash BYTEA NOT NULL,
    erased_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, op_id)
);

CREATE INDEX erasures_by_age ON erasures (erased_at);

-- What was done is not changed; what is old enough is forgotten.
REVOKE UPDATE, TRUNCATE ON erasures FROM users_login;

-- migrate:down
DROP TABLE erasures;
