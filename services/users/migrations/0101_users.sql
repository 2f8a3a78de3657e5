-- Who plays, and the three balances in one row: one update pays several currencies, all or nothing.
-- Against the first design: ids and money are BIGINT, times have a zone; `epoch`, `state`, `wallet_version`,
-- `daily_streak` and `settings` are new; `pity_counter` moved to economy.pity, into the transaction that rolls.

-- migrate:up
CREATE TABLE users (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    discord_id BIGINT UNIQUE,
    epoch INTEGER NOT NULL DEFAULT 1 CHECK (epoch >= 1),
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closing', 'closed')),
    academy_name VARCHAR(255) NOT NULL CHECK (academy_name <> ''),
    collector_rank INTEGER NOT NULL DEFAULT 1 CHECK (collector_rank >= 1),
    sakura_crystals BIGINT NOT NULL DEFAULT 0 CHECK (sakura_crystals BETWEEN 0 AND 9007199254740991),
    quartzs BIGINT NOT NULL DEFAULT 0 CHECK (quartzs BETWEEN 0 AND 9007199254740991),
    daphine BIGINT NOT NULL DEFAULT 0 CHECK (daphine BETWEEN 0 AND 9007199254740991),
    wallet_version BIGINT NOT NULL DEFAULT 0 CHECK (wallet_version >= 0),
    -- Unix seconds of the last daily reward; 0 means never.
    last_daily_reset BIGINT NOT NULL DEFAULT 0 CHECK (last_daily_reset >= 0),
    daily_streak INTEGER NOT NULL DEFAULT 0 CHECK (daily_streak >= 0),
    settings JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- migrate:down
DROP TABLE users;
