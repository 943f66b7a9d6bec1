"""`make docs`: write every generated document into the folder given."""

import sys
from pathlib import Path

from stockbot.documentation.asyncapi import asyncapi_document
from stockbot.documentation.events import events_page
from stockbot.documentation.risk import risk_page

GENERATED = {"events.md": events_page, "asyncapi.yaml": asyncapi_document, "risk.md": risk_page}


def main(folder: Path) -> None:
    for name, generate in GENERATED.items():
        (folder / name).write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
