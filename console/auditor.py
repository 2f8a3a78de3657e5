"""The invariants asked again and again, with the answer shown to Prometheus."""

import contextlib
import signal
import time
from collections.abc import Callable, Sequence

import typer

from chassis.metrics import Meter
from chassis.postgres import DatabaseTrouble
from chassis.settings import Settings
from console.invariants import INVARIANTS, Finding

NEVER = 0.0


class Auditor:
    """What the last look at the invariants has found."""

    def __init__(self, meter: Meter, look: Callable[[], Sequence[Finding]]) -> None:
        self._look = look
        self._violations = dict.fromkeys((one.id for one in INVARIANTS), 0)
        self._finished_at = NEVER
        self._took_s = 0.0
        meter.look(
            "geminya_invariant_violations",
            ("invariant",),
            lambda: {(name,): float(count) for name, count in self._violations.items()},
        )
        meter.look("geminya_audit_duration_seconds", (), lambda: {(): self._took_s})
        meter.look("geminya_audit_finish_timestamp_seconds", (), lambda: {(): self._finished_at})

    def look(self) -> list[Finding]:
        """Asks every invariant; what is violated."""
        began = time.monotonic()
        findings = self._look()
        self._took_s = time.monotonic() - began
        self._violations = {finding.id: finding.violations for finding in findings}
        self._finished_at = time.time()
        return [finding for finding in findings if finding.violations]


def watch(settings: Settings, every_s: float, look: Callable[[], Sequence[Finding]]) -> None:
    """Looks until somebody ends it. A database that is away is looked at the next time."""
    meter = Meter()
    auditor = Auditor(meter, look)
    meter.serve(settings)
    # As the first process of a container it would not hear the signal otherwise.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            began = time.monotonic()
            try:
                for finding in auditor.look():
                    typer.echo(
                        f"{finding.id} VIOLATED {finding.violations} times: {finding.sample}"
                    )
            except DatabaseTrouble as trouble:
                typer.echo(f"the database does not answer: {trouble}")
            # Never more than half of the time at work, however long a look takes.
            took_s = time.monotonic() - began
            time.sleep(max(took_s, every_s - took_s))
