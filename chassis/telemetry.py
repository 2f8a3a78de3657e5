"""Spans of a process: one trace from the interaction to the last statement.

Own and small instead of the stock instrumentation: that costs a quarter of the throughput even when nothing
is sampled (docs/decisions/0011). Where the sampled flag is off no span object is made at all.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    format_span_id,
    format_trace_id,
)

from chassis.settings import Settings

FLUSH_MS = 500
"""Spans leave soon, so that the page beside an answer can show them; sent more often, they cost too much."""

_provider: ContextVar[TracerProvider | None] = ContextVar("provider", default=None)
_process: TracerProvider | None = None


def make_provider(service: str, settings: Settings) -> TracerProvider | None:
    """A provider that samples and exports as the settings say; none when spans go nowhere."""
    if not settings.otlp_endpoint:
        return None
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.trace_ratio)),
        resource=Resource.create({"service.name": service}),
    )
    exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint, timeout=2)
    provider.add_span_processor(
        BatchSpanProcessor(exporter, schedule_delay_millis=FLUSH_MS, max_queue_size=8192)
    )
    return provider


def provider_of(service: str, processor: SpanProcessor, ratio: float = 1.0) -> TracerProvider:
    """A provider with a processor of the caller's, for tests."""
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        resource=Resource.create({"service.name": service}),
    )
    provider.add_span_processor(processor)
    return provider


def start(service: str, settings: Settings) -> None:
    """Begins to trace this process."""
    global _process
    _process = make_provider(service, settings)


def stop() -> None:
    """Sends what is left."""
    global _process
    if _process is not None:
        _process.shutdown()
        _process = None


def use(provider: TracerProvider | None) -> None:
    """Gives the tasks that are started from here on a provider of their own: several services in one test process."""
    _provider.set(provider)


def current_provider() -> TracerProvider | None:
    """The provider of this task, or of the process."""
    return _provider.get() or _process


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, Any] | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    links: tuple[Link, ...] = (),
) -> Generator[Span]:
    """A span below the current one. Nothing is made where the trace is not sampled."""
    provider = current_provider()
    parent = trace.get_current_span()
    if provider is None or not parent.get_span_context().trace_flags & 1:
        yield parent
        return
    tracer = provider.get_tracer("geminya")
    with tracer.start_as_current_span(
        name, attributes=attributes, kind=kind, links=links, record_exception=False
    ) as made:
        yield made


@contextmanager
def root_span(
    name: str, attributes: Mapping[str, Any] | None = None, links: tuple[Link, ...] = ()
) -> Generator[Span]:
    """The first span of a new trace; here the trace is sampled or not."""
    provider = current_provider()
    if provider is None:
        yield trace.INVALID_SPAN
        return
    token = otel_context.attach(otel_context.Context())
    try:
        tracer = provider.get_tracer("geminya")
        with tracer.start_as_current_span(
            name, attributes=attributes, links=links, record_exception=False
        ) as made:
            yield made
    finally:
        otel_context.detach(token)


def traceparent() -> str:
    """The header that hands the current trace on (W3C Trace Context); empty without one."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return ""
    ids = f"{format_trace_id(context.trace_id)}-{format_span_id(context.span_id)}"
    return f"00-{ids}-{context.trace_flags & 1:02x}"


def parse(header: str) -> SpanContext | None:
    """The span a header names, or none when there is nothing sound in it."""
    parts = header.split("-")
    if len(parts) != 4 or [len(part) for part in parts] != [2, 32, 16, 2]:
        return None
    try:
        trace_id, span_id, flags = (int(part, 16) for part in parts[1:])
    except ValueError:
        return None
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & 1))
    return context if context.is_valid else None


@contextmanager
def under(header: str) -> Generator[None]:
    """Makes the span that a header names the current one."""
    context = parse(header) if header else None
    if context is None:
        yield
        return
    token = otel_context.attach(trace.set_span_in_context(NonRecordingSpan(context)))
    try:
        yield
    finally:
        otel_context.detach(token)


def link_to(header: str) -> tuple[Link, ...]:
    """A link to the trace that a header names."""
    context = parse(header)
    return (Link(context),) if context else ()
