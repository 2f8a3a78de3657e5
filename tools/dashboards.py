"""Three dashboards for Grafana: is it healthy, what is slow, who is losing money.

`python -m tools.dashboards` writes them to deploy/observability/grafana/dashboards; a test holds the files to this.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "deploy" / "observability" / "grafana" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH = 24
"""Columns of Grafana's grid."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query and how its lines are called."""

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One question and its picture."""

    title: str
    queries: Sequence[Query]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    height: int = 7
    says: str = ""
    """What to read from it."""
    red_from: float | None = None
    """From this value on it is bad."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Panels under headings."""

    uid: str
    title: str
    rows: dict[str, Sequence[Panel]] = field(default_factory=dict)

    def as_json(self) -> str:
        """The file, as Grafana reads it."""
        return json.dumps(self._body(), indent=2, ensure_ascii=False) + "\n"

    def _body(self) -> dict[str, Any]:
        return {
            "uid": self.uid,
            "title": self.title,
            "tags": ["geminya"],
            "timezone": "browser",
            "schemaVersion": 41,
            "version": 1,
            "editable": False,
            "refresh": "30s",
            "time": {"from": "now-3h", "to": "now"},
            "templating": {"list": []},
            "annotations": {"list": []},
            "links": [{"type": "dashboards", "tags": ["geminya"], "title": "Geminya", "asDropdown": False}],
            "panels": self._panels(),
        }  # fmt: skip

    def _panels(self) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        top = 0
        for heading, panels in self.rows.items():
            place = {"x": 0, "y": top, "w": WIDTH, "h": 1}
            made.append({"id": len(made) + 1, "type": "row", "title": heading, "gridPos": place,
                "collapsed": False, "panels": []})  # fmt: skip
            top, left, tallest = top + 1, 0, 0
            for panel in panels:
                if left + panel.width > WIDTH:
                    top, left, tallest = top + tallest, 0, 0
                made.append(_drawn(panel, len(made) + 1, left, top))
                left, tallest = left + panel.width, max(tallest, panel.height)
            top += tallest
        return made


def _drawn(panel: Panel, number: int, left: int, top: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_from is not None:
        steps.append({"color": "red", "value": panel.red_from})
    now = panel.kind in ("stat", "table")
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": {"x": left, "y": top, "w": panel.width, "h": panel.height},
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}} if not now else {},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": SOURCE,
                "expr": query.expression,
                "legendFormat": query.legend or "__auto",
                "instant": now,
                "range": not now,
                "exemplar": "_bucket" in query.expression and not now,
                "format": "table" if panel.kind == "table" else "time_series",
            }
            for index, query in enumerate(panel.queries)
        ],
    }  # fmt: skip


def rate(counter: str, by: str, where: str = "") -> str:
    """How much a counter grows in a second."""
    return f"sum by ({by}) (rate({counter}{{{where}}}[5m]))" if where else f"sum by ({by}) (rate({counter}[5m]))"  # fmt: skip


