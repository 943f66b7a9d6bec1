"""What an account owns: a state with a version, of which the latest wins."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from stockbot.events.envelope import Event, Name, Symbol, Time
from stockbot.events.numbers import check_countable


class Position(Struct, frozen=True, kw_only=True):
    """Shares of one symbol (negative when short) at an average cost per share, valued at `mark`."""

    symbol: Symbol
    strategy: Name | None = None  # None: the whole account's position
    quantity: Decimal
    average_price: Decimal
    mark: Decimal | None = None
    marked_at: Time | None = None

    def __post_init__(self) -> None:
        check_countable(quantity=self.quantity, average_price=self.average_price, mark=self.mark)


class Portfolio(Struct, frozen=True, kw_only=True):
    """An account's cash and positions once all order updates up to `through_sequence` are booked.

    Money in the account's currency; `version` grows with every change of the state. `net_deposits` is all that was
    paid in less all that was paid out, the opening balance included: with it, a deposit is no profit.
    """

    account: Name
    currency: Annotated[str, Meta(min_length=3, max_length=3)] = "USD"
    version: Annotated[int, Meta(ge=0)]
    through_sequence: Annotated[int, Meta(ge=0)]
    cash: Decimal
    settled_cash: Decimal | None = None
    equity: Decimal | None = None  # None while a position has no price
    net_deposits: Decimal = Decimal(0)
    positions: tuple[Position, ...] = ()

    def __post_init__(self) -> None:
        check_countable(cash=self.cash, settled_cash=self.settled_cash, equity=self.equity)
        check_countable(net_deposits=self.net_deposits)


class PortfolioUpdate(Event, frozen=True, kw_only=True, tag="PORTFOLIO_UPDATE"):
    """The whole state of an account; the latest version replaces all before it."""

    data: Portfolio
