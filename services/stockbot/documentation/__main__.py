"""`make docs`: write every generated document, below the repository's root as it is given."""

import sys
from pathlib import Path

from stockbot.documentation.asyncapi import asyncapi_document
from stockbot.documentation.events import events_page
from stockbot.documentation.risk import risk_page
from stockbot.spec.crd import crd_yaml

GENERATED = {
    "docs/events.md": events_page,
    "docs/asyncapi.yaml": asyncapi_document,
    "docs/risk.md": risk_page,
    "k8s/operator/crd.yaml": crd_yaml,
}


def main(root: Path) -> None:
    for name, generate in GENERATED.items():
        (root / name).write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
