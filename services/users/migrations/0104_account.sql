-- What a change was for exactly, and who may not play. A line of before has an empty subject.

-- migrate:up
-- `waifu:1000001`, `banner:standard`: a kind and an id, for the history.
ALTER TABLE ledger ADD COLUMN subject TEXT NOT NULL DEFAULT '';

-- One row per person. It stays with the inner id over a reset, an erase and a return.
CREATE TABLE bans (
    user_id BIGINT PRIMARY KEY,
    -- The player reads it.
    reason TEXT NOT NULL CHECK (reason <> ''),
    by TEXT NOT NULL CHECK (by <> ''),
    since TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Null means for ever.
    until TIMESTAMPTZ,
    -- The act that made the ban what it is; its audit row says more.
    op_id UUID NOT NULL
);

-- As `apply` of 0103, with subjects. The shape without them stays for processes of the version before.
CREATE FUNCTION apply(
    p_user BIGINT, p_op UUID, p_step INTEGER, p_epoch INTEGER, p_hash BYTEA,
    p_crystals BIGINT, p_quartzs BIGINT, p_daphine BIGINT, p_reasons JSONB, p_min_rank INTEGER,
    p_subjects JSONB
) RETURNS TABLE (how TEXT, request_hash BYTEA, outcome TEXT, answer BYTEA)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    is_open BOOLEAN;
    found_step applied_step%ROWTYPE;
    changed users%ROWTYPE;
    is_change BOOLEAN := p_crystals <> 0 OR p_quartzs <> 0 OR p_daphine <> 0;
    body JSONB;
    made TEXT := 'DONE';
BEGIN
    INSERT INTO gate AS gate (user_id, epoch, changes) VALUES (p_user, p_epoch, 1)
    ON CONFLICT (user_id) DO UPDATE
    SET epoch = excluded.epoch, closed = false, changes = gate.changes + 1
    WHERE (gate.epoch = excluded.epoch AND NOT gate.closed)
        OR (gate.epoch < excluded.epoch AND gate.closed)
    RETURNING true INTO is_open;
    IF is_open IS NULL THEN
        RETURN QUERY SELECT 'shut', p_hash, NULL::TEXT, NULL::BYTEA;
        RETURN;
    END IF;

    SELECT * INTO found_step FROM applied_step
    WHERE user_id = p_user AND op_id = p_op AND step = p_step;
    IF FOUND THEN
        RETURN QUERY SELECT 'known', found_step.request_hash, found_step.outcome, found_step.answer;
        RETURN;
    END IF;

    UPDATE users
    SET sakura_crystals = sakura_crystals + p_crystals, quartzs = quartzs + p_quartzs,
        daphine = daphine + p_daphine, wallet_version = wallet_version + is_change::INTEGER,
        collector_rank = GREATEST(collector_rank, p_min_rank)
    WHERE id = p_user
        AND sakura_crystals + p_crystals BETWEEN 0 AND 9007199254740991
        AND quartzs + p_quartzs BETWEEN 0 AND 9007199254740991
        AND daphine + p_daphine BETWEEN 0 AND 9007199254740991
    RETURNING * INTO changed;

    IF FOUND THEN
        INSERT INTO ledger (user_id, version, currency, op_id, step, reason, amount, balance_after, subject)
        SELECT p_user, changed.wallet_version, currency, p_op, p_step, p_reasons ->> currency, amount, balance,
            COALESCE(p_subjects ->> currency, '')
        FROM (VALUES
            ('sakura_crystals', p_crystals, changed.sakura_crystals),
            ('quartzs', p_quartzs, changed.quartzs),
            ('daphine', p_daphine, changed.daphine)
        ) AS line (currency, amount, balance)
        WHERE amount <> 0;
        body := jsonb_build_object('sakura_crystals', changed.sakura_crystals,
            'quartzs', changed.quartzs, 'daphine', changed.daphine);
    ELSE
        made := 'REFUSED';
        SELECT jsonb_build_object('reason', CASE WHEN amount < 0 THEN 'INSUFFICIENT_FUNDS' ELSE 'WALLET_FULL' END,
            'metadata', CASE WHEN amount < 0
                THEN jsonb_build_object('currency', currency, 'price', (-amount)::TEXT, 'balance', balance::TEXT)
                ELSE jsonb_build_object('currency', currency) END)
        INTO body
        FROM users, LATERAL (VALUES
            (1, 'sakura_crystals', p_crystals, sakura_crystals),
            (2, 'quartzs', p_quartzs, quartzs),
            (3, 'daphine', p_daphine, daphine)
        ) AS line (place, currency, amount, balance)
        WHERE id = p_user AND NOT balance + amount BETWEEN 0 AND 9007199254740991
        ORDER BY place LIMIT 1;
        IF NOT FOUND THEN
            body := jsonb_build_object('reason', 'USER_NOT_FOUND',
                'metadata', jsonb_build_object('user_id', p_user::TEXT));
        END IF;
    END IF;

    RETURN QUERY INSERT INTO applied_step (user_id, op_id, step, request_hash, outcome, answer)
    VALUES (p_user, p_op, p_step, p_hash, made, convert_to(body::TEXT, 'UTF8'))
    RETURNING 'kept', request_hash, outcome, answer;
END
$$;

-- migrate:down
DROP FUNCTION apply(
    BIGINT, UUID, INTEGER, INTEGER, BYTEA, BIGINT, BIGINT, BIGINT, JSONB, INTEGER, JSONB
);
DROP TABLE bans;
ALTER TABLE ledger DROP COLUMN subject;
