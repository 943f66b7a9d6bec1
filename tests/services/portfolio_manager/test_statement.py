"""Text of a statement that a spreadsheet would compute, and pages that follow one another."""

import json
from collections.abc import Sequence
from decimal import Decimal

import pytest

from stockbot.portfolio_manager.ledger_rows import EntryItem, LineItem
from stockbot.portfolio_manager.statement import as_csv, as_json, safe
from stockbot.testing.clock import START


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("trend bought 1", "trend bought 1"),
        ("", ""),
    ],
)
def test_formulas_become_text(cell: str, shown: str) -> None:
    """Whatever a spreadsheet would take for a formula begins with an apostrophe; the rest stays as it is."""
    assert safe(cell) == shown


def entry(number: int) -> EntryItem:
    line = LineItem(ledger_account="cash", symbol=None, strategy=None, amount=Decimal(-1), quantity=None)
    return EntryItem(
        number=number,
        entry_id=f"entry-{number}",
        kind="fee",
        account="paper",
        at=START,
        booked_at=START,
        memo="a memo",
        correlationid=None,
        lines=(line,),
    )


async def three_pages(after: int) -> Sequence[EntryItem]:
    return [entry(number) for number in range(after + 1, min(after + 3, 6))]


async def test_all_pages_are_one_file() -> None:
    """Each entry once and in order, in both formats; an empty ledger is a valid file too."""
    text = b"".join([part async for part in as_json(three_pages, {"account": "paper"})])
    assert [one["number"] for one in json.loads(text)["entries"]] == [1, 2, 3, 4, 5]
    lines = "".join([part async for part in as_csv(three_pages)]).splitlines()
    assert [line.partition(",")[0] for line in lines] == ["number", "1", "2", "3", "4", "5"]

    async def none(_: int) -> Sequence[EntryItem]:
        return []

    empty = b"".join([part async for part in as_json(none, {"account": "paper"})])
    assert json.loads(empty) == {"account": "paper", "entries": []}
