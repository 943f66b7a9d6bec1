"""What the Execution Engine's API answers, decoded at this edge. Used by client, state and the view models."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from stockbot.events.trading import Approval, OrderState, OrderTerms, Side

Mode = Literal["paper", "live"]


class Order(Struct, frozen=True, kw_only=True):
    """One order; quantities in shares. `number` is None for one that only the bus has told of so far."""

    client_order_id: str
    number: int | None = None
    broker_order_id: str | None = None
    account: str
    strategy: str
    symbol: str
    side: Side
    state: OrderState
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal | None = None
    terms: OrderTerms = OrderTerms()
    leg: int | str = 0
    revision: int = 0
    signal_id: str | None = None
    decision_id: str | None = None
    correlationid: str
    flatten: str | None = None
    reason: str = ""
    created_at: datetime
    updated_at: datetime
    is_open: bool


class OrderStep(Struct, frozen=True, kw_only=True):
    """One line of an order's history: what it became, and whose word that is."""

    at: datetime
    state: str
    filled_quantity: Decimal = Decimal(0)
    reason: str = ""
    source: str = "engine"  # engine, broker or person


class Fill(Struct, frozen=True, kw_only=True):
    """An execution, as the engine booked it. The fee is a cost in the account's currency."""

    number: int
    execution_id: str
    client_order_id: str
    account: str
    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    executed_at: datetime
    booked_at: datetime
    correlationid: str
    signal_id: str | None = None
    decision_id: str | None = None


class OrderDetail(Struct, frozen=True, kw_only=True):
    """An order with all that happened to it; `timeline` and `executions` have the oldest first."""

    order: Order
    timeline: tuple[OrderStep, ...] = ()
    executions: tuple[Fill, ...] = ()
    approval: Approval | None = None
    replaced_by: str | None = None


class Sent(Struct, frozen=True, kw_only=True):
    """A manual order was taken on as a signal: risk decides about it."""

    signal_id: str
    correlationid: str


class CancelAll(Struct, frozen=True, kw_only=True):
    dry_run: bool
    orders: tuple[Order, ...]


class Close(Struct, frozen=True, kw_only=True):
    """The order that closes what a strategy holds; without `correlationid` it was only asked what it would be."""

    symbol: str
    strategy: str = ""
    side: Side
    quantity: Decimal
    correlationid: str | None = None


class Flatten(Struct, frozen=True, kw_only=True):
    dry_run: bool
    cancels: tuple[Order, ...]
    closes: tuple[Close, ...]


class BrokerAccount(Struct, frozen=True, kw_only=True):
    """The account at the broker; `mode` says whether money moves."""

    account: str
    broker: str
    broker_account_id: str
    mode: Mode
    settles: bool = False
    currency: str = "USD"


class Drift(Struct, frozen=True, kw_only=True):
    """What our books and the broker's disagree about; both sides in words, since a kind has its own."""

    kind: str  # order, position, cash or execution
    subject: str
    ours: str | None = None
    brokers: str | None = None
    since: datetime | None = None


class Reconciliation(Struct, frozen=True, kw_only=True):
    state: Literal["reconciled", "running", "failed", "never"]
    reason: str = ""
    last_at: datetime | None = None
    account: BrokerAccount | None = None
    drifts: tuple[Drift, ...] = ()


class Drain(Struct, frozen=True, kw_only=True):
    """Draining: nothing new is taken on while the orders `in_flight` are finished."""

    state: Literal["serving", "draining", "drained"]
    in_flight: tuple[str, ...] = ()
    since: datetime | None = None
