"""Duties in PostgreSQL, whose clock is the one that counts."""

from dataclasses import dataclass

from chassis.postgres import Tx


@dataclass(frozen=True, slots=True)
class Lease:
    """How a duty stands for who asked for it."""

    is_held: bool
    token: int
    note: str
    wait_ms: int


async def lease_duty(
    tx: Tx, kind: str, number: int, holder: str, duration_ms: int, note: str | None
) -> Lease | None:
    """Takes a duty that is free or one's own; none where somebody else took it for the first time just now."""
    return await tx.maybe(
        Lease,
        """
        -- lease_duty
        WITH taken AS (
            INSERT INTO duties AS d (kind, number, holder, lease_until, note)
            VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms', COALESCE($5, ''))
            ON CONFLICT (kind, number) DO UPDATE SET
                holder = $3,
                token = d.token + (d.holder <> $3)::int,
                -- Not the time from above: whoever waited for the row would hold it for too short.
                lease_until = clock_timestamp() + $4 * interval '1 ms',
                note = COALESCE($5, d.note)
            WHERE d.holder = $3 OR d.lease_until <= clock_timestamp()
            RETURNING token, note
        )
        SELECT true AS is_held, token, note, 0 AS wait_ms FROM taken
        UNION ALL
        SELECT false, token, '',
            GREATEST(1, ceil(1000 * extract(epoch FROM lease_until - clock_timestamp())))::int
        FROM duties
        WHERE kind = $1 AND number = $2 AND NOT EXISTS (SELECT FROM taken)
        """,
        kind,
        number,
        holder,
        duration_ms,
        note,
    )


async def return_duty(tx: Tx, kind: str, number: int, holder: str, token: int, note: str) -> bool:
    """Frees a duty and leaves a note; false where it is another one's by now."""
    return bool(
        await tx.run(
            """
            -- return_duty
            UPDATE duties SET lease_until = LEAST(lease_until, clock_timestamp()), note = $5
            WHERE kind = $1 AND number = $2 AND holder = $3 AND token = $4
            """,
            kind,
            number,
            holder,
            token,
            note,
        )
    )
