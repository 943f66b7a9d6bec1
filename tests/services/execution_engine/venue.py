"""A broker in the hand of a test: takes orders, fills them when it is told to, and answers as badly as it is told to.

The adapters have their own suites against real HTTP; here it is the Execution Engine that is tried.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

from msgspec.structs import replace

from stockbot.errors import Unavailable
from stockbot.events.trading import OrderState, Side
from stockbot.execution_engine.brokers.protocol import (
    Activity,
    BrokerAccount,
    BrokerExecution,
    BrokerOrder,
    BrokerPosition,
    BrokerUpdate,
    Mode,
    OrderNotOpen,
    OrderRefused,
    OrderRequest,
    OutcomeUnknown,
)
from stockbot.model.orders.order import ENDED
from stockbot.runtime.clock import Clock


class Fault(Enum):
    NOT_SENT = auto()
    ANSWER_LOST = auto()  # it arrived, and nobody hears of it
    LOST = auto()  # it did not arrive, and nobody knows
    REFUSED = auto()
    BROKEN = auto()  # the adapter itself fails


@dataclass
class Venue:
    """`faults` are those of the next submits and replaces, in order. `submitted` is all that ever arrived."""

    clock: Clock
    cash: Decimal = Decimal(100_000)
    faults: list[Fault] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    orders: dict[str, BrokerOrder] = field(default_factory=dict)
    fills: list[BrokerExecution] = field(default_factory=list)
    moved: list[Activity] = field(default_factory=list)
    shares: dict[str, Decimal] = field(default_factory=dict)
    account_id: str = "account-1"
    trouble: str | None = None
    is_away: bool = False
    fee: Decimal = Decimal(1)
    _told: "asyncio.Queue[BrokerUpdate]" = field(default_factory=asyncio.Queue)

    async def account(self) -> BrokerAccount:
        self._answer()
        return BrokerAccount(account_id=self.account_id, broker="test", mode=Mode.PAPER, settles=False, cash=self.cash)

    async def submit(self, order: OrderRequest) -> BrokerOrder:
        self._answer()
        fault = self.faults.pop(0) if self.faults else None
        return self._take(order, fault)

    async def replace(self, client_order_id: str, order: OrderRequest) -> BrokerOrder:
        self._answer()
        fault = self.faults.pop(0) if self.faults else None
        known = self.orders.get(client_order_id)
        if known is None or known.state in ENDED:
            raise OrderNotOpen(f"{client_order_id} is not open")
        if fault in (None, Fault.ANSWER_LOST):
            self.orders[client_order_id] = replace(
                known, state=OrderState.CANCELED, replaced_by=order.client_order_id, updated_at=self.clock.now()
            )
        return self._take(order, fault)

    async def cancel(self, client_order_id: str) -> None:
        self._answer()
        known = self.orders.get(client_order_id)
        if known is None or known.state in ENDED:
            raise OrderNotOpen(f"{client_order_id} is not open")
        self.canceled.append(client_order_id)
        self.change(client_order_id, OrderState.CANCELED)

    async def order(self, client_order_id: str) -> BrokerOrder | None:
        self._answer()
        return self.orders.get(client_order_id)

    async def open_orders(self) -> list[BrokerOrder]:
        self._answer()
        return [order for order in self.orders.values() if order.state not in ENDED]

    async def executions(self, since: datetime) -> list[BrokerExecution]:
        self._answer()
        return [fill for fill in self.fills if fill.executed_at >= since]

    async def positions(self) -> list[BrokerPosition]:
        self._answer()
        return [
            BrokerPosition(symbol=symbol, quantity=quantity, average_price=Decimal(100))
            for symbol, quantity in self.shares.items()
            if quantity
        ]

    async def activities(self, since: datetime) -> list[Activity]:
        self._answer()
        return [one for one in self.moved if one.at >= since]

    async def updates(self) -> AsyncIterator[BrokerUpdate]:
        while True:
            yield await self._told.get()

    async def close(self) -> None:
        self.is_away = True

    def change(self, client_order_id: str, state: OrderState, *, tells: bool = True) -> BrokerOrder:
        """The order becomes so."""
        after = replace(self.orders[client_order_id], state=state, updated_at=self.clock.now())
        self.orders[client_order_id] = after
        if tells:
            self._told.put_nowait(BrokerUpdate(order=after))
        return after

    def fill(self, client_order_id: str, quantity: int, price: str = "100", *, tells: bool = True) -> BrokerUpdate:
        """So many shares of the order trade."""
        known = self.orders[client_order_id]
        execution = BrokerExecution(
            execution_id=f"fill-{len(self.fills) + 1}",
            client_order_id=client_order_id,
            broker_order_id=known.broker_order_id,
            symbol=known.symbol,
            side=known.side,
            quantity=Decimal(quantity),
            price=Decimal(price),
            fee=self.fee,
            executed_at=self.clock.now(),
        )
        self.fills.append(execution)
        signed = execution.quantity if known.side is Side.BUY else -execution.quantity
        self.shares[known.symbol] = self.shares.get(known.symbol, Decimal(0)) + signed
        self.cash -= signed * execution.price + execution.fee
        filled = known.filled_quantity + execution.quantity
        state = OrderState.FILLED if filled >= known.quantity else OrderState.PARTIALLY_FILLED
        if known.state in ENDED:
            state = known.state
        after = replace(known, filled_quantity=filled, state=state, updated_at=self.clock.now())
        self.orders[client_order_id] = after
        update = BrokerUpdate(order=after, execution=execution)
        if tells:
            self._told.put_nowait(update)
        return update

    def take_by_hand(self, order: OrderRequest) -> None:
        """Somebody places an order at the broker."""
        self._take(order, None)

    def _take(self, order: OrderRequest, fault: Fault | None) -> BrokerOrder:
        if fault is Fault.NOT_SENT:
            raise Unavailable("no connection")
        if fault is Fault.LOST:
            raise OutcomeUnknown("the connection broke")
        if fault is Fault.REFUSED:
            raise OrderRefused("not enough buying power")
        if fault is Fault.BROKEN:
            raise KeyError("id")
        if order.client_order_id in self.orders:
            raise OrderRefused(f"{order.client_order_id} was used before")
        self.submitted.append(order.client_order_id)
        taken = BrokerOrder(
            client_order_id=order.client_order_id,
            broker_order_id=f"broker-{len(self.submitted)}",
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity,
            state=OrderState.ACCEPTED,
            terms=order.terms,
            updated_at=self.clock.now(),
        )
        self.orders[order.client_order_id] = taken
        if fault is Fault.ANSWER_LOST:
            raise OutcomeUnknown("the answer did not come")
        return taken

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable("the broker does not answer")
