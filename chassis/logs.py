"""Structured logs: an event name and facts, with the trace they belong to."""

import logging
import sys
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog
from opentelemetry import trace

log = structlog.get_logger()

operation: ContextVar[str] = ContextVar("operation", default="")
"""The operation that this task works for: whatever it logs carries the id."""

_alarm: Callable[[str], None] | None = None


def count_alarms(alarm: Callable[[str], None]) -> None:
    """Calls this with the event of every line of level error, from here on."""
    global _alarm
    _alarm = alarm


def _count(_: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # `exception` is an error with its trace; a method's name comes here, not a level.
    if _alarm is not None and level in ("error", "exception", "critical"):
        _alarm(str(event["event"]))
    return event


def _add_operation(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    op_id = operation.get()
    if op_id:
        event.setdefault("op_id", op_id)
    return event


def _add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
        event["span_id"] = format(context.span_id, "016x")
    return event


class _Libraries(logging.Handler):
    """What libraries say, in lines like all others."""

    def emit(self, record: logging.LogRecord) -> None:
        facts = {"library": record.name, "said": record.getMessage(), "exc_info": record.exc_info}
        if record.levelno >= logging.ERROR:
            log.error("library.said", **facts)
        else:
            log.warning("library.said", **facts)


def start(service: str) -> None:
    """Logs as JSON lines, or in colours on a terminal."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _count,
            _add_trace,
            _add_operation,
            *([] if on_terminal else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if on_terminal
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, handlers=[_Libraries()])
