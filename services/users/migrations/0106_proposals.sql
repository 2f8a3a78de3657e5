-- Adjustments over the limit of one person, which wait for a second one. They end with the life they are about;
-- the audit rows of both persons stay.

-- migrate:up
CREATE TABLE proposals (
    user_id BIGINT NOT NULL,
    -- The op of the adjustment that was refused.
    proposal_id UUID NOT NULL,
    epoch INTEGER NOT NULL,
    sakura_crystals BIGINT NOT NULL,
    quartzs BIGINT NOT NULL,
    daphine BIGINT NOT NULL,
    proposed_by TEXT NOT NULL CHECK (proposed_by <> ''),
    reason TEXT NOT NULL CHECK (reason <> ''),
    ticket TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'rejected')),
    settled_by TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    settled_at TIMESTAMPTZ,
    PRIMARY KEY (user_id, proposal_id),
    CHECK ((state = 'waiting') = (settled_at IS NULL)),
    -- Two persons, whatever the code says.
    CHECK (state <> 'approved' OR lower(settled_by) <> lower(proposed_by))
);

CREATE INDEX proposals_created ON proposals (created_at, proposal_id);

-- migrate:down
DROP TABLE proposals;
