"""An order as the venue keeps it: what was asked, and how far it has come. Stored as it is by the paper broker."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side

NOTHING = Decimal(0)
STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
ENDED = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED})


class WorkingOrder(Struct, frozen=True, kw_only=True):
    """Quantities in shares; `value` is the sum of quantity x price of its fills, `fees` what they were charged.

    Times are of the wall clock (`received_at`) or of the market (the others, None until a quote told that market's
    clock). `extreme` is the best last price that a trailing stop has seen, `volume` the session's volume at its last
    look. `rested` means that it was worked and no price was good enough yet: from then on it waits in the book.
    """

    client_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    terms: OrderTerms
    received_at: datetime
    state: OrderState = OrderState.ACCEPTED
    reason: str = ""
    replaced_by: str | None = None
    filled: Decimal = NOTHING
    value: Decimal = NOTHING
    fees: Decimal = NOTHING
    fills: int = 0
    accepted_at: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    volume: Decimal | None = None
    extreme: Decimal | None = None
    looked: bool = False
    triggered: bool = False
    rested: bool = False

    @property
    def leaves(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def limit(self) -> Decimal | None:
        """The price that no fill may be worse than."""
        return self.terms.limit_price

    @property
    def is_stop(self) -> bool:
        return self.terms.order_type in STOPS


class PaperFill(Struct, frozen=True, kw_only=True):
    """Shares at a price per share, with the fee that they add to the order's; `number` counts the order's fills."""

    number: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    at: datetime


def canceled(order: WorkingOrder, reason: str) -> WorkingOrder:
    return replace(order, state=OrderState.CANCELED, reason=reason)
