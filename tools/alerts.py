"""The alerts of deploy/observability/rules.yaml as the Prometheus operator wants them.

`python -m tools.alerts` writes deploy/kubernetes/components/monitoring/house-rules.yaml; a test holds it to this.
"""

from pathlib import Path

DEPLOY = Path(__file__).parents[1] / "deploy"
RULES = DEPLOY / "observability" / "rules.yaml"
MADE = DEPLOY / "kubernetes" / "components" / "monitoring" / "house-rules.yaml"
HEAD = """\
# Made from deploy/observability/rules.yaml by `python -m tools.alerts`; change it there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: house
  namespace: geminya
  labels:
    app.kubernetes.io/part-of: geminya
spec:
"""


def wrapped(rules: str) -> str:
    """The same groups, under `spec`."""
    return HEAD + "".join(f"  {line}" if line.strip() else line for line in rules.splitlines(True))


def main() -> None:
    """Writes the file."""
    MADE.write_text(wrapped(RULES.read_text()))


if __name__ == "__main__":
    main()
