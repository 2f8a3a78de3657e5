-- Parties on their way: what was frozen at the start, who is along, what came of it and what is told of it.
-- Against the first design: an expedition is known by an id that its operation gives it, and its state tells whether
-- it was paid. Unique indexes over what is active carry the limits, so that no program can break them.

-- migrate:up
-- Every encounter as it was in a version of the atlas: what an expedition can meet is what was there at its start.
CREATE TABLE atlas_editions (
    version BIGINT PRIMARY KEY REFERENCES atlas_versions,
    encounters JSONB NOT NULL
);

INSERT INTO atlas_editions (version, encounters)
SELECT newest.version, all_of_them.encounters
FROM (SELECT max(version) AS version FROM atlas_versions) AS newest,
    (SELECT COALESCE(jsonb_agg(to_jsonb(encounters)), '[]') AS encounters FROM encounters) AS all_of_them
WHERE newest.version IS NOT NULL;

CREATE TABLE user_expeditions (
    user_id BIGINT NOT NULL,
    expedition_id UUID NOT NULL UNIQUE,
    expedition_name VARCHAR(255) NOT NULL CHECK (expedition_name <> ''),
    -- The template.
    location TEXT NOT NULL CHECK (location <> ''),
    difficulty INTEGER NOT NULL CHECK (difficulty > 0),
    duration_hours INTEGER NOT NULL CHECK (duration_hours > 0),
    slot_no SMALLINT NOT NULL CHECK (slot_no BETWEEN 1 AND 5),
    status TEXT NOT NULL
        CHECK (status IN ('starting', 'in_progress', 'completing', 'completed', 'cancelling', 'cancelled')),
    equipped_equipment_id UUID,
    atlas_version BIGINT NOT NULL REFERENCES atlas_editions,
    started_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ CHECK (ends_at <= started_at + make_interval(hours => duration_hours)),
    -- Everything that the result depends on beside the encounters and the seed.
    expedition_data JSONB,
    seed BYTEA CHECK (length(seed) = 32),
    -- The operation that completes it or breaks it off.
    closing_op_id UUID,
    resolved_at TIMESTAMPTZ CHECK (resolved_at >= ends_at),
    -- Text, because it is compared byte for byte.
    final_results TEXT,
    settlement JSONB,
    completed_at TIMESTAMPTZ,
    PRIMARY KEY (user_id, expedition_id),
    CHECK ((status = 'starting') = (started_at IS NULL)),
    CHECK ((started_at IS NULL) = (ends_at IS NULL)),
    CHECK ((started_at IS NULL) = (expedition_data IS NULL)),
    CHECK ((started_at IS NULL) = (seed IS NULL)),
    CHECK ((status IN ('starting', 'in_progress')) = (closing_op_id IS NULL)),
    CHECK ((status IN ('completing', 'completed')) = (resolved_at IS NOT NULL)),
    CHECK ((resolved_at IS NULL) = (final_results IS NULL)),
    CHECK ((status = 'completed') = (settlement IS NOT NULL)),
    CHECK ((status IN ('completed', 'cancelled')) = (completed_at IS NOT NULL))
);

CREATE UNIQUE INDEX user_expeditions_slot ON user_expeditions (user_id, slot_no)
    WHERE status IN ('starting', 'in_progress', 'completing', 'cancelling');
CREATE UNIQUE INDEX user_expeditions_location ON user_expeditions (user_id, location)
    WHERE status IN ('starting', 'in_progress', 'completing', 'cancelling');
CREATE UNIQUE INDEX user_expeditions_equipment ON user_expeditions (user_id, equipped_equipment_id)
    WHERE status IN ('starting', 'in_progress', 'completing', 'cancelling');
-- The past ones, newest first.
CREATE INDEX user_expeditions_past ON user_expeditions (user_id, completed_at DESC, expedition_id DESC)
    WHERE completed_at IS NOT NULL;

CREATE TABLE expedition_participants (
    user_id BIGINT NOT NULL,
    expedition_id UUID NOT NULL,
    position_in_party SMALLINT NOT NULL CHECK (position_in_party BETWEEN 1 AND 3),
    waifu_id INTEGER NOT NULL,
    -- Until the party is home; nobody is on two ways.
    is_away BOOLEAN NOT NULL,
    -- Null until the party has left.
    star_level_used INTEGER CHECK (star_level_used BETWEEN 1 AND 6),
    -- How she came home; null until it is resolved.
    final_hp INTEGER CHECK (final_hp >= 1),
    final_mp INTEGER CHECK (final_mp >= 0),
    PRIMARY KEY (user_id, expedition_id, position_in_party),
    UNIQUE (user_id, expedition_id, waifu_id),
    FOREIGN KEY (user_id, expedition_id) REFERENCES user_expeditions
);

CREATE UNIQUE INDEX expedition_participants_away ON expedition_participants (user_id, waifu_id) WHERE is_away;

CREATE TABLE expedition_logs (
    user_id BIGINT NOT NULL,
    expedition_id UUID NOT NULL,
    log_no SMALLINT NOT NULL CHECK (log_no >= 1),
    log_type TEXT NOT NULL CHECK (log_type IN ('encounter', 'completion', 'cancellation')),
    encounter_number SMALLINT,
    message TEXT NOT NULL,
    data JSONB NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, expedition_id, log_no),
    FOREIGN KEY (user_id, expedition_id) REFERENCES user_expeditions,
    CHECK ((log_type = 'encounter') = (encounter_number IS NOT NULL))
);

GRANT SELECT, INSERT ON atlas_editions TO expeditions_login;
REVOKE UPDATE, DELETE ON atlas_editions FROM expeditions_login;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_expeditions, expedition_participants, expedition_logs
    TO expeditions_login;

-- migrate:down
DROP TABLE expedition_logs;
DROP TABLE expedition_participants;
DROP TABLE user_expeditions;
DROP TABLE atlas_editions;
