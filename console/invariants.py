"""What must always be true: SQL over all schemas, sharing no code with the services.

The same list serves the fault suites, `geminya audit` and the monitor. The numbers are those of
docs/reliability.md; an invariant is here as soon as the part of the game it speaks of is there. What a key or a
CHECK already makes impossible (I3, I4, I17, I29 …) is not asked again.
"""

from dataclasses import dataclass

from chassis.postgres import Admin, admin_connection

OPEN_S = 60
"""An operation open for longer than this has been forgotten by everybody."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A statement and the query that finds what breaks it: rows of one text, empty when it holds."""

    id: str
    statement: str
    broken: str


@dataclass(frozen=True, slots=True)
class Finding:
    """How often an invariant is broken, and where for example."""

    id: str
    statement: str
    violations: int
    sample: str


CURRENCIES = """(VALUES ('sakura_crystals'), ('quartzs'), ('daphine')) AS c (currency)"""
BALANCE = """CASE currency WHEN 'sakura_crystals' THEN sakura_crystals
    WHEN 'quartzs' THEN quartzs ELSE daphine END"""
STEP = """EXISTS (SELECT FROM {schema}.applied_step AS s WHERE s.user_id = o.user_id
    AND s.op_id = o.op_id AND s.step = {step} AND s.outcome = 'DONE')"""
PAID = STEP.format(schema="users", step=1)
GRANTED = STEP.format(schema="collection", step=2)
LIFE_OVER = " OR ".join(
    f"""EXISTS (SELECT FROM {schema}.gate AS g WHERE g.user_id = o.user_id
    AND (g.epoch > o.epoch OR (g.epoch = o.epoch AND g.closed)))"""
    for schema in ("users", "collection", "expeditions", "economy")
)
"""Some service has closed the life that the operation belongs to."""
ALL_OPERATIONS = " UNION ALL ".join(
    f"SELECT user_id, op_id, state FROM {schema}.operation"
    for schema in ("collection", "expeditions", "economy")
)
"""The operations of every service that takes a price."""
EXCUSED = f"""o.parked OR (o.state = 12 AND ({LIFE_OVER}))
            OR (o.state = 13 AND EXISTS (SELECT FROM users.ledger AS back
                WHERE back.user_id = l.user_id AND back.op_id = l.op_id AND back.currency = l.currency
                    AND back.reason = 'mint.refund' AND back.amount = -l.amount))
            OR (o.state < 10 AND o.created_at > now() - interval '10 minutes')"""
"""A debit whose operation has not brought anything: parked, of a closed life, refunded, or under way."""


def alive(schema: str, user: str) -> str:
    """Nobody has begun to end this player's life in the schema; what is half gone adds up to nothing.

    `user` names its table: a bare `user_id` would be that of the gate.
    """
    assert "." in user
    return f"""(NOT EXISTS (SELECT FROM {schema}.gate AS g WHERE g.user_id = {user} AND g.closed)
        AND NOT EXISTS (SELECT FROM users.users AS u WHERE u.id = {user} AND u.state = 'closing'))"""


PRESENT = """EXISTS (SELECT FROM users.users AS u WHERE u.id = l.user_id AND u.state = 'active'
    AND l.version >= (SELECT COALESCE(max(version), 0) FROM users.ledger AS start
        WHERE start.user_id = l.user_id AND start.reason = 'mint.start'))"""
"""The line of the ledger belongs to the life that its player lives now."""
HELD = {
    "users": ("proposals",),
    "collection": (
        *("user_waifus", "conversations", "gifts_given", "roster"),
        *("party_locks", "equipment_sub_slots", "equipment"),
    ),
    "expeditions": ("notices", "expedition_logs", "expedition_participants", "user_expeditions"),
    "economy": (
        *("pity", "seeds", "summons", "user_mission_progress"),
        *("user_inventory", "expired_items", "item_uses"),
    ),
}
"""Tables whose rows end with the life. The lists of the services say the same, and a test compares."""
ENDED = """EXISTS (SELECT FROM {schema}.gate AS g WHERE g.user_id = held.user_id AND g.closed)
    AND NOT EXISTS (SELECT FROM users.users AS u WHERE u.id = held.user_id AND u.state = 'closing')"""
"""The player's life in the schema is over, and nobody is about to clear it away."""
WIPED = "{}"
"""What the kit writes over an answer of a life that has ended."""
SCHEMAS = ("users", "collection", "expeditions", "economy")
REMEMBERED = "interval '30 days'"
"""Steps are kept for 35 days and operations for longer: older lines of the ledger are on their own."""
ANSWERS = """
            -- Not every answer is JSON; those that are begin with a brace, and no message does.
            SELECT user_id, at, CASE WHEN substring(answer FROM 1 FOR 1) = '\\x7b'::bytea
                THEN convert_from(answer, 'UTF8')::jsonb END AS body
            FROM {schema}.applied_step WHERE outcome = 'DONE'
""".strip()
"""What a service has answered and still remembers."""
ON_ITS_WAY = "status IN ('starting', 'in_progress', 'completing', 'cancelling')"
"""The expedition holds its party."""
LOOT = """COALESCE((final_results::jsonb #>> ARRAY['rewards', CASE currency
    WHEN 'sakura_crystals' THEN 'crystals' ELSE currency END])::bigint, 0)
    + CASE currency WHEN 'quartzs' THEN COALESCE((settlement ->> 'overflow_quartzs')::bigint, 0) ELSE 0 END"""
"""What a completed expedition owes of a currency, by its own stored words."""
PROMISED = """COALESCE((SELECT sum((money ->> 'amount')::bigint) FROM jsonb_array_elements(rewards -> 'money') AS money
        WHERE lower(replace(money ->> 'currency', 'CURRENCY_', '')) = c.currency), 0)"""
"""What a code pays of a currency, by its own stored words."""
REDEEMED = """SELECT FROM economy.gift_code_redemptions AS r JOIN economy.gift_codes USING (code)"""
BOOSTED = """CASE WHEN lower(replace(frozen #>> '{1,item,effects,boost,currency}', 'CURRENCY_', '')) = c.currency
    THEN (frozen #>> '{1,item,effects,boost,amount}')::bigint ELSE 0 END
    + CASE c.currency WHEN 'quartzs' THEN COALESCE((
        SELECT (convert_from(answer, 'UTF8')::jsonb ->> 'surplus_quartzs')::bigint
        FROM collection.applied_step AS s WHERE s.user_id = o.user_id AND s.op_id = o.op_id AND s.step = 2), 0)
        ELSE 0 END"""
"""What using an item owes of a currency: its boost, and quartz for surplus shards."""
TOP_AT = """(SELECT {which}(place) FROM jsonb_array_elements(pulls) WITH ORDINALITY AS p (pull, place)
    WHERE (pull ->> 'rarity')::int = 3)"""

