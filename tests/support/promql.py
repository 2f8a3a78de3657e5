"""What a PromQL query asks for: metrics, and the labels they are told apart by."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
OBSERVABILITY = ROOT / "deploy" / "observability"
TEXT = re.compile(r"\"[^\"]*\"|'[^']*'")
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
NAME = re.compile(r"(?<![\w.])[a-zA-Z_:][\w:]*")
WORDS = frozenset({"and", "or", "unless", "bool", "offset", "group_left", "group_right"})
ENDS = ("_total", "_bucket", "_count", "_sum")
FROM_OUTSIDE = frozenset({"job", "instance", "le"})
"""Labels that Prometheus itself gives, and the borders of bars."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, with where it stands."""

    place: str
    expression: str

    @property
    def names(self) -> set[str]:
        """The metrics, samples' endings included."""
        bare = GROUPING.sub(" ", TEXT.sub('""', self.expression))
        bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
        found = {
            match.group()
            for match in NAME.finditer(bare)
            if not bare[match.end() :].lstrip().startswith("(")
        }
        return found - WORDS

    @property
    def selected(self) -> dict[str, set[str]]:
        """The labels that each metric is chosen by."""
        bare = TEXT.sub('""', self.expression)
        found: dict[str, set[str]] = {name: set() for name in self.names}
        for name, inside in SELECTOR.findall(bare):
            found[name] |= set(re.findall(r"(\w+)\s*[=!]", inside)) - FROM_OUTSIDE
        return found

    @property
    def grouped(self) -> set[str]:
        """The labels that sums are told apart by."""
        bare = TEXT.sub('""', self.expression)
        inside = ",".join(match.group(1) for match in GROUPING.finditer(bare))
        return {label.strip() for label in inside.split(",") if label.strip()} - FROM_OUTSIDE


def rules() -> list[dict[str, Any]]:
    """Every rule, recorded ones included."""
    groups = yaml.safe_load((OBSERVABILITY / "rules.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard by the name of its file."""
    files = sorted((OBSERVABILITY / "grafana" / "dashboards").glob("*.json"))
    return {file.name: json.loads(file.read_text()) for file in files}


def queries() -> Iterator[Asked]:
    """Everything that an alert or a dashboard asks."""
    for rule in rules():
        yield Asked(rule.get("alert") or rule["record"], rule["expr"])
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                yield Asked(f"{name}: {panel['title']}", target["expr"])


def recorded() -> dict[str, Asked]:
    """What a rule records, by its name."""
    return {
        rule["record"]: Asked(rule["record"], rule["expr"]) for rule in rules() if "record" in rule
    }


def family(sample: str) -> str:
    """The metric that a sample belongs to."""
    for end in ENDS:
        if sample.endswith(end):
            return sample.removesuffix(end)
    return sample
