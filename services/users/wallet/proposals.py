"""Adjustments that wait for a second person, in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.operations.once import one_statement
from chassis.operations.places import Place
from chassis.postgres import Tx
from services.users.wallet.store import BROKEN, MOVED, REFUSALS, WORTH

FOUND = """
    wish AS (
        SELECT sakura_crystals, quartzs, daphine, ticket, proposed_by, state
        FROM turn, proposals WHERE user_id = $1 AND proposal_id = $6
    )"""
PERSON = r"lower(regexp_replace({name}, '[[:space:][:punct:]]+', '', 'g'))"
"""Who is meant by a name: `Jo Ann`, `jo.ann` and `joann ` are one person."""
SETTLED = """
            WHEN NOT EXISTS (SELECT FROM wish) THEN jsonb_build_object('reason', 'PROPOSAL_NOT_FOUND',
                'metadata', jsonb_build_object('proposal_id', $6::text))
            WHEN (SELECT state FROM wish) <> 'waiting' THEN jsonb_build_object(
                'reason', 'PROPOSAL_SETTLED', 'metadata', jsonb_build_object('proposal_id', $6::text))
"""

# $6 proposal, $7 operator, $8 reason, $9 ticket
APPROVE = one_statement(
    f"""
    -- approve_adjust
    {FOUND}, {BROKEN}, verdict AS (
        SELECT CASE {SETTLED}
            WHEN (SELECT {PERSON.format(name="proposed_by")} FROM wish) = {PERSON.format(name="$7::text")}
                THEN jsonb_build_object('reason', 'SAME_PERSON', 'metadata', '{{}}'::jsonb)
            {REFUSALS}
            END AS refusal
        FROM turn
        LEFT JOIN before ON true
        LEFT JOIN broken ON true
    ), {MOVED}, settled AS (
        UPDATE proposals
        SET state = 'approved', settled_by = $7, settled_at = now()
        FROM adjusted
        WHERE proposals.user_id = $1 AND proposal_id = $6
        RETURNING proposals.*
    ), audited AS (
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
        SELECT $1, $2, 'adjust', $7, $8, $9, {WORTH.format(row="before")},
            {WORTH.format(row="adjusted")} || jsonb_build_object('proposal_id', proposal_id,
                'proposed_by', proposed_by, 'approved_by', settled_by)
        FROM adjusted, before, settled
        RETURNING after
    ), answer AS (
        SELECT refusal IS NULL AS done,
            COALESCE(refusal, audited.after || jsonb_build_object('proposal', to_jsonb(settled))) AS body
        FROM verdict
        LEFT JOIN audited ON true
        LEFT JOIN settled ON true
    )
    """
)
"""Does what another person proposed, with both names in the audit row: all of it in one statement."""

# $6 proposal, $7 operator, $8 reason, $9 ticket
REJECT = one_statement(
    f"""
    -- reject_adjust
    {FOUND}, verdict AS (
        SELECT CASE {SETTLED}
            WHEN EXISTS (SELECT FROM audit WHERE user_id = $1 AND op_id = $2)
                THEN jsonb_build_object('reason', 'OP_REUSED', 'metadata', '{{}}'::jsonb)
            END AS refusal
        FROM turn
    ), settled AS (
        UPDATE proposals
        SET state = 'rejected', settled_by = $7, settled_at = now()
        FROM verdict
        WHERE refusal IS NULL AND user_id = $1 AND proposal_id = $6
        RETURNING proposals.*
    ), audited AS (
        INSERT INTO audit (user_id, op_id, action, operator, reason, ticket, before, after)
        SELECT $1, $2, 'reject_adjust', $7, $8, $9,
            jsonb_build_object('proposal_id', proposal_id, 'state', 'waiting'),
            jsonb_build_object('proposal_id', proposal_id, 'state', state, 'proposed_by', proposed_by)
        FROM settled
    ), answer AS (
        SELECT refusal IS NULL AS done,
            COALESCE(refusal, jsonb_build_object('proposal', to_jsonb(settled))) AS body
        FROM verdict
        LEFT JOIN settled ON true
    )
    """
)
"""Drops a proposal for good."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An adjustment that one person may not make alone."""

    user_id: int
    proposal_id: str
    epoch: int
    sakura_crystals: int
    quartzs: int
    daphine: int
    proposed_by: str
    reason: str
    ticket: str
    state: str
    settled_by: str
    created_at: datetime
    settled_at: datetime | None

    @property
    def op_id(self) -> str:
        """What tells it apart in a list by time."""
        return self.proposal_id


def kept(row: Mapping[str, Any]) -> Proposal:
    """A proposal as an answer has kept it."""
    times = {
        name: row[name] and datetime.fromisoformat(row[name])
        for name in ("created_at", "settled_at")
    }
    return Proposal(**{**row, **times})


async def list_proposals(
    tx: Tx, before: Place | None, limit: int, *, with_settled: bool
) -> list[Proposal]:
    """The proposals before a place, the newest first."""
    at, proposal_id, of = before or (None, None, None)
    return await tx.all(
        Proposal,
        """
        -- list_proposals
        SELECT user_id, proposal_id, epoch, sakura_crystals, quartzs, daphine, proposed_by, reason, ticket,
            state, settled_by, created_at, settled_at
        FROM proposals
        WHERE ($1 OR state = 'waiting')
            AND ($2::timestamptz IS NULL
                OR (created_at, proposal_id, user_id) < ($2, $3::uuid, $4::bigint))
        ORDER BY created_at DESC, proposal_id DESC, user_id DESC
        LIMIT $5
        """,
        *(with_settled, at, proposal_id, of, limit),
    )
