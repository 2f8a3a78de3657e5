-- Pieces of equipment with their sub slots, and what is away with a party.
-- Against the first design: `user_id` instead of the Discord id, a key that begins with it, effects are JSONB;
-- `slot_no`, `is_favorite` and `party_locks` are new. Numbered places carry the limit: a 21st piece has none.

-- migrate:up
CREATE TABLE equipment (
    user_id BIGINT NOT NULL,
    id UUID NOT NULL,
    slot_no INTEGER NOT NULL CHECK (slot_no BETWEEN 1 AND 20),
    main_effect JSONB NOT NULL CHECK (
        COALESCE(main_effect ->> 'type' IN ('affinity_add', 'loot_pool_bonus', 'encounter_count_add'), false)
    ),
    -- How many rows of equipment_sub_slots it has; the statements that move them move it.
    unlocked_sub_slots INTEGER NOT NULL DEFAULT 0 CHECK (unlocked_sub_slots BETWEEN 0 AND 5),
    is_favorite BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    UNIQUE (user_id, slot_no)
);

CREATE TABLE equipment_sub_slots (
    user_id BIGINT NOT NULL,
    equipment_id UUID NOT NULL,
    slot_index INTEGER NOT NULL CHECK (slot_index BETWEEN 1 AND 5),
    effect JSONB NOT NULL CHECK (
        COALESCE(effect ->> 'type' IN ('stat_check_bonus', 'final_stat_check_bonus'), false)
    ),
    -- A slot that is not open has no row.
    is_unlocked BOOLEAN NOT NULL DEFAULT true CHECK (is_unlocked),
    PRIMARY KEY (user_id, equipment_id, slot_index),
    FOREIGN KEY (user_id, equipment_id) REFERENCES equipment (user_id, id) ON DELETE CASCADE
);

-- One row for each thing that a party has taken along; nothing here may be changed or taken again meanwhile.
CREATE TABLE party_locks (
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('waifu', 'equipment')),
    -- A waifu's number or a piece's id, as text.
    thing TEXT NOT NULL CHECK (thing <> ''),
    expedition_id UUID NOT NULL,
    PRIMARY KEY (user_id, kind, thing)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON equipment, equipment_sub_slots, party_locks TO collection_login;

-- migrate:down
DROP TABLE party_locks;
DROP TABLE equipment_sub_slots;
DROP TABLE equipment;
