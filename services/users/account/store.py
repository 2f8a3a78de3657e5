"""Academies in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.operations.facts import told
from chassis.operations.once import one_statement
from chassis.operations.store import open_statement
from chassis.postgres import Tx

DISCORD_EPOCH_MS = 1420070400000
"""The first second of 2015: a snowflake counts milliseconds from it in its upper 42 bits."""


Kept = dict[str, bool | int]
"""What a player has set, by name; a choice is its number."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Who somebody is, and whether they are new."""

    id: int
    epoch: int
    academy_name: str
    is_new: bool
    state: str
    settings: Kept
    ban_reason: str | None
    ban_until: datetime | None


async def enter(
    tx: Tx,
    discord_id: int,
    academy_name: str,
    start: int,
    op_id: str,
    discord_hash: bytes,
    now: datetime | None,
) -> Entered | None:
    """Opens an academy or finds it; none when two came at once and the other one opened it.

    Who was erased comes back to the same inner id with the next epoch, so that today's reward stays claimed. For who
    is banned nothing is opened.
    """
    return await tx.maybe(
        Entered,
        """
        -- enter
        WITH known AS (
            SELECT id, epoch, academy_name, state, settings FROM users WHERE discord_id = $1
        ), banned AS MATERIALIZED (
            SELECT reason, until FROM bans
            WHERE (until IS NULL OR until > COALESCE($6::timestamptz, now())) AND user_id IN (
                SELECT id FROM known
                UNION ALL
                SELECT user_id FROM erased WHERE discord_hash = $5)
        ), remembered AS (
            DELETE FROM erased
            WHERE discord_hash = $5 AND NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM banned)
            RETURNING user_id, epoch, last_daily_reset
        ), returned AS (
            UPDATE users
            SET discord_id = $1, academy_name = $2, state = 'active', epoch = remembered.epoch + 1,
                sakura_crystals = $3, wallet_version = wallet_version + 1,
                last_daily_reset = remembered.last_daily_reset, created_at = now()
            FROM remembered
            WHERE id = remembered.user_id AND state = 'closed'
            RETURNING id, users.epoch, academy_name, wallet_version
        ), made AS (
            INSERT INTO users (discord_id, academy_name, sakura_crystals, wallet_version)
            SELECT $1, $2, $3, 1
            WHERE NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM remembered)
                AND NOT EXISTS (SELECT FROM banned)
            ON CONFLICT (discord_id) DO NOTHING
            RETURNING id, epoch, academy_name, wallet_version
        ), gated AS (
            INSERT INTO gate (user_id, epoch) SELECT id, epoch FROM made
        ), fresh AS (
            SELECT * FROM returned
            UNION ALL
            SELECT * FROM made
        ), line AS (
            INSERT INTO ledger (user_id, version, currency, op_id, step, reason, amount,
                balance_after)
            SELECT id, wallet_version, 'sakura_crystals', $4, 0, 'mint.start', $3, $3 FROM fresh
        )
        SELECT id, epoch, academy_name, true AS is_new, 'active' AS state, '{}'::jsonb AS settings,
            NULL AS ban_reason, NULL::timestamptz AS ban_until
        FROM fresh
        UNION ALL
        SELECT id, epoch, academy_name, false, state, settings, reason, until
        FROM known
        LEFT JOIN banned ON true
        UNION ALL
        SELECT 0, 0, '', false, 'closed', '{}', reason, until
        FROM banned
        WHERE NOT EXISTS (SELECT FROM known)
        """,
        discord_id,
        academy_name,
        start,
        op_id,
        discord_hash,
        now,
    )


@dataclass(frozen=True, slots=True)
class Account:
    """An academy as it stands."""

    id: int
    academy_name: str
    collector_rank: int
    sakura_crystals: int
    quartzs: int
    daphine: int
    daily_streak: int
    can_claim_daily: bool
    next_daily_time: datetime
    created_at: datetime
    settings: Kept
    epoch: int


