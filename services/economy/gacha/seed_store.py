"""The seeds of the dice, and what a roll is computed again from, in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.postgres import Tx
from services.economy.gacha.seeds import FreshSeed

COLUMNS = """seed_no, sealed_seed, server_seed, seed_hash, client_seed, next_nonce, created_at,
    revealed_at"""


@dataclass(frozen=True, slots=True)
class SeedRow:
    """A seed of a player; `server_seed` is there once it was told."""

    seed_no: int
    sealed_seed: bytes
    server_seed: bytes | None
    seed_hash: bytes
    client_seed: str
    next_nonce: int
    created_at: datetime
    revealed_at: datetime | None


async def list_seeds(tx: Tx, user_id: int, limit: int) -> list[SeedRow]:
    """The player's seeds, the newest first."""
    return await tx.all(
        SeedRow,
        f"""
        -- list_seeds
        SELECT {COLUMNS} FROM seeds WHERE user_id = $1 ORDER BY seed_no DESC LIMIT $2
        """,
        user_id,
        limit,
    )


async def find_seed(tx: Tx, user_id: int) -> SeedRow | None:
    """The seed in use, or none; who holds the player's gate knows that it stays so."""
    return await tx.maybe(
        SeedRow,
        f"""
        -- find_seed
        SELECT {COLUMNS} FROM seeds WHERE user_id = $1 AND revealed_at IS NULL
        """,
        user_id,
    )


async def rotate_seed(
    tx: Tx,
    user_id: int,
    ended: tuple[int, bytes | None],
    fresh: FreshSeed,
    now: datetime | None,
) -> list[SeedRow]:
    """Tells the seed of this number, 0 for none, and begins the next; both as they are now, the next one first."""
    return await tx.all(
        SeedRow,
        f"""
        -- rotate_seed
        WITH told AS (
            UPDATE seeds SET server_seed = $3, revealed_at = COALESCE($7::timestamptz, now())
            WHERE user_id = $1 AND seed_no = $2::integer AND revealed_at IS NULL
            RETURNING {COLUMNS}
        ), begun AS (
            -- Joined, so that the old one has ended before the next begins.
            INSERT INTO seeds (user_id, seed_no, sealed_seed, seed_hash, client_seed, created_at)
            SELECT $1, $2::integer + 1, $4, $5, $6, COALESCE($7::timestamptz, now())
            FROM (SELECT 1) AS one LEFT JOIN told ON true
            RETURNING {COLUMNS}
        )
        SELECT * FROM begun UNION ALL SELECT * FROM told
        ORDER BY seed_no DESC
        """,
        user_id,
        *ended,
        *(fresh.sealed, fresh.digest, fresh.client),
        now,
    )


@dataclass(frozen=True, slots=True)
class OldSeed:
    """A seed that was in use for long, and whose."""

    user_id: int
    epoch: int
    seed_no: int


async def list_old_seeds(tx: Tx, days: int, now: datetime | None, limit: int) -> list[OldSeed]:
    """Used seeds older than so many days, the oldest first; not those of a life that is closed."""
    return await tx.all(
        OldSeed,
        """
        -- list_old_seeds
        SELECT user_id, epoch, seed_no
        FROM seeds JOIN gate USING (user_id)
        WHERE revealed_at IS NULL AND next_nonce > 0 AND NOT closed
            AND created_at < COALESCE($2::timestamptz, now()) - make_interval(days => $1)
        ORDER BY created_at
        LIMIT $3
        """,
        days,
        now,
        limit,
    )


@dataclass(frozen=True, slots=True)
class RollRow:
    """A summon with everything that it came from."""

    op_id: str
    banner_id: str
    banner_name: str
    version: int
    body: dict[str, Any]
    """The table."""
    count: int
    nonce: int
    pity_before: int
    pity_after: int
    pulls: list[dict[str, Any]]
    daphine: int
    at: datetime
    seed_no: int
    sealed_seed: bytes
    server_seed: bytes | None
    seed_hash: bytes
    client_seed: str
    next_nonce: int
    created_at: datetime
    revealed_at: datetime | None


async def find_roll(tx: Tx, user_id: int, op_id: str) -> RollRow | None:
    """A summon of the player's, or none."""
    return await tx.maybe(
        RollRow,
        """
        -- find_roll
        SELECT op_id, banner_id, banners.name AS banner_name, version, body, count, nonce,
            pity_before, pity_after, pulls, daphine, at, seed_no, sealed_seed, server_seed,
            seed_hash, client_seed, next_nonce, seeds.created_at, revealed_at
        FROM summons
        JOIN seeds USING (user_id, seed_no)
        JOIN banner_versions ON banner_versions.id = banner_version_id
        JOIN banners ON banners.id = banner_id
        WHERE user_id = $1 AND op_id = $2
        """,
        user_id,
        op_id,
    )


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket that was rolled, with everything that it came from."""

    op_id: str
    item_name: str
    body: dict[str, Any]
    """The pool, and how many different ones were drawn out of it."""
    nonce: int
    pulls: list[dict[str, Any]]
    at: datetime
    seed_no: int
    sealed_seed: bytes
    server_seed: bytes | None
    seed_hash: bytes
    client_seed: str
    next_nonce: int
    created_at: datetime
    revealed_at: datetime | None


async def find_ticket(tx: Tx, user_id: int, op_id: str) -> TicketRow | None:
    """A ticket of the player's that was rolled, or none."""
    return await tx.maybe(
        TicketRow,
        """
        -- find_ticket
        SELECT op_id, shop_items.name AS item_name, body, nonce, pulls, used_at AS at, seed_no,
            sealed_seed, server_seed, seed_hash, client_seed, next_nonce, seeds.created_at,
            revealed_at
        FROM item_uses
        JOIN seeds USING (user_id, seed_no)
        JOIN ticket_pools ON digest = pool_digest
        JOIN shop_items USING (item_code)
        WHERE user_id = $1 AND op_id = $2
        """,
        user_id,
        op_id,
    )
