"""Order updates that were passed over, as ranges of numbers, and what was reported since. Used by `account`.

They were put aside, and may still be replayed.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from stockbot.events.trading import OrderReport

Gaps = tuple[tuple[int, int], ...]  # first and last, both of them missing


class Reported(Struct, frozen=True, kw_only=True):
    """The latest report of an order: its number, and the shares filled by then."""

    sequence: int
    filled: Decimal


def passed_over(gaps: Gaps, last: int, number: int) -> Gaps:
    """The gaps once `number` follows `last`: what lies between is missing."""
    return gaps if number <= last + 1 else (*gaps, (last + 1, number - 1))


def is_missing(gaps: Gaps, number: int) -> bool:
    return any(first <= number <= last for first, last in gaps)


def without(gaps: Gaps, number: int) -> Gaps:
    """The gaps once `number` has come."""
    parts = ((first, last) for gap in gaps for first, last in _parts(*gap, number))
    return tuple((first, last) for first, last in parts if first <= last)


def _parts(first: int, last: int, number: int) -> Gaps:
    return ((first, number - 1), (number + 1, last)) if first <= number <= last else ((first, last),)


def reported(since: Mapping[str, Reported], report: OrderReport, sequence: int) -> dict[str, Reported]:
    """The latest report of each order, this one among them."""
    before = since.get(report.client_order_id)
    if before is not None and before.sequence > sequence:
        return dict(since)
    return {**since, report.client_order_id: Reported(sequence=sequence, filled=report.filled_quantity)}
