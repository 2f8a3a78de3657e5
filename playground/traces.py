"""A small receiver of traces: OTLP over HTTP in, the last few hundred traces in memory."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

KEPT_TRACES = 300
KEPT_SPANS = 2_000
INTERACTION_ID = "geminya.interaction.id"
"""The attribute by which a root span names its interaction."""
PROTOBUF = "application/x-protobuf"
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
STATES = ("unset", "ok", "error")


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of work in a trace."""

    span_id: str
    parent_span_id: str | None
    name: str
    service: str
    kind: str
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    status: str
    status_message: str


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace a `traceparent` header names."""
    named = TRACEPARENT.fullmatch(traceparent or "")
    return named[1] if named else None


class Traces:
    """The last traces, by id and by interaction."""

    def __init__(self, told: Callable[[str], None] = lambda trace_id: None) -> None:
        self._told = told
        self._spans: OrderedDict[str, dict[str, Span]] = OrderedDict()
        self._by_interaction: OrderedDict[str, str] = OrderedDict()
        self._arrived = asyncio.Condition()

    def spans(self, trace_id: str) -> list[Span]:
        """The spans of a trace that arrived so far, earliest first."""
        spans = self._spans.get(trace_id, {}).values()
        return sorted(spans, key=lambda span: (span.start_ns, -span.end_ns))

    def of_interaction(self, interaction_id: str) -> str | None:
        """The trace whose root names this interaction, when it arrived."""
        return self._by_interaction.get(interaction_id)

    async def wait_for(self, interaction_id: str, seconds: float) -> str | None:
        """The trace of an interaction, which may be on its way."""
        if known_id := self.of_interaction(interaction_id):
            return known_id
        async with self._arrived:
            try:
                known = self._arrived.wait_for(lambda: self.of_interaction(interaction_id))
                return await asyncio.wait_for(known, seconds)
            except TimeoutError:
                return None

    async def keep(self, arrived: list[tuple[str, Span]]) -> None:
        """Adds spans; the oldest trace leaves when there are too many."""
        for trace_id, span in arrived:
            spans = self._spans.setdefault(trace_id, {})
            if len(spans) < KEPT_SPANS:
                spans[span.span_id] = span
            self._index(trace_id, span)
        while len(self._spans) > KEPT_TRACES:
            self._spans.popitem(last=False)
        while len(self._by_interaction) > KEPT_TRACES:
            self._by_interaction.popitem(last=False)
        async with self._arrived:
            self._arrived.notify_all()
        for trace_id in {trace_id for trace_id, _ in arrived}:
            self._told(trace_id)

    def _index(self, trace_id: str, span: Span) -> None:
        interaction_id = span.attributes.get(INTERACTION_ID)
        if interaction_id is not None and span.parent_span_id is None:
            self._by_interaction[str(interaction_id)] = trace_id

    async def receive(self, request: web.Request) -> web.Response:
        """`POST /v1/traces`, as an exporter sends it."""
        if request.content_type != PROTOBUF:
            raise web.HTTPUnsupportedMediaType(text=f"only {PROTOBUF}")
        try:
            export = ExportTraceServiceRequest.FromString(await request.read())
        except DecodeError as wrong:
            raise web.HTTPBadRequest(text="not an export of traces") from wrong
        await self.keep(list(_spans(export)))
        body = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=body, content_type=PROTOBUF)

    async def show(self, request: web.Request) -> web.Response:
        """`GET /api/traces/{id}`."""
        trace_id = request.match_info["trace"]
        spans = self.spans(trace_id)
        if not spans:
            return web.json_response({"error": f"no trace {trace_id}"}, status=404)
        return web.json_response({"trace_id": trace_id, "spans": [asdict(s) for s in spans]})


def _spans(export: ExportTraceServiceRequest) -> Iterator[tuple[str, Span]]:
    for resource in export.resource_spans:
        service = str(_attributes(resource.resource.attributes).get("service.name", "unknown"))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield span.trace_id.hex(), _span(span, service)


def _span(span: SpanMessage, service: str) -> Span:
    return Span(
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex() or None,
        name=span.name,
        service=service,
        kind=KINDS[span.kind] if span.kind < len(KINDS) else KINDS[0],
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
        status=STATES[span.status.code] if span.status.code < len(STATES) else STATES[0],
        status_message=span.status.message,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs if isinstance(pair, KeyValue)}


def _value(value: AnyValue) -> Any:
    match value.WhichOneof("value"):
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case "bytes_value":
            return value.bytes_value.hex()
        case None:
            return None
        case name:
            return getattr(value, name)
