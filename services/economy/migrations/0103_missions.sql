-- Daily and weekly missions and who has come how far.
-- Against the first design: a mission is named by its slug, `period` is new, `date` is the first game day of the
-- period, and the target is kept with the progress, so that an edited mission does not change what was promised.

-- migrate:up
CREATE TABLE daily_missions (
    id TEXT PRIMARY KEY CHECK (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(id) <= 64),
    name VARCHAR(255) NOT NULL CHECK (name <> ''),
    description TEXT NOT NULL DEFAULT '',
    type VARCHAR(50) NOT NULL
        CHECK (type IN ('summon', 'expedition', 'talk', 'gift', 'shop', 'equipment', 'daily')),
    period TEXT NOT NULL DEFAULT 'day' CHECK (period IN ('day', 'week')),
    target_count INTEGER NOT NULL CHECK (target_count BETWEEN 1 AND 10000),
    reward_type VARCHAR(50) NOT NULL CHECK (reward_type IN ('sakura_crystals', 'quartzs', 'daphine')),
    reward_amount BIGINT NOT NULL CHECK (reward_amount BETWEEN 1 AND 1000000),
    difficulty VARCHAR(20) NOT NULL DEFAULT 'easy' CHECK (difficulty IN ('easy', 'normal', 'hard')),
    is_active BOOLEAN NOT NULL DEFAULT true
);

CREATE TABLE user_mission_progress (
    user_id BIGINT NOT NULL,
    mission_id TEXT NOT NULL REFERENCES daily_missions (id),
    date DATE NOT NULL,
    target_count INTEGER NOT NULL,
    current_progress INTEGER NOT NULL CHECK (current_progress BETWEEN 0 AND target_count),
    completed BOOLEAN NOT NULL GENERATED ALWAYS AS (current_progress >= target_count) STORED,
    claimed BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, mission_id, date),
    CHECK (NOT claimed OR current_progress >= target_count)
) WITH (fillfactor = 80);

-- migrate:down
DROP TABLE user_mission_progress;
DROP TABLE daily_missions;
