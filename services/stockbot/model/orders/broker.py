"""What a broker says, in our words: orders, fills, positions, cash, and what else moved them. Pure.

The adapters make these structs, the decisions about orders read them; `execution_engine/brokers/protocol.py` says how
they are asked for. The same may be said twice, late or out of order, and means the same each time.
"""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from stockbot.events.envelope import Name, Symbol, Text, Time
from stockbot.events.numbers import check_countable, check_price
from stockbot.events.trading import OrderState, OrderTerms, Side

ZERO = Decimal(0)


class Mode(StrEnum):
    PAPER = "paper"  # no money moves
    LIVE = "live"


class OrderRequest(Struct, frozen=True, kw_only=True):
    """An order to be sent. Quantity in shares, above zero."""

    client_order_id: Name
    symbol: Symbol
    side: Side
    quantity: Decimal
    terms: OrderTerms

    def __post_init__(self) -> None:
        check_price(quantity=self.quantity)


class BrokerOrder(Struct, frozen=True, kw_only=True):
    """What the broker says of one order at `updated_at`; quantities in shares.

    `state` is one of SENT (received, not yet working), ACCEPTED, TRIGGERED, PARTIALLY_FILLED, PENDING_CANCEL,
    PENDING_REPLACE, FILLED, CANCELED, REJECTED, EXPIRED. `replaced_by` is the client order id that follows this one.
    """

    client_order_id: Name
    broker_order_id: Name
    symbol: Symbol
    side: Side
    quantity: Decimal
    filled_quantity: Decimal = ZERO
    state: OrderState
    terms: OrderTerms
    replaced_by: Name | None = None
    reason: Text = ""
    updated_at: Time

    def __post_init__(self) -> None:
        check_price(quantity=self.quantity)
        check_countable(filled_quantity=self.filled_quantity)


class BrokerExecution(Struct, frozen=True, kw_only=True):
    """One fill: shares, price per share, the fee as a cost in the account's currency. Known by `execution_id`."""

    execution_id: Name
    client_order_id: Name
    broker_order_id: Name
    symbol: Symbol
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal = ZERO
    executed_at: Time

    def __post_init__(self) -> None:
        check_price(quantity=self.quantity, price=self.price)
        check_countable(fee=self.fee)


class BrokerAccount(Struct, frozen=True, kw_only=True):
    """The account as the broker has it now. `account_id` is the broker's own and never changes."""

    account_id: Name
    broker: Name  # paper or alpaca
    mode: Mode
    settles: bool  # a cash account: proceeds of a sale are free once they are settled
    currency: str = "USD"
    cash: Decimal

    def __post_init__(self) -> None:
        check_countable(cash=self.cash)


class BrokerPosition(Struct, frozen=True, kw_only=True):
    """Shares of one symbol, negative when short, at an average cost per share."""

    symbol: Symbol
    quantity: Decimal
    average_price: Decimal

    def __post_init__(self) -> None:
        check_countable(quantity=self.quantity, average_price=self.average_price)


class ActivityKind(StrEnum):
    DEPOSIT = "deposit"  # `amount` below zero is a withdrawal
    DIVIDEND = "dividend"  # below zero: paid by a short
    FEE = "fee"
    INTEREST = "interest"
    SPLIT = "split"  # `quantity` is how many shares came (below zero: went) with `symbol`
    BUST = "bust"  # the broker took the execution `execution_id` back
    TRANSFER = "transfer"  # `quantity` shares came (below zero: went) without a trade, worth `amount`; no cash moved


class Activity(Struct, frozen=True, kw_only=True):
    """Something that moved cash or shares and was no fill. `amount` is what it brought, below zero what it took."""

    activity_id: Name
    kind: ActivityKind
    amount: Decimal = ZERO
    symbol: Symbol | None = None
    quantity: Decimal | None = None
    execution_id: Name | None = None
    note: Text = ""
    at: Time

    def __post_init__(self) -> None:
        check_countable(amount=self.amount, quantity=self.quantity)


class BrokerUpdate(Struct, frozen=True, kw_only=True):
    """What the broker tells by itself: an order's new state, with the fill that led to it where one did."""

    order: BrokerOrder
    execution: BrokerExecution | None = None
