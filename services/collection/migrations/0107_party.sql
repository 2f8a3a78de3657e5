-- Everything that is away has a place in its party: 0 is the piece, 1 to 3 are the waifus. So no expedition can have
-- more with it, whatever asks for it. Nothing was away before this.

-- migrate:up
ALTER TABLE party_locks
    ADD COLUMN place INTEGER NOT NULL DEFAULT 0,
    ADD CHECK (CASE kind WHEN 'equipment' THEN place = 0 ELSE place BETWEEN 1 AND 3 END),
    ADD UNIQUE (user_id, expedition_id, place);

-- migrate:down
ALTER TABLE party_locks DROP COLUMN place;
