-- What a coordinator remembers: one row per operation, written before its first effect elsewhere.
-- state < 10 is open and names the last phase that is done; 10 DONE, 11 REJECTED, 12 CLOSED_GONE, 13 REFUNDED.

-- migrate:up
CREATE TABLE operation (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    epoch INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state SMALLINT NOT NULL CHECK (state BETWEEN 1 AND 13),
    request_hash BYTEA NOT NULL,
    request BYTEA NOT NULL,
    frozen JSONB NOT NULL DEFAULT '{}',
    result BYTEA,
    driver TEXT NOT NULL DEFAULT '',
    lease_until TIMESTAMPTZ NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    parked BOOLEAN NOT NULL DEFAULT false,
    trouble TEXT NOT NULL DEFAULT '',
    trace TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, op_id),
    CHECK (state < 10 OR result IS NOT NULL)
) WITH (fillfactor = 80);

CREATE INDEX operation_open ON operation (lease_until) WHERE state < 10 AND NOT parked;
CREATE INDEX operation_open_of_user ON operation (user_id) WHERE state < 10;

-- For the job that forgets what is long over.
CREATE INDEX operation_final ON operation (updated_at) WHERE state >= 10;

-- migrate:down
DROP TABLE operation;
