-- Series and waifus as an operator imports them. Rows are added and changed, never removed: somebody may own them.
-- Against the first design: JSON is JSONB, times have a zone, `media_type` and `catalog_versions` are new.

-- migrate:up
CREATE TABLE series (
    series_id INTEGER PRIMARY KEY CHECK (series_id >= 1),
    name VARCHAR(255) NOT NULL CHECK (name <> ''),
    english_name VARCHAR(255),
    image_link TEXT,
    studios TEXT,
    genres TEXT NOT NULL,
    synopsis TEXT,
    favorites INTEGER CHECK (favorites >= 0),
    members INTEGER CHECK (members >= 0),
    score FLOAT CHECK (score BETWEEN 0 AND 10),
    media_type VARCHAR(50) NOT NULL DEFAULT 'anime'
        CHECK (media_type IN ('anime', 'manga', 'visual_novel', 'light_novel', 'game')),
    -- Deferred, so that one import may swap two names.
    UNIQUE (name) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE waifus (
    waifu_id INTEGER PRIMARY KEY CHECK (waifu_id >= 1),
    name VARCHAR(255) NOT NULL CHECK (name <> ''),
    series_id INTEGER NOT NULL REFERENCES series (series_id),
    series VARCHAR(255) NOT NULL,
    genre VARCHAR(100) NOT NULL,
    rarity INTEGER NOT NULL CHECK (rarity BETWEEN 1 AND 3),
    image_url TEXT,
    about TEXT,
    stats JSONB NOT NULL,
    elemental_type JSONB NOT NULL,
    archetype TEXT,
    potency JSONB NOT NULL DEFAULT '{}',
    elemental_resistances JSONB NOT NULL DEFAULT '{}',
    birthday DATE,
    favorite_gifts JSONB NOT NULL DEFAULT '[]',
    special_dialogue JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX waifus_series_id ON waifus (series_id);

-- One row for each import that changed something. Every replica looks here for news.
CREATE TABLE catalog_versions (
    version BIGINT PRIMARY KEY CHECK (version >= 1),
    imported_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    series_added INTEGER NOT NULL,
    series_changed INTEGER NOT NULL,
    waifus_added INTEGER NOT NULL,
    waifus_changed INTEGER NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON series, waifus TO collection_login;
GRANT SELECT, INSERT ON catalog_versions TO collection_login;
-- Default rights would let the service remove them.
REVOKE DELETE ON series, waifus FROM collection_login;
REVOKE UPDATE, DELETE ON catalog_versions FROM collection_login;

-- migrate:down
DROP TABLE catalog_versions;
DROP TABLE waifus;
DROP TABLE series;
