"""`make docs`: write every generated document, below the repository's root as it is given."""

import sys
from pathlib import Path

from stockbot.documentation.asyncapi import asyncapi_document
from stockbot.documentation.chart_page import chart_page
from stockbot.documentation.chart_schema import chart_schema
from stockbot.documentation.events import events_page
from stockbot.documentation.risk import risk_page
from stockbot.spec.crd import crd_yaml

GENERATED = {
    "docs/events.md": events_page,
    "docs/asyncapi.yaml": asyncapi_document,
    "docs/risk.md": risk_page,
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
        (root / name).write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
