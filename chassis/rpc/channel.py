"""The client's side of a call: who is calling, the deadline, the trace, retry of what is not there now."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import grpc
from opentelemetry.trace import SpanKind

from chassis import attributes, telemetry
from chassis.rpc.certificates import Certificates, host_of, is_here, to_call
from chassis.settings import SettingsError

CALLER = "geminya-caller"
MAX_REQUEST = 64 * 1024
MAX_RESPONSE = 1024 * 1024
HOP_S = 0.05
"""Kept back of the caller's own deadline for the way home."""

deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""When the call that this task answers must be answered, by the monotonic clock."""

calling: ContextVar[str] = ContextVar("calling", default="")
"""Who asked for what this task does."""

SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "0.4s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
        # A service that is down must not be asked three times by everybody.
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
    }
)
OPTIONS = [
    ("grpc.service_config", SERVICE_CONFIG),
    ("grpc.max_send_message_length", MAX_REQUEST),
    ("grpc.max_receive_message_length", MAX_RESPONSE),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.use_local_subchannel_pool", 1),
]

LOOK_S = 1.0
"""How often the files of certificates are looked at, while there are calls."""
LINGER_S = 60.0
"""How long calls that began with the certificates of before may go on."""

Send = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""What stands between a call and the wire: a test counts, loses, doubles and delays here."""


async def send_plainly(_: str, call: Callable[[], Awaitable[Any]]) -> Any:
    """The wire as it is."""
    return await call()


class Wire:
    """The connection under a channel: a new one when this process has new certificates.

    The library cannot renew what a channel proves itself with. Calls that are under way end on the old one.
    """

    def __init__(self, target: str, server: str, certificates: Certificates | None) -> None:
        self._target = target
        self._server = server
        self._certificates = certificates
        self._papers = certificates.current() if certificates else None
        self._look_at = time.monotonic() + LOOK_S
        self._ending: dict[grpc.aio.Channel, asyncio.Task[None]] = {}
        self._inner = self._connected()

    def now(self) -> grpc.aio.Channel:
        """The one for calls that begin now."""
        if self._certificates is not None and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_S
            papers = self._certificates.current()
            if papers is not self._papers:
                self._papers = papers
                self._replace()
        return self._inner

    async def close(self, grace: float | None) -> None:
        """Ends it, and those before it."""
        ending = {**self._ending}
        for inner in (self._inner, *ending):
            await inner.close(grace)
        await asyncio.gather(*ending.values())

    def _replace(self) -> None:
        old, self._inner = self._inner, self._connected()
        ending = asyncio.ensure_future(old.close(LINGER_S))
        self._ending[old] = ending
        ending.add_done_callback(lambda _: self._ending.pop(old))

    def _connected(self) -> grpc.aio.Channel:
        if self._papers is None:
            return grpc.aio.insecure_channel(self._target, options=OPTIONS)
        # Wherever it is called, the service must be the one that is meant.
        options = [*OPTIONS, ("grpc.ssl_target_name_override", host_of(self._server))]
        return grpc.aio.secure_channel(self._target, to_call(self._papers), options=options)


class _Method:
    """A method on whatever connection there is now."""

    def __init__(self, wire: Wire, make: Callable[[grpc.aio.Channel], Any]) -> None:
        self._wire = wire
        self._make = make
        self._inner = wire.now()
        self._method = make(self._inner)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (inner := self._wire.now()) is not self._inner:
            self._inner, self._method = inner, self._make(inner)
        return self._method(*args, **kwargs)


class Channel(grpc.aio.Channel):
    """A connection to one service, as one caller. A stub made on it needs no more than the request."""

    def __init__(
        self,
        wire: Wire,
        caller: str,
        default_timeout_s: float,
        send: Send,
        *,
        waits: bool = False,
    ) -> None:
        self._wire = wire
        self._caller = caller
        self._timeout_s = default_timeout_s
        self._send = send
        self._waits = waits

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        inner = _Method(self._wire, lambda wire: wire.unary_unary(method, *args, **kwargs))
        name = method.removeprefix("/geminya.")

        async def call(request: Any, *, timeout: float | None = None) -> Any:
            with telemetry.span(name, {attributes.RPC_METHOD: name}, SpanKind.CLIENT) as span:
                given = self._timeout(timeout)
                # Who gives a timeout has patience of their own.
                waits = self._waits and timeout is None

                async def go() -> Any:
                    return await inner(
                        request, timeout=given, metadata=self._metadata(), wait_for_ready=waits
                    )

                try:
                    return await self._send(method, go)
                except grpc.aio.AioRpcError as error:
                    span.set_attribute(attributes.RPC_CODE, error.code().name)
                    raise

        return call

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        inner = _Method(self._wire, lambda wire: wire.stream_unary(method, *args, **kwargs))
        name = method.removeprefix("/geminya.")

        async def call(requests: AsyncIterator[Any], *, timeout: float | None = None) -> Any:
            with telemetry.span(name, {attributes.RPC_METHOD: name}, SpanKind.CLIENT):
                return await inner(
                    requests, timeout=self._timeout(timeout), metadata=self._metadata()
                )

        return call

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return self._wire.now().unary_stream(*args, **kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return self._wire.now().stream_stream(*args, **kwargs)

    async def __aenter__(self) -> "Channel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Ends the connection."""
        await self._wire.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """How the connection is."""
        return self._wire.now().get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits until the connection is otherwise."""
        await self._wire.now().wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Waits for the connection."""
        await self._wire.now().channel_ready()

    def _timeout(self, given: float | None) -> float:
        """An explicit timeout stands: a driver outlives its caller. Else what is left of the caller's."""
        if given is not None:
            return given
        ends = deadline.get()
        left = self._timeout_s if ends is None else ends - time.monotonic() - HOP_S
        # With nothing left the call fails before it leaves.
        return min(self._timeout_s, left)

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        parent = telemetry.traceparent()
        caller = (CALLER, self._caller)
        return (caller, ("traceparent", parent)) if parent else (caller,)


def dial(
    address: str,
    *,
    caller: str,
    default_timeout_s: float = 3.0,
    send: Send = send_plainly,
    waits: bool = False,
    server: str = "",
    certificates: Certificates | None = None,
) -> Channel:
    """A channel to a service; it connects with the first call and again whenever it must.

    With certificates, both ends prove who they are, and `server` names the service that must be there.
    One that waits holds a call back while the service is away, as long as the default timeout
    allows; every other fails such a call at once.
    """
    if certificates is None and not is_here(address):
        raise SettingsError(
            f"{address} is another machine and GEMINYA_TLS_DIR is not set: without certificates "
            "processes talk on loopback only; `geminya certs` makes them"
        )
    is_target = "://" in address or address.startswith(("unix:", "ipv4:", "ipv6:"))
    target = address if is_target else f"dns:///{address}"
    wire = Wire(target, server, certificates)
    return Channel(wire, caller, default_timeout_s, send, waits=waits)
