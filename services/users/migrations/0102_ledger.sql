-- Every change of a balance, for ever: one line per changed currency, chained by version and running balance.

-- migrate:up
CREATE TABLE ledger (
    user_id BIGINT NOT NULL,
    -- Counts the changes of the player; lines of one change share it.
    version BIGINT NOT NULL CHECK (version >= 1),
    currency TEXT NOT NULL CHECK (currency IN ('sakura_crystals', 'quartzs', 'daphine')),
    op_id UUID NOT NULL,
    step SMALLINT NOT NULL,
    -- A place for holds and captures; nothing but entries so far.
    kind TEXT NOT NULL DEFAULT 'entry' CHECK (kind = 'entry'),
    reason TEXT NOT NULL CHECK (reason ~ '^(mint|sink)\.[a-z]+$'),
    amount BIGINT NOT NULL CHECK (amount <> 0),
    balance_after BIGINT NOT NULL CHECK (balance_after BETWEEN 0 AND 9007199254740991),
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, version, currency),
    UNIQUE (user_id, op_id, step, currency),
    CHECK ((reason LIKE 'mint.%') = (amount > 0))
);

-- It only grows: the service itself cannot change a line.
REVOKE UPDATE, DELETE, TRUNCATE ON ledger FROM users_login;

-- migrate:down
DROP TABLE ledger;
