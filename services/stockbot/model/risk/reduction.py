"""What a reduction is: the orders that no risk limit may block. Used by the decision and by the send's last check.

A reduction is an order against the position whose quantity is at most |position| minus what working reductions
already close.
"""

from decimal import Decimal
from typing import Protocol

from stockbot.events.trading import Side
from stockbot.model.risk.account import NOTHING


def other_side(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


class Symbol(Protocol):
    """A symbol in an account: a book of it, or the line with its values."""

    @property
    def position(self) -> Decimal: ...

    def leaves(self, side: Side) -> Decimal: ...


def closing_side(position: Decimal) -> Side:
    """The side that makes a position smaller; of a flat one there is nothing to close on either."""
    return Side.SELL if position > 0 else Side.BUY


def closable(symbol: Symbol) -> Decimal:
    """The shares that an order against the position can still close."""
    return max(NOTHING, abs(symbol.position) - symbol.leaves(closing_side(symbol.position)))


def is_reduction(symbol: Symbol, side: Side, quantity: Decimal) -> bool:
    return side is closing_side(symbol.position) and NOTHING < quantity <= closable(symbol)
