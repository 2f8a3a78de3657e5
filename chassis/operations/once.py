"""The participant's half: a step has one outcome, for ever.

The gate is locked, the outcome is looked for, the work is done and the outcome is kept, all in one
transaction. Refusals are outcomes too: a late copy of a refused call could otherwise still take effect.
"""

import functools
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message

from chassis.operations.gate import LOCKED, STALE_TRIES, lock_gate, refuse_shut
from chassis.operations.refusals import OpReused, RefundBegun, UserGone, keep, recall
from chassis.postgres import Database, Transaction, Tx
from chassis.rejection import Rejection
from geminya.common.v1.op_pb2 import Op

R = TypeVar("R", bound=Message)
WIPED = b"{}"
"""What is left of a kept answer when its life was closed (holdings.py)."""
Lock = Callable[[Tx, int, int], Awaitable[None]]
"""Locks a player and an epoch until the transaction ends, or refuses."""


class Change(Protocol):
    """A request that changes something: its first field is an `Op`."""

    @property
    def op(self) -> Op:
        """Who changes what."""
        ...

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:  # noqa: N802
        """The request as bytes."""
        ...


def request_hash(request: Any) -> bytes:
    """What tells two requests with the same op apart, also two of different kinds with equal bytes."""
    name = request.DESCRIPTOR.full_name.encode()
    return hashlib.sha256(name + b"\0" + request.SerializeToString(deterministic=True)).digest()


def op_of(request: Any) -> Op:
    """Who changes what; an act of an operator that is about no player is player 0's."""
    act = getattr(request, "act", None)
    return request.op if act is None else Op(op_id=act.op_id)


def one_statement(body: str) -> str:
    """A mutation as one statement: gate, known outcome, work and kept outcome together.

    `body` begins with its label and is a row of CTEs that do nothing unless CTE `turn` has its row; the last
    one is `answer(done boolean, body jsonb)`, one row for one turn. Parameters from $6 on are the body's.
    """
    label, _, work = body.strip().partition("\n")
    return f"{label}\n{_HEAD}{work.rstrip()}{_TAIL}"


_HEAD = f"""
WITH known AS MATERIALIZED (
    SELECT request_hash, outcome, answer FROM applied_step
    WHERE user_id = $1 AND op_id = $2 AND step = $3
), wanted AS (
    SELECT 1 WHERE NOT EXISTS (SELECT FROM known)
), {LOCKED.lstrip()}turn AS MATERIALIZED (
    SELECT turn FROM fresh
),
"""

_TAIL = """, told AS MATERIALIZED (
    SELECT known.* FROM known, seen WHERE epoch < $4 OR (epoch = $4 AND NOT closed)
), kept AS (
    INSERT INTO applied_step (user_id, op_id, step, request_hash, outcome, answer)
    SELECT $1, $2, $3, $5, CASE WHEN done THEN 'DONE' ELSE 'REFUSED' END,
        convert_to(body::text, 'UTF8')
    FROM answer
    RETURNING outcome, answer
)
SELECT 'known' AS how, request_hash, outcome, answer FROM told
UNION ALL
SELECT 'kept', $5, outcome, answer FROM kept
UNION ALL
SELECT CASE WHEN EXISTS (SELECT FROM locked) THEN 'stale' ELSE 'shut' END, $5, NULL, NULL
WHERE NOT EXISTS (SELECT FROM told) AND NOT EXISTS (SELECT FROM kept)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step, or why it has none yet."""

    how: str
    request_hash: bytes
    outcome: str | None
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class Placed(Outcome):
    """One of several outcomes."""

    place: int
    """Of its request, from 1."""


