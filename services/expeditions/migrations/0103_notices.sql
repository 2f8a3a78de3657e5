-- Who wants to hear that a party is back. A row is written in the statement that lets the party leave, so it is there
-- exactly when the expedition is. When it is due is what the expedition says: whatever brings the end nearer brings the
-- notice nearer too.

-- migrate:up
CREATE TABLE notices (
    user_id BIGINT NOT NULL,
    notice_id UUID NOT NULL,
    expedition_id UUID NOT NULL,
    -- The life that asked.
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    -- 0 is a direct message; nobody but users knows to whom.
    channel_id BIGINT NOT NULL CHECK (channel_id >= 0),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'told', 'kept', 'read')),
    -- Until then somebody is telling it.
    lease_until TIMESTAMPTZ,
    settled_at TIMESTAMPTZ,
    PRIMARY KEY (user_id, notice_id),
    UNIQUE (user_id, expedition_id),
    FOREIGN KEY (user_id, expedition_id) REFERENCES user_expeditions,
    CHECK ((state = 'waiting') = (settled_at IS NULL))
);

-- What may be due, looked at every few seconds from either end.
CREATE INDEX notices_waiting ON notices (user_id, expedition_id) WHERE state = 'waiting';
CREATE INDEX user_expeditions_due ON user_expeditions (ends_at) WHERE status = 'in_progress';
-- The inbox, newest first.
CREATE INDEX notices_kept ON notices (user_id, settled_at DESC, notice_id DESC) WHERE state = 'kept';

GRANT SELECT, INSERT, UPDATE, DELETE ON notices TO expeditions_login;

-- migrate:down
DROP INDEX user_expeditions_due;
DROP TABLE notices;
