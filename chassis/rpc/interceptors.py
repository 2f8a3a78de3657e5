"""The server's side of a call, in this order: trace, log, shed, callers, guard, validate, freeze.

The handlers are wrapped once, when a servicer is added, instead of by grpc's own interceptors on every call.
Nothing but a code, a reason and, for a bug, an error id ever leaves the house.
"""

import asyncio
import contextlib
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError
from opentelemetry.trace import SpanKind

from chassis import attributes, logs, telemetry
from chassis.measures import CallMeasures
from chassis.operations.features import Features
from chassis.operations.operation import Elsewhere, Parked, Unknown
from chassis.operations.refusals import TooMany
from chassis.postgres import DatabaseConflict, DatabaseTrouble
from chassis.rejection import Rejection
from chassis.rpc import channel, status
from chassis.rpc.certificates import name_of_peer
from chassis.rpc.checks import violations
from chassis.rpc.page import BadRequest
from chassis.workers import WorkersTrouble
from geminya.common.v1.callers_pb2 import Caller, callers, feature

log = structlog.get_logger()
Code = grpc.StatusCode
Context = grpc.aio.ServicerContext[Any, Any]

AWAY = {Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.CANCELLED}
"""Another service cannot answer now, or was stopped in the middle; that is no bug of this one."""
CONFLICT_TRIES = 3
PACE_WINDOW_S = 10.0
PUSH_BACK_MS = "200"
ROOM = {"step": 400, "change": 200, "read": 200}
"""How many calls of a kind are answered at once: steps of open operations never wait behind reads."""


class Undecodable:
    """Stands for bytes that are no message."""


