"""The gate: one row per player, the lock every change takes first, with the player's epoch.

A single statement takes its snapshot before it waits for the gate. So each change counts `gate.changes` up by
one, and a statement whose snapshot shows another count than the lock found has an old picture: it then does
nothing and is sent again. That makes one round trip as safe as a transaction that locks first.
"""

from dataclasses import dataclass

from chassis.operations.refusals import UserGone
from chassis.postgres import Tx

STALE_TRIES = 3
"""After so many stale tries a statement is sent again under the lock."""

LOCKED = """
seen AS MATERIALIZED (
    SELECT changes, epoch, closed FROM gate WHERE user_id = $1
), locked AS (
    INSERT INTO gate AS gate (user_id, epoch, changes)
    SELECT $1, $4, 1 FROM wanted
    ON CONFLICT (user_id) DO UPDATE
    SET epoch = excluded.epoch, closed = false, changes = gate.changes + 1
    WHERE (gate.epoch = excluded.epoch AND NOT gate.closed)
        OR (gate.epoch < excluded.epoch AND gate.closed)
    RETURNING gate.changes
), fresh AS MATERIALIZED (
    SELECT 1 AS turn FROM locked
    WHERE changes = COALESCE((SELECT changes FROM seen), 0) + 1
), """
"""Locks the gate where CTE `wanted` has a row; `fresh` has one when the snapshot is fresh.

$1 is the user and $4 the epoch.
"""


class EpochAhead(Exception):
    """A new epoch met an open old gate: it began before every service had closed the old one."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The row itself."""

    epoch: int
    closed: bool


async def lock_gate(tx: Tx, user_id: int, epoch: int) -> None:
    """Locks the player's gate until the transaction ends, or refuses: closed, or of another life."""
    locked = await tx.value(
        """
        -- lock_gate
        INSERT INTO gate AS gate (user_id, epoch, changes)
        VALUES ($1, $2, 1)
        ON CONFLICT (user_id) DO UPDATE
        SET epoch = excluded.epoch, closed = false, changes = gate.changes + 1
        WHERE (gate.epoch = excluded.epoch AND NOT gate.closed)
            OR (gate.epoch < excluded.epoch AND gate.closed)
        RETURNING true
        """,
        user_id,
        epoch,
    )
    if not locked:
        await refuse_shut(tx, user_id, epoch)


async def refuse_shut(tx: Tx, user_id: int, epoch: int) -> None:
    """Says why the gate did not open: gone for good, or a bug that must be seen."""
    gate = await tx.maybe(
        Gate,
        """
        -- find_gate
        SELECT epoch, closed FROM gate WHERE user_id = $1
        """,
        user_id,
    )
    if gate is not None and gate.epoch < epoch:
        raise EpochAhead(f"user {user_id}: epoch {epoch} met the open gate of {gate.epoch}")
    raise UserGone


async def close_gate(tx: Tx, user_id: int, epoch: int) -> bool:
    """Closes the gate of one epoch for good; false when a later epoch is there already."""
    closed = await tx.value(
        """
        -- close_gate
        INSERT INTO gate AS gate (user_id, epoch, closed, changes)
        VALUES ($1, $2, true, 1)
        ON CONFLICT (user_id) DO UPDATE
        SET epoch = excluded.epoch, closed = true, changes = gate.changes + 1
        WHERE gate.epoch <= excluded.epoch
        RETURNING true
        """,
        user_id,
        epoch,
    )
    return bool(closed)
