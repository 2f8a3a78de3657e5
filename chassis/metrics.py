"""What a process measures, shown to Prometheus at `/metrics`; a sampled trace leaves its id as an exemplar.

Nothing here is global: each process, and in tests each service, has a `Meter` of its own. Names and meanings stand
in `chassis/metric_names.py`, once.
"""

import asyncio
import errno
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from opentelemetry import trace
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    Summary,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chassis.metric_names import ALARMS, LABELS, METRICS
from chassis.settings import Settings, SettingsError
from chassis.workers import Workers

# A second series beside each one, that no query of ours asks for.
disable_created_metrics()

LOOK_S = 0.25
"""How often the event loop is asked whether it is late."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5)

Labels = tuple[str, ...]
Seen = Mapping[Labels, float]
"""Values by the values of their labels."""


class _Look(Collector):
    """A metric that is looked up when somebody asks, so that it costs nothing before."""

    def __init__(
        self,
        name: str,
        labels: Labels,
        look: Callable[[], Seen],
        family: type[GaugeMetricFamily] | type[CounterMetricFamily],
    ) -> None:
        self._name = name
        self._labels = labels
        self._look = look
        self._family = family

    def describe(self) -> Iterable[Metric]:
        return [self._family(self._name, METRICS[self._name], labels=self._labels)]

    def collect(self) -> Iterable[Metric]:
        family = self._family(self._name, METRICS[self._name], labels=self._labels)
        for values, value in self._look().items():
            family.add_metric(values, value)
        return [family]


class Meter:
    """The measures of one process. A name that the registry does not have is a `KeyError`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._alarms = self.counter("geminya_alarms", "event")
        for event in ALARMS:
            self._alarms.labels(event)
        self._lag = self.histogram("geminya_event_loop_lag_seconds", buckets=LAG_SECONDS)
        self._server: Any = None

    def counter(self, name: str, *labels: str) -> Counter:
        """Counts what happened."""
        return Counter(name, METRICS[name], known(labels), registry=self.registry)

    def histogram(self, name: str, *labels: str, buckets: tuple[float, ...] = SECONDS) -> Histogram:
        """Times, by how long they were."""
        meaning = METRICS[name]
        return Histogram(name, meaning, known(labels), registry=self.registry, buckets=buckets)

    def summary(self, name: str, *labels: str) -> Summary:
        """Times, as their number and their sum."""
        return Summary(name, METRICS[name], known(labels), registry=self.registry)

    def look(
        self,
        name: str,
        labels: Labels,
        look: Callable[[], Seen],
        *,
        kind: Literal["gauge", "counter"] = "gauge",
    ) -> None:
        """A value that is looked up whenever somebody asks."""
        family = GaugeMetricFamily if kind == "gauge" else CounterMetricFamily
        self.registry.register(_Look(name, known(labels), look, family))

    def look_at_workers(self, pools: Mapping[str, Workers]) -> None:
        """The worker processes of this process, by name."""
        self.look(
            "geminya_workers_jobs",
            ("pool",),
            lambda: {(name,): float(pool.jobs) for name, pool in pools.items()},
        )
        self.look(
            "geminya_workers_limit",
            ("pool",),
            lambda: {(name,): float(pool.count) for name, pool in pools.items()},
        )

    def alarm(self, event: str) -> None:
        """Something happened that somebody must look at."""
        self._alarms.labels(event).inc()

    async def watch_loop(self) -> None:
        """Measures how late the event loop is, until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self._lag.observe(max(0.0, loop.time() - due))

    def serve(self, settings: Settings) -> None:
        """Shows the measures at the port of the settings, from a thread of its own; with port 0 nowhere."""
        port = settings.metrics_port
        if not port:
            return
        # Of the whole process, so that two meters of one test do not both tell them.
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        if settings.tls_dir is not None:
            self._look_at_certificate(settings.tls_dir / "tls.crt")
        try:
            self._server, _ = start_http_server(port, settings.host, self.registry)
        except OSError as trouble:
            if trouble.errno != errno.EADDRINUSE:
                raise
            raise SettingsError(f"port {port} is in use; set GEMINYA_METRICS_PORT") from None

    async def close(self) -> None:
        """Shows nothing any more."""
        server, self._server = self._server, None
        if server is not None:
            # It looks only twice a second whether it is to end.
            await asyncio.to_thread(server.shutdown)
            server.server_close()

    def _look_at_certificate(self, file: Path) -> None:
        self.look("geminya_certificate_expiry_timestamp_seconds", (), lambda: {(): end_of(file)})


def known(labels: Iterable[str]) -> Labels:
    """The labels, every one of which is in the registry."""
    found = tuple(labels)
    assert set(found) <= LABELS, found
    return found


def exemplar() -> dict[str, str] | None:
    """The current trace, where it is sampled: from a bar of a histogram it leads to one wish."""
    context = trace.get_current_span().get_span_context()
    if not context.trace_flags & 1:
        return None
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def end_of(certificate: Path) -> float:
    """When a certificate ends, in seconds since 1970; 0 where there is none to be read."""
    # Whoever has no certificate does not need the library.
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(
            certificate.read_bytes()
        ).not_valid_after_utc.timestamp()
    except (OSError, ValueError):
        return 0.0