class Once:
    """Runs changes once per op and step, in one service."""

    def __init__(self, database: Database, refusals: dict[str, type[Rejection]]) -> None:
        self._database = database
        self._refusals = refusals

    async def run(
        self,
        request: Change,
        statement: str,
        *args: object,
        when_done: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> dict[str, Any]:
        """Runs a mutation made by `one_statement`; its kept answer, the same for every repeat.

        `when_done` gets the answer when this very call has done the work, and no repeat of it.

        Raises the kept refusal, `OpReused` where the op came with other content, and `UserGone` where the
        player's life is closed.
        """
        op, digest = request.op, request_hash(request)
        given = (op.user_id, op.op_id, op.step, op.epoch, digest, *args)
        for _ in range(STALE_TRIES):
            outcome = await self._database.bare.one(Outcome, statement, *given)
            if outcome.how != "stale":
                break
        else:
            async with self._database.transaction() as tx:
                await lock_gate(tx, op.user_id, op.epoch)
                outcome = await tx.one(Outcome, statement, *given)
        if outcome.how == "shut":
            await refuse_shut(self._database.bare, op.user_id, op.epoch)
        answer: dict[str, Any] = json.loads(self.settle(outcome, digest))
        if outcome.how == "kept":
            when_done(answer)
        return answer

    async def run_each(
        self,
        requests: Sequence[Change],
        statement: str,
        columns: Callable[[Iterable[Any]], Iterable[object]],
        when_done: Callable[[Any], None] = lambda _: None,
    ) -> list[dict[str, Any] | None]:
        """Runs a mutation for several players in one transaction, once for each; the kept answers in their order.

        None stands where a request has to be asked alone: it was refused, or its player's life is closed. The
        statement gets the first five parts of every op as arrays, then what `columns` makes of the requests, and
        gives `place` beside the columns of an `Outcome`. `when_done` gets each request that was done just now.
        """
        # Whoever locks gates of several players locks them in the same order.
        order = sorted(range(len(requests)), key=lambda place: requests[place].op.user_id)
        asked = [requests[place] for place in order]
        digests = [request_hash(request) for request in asked]
        ops = [request.op for request in asked]
        given = ([op.user_id for op in ops], [op.op_id for op in ops], [op.step for op in ops])
        rest = ([op.epoch for op in ops], digests, *columns(asked))
        rows = await self._database.bare.all(Placed, statement, *given, *rest)
        kept: list[dict[str, Any] | None] = [None] * len(requests)
        for row in rows:
            place = row.place - 1
            if row.outcome == "DONE" and row.request_hash == digests[place] and row.answer:
                # What a closed life has left of an answer is an empty one.
                kept[order[place]] = json.loads(row.answer) or None
                if row.how == "kept":
                    when_done(asked[place])
        return kept

    async def transact(
        self, request: Any, work: Callable[[Tx], Awaitable[Message]], lock: Lock = lock_gate
    ) -> bytes:
        """Runs a mutation of several statements; the kept answer as bytes."""
        op, digest = op_of(request), request_hash(request)
        async with self._database.transaction() as tx:
            await lock(tx, op.user_id, op.epoch)
            known = await find_outcome(tx, op)
            if known is None:
                known = await self._work_and_keep(tx, op, digest, work)
            elif known.answer == WIPED:
                raise UserGone
        return self.settle(known, digest)

    async def _work_and_keep(
        self,
        tx: Transaction,
        op: Op,
        digest: bytes,
        work: Callable[[Tx], Awaitable[Message]],
    ) -> Outcome:
        try:
            async with tx.savepoint():
                answer = (await work(tx)).SerializeToString(deterministic=True)
            outcome = "DONE"
        except Rejection as rejection:
            outcome, answer = "REFUSED", keep(rejection)
        await tx.run(
            """
            -- keep_outcome
            INSERT INTO applied_step (user_id, op_id, step, request_hash, outcome, answer)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            op.user_id,
            op.op_id,
            op.step,
            digest,
            outcome,
            answer,
        )
        return Outcome("kept", digest, outcome, answer)

    def settle(self, outcome: Outcome, digest: bytes) -> bytes:
        """The answer of an outcome, or its refusal."""
        if outcome.request_hash != digest:
            raise OpReused
        assert outcome.answer is not None
        if outcome.outcome == "REFUSED":
            raise recall(outcome.answer, self._refusals)
        return outcome.answer


async def close_step(tx: Tx, op: Op) -> None:
    """Gives a step that was not done an outcome that no request has: it is never done any more."""
    await tx.run(
        """
        -- close_step
        INSERT INTO applied_step (user_id, op_id, step, request_hash, outcome, answer)
        VALUES ($1, $2, $3, '', 'REFUSED', $4)
        """,
        *(op.user_id, op.op_id, op.step, keep(RefundBegun(op_id=op.op_id))),
    )


async def find_outcome(tx: Tx, op: Op) -> Outcome | None:
    """The kept outcome of a step, or none."""
    return await tx.maybe(
        Outcome,
        """
        -- find_outcome
        SELECT 'known' AS how, request_hash, outcome, answer FROM applied_step
        WHERE user_id = $1 AND op_id = $2 AND step = $3
        """,
        op.user_id,
        op.op_id,
        op.step,
    )


def mutation(
    method: Callable[[Any, Any, Tx], Awaitable[R]],
) -> Callable[[Any, Any, object], Awaitable[R]]:
    """A change of several statements, in one transaction, once per op and step.

    The method gets the request and the transaction; its servicer has `self.once`.
    """
    return mutation_under(lock_gate)(method)


def mutation_under(
    lock: Lock,
) -> Callable[[Callable[[Any, Any, Tx], Awaitable[R]]], Callable[[Any, Any, object], Awaitable[R]]]:
    """A `mutation` that takes another lock than the player's gate: for what outlasts a life."""

    def change(
        method: Callable[[Any, Any, Tx], Awaitable[R]],
    ) -> Callable[[Any, Any, object], Awaitable[R]]:
        answer_type: type[R] = method.__annotations__["return"]

        @functools.wraps(method)
        async def call(self: Any, request: Any, context: object = None) -> R:
            def work(tx: Tx) -> Awaitable[R]:
                return method(self, request, tx)

            return answer_type.FromString(await self.once.transact(request, work, lock))

        return call

    return change
