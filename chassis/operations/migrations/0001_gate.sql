-- One row per player in every service: whoever changes anything of the player's locks it first.
-- `changes` counts the changes, so that a single statement can tell whether its snapshot is fresh.

-- migrate:up
CREATE TABLE gate (
    user_id BIGINT PRIMARY KEY,
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    closed BOOLEAN NOT NULL DEFAULT false,
    changes BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 80);

-- migrate:down
DROP TABLE gate;
