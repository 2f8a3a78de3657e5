"""Whatever somebody must look at is counted, from zero on."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from chassis import logs
from chassis.metric_names import ALARMS, METRICS
from chassis.metrics import Meter

ROOT = Path(__file__).resolve().parents[3]
BEFORE_THE_START = {"process.cannot_start", "bot.cannot_start"}
"""Nobody counts yet; the process ends with them."""


def errors_in(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in ("error", "exception") and node.args:
            event = node.args[0]
            if isinstance(event, ast.Constant):
                yield str(event.value)


def test_every_error_that_is_logged_is_an_alarm() -> None:
    logged = {
        event
        for folder in ("chassis", "services", "gateway_bot")
        for source in (ROOT / folder).rglob("*.py")
        for event in errors_in(source)
    }

    assert logged - BEFORE_THE_START == set(ALARMS)


def test_every_metric_has_its_prefix_and_a_meaning() -> None:
    for name, meaning in METRICS.items():
        assert name.startswith("geminya_")
        assert not name.endswith("_total"), "a counter gets it by itself"
        assert meaning.endswith((".", ")."))


def test_an_error_counts_and_a_warning_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter()
    before = structlog.get_config()
    monkeypatch.setattr(logs, "_alarm", None)
    logs.start("test")
    try:
        logs.count_alarms(meter.alarm)
        log = structlog.get_logger()
        log.warning("codes.guessed")
        log.error("codes.guessed")
        log.exception("codes.guessed")
    finally:
        structlog.configure(**before)
        structlog.contextvars.clear_contextvars()
    value = meter.registry.get_sample_value
    assert value("geminya_alarms_total", {"event": "codes.guessed"}) == 2
    assert value("geminya_alarms_total", {"event": "operation.parked"}) == 0
