"""`make docs`: write every generated document, below the repository's root as it is given."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from stockbot.documentation.asyncapi import asyncapi_document
from stockbot.documentation.chart_page import chart_page
from stockbot.documentation.chart_schema import chart_schema
from stockbot.documentation.events import events_page
from stockbot.documentation.monitoring import monitoring_page
from stockbot.documentation.risk import risk_page
from stockbot.monitoring.dashboards import DASHBOARDS, dashboard_json
from stockbot.monitoring.rules import alerts_yaml, recordings_yaml
from stockbot.spec.crd import crd_yaml

CHART = "charts/stockbot/files"

GENERATED: dict[str, Callable[[], str]] = {
    "docs/events.md": events_page,
    "docs/asyncapi.yaml": asyncapi_document,
    "docs/risk.md": risk_page,
    "docs/monitoring.md": monitoring_page,
    f"{CHART}/alerts.yaml": alerts_yaml,
    f"{CHART}/recordings.yaml": recordings_yaml,
    **{f"{CHART}/dashboards/{one.file}": partial(dashboard_json, one) for one in DASHBOARDS},
    "k8s/operator/crd.yaml": crd_yaml,
    "charts/stockbot/crds/tradingservices.yaml": crd_yaml,
}
CHART_VALUES = "charts/stockbot/values.yaml"
FROM_CHART_VALUES = {
    "charts/stockbot/README.md": chart_page,
    "charts/stockbot/values.schema.json": chart_schema,
}


def describe_chart(root: Path) -> None:
    values = (root / CHART_VALUES).read_text(encoding="utf-8")
    for name, describe in FROM_CHART_VALUES.items():
        (root / name).write_text(describe(values), encoding="utf-8")


def main(root: Path) -> None:
    describe_chart(root)
    for name, generate in GENERATED.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
