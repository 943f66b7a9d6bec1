"""What the Execution Engine says to the platform, into the outbox: order updates, alerts, and a person's signals."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.events.alerts import Alert, ServiceAlert
from stockbot.events.identity import id_of
from stockbot.events.streams import ALERTS, ORDERS, SIGNALS
from stockbot.events.trading import Execution, OrderUpdate, Signal, SignalGenerated
from stockbot.model.orders.broker import BrokerExecution
from stockbot.model.orders.order import Order, report_of
from stockbot.runtime.outbox import Writer

STREAMS = (ORDERS, ALERTS, SIGNALS)


class Publisher:
    """Appends to the outbox in the transaction of what it tells."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    @property
    def source(self) -> str:
        return self.writer.source

    def open(self, connection: Connection) -> None:
        """Make sure that the streams have their heads: at start."""
        for stream in STREAMS:
            self.writer.open(connection, stream, uuid4().hex)

    def update_of(self, order: Order, fill: BrokerExecution | None, now: datetime) -> OrderUpdate:
        """The event that tells an order's state, with the fill that led to it."""
        report = report_of(order)
        return OrderUpdate(
            id=_update_id(order, fill, now),
            source=self.source,
            time=now,
            subject=order.account,
            correlationid=order.correlationid,
            causationid=order.causationid,
            traceparent=order.traceparent,
            data=report if fill is None else replace(report, execution=_execution(fill)),
        )

    def tell_orders(self, connection: Connection, updates: Sequence[OrderUpdate], now: datetime) -> None:
        self.writer.append(connection, ORDERS, updates, now)

    def tell_alerts(self, connection: Connection, alerts: Sequence[Alert], now: datetime) -> None:
        """One SERVICE_ALERT for each."""
        self.writer.append(connection, ALERTS, [self._alert(alert, now) for alert in alerts], now)

    def tell_signal(
        self, connection: Connection, signal_id: str, signal: Signal, now: datetime, *, correlationid: str
    ) -> SignalGenerated:
        """A person's signal, which risk decides as it decides any other."""
        event = SignalGenerated(
            id=signal_id,
            source=self.source,
            time=now,
            subject=signal.symbol,
            correlationid=correlationid,
            data=signal,
        )
        self.writer.append(connection, SIGNALS, [event], now)
        return event

    def _alert(self, alert: Alert, now: datetime) -> ServiceAlert:
        event_id = id_of("alert", self.source, alert.fingerprint, now.isoformat())
        return ServiceAlert(
            id=event_id,
            source=self.source,
            time=now,
            subject=alert.fingerprint,
            correlationid=event_id,
            data=alert,
        )


def _update_id(order: Order, fill: BrokerExecution | None, now: datetime) -> str:
    if fill is not None:
        return id_of("update", order.account, fill.execution_id)
    return id_of("update", order.client_order_id, order.state, now.isoformat())


def _execution(fill: BrokerExecution) -> Execution:
    return Execution(
        execution_id=fill.execution_id,
        quantity=fill.quantity,
        price=fill.price,
        fee=fill.fee,
        executed_at=fill.executed_at,
    )
