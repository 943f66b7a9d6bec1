"""What a reduction is, share by share."""

from decimal import Decimal

import pytest

from stockbot.events.trading import Side
from stockbot.model.risk.account import Hold
from stockbot.model.risk.book import Book
from stockbot.model.risk.reduction import closable, is_reduction


def book(position: int, *working: tuple[str, int]) -> Book:
    holds = (
        Hold(strategy="trend", symbol="AAPL", side=Side(side), quantity=Decimal(shares)) for side, shares in working
    )
    return Book(symbol="AAPL", position=Decimal(position), working=tuple(holds))


@pytest.mark.parametrize(
    ("of", "side", "quantity", "reduces"),
    [
        (book(10), "sell", 10, True),
        (book(10), "sell", 11, False),
        (book(10), "sell", 0, False),
        (book(10), "buy", 1, False),
        (book(-10), "buy", 10, True),
        (book(-10), "buy", 11, False),
        (book(-10), "sell", 1, False),
        (book(0), "buy", 1, False),
        (book(0), "sell", 1, False),
        (book(10, ("sell", 4)), "sell", 6, True),
        (book(10, ("sell", 4)), "sell", 7, False),
        (book(10, ("sell", 15)), "sell", 1, False),
        (book(10, ("buy", 5)), "sell", 10, True),  # a buy that has not filled closes and opens nothing yet
        (book(10, ("buy", 5)), "sell", 11, False),
        (book(-10, ("buy", 4), ("sell", 9)), "buy", 6, True),
        (book(-10, ("buy", 4), ("sell", 9)), "buy", 7, False),
    ],
)
def test_a_reduction_closes_what_nothing_else_closes(of: Book, side: str, quantity: int, reduces: bool) -> None:
    """An order reduces up to |position| less what working orders against it already close, and not a share more."""
    assert is_reduction(of, Side(side), Decimal(quantity)) is reduces


def test_nothing_is_closable_beyond_the_position() -> None:
    """Orders that close more than there is leave nothing to close, not less than nothing."""
    assert closable(book(10, ("sell", 15))) == 0
