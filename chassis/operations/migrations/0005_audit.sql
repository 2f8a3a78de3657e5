-- What operators did to players, by name and reason. It only grows: the service itself cannot change a row.
-- One for each service, because the row is written in the transaction that acts.

-- migrate:up
CREATE TABLE audit (
    user_id BIGINT NOT NULL,
    op_id UUID NOT NULL,
    -- What was done: adjust, ban, lift_ban, give_waifu, give_equipment.
    action TEXT NOT NULL CHECK (action <> ''),
    operator TEXT NOT NULL CHECK (operator <> ''),
    reason TEXT NOT NULL CHECK (reason <> ''),
    ticket TEXT NOT NULL DEFAULT '',
    -- What the act changed, as it was and as it became.
    before JSONB NOT NULL DEFAULT '{}',
    after JSONB NOT NULL DEFAULT '{}',
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, op_id)
);

CREATE INDEX audit_at ON audit (at);

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM %I', current_schema() || '_login');
END
$$;

-- migrate:down
DROP TABLE audit;
