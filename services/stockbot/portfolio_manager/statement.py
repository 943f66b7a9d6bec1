"""The ledger as a statement to keep: JSON or CSV, streamed in pages, so that a long one holds nobody up.

A spreadsheet takes a cell that begins with = + - @ for a formula. Text that does gets an apostrophe before it; numbers
stay numbers. (OWASP, "CSV Injection".)
"""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from stockbot.portfolio_manager.ledger_rows import EntryItem
from stockbot.runtime.columns import canonical

COLUMNS = (
    "number",
    "at",
    "booked_at",
    "kind",
    "memo",
    "ledger_account",
    "symbol",
    "strategy",
    "amount",
    "quantity",
    "entry_id",
    "correlationid",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

Pages = Callable[[int], Awaitable[Sequence[EntryItem]]]  # the next entries after a number

_encoder = msgspec.json.Encoder(decimal_format="string")


async def as_csv(pages: Pages) -> AsyncIterator[str]:
    """One line for each ledger line, with the names of the columns first."""
    yield _csv([COLUMNS])
    async for page in _all(pages):
        yield _csv(row for entry in page for row in _rows(entry))


async def as_json(pages: Pages, head: Mapping[str, object]) -> AsyncIterator[bytes]:
    """An object with what was asked for in `head`, and the list of entries."""
    yield _encoder.encode(head)[:-1] + b',"entries":['
    separator = b""
    async for page in _all(pages):
        yield separator + b",".join(_encoder.encode(entry) for entry in page)
        separator = b","
    yield b"]}"


def safe(cell: str) -> str:
    """The text as a spreadsheet shows it, and never computes it."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


async def _all(pages: Pages) -> AsyncIterator[Sequence[EntryItem]]:
    page = await pages(0)
    while page:
        yield page
        page = await pages(page[-1].number)


def _rows(entry: EntryItem) -> Iterable[tuple[str, ...]]:
    for line in entry.lines:
        yield (
            str(entry.number),
            entry.at.isoformat(),
            entry.booked_at.isoformat(),
            entry.kind,
            safe(entry.memo),
            line.ledger_account,
            safe(line.symbol or ""),
            safe(line.strategy or ""),
            canonical(line.amount),
            _number(line.quantity),
            entry.entry_id,
            safe(entry.correlationid or ""),
        )


def _number(quantity: Decimal | None) -> str:
    return "" if quantity is None else canonical(quantity)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
