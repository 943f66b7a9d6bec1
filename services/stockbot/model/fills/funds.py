"""What an account at the venue owns: cash and positions, and how one fill changes them.

US shares settle on the next session (T+1): what sales brought is settled once a session of a later date is running or
is the next to come. Cash is exact and never rounded.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.trading import Side
from stockbot.model.fills.order import NOTHING, PaperFill

_EXACT = Decimal("1E-10")  # of an average price


class Holding(Struct, frozen=True, kw_only=True):
    """Shares of one symbol, negative when short, at an average cost per share without fees."""

    symbol: str
    quantity: Decimal = NOTHING
    average_price: Decimal = NOTHING


class Funds(Struct, frozen=True, kw_only=True):
    """Money in the account's currency. `unsettled` is what sales of the session `unsettled_on` and before brought."""

    cash: Decimal
    unsettled: Decimal = NOTHING
    unsettled_on: str | None = None
    holdings: Mapping[str, Holding] = {}

    def position(self, symbol: str) -> Decimal:
        holding = self.holdings.get(symbol)
        return NOTHING if holding is None else holding.quantity

    def settled(self, date: str | None) -> Decimal:
        """The cash that is settled on the session's `date`; where that is not known nothing new is settled."""
        later = date is not None and (self.unsettled_on is None or date > self.unsettled_on)
        return self.cash if later else self.cash - self.unsettled


def booked(funds: Funds, symbol: str, side: Side, fill: PaperFill, date: str | None) -> Funds:
    """The account after a fill in the session of `date`."""
    signed = fill.quantity if side is Side.BUY else -fill.quantity
    holding = _moved(funds.holdings.get(symbol) or Holding(symbol=symbol), signed, fill.price)
    after = replace(
        funds, cash=funds.cash - signed * fill.price - fill.fee, holdings={**funds.holdings, symbol: holding}
    )
    return after if side is Side.BUY else _with_proceeds(after, fill.quantity * fill.price - fill.fee, date)


def _with_proceeds(funds: Funds, proceeds: Decimal, date: str | None) -> Funds:
    known = max((day for day in (funds.unsettled_on, date) if day is not None), default=None)
    anew = date is not None and (funds.unsettled_on is None or date > funds.unsettled_on)
    return replace(funds, unsettled=proceeds if anew else funds.unsettled + proceeds, unsettled_on=known)


def _moved(holding: Holding, signed: Decimal, price: Decimal) -> Holding:
    """More of the same moves the average, less keeps it, and beyond zero a new position opens at the fill's price."""
    before, after = holding.quantity, holding.quantity + signed
    if before * signed >= 0:
        cost = before * holding.average_price + signed * price
        return replace(holding, quantity=after, average_price=(cost / after).quantize(_EXACT))
    if before * after < 0:
        return replace(holding, quantity=after, average_price=price)
    return replace(holding, quantity=after, average_price=holding.average_price if after else NOTHING)
