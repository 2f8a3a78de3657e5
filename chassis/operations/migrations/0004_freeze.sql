-- Flows that an operator has frozen: they refuse new operations and finish open ones.
-- The name is a word of SQL, so it always stands in quotes.

-- migrate:up
CREATE TABLE "freeze" (
    flow TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    by TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE "freeze";
