"""One order as the Execution Engine keeps it, and the state that follows from all that is known of it. Pure.

What the broker said is kept apart from what we did: the farthest working state it told, the end it told, the shares
it says are filled, the fills themselves. Each of them only grows, so late, repeated and reordered messages lead to the
same order, and the state is always a conclusion, never an assignment.
"""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.envelope import Name, Symbol, Text, Time
from stockbot.events.trading import Flattening, OrderReport, OrderState, OrderTerms, Side
from stockbot.model.orders.broker import ZERO, OrderRequest

PLACES = 6
LONGEST_REASON = 2000  # what an event may carry
EXTERNAL = "external"  # the strategy of shares that none of ours has bought, and of orders placed at the broker by hand
ENDED = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED})
WORKING = {OrderState.SENT: 0, OrderState.ACCEPTED: 1, OrderState.TRIGGERED: 2}  # as a broker tells them, by progress


class Order(Struct, frozen=True, kw_only=True):
    """Quantities in shares, `paid` is the sum of quantity x price of its fills.

    `own` is how far we got before the broker said anything: INTENT, SENT, UNKNOWN, or an end that it never saw.
    `told`, `told_filled` and `ending` are the broker's. `replacing` is the order that shall take this one's place.
    """

    account: Name
    client_order_id: Name
    broker_order_id: Name | None = None
    strategy: Name
    symbol: Symbol
    side: Side
    quantity: Decimal
    terms: OrderTerms
    correlationid: Name
    causationid: Name | None = None
    traceparent: Name | None = None
    decision_id: Name | None = None
    signal_id: Name | None = None
    leg: int = 0
    revision: int = 0
    reduction: bool = False
    flatten: Flattening | None = None
    replaces: Name | None = None
    replacing: Name | None = None
    replaced_by: Name | None = None
    adopted: bool = False  # the broker told it first: its quantity is the broker's word
    expires_at: Time | None = None  # of the approval; None: nobody's approval runs out
    own: OrderState = OrderState.INTENT
    told: OrderState | None = None
    told_filled: Decimal = ZERO
    ending: OrderState | None = None
    ended_at: Time | None = None  # by the broker's clock
    filled_quantity: Decimal = ZERO
    paid: Decimal = ZERO
    cancel_because: Text | None = None
    bracket_over: Text | None = None  # why nothing more is done about its exits
    reason: Text = ""
    sent_at: Time | None = None
    missing_since: Time | None = None  # when the broker first said that it does not have it
    created_at: Time
    updated_at: Time

    @property
    def state(self) -> OrderState:
        if self.filled_quantity >= self.quantity:
            return OrderState.FILLED
        if self.has_told_end:
            return self.ending or self.own
        return self._working()

    @property
    def has_told_end(self) -> bool:
        """Whether the broker has told an end, and all fills before it are known."""
        is_partial = self.ending not in (None, OrderState.FILLED)
        return is_partial and self.filled_quantity >= self.told_filled

    def _working(self) -> OrderState:
        if self.told is None:
            return self.own
        if self.cancel_because is not None:
            return OrderState.PENDING_CANCEL
        if self.replacing is not None:
            return OrderState.PENDING_REPLACE
        return OrderState.PARTIALLY_FILLED if self.filled_quantity else self.told

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def is_at_broker(self) -> bool:
        """Whether the broker has said that it has it, whatever became of it."""
        return self.told is not None or self.ending is not None

    @property
    def misses_fills(self) -> bool:
        """The broker says that more is filled than we have fills for: ask for them."""
        promised = self.quantity if self.ending is OrderState.FILLED else self.told_filled
        return promised > self.filled_quantity

    @property
    def needs_exits(self) -> bool:
        """Whether it is the entry of a bracket that has ended with shares to be closed."""
        is_entry = self.decision_id is not None and self.leg == 0 and self.terms.is_bracket
        return is_entry and self.bracket_over is None and not self.is_open and self.filled_quantity > ZERO

    @property
    def leaves(self) -> Decimal:
        """What may still be filled."""
        return max(ZERO, self.quantity - self.filled_quantity) if self.is_open else ZERO

    @property
    def average_price(self) -> Decimal | None:
        """Per share, to the sixth place."""
        return round(self.paid / self.filled_quantity, PLACES) if self.filled_quantity else None

    def request(self) -> OrderRequest:
        """What the broker is asked for: an order of its own; the exits of a bracket are sent when it has ended."""
        return OrderRequest(
            client_order_id=self.client_order_id,
            symbol=self.symbol,
            side=self.side,
            quantity=self.quantity,
            terms=replace(self.terms, stop_loss=None, take_profit=None),
        )


def report_of(order: Order) -> OrderReport:
    """What the platform is told of it now; an overfilled order is as large as what was filled."""
    return OrderReport(
        account=order.account,
        client_order_id=order.client_order_id,
        broker_order_id=order.broker_order_id,
        decision_id=order.decision_id,
        signal_id=order.signal_id,
        strategy=order.strategy,
        symbol=order.symbol,
        side=order.side,
        state=order.state,
        quantity=max(order.quantity, order.filled_quantity),
        terms=order.terms,
        replaced_by=order.replaced_by,
        adopted=order.adopted,
        filled_quantity=order.filled_quantity,
        reason=order.reason[:LONGEST_REASON],
    )
