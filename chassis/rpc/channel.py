"""The client's side of a call: who is calling, the deadline, the trace, retry of what is not there now."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import grpc
from opentelemetry.trace import SpanKind

from chassis import attributes, telemetry

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

Send = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""What stands between a call and the wire: a test counts, loses, doubles and delays here."""


async def send_plainly(_: str, call: Callable[[], Awaitable[Any]]) -> Any:
    """The wire as it is."""
    return await call()


class Channel(grpc.aio.Channel):
    """A connection to one service, as one caller. A stub made on it needs no more than the request."""

    def __init__(
        self,
        inner: grpc.aio.Channel,
        caller: str,
        default_timeout_s: float,
        send: Send,
        *,
        waits: bool = False,
    ) -> None:
        self._inner = inner
        self._caller = caller
        self._timeout_s = default_timeout_s
        self._send = send
        self._waits = waits

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        inner = self._inner.unary_unary(method, *args, **kwargs)
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
        inner = self._inner.stream_unary(method, *args, **kwargs)
        name = method.removeprefix("/geminya.")

        async def call(requests: AsyncIterator[Any], *, timeout: float | None = None) -> Any:
            with telemetry.span(name, {attributes.RPC_METHOD: name}, SpanKind.CLIENT):
                return await inner(
                    requests, timeout=self._timeout(timeout), metadata=self._metadata()
                )

        return call

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return self._inner.unary_stream(*args, **kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return self._inner.stream_stream(*args, **kwargs)

    async def __aenter__(self) -> "Channel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Ends the connection."""
        await self._inner.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """How the connection is."""
        return self._inner.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits until the connection is otherwise."""
        await self._inner.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Waits for the connection."""
        await self._inner.channel_ready()

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
) -> Channel:
    """A channel to a service; it connects with the first call and again whenever it must.

    One that waits holds a call back while the service is away, as long as the default timeout
    allows; every other fails such a call at once.
    """
    target = address if "://" in address or address.startswith("unix:") else f"dns:///{address}"
    inner = grpc.aio.insecure_channel(target, options=OPTIONS)
    return Channel(inner, caller, default_timeout_s, send, waits=waits)