def quantile(share: float, histogram: str, by: str = "", where: str = "") -> str:
    """The time that this share of all stays below."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share:g}, {rate(f'{histogram}_bucket', labels, where)})"


def mean(summary: str, by: str) -> str:
    """The mean time."""
    return f"{rate(f'{summary}_sum', by)} / {rate(f'{summary}_count', by)}"


def stat(title: str, expression: str, unit: str = "short", red_from: float | None = None) -> Panel:
    """One number."""
    return Panel(title, [Query(expression)], unit, "stat", 4, 4, red_from=red_from)


CALLS, WISHES = "geminya_rpc_server_duration_seconds", "geminya_interaction_duration_seconds"
ACKNOWLEDGED = "geminya_interaction_acknowledgement_seconds"
OPERATIONS, STATEMENTS = (
    "geminya_operation_duration_seconds",
    "geminya_db_statement_duration_seconds",
)

HEALTH = Dashboard(
    "geminya-health",
    "Geminya: is it healthy?",
    {
        "Now": [
            stat("Processes that answer", "sum(up{job=~'users|collection|expeditions|economy|bot'})"),
            stat("Wishes that fail (1 h)", "geminya:wishes:failed_ratio_1h", "percentunit", 0.001),
            stat("Parked operations", "sum(max by (job, kind) (geminya_operations_open{state='parked'}))", red_from=1),
            stat("Oldest open operation", "max(geminya_operation_oldest_seconds{state='open'})", "s", 60),
            stat("Invariants violated", "sum(geminya_invariant_violations > bool 0)", red_from=1),
            stat("Alarms in a day", "sum(increase(geminya_alarms_total[1d]))", red_from=1),
        ],
        "Players": [
            Panel("Wishes a second", [Query(rate(f"{WISHES}_count", "outcome"), "{{outcome}}")], "reqps"),
            Panel("Acknowledgement", [Query(quantile(0.99, ACKNOWLEDGED), "99 %"), Query(quantile(0.5, ACKNOWLEDGED), "half")],
                "s", says="From where Discord made the interaction; after 3 s it is lost.", red_from=1),
            Panel("Refusals a second", [Query(rate("geminya_refusals_total", "reason"), "{{reason}}")], "reqps",
                says="Refusals are part of the game; a new reason on top is worth a look."),
        ],
        "Services": [
            Panel("Calls a second", [Query(rate(f"{CALLS}_count", "job"), "{{job}}")], "reqps"),
            Panel("Calls without an answer", [Query("geminya:calls:failed_ratio_5m", "{{job}}")], "percentunit", red_from=0.05),
            Panel("Calls being answered", [Query("sum by (job, kind) (geminya_rpc_server_in_flight)", "{{job}} {{kind}}")],
                says="There is room for 400 steps, 200 changes and 200 reads; beyond that a call is refused."),
            Panel("Open operations", [Query("max by (job, state) (sum by (job, instance, state) (geminya_operations_open))", "{{job}} {{state}}")]),
            Panel("Repairs a minute", [Query("60 * " + rate("geminya_repairs_total", "job, kind"), "{{job}} {{kind}}")],
                says="Operations taken over from a dead driver; facts (record) are nobody's death."),
            Panel("Frozen features", [Query("max by (feature) (geminya_feature_frozen)", "{{feature}}")]),
        ],
        "Machinery": [
            Panel("Event loop, 99 % of looks", [Query(quantile(0.99, "geminya_event_loop_lag_seconds", "job"), "{{job}}")], "s", red_from=0.2),
            Panel("Database", [Query("min by (job) (geminya_db_up)", "{{job}}"), Query("min(geminya_gateway_connected)", "Discord")]),
            Panel("Connections at work", [Query("sum by (job) (geminya_db_pool_connections{state='busy'}) / sum by (job) (geminya_db_pool_limit)", "{{job}}")], "percentunit"),
            Panel("Memory", [Query("max by (job) (process_resident_memory_bytes)", "{{job}}")], "bytes"),
            Panel("Processor", [Query(rate("process_cpu_seconds_total", "job"), "{{job}}")], "percentunit"),
            Panel("Answers of Discord", [Query(rate("geminya_discord_requests_total", "status"), "{{status}}")], "reqps"),
            Panel("Days until a certificate ends", [Query("(min by (job) (geminya_certificate_expiry_timestamp_seconds) - time()) / 86400", "{{job}}")], "d"),
            Panel("Alarms", [Query("sum by (job, event) (increase(geminya_alarms_total[1h])) > 0", "{{job}} {{event}}")]),
            Panel("Jobs of workers", [Query("sum by (pool) (geminya_workers_jobs)", "{{pool}}"), Query("sum by (pool) (geminya_workers_limit)", "{{pool}}: workers")]),
        ],
    },
)  # fmt: skip

SLOW = Dashboard(
    "geminya-slow",
    "Geminya: what is slow?",
    {
        "Players wait": [
            Panel("Wishes, 99 %", [Query(quantile(0.99, WISHES, "command"), "{{command}}")], "s", width=12),
            Panel("Wishes, half", [Query(quantile(0.5, WISHES, "command"), "{{command}}")], "s", width=12),
        ],
        "Operations": [
            Panel("Operations, 99 %", [Query("geminya:operations:p99_5m", "{{kind}}")], "s", width=12),
            Panel("Operations, half", [Query(quantile(0.5, OPERATIONS, "kind"), "{{kind}}")], "s", width=12),
        ],
        "Calls": [
            Panel("Slowest methods, 99 %", [Query(f"topk(10, {quantile(0.99, CALLS, 'method')})", "{{method}}")], "s", width=12,
                says="A point of light is one call; it leads to its trace."),
            Panel("Time spent in methods", [Query(f"topk(10, {rate(f'{CALLS}_sum', 'method')})", "{{method}}")], "s", width=12,
                says="Seconds of answering in a second: where the load is."),
        ],
        "Statements": [
            Panel("Slowest statements, mean", [Query(f"topk(10, {mean(STATEMENTS, 'statement')})", "{{statement}}")], "s", width=12),
            Panel("Time spent in statements", [Query(f"topk(10, {rate(f'{STATEMENTS}_sum', 'statement')})", "{{statement}}")], "s", width=12),
            Panel("By the server's own count", [Query("topk(10, max by (statement) (rate(geminya_postgres_statement_seconds_total[5m])))", "{{statement}}")], "s", width=12,
                says="pg_stat_statements: the server's work without the way to it. Empty where the server does not have it."),
            Panel("The server's calls", [Query("topk(10, max by (statement) (rate(geminya_postgres_statement_calls_total[5m])))", "{{statement}}"),
                Query("max by (job) (geminya_postgres_statements_visible)", "{{job}} can see them")], "reqps", width=12),
        ],
        "Waiting": [
            Panel("For a connection, 99 %", [Query(quantile(0.99, "geminya_db_pool_wait_seconds", "job"), "{{job}}")], "s", red_from=0.1),
            Panel("Refused for want of a connection", [Query(rate("geminya_db_pool_refused_total", "job"), "{{job}}")], "reqps"),
            Panel("Flushes of the log per operation", [Query(
                "sum(max by (server) (rate(geminya_postgres_wal_flushes_total[5m]))) / sum(rate(geminya_operations_total[5m]))", "flushes")],
                says="What the disk does for one operation. Fewer than one means that many share a flush."),
        ],
    },
)  # fmt: skip

MONEY = Dashboard(
    "geminya-money",
    "Geminya: who is losing money?",
    {
        "Must be nothing": [
            stat("Invariants violated", "sum(geminya_invariant_violations > bool 0)", red_from=1),
            stat("Last audit", "time() - max(geminya_audit_finish_timestamp_seconds)", "s", 1800),
            stat("An audit takes", "max(geminya_audit_duration_seconds)", "s", 60),
            stat("Parked operations", "sum(max by (job, kind) (geminya_operations_open{state='parked'}))", red_from=1),
            stat("Parked in a day", "sum(increase(geminya_operations_parked_total[1d]))", red_from=1),
            stat("Refunded in a day", "sum(increase(geminya_operations_total{outcome='refunded'}[1d]))", red_from=1),
            Panel("Violations", [Query("geminya_invariant_violations > 0", "{{invariant}}")], kind="table", width=24, height=5,
                says="Empty is good. Each name is explained in docs/reliability.md."),
        ],
        "Sources": [
            Panel("Crystals made an hour", [Query("3600 * " + rate("geminya_currency_total", "reason", "currency='sakura_crystals', reason=~'mint[.].*'"), "{{reason}}")]),
            Panel("Quartz made an hour", [Query("3600 * " + rate("geminya_currency_total", "reason", "currency='quartzs', reason=~'mint[.].*'"), "{{reason}}")]),
            Panel("Daphine made an hour", [Query("3600 * " + rate("geminya_currency_total", "reason", "currency='daphine', reason=~'mint[.].*'"), "{{reason}}")]),
        ],
        "Sinks": [
            Panel("Crystals spent an hour", [Query("3600 * " + rate("geminya_currency_total", "reason", "currency='sakura_crystals', reason=~'sink[.].*'"), "{{reason}}")]),
            Panel("Quartz spent an hour", [Query("3600 * " + rate("geminya_currency_total", "reason", "currency='quartzs', reason=~'sink[.].*'"), "{{reason}}")]),
            Panel("Daphine spent an hour", [Query("3600 * " + rate("geminya_currency_total", "reason", "currency='daphine', reason=~'sink[.].*'"), "{{reason}}")]),
        ],
        "Balance": [
            Panel("Made for one that is spent", [Query(
                "sum by (currency) (rate(geminya_currency_total{reason=~'mint[.].*'}[1h])) / sum by (currency) (rate(geminya_currency_total{reason=~'sink[.].*'}[1h]))",
                "{{currency}}")], width=12, says="Above one there is more money every day."),
            Panel("Made now, against the week", [Query("geminya:currency:minted_1h / geminya:currency:minted_7d", "{{currency}}")], width=12, red_from=5),
        ],
        "What became of operations": [
            Panel("An hour, by outcome", [Query("3600 * " + rate("geminya_operations_total", "kind, outcome"), "{{kind}} {{outcome}}")], width=24,
                says="done, rejected (the player was told why), gone (the life had ended), refunded."),
        ],
    },
)  # fmt: skip

ALL = (HEALTH, SLOW, MONEY)


def main() -> None:
    """Writes the files."""
    for dashboard in ALL:
        (FOLDER / f"{dashboard.uid}.json").write_text(dashboard.as_json())


if __name__ == "__main__":
    main()
