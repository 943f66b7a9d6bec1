"""What the broker's activities do to our own count of cash and shares."""

from decimal import Decimal

import pytest

from stockbot.model.orders.books import cash_moved, shares_of
from stockbot.model.orders.broker import Activity, ActivityKind
from stockbot.testing.clock import START


@pytest.mark.parametrize(
    ("kind", "cash", "shares"),
    [
        (ActivityKind.TRANSFER, 0, 3),  # its amount is what the shares are worth
        (ActivityKind.BUST, 60, 3),
    ],
)
def test_a_transfer_moves_shares_and_no_cash(kind: ActivityKind, cash: int, shares: int) -> None:
    """Everything else moves what it says."""
    one = Activity(activity_id="a", kind=kind, amount=Decimal(60), symbol="AAPL", quantity=Decimal(3), at=START)
    assert [cash_moved(one), shares_of(one)] == [cash, shares]
