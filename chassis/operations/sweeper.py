"""The sweeper: finishes what a dead process left open. One runs in every replica."""

import asyncio
import random
from contextlib import suppress

import structlog

from chassis import attributes, telemetry
from chassis.background import again_and_again
from chassis.operations import store
from chassis.operations.operation import Operations, Parked, Unknown
from chassis.operations.refunds import Refunds
from chassis.operations.store import FACT, MAX_AGE_S, MAX_ATTEMPTS, MIN_ATTEMPTS, Candidate, Row
from chassis.postgres import DatabaseTrouble
from chassis.rejection import Rejection

log = structlog.get_logger()

PERIOD_S = 1.0
BATCH = 50
AT_ONCE = 8
CLEANING_S = 60.0
CLEANED_AT_ONCE = 500


class Sweeper:
    """Takes over operations whose lease has ended."""

    def __init__(self, operations: Operations, refunds: Refunds) -> None:
        self._operations = operations
        self._refunds = refunds
        self._database = operations.database
        self._taking: dict[Candidate, asyncio.Task[bool]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        # Whom facts are told may be away, and what players wait for goes on meanwhile.
        self._room_of_facts = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Sweeps until it is cancelled. A database that is away is waited for.

        A repair that hangs holds one place and not the whole round: the others are begun each second, and whenever
        something is there that nobody drives.
        """
        try:
            while True:
                try:
                    for task in await self._begin():
                        task.add_done_callback(_look_at)
                except DatabaseTrouble as trouble:
                    log.warning("sweeper.database_away", why=str(trouble))
                await self._rest()
        finally:
            taking = list(self._taking.values())
            for task in taking:
                task.cancel()
            await asyncio.gather(*taking, return_exceptions=True)

    async def _rest(self) -> None:
        """Until the next round is due; not all replicas at the same moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PERIOD_S * random.uniform(0.7, 1.3)):  # noqa: S311
                await self._operations.woken.wait()
        self._operations.woken.clear()

    async def keep_clean(self) -> None:
        """Forgets what is long over, a small batch a minute."""
        await again_and_again(self.clean, CLEANING_S, away="sweeper.database_away")

    async def clean(self) -> int:
        """Forgets a small batch of what is long over; how much."""
        tx = self._database.bare
        steps = await store.forget_steps(tx, CLEANED_AT_ONCE)
        return steps + await store.forget_operations(tx, CLEANED_AT_ONCE)

    async def sweep(self) -> int:
        """One round, awaited to its end; the number of operations it took over."""
        taken = await asyncio.gather(*await self._begin(), return_exceptions=True)
        # One operation's trouble is none of the others'.
        for trouble in taken:
            if isinstance(trouble, BaseException):
                raise trouble
        return sum(taken)  # type: ignore[arg-type]

    async def _begin(self) -> list[asyncio.Task[bool]]:
        """Begins to take over what was abandoned; what is under way already is left alone."""
        tx = self._database.bare
        begun: list[asyncio.Task[bool]] = []
        for take, found in (
            (self._take, await store.list_abandoned(tx, BATCH)),
            (self._take_refund, await store.list_refunding(tx, BATCH)),
        ):
            for candidate in found:
                if candidate not in self._taking:
                    task = asyncio.create_task(take(candidate))
                    self._taking[candidate] = task
                    task.add_done_callback(lambda _, done=candidate: self._taking.pop(done, None))
                    begun.append(task)
        return begun

    async def _take(self, candidate: Candidate) -> bool:
        async with self._room_of_facts if candidate.is_fact else self._room:
            row = await store.claim(
                self._database.bare, candidate.user_id, candidate.op_id, self._operations.driver
            )
            if row is None:
                return False
            with telemetry.root_span(
                f"{'tell' if candidate.is_fact else 'repair'} {row.kind}",
                {attributes.OP_ID: row.op_id, attributes.OP_REPAIR: not candidate.is_fact},
                telemetry.link_to(row.trace),
            ):
                await self._repair(row)
            return True

    async def _take_refund(self, candidate: Candidate) -> bool:
        async with self._room:
            row = await store.claim_refund(
                self._database.bare, candidate.user_id, candidate.op_id, self._operations.driver
            )
            if row is None:
                return False
            log.info("operation.refund_taken_over", kind=row.kind, op_id=row.op_id)
            try:
                await self._refunds.run(row)
            except (Unknown, Parked, Rejection) as trouble:
                log.warning("operation.refund_waits", op_id=row.op_id, why=repr(trouble))
            return True

    async def _repair(self, row: Row) -> None:
        if row.state != FACT:
            log.info("operation.taken_over", kind=row.kind, op_id=row.op_id, attempt=row.attempt)
            self._operations.measures.taken_over(row.kind)
        if row.kind not in self._operations.flows:
            # A state or kind this version does not know belongs to a newer one.
            await store.put_off(self._database.bare, row.user_id, row.op_id, 60, "unknown kind")
            return
        try:
            await self._operations.repair(row)
        except Exception as trouble:
            await self._put_off(row, repr(trouble))

    async def _put_off(self, row: Row, trouble: str) -> None:
        tx = self._database.bare
        age_s = (row.updated_at - row.created_at).total_seconds()
        is_old = age_s > MAX_AGE_S and row.attempt >= MIN_ATTEMPTS
        # A fact is told however late: whoever was away comes back, and it counts for its own day.
        if row.state != FACT and (row.attempt >= MAX_ATTEMPTS or is_old):
            log.error("operation.parked", kind=row.kind, op_id=row.op_id, why=trouble)
            self._operations.measures.parked(row.kind)
            await store.park(tx, row.user_id, row.op_id, trouble)
            return
        pause_s = min(2.0 ** min(row.attempt, 6), 60.0) * random.uniform(0.8, 1.2)  # noqa: S311
        await store.put_off(tx, row.user_id, row.op_id, pause_s, trouble)


def _look_at(task: asyncio.Task[bool]) -> None:
    """Trouble of one operation is told and is none of the others'."""
    if task.cancelled() or (trouble := task.exception()) is None:
        return
    if isinstance(trouble, DatabaseTrouble):
        log.warning("sweeper.database_away", why=str(trouble))
    else:
        log.error("sweeper.failed", exc_info=trouble)
