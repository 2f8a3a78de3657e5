"""Operation rows in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.operations.gate import LOCKED
from chassis.postgres import Tx
from geminya.common.v1.op_pb2 import Op

LEASE_S = 20
"""Longer than the longest deadline of a request (8 s), so that only the dead lose theirs."""
MAX_ATTEMPTS = 20
MAX_AGE_S = 600
MIN_ATTEMPTS = 5
"""Age alone parks nothing: the house itself may have been away for that long."""
STEPS_KEPT_DAYS = 35
OPERATIONS_KEPT_DAYS = 90
"""Ledger and record of summons are kept longer and know an old op by themselves."""

FACT = 8
"""The state of a fact that is still to be told (facts.py): it is nobody's wish, and nobody waits for it."""
REFUNDING = 9
"""Open, and parked for good: its price is being paid back (refunds.py). No phase has this number."""
DONE, REJECTED, CLOSED_GONE, REFUNDED = 10, 11, 12, 13


@dataclass(frozen=True, slots=True)
class Row:
    """An operation as it stands."""

    user_id: int
    op_id: str
    epoch: int
    kind: str
    state: int
    request_hash: bytes
    request: bytes
    frozen: dict[str, Any]
    result: bytes | None
    is_leased: bool
    driver: str
    attempt: int
    parked: bool
    trace: str
    created_at: datetime
    updated_at: datetime

    @property
    def is_final(self) -> bool:
        """Its state never changes again."""
        return self.state >= DONE

    @property
    def is_wiped(self) -> bool:
        """Its life has ended, and its words went with it. A request is never empty: it carries an op."""
        return not self.request


COLUMNS = """user_id, op_id, epoch, kind, state, request_hash, request, frozen, result,
    lease_until > now() AS is_leased, driver, attempt, parked, trace, created_at, updated_at"""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a phase's statement."""

    how: str
    frozen: dict[str, Any] | None


def open_statement(body: str) -> str:
    """The first phase as one statement: gate, known operation, work and the new row together.

    `body` is a row of CTEs that do nothing unless CTE `turn` has its row; the last one is `fit(extra jsonb)`,
    one row when all its demands hold; `extra` joins what the phase keeps. Parameters from $13 on are the body's.
    """
    label, _, work = body.strip().partition("\n")
    return f"{label}\n{_OPEN_HEAD}{work.rstrip()}{_OPEN_TAIL}"


def phase_statement(body: str) -> str:
    """A later phase as one statement; as `open_statement`, with parameters from $8 on for the body."""
    label, _, work = body.strip().partition("\n")
    return f"{label}\n{_PHASE_HEAD}{work.rstrip()}{_PHASE_TAIL}"


# $1 user, $2 op, $3 kind, $4 epoch, $5 request hash, $6 request, $7 state, $8 kept, $9 trace,
# $10 most open operations of the player, $11 result of a refusal, $12 who drives it
_OPEN_HEAD = f"""
WITH known AS MATERIALIZED (
    SELECT 1 FROM operation WHERE user_id = $1 AND op_id = $2
), busy AS MATERIALIZED (
    SELECT count(*) >= $10::bigint AS busy FROM operation
    WHERE user_id = $1 AND state < 10 AND state <> {FACT}
), wanted AS (
    SELECT 1 FROM busy WHERE NOT busy AND NOT EXISTS (SELECT FROM known)
), {LOCKED.lstrip()}turn AS MATERIALIZED (
    SELECT turn FROM fresh
),
"""

_OPEN_TAIL = f""", opened AS (
    INSERT INTO operation (user_id, op_id, kind, epoch, request_hash, request, state, frozen, trace,
        result, driver, lease_until)
    SELECT $1, $2, $3, $4, $5, $6, $7::smallint,
        jsonb_build_object($7::smallint::text, $8::jsonb || fit.extra), $9, $11, $12,
        now() + interval '{LEASE_S} seconds'
    FROM fit
    RETURNING frozen
)
SELECT 'saved' AS how, frozen FROM opened
UNION ALL
SELECT CASE
    WHEN EXISTS (SELECT FROM known) THEN 'known'
    WHEN (SELECT busy FROM busy) THEN 'busy'
    WHEN NOT EXISTS (SELECT FROM locked) THEN 'shut'
    WHEN NOT EXISTS (SELECT FROM turn) THEN 'stale'
    ELSE 'unfit' END, NULL
WHERE NOT EXISTS (SELECT FROM opened)
"""

