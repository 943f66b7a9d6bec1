"""What a strategy may know beside prices: its own position in one symbol and what is on its way. Made by the shell."""

from decimal import Decimal

from msgspec import Struct

from stockbot.events.envelope import Name
from stockbot.events.numbers import check_countable, check_price
from stockbot.events.trading import OrderTerms, Side

_ZERO = Decimal(0)


class WorkingOrder(Struct, frozen=True, kw_only=True):
    """One of the strategy's own orders that may still fill; `leaves` is the quantity not yet filled, in shares."""

    client_order_id: Name
    side: Side
    leaves: Decimal
    terms: OrderTerms = OrderTerms()

    def __post_init__(self) -> None:
        check_price(leaves=self.leaves)

    @property
    def signed(self) -> Decimal:
        return self.leaves if self.side is Side.BUY else -self.leaves


class View(Struct, frozen=True, kw_only=True):
    """The strategy's own, virtual position in its symbol, in shares, negative when short.

    `undecided` is the signed quantity of its signals that risk has neither answered nor let expire: it counts like a
    working order, or a slow answer would double the position. `equity` is the account's, None while unknown.
    """

    position: Decimal = _ZERO
    orders: tuple[WorkingOrder, ...] = ()
    undecided: Decimal = _ZERO
    equity: Decimal | None = None

    def __post_init__(self) -> None:
        check_countable(position=self.position, undecided=self.undecided, equity=self.equity)

    @property
    def working(self) -> Decimal:
        """The signed quantity that may still come: working orders and undecided signals."""
        return sum((order.signed for order in self.orders), self.undecided)

    @property
    def expected(self) -> Decimal:
        """The position once everything on its way has filled."""
        return self.position + self.working

    @property
    def closable(self) -> Decimal:
        """How much of the position no working order closes yet, in shares, zero or more."""
        reducing = [order.leaves for order in self.orders if order.signed * self.position < 0]
        undecided = abs(self.undecided) if self.undecided * self.position < 0 else _ZERO
        return max(_ZERO, abs(self.position) - sum(reducing, undecided))
