"""The API's own shapes: what is asked in a body, and answers that are not structs of a decision already."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from stockbot.events.trading import Flattening, OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.execution_engine.account_rows import Account
from stockbot.execution_engine.execution_rows import ExecutionItem
from stockbot.execution_engine.order_rows import Line, Numbered
from stockbot.execution_engine.reconciler import State
from stockbot.execution_engine.watch_rows import DriftItem
from stockbot.model.orders.reconciliation import DriftKind

Reason = Annotated[str, Field(min_length=1, max_length=1000, description="Why, in a few words; it is kept for good.")]
SymbolName = Annotated[str, Field(min_length=1, max_length=32)]
StrategyName = Annotated[str, Field(min_length=1, max_length=128)]
Amount = Annotated[Decimal | None, Field(description='A decimal as text, such as "10.5".')]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ManualOrder(Body):
    """An order that a person wants; risk decides it as it decides any other."""

    symbol: SymbolName
    side: Side
    quantity: Annotated[Decimal, Field(description='Shares, as text, such as "10".')]
    order_type: OrderType = OrderType.MARKET
    time_in_force: TimeInForce = TimeInForce.DAY
    limit_price: Amount = None
    stop_price: Amount = None
    trail: Amount = None
    extended_hours: bool = False
    stop_loss: Amount = None
    take_profit: Amount = None
    reason: Reason

    def terms(self) -> OrderTerms:
        """ValueError says which number is none."""
        return OrderTerms(
            order_type=self.order_type,
            time_in_force=self.time_in_force,
            limit_price=self.limit_price,
            stop_price=self.stop_price,
            trail=self.trail,
            extended_hours=self.extended_hours,
            stop_loss=self.stop_loss,
            take_profit=self.take_profit,
        )


class CancelAll(Body):
    """With `dry_run` nothing is canceled: the answer shows what would be."""

    reason: Reason
    dry_run: bool = False
    symbol: SymbolName | None = None
    strategy: StrategyName | None = None


class Flatten(Body):
    """`confirm` is needed while trading is halted, of an admin: the word FLATTEN."""

    reason: Reason
    dry_run: bool = False
    symbol: SymbolName | None = None
    confirm: str | None = None


class Because(Body):
    reason: Reason


class Acceptance(Body):
    """Which difference a person answers for: the broker is right, and our books become as its.

    `price` is what a share of a position is worth; without it the last price counts, or what it cost at the broker.
    With `as_split` they came or went by a split that the broker has not told: they are the holders', and cost nothing.
    """

    kind: DriftKind
    subject: Annotated[str, Field(min_length=1, max_length=128)]
    reason: Reason
    price: Annotated[Decimal | None, Field(gt=0, description='A decimal as text, such as "10.5".')] = None
    as_split: bool = False


class OrderItem(Struct, frozen=True, kw_only=True):
    """An order as it is listed; quantities in shares."""

    number: int
    client_order_id: str
    broker_order_id: str | None
    account: str
    strategy: str
    symbol: str
    side: Side
    state: OrderState
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal | None
    terms: OrderTerms
    leg: int
    revision: int
    signal_id: str | None
    decision_id: str | None
    correlationid: str
    flatten: Flattening | None
    reason: str
    created_at: datetime
    updated_at: datetime
    is_open: bool


class OrderAnswer(Struct, frozen=True, kw_only=True):
    """One order with all that happened to it. `approval` is the ORDER_APPROVED behind it, its signal included."""

    order: OrderItem
    timeline: list[Line]
    executions: list[ExecutionItem]
    approval: msgspec.Raw
    replaced_by: str | None


class Accepted(Struct, frozen=True, kw_only=True):
    """The signal is committed; what risk decides is told under this chain."""

    signal_id: str
    correlationid: str


class Canceled(Struct, frozen=True, kw_only=True):
    dry_run: bool
    orders: list[OrderItem]


class ClosingItem(Struct, frozen=True, kw_only=True):
    """What a strategy holds, to be closed; the chain of its orders is none where it was only a rehearsal."""

    symbol: str
    strategy: str
    side: Side
    quantity: Decimal
    correlationid: str | None


class Flattened(Struct, frozen=True, kw_only=True):
    dry_run: bool
    cancels: list[OrderItem]
    closes: list[ClosingItem]


class ReconciliationAnswer(Struct, frozen=True, kw_only=True):
    """Whether our books are the broker's, and where they are not. No account before the first comparison."""

    state: State
    reason: str
    last_at: datetime | None
    account: Account | None
    drifts: list[DriftItem]


def order_item(numbered: Numbered) -> OrderItem:
    order = numbered.order
    plain = {name: getattr(order, name) for name in OrderItem.__struct_fields__ if name != "number"}
    return OrderItem(number=numbered.number, **plain)
