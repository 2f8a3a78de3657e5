"""Dashboards and alerts ask for what is there, and every alert says what to do."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from chassis.metric_names import METRICS
from tests.contract.test_docs import headings
from tests.support.promql import (
    OBSERVABILITY,
    ROOT,
    Asked,
    dashboards,
    family,
    queries,
    recorded,
    rules,
)
from tools import alerts
from tools import dashboards as drawn

STANDARD = {"up", "process_resident_memory_bytes", "process_cpu_seconds"}
"""What Prometheus and its library tell of any process."""
ASKED_BY_NOBODY: set[str] = set()
"""Metrics that no dashboard and no alert shows."""


def test_every_query_names_a_metric_of_the_registry() -> None:
    for asked in queries():
        names = {family(name) for name in asked.names - set(recorded())}
        assert names <= METRICS.keys() | STANDARD, asked
        assert asked.names, asked


def test_every_metric_of_the_registry_is_asked_for() -> None:
    names = {family(name) for asked in queries() for name in asked.names}

    assert METRICS.keys() - names == ASKED_BY_NOBODY


def test_every_alert_says_how_bad_it_is_and_leads_to_the_runbook() -> None:
    found = [rule for rule in rules() if "alert" in rule]
    anchors = headings(ROOT / "docs" / "runbook.md")

    assert len(found) >= 14
    for rule in found:
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert file == "docs/runbook.md"
        assert anchor in anchors, rule["alert"]
        assert rule["annotations"]["summary"], rule["alert"]
    assert len({rule["alert"] for rule in found}) == len(found)


def test_the_runbook_tells_of_every_alert() -> None:
    section = (
        (ROOT / "docs" / "runbook.md").read_text().split("\n## Alerts", 1)[1].split("\n## ", 1)[0]
    )

    for rule in rules():
        if "alert" in rule:
            assert f"`{rule['alert']}`" in section, rule["alert"]


def test_the_files_of_the_dashboards_are_the_drawn_ones() -> None:
    files = {f"{one.uid}.json": one.as_json() for one in drawn.ALL}

    assert {name: (drawn.FOLDER / name).read_text() for name in dashboards()} == files


def test_every_dashboard_is_what_grafana_reads() -> None:
    source = yaml.safe_load(
        (OBSERVABILITY / "grafana" / "provisioning" / "datasources" / "geminya.yaml").read_text()
    )
    known = {one["uid"] for one in source["datasources"]}
    for name, dashboard in dashboards().items():
        assert name == f"{dashboard['uid']}.json"
        panels = dashboard["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        taken: set[tuple[int, int]] = set()
        for panel in panels:
            place = panel["gridPos"]
            cells = {
                (place["x"] + x, place["y"] + y)
                for x in range(place["w"])
                for y in range(place["h"])
            }
            assert not cells & taken, f"{name}: {panel['title']} lies on another"
            assert max(x for x, _ in cells) < 24
            taken |= cells
            for target in panel.get("targets", []):
                assert target["datasource"]["uid"] in known


def test_prometheus_asks_every_process_under_its_name() -> None:
    config = yaml.safe_load((OBSERVABILITY / "prometheus.yaml").read_text())
    jobs = {job["job_name"] for job in config["scrape_configs"]}

    assert jobs >= {"users", "collection", "expeditions", "economy", "bot", "auditor"}
    assert config["rule_files"] == ["rules.yaml"]


@pytest.mark.parametrize(
    ("query", "selected", "grouped"),
    [
        ("sum by (job) (rate(a_total{x='by (b)'}[5m])) > 1e-9", {"a_total": {"x"}}, set[str]()),
        (
            "histogram_quantile(0.99, sum by (le, k) (rate(h_bucket[5m])))",
            {"h_bucket": set()},
            {"k"},
        ),
        (
            'time() - max(a:b_1h{c!="d"} offset 1h) and e > bool 0',
            {"a:b_1h": {"c"}, "e": set()},
            set(),
        ),
    ],
)
def test_the_reader_of_queries_sees_what_they_ask(
    query: str, selected: dict[str, set[str]], grouped: set[str]
) -> None:
    asked = Asked("", query)

    assert asked.names == selected.keys()
    assert asked.selected == selected
    assert asked.grouped == grouped


def promtool(*words: object) -> None:
    """Runs the tool that comes with Prometheus; fails with what it says."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed; Debian has it in the package prometheus")
    said = subprocess.run([tool, *map(str, words)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("kind", ["rules", "config"])
def test_promtool_takes_rules_and_configuration(kind: str) -> None:
    files = {"rules": "rules.yaml", "config": "prometheus.yaml"}

    promtool("check", kind, OBSERVABILITY / files[kind])


def test_alerts_come_when_they_should_and_not_before() -> None:
    promtool("test", "rules", Path(__file__).with_name("alerts.yaml"))


def test_the_cluster_has_the_same_alerts() -> None:
    assert alerts.MADE.read_text() == alerts.wrapped(alerts.RULES.read_text())
    made = yaml.safe_load(alerts.MADE.read_text())["spec"]["groups"]
    assert made == yaml.safe_load(alerts.RULES.read_text())["groups"]