INVARIANTS = (
    Invariant(
        "I1",
        "every balance is the sum of its ledger, without a gap in the versions",
        f"""
        SELECT format('user %s %s: balance %s, ledger %s', id, currency, {BALANCE}, total)
        FROM users.users CROSS JOIN {CURRENCIES}
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(amount), 0) AS total FROM users.ledger
            WHERE user_id = id AND ledger.currency = c.currency
        ) AS lines
        WHERE total <> {BALANCE}
        UNION ALL
        SELECT format('user %s: %s versions up to %s, wallet at %s', id, count, highest, wallet_version)
        FROM users.users CROSS JOIN LATERAL (
            SELECT count(DISTINCT version), COALESCE(max(version), 0) AS highest
            FROM users.ledger WHERE user_id = id
        ) AS lines
        WHERE count <> highest OR highest <> wallet_version
        UNION ALL
        SELECT format('user %s version %s %s: %s is not %s', user_id, version, currency, balance_after, running)
        FROM (
            SELECT *, sum(amount) OVER (PARTITION BY user_id, currency ORDER BY version) AS running
            FROM users.ledger
        ) AS chain
        WHERE running <> balance_after
        """,
    ),
    Invariant(
        "I2",
        "no balance is negative or over 2^53 - 1",
        f"""
        SELECT format('user %s %s: %s', id, currency, {BALANCE})
        FROM users.users CROSS JOIN {CURRENCIES}
        WHERE {BALANCE} NOT BETWEEN 0 AND 9007199254740991
        """,
    ),
    Invariant(
        "I6",
        "the ledger pays and takes exactly what the owning tables say",
        f"""
        SELECT format('user %s %s: %s taken, %s owed', user_id, currency, taken, owed)
        FROM (
            SELECT user_id, currency, -sum(amount) AS taken
            FROM users.ledger AS l WHERE reason = 'sink.gacha' AND {PRESENT} GROUP BY user_id, currency
        ) AS lines
        FULL JOIN (
            SELECT user_id, currency_type AS currency, sum(price) AS owed FROM (
                SELECT user_id, currency_type, price FROM economy.summons
                WHERE EXISTS (SELECT FROM users.users AS u WHERE u.id = user_id AND u.state = 'active')
                UNION ALL
                -- Paid and not rolled yet.
                SELECT o.user_id, lower(replace(frozen #>> '{{1,price,currency}}', 'CURRENCY_', '')),
                    (frozen #>> '{{1,price,amount}}')::bigint
                FROM economy.operation AS o
                WHERE kind = 'summon' AND state <> 10 AND {PAID} AND EXISTS (
                    SELECT FROM users.users AS u
                    WHERE u.id = o.user_id AND u.epoch = o.epoch AND u.state = 'active') AND NOT EXISTS (
                    SELECT FROM economy.summons AS rolled
                    WHERE rolled.user_id = o.user_id AND rolled.op_id = o.op_id)
            ) AS owing GROUP BY user_id, currency_type
        ) AS owned USING (user_id, currency)
        WHERE taken IS DISTINCT FROM owed
        UNION ALL
        SELECT format('user %s: %s quartz taken for gifts, %s owed', user_id, taken, owed)
        FROM (
            SELECT user_id, -sum(amount) AS taken
            FROM users.ledger AS l WHERE reason = 'sink.gift' AND {PRESENT} GROUP BY user_id
        ) AS lines
        FULL JOIN (
            SELECT user_id, sum(price) AS owed FROM (
                SELECT user_id, price FROM collection.gifts_given
                WHERE EXISTS (SELECT FROM users.users AS u WHERE u.id = user_id AND u.state = 'active')
                UNION ALL
                -- Paid and not given yet.
                SELECT o.user_id, (frozen #>> '{{1,price,amount}}')::bigint
                FROM collection.operation AS o
                WHERE kind = 'gift' AND state <> 10 AND {PAID} AND EXISTS (
                    SELECT FROM users.users AS u
                    WHERE u.id = o.user_id AND u.epoch = o.epoch AND u.state = 'active') AND NOT EXISTS (
                    SELECT FROM collection.gifts_given AS given
                    WHERE given.user_id = o.user_id AND given.op_id = o.op_id)
            ) AS owing GROUP BY user_id
        ) AS owned USING (user_id)
        WHERE taken IS DISTINCT FROM owed
        UNION ALL
        SELECT format('user %s op %s: %s quartz on top, %s owed', user_id, op_id, paid, owed)
        FROM (
            SELECT o.user_id, o.op_id, summons.count + COALESCE(surplus, 0) AS owed, COALESCE((
                SELECT sum(amount) FROM users.ledger
                WHERE ledger.user_id = o.user_id AND ledger.op_id = o.op_id
                    AND currency = 'quartzs' AND amount > 0), 0) AS paid
            FROM economy.operation AS o
            JOIN economy.summons USING (user_id, op_id)
            CROSS JOIN LATERAL (
                SELECT (convert_from(answer, 'UTF8')::jsonb ->> 'surplus_quartzs')::bigint AS surplus
                FROM collection.applied_step AS s
                WHERE s.user_id = o.user_id AND s.op_id = o.op_id AND s.step = 2
            ) AS granted
            WHERE kind = 'summon' AND state = 10
        ) AS done
        WHERE paid <> owed
        UNION ALL
        SELECT format('user %s op %s: %s daphine paid, %s found', user_id, op_id, paid, daphine)
        FROM (
            SELECT user_id, op_id, summons.daphine, COALESCE((
                SELECT sum(amount) FROM users.ledger WHERE ledger.user_id = summons.user_id
                    AND ledger.op_id = summons.op_id AND currency = 'daphine'
                    AND amount > 0), 0) AS paid
            FROM economy.summons JOIN economy.operation USING (user_id, op_id)
            WHERE state = 10
        ) AS done
        WHERE paid <> daphine
        UNION ALL
        SELECT format('user %s op %s: %s %s paid for a code, %s owed', user_id, op_id, paid, currency, owed)
        FROM (
            SELECT r.user_id, r.op_id, currency, {PROMISED} AS owed, COALESCE((
                SELECT sum(amount) FROM users.ledger AS l WHERE l.user_id = r.user_id AND l.op_id = r.op_id
                    AND l.currency = c.currency AND reason = 'mint.code'), 0) AS paid, (
                SELECT state FROM economy.operation AS o WHERE o.user_id = r.user_id AND o.op_id = r.op_id) AS state
            FROM economy.gift_code_redemptions AS r JOIN economy.gift_codes USING (code)
            CROSS JOIN {CURRENCIES}
        ) AS presents
        -- Under way, or of a life that ended under way, all of it may be missing.
        WHERE paid <> owed AND (paid <> 0 OR state = 10)
        UNION ALL
        SELECT format('user %s op %s: %s %s paid for missions, %s owed', user_id, op_id, paid, currency, owed)
        FROM (
            SELECT user_id, op_id, currency, sum(amount) AS paid
            FROM users.ledger AS l WHERE reason = 'mint.mission' AND {PRESENT} GROUP BY user_id, op_id, currency
        ) AS lines
        FULL JOIN (
            SELECT user_id, claim_op AS op_id, reward_type AS currency, sum(reward_amount) AS owed
            FROM economy.user_mission_progress AS m
            WHERE claimed AND EXISTS (SELECT FROM users.users AS u WHERE u.id = user_id AND u.state = 'active')
                -- Marked and not paid yet.
                AND NOT EXISTS (SELECT FROM economy.operation AS o
                    WHERE o.user_id = m.user_id AND o.op_id = claim_op AND state <> 10 AND NOT {PAID})
            GROUP BY user_id, claim_op, reward_type
        ) AS claims USING (user_id, op_id, currency)
        WHERE paid IS DISTINCT FROM owed
        UNION ALL
        SELECT format('user %s: %s %s taken in the shop, %s owed', user_id, taken, currency, owed)
        FROM (
            SELECT user_id, currency, -sum(amount) AS taken
            FROM users.ledger AS l WHERE reason = 'sink.shop' AND {PRESENT} GROUP BY user_id, currency
        ) AS lines
        FULL JOIN (
            SELECT user_id, currency_type AS currency, sum(total_cost) AS owed FROM economy.user_purchases AS o
            WHERE EXISTS (SELECT FROM users.users AS u
                    WHERE u.id = o.user_id AND u.epoch = o.epoch AND u.state = 'active')
                AND (transaction_status IN ('completed', 'refunded')
                    -- Paid and not in the bag yet.
                    OR (transaction_status = 'pending' AND {PAID}))
            GROUP BY user_id, currency_type
        ) AS bought USING (user_id, currency)
        WHERE taken IS DISTINCT FROM owed
        UNION ALL
        SELECT format('user %s op %s: %s %s paid for an item that was used, %s owed', user_id, op_id, paid, currency,
            owed)
        FROM (
            SELECT o.user_id, o.op_id, currency, {BOOSTED} AS owed, COALESCE((
                SELECT sum(amount) FROM users.ledger AS l WHERE l.user_id = o.user_id AND l.op_id = o.op_id
                    AND l.currency = c.currency), 0) AS paid
            FROM economy.operation AS o CROSS JOIN {CURRENCIES}
            WHERE kind = 'use_item' AND state = 10 AND frozen ? '1'
        ) AS used
        WHERE paid <> owed
        UNION ALL
        SELECT format('user %s: %s first lines', id, count)
        FROM users.users CROSS JOIN LATERAL (
            SELECT count(DISTINCT version) FROM users.ledger WHERE user_id = id AND reason = 'mint.start'
        ) AS starts
        WHERE count <> epoch
        """,
    ),
    Invariant(
        "I7",
        "every debit belongs to an operation that is done, under way, parked, refunded or of a closed life",
        f"""
        SELECT format('user %s op %s: %s %s', l.user_id, l.op_id, l.amount, l.currency)
        FROM users.ledger AS l
        LEFT JOIN economy.operation AS o ON o.user_id = l.user_id AND o.op_id = l.op_id
        WHERE l.reason = 'sink.gacha' AND l.at > now() - {REMEMBERED} AND NOT COALESCE(
            (o.state = 10 AND {GRANTED}) OR {EXCUSED}, false)
        UNION ALL
        SELECT format('user %s op %s: %s %s', l.user_id, l.op_id, l.amount, l.currency)
        FROM users.ledger AS l
        LEFT JOIN economy.operation AS o ON o.user_id = l.user_id AND o.op_id = l.op_id
        WHERE l.reason = 'sink.shop' AND l.at > now() - {REMEMBERED} AND NOT COALESCE(
            (o.state = 10 AND EXISTS (SELECT FROM economy.user_purchases AS p
                WHERE p.user_id = l.user_id AND p.op_id = l.op_id AND transaction_status = 'completed'))
            OR {EXCUSED}, false)
        UNION ALL
        SELECT format('user %s op %s: %s %s', l.user_id, l.op_id, l.amount, l.currency)
        FROM users.ledger AS l
        LEFT JOIN collection.operation AS o ON o.user_id = l.user_id AND o.op_id = l.op_id
        WHERE l.reason IN ('sink.awaken', 'sink.gift') AND l.at > now() - {REMEMBERED} AND NOT COALESCE(
            o.state = 10 OR {EXCUSED}, false)
        """,
    ),
    Invariant(
        "I8",
        "every grant of a paid flow and every bonus of a summon has its debit, and nothing refunded was granted",
        f"""
        SELECT format('user %s op %s: %s', user_id, op_id, what)
        FROM (
            SELECT user_id, op_id, 'a grant' AS what FROM collection.applied_step AS s
            -- What an operator gave has an audit row instead.
            WHERE step = 2 AND outcome = 'DONE' AND answer LIKE '%"granted"%'::bytea AND NOT EXISTS (
                SELECT FROM collection.audit AS a WHERE a.user_id = s.user_id AND a.op_id = s.op_id)
                -- And whoever came out of a code has a redemption.
                AND NOT EXISTS ({REDEEMED}
                WHERE r.user_id = s.user_id AND r.op_id = s.op_id AND rewards ? 'waifuIds')
                -- And whom a ticket brought, a use; the record of uses ends with the life.
                AND NOT EXISTS (SELECT FROM economy.item_uses AS t
                WHERE t.user_id = s.user_id AND t.op_id = s.op_id AND pulls <> '[]')
                AND {alive("economy", "s.user_id")}
            UNION ALL
            SELECT user_id, op_id, 'a bonus' FROM users.ledger WHERE reason = 'mint.summon'
        ) AS given
        WHERE NOT EXISTS (
            SELECT FROM users.ledger AS l WHERE l.user_id = given.user_id AND l.op_id = given.op_id
                AND l.reason = 'sink.gacha')
        UNION ALL
        SELECT format('user %s op %s: %s %s for no code', user_id, op_id, amount, currency)
        FROM users.ledger AS l
        WHERE reason = 'mint.code' AND NOT EXISTS ({REDEEMED} WHERE r.user_id = l.user_id AND r.op_id = l.op_id)
        UNION ALL
        SELECT format('user %s op %s: refunded, and yet %s', user_id, op_id, what)
        FROM (
            SELECT user_id, op_id, 'somebody was granted' AS what FROM economy.operation AS o
            WHERE state = 13 AND {GRANTED}
            UNION ALL
            SELECT user_id, op_id, 'the gift was given' FROM collection.operation
            JOIN collection.gifts_given USING (user_id, op_id) WHERE state = 13
            UNION ALL
            SELECT o.user_id, o.op_id, 'a waifu is marked' FROM collection.operation AS o
            JOIN collection.user_waifus AS w ON w.user_id = o.user_id AND w.awakening_op = o.op_id WHERE state = 13
        ) AS kept
        UNION ALL
        SELECT format('user %s op %s: a refund of nothing', l.user_id, l.op_id)
        FROM users.ledger AS l
        WHERE l.reason = 'mint.refund' AND l.at > now() - {REMEMBERED} AND NOT EXISTS (
            -- Under way, done, or of a life that was closed meanwhile.
            SELECT FROM ({ALL_OPERATIONS}) AS o
            WHERE o.user_id = l.user_id AND o.op_id = l.op_id AND o.state IN (9, 12, 13))
        UNION ALL
        SELECT format('user %s op %s: %s %s for no mission', user_id, op_id, amount, currency)
        FROM users.ledger AS l
        WHERE reason = 'mint.mission' AND {PRESENT} AND NOT EXISTS (SELECT FROM economy.user_mission_progress AS m
            WHERE m.user_id = l.user_id AND m.claim_op = l.op_id)
        UNION ALL
        SELECT format('user %s op %s: %s %s for no boost', user_id, op_id, amount, currency)
        FROM users.ledger AS l
        WHERE reason = 'mint.boost' AND {PRESENT} AND {alive("economy", "l.user_id")} AND NOT EXISTS (
            SELECT FROM economy.item_uses AS t
            WHERE t.user_id = l.user_id AND t.op_id = l.op_id AND item_type = 'boost')
        """,
    ),
    Invariant(
        "I9",
        "a refused operation left nothing behind",
        """
        SELECT format('user %s op %s: refused, and yet %s', o.user_id, o.op_id, trace.what)
        FROM economy.operation AS o JOIN (
            SELECT user_id, op_id, 'money moved' AS what FROM users.ledger
            UNION ALL
            SELECT user_id, op_id, 'a waifu was granted' FROM collection.applied_step
            WHERE outcome = 'DONE'
            UNION ALL
            SELECT user_id, op_id, 'it was rolled' FROM economy.summons
            UNION ALL
            SELECT user_id, op_id, 'a code was used' FROM economy.gift_code_redemptions
            UNION ALL
            SELECT user_id, op_id, 'something was bought' FROM economy.user_purchases
            WHERE transaction_status NOT IN ('rejected', 'refunded')
            UNION ALL
            SELECT user_id, op_id, 'an item was used' FROM economy.item_uses
            UNION ALL
            SELECT user_id, op_id, 'a day of a boost was used up' FROM economy.boost_days
        ) AS trace USING (user_id, op_id)
        WHERE o.state = 11
        UNION ALL
        SELECT format('user %s op %s: refused, and yet %s', o.user_id, o.op_id, trace.what)
        FROM collection.operation AS o JOIN (
            SELECT user_id, op_id, 'money moved' AS what FROM users.ledger
            UNION ALL
            SELECT user_id, awakening_op, 'a waifu is marked' FROM collection.user_waifus
        ) AS trace USING (user_id, op_id)
        WHERE o.state = 11
        UNION ALL
        SELECT format('user %s op %s: refused, and yet %s', o.user_id, o.op_id, trace.what)
        FROM expeditions.operation AS o JOIN (
            SELECT user_id, op_id, 'money moved' AS what FROM users.ledger
            UNION ALL
            SELECT user_id, op_id, 'somebody was sent or brought home' FROM collection.applied_step
            WHERE outcome = 'DONE'
            UNION ALL
            SELECT user_id, closing_op_id, 'an expedition was ended' FROM expeditions.user_expeditions
        ) AS trace USING (user_id, op_id)
        WHERE o.state = 11
        UNION ALL
        SELECT format('user %s expedition %s: nobody starts it, and yet it has a place', user_id, expedition_id)
        FROM expeditions.user_expeditions AS e
        WHERE status = 'starting' AND NOT EXISTS (SELECT FROM expeditions.operation AS o
            WHERE o.user_id = e.user_id AND state < 10
                AND frozen #>> '{1,expeditionId}' = expedition_id::text)
        """,
    ),
    Invariant(
        "I10",
        f"no operation is open for over {OPEN_S} seconds, and none is parked",
        "\nUNION ALL\n".join(
            f"""
        SELECT format('{schema}: user %s op %s %s, open since %s: %s', user_id, op_id, kind, created_at,
            CASE WHEN parked THEN 'parked, ' ELSE '' END || trouble)
        FROM {schema}.operation
        WHERE state < 10 AND (parked OR created_at < now() - interval '{OPEN_S} seconds')
        """
            for schema in SCHEMAS
        ),
    ),
    Invariant(
        "I12",
        "a summon has all its pulls, and ten have one of two stars or better; a ticket keeps what it says",
        f"""
        SELECT format('user %s op %s: %s pulls', user_id, op_id, jsonb_array_length(pulls))
        FROM economy.summons
        WHERE jsonb_array_length(pulls) <> count OR (count = 10 AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(pulls) AS pull WHERE (pull ->> 'rarity')::int >= 2))
        UNION ALL
        SELECT format('user %s op %s: done without a roll', user_id, op_id)
        FROM economy.operation AS o
        WHERE kind = 'summon' AND state = 10 AND NOT ({LIFE_OVER}) AND NOT EXISTS (
            SELECT FROM economy.summons AS s WHERE s.user_id = o.user_id AND s.op_id = o.op_id)
        UNION ALL
        SELECT format('user %s op %s: %s pulls of a %s', user_id, op_id, jsonb_array_length(pulls), item_type)
        FROM economy.item_uses LEFT JOIN economy.ticket_pools ON digest = pool_digest
        WHERE (SELECT count(DISTINCT pull -> 'waifu_id') FROM jsonb_array_elements(pulls) AS pull) <> CASE
                WHEN item_type LIKE '%ticket' THEN COALESCE((body -> 'count')::int, 1) ELSE 0 END
            OR EXISTS (SELECT FROM jsonb_array_elements(pulls) AS pull WHERE pull -> 'rarity' <> body -> 'rarity')
        UNION ALL
        SELECT format('user %s op %s: done, and nothing was used', user_id, op_id)
        FROM economy.operation AS o
        WHERE kind = 'use_item' AND state = 10 AND NOT ({LIFE_OVER}) AND NOT EXISTS (
            SELECT FROM economy.item_uses AS s WHERE s.user_id = o.user_id AND s.op_id = o.op_id)
        """,
    ),
    Invariant(
        "I13",
        "pity is a chain: 0 after three stars, else one more, and only crystals move it",
        f"""
        SELECT format('user %s op %s: pity %s, before %s', user_id, op_id, pity_before, previous)
        FROM (
            SELECT *, COALESCE(lag(pity_after) OVER chain, 0) AS previous
            FROM economy.summons WINDOW chain AS (PARTITION BY user_id ORDER BY seed_no, nonce)
        ) AS summons
        WHERE pity_before <> previous AND {alive("economy", "summons.user_id")}
        UNION ALL
        SELECT format('user %s op %s: pity %s to %s', user_id, op_id, pity_before, pity_after)
        FROM economy.summons
        WHERE pity_after <> CASE WHEN currency_type <> 'sakura_crystals' THEN pity_before
            ELSE COALESCE(count - {TOP_AT.format(which="max")}, pity_before + count) END
        UNION ALL
        SELECT format('user %s: counter %s, last summon %s', user_id, counter, last)
        FROM economy.pity CROSS JOIN LATERAL (
            SELECT COALESCE((SELECT pity_after FROM economy.summons
                WHERE summons.user_id = pity.user_id ORDER BY seed_no DESC, nonce DESC LIMIT 1), 0) AS last
        ) AS chain
        WHERE counter <> last
        """,
    ),
    Invariant(
        "I14",
        "nobody waits longer for three stars than was published",
        f"""
        SELECT format('user %s op %s: pity %s', user_id, op_id, pity_before)
        FROM economy.summons
        WHERE currency_type = 'sakura_crystals'
            AND pity_before + COALESCE({TOP_AT.format(which="min")}, count + 1) > 50
        """,
    ),
    Invariant(
        "I15",
        "every pull is in the frozen pool of its banner's version or of its ticket",
        """
        SELECT format('user %s op %s: waifu %s', user_id, op_id, pull ->> 'waifu_id')
        FROM economy.summons
        JOIN economy.banner_versions ON banner_versions.id = banner_version_id
        CROSS JOIN LATERAL jsonb_array_elements(pulls) AS pull
        WHERE NOT CASE WHEN (pull ->> 'is_guarantee')::boolean
            THEN body -> 'guarantee' @> (pull -> 'waifu_id')
            ELSE EXISTS (SELECT FROM jsonb_array_elements(body -> 'pool' -> (pull ->> 'rarity')) AS member
                WHERE member -> 0 = pull -> 'waifu_id') END
        UNION ALL
        SELECT format('user %s op %s: waifu %s of a ticket', user_id, op_id, pull ->> 'waifu_id')
        FROM economy.item_uses
        JOIN economy.ticket_pools ON digest = pool_digest
        CROSS JOIN LATERAL jsonb_array_elements(pulls) AS pull
        WHERE NOT body -> 'waifu_ids' @> (pull -> 'waifu_id')
        """,
    ),
    Invariant(
        "I16",
        "the nonces of a seed have no gap and no repeat, and the last seed is the one in use",
        f"""
        SELECT format('user %s seed %s: %s used, next %s', user_id, seed_no, used, next_nonce)
        FROM economy.seeds CROSS JOIN LATERAL (
            SELECT count(*) AS used, count(DISTINCT nonce) AS different, COALESCE(max(nonce) + 1, 0) AS next FROM (
                SELECT user_id, seed_no, nonce FROM economy.summons
                UNION ALL
                SELECT user_id, seed_no, nonce FROM economy.item_uses
            ) AS rolled
            WHERE rolled.user_id = seeds.user_id AND rolled.seed_no = seeds.seed_no
        ) AS rolls
        WHERE (used <> next_nonce OR different <> next_nonce OR next <> next_nonce)
            AND {alive("economy", "seeds.user_id")}
        UNION ALL
        SELECT format('user %s seed %s: told is %s', user_id, seed_no, server_seed IS NOT NULL)
        FROM economy.seeds
        WHERE (server_seed IS NULL) <> (NOT EXISTS (SELECT FROM economy.seeds AS later
            WHERE later.user_id = seeds.user_id AND later.seed_no > seeds.seed_no))
        """,
    ),
    Invariant(
        "I18",
        "stars are 1 to 6 and the counters of a collection count what is there",
        f"""
        SELECT format('user %s waifu %s: %s stars', user_id, waifu_id, current_star_level)
        FROM collection.user_waifus
        WHERE current_star_level NOT BETWEEN 1 AND 6 OR character_shards < 0
            OR constellation_level NOT BETWEEN 0 AND 6
        UNION ALL
        SELECT format('user %s: counted %s and %s, there are %s and %s', user_id, owned_count, power,
            there, worth)
        FROM collection.roster FULL JOIN (
            SELECT user_id, count(*) AS there, sum(CASE current_star_level WHEN 1 THEN 100 WHEN 2 THEN 250
                WHEN 3 THEN 500 WHEN 4 THEN 1000 WHEN 5 THEN 2000 ELSE 4000 END) AS worth
            FROM collection.user_waifus GROUP BY user_id
        ) AS owned USING (user_id)
        WHERE (owned_count IS DISTINCT FROM there OR power IS DISTINCT FROM worth)
            AND {alive("collection", "COALESCE(roster.user_id, owned.user_id)")}
        """,
    ),
    Invariant(
        "I19",
        "shards gained are held, in stars, or were turned into quartz",
        f"""
        SELECT format('user %s waifu %s: %s gained, %s kept', user_id, waifu_id, gained, kept)
        FROM (
            SELECT user_id, waifu_id, obtained_at, character_shards + star_shards + surplus_shards AS kept
            FROM collection.user_waifus
        ) AS owned FULL JOIN (
            SELECT user_id, (granted ->> 'waifu_id')::int AS waifu_id,
                sum((granted ->> 'shards_gained')::bigint) AS gained
            FROM collection.applied_step
            CROSS JOIN LATERAL jsonb_array_elements(convert_from(answer, 'UTF8')::jsonb -> 'granted') AS granted
            WHERE step = 2 AND outcome = 'DONE'
            GROUP BY user_id, waifu_id
        ) AS steps USING (user_id, waifu_id)
        -- Of a waifu who came before the oldest step that is kept, some grants are forgotten.
        WHERE (gained > COALESCE(kept, 0) OR (
                COALESCE(gained, 0) <> COALESCE(kept, 0) AND obtained_at > now() - {REMEMBERED}))
            AND {alive("collection", "COALESCE(owned.user_id, steps.user_id)")}
        """,
    ),
    Invariant(
        "I20",
        "whoever is awake has exactly one daphine behind it in this life, and nobody paid in vain",
        f"""
        SELECT format('user %s waifu %s: awake %s, %s payments', user_id, waifu_id, is_awakened, paid)
        FROM (
            SELECT l.user_id, substr(l.subject, 7)::int AS waifu_id, count(*) AS paid
            FROM users.ledger AS l
            WHERE l.reason = 'sink.awaken' AND {PRESENT} AND NOT EXISTS (
                SELECT FROM users.ledger AS back WHERE back.user_id = l.user_id AND back.op_id = l.op_id
                    AND back.reason = 'mint.refund')
            GROUP BY l.user_id, l.subject
        ) AS payments
        FULL JOIN (
            SELECT user_id, waifu_id, is_awakened, awakening_op
            FROM collection.user_waifus WHERE is_awakened OR awakening_op IS NOT NULL
        ) AS owned USING (user_id, waifu_id)
        WHERE {alive("collection", "COALESCE(payments.user_id, owned.user_id)")} AND CASE
            -- Marked, and paid already or not yet.
            WHEN awakening_op IS NOT NULL THEN is_awakened OR COALESCE(paid, 0) > 1
            ELSE is_awakened IS NOT TRUE OR paid IS DISTINCT FROM 1 END
        """,
    ),
    Invariant(
        "I21",
        "at most 20 pieces of equipment for a player, and their sub slots are 1 to as many as are counted",
        """
        SELECT format('user %s: %s pieces', user_id, count(*))
        FROM collection.equipment GROUP BY user_id HAVING count(*) > 20
        UNION ALL
        SELECT format('user %s piece %s: %s counted, there are %s up to %s', user_id, id,
            unlocked_sub_slots, there, highest)
        FROM collection.equipment CROSS JOIN LATERAL (
            SELECT count(*) AS there, COALESCE(max(slot_index), 0) AS highest
            FROM collection.equipment_sub_slots AS slot
            WHERE slot.user_id = equipment.user_id AND slot.equipment_id = equipment.id
        ) AS slots
        WHERE there <> unlocked_sub_slots OR there <> highest OR highest > 5
        """,
    ),
    Invariant(
        "I22",
        "a piece is consumed once, not into itself and not while it is away, and every sub slot has cost one",
        f"""
        WITH answers AS MATERIALIZED (
            {ANSWERS.format(schema="collection")}
        ), gone AS MATERIALIZED (
            SELECT user_id, body #>> '{{piece,id}}' AS into_id,
                COALESCE(body ->> 'consumed_equipment_id', body ->> 'discarded_equipment_id') AS id
            FROM answers WHERE body ?| ARRAY['consumed_equipment_id', 'discarded_equipment_id']
        ), moved AS (
            SELECT user_id, body #>> '{{piece,id}}' AS id,
                sum(CASE WHEN body ? 'opened' THEN 1 ELSE -(body ->> 'removed_count')::int END) AS slots
            FROM answers WHERE body ?| ARRAY['opened', 'removed_count'] GROUP BY 1, 2
        )
        SELECT format('user %s piece %s: gone %s times', user_id, id, count(*))
        FROM gone GROUP BY user_id, id HAVING count(*) > 1
        UNION ALL
        SELECT format('user %s piece %s: gone and still there', user_id, gone.id)
        FROM gone JOIN collection.equipment AS piece USING (user_id) WHERE piece.id::text = gone.id
        UNION ALL
        SELECT format('user %s piece %s: consumed for itself', user_id, id) FROM gone WHERE id = into_id
        UNION ALL
        SELECT format('user %s piece %s: away and not there', user_id, thing)
        FROM collection.party_locks AS away
        WHERE kind = 'equipment' AND NOT EXISTS (SELECT FROM collection.equipment AS piece
            WHERE piece.user_id = away.user_id AND piece.id::text = away.thing)
        UNION ALL
        SELECT format('user %s piece %s: %s sub slots, %s opened and not removed', piece.user_id, piece.id,
            unlocked_sub_slots, COALESCE(slots, 0))
        FROM collection.equipment AS piece
        LEFT JOIN moved ON moved.user_id = piece.user_id AND moved.id = piece.id::text
        -- Of an older piece, some steps are forgotten.
        WHERE unlocked_sub_slots <> COALESCE(slots, 0) AND created_at > now() - {REMEMBERED}
        """,
    ),
    Invariant(
        "I23",
        "no waifu and no piece is in two running expeditions",
        f"""
        SELECT format('user %s waifu %s: in %s', user_id, waifu_id, count(*))
        FROM expeditions.user_expeditions JOIN expeditions.expedition_participants
            USING (user_id, expedition_id)
        WHERE {ON_ITS_WAY} GROUP BY user_id, waifu_id HAVING count(*) > 1
        UNION ALL
        SELECT format('user %s piece %s: in %s', user_id, equipped_equipment_id, count(*))
        FROM expeditions.user_expeditions
        WHERE {ON_ITS_WAY} AND equipped_equipment_id IS NOT NULL
        GROUP BY user_id, equipped_equipment_id HAVING count(*) > 1
        UNION ALL
        SELECT format('user %s waifu %s: away %s, and the expedition is %s', user_id, waifu_id, is_away, status)
        FROM expeditions.user_expeditions JOIN expeditions.expedition_participants
            USING (user_id, expedition_id)
        WHERE is_away <> ({ON_ITS_WAY})
        """,
    ),
    Invariant(
        "I24",
        "who is on the way is locked in the collection, and who is locked is there",
        f"""
        SELECT format('user %s expedition %s: %s is on the way and not locked', user_id, expedition_id, thing)
        FROM (
            SELECT user_id, expedition_id, 'waifu' AS kind, waifu_id::text AS thing
            FROM expeditions.user_expeditions JOIN expeditions.expedition_participants
                USING (user_id, expedition_id)
            WHERE status = 'in_progress'
            UNION ALL
            SELECT user_id, expedition_id, 'equipment', equipped_equipment_id::text
            FROM expeditions.user_expeditions
            WHERE status = 'in_progress' AND equipped_equipment_id IS NOT NULL
        ) AS away
        WHERE NOT EXISTS (SELECT FROM collection.party_locks AS l
                WHERE l.user_id = away.user_id AND l.kind = away.kind AND l.thing = away.thing
                    AND l.expedition_id = away.expedition_id)
            AND {alive("collection", "away.user_id")} AND {alive("expeditions", "away.user_id")}
        UNION ALL
        SELECT format('user %s waifu %s: away and not there', user_id, thing)
        FROM collection.party_locks AS away
        WHERE kind = 'waifu' AND NOT EXISTS (SELECT FROM collection.user_waifus AS mine
            WHERE mine.user_id = away.user_id AND mine.waifu_id::text = away.thing)
            AND {alive("collection", "away.user_id")}
        UNION ALL
        SELECT format('user %s expedition %s: nobody is with the piece', user_id, expedition_id)
        FROM collection.party_locks AS away
        WHERE {alive("collection", "away.user_id")}
        GROUP BY user_id, expedition_id HAVING count(*) FILTER (WHERE kind = 'waifu') = 0
        """,
    ),
    Invariant(
        "I25",
        "at most five expeditions of a player run, each with one to three own waifus",
        f"""
        SELECT format('user %s: %s run', user_id, count(*))
        FROM expeditions.user_expeditions WHERE {ON_ITS_WAY} GROUP BY user_id HAVING count(*) > 5
        UNION ALL
        SELECT format('user %s expedition %s: %s along, places 1 to %s', user_id, expedition_id, there, highest)
        FROM expeditions.user_expeditions AS e CROSS JOIN LATERAL (
            SELECT count(DISTINCT waifu_id) AS there, max(position_in_party) AS highest
            FROM expeditions.expedition_participants AS p
            WHERE p.user_id = e.user_id AND p.expedition_id = e.expedition_id
        ) AS party
        WHERE (there NOT BETWEEN 1 AND 3 OR highest <> there) AND {alive("expeditions", "e.user_id")}
        UNION ALL
        SELECT format('user %s waifu %s: on the way and not owned', p.user_id, waifu_id)
        FROM expeditions.user_expeditions AS e JOIN expeditions.expedition_participants AS p
            USING (user_id, expedition_id)
        WHERE status = 'in_progress' AND NOT EXISTS (SELECT FROM collection.user_waifus AS w
                WHERE w.user_id = p.user_id AND w.waifu_id = p.waifu_id)
            AND {alive("collection", "p.user_id")} AND {alive("expeditions", "p.user_id")}
        """,
    ),
    Invariant(
        "I26",
        "an expedition is completed once, not before its time, and pays exactly what its report says",
        f"""
        SELECT format('user %s expedition %s: resolved %s, over %s', user_id, expedition_id, resolved_at, ends_at)
        FROM expeditions.user_expeditions WHERE resolved_at < ends_at OR completed_at < resolved_at
        UNION ALL
        SELECT format('user %s expedition %s: %s %s paid, %s owed', user_id, expedition_id, paid, currency, owed)
        FROM (
            SELECT user_id, expedition_id, currency, {LOOT} AS owed, COALESCE((
                SELECT sum(amount) FROM users.ledger AS l WHERE l.user_id = e.user_id
                    AND l.op_id = e.closing_op_id AND l.currency = c.currency AND reason = 'mint.loot'), 0) AS paid
            FROM expeditions.user_expeditions AS e CROSS JOIN {CURRENCIES}
            WHERE status = 'completed'
        ) AS done
        WHERE paid <> owed AND {alive("users", "done.user_id")}
        UNION ALL
        SELECT format('user %s op %s: %s %s for no expedition', l.user_id, l.op_id, l.amount, l.currency)
        FROM users.ledger AS l
        WHERE l.reason = 'mint.loot' AND {PRESENT} AND NOT EXISTS (
                SELECT FROM expeditions.user_expeditions AS e WHERE e.user_id = l.user_id
                    AND e.closing_op_id = l.op_id AND status IN ('completing', 'completed')
                    AND l.subject = 'expedition:' || location)
            AND {alive("expeditions", "l.user_id")}
        UNION ALL
        SELECT format('user %s expedition %s: %s, and its operation is at %s', user_id, expedition_id, status, state)
        FROM expeditions.user_expeditions AS e JOIN expeditions.operation AS o USING (user_id)
        WHERE op_id = closing_op_id AND status IN ('completing', 'cancelling') AND state >= 10
            AND {alive("expeditions", "e.user_id")}
        UNION ALL
        SELECT format('user %s expedition %s: completed, and not handed over', e.user_id, expedition_id)
        FROM expeditions.user_expeditions AS e
        JOIN expeditions.operation AS o ON o.user_id = e.user_id AND o.op_id = closing_op_id
        WHERE status = 'completed' AND o.created_at > now() - {REMEMBERED}
            AND NOT ({STEP.format(schema="collection", step=1)} AND {STEP.format(schema="economy", step=3)})
        """,
    ),
    Invariant(
        "I27",
        "an expedition that is over, or was refused, holds no lock and has brought one piece at most",
        f"""
        WITH settled AS MATERIALIZED (
            SELECT user_id, body ->> 'settled_expedition_id' AS id, body -> 'piece' AS piece
            FROM ({ANSWERS.format(schema="collection")}) AS answers
            WHERE body ? 'settled_expedition_id'
        )
        SELECT format('user %s expedition %s: settled, and %s %s is away', user_id, id, kind, thing)
        FROM settled JOIN collection.party_locks AS away USING (user_id)
        WHERE away.expedition_id::text = settled.id
        UNION ALL
        SELECT format('user %s expedition %s: %s pieces', user_id, id, count(*))
        FROM settled WHERE jsonb_typeof(piece) = 'object'
        GROUP BY user_id, id HAVING count(*) > 1
        UNION ALL
        SELECT format('user %s: %s %s is locked by %s, which does not run', user_id, kind, thing, expedition_id)
        FROM collection.party_locks AS away
        WHERE NOT EXISTS (SELECT FROM expeditions.user_expeditions AS e
                WHERE e.user_id = away.user_id AND e.expedition_id = away.expedition_id AND {ON_ITS_WAY})
            AND {alive("collection", "away.user_id")} AND {alive("expeditions", "away.user_id")}
        """,
    ),
    Invariant(
        "I28",
        "of an item no more is sold than there is, and as many as are bought or being bought",
        """
        SELECT format('item %s: %s sold, %s bought, stock %s', item_code, sold, bought, stock_limit)
        FROM economy.shop_items AS item CROSS JOIN LATERAL (
            SELECT COALESCE(sum(quantity), 0) AS bought FROM economy.user_purchases AS p
            WHERE p.item_code = item.item_code AND transaction_status IN ('pending', 'completed')
        ) AS record
        WHERE sold <> bought OR (stock_limit >= 0 AND sold > stock_limit)
        UNION ALL
        SELECT format('user %s op %s: pending, and its operation is at %s', p.user_id, p.op_id, o.state)
        FROM economy.user_purchases AS p LEFT JOIN economy.operation AS o USING (user_id, op_id)
        WHERE transaction_status = 'pending' AND (o.state IS NULL OR o.state IN (10, 11))
        """,
    ),
    Invariant(
        "I29",
        "a code is used as often as it was redeemed, within its limit, by an operation each",
        f"""
        SELECT format('code %s…: %s used, %s redeemed, limit %s', left(code, 8), used, redeemed, usage_limit)
        FROM economy.gift_codes CROSS JOIN LATERAL (
            SELECT count(*) AS redeemed FROM economy.gift_code_redemptions AS r WHERE r.code = gift_codes.code
        ) AS record
        WHERE used <> redeemed OR used > usage_limit
        UNION ALL
        SELECT format('user %s op %s: a code was redeemed by nobody', user_id, op_id)
        FROM economy.gift_code_redemptions AS r
        WHERE redeemed_at > now() - {REMEMBERED} AND NOT EXISTS (SELECT FROM economy.operation AS o
            WHERE o.user_id = r.user_id AND o.op_id = r.op_id AND kind = 'redeem')
        """,
    ),
    Invariant(
        "I30",
        "a mission is claimed only when it is completed, and one summon and one fact count once",
        f"""
        WITH facts AS MATERIALIZED (
            SELECT user_id, at, body ->> 'activity' AS type, (body ->> 'count')::bigint AS count,
                (body ->> 'day')::date AS day
            FROM ({ANSWERS.format(schema="economy")}) AS answers WHERE body ? 'activity'
        ), told AS MATERIALIZED (
            SELECT user_id, type, period, first AS date, sum(count) AS told
            FROM facts CROSS JOIN LATERAL (
                VALUES ('day', day), ('week', date_trunc('week', day)::date)) AS periods (period, first)
            GROUP BY user_id, type, period, first
        )
        SELECT format('user %s mission %s on %s', user_id, mission_id, date)
        FROM economy.user_mission_progress WHERE claimed AND (NOT completed OR claim_op IS NULL)
        UNION ALL
        SELECT format('user %s mission %s on %s: %s counted, %s pulled', user_id, mission_id, date,
            current_progress, pulled)
        FROM economy.user_mission_progress AS progress
        JOIN economy.daily_missions AS mission ON mission.id = mission_id
        CROSS JOIN LATERAL (
            -- A day more on either side: the game day may begin at any hour.
            SELECT COALESCE(sum(count), 0) AS pulled FROM economy.summons
            WHERE summons.user_id = progress.user_id AND at >= date - interval '1 day'
                AND at < date + CASE WHEN period = 'week' THEN interval '8 days' ELSE interval '2 days' END
        ) AS record
        -- The record is kept for 400 days.
        WHERE mission.type = 'summon' AND current_progress > pulled
            AND date > (SELECT max(at) FROM economy.summons) - interval '300 days'
        UNION ALL
        SELECT format('user %s mission %s on %s: %s counted, %s told', progress.user_id, mission_id, progress.date,
            current_progress, COALESCE(told, 0))
        FROM economy.user_mission_progress AS progress
        JOIN economy.daily_missions AS mission ON mission.id = mission_id
        LEFT JOIN told USING (user_id, type, period, date)
        -- Steps are kept for 35 days, so those of a week that was lived lately are all there.
        WHERE mission.type IN ('daily', 'talk', 'gift', 'equipment') AND current_progress > COALESCE(told, 0)
            AND progress.date > (SELECT max(day) FROM facts WHERE at > now() - interval '14 days') - 7
            AND {alive("economy", "progress.user_id")}
        """,
    ),
    Invariant(
        "I31",
        "at most one daily reward for a player and game day",
        """
        SELECT format('user %s on %s: %s times', user_id, day, count)
        FROM (
            SELECT user_id, (at AT TIME ZONE 'UTC' + interval '{day_offset_h} hours')::date AS day, count(*)
            FROM users.ledger WHERE reason = 'mint.daily' GROUP BY 1, 2
        ) AS days
        WHERE count > 1
        """,
    ),
    Invariant(
        "I32",
        "a bag holds what was brought into it, and never less than nothing",
        f"""
        SELECT format('user %s item %s: %s in the bag, %s brought', user_id, item_code, there, brought.quantity)
        FROM (
            SELECT user_id, item_code, sum(quantity) AS there, min(acquired_at) AS acquired_at FROM (
                SELECT user_id, item_code, quantity, acquired_at FROM economy.user_inventory
                UNION ALL
                SELECT user_id, item_code, quantity, acquired_at FROM economy.expired_items
            ) AS held GROUP BY user_id, item_code
        ) AS bag
        FULL JOIN (
            SELECT user_id, item_code, sum(quantity) AS quantity FROM (
                SELECT user_id, item.key AS item_code, item.value::bigint AS quantity
                FROM ({ANSWERS.format(schema="economy")}) AS answers
                CROSS JOIN jsonb_each_text(body -> 'settled_items') AS item
                UNION ALL
                -- What codes gave, once the operation has come that far.
                SELECT user_id, item ->> 'itemCode', (item ->> 'quantity')::bigint
                FROM economy.operation CROSS JOIN jsonb_array_elements(frozen #> '{{1,rewards,items}}') AS item
                WHERE kind = 'redeem' AND frozen ? '2'
                UNION ALL
                SELECT user_id, item_code, quantity
                FROM economy.user_purchases AS p JOIN economy.gate AS g USING (user_id, epoch)
                WHERE transaction_status = 'completed'
                UNION ALL
                SELECT user_id, item_code, -1 FROM economy.item_uses
            ) AS sources GROUP BY user_id, item_code
        ) AS brought USING (user_id, item_code)
        WHERE (there IS DISTINCT FROM brought.quantity OR there < 0)
            -- Of an older stack, some steps are forgotten.
            AND COALESCE(acquired_at, now()) > now() - {REMEMBERED}
            AND {alive("economy", "COALESCE(bag.user_id, brought.user_id)")}
        UNION ALL
        SELECT format('user %s item %s: %s in a stack', user_id, item_code, quantity)
        FROM economy.user_inventory WHERE quantity < 0
        """,
    ),
    Invariant(
        "I33",
        "of a life that has ended only numbers are left, and behind it every gate is closed",
        "\nUNION ALL\n".join(
            [
                *(
                    f"""
        SELECT format('user %s: a row in {schema}.{table}', user_id)
        FROM {schema}.{table} AS held WHERE {ENDED.format(schema=schema)}
        """
                    for schema in SCHEMAS
                    for table in HELD[schema]
                ),
                *(
                    f"""
        SELECT format('user %s op %s: words in {schema}.applied_step', user_id, op_id)
        FROM {schema}.applied_step AS held
        WHERE answer <> '{WIPED}' AND {ENDED.format(schema=schema)} AND NOT EXISTS (
            -- An operator may lift a ban of a life that is over.
            SELECT FROM {schema}.audit AS a WHERE a.user_id = held.user_id AND a.op_id = held.op_id)
        UNION ALL
        SELECT format('user %s op %s: words in {schema}.operation', user_id, op_id)
        FROM {schema}.operation AS held
        WHERE request <> '' AND kind NOT IN ('reset', 'erase', 'admin_erase') AND {ENDED.format(schema=schema)}
        UNION ALL
        SELECT format('user %s: {schema} is open, epoch %s of %s', user_id, held.epoch, u.epoch)
        FROM {schema}.gate AS held JOIN users.users AS u ON u.id = held.user_id
        WHERE (u.state = 'closed' AND NOT closed) OR held.epoch > u.epoch
            -- Whoever is reset or comes back has left the old life everywhere.
            OR (u.state = 'active' AND held.epoch < u.epoch AND NOT closed)
        """
                    for schema in SCHEMAS
                ),
                """
        SELECT format('user %s: somebody is in the row', id)
        FROM users.users
        WHERE state = 'closed' AND (discord_id IS NOT NULL OR academy_name <> '' OR settings <> '{}')
        UNION ALL
        SELECT format('user %s: erased, and yet %s', user_id, state)
        FROM users.erased JOIN users.users ON id = user_id WHERE state <> 'closed'
        """,
            ]
        ),
    ),
    Invariant(
        "I36",
        "every act of an operator on a player, and every ban that counts, has its audit row",
        f"""
        SELECT format('user %s op %s: %s without an audit row', user_id, op_id, reason)
        FROM users.ledger AS l
        WHERE reason IN ('mint.admin', 'sink.admin') AND NOT EXISTS (SELECT FROM users.audit AS a
            WHERE a.user_id = l.user_id AND a.op_id = l.op_id AND a.action = 'adjust')
        UNION ALL
        SELECT format('user %s op %s: the audit row tells of another change of %s', user_id, op_id, currency)
        FROM users.audit AS a CROSS JOIN {CURRENCIES}
        WHERE action = 'adjust'
            AND (after ->> currency)::bigint - (before ->> currency)::bigint <> COALESCE((
                SELECT sum(amount) FROM users.ledger AS l WHERE l.user_id = a.user_id AND l.op_id = a.op_id
                    AND l.currency = c.currency AND l.reason IN ('mint.admin', 'sink.admin')), 0)
        UNION ALL
        SELECT format('user %s op %s: banned without an audit row', user_id, op_id)
        FROM users.bans AS b
        WHERE (until IS NULL OR until > now()) AND NOT EXISTS (SELECT FROM users.audit AS a
            WHERE a.user_id = b.user_id AND a.op_id = b.op_id AND a.action = 'ban')
        UNION ALL
        SELECT format('user %s op %s: %s without an audit row', user_id, op_id, kind)
        FROM collection.operation AS o
        WHERE kind LIKE 'give%' AND state <> 11 AND NOT EXISTS (SELECT FROM collection.audit AS a
            WHERE a.user_id = o.user_id AND a.op_id = o.op_id AND a.action = o.kind)
        UNION ALL
        SELECT format('user %s op %s: erased by hand without an audit row', user_id, op_id)
        FROM users.operation AS o
        WHERE kind = 'admin_erase' AND state <> 11 AND NOT EXISTS (SELECT FROM users.audit AS a
            WHERE a.user_id = o.user_id AND a.op_id = o.op_id AND a.action = 'erase')
        UNION ALL
        SELECT format('codes %s: made without an audit row', id)
        FROM economy.gift_code_batches WHERE NOT EXISTS (SELECT FROM economy.audit AS a
            WHERE a.user_id = 0 AND a.op_id = id AND a.action = 'create_codes')
        UNION ALL
        SELECT format('codes %s: ended without an audit row', batch)
        FROM economy.gift_codes WHERE NOT is_active AND NOT EXISTS (SELECT FROM economy.audit AS a
            WHERE a.user_id = 0 AND a.action = 'end_codes' AND a.after ->> 'batch_id' = batch::text)
        """,
    ),
    Invariant(
        "I37",
        "the points and talks of a bond are those of its talks and gifts",
        f"""
        SELECT format('user %s waifu %s: %s points and %s talks, there are %s and %s', user_id, waifu_id,
            bond_points, total_conversations, points, talks)
        FROM (
            SELECT user_id, waifu_id, bond_points, total_conversations FROM collection.user_waifus
            WHERE bond_points <> 0 OR total_conversations <> 0
        ) AS bonds
        FULL JOIN (
            SELECT user_id, waifu_id, sum(points) AS points, sum(talks) AS talks FROM (
                SELECT user_id, waifu_id, points, 1 AS talks FROM collection.conversations
                UNION ALL
                SELECT user_id, waifu_id, points, 0 FROM collection.gifts_given
            ) AS events GROUP BY user_id, waifu_id
            HAVING sum(points) <> 0 OR sum(talks) <> 0
        ) AS lived USING (user_id, waifu_id)
        WHERE (bond_points IS DISTINCT FROM points OR total_conversations IS DISTINCT FROM talks)
            AND {alive("collection", "COALESCE(bonds.user_id, lived.user_id)")}
        """,
    ),
    Invariant(
        "I38",
        "a notice waits only while its party is on the way, and none is told before the party is back",
        f"""
        SELECT format('user %s notice %s: waits, and the expedition is %s', n.user_id, notice_id, status)
        FROM expeditions.notices AS n JOIN expeditions.user_expeditions USING (user_id, expedition_id)
        WHERE state = 'waiting' AND status <> 'in_progress' AND {alive("expeditions", "n.user_id")}
        UNION ALL
        SELECT format('user %s notice %s: %s at %s, back at %s', user_id, notice_id, state, settled_at, ends_at)
        FROM expeditions.notices JOIN expeditions.user_expeditions USING (user_id, expedition_id)
        WHERE settled_at < ends_at
        """,
    ),
)


async def check(url: str, day_offset_h: int = 7) -> list[Finding]:
    """Asks every invariant; the address needs to read all four schemas, and nothing more is done with it.

    The game day begins `day_offset_h` hours before that of UTC.
    """
    async with admin_connection(url) as admin:
        await admin.run("SET default_transaction_read_only = on")
        return await ask(admin, day_offset_h)


async def ask(admin: Admin, day_offset_h: int = 7) -> list[Finding]:
    """Asks every invariant on a connection that is there."""
    findings: list[Finding] = []
    for invariant in INVARIANTS:
        broken = invariant.broken.replace("{day_offset_h}", str(int(day_offset_h)))
        rows = await admin.all_rows(f"SELECT * FROM ({broken}) AS broken (what)")
        sample = str(rows[0]["what"]) if rows else ""
        findings.append(Finding(invariant.id, invariant.statement, len(rows), sample))
    return findings