async def find_account(
    tx: Tx, user_id: int, now: datetime | None, offset: timedelta
) -> Account | None:
    """The academy; its streak counts only while it can still go on."""
    return await tx.maybe(
        Account,
        """
        -- find_account
        WITH today AS (
            SELECT (COALESCE($2::timestamptz, now()) AT TIME ZONE 'UTC' + $3::interval)::date AS day
        ), seen AS (
            SELECT users.*, CASE WHEN last_daily_reset > 0 THEN
                (to_timestamp(last_daily_reset) AT TIME ZONE 'UTC' + $3::interval)::date END AS last_day
            FROM users WHERE id = $1 AND state = 'active'
        )
        SELECT id, academy_name, collector_rank, sakura_crystals, quartzs, daphine,
            CASE WHEN last_day >= day - 1 THEN daily_streak ELSE 0 END AS daily_streak,
            last_day IS NULL OR last_day < day AS can_claim_daily,
            ((day + 1)::timestamp - $3::interval) AT TIME ZONE 'UTC' AS next_daily_time,
            created_at, settings, epoch
        FROM seen, today
        """,
        user_id,
        now,
        offset,
    )


@dataclass(frozen=True, slots=True)
class Player:
    """Who belongs to a Discord id."""

    id: int
    epoch: int
    academy_name: str
    settings: Kept


async def find_player(tx: Tx, discord_id: int) -> Player | None:
    """Who belongs to a Discord id; none where nobody has opened an academy with it."""
    return await tx.maybe(
        Player,
        """
        -- find_player
        SELECT id, epoch, academy_name, settings FROM users WHERE discord_id = $1
        """,
        discord_id,
    )


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach a player."""

    discord_id: int
    settings: Kept
    is_banned: bool


async def find_contact(tx: Tx, user_id: int, epoch: int, now: datetime | None) -> Contact | None:
    """How to reach the player of this life; none once it is over."""
    return await tx.maybe(
        Contact,
        """
        -- find_contact
        SELECT discord_id, settings, EXISTS (
                SELECT FROM bans
                WHERE user_id = $1 AND (until IS NULL OR until > COALESCE($3::timestamptz, now()))
            ) AS is_banned
        FROM users
        WHERE id = $1 AND epoch = $2 AND state = 'active'
        """,
        user_id,
        epoch,
        now,
    )


@dataclass(frozen=True, slots=True)
class Brief:
    """What others may know of an academy."""

    id: int
    academy_name: str
    collector_rank: int
    settings: Kept


async def list_accounts(tx: Tx, user_ids: Sequence[int]) -> list[Brief]:
    """The academies of these players, by id; who is not there is left out."""
    return await tx.all(
        Brief,
        """
        -- list_accounts
        SELECT id, academy_name, collector_rank, settings
        FROM users
        WHERE id = ANY($1) AND state = 'active'
        ORDER BY id
        """,
        user_ids,
    )


# $6 what is set
UPDATE_SETTINGS = one_statement(
    """
    -- update_settings
    changed AS (
        UPDATE users SET settings = settings || $6::jsonb
        FROM turn
        WHERE id = $1 AND state = 'active'
        RETURNING settings
    ), answer AS (
        SELECT
            changed.settings IS NOT NULL AS done,
            COALESCE(changed.settings, jsonb_build_object('reason', 'USER_NOT_FOUND',
                'metadata', jsonb_build_object('user_id', $1::text))) AS body
        FROM turn
        LEFT JOIN changed ON true
    )
    """
)
"""Changes what a player has set; what is not named stays."""


async def rename(tx: Tx, user_id: int, academy_name: str) -> bool:
    """Gives the academy another name; false when nobody has this id."""
    return bool(
        await tx.run(
            """
            -- rename
            UPDATE users SET academy_name = $2 WHERE id = $1 AND state = 'active'
            """,
            user_id,
            academy_name,
        )
    )


# $6 the time (null: the database's own), $7 offset of the game day, $8 lowest age in days, $9 reward, from $10 the
# fact that it was claimed
CLAIM_DAILY = one_statement(
    f"""
