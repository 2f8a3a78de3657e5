-- Where expeditions lead and what is met there, as an operator imports it, and what was open in which week.
-- Rows are added and changed, never removed: an old rotation or a log may name them.

-- migrate:up
CREATE TABLE expedition_templates (
    template_id TEXT PRIMARY KEY CHECK (template_id <> ''),
    name VARCHAR(255) NOT NULL CHECK (name <> ''),
    duration_hours INTEGER NOT NULL CHECK (duration_hours BETWEEN 1 AND 48),
    difficulty INTEGER NOT NULL CHECK (difficulty BETWEEN 1 AND 100000),
    favored_count INTEGER NOT NULL CHECK (favored_count BETWEEN 0 AND 50),
    disfavored_count INTEGER NOT NULL CHECK (disfavored_count BETWEEN 0 AND 50),
    favored JSONB NOT NULL,
    disfavored JSONB NOT NULL,
    dominant_stats JSONB NOT NULL,
    tags JSONB NOT NULL
);

CREATE TABLE encounters (
    encounter_id TEXT PRIMARY KEY CHECK (encounter_id <> ''),
    name VARCHAR(255) NOT NULL CHECK (name <> ''),
    type TEXT NOT NULL CHECK (type IN ('STANDARD', 'GATED', 'BOON', 'HAZARD')),
    tags JSONB NOT NULL,
    text_success TEXT NOT NULL,
    text_failure TEXT NOT NULL,
    check_stat TEXT NOT NULL,
    difficulty INTEGER NOT NULL CHECK (difficulty BETWEEN 0 AND 100000),
    common INTEGER NOT NULL CHECK (common BETWEEN 0 AND 10000),
    great INTEGER NOT NULL CHECK (great BETWEEN 0 AND 10000),
    condition JSONB,
    success_loot_value INTEGER NOT NULL CHECK (success_loot_value BETWEEN 0 AND 10000),
    modifier JSONB,
    CHECK ((type = 'STANDARD') = (check_stat <> '')),
    CHECK ((type = 'GATED') = (condition IS NOT NULL)),
    CHECK ((type IN ('BOON', 'HAZARD')) = (modifier IS NOT NULL))
);

-- What affinities may be about, by category.
CREATE TABLE affinity_pools (
    category TEXT PRIMARY KEY CHECK (category IN ('elemental', 'archetype', 'series_id', 'genre')),
    "values" JSONB NOT NULL
);

-- One row for each import that changed something. Every replica looks here for news.
CREATE TABLE atlas_versions (
    version BIGINT PRIMARY KEY CHECK (version >= 1),
    imported_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    templates_added INTEGER NOT NULL,
    templates_changed INTEGER NOT NULL,
    encounters_added INTEGER NOT NULL,
    encounters_changed INTEGER NOT NULL,
    affinities_changed INTEGER NOT NULL
);

-- The templates that are open in a week, known by its first game day. Whoever needs it first writes it.
CREATE TABLE rotations (
    week DATE PRIMARY KEY CHECK (extract(isodow FROM week) = 1),
    template_ids JSONB NOT NULL CHECK (jsonb_array_length(template_ids) > 0),
    atlas_version BIGINT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE ON expedition_templates, encounters, affinity_pools TO expeditions_login;
GRANT SELECT, INSERT ON atlas_versions, rotations TO expeditions_login;
-- Default rights would let the service remove them, or open other places in the middle of a week.
REVOKE DELETE ON expedition_templates, encounters, affinity_pools FROM expeditions_login;
REVOKE UPDATE, DELETE ON atlas_versions, rotations FROM expeditions_login;

-- migrate:down
DROP TABLE rotations;
DROP TABLE atlas_versions;
DROP TABLE affinity_pools;
DROP TABLE encounters;
DROP TABLE expedition_templates;