# $1 user, $2 op, $3 state before, $4 epoch, $5 state after, $6 kept, $7 result of a refusal
_PHASE_HEAD = f"""
WITH due AS MATERIALIZED (
    SELECT 1 FROM operation WHERE user_id = $1 AND op_id = $2 AND state = $3::smallint
), wanted AS (
    SELECT 1 FROM due
), {LOCKED.lstrip()}turn AS MATERIALIZED (
    -- The closing mark does not count the gate up: the state is looked at once more, behind the lock.
    SELECT turn FROM fresh, operation
    WHERE user_id = $1 AND op_id = $2 AND state = $3::smallint
    FOR UPDATE OF operation
),
"""

_PHASE_TAIL = f""", moved AS (
    UPDATE operation
    SET state = $5::smallint, result = COALESCE($7, result), updated_at = now(),
        frozen = frozen || jsonb_build_object($5::smallint::text, $6::jsonb || fit.extra),
        lease_until = now() + interval '{LEASE_S} seconds'
    FROM fit
    WHERE user_id = $1 AND op_id = $2 AND state = $3::smallint
    RETURNING frozen
)
SELECT 'saved' AS how, frozen FROM moved
UNION ALL
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM due) THEN 'elsewhere'
    WHEN NOT EXISTS (SELECT FROM locked) THEN 'shut'
    WHEN NOT EXISTS (SELECT FROM turn) THEN 'stale'
    ELSE 'unfit' END, NULL
WHERE NOT EXISTS (SELECT FROM moved)
"""

NOTHING_TO_DO = "fit AS (SELECT '{}'::jsonb AS extra FROM turn)"
"""The body of a phase that changes nothing but the operation itself."""

OPEN_NOTHING = open_statement(f"-- open_operation\n{NOTHING_TO_DO}")
MOVE_NOTHING = phase_statement(f"-- move_operation\n{NOTHING_TO_DO}")


