"""The table of `stockbot status`: columns as wide as what is in them, the reason last and whole. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from stockbot.local.table import duration
from stockbot.runtime.fleet import Service
from stockbot.runtime.fleet.fleet import printable

HEADINGS = ("NAME", "TYPE", "CONDITION", "READY", "ENDPOINT", "AGE", "REASON")
NONE = "There is no service: write a TradingService document, and apply it or start it with `stockbot up -f`."


def lines(services: Sequence[Service], now: datetime) -> Iterator[str]:
    """Yield the headings and a line for each service."""
    if not services:
        yield NONE
        return
    rows = [HEADINGS, *(cells(service, now) for service in services)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS) - 1)]
    for row in rows:
        columns = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*columns, row[-1]]).rstrip()


def cells(service: Service, now: datetime) -> tuple[str, ...]:
    age = duration(max(0.0, (now - service.since).total_seconds())) if service.since else "-"
    return tuple(
        map(
            printable,
            (
                service.name,
                service.type,
                service.condition.value,
                f"{service.ready}/{service.wanted}",
                service.endpoint or "-",
                age,
                service.reason,
            ),
        )
    )
