"""What a strategy may know beside prices: its own position in one symbol and what is on its way. Made by the shell."""

from decimal import Decimal

from msgspec import Struct

from stockbot.events.envelope import Name
from stockbot.events.numbers import check_countable, check_price
from stockbot.events.trading import OrderTerms, Side

_ZERO = Decimal(0)


class WorkingOrder(Struct, frozen=True, kw_only=True):
    """One of the strategy's own orders that may still fill; `leaves` is the quantity not yet filled, in shares.

    A leg of a bracket names in `protects` the signal whose fill it guards. It is no step toward a position, and of
    the legs of one bracket only one trades.
    """

    client_order_id: Name
    side: Side
    leaves: Decimal
    terms: OrderTerms = OrderTerms()
    protects: Name | None = None

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
        return sum((order.signed for order in self.orders if order.protects is None), self.undecided)

    @property
    def expected(self) -> Decimal:
        """The position once everything on its way has filled."""
        return self.position + self.working

    @property
    def closable(self) -> Decimal:
        """How much of the position no working order closes yet, in shares, zero or more."""
        undecided = abs(self.undecided) if self.undecided * self.position < 0 else _ZERO
        return max(_ZERO, abs(self.position) - undecided - self._reducing())

    def _reducing(self) -> Decimal:
        """The shares that working orders close; of a bracket's legs the greatest counts."""
        shares: dict[str, Decimal] = {}
        for order in self.orders:
            if order.signed * self.position < 0:
                name = order.protects or order.client_order_id
                shares[name] = max(shares.get(name, _ZERO), order.leaves)
        return sum(shares.values(), _ZERO)
