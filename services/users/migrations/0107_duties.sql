-- What one of several bots does at a time, and until when it is its own. Renewed every second and worth nothing after
-- a crash of the server, so it is not logged: a renewal costs no flush.

-- migrate:up
CREATE UNLOGGED TABLE duties (
    kind TEXT NOT NULL CHECK (kind IN ('identify', 'share', 'commands')),
    number INTEGER NOT NULL CHECK (number >= 0),
    holder TEXT NOT NULL CHECK (holder <> ''),
    -- Grows with every change of hands.
    token BIGINT NOT NULL DEFAULT 1,
    lease_until TIMESTAMPTZ NOT NULL,
    -- What the holder leaves for the next one.
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (kind, number)
);

-- migrate:down
DROP TABLE duties;
