"""What a reduction is: the orders that no risk limit may block. Used by the decision and by the send's last check.

A reduction is an order against the position whose quantity is at most |position| minus what working reductions
already close.
"""

from decimal import Decimal

from stockbot.events.trading import Side
from stockbot.model.risk.account import NOTHING
from stockbot.model.risk.book import Book

FLATTEN = "flatten"  # the strategy of a confirmed flatten, which only the Execution Engine's API signals


def other_side(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def closing_side(position: Decimal) -> Side:
    """The side that makes a position smaller; of a flat one there is nothing to close on either."""
    return Side.SELL if position > 0 else Side.BUY


def closable(book: Book) -> Decimal:
    """The shares that an order against the position can still close."""
    return max(NOTHING, abs(book.position) - book.leaves(closing_side(book.position)))


def is_reduction(book: Book, side: Side, quantity: Decimal) -> bool:
    return side is closing_side(book.position) and NOTHING < quantity <= closable(book)
