"""What strategies want, what risk answers, and what becomes of the order: the middle of an order's life."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from stockbot.events.envelope import Event, Name, Symbol, Text, Time
from stockbot.events.market import Quote
from stockbot.events.numbers import check_countable, check_finite, check_price


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class Intent(StrEnum):
    """What a signal is for: `target` names the position wanted, enter and exit a quantity to trade.

    `cancel` and `replace` are about a working order of the strategy itself. A cancel goes to the Execution Engine
    alone, because nothing may stand between a person or a strategy and less risk; a replace is decided by risk.
    """

    ENTER = "enter"
    EXIT = "exit"
    TARGET = "target"
    CANCEL = "cancel"
    REPLACE = "replace"


class Flattening(StrEnum):
    """A person closes what a strategy holds. While Halted only what an admin has confirmed passes."""

    ASKED = "asked"
    CONFIRMED = "confirmed"


class OrderType(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"


class OrderTerms(Struct, frozen=True, kw_only=True):
    """How an order is worked. Prices are per share, `trail` is a distance in price.

    `stop_loss` and `take_profit` make it a bracket: what was filled is closed at whichever price comes first, and
    only one of the two orders trades (one cancels the other).
    """

    order_type: OrderType = OrderType.MARKET
    time_in_force: TimeInForce = TimeInForce.DAY
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None
    extended_hours: bool = False
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None

    def __post_init__(self) -> None:
        check_price(limit_price=self.limit_price, stop_price=self.stop_price, trail=self.trail)
        check_price(stop_loss=self.stop_loss, take_profit=self.take_profit)

    @property
    def is_bracket(self) -> bool:
        return self.stop_loss is not None or self.take_profit is not None


class Signal(Struct, frozen=True, kw_only=True):
    """A strategy's wish, or a person's for it, with all that is needed to judge and to explain it later.

    Quantity is in shares and above zero for enter and exit; target is the signed position wanted; cancel and replace
    name the client order id of the strategy's own working `order`, and replace has its new `terms`. The quotes it was
    made from are embedded, so that an explanation never depends on a trimmed stream.
    """

    strategy: Name  # the instance; `manual` for a person's order
    strategy_version: Name
    account: Name
    symbol: Symbol
    intent: Intent
    side: Side | None = None
    quantity: Decimal | None = None
    target: Decimal | None = None
    order: Name | None = None
    terms: OrderTerms = OrderTerms()
    flatten: Flattening | UnsetType = UNSET  # only the Execution Engine's API sets it
    reference_price: Decimal
    reference_time: Time
    valid_until: Time
    reason: Text
    indicators: dict[str, float] = {}
    quotes: Annotated[tuple[Quote, ...], Meta(max_length=100)] = ()

    def __post_init__(self) -> None:
        check_price(reference_price=self.reference_price, quantity=self.quantity)
        check_countable(target=self.target)
        check_finite(**self.indicators)
        if self.intent is Intent.TARGET:
            if self.target is None:
                raise ValueError("a target signal needs target, the signed position wanted")
        elif self.intent in (Intent.CANCEL, Intent.REPLACE):
            if self.order is None:
                raise ValueError(f"a {self.intent} signal needs order, the client order id of a working order")
        elif self.quantity is None or self.side is None:
            raise ValueError(f"an {self.intent} signal needs side and quantity")


class SignalGenerated(Event, frozen=True, kw_only=True, tag="SIGNAL_GENERATED"):
    """A strategy, or a person's manual order or flatten, asks for a trade."""

    data: Signal


class Reason(Struct, frozen=True, kw_only=True):
    """Why risk said no: `CATEGORY_CONDITION` and the numbers behind it."""

    code: Name
    detail: Text  # key=value pairs


class Approval(Struct, frozen=True, kw_only=True):
    """Risk's yes to one signal: exactly what may be sent, until when, and how much cash is held for it.

    Quantity in shares, above zero; `held` in the account's currency. A `reduction` was excused from every limit.
    `replaces` is the client order id of the working order that this one takes the place of.
    """

    decision_id: Name
    signal_id: Name
    signal: Signal
    side: Side
    quantity: Decimal
    terms: OrderTerms
    held: Decimal
    reduction: bool = False
    replaces: Name | None = None
    expires_at: Time

    def __post_init__(self) -> None:
        check_price(quantity=self.quantity)
        check_countable(held=self.held)


class OrderApproved(Event, frozen=True, kw_only=True, tag="ORDER_APPROVED"):
    """Risk approved a signal; the Execution Engine checks the decision row before it believes this event."""

    data: Approval


class Denial(Struct, frozen=True, kw_only=True):
    """Risk's no to one signal, with every reason that spoke against it."""

    decision_id: Name
    signal_id: Name
    strategy: Name
    account: Name
    symbol: Symbol
    reasons: Annotated[tuple[Reason, ...], Meta(min_length=1, max_length=50)]


class RiskBlock(Event, frozen=True, kw_only=True, tag="RISK_BLOCK"):
    """Risk denied a signal; it goes back to its strategy."""

    data: Denial


class OrderState(StrEnum):
    """Where an order stands. Denied is the outcome of a decision, not a state of an order."""

    INTENT = "INTENT"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    TRIGGERED = "TRIGGERED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    PENDING_REPLACE = "PENDING_REPLACE"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class Execution(Struct, frozen=True, kw_only=True):
    """One fill at the broker: shares, price per share, and the fee as a cost in the account's currency."""

    execution_id: Name
    quantity: Decimal
    price: Decimal
    fee: Decimal = Decimal(0)
    executed_at: Time

    def __post_init__(self) -> None:
        check_price(quantity=self.quantity, price=self.price)
        check_countable(fee=self.fee)


class OrderReport(Struct, frozen=True, kw_only=True):
    """The state of one order after what just happened to it; quantities in shares.

    `replaced_by` is the client order id that follows a CANCELED order which was replaced. `adopted`: the broker told
    the order first, so its fills may have been told before its decision was made, anew, after a restore.
    """

    account: Name
    client_order_id: Name
    broker_order_id: Name | None = None
    decision_id: Name | None = None
    signal_id: Name | None = None
    strategy: Name
    symbol: Symbol
    side: Side
    state: OrderState
    quantity: Decimal
    terms: OrderTerms = OrderTerms()
    replaced_by: Name | None = None
    adopted: bool = False
    filled_quantity: Decimal = Decimal(0)
    execution: Execution | None = None  # the fill that this report brings
    reason: Text = ""

    def __post_init__(self) -> None:
        check_price(quantity=self.quantity)
        check_countable(filled_quantity=self.filled_quantity)
        if not 0 <= self.filled_quantity <= self.quantity:
            raise ValueError(f"filled_quantity must be between 0 and {self.quantity}, not {self.filled_quantity}")


class OrderUpdate(Event, frozen=True, kw_only=True, tag="ORDER_UPDATE"):
    """Something happened to an order. The sequence has no gap within an account."""

    data: OrderReport
