"""The coordinator's half: phases and steps.

A flow is a plain async method. After a crash it is run again from the top: a phase that is done gives its
kept result, a step is asked again and answered from the participant's memory.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, NoReturn, Protocol, TypeVar, cast

import grpc
import structlog
from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from chassis import attributes, logs, telemetry
from chassis.measures import OperationMeasures
from chassis.operations import store
from chassis.operations.gate import STALE_TRIES, lock_gate, refuse_shut
from chassis.operations.marks import Marks
from chassis.operations.once import request_hash
from chassis.operations.refusals import (
    KeptRejection,
    OpReused,
    TooMany,
    UserGone,
    keep,
    recall,
)
from chassis.operations.store import CLOSED_GONE, DONE, FACT, REFUNDED, REJECTED, Row
from chassis.postgres import Database, DatabaseTrouble, Tx
from chassis.rejection import Rejection
from chassis.rpc.channel import deadline
from chassis.rpc.status import refusal_of
from geminya.common.v1.op_pb2 import Op

log = structlog.get_logger()
M = TypeVar("M", bound=Message)

STEP_TIMEOUT_S = 1.5
FOLLOW_S = 0.1
"""How often a repeat looks whether the driver of its operation is done."""
MARK_TRIES = 7
"""So often the closing mark is tried where the database has no room, each time after a longer pause: some 13 s, well
within the lease."""
RECORDED = {"FAILED_PRECONDITION", "NOT_FOUND", "ALREADY_EXISTS"}
"""Codes of answers that a participant has recorded; every other failure is unknown (rule C4)."""

BROKEN = {"INVALID_ARGUMENT", "PERMISSION_DENIED", "UNAUTHENTICATED", "UNIMPLEMENTED"}
"""Codes that no repeat will mend."""


@dataclass(frozen=True, slots=True)
class Phase(Generic[M]):
    """A local part of a flow. Its number is the operation's state once it is done; never reused."""

    number: int
    keeps: type[M]
    """The message that is kept for later runs."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part that another service does. Its number is never reused."""

    number: int
    is_pivot: bool = False
    """The one step that may refuse; what comes after it cannot."""
    name: str = ""
    """A verb, for the trace."""


@dataclass(frozen=True, slots=True)
class Save(Generic[M]):
    """What a phase has decided: the message to keep, and the statement that does the work."""

    kept: M
    statement: str | None = None
    """Made by `open_statement` for the first phase, by `phase_statement` for later ones."""
    args: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """How a phase reads before it decides."""

    tx: Tx
    is_again: bool
    """What was decided from did not hold any more: read everything anew."""


class Flow(Protocol):
    """One wish over several services."""

    kind: ClassVar[str]
    order: ClassVar[type[Message]]
    answer: ClassVar[type[Message]]

    async def run(self, op: "Operation", order: Any) -> Message:
        """The wish, from top to bottom."""
        ...


class Elsewhere(Exception):
    """Another driver has moved the operation: read the row again and follow it (rule C3)."""


class Unknown(Exception):
    """A step got no recorded answer in time; the sweeper goes on."""


class Parked(Exception):
    """Something that must not happen did: an operator looks at it (rule C9)."""


