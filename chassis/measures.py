"""What a service measures of its calls, its statements and its operations, as words for those who measure."""

from collections.abc import Iterable

from prometheus_client import Counter, Histogram, Summary

from chassis.metrics import Meter, exemplar

WAIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3)
"""The last is as long as a connection is waited for."""
ENDS = {10: "done", 11: "rejected", 12: "gone", 13: "refunded"}
"""Final states of an operation, as words."""


class CallMeasures:
    """Calls that are answered: how many, how they ended, how long they took."""

    def __init__(self, meter: Meter | None = None) -> None:
        meter = meter or Meter()
        self._took = meter.histogram("geminya_rpc_server_duration_seconds", "method", "code")
        self._refused = meter.counter("geminya_refusals", "method", "reason")
        # Finding a child anew takes as long as counting in it does.
        self._known: dict[tuple[str, str], Histogram] = {}

    def answered(self, method: str, code: str, reason: str, took_s: float) -> None:
        """A call has its answer."""
        key = (method, code)
        took = self._known.get(key)
        if took is None:
            took = self._known[key] = self._took.labels(*key)
        took.observe(took_s, exemplar())
        if reason:
            self._refused.labels(method, reason).inc()


class DatabaseMeasures:
    """Statements by their label, and what it took to get a connection."""

    def __init__(self, meter: Meter | None = None) -> None:
        meter = meter or Meter()
        self._took = meter.summary("geminya_db_statement_duration_seconds", "statement")
        self._known: dict[str, Summary] = {}
        self._waited = meter.histogram("geminya_db_pool_wait_seconds", buckets=WAIT_SECONDS)
        self.refused: Counter = meter.counter("geminya_db_pool_refused")
        self.is_up = True
        """Whether the database answered when it was asked last."""
        meter.look("geminya_db_up", (), lambda: {(): float(self.is_up)})

    def ran(self, label: str, took_s: float) -> None:
        """A statement has its result."""
        took = self._known.get(label)
        if took is None:
            took = self._known[label] = self._took.labels(label)
        took.observe(took_s)

    def waited(self, waited_s: float) -> None:
        """A connection was got."""
        self._waited.observe(waited_s)


class OperationMeasures:
    """What became of operations, and how long players waited for it."""

    def __init__(self, meter: Meter | None = None) -> None:
        meter = meter or Meter()
        self._took = meter.histogram("geminya_operation_duration_seconds", "kind")
        self._ended = meter.counter("geminya_operations", "kind", "outcome")
        self._parked = meter.counter("geminya_operations_parked", "kind")
        self._repairs = meter.counter("geminya_repairs", "kind")

    def begin(self, kinds: Iterable[str]) -> None:
        """Lets the counters of these flows begin at zero, so that the first of its kind is seen."""
        for kind in kinds:
            self._parked.labels(kind)
            self._repairs.labels(kind)
            self._ended.labels(kind, "done")

    def answered(self, kind: str, took_s: float) -> None:
        """Whoever asked has the answer."""
        self._took.labels(kind).observe(took_s, exemplar())

    def ended(self, kind: str, state: int) -> None:
        """An operation has its final state."""
        self._ended.labels(kind, ENDS[state]).inc()

    def parked(self, kind: str) -> None:
        """An operation waits for an operator."""
        self._parked.labels(kind).inc()

    def taken_over(self, kind: str) -> None:
        """An operation had lost its driver and has another one."""
        self._repairs.labels(kind).inc()
