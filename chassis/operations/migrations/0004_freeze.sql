-- Flows that an operator has frozen: they refuse new operations and finish open ones.

-- migrate:up
CREATE TABLE freeze (
    flow TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    by TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE freeze;
