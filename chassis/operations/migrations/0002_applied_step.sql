-- What a participant remembers: one outcome for each step, for ever. Refusals are outcomes too.

-- migrate:up
CREATE TABLE applied_step (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    step SMALLINT NOT NULL CHECK (step BETWEEN 0 AND 99),
    request_hash BYTEA NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('DONE', 'REFUSED')),
    answer BYTEA NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, op_id, step)
);

CREATE INDEX applied_step_at ON applied_step (at);

-- migrate:down
DROP TABLE applied_step;