class Operation:
    """One run of a flow: phases that are kept, steps that are repeated until they are answered."""

    def __init__(self, operations: "Operations", op: Op, flow: Flow, order: Any) -> None:
        self.op = op
        self._operations = operations
        self._database = operations.database
        self._flow = flow
        self._order = order
        self._hash = request_hash(order)
        self._state = 0
        self._frozen: dict[str, Any] = {}
        self._made: dict[int, Message] = {}
        """What this run has kept by itself, so that it need not be read from JSON."""
        self._is_past_pivot = False
        self._lease_ends = 0.0
        self.began = time.perf_counter()

    def resume(self, row: Row) -> None:
        """Goes on where the row stands."""
        self._state, self._frozen = row.state, row.frozen
        self._renew_lease()
        if row.state == FACT:
            # Nobody waits for it: it makes room for the others instead of trying until its lease ends.
            self._lease_ends = time.monotonic() + STEP_TIMEOUT_S

    @property
    def kind(self) -> str:
        """Which flow it is."""
        return self._flow.kind

    def wake(self) -> None:
        """Lets the sweeper look at once: a phase has written a fact down."""
        self._operations.wake()

    async def phase(
        self, phase: Phase[M], work: Callable[..., Awaitable[Save[M]]], *given: object
    ) -> M:
        """A local transaction that is done once; a later run gets what it kept."""
        if str(phase.number) in self._frozen:
            return self._kept(phase)
        with telemetry.span(f"phase {work.__name__}", self._facts()):
            refusal = await self._work(phase, work, given)
        if refusal is not None:
            raise refusal
        return self._kept(phase)

    async def last_phase(self, work: Callable[..., Awaitable[M]], *given: object) -> M:
        """The end of a flow as several statements in one transaction; the message is the answer of the flow.

        The operation is done in that transaction too: so the work may close the gate behind itself, which the
        ordinary mark would then find closed.
        """
        with telemetry.span(f"phase {work.__name__}", self._facts()):
            async with self._database.transaction() as tx:
                await self._lock(tx)
                answer = await work(tx, *given)
                await store.end(tx, self.op, answer.SerializeToString(deterministic=True))
        self._state = DONE
        self._operations.measures.ended(self._flow.kind, DONE)
        return answer

    async def step(self, step: Step, method: Callable[..., Awaitable[M]], request: Any) -> M:
        """Another service's part, repeated until it has answered for good."""
        request.op.CopyFrom(self.op)
        request.op.step = step.number
        with telemetry.span(f"step {step.name or step.number}", self._facts()):
            answer = await self._ask(step, method, request)
        self._is_past_pivot = self._is_past_pivot or step.is_pivot
        return answer

    async def take_back(self, refusal: Rejection, statement: str, *args: object) -> NoReturn:
        """Ends the operation with the pivot's refusal, and undoes in one statement what a phase had taken.

        `statement` is made by `phase_statement` and must always fit.
        """
        await self._end(REJECTED, keep(refusal), Save(Empty(), statement, args), "take_back")
        raise refusal

    async def end_refunded(self, result: bytes, statement: str, *args: object) -> None:
        """Ends an operation whose price was paid back; the statement is as `take_back` wants it."""
        await self._end(REFUNDED, result, Save(Empty(), statement, args), "end_refunded")

    async def close(self, state: int, result: bytes) -> None:
        """Gives the operation its final state, unless it has one or was never opened."""
        if 0 < self._state < DONE and await self._mark(state, result):
            self._operations.measures.ended(self._flow.kind, state)

    async def _mark(self, state: int, result: bytes) -> bool:
        if state == DONE:
            return await self._operations.marks.put(self.op, result)
        return await store.finish(self._database.bare, self.op, state, result)

    async def _end(self, state: int, result: bytes, save: Save[Any], name: str) -> None:
        async def put(look: Look) -> bool:
            return await self._put(look.tx, state, save, result)

        with telemetry.span(f"phase {name}", self._facts()):
            await self._until_it_fits(put, name)

    def _facts(self) -> dict[str, Any]:
        return {attributes.OP_ID: self.op.op_id, attributes.OP_KIND: self._flow.kind}

    def _kept(self, phase: Phase[M]) -> M:
        made = self._made.get(phase.number)
        if made is None:
            return json_format.ParseDict(self._frozen[str(phase.number)], phase.keeps())
        return cast("M", made)

    async def _lock(self, tx: Tx) -> None:
        """Locks the gate and the row; `Elsewhere` comes first, because a faster driver has closed the gate."""
        try:
            await lock_gate(tx, self.op.user_id, self.op.epoch)
        except UserGone:
            if not await store.is_due(tx, self.op, self._state):
                raise Elsewhere from None
            raise
        if not await store.is_due(tx, self.op, self._state):
            raise Elsewhere

    def _renew_lease(self) -> None:
        self._lease_ends = time.monotonic() + store.LEASE_S - 1

    async def _work(
        self,
        phase: Phase[M],
        work: Callable[..., Awaitable[Save[M]]],
        given: tuple[object, ...],
    ) -> Rejection | None:
        """Decides and saves, anew until what was decided from still holds; the refusal, if it was one."""
        refusal: Rejection | None = None

        async def decide(look: Look) -> bool:
            nonlocal refusal
            is_saved, refusal = await self._try(phase, work, given, look)
            return is_saved

        await self._until_it_fits(decide, work.__name__)
        return refusal

    async def _until_it_fits(self, save: Callable[[Look], Awaitable[bool]], name: str) -> None:
        """Saves with single statements, and after some stale ones under the lock, where it must fit."""
        for attempt in range(STALE_TRIES):
            if await save(Look(self._database.bare, is_again=attempt > 0)):
                return
        async with self._database.transaction() as tx:
            await lock_gate(tx, self.op.user_id, self.op.epoch)
            is_saved = await save(Look(tx, is_again=True))
        assert is_saved, f"{name} does not fit under the lock"

    async def _try(
        self,
        phase: Phase[M],
        work: Callable[..., Awaitable[Save[M]]],
        given: tuple[object, ...],
        look: Look,
    ) -> tuple[bool, Rejection | None]:
        """One try: whether it was saved, and the refusal if it was one."""
        try:
            save, refusal = await work(look, *given), None
        except Rejection as rejection:
            if self._is_past_pivot:
                raise Parked(f"{work.__name__} refused after the pivot: {rejection}") from rejection
            save, refusal = Save(phase.keeps()), rejection
        state = phase.number if refusal is None else REJECTED
        result = None if refusal is None else keep(refusal)
        return await self._put(look.tx, state, save, result), refusal

    async def _put(self, tx: Tx, state: int, save: Save[Any], result: bytes | None) -> bool:
        """Saves what was decided; false when it was decided from rows that have changed meanwhile."""
        kept = json_format.MessageToDict(save.kept)
        saved = await self._save(tx, state, kept, save, result)
        match saved.how:
            case "saved":
                assert saved.frozen is not None
                self._state, self._frozen = state, saved.frozen
                if result is None:
                    self._made[state] = _with_found(save.kept, kept, saved.frozen[str(state)])
                self._renew_lease()
                if state >= DONE:
                    self._operations.measures.ended(self._flow.kind, state)
                return True
            case "known" | "elsewhere":
                raise Elsewhere
            case "busy":
                raise TooMany(limit="open operations")
            case "shut":
                await refuse_shut(tx, self.op.user_id, self.op.epoch)
            case _:
                pass
        return False

    async def _save(
        self, tx: Tx, state: int, kept: dict[str, Any], save: Save[Any], result: bytes | None
    ) -> store.Saved:
        op = self.op
        if self._state:
            statement = save.statement or store.MOVE_NOTHING
            given = (op.user_id, op.op_id, self._state, op.epoch, state, kept, result)
        else:
            statement = save.statement or store.OPEN_NOTHING
            given = (
                *(op.user_id, op.op_id, self._flow.kind, op.epoch, self._hash),
                *(self._order.SerializeToString(deterministic=True), state, kept),
                *(telemetry.traceparent(), self._operations.max_open, result),
                self._operations.driver,
            )
        return await tx.one(store.Saved, statement, *given, *save.args)

    async def _ask(self, step: Step, method: Callable[..., Awaitable[M]], request: Any) -> M:
        pause = 0.05
        while True:
            left = self._lease_ends - time.monotonic()
            if left <= 0:
                raise Unknown(f"step {step.number} of {self._flow.kind} has no answer yet")
            try:
                return await method(request, timeout=min(STEP_TIMEOUT_S, left))
            except grpc.aio.AioRpcError as error:
                self._judge(step, error)
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - only spreads load
            pause = min(pause * 2, 2.0)

    def _judge(self, step: Step, error: grpc.aio.AioRpcError) -> None:
        """Returns when the failure is unknown and the step is to be repeated; raises what is final."""
        refused, code = refusal_of(error), error.code().name
        if refused is None or code not in RECORDED:
            if code in BROKEN:
                raise Parked(f"step {step.number}: {error.details()}") from error
            log.warning("step.unanswered", step=step.number, code=code, **self._facts())
            return
        if refused.reason == UserGone.reason:
            raise UserGone from error
        if refused.reason == OpReused.reason:
            # Not an outcome: the step is done, with another content than this run asks for.
            raise Parked(f"step {step.number} was asked for something else before") from error
        if not step.is_pivot:
            raise Parked(f"step {step.number} refused: {refused.reason}") from error
        raise KeptRejection(
            refused.domain, refused.reason, code, error.details() or "", **refused.metadata
        ) from error