-- claim_daily
today AS (
    SELECT t, (t AT TIME ZONE 'UTC' + $7::interval)::date AS day
    FROM turn, COALESCE($6::timestamptz, now()) AS t
), player AS (
    SELECT users.*, t, day,
        ((day + 1)::timestamp - $7::interval) AT TIME ZONE 'UTC' AS next_time,
        to_timestamp(((discord_id >> 22) + {DISCORD_EPOCH_MS}) / 1000.0)
            + make_interval(days => $8) AS ready_time,
        CASE WHEN last_daily_reset > 0 THEN
            (to_timestamp(last_daily_reset) AT TIME ZONE 'UTC' + $7::interval)::date END AS last_day
    FROM users, today WHERE id = $1 AND state = 'active'
), verdict AS (
    SELECT CASE
        WHEN id IS NULL THEN jsonb_build_object('reason', 'USER_NOT_FOUND',
            'metadata', jsonb_build_object('user_id', $1::text))
        WHEN ready_time > t THEN jsonb_build_object('reason', 'ACCOUNT_TOO_YOUNG',
            'metadata', jsonb_build_object('ready_time', ceil(extract(epoch FROM ready_time))::bigint::text))
        WHEN last_day >= day THEN jsonb_build_object('reason', 'ALREADY_CLAIMED',
            'metadata', jsonb_build_object('next_time', extract(epoch FROM next_time)::bigint::text))
        WHEN sakura_crystals + $9::bigint > 9007199254740991 THEN jsonb_build_object('reason', 'WALLET_FULL',
            'metadata', jsonb_build_object('currency', 'sakura_crystals'))
        END AS refusal
    FROM turn LEFT JOIN player ON true
), claimed AS (
    UPDATE users
    SET sakura_crystals = users.sakura_crystals + $9::bigint,
        wallet_version = users.wallet_version + 1,
        last_daily_reset = floor(extract(epoch FROM player.t))::bigint,
        daily_streak = CASE WHEN player.last_day = player.day - 1 THEN users.daily_streak + 1 ELSE 1 END
    FROM player, verdict
    WHERE users.id = player.id AND verdict.refusal IS NULL
    RETURNING users.*, player.next_time, player.t
), line AS (
    INSERT INTO ledger (user_id, version, currency, op_id, step, reason, amount, balance_after,
        at)
    SELECT $1, wallet_version, 'sakura_crystals', $2, $3, 'mint.daily', $9::bigint, sakura_crystals, t
    FROM claimed
), {told("claimed", time="t", first=10)}, answer AS (
    SELECT refusal IS NULL AS done, COALESCE(refusal, jsonb_build_object(
        'sakura_crystals', claimed.sakura_crystals, 'quartzs', claimed.quartzs,
        'daphine', claimed.daphine, 'daily_streak', claimed.daily_streak,
        'next_time', extract(epoch FROM claimed.next_time)::bigint)) AS body
    FROM verdict LEFT JOIN claimed ON true
)
"""
)
"""Pays the daily reward once per game day: gate, age, day, streak, credit, ledger and answer in one statement."""


BEGIN_CLOSING = open_statement(
    """
-- begin_closing
begun AS (
    UPDATE users SET state = 'closing' FROM turn
    WHERE id = $1 AND users.epoch = $4 AND state = 'active'
    RETURNING id
), fit AS (
    SELECT '{}'::jsonb AS extra FROM begun
)
"""
)
"""From here on nothing the player wishes begins any more."""

# $13 operator, $14 reason, $15 ticket
BEGIN_CLOSING_BY_HAND = open_statement(
    """
-- begin_closing_by_hand
begun AS (
    UPDATE users SET state = 'closing' FROM turn
    WHERE id = $1 AND users.epoch = $4 AND state = 'active'
    RETURNING id
), audited AS (
    INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
    SELECT id, $2, 'erase', $13, $14, $15,
        jsonb_build_object('epoch', $4::integer, 'state', 'active'),
        jsonb_build_object('epoch', $4::integer, 'state', 'closing')
    FROM begun
    RETURNING 1
), fit AS (
    SELECT '{}'::jsonb AS extra FROM audited
)
"""
)
"""The same by an operator's hand, with the audit row."""


async def find_state(tx: Tx, user_id: int, epoch: int) -> str | None:
    """How the academy stands; none when this is not its life."""
    return await tx.value(
        """
        -- find_state
        SELECT state FROM users WHERE id = $1 AND epoch = $2
        """,
        user_id,
        epoch,
    )