async def find_operation(tx: Tx, user_id: int, op_id: str) -> Row | None:
    """The operation, or none."""
    return await tx.maybe(
        Row,
        f"""
        -- find_operation
        SELECT {COLUMNS} FROM operation WHERE user_id = $1 AND op_id = $2
        """,
        user_id,
        op_id,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """An operation that was led here, or a step that was done here."""

    op_id: str
    kind: str
    state: int
    step: int
    created_at: datetime
    updated_at: datetime


async def search_operations(tx: Tx, user_id: int, ids: tuple[str, str], limit: int) -> list[Found]:
    """What is remembered of ops from one id to another, the newest first."""
    return await tx.all(
        Found,
        f"""
        -- search_operations
        SELECT op_id, kind, state, 0 AS step, created_at, updated_at
        FROM operation
        WHERE user_id = $1 AND op_id BETWEEN $2 AND $3
        UNION ALL
        SELECT op_id, '', CASE outcome WHEN 'DONE' THEN {DONE} ELSE {REJECTED} END, step, at, at
        FROM applied_step
        WHERE user_id = $1 AND op_id BETWEEN $2 AND $3
        ORDER BY created_at DESC, op_id, step
        LIMIT $4
        """,
        user_id,
        *ids,
        limit,
    )


async def finish(tx: Tx, op: Op, state: int, result: bytes) -> bool:
    """Closes an open operation with its answer; false when it is closed already.

    Not flushed: nothing depends on the mark. An operation whose mark is lost in a crash is driven once more
    and gives the same answer, because every part of it remembers its own.
    """
    return bool(
        await tx.value(
            """
            -- finish_operation
            WITH lazy AS MATERIALIZED (
                SELECT set_config('synchronous_commit', 'off', true)
            ), open_gate AS MATERIALIZED (
                SELECT 1 FROM gate, lazy WHERE user_id = $1 AND epoch = $3 AND NOT closed FOR SHARE OF gate
            )
            UPDATE operation
            SET state = CASE WHEN EXISTS (SELECT FROM open_gate) THEN $4::smallint ELSE 12 END,
                result = $5, updated_at = now()
            WHERE user_id = $1 AND op_id = $2 AND state < 10
            RETURNING true
            """,
            op.user_id,
            op.op_id,
            op.epoch,
            state,
            result,
        )
    )


@dataclass(frozen=True, slots=True)
class Finished:
    """An operation that was marked."""

    user_id: int
    op_id: str


async def finish_each(tx: Tx, marks: Sequence[tuple[Op, bytes]]) -> set[tuple[int, str]]:
    """`finish` for several that are done; which of them were closed.

    Whose gate is locked or shut is left out: nobody waits here for another player.
    """
    ops = [op for op, _ in marks]
    rows = await tx.all(
        Finished,
        """
        -- finish_operations
        WITH lazy AS MATERIALIZED (
            SELECT set_config('synchronous_commit', 'off', true)
        ), asked AS MATERIALIZED (
            SELECT user_id, op_id, epoch, result
            FROM unnest($1::bigint[], $2::uuid[], $3::integer[], $4::bytea[])
                AS asked (user_id, op_id, epoch, result), lazy
        ), open_gate AS MATERIALIZED (
            SELECT asked.* FROM asked
            JOIN gate ON gate.user_id = asked.user_id AND gate.epoch = asked.epoch AND NOT closed
            FOR SHARE OF gate SKIP LOCKED
        )
        UPDATE operation
        SET state = 10, result = open_gate.result, updated_at = now()
        FROM open_gate
        WHERE operation.user_id = open_gate.user_id AND operation.op_id = open_gate.op_id AND state < 10
        RETURNING operation.user_id, operation.op_id
        """,
        [op.user_id for op in ops],
        [op.op_id for op in ops],
        [op.epoch for op in ops],
        [result for _, result in marks],
    )
    return {(row.user_id, row.op_id) for row in rows}


async def claim(
    tx: Tx, user_id: int, op_id: str, driver: str, *, has_left: bool = False
) -> Row | None:
    """Takes an operation over whose driver is gone; none when somebody else was faster.

    One that this process itself has left is not waited for: its lease protects nobody.
    """
    return await tx.maybe(
        Row,
        f"""
        -- claim_operation
        UPDATE operation
        SET lease_until = now() + interval '{LEASE_S} seconds', attempt = attempt + 1,
            driver = $3, updated_at = now()
        WHERE user_id = $1 AND op_id = $2 AND state < 10 AND NOT parked
            AND (lease_until < now() OR ($4 AND driver = $3))
        RETURNING {COLUMNS}
        """,
        *(user_id, op_id, driver, has_left),
    )


async def inherit(tx: Tx, driver: str) -> int:
    """Ends the leases of a process that had this one's name and place, and so is dead; how many."""
    return await tx.run(
        """
        -- inherit_operations
        UPDATE operation SET lease_until = now()
        WHERE state < 10 AND driver = $1 AND lease_until > now()
        """,
        driver,
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An operation that may have lost its driver."""

    user_id: int
    op_id: str
    is_fact: bool = False


async def list_abandoned(tx: Tx, limit: int) -> list[Candidate]:
    """Open operations whose lease has ended, the oldest first; as many facts at most beside them."""
    return await tx.all(
        Candidate,
        f"""
        -- list_abandoned
        (SELECT user_id, op_id, false AS is_fact FROM operation
        WHERE state < 10 AND state <> {FACT} AND NOT parked AND lease_until < now()
        ORDER BY lease_until
        LIMIT $1)
        UNION ALL
        (SELECT user_id, op_id, true FROM operation
        WHERE state = {FACT} AND NOT parked AND lease_until < now()
        ORDER BY lease_until
        LIMIT $1)
        """,
        limit,
    )


async def list_refunding(tx: Tx, limit: int) -> list[Candidate]:
    """Refunds that nobody drives now, the oldest first."""
    return await tx.all(
        Candidate,
        """
        -- list_refunding
        SELECT user_id, op_id FROM operation
        WHERE state < 10 AND parked AND state = 9 AND lease_until < now()
        ORDER BY created_at
        LIMIT $1
        """,
        limit,
    )


async def claim_refund(tx: Tx, user_id: int, op_id: str, driver: str) -> Row | None:
    """Takes a refund over; none when somebody else was faster."""
    return await tx.maybe(
        Row,
        f"""
        -- claim_refund
        UPDATE operation
        SET lease_until = now() + interval '{LEASE_S} seconds', attempt = attempt + 1,
            driver = $3, updated_at = now()
        WHERE user_id = $1 AND op_id = $2 AND state = 9 AND lease_until < now()
        RETURNING {COLUMNS}
        """,
        user_id,
        op_id,
        driver,
    )


async def call_refund_off(tx: Tx, user_id: int, op_id: str) -> None:
    """Lets an operation stand parked as before: what was paid for has been handed over after all."""
    await tx.run(
        """
        -- call_refund_off
        UPDATE operation
        SET state = (SELECT max(key::smallint) FROM jsonb_object_keys(frozen - '9') AS key),
            frozen = frozen - '9', lease_until = now(), updated_at = now(),
            trouble = 'no refund: it was handed over in the last moment; retry it'
        WHERE user_id = $1 AND op_id = $2 AND state = 9
        """,
        user_id,
        op_id,
    )


async def put_off(tx: Tx, user_id: int, op_id: str, seconds: float, trouble: str) -> None:
    """Lets a claimed operation rest before the next try."""
    await tx.run(
        """
        -- put_off_operation
        UPDATE operation
        SET lease_until = now() + make_interval(secs => $3), trouble = $4, updated_at = now()
        WHERE user_id = $1 AND op_id = $2 AND state < 10
        """,
        user_id,
        op_id,
        seconds,
        trouble[:500],
    )


async def let_go(tx: Tx, user_id: int, op_id: str, driver: str) -> None:
    """Ends this driver's own lease, so that another replica can go on at once."""
    await tx.run(
        """
        -- let_go_operation
        UPDATE operation SET lease_until = now(), updated_at = now()
        WHERE user_id = $1 AND op_id = $2 AND state < 10 AND driver = $3
        """,
        user_id,
        op_id,
        driver,
    )


async def park(tx: Tx, user_id: int, op_id: str, trouble: str) -> None:
    """Leaves an operation to an operator."""
    await tx.run(
        """
        -- park_operation
        UPDATE operation SET parked = true, trouble = $3, updated_at = now()
        WHERE user_id = $1 AND op_id = $2 AND state < 10
        """,
        user_id,
        op_id,
        trouble[:500],
    )


async def forget_steps(tx: Tx, limit: int) -> int:
    """Forgets outcomes that nobody can ask for any more; how many."""
    return await tx.run(
        """
        -- forget_steps
        DELETE FROM applied_step WHERE (user_id, op_id, step) IN (
            SELECT user_id, op_id, step FROM applied_step
            WHERE at < now() - make_interval(days => $2)
            ORDER BY at LIMIT $1
        )
        """,
        limit,
        STEPS_KEPT_DAYS,
    )


async def forget_operations(tx: Tx, limit: int) -> int:
    """Forgets operations that are long over; how many."""
    return await tx.run(
        """
        -- forget_operations
        DELETE FROM operation WHERE (user_id, op_id) IN (
            SELECT user_id, op_id FROM operation
            WHERE state >= 10 AND updated_at < now() - make_interval(days => $2)
            ORDER BY updated_at LIMIT $1
        )
        """,
        limit,
        OPERATIONS_KEPT_DAYS,
    )


async def count_open(tx: Tx, user_id: int) -> int:
    """How many operations of a player are under way; a fact that is still to be told is none."""
    return await tx.value(
        f"""
        -- count_open
        SELECT count(*) FROM operation WHERE user_id = $1 AND state < 10 AND state <> {FACT}
        """,
        user_id,
    )


async def is_due(tx: Tx, op: Op, state: int) -> bool:
    """Whether the operation still stands where its driver thinks, locked until the transaction ends."""
    return bool(
        await tx.value(
            """
            -- lock_operation
            SELECT true FROM operation WHERE user_id = $1 AND op_id = $2 AND state = $3::smallint
            FOR UPDATE
            """,
            op.user_id,
            op.op_id,
            state,
        )
    )


async def end(tx: Tx, op: Op, result: bytes) -> None:
    """Gives a locked operation its answer, in the transaction that does the last of its work."""
    await tx.run(
        """
        -- end_operation
        UPDATE operation SET state = 10, result = $3, updated_at = now()
        WHERE user_id = $1 AND op_id = $2
        """,
        op.user_id,
        op.op_id,
        result,
    )
