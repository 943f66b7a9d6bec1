"""The Execution Engine's parts over a real database, with a broker and a Risk Guardian in the test's hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Connection, select
from tests.services.execution_engine.venue import Venue

from stockbot.codec import decode
from stockbot.events import AnyEvent
from stockbot.events.alerts import ServiceAlert
from stockbot.events.identity import digest_of
from stockbot.events.market import Quote
from stockbot.events.streams import ALERTS, ORDERS
from stockbot.events.trading import (
    Approval,
    OrderApproved,
    OrderState,
    OrderTerms,
    OrderType,
    OrderUpdate,
    Side,
    Signal,
)
from stockbot.execution_engine import order_rows
from stockbot.execution_engine.bookings import Bookings, parts_of
from stockbot.execution_engine.brackets import Brackets
from stockbot.execution_engine.cancels import Cancels
from stockbot.execution_engine.closes import Closes
from stockbot.execution_engine.comparison import Comparison
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.dispatcher import Dispatcher
from stockbot.execution_engine.inquiries import Inquiries
from stockbot.execution_engine.intake import Intake, order_id
from stockbot.execution_engine.publisher import Publisher
from stockbot.execution_engine.reconciler import Reconciler
from stockbot.execution_engine.tables import LEASE, METADATA, OUTBOX
from stockbot.model.orders.order import Order
from stockbot.model.risk.trading_state import TradingState
from stockbot.risk_guardian.tables import DECISIONS, TRADING_STATE
from stockbot.risk_guardian.tables import METADATA as RISK
from stockbot.runtime.database import Database
from stockbot.runtime.lease import Lease
from stockbot.runtime.outbox import Writer
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.samples import SIGNAL

SOURCE = "execution-engine/0"
PATIENCE = timedelta(seconds=25)
LIFE = timedelta(seconds=10)  # of an approval


def approved(number: int = 1, *, at: datetime = START, **changes: Any) -> OrderApproved:
    """Buy 10 AAPL with a limit of 101; `changes` are of the approval, or of its signal."""
    of_signal = {name: changes.pop(name) for name in list(changes) if name in OF_SIGNAL}
    signal = replace(SIGNAL, reference_time=at, valid_until=at + timedelta(minutes=2), quotes=(), **of_signal)
    ordinary: dict[str, Any] = {
        "decision_id": f"decision-{number}",
        "signal_id": f"signal-{number}",
        "signal": signal,
        "side": Side.BUY,
        "quantity": Decimal(10),
        "terms": OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(101)),
        "held": Decimal(1011),
        "expires_at": at + LIFE,
    }
    approval = Approval(**(ordinary | changes))
    return OrderApproved(
        id=approval.decision_id,
        source="risk-guardian/0",
        time=at,
        subject=signal.symbol,
        correlationid=f"chain-{number}",
        causationid=approval.signal_id,
        data=approval,
    )


OF_SIGNAL = set(Signal.__struct_fields__) - {"side", "quantity", "terms"}


def order_of(number: int = 1, leg: int = 0, revision: int = 0, *, strategy: str = SIGNAL.strategy) -> str:
    return order_id(strategy, f"signal-{number}", leg, revision)


@dataclass
class Floor:
    """`gates` and `reconciled` are what the desk is told; all else is real."""

    database: Database
    clock: FixedClock = field(default_factory=FixedClock)
    gates: tuple[str, ...] = ()
    reconciled: bool = True
    is_right_account: bool = True
    risk_source: str = ""

    def __post_init__(self) -> None:
        self.venue = Venue(self.clock)
        self.publisher = Publisher(Writer(OUTBOX, SOURCE))
        self.lease = Lease(LEASE, "accounts", "test")
        self.desk = Desk(
            account="paper",
            publisher=self.publisher,
            storage=self.database,
            lease=self.lease,
            clock=self.clock,
            gates=lambda: self.gates,
            is_reconciled=lambda: self.reconciled,
            knows_account=lambda: self.is_right_account,
        )
        self.touched: list[Order] = []
        self.bookings = Bookings(self.desk, self.touched.extend)
        self.dispatcher = Dispatcher(self.desk, self.bookings, self.venue, send_seconds=5)
        self.inquiries = Inquiries(self.desk, self.bookings, self.venue, self.dispatcher, patience=PATIENCE)
        self.cancels = Cancels(self.desk, self.bookings, self.venue)
        self.quotes: dict[str, Quote] = {}
        self.brackets = Brackets(self.desk, lambda: self.quotes, lambda: None)
        self.closes = Closes(self.desk, lambda: self.quotes)
        self.intake = Intake(self.desk, self._follow)
        self.comparison = Comparison(self.desk, self.bookings, self.venue)
        self.gauge = Gauge("stockbot_drift", "Drift.", ("kind",), registry=CollectorRegistry())
        self.reconciler = Reconciler(self.desk, self.comparison, seconds=30, drift_gauge=self.gauge)

    async def decide(self, *events: OrderApproved, outcome: str = "approved", digest: str | None = None) -> None:
        """Risk's rows for these approvals."""
        rows = [decision_row(event, outcome, digest) for event in events]
        await self.database.run(lambda c: c.execute(DECISIONS.insert(), rows))

    async def take(self, *events: AnyEvent) -> None:
        """Hand the approvals to the intake as one batch."""
        await self.database.run(partial(self.intake.handle, events=events))

    async def approve(self, number: int = 1, **changes: Any) -> str:
        """Risk approves an order, and the intake takes it; returns its client order id."""
        event = approved(number, at=self.clock.now(), **changes)
        await self.decide(event)
        await self.take(event)
        return order_of(number, strategy=event.data.signal.strategy)

    async def send(self) -> None:
        """Send all that there is, and book what became of it."""
        while await self.dispatcher.send_some():
            await self.dispatcher.finish()
        await self.bookings.flush()

    async def hear(self) -> None:
        """Book all that the broker has told by itself."""
        while not self.venue._told.empty():
            await self.bookings.put(*parts_of(self.venue._told.get_nowait()))
        await self.bookings.flush()

    async def working(self, number: int = 1, **changes: Any) -> str:
        """An order that is at the broker."""
        name = await self.approve(number, **changes)
        await self.send()
        return name

    async def halt(self, state: TradingState = TradingState.HALTED) -> None:
        row = {"name": "platform", "effective": state, "status": b"{}"}
        await self.database.run(lambda c: (c.execute(TRADING_STATE.delete()), c.execute(TRADING_STATE.insert(), row)))

    async def order(self, name: str) -> Order:
        found = await self.database.read(partial(order_rows.by_id, client_order_ids=[name]))
        return found[name]

    async def updates(self, name: str | None = None) -> list[OrderUpdate]:
        """Every ORDER_UPDATE that was told, of one order or of all."""
        told = [event for event in await self.told(ORDERS) if isinstance(event, OrderUpdate)]
        return [event for event in told if name in (None, event.data.client_order_id)]

    async def states(self, name: str) -> list[OrderState]:
        return [event.data.state for event in await self.updates(name)]

    async def alerts(self) -> list[str]:
        """The kinds of the alerts that were told."""
        told = [event for event in await self.told(ALERTS) if isinstance(event, ServiceAlert)]
        return [event.data.fingerprint.rsplit("-", 1)[0] for event in told]

    async def told(self, stream: str) -> list[AnyEvent]:
        """Everything in the outbox for a stream, in order."""
        events = OUTBOX.events
        statement = select(events.c.event).where(events.c.stream == stream).order_by(events.c.sequence)
        return await self.database.read(lambda c: [decode(bytes(row.event)) for row in c.execute(statement)])

    def _follow(self, source: str) -> None:
        self.risk_source = source