@dataclass(slots=True)
class Shed:
    """Refuses work before it begins when there is too much of it."""

    room: dict[str, int] = field(default_factory=lambda: dict(ROOM))
    max_changes: int = 10
    """Changes of one player in ten seconds; a repeat is not another change."""
    _recent: OrderedDict[int, deque[tuple[float, str]]] = field(default_factory=OrderedDict)

    def kind_of(self, request: Any) -> str:
        """Step, change or read."""
        op = getattr(request, "op", None)
        if op is None and hasattr(request, "requests"):
            # Steps of several players in company.
            return "step"
        return "read" if op is None else "step" if op.step else "change"

    def keep_pace(self, user_id: int, op_id: str) -> None:
        """Lets a change in, or says that there were too many."""
        now = time.monotonic()
        recent = self._recent.setdefault(user_id, deque())
        self._recent.move_to_end(user_id)
        while recent and recent[0][0] < now - PACE_WINDOW_S:
            recent.popleft()
        if any(known == op_id for _, known in recent):
            return
        if len(recent) >= self.max_changes:
            raise TooMany(limit="changes in ten seconds")
        recent.append((now, op_id))
        while len(self._recent) > 50_000:
            self._recent.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a call ends that did not get its answer."""

    code: grpc.StatusCode
    text: str
    status: Any = None
    """With details, where there are some."""
    reason: str = ""


class Pipeline:
    """Wraps the methods of servicers with everything around a call."""

    def __init__(
        self,
        shed: Shed,
        *,
        takes_names: bool,
        features: Features | None = None,
        measures: CallMeasures | None = None,
    ) -> None:
        self._shed = shed
        self._measures = measures or CallMeasures()
        self._features = features
        self.is_ready = True
        """Off while the process has not read yet what it answers from."""
        self._takes_names = takes_names
        """The caller's name is read from metadata, on loopback only, and not from a certificate."""

    def add(
        self, servicer: object, add_to_server: Callable[..., None], service: Any, server: Any
    ) -> None:
        """Adds a servicer; a method whose contract names no callers stops the process here."""
        methods = {f"/{service.full_name}/{m.name}": m for m in service.methods}
        for name, method in methods.items():
            if not method.GetOptions().Extensions[callers]:
                raise RuntimeError(f"{name} has no callers in its contract")
        add_to_server(servicer, _Wrapping(server, self, methods))

    def unary(self, method: MethodDescriptor, behavior: Callable[..., Awaitable[Any]]) -> Any:
        """One request, one answer."""
        return self._around(method, behavior, lambda request: request)

    def stream(self, method: MethodDescriptor, behavior: Callable[..., Awaitable[Any]]) -> Any:
        """Many requests, one answer; each is checked as it comes."""
        return self._around(method, behavior, _checked)

    def _around(
        self,
        method: MethodDescriptor,
        behavior: Callable[..., Awaitable[Any]],
        prepare: Callable[[Any], Any],
    ) -> Any:
        service = method.containing_service.full_name
        name = f"{service.removeprefix('geminya.')}/{method.name}"
        allowed = {
            Caller.Name(c).removeprefix("CALLER_").lower()
            for c in method.GetOptions().Extensions[callers]
        }
        is_stream, part = prepare is _checked, method.GetOptions().Extensions[feature]

        async def call(request: Any, context: Context) -> Any:
            metadata = dict(context.invocation_metadata() or ())
            began = time.perf_counter()
            with (
                telemetry.under(str(metadata.get("traceparent", ""))),
                telemetry.span(name, {attributes.RPC_METHOD: name}, SpanKind.SERVER) as span,
            ):
                caller = self._caller(metadata, context)
                failure: Failure | None = None
                answer = None
                try:
                    self._admit(caller, allowed, context)
                    answer = await self._answer(
                        prepare(request), context, behavior, is_stream, part
                    )
                except asyncio.CancelledError:
                    failure = Failure(Code.CANCELLED, "the caller has gone")
                    raise
                except Exception as error:
                    failure = failure_of(error)
                finally:
                    took_s = time.perf_counter() - began
                    _tell(span, name, caller, request, failure, took_s)
                    code, reason = (failure.code.name, failure.reason) if failure else ("OK", "")
                    self._measures.answered(name, code, reason, took_s)
            if failure is not None:
                await _end(context, failure)
            return answer

        return call

    def _caller(self, metadata: dict[str, Any], context: Context) -> str:
        if not self._takes_names:
            return name_of_peer(context.auth_context())
        if not is_loopback(context.peer()):
            return ""
        return str(metadata.get(channel.CALLER, ""))

    def _admit(self, caller: str, allowed: set[str], context: Context) -> None:
        if not caller:
            raise Ended(Failure(Code.UNAUTHENTICATED, "no identity"))
        if caller not in allowed:
            raise Ended(Failure(Code.PERMISSION_DENIED, f"{caller} may not call this"))
        if not self.is_ready:
            raise Ended(Failure(Code.UNAVAILABLE, "starting, try again"))
        left = cast("float | None", context.time_remaining())
        if left is None:
            raise Ended(Failure(Code.INVALID_ARGUMENT, "every call needs a deadline"))
        channel.deadline.set(time.monotonic() + left)
        channel.calling.set(caller)

    async def _answer(
        self,
        request: Any,
        context: Context,
        behavior: Callable[..., Awaitable[Any]],
        is_stream: bool,
        part: str,
    ) -> Any:
        kind = self._shed.kind_of(request)
        if self._shed.room[kind] <= 0:
            raise Ended(Failure(Code.RESOURCE_EXHAUSTED, f"no room for another {kind}"))
        self._shed.room[kind] -= 1
        try:
            if not is_stream:
                _check(request)
                _check_step(request, channel.calling.get())
                if (op := getattr(request, "op", None)) is not None:
                    logs.operation.set(op.op_id)
                if kind == "change":
                    op = request.op
                    if self._features is not None:
                        # Before the pace: what is frozen does not count as a change.
                        await self._features.admit(part, op)
                    # The parts of one command are one change.
                    self._shed.keep_pace(op.user_id, op.parent_op_id or op.op_id)
            # A stream is read once and cannot be given again.
            for _ in range(0 if is_stream else CONFLICT_TRIES - 1):
                # The database has undone all of it, so the same again is as good as new.
                with contextlib.suppress(DatabaseConflict):
                    return await behavior(request, context)
            return await behavior(request, context)
        finally:
            self._shed.room[kind] += 1


