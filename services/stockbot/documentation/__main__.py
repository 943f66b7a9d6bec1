"""`make docs`: write every generated document, below the repository's root as it is given."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from stockbot.documentation.asyncapi import asyncapi_document
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
}


def main(root: Path) -> None:
    for name, generate in GENERATED.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