@dataclass(slots=True)
class Drive:
    """An operation that this process drives now."""

    task: asyncio.Task[None]
    answer: asyncio.Future[Message]


@dataclass(slots=True)
class Operations:
    """Opens, drives and remembers the operations of one service."""

    database: Database
    refusals: dict[str, type[Rejection]]
    max_open: int = 3
    driver: str = ""
    """Which process drives: its name and place. Whoever starts there later knows that this one is dead."""
    flows: dict[str, Flow] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    drives: dict[tuple[int, str, bytes], Drive] = field(default_factory=dict)
    """By player, op and content: which content is the op's own, its row decides."""
    measures: OperationMeasures = field(default_factory=OperationMeasures)
    marks: Marks = field(init=False)

    def __post_init__(self) -> None:
        self.marks = Marks(self.database)

    def wake(self) -> None:
        """Lets the sweeper look at once: there is something that nobody drives."""
        self.woken.set()

    def register(self, flow: Flow) -> None:
        """Makes a flow known, so that the sweeper can finish it too."""
        self.flows[flow.kind] = flow

    async def run(self, kind: str, order: Any) -> Any:
        """Drives a wish to its end, or joins whoever drives it; the answer is the same for every repeat.

        The work goes on in a task of its own when the caller's deadline ends (rule C7).
        """
        op = Op()
        op.CopyFrom(order.op)
        key = (op.user_id, op.op_id, request_hash(order))
        drive = self.drives.get(key)
        if drive is None:
            drive = self._start(self.flows[kind], op, order, None)
        return await asyncio.shield(drive.answer)

    async def join(self, user_id: int, op_id: str) -> Any:
        """The answer of another wish of the same player, asked for in that wish's own words."""
        row = await store.find_operation(self.database.bare, user_id, op_id)
        if row is None:
            raise Unknown("the operation's row is gone")
        if row.is_wiped:
            raise UserGone
        return await self.run(row.kind, self.flows[row.kind].order.FromString(row.request))

    async def repair(self, row: Row) -> None:
        """Drives an operation whose first driver is gone; raises what kept it from its end."""
        flow = self.flows[row.kind]
        order: Any = flow.order.FromString(row.request)
        drive = self._start(flow, order.op, order, row)
        await asyncio.wait([drive.task])
        try:
            drive.answer.result()
        except Rejection:
            return

    async def stop(self) -> None:
        """Drops the drivers and lets go of their leases, so that another replica can go on at once."""
        drives = list(self.drives.items())
        for _, drive in drives:
            drive.task.cancel()
        await asyncio.gather(*(drive.task for _, drive in drives), return_exceptions=True)
        for (user_id, op_id, _), _ in drives:
            try:
                await store.let_go(self.database.bare, user_id, op_id, self.driver)
            except DatabaseTrouble:
                return

    def _start(self, flow: Flow, op: Op, order: Any, row: Row | None) -> Drive:
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._drive(flow, op, order, row, answer))
        drive = Drive(task, answer)
        key = (op.user_id, op.op_id, request_hash(order))
        self.drives[key] = drive
        answer.add_done_callback(_look_at)

        def forget(done: asyncio.Task[None]) -> None:
            if self.drives.get(key) is drive:
                del self.drives[key]
            if not answer.done():
                answer.set_exception(Unknown("the driver was stopped"))
            if not done.cancelled() and done.exception() is not None:
                log.error("operation.driver_failed", error=repr(done.exception()))

        task.add_done_callback(forget)
        return drive

    async def _drive(
        self, flow: Flow, op: Op, order: Any, row: Row | None, answer: asyncio.Future[Message]
    ) -> None:
        # A driver outlives the call that started it, and so do the calls it makes.
        deadline.set(None)
        logs.operation.set(op.op_id)
        try:
            while True:
                operation = Operation(self, op, flow, order)
                if row is not None:
                    operation.resume(row)
                try:
                    await self._finish(operation, await flow.run(operation, order), answer)
                    return
                except Elsewhere:
                    row = await self._follow(flow, op, order, answer)
                    if row is None:
                        return
                except (UserGone, KeptRejection) as refusal:
                    gone = isinstance(refusal, UserGone)
                    await operation.close(CLOSED_GONE if gone else REJECTED, keep(refusal))
                    raise
        except asyncio.CancelledError:
            raise
        except Parked as trouble:
            log.error("operation.parked", kind=flow.kind, op_id=op.op_id, why=str(trouble))
            self.measures.parked(flow.kind)
            await store.park(self.database.bare, op.user_id, op.op_id, str(trouble))
            _set(answer, trouble)
        except Exception as error:
            _set(answer, error)

    async def _finish(
        self, operation: Operation, message: Message, answer: asyncio.Future[Message]
    ) -> None:
        """The caller has the answer first: every effect of it is durable already."""
        if not answer.done():
            answer.set_result(message)
            self.measures.answered(operation.kind, time.perf_counter() - operation.began)
        mark = message.SerializeToString(deterministic=True)
        trouble: DatabaseTrouble | None = None
        for attempt in range(MARK_TRIES):
            try:
                await operation.close(DONE, mark)
                return
            except DatabaseTrouble as busy:
                # Left open, it would count among the few that its player may have, until its lease ends.
                trouble = busy
            await asyncio.sleep(FOLLOW_S * 2**attempt * random.uniform(0.7, 1.3))  # noqa: S311
        log.warning("operation.mark_lost", op_id=operation.op.op_id, why=str(trouble))

    async def _follow(
        self, flow: Flow, op: Op, order: Any, answer: asyncio.Future[Message]
    ) -> Row | None:
        """Waits for another driver's answer, or takes the operation over when that driver is gone."""
        while True:
            row = await store.find_operation(self.database.bare, op.user_id, op.op_id)
            if row is None:
                raise Unknown("the operation's row is gone")
            if row.request_hash != request_hash(order) or row.kind != flow.kind:
                raise OpReused
            if row.is_wiped:
                raise UserGone
            if row.is_final:
                self._settle(flow, row, answer)
                return None
            if row.parked:
                # Not parked once more: what parked it stays written there, and one alarm is enough.
                _set(answer, Parked("waits for an operator"))
                return None
            has_left = row.driver == self.driver and self._is_alone(op, order, answer)
            if has_left or not row.is_leased:
                claimed = await store.claim(
                    self.database.bare, op.user_id, op.op_id, self.driver, has_left=has_left
                )
                if claimed is not None:
                    return claimed
            await asyncio.sleep(FOLLOW_S)

    def _is_alone(self, op: Op, order: Any, answer: asyncio.Future[Message]) -> bool:
        """Whether no other drive of this process has the operation: one that met trouble has left it."""
        drive = self.drives.get((op.user_id, op.op_id, request_hash(order)))
        return drive is not None and drive.answer is answer

    def _settle(self, flow: Flow, row: Row, answer: asyncio.Future[Message]) -> None:
        assert row.result is not None
        match row.state:
            case store.DONE:
                if not answer.done():
                    answer.set_result(flow.answer.FromString(row.result))
            case store.CLOSED_GONE:
                raise UserGone
            case _:
                raise recall(row.result, self.refusals)


def _with_found(made: M, kept: dict[str, Any], frozen: dict[str, Any]) -> M:
    """A message that was kept, with what its statement has found beside it."""
    found = {name: value for name, value in frozen.items() if kept.get(name) != value}
    whole = type(made)()
    whole.CopyFrom(made)
    return json_format.ParseDict(found, whole) if found else whole


def _set(answer: asyncio.Future[Message], error: BaseException) -> None:
    if not answer.done():
        answer.set_exception(error)


def _look_at(answer: asyncio.Future[Message]) -> None:
    """Nobody may be waiting any more; the failure is then seen here and not by the loop."""
    if not answer.cancelled():
        answer.exception()