EMPTIED = """ended AS (
            INSERT INTO ledger (user_id, version, currency, op_id, step, reason, amount,
                balance_after)
            SELECT id, wallet_version + 1, currency, $2, $3, 'sink.erase', -amount, 0
            FROM users, LATERAL (VALUES ('sakura_crystals', sakura_crystals), ('quartzs', quartzs),
                ('daphine', daphine)) AS line (currency, amount)
            WHERE id = $1 AND amount > 0
            RETURNING version
        ), emptied AS (
            SELECT count(DISTINCT version) AS changes FROM ended
        )"""
"""One change takes every balance to zero; of an empty wallet there is nothing to write."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """The life that begins."""

    epoch: int
    sakura_crystals: int
    quartzs: int
    daphine: int


async def reset_account(
    tx: Tx, user_id: int, op_id: str, empty_step: int, begin_step: int, start: int
) -> Renewed:
    """Begins the next life with a fresh wallet; name, settings and the last daily reward stay."""
    return await tx.one(
        Renewed,
        f"""
        -- reset_account
        WITH {EMPTIED}, renewed AS (
            UPDATE users
            SET state = 'active', epoch = epoch + 1, collector_rank = 1, sakura_crystals = $5,
                quartzs = 0, daphine = 0, wallet_version = wallet_version + changes + 1,
                daily_streak = 0
            FROM emptied
            WHERE id = $1
            RETURNING users.*
        ), begun AS (
            INSERT INTO ledger (user_id, version, currency, op_id, step, reason, amount,
                balance_after)
            SELECT id, wallet_version, 'sakura_crystals', $2, $4, 'mint.start', $5, $5 FROM renewed
        )
        SELECT epoch, sakura_crystals, quartzs, daphine FROM renewed
        """,
        user_id,
        op_id,
        empty_step,
        begin_step,
        start,
    )


async def get_discord_id(tx: Tx, user_id: int) -> int:
    """Who plays here; everybody who was not erased has one."""
    return await tx.value(
        """
        -- get_discord_id
        SELECT discord_id FROM users WHERE id = $1
        """,
        user_id,
    )


async def erase_account(
    tx: Tx, user_id: int, op_id: str, empty_step: int, discord_hash: bytes
) -> None:
    """Takes the person out of the row and keeps a keyed hash, with what must not be had twice; and the fact itself."""
    await tx.run(
        f"""
        -- erase_account
        WITH {EMPTIED}, closed AS (
            UPDATE users
            SET state = 'closed', discord_id = NULL, academy_name = '', settings = '{{}}',
                collector_rank = 1, sakura_crystals = 0, quartzs = 0, daphine = 0,
                wallet_version = wallet_version + changes, last_daily_reset = 0, daily_streak = 0
            FROM emptied
            WHERE id = $1
        ), listed AS (
            INSERT INTO erasures (user_id, op_id, epoch, discord_hash)
            SELECT id, $2, epoch, $4 FROM users WHERE id = $1
        )
        INSERT INTO erased (discord_hash, user_id, epoch, last_daily_reset)
        SELECT $4, id, epoch, last_daily_reset FROM users WHERE id = $1
        """,
        user_id,
        op_id,
        empty_step,
        discord_hash,
    )


async def forget_erased(tx: Tx, days: int, limit: int) -> int:
    """Removes hashes that were kept long enough; how many."""
    return await tx.run(
        """
        -- forget_erased
        DELETE FROM erased WHERE discord_hash IN (
            SELECT discord_hash FROM erased
            WHERE erased_at < now() - make_interval(days => $1)
            ORDER BY erased_at LIMIT $2
        )
        """,
        days,
        limit,
    )


async def forget_erasures(tx: Tx, days: int, limit: int) -> int:
    """Removes erases that no backup is older than; how many."""
    return await tx.run(
        """
        -- forget_erasures
        DELETE FROM erasures WHERE (user_id, op_id) IN (
            SELECT user_id, op_id FROM erasures
            WHERE erased_at < now() - make_interval(days => $1)
            ORDER BY erased_at LIMIT $2
        )
        """,
        days,
        limit,
    )
