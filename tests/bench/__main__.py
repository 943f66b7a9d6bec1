"""Runs every measurement and prints one table; the exit code is 1 if a budget is not met."""

import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from tests.bench import booking, bus, chain, decisions, image, operator, platform, quote_to_decision
from tests.bench.result import Result

MEASUREMENTS: list[Callable[[], list[Result]]] = [
    bus.typed_against_raw,
    bus.quotes_in_batches,
    decisions.decisions_a_second,
    booking.fills_booked,
    quote_to_decision.quote_to_decision,
    chain.quote_to_ledger,
    platform.first_tick_and_memory,
    platform.tick_to_websocket,
    operator.thousand_resources,
    image.size_and_start,
]


def main() -> int:
    console, results = Console(), []
    for measure in MEASUREMENTS:
        console.print(f"[dim]{measure.__doc__}[/dim]")
        results += measure()
    table = Table(title="Stockbot: measured against the budgets")
    for heading in ("what", "measured", "floor", "ratio", "budget", ""):
        table.add_column(heading, justify="left" if heading in {"what", ""} else "right")
    for result in results:
        table.add_row(*result.cells())
    console.print(table)
    return 0 if all(result.met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
