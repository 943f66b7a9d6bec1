"""The blotter: what one transaction does to orders, in order, and everything that follows from it.

Every change of an order goes through here, whoever made it: the order's row, its timeline, its fills with position and
cash, and the events that tell them are written together or not at all. Opened with the orders that are touched;
`close` writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.events.alerts import Alert
from stockbot.events.identity import id_of
from stockbot.events.trading import Approval, OrderState, OrderTerms, OrderUpdate
from stockbot.execution_engine import account_rows, alerts, execution_rows, order_rows, watch_rows
from stockbot.execution_engine.account_rows import Key
from stockbot.execution_engine.publisher import Publisher
from stockbot.execution_engine.tables import TIMELINE
from stockbot.model.orders.acts import settle_replace
from stockbot.model.orders.books import cash_of, change_of
from stockbot.model.orders.broker import ZERO, BrokerExecution, BrokerOrder
from stockbot.model.orders.ids import adopted
from stockbot.model.orders.order import EXTERNAL, Order
from stockbot.model.orders.transitions import Step, Trouble, take_execution, take_snapshot


class Source(StrEnum):
    ENGINE = "engine"
    BROKER = "broker"
    PERSON = "person"


@dataclass(kw_only=True)
class Blotter:
    """`orders` are those that were loaded or made so far, as they are by now."""

    connection: Connection
    publisher: Publisher
    account: str
    token: int
    now: datetime
    orders: dict[str, Order] = field(default_factory=dict)
    _new: set[str] = field(default_factory=set)
    _changed: dict[str, None] = field(default_factory=dict)
    _approvals: dict[str, Approval] = field(default_factory=dict)
    _lines: list[dict[str, object]] = field(default_factory=list)
    _updates: list[OrderUpdate] = field(default_factory=list)
    _fills: dict[str, BrokerExecution] = field(default_factory=dict)  # booked before or in this transaction
    _booked: list[tuple[Order, BrokerExecution]] = field(default_factory=list)
    _alerts: list[Alert] = field(default_factory=list)

    def load(self, client_order_ids: Iterable[str]) -> None:
        """Read the orders that are not loaded yet."""
        missing = [name for name in dict.fromkeys(client_order_ids) if name not in self.orders]
        self.orders.update(order_rows.by_id(self.connection, missing))

    def load_open(self, symbols: Iterable[str]) -> None:
        """Read what works in these symbols."""
        self.orders.update(order_rows.open_orders(self.connection, symbols))

    def load_fills(self, execution_ids: Iterable[str]) -> None:
        """Read which of the fills are booked already: before `fill`."""
        self._fills.update(execution_rows.booked(self.connection, self.account, execution_ids))

    def add(self, order: Order, approval: Approval | None = None) -> None:
        """A new order, with the approval behind it."""
        self._new.add(order.client_order_id)
        if approval is not None:
            self._approvals[order.client_order_id] = approval
        self._put(order, Source.ENGINE, tells=True)

    def act(self, order: Order | None, source: Source = Source.ENGINE) -> bool:
        """What an act of ours made of an order; False where the act did not fit."""
        if order is None:
            return False
        self._put(order, source, tells=self._differs(order))
        return True

    def snapshot(self, said: BrokerOrder) -> None:
        """The broker told the state of an order; one that we do not know was placed there by hand."""
        known = self.orders.get(said.client_order_id)
        order = known or self._adopt(said.client_order_id, said, said.quantity)
        self._take(take_snapshot(order, said, self.now))

    def fill(self, said: BrokerExecution) -> None:
        """The broker told a fill."""
        known = self.orders.get(said.client_order_id)
        order = known or self._adopt(said.client_order_id, said, said.quantity)
        self._take(take_execution(order, said, self._fills.get(said.execution_id), self.now))

    def alert(self, alert: Alert) -> None:
        self._alerts.append(alert)

    def close(self) -> None:
        """Write everything down, in this transaction."""
        fresh = [self.orders[name] for name in self._changed if name in self._new]
        known = [self.orders[name] for name in self._changed if name not in self._new]
        order_rows.add(self.connection, fresh, self._approvals, self.token)
        order_rows.keep(self.connection, known)
        if self._lines:
            self.connection.execute(TIMELINE.insert(), self._lines)
        self._book()
        self.publisher.tell_orders(self.connection, self._updates, self.now)
        self.publisher.tell_alerts(self.connection, self._alerts, self.now)

    def _take(self, step: Step) -> None:
        before = self.orders[step.order.client_order_id]
        for trouble in step.troubles:
            self._complain(before, trouble)
        if step.fill is not None:
            self._fills[step.fill.execution_id] = step.fill
            self._booked.append((step.order, step.fill))
        if step.order != before:
            tells = step.fill is not None or self._differs(step.order)
            self._put(step.order, Source.BROKER, tells=tells, fill=step.fill)

    def claim(self, order: Order, correlationid: str) -> None:
        """Tell an adopted order once more: what risk holds for its decision, made anew after a restore, is over."""
        self._put(replace(order, correlationid=correlationid), Source.ENGINE, tells=True)

    def _adopt(self, client_order_id: str, said: BrokerOrder | BrokerExecution, quantity: Decimal) -> Order:
        """An order of which we have no row: somebody placed it at the broker, or our database is an older one."""
        order = adopted(
            Order(
                account=self.account,
                client_order_id=client_order_id,
                broker_order_id=said.broker_order_id,
                strategy=EXTERNAL,
                symbol=said.symbol,
                side=said.side,
                quantity=quantity,
                terms=said.terms if isinstance(said, BrokerOrder) else OrderTerms(),
                correlationid=id_of("adopted", client_order_id),
                own=OrderState.SENT,
                created_at=self.now,
                updated_at=self.now,
            )
        )
        self._new.add(client_order_id)
        self.orders[client_order_id] = order
        self._changed[client_order_id] = None
        return order

    def _differs(self, order: Order) -> bool:
        before = self.orders[order.client_order_id]
        return (order.state, order.replaced_by) != (before.state, before.replaced_by)

    def _put(self, order: Order, source: Source, *, tells: bool, fill: BrokerExecution | None = None) -> None:
        if tells:
            update = self.publisher.update_of(order, fill, self.now)
            self._updates.append(update)
            order = replace(order, causationid=update.id)
            self._lines.append(self._line(order, source, fill))
        self.orders[order.client_order_id] = order
        self._changed[order.client_order_id] = None
        if order.replaces is not None:
            self._settle_replaced(order, order.replaces)

    def _settle_replaced(self, by: Order, replaced: str) -> None:
        self.load([replaced])
        if replaced in self.orders:
            self.act(settle_replace(self.orders[replaced], by, self.now))

    def _line(self, order: Order, source: Source, fill: BrokerExecution | None) -> dict[str, object]:
        return {
            "client_order_id": order.client_order_id,
            "at": self.now,
            "state": order.state,
            "filled_quantity": order.filled_quantity,
            "source": source,
            "reason": order.reason if fill is None else f"{fill.quantity} at {fill.price}",
        }

    def _complain(self, order: Order, trouble: Trouble) -> None:
        """Once for each: what the broker repeats is no news."""
        name = order.client_order_id
        if watch_rows.add_trouble(self.connection, trouble.kind, name, trouble.reason, self.now):
            self.alert(alerts.of_trouble(order, trouble))

    def _book(self) -> None:
        """Fills move position and cash in the transaction in which they are written."""
        execution_rows.add(self.connection, self._booked, self.now)
        moved: dict[Key, Decimal] = {}
        for order, fill in self._booked:
            key = (order.strategy, fill.symbol)
            moved[key] = moved.get(key, ZERO) + change_of(fill)
        account_rows.move_positions(self.connection, self.account, moved)
        account_rows.move_cash(self.connection, self.account, sum((cash_of(fill) for _, fill in self._booked), ZERO))
