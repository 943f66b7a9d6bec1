"""What a strategy holds of a symbol and what is on its way, at any moment of the market. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from stockbot.events.trading import Side, Signal
from stockbot.model.strategies.view import View, WorkingOrder


class Undecided(Struct, frozen=True):
    """A signal that nobody has answered yet; it counts until it expires."""

    quantity: Decimal  # signed shares
    valid_until: datetime


@dataclass
class Line:
    """One strategy on one symbol."""

    position: Decimal = Decimal(0)
    orders: list[WorkingOrder] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)

    def view(self, at: datetime, equity: Decimal | None) -> View:
        """What the strategy may know at `at`, in the market's time."""
        valid = (signal.quantity for signal in self.undecided if signal.valid_until >= at)
        return View(position=self.position, orders=tuple(self.orders), undecided=sum(valid, Decimal(0)), equity=equity)

    def add(self, signal: Signal) -> None:
        """Count a signal that was just made; what changes a working order brings nothing."""
        if signal.order is not None:
            return
        self.undecided.append(Undecided(signed(signal.side, signal.quantity), signal.valid_until))


def signed(side: Side | None, quantity: Decimal | None) -> Decimal:
    """Shares, below zero for a sale; a strategy's signals always name both."""
    assert side is not None  # noqa: S101 - the model makes signals with side and quantity
    assert quantity is not None  # noqa: S101
    return quantity if side is Side.BUY else -quantity