class Ended(Exception):
    """The call ends before its method is asked."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


def is_loopback(peer: str) -> bool:
    """Whether a call came from this machine."""
    return peer.startswith(("ipv4:127.", "ipv6:[::1]", "ipv6:%5B::1%5D", "unix:"))


def failure_of(error: Exception) -> Failure:
    """The one place where an error becomes a status."""
    match error:
        case Ended():
            return error.failure
        case Rejection():
            made = status.status_of(error)
            return Failure(Code[error.because.value], str(error), made, error.reason)
        case BadRequest():
            return Failure(Code.INVALID_ARGUMENT, str(error), status.bad_request(error.violations))
        case DatabaseConflict():
            return Failure(Code.ABORTED, "try again")
        case DatabaseTrouble() | Unknown() | Parked() | Elsewhere() | WorkersTrouble():
            log.warning("call.trouble", why=str(error))
            return Failure(Code.UNAVAILABLE, "not now, try again")
        case grpc.aio.AioRpcError() if error.code() in AWAY:
            log.warning("call.peer_away", why=str(error.details()))
            return Failure(Code.UNAVAILABLE, "not now, try again")
        case _:
            error_id = uuid.uuid4().hex[:12]
            log.error("call.failed", error_id=error_id, exc_info=error)
            return Failure(Code.INTERNAL, f"internal error {error_id}")


async def _end(context: Context, failure: Failure) -> None:
    is_busy = failure.code is Code.RESOURCE_EXHAUSTED
    pushed_back = (("grpc-retry-pushback-ms", PUSH_BACK_MS),) if is_busy else ()
    if failure.status is not None:
        await status.abort(context, failure.status, *pushed_back)
    await context.abort(failure.code, failure.text, pushed_back)


def _check(request: Any) -> None:
    if isinstance(request, Undecodable):
        raise Ended(Failure(Code.INVALID_ARGUMENT, "the bytes are not this message"))
    found = violations(request)
    if found:
        raise BadRequest(*found)


def _check_step(request: Any, caller: str) -> None:
    """Steps belong to services: a wish of a player has none, and so no way past the limits."""
    op = getattr(request, "op", None)
    if op is not None and op.step and caller in ("bot", "admin"):
        raise BadRequest(status.Violation("op.step", "is for services only"))


async def _checked(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        _check(request)
        yield request


def _tell(
    span: Any, name: str, caller: str, request: Any, failure: Failure | None, took_s: float
) -> None:
    code = failure.code.name if failure else "OK"
    op = getattr(request, "op", None)
    facts: dict[str, Any] = {"op_id": op.op_id} if op is not None else {}
    if failure and failure.reason:
        facts["reason"] = failure.reason
    if span.is_recording():
        span.set_attributes({attributes.RPC_CODE: code, attributes.RPC_CALLER: caller})
        if op is not None:
            span.set_attributes({attributes.OP_ID: op.op_id, attributes.OP_STEP: op.step})
        if failure and failure.reason:
            span.set_attribute(attributes.REFUSAL_REASON, failure.reason)
    log.info(
        "call.answered", method=name, code=code, caller=caller, ms=round(took_s * 1e3, 2), **facts
    )


class _Wrapping:
    """Takes the handlers that generated code makes and adds them wrapped."""

    def __init__(
        self, server: Any, pipeline: Pipeline, methods: dict[str, MethodDescriptor]
    ) -> None:
        self._server = server
        self._pipeline = pipeline
        self._methods = methods

    def add_generic_rpc_handlers(self, _: Any) -> None:
        """The registered handlers below are enough."""

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Any]) -> None:
        wrapped = {
            name: self._wrap(self._methods[f"/{service}/{name}"], handler)
            for name, handler in handlers.items()
        }
        generic = grpc.method_handlers_generic_handler(service, wrapped)
        self._server.add_generic_rpc_handlers((generic,))

    def _wrap(self, method: MethodDescriptor, handler: Any) -> Any:
        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(
                self._pipeline.unary(method, handler.unary_unary),
                request_deserializer=_careful(handler.request_deserializer),
                response_serializer=handler.response_serializer,
            )
        assert handler.stream_unary, "answers are never streams"
        return grpc.stream_unary_rpc_method_handler(
            self._pipeline.stream(method, handler.stream_unary),
            request_deserializer=_careful(handler.request_deserializer),
            response_serializer=handler.response_serializer,
        )


def _careful(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Plain grpc.aio answers broken bytes with UNKNOWN and the name of an exception."""

    def read(raw: bytes) -> Any:
        try:
            return deserialize(raw)
        except DecodeError:
            return Undecodable()

    return read