def decision_row(event: OrderApproved, outcome: str = "approved", digest: str | None = None) -> dict[str, object]:
    """Risk's row behind an approval."""
    approval = event.data
    return {
        "decision_id": approval.decision_id,
        "signal_id": approval.signal_id,
        "signal_digest": digest_of(approval.signal),
        "correlationid": event.correlationid,
        "outcome": outcome,
        "strategy": approval.signal.strategy,
        "account": approval.signal.account,
        "symbol": approval.signal.symbol,
        "side": approval.side,
        "quantity": approval.quantity,
        "held": approval.held,
        "reasons": b"[]",
        "decided_at": event.time,
        "expires_at": approval.expires_at,
        "approval_digest": digest or digest_of(approval),
        "inputs": b"{}",
    }


def create_all(connection: Connection) -> None:
    """The tables of the Execution Engine, and those of the Risk Guardian that it reads."""
    METADATA.create_all(connection)
    RISK.create_all(connection)


@pytest.fixture
async def floor(database: Database) -> Floor:
    """Parts over new tables, with the lease held and the account opened with 100,000 dollars."""
    floor = Floor(database)
    await database.run(create_all)
    await database.run(floor.publisher.open)
    assert await floor.lease.acquire(database)
    await floor.reconciler.run()
    return floor
