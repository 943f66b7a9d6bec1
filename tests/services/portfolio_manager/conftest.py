"""A Portfolio Manager's parts over a real database, and the Execution Engine's rows that it reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Boolean, Column, Connection, LargeBinary, MetaData, String, Table, Text, select

from stockbot.codec import decode
from stockbot.events import AnyEvent
from stockbot.events.market import ExchangeSessions, Session, SessionHours
from stockbot.events.streams import ALERTS
from stockbot.events.trading import Execution, OrderReport, OrderState, OrderUpdate, Side
from stockbot.model.ledger.days import Days
from stockbot.model.ledger.valuation import Mark
from stockbot.portfolio_manager.batch import Terms
from stockbot.portfolio_manager.books import Books
from stockbot.portfolio_manager.openings import open_accounts
from stockbot.portfolio_manager.publisher import Publisher
from stockbot.portfolio_manager.series import Series
from stockbot.portfolio_manager.tables import LEASE, METADATA, OUTBOX
from stockbot.portfolio_manager.views import View, read_views
from stockbot.portfolio_manager.watch import Watch
from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime
from stockbot.runtime.database import Database
from stockbot.runtime.lease import Lease
from stockbot.runtime.outbox import Writer
from stockbot.testing.clock import START, FixedClock

SOURCE = "portfolio-manager/0"
CASH = Decimal(100_000)

ENGINE = MetaData()
EXECUTION_ACCOUNTS = Table(
    "execution_accounts",
    ENGINE,
    Column("account", String(128), primary_key=True),
    Column("broker", String(128), nullable=False),
    Column("broker_account_id", String(128), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("settles", Boolean, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("opening_cash", ExactDecimal, nullable=False),
    Column("opening_positions", LargeBinary, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
)
EXECUTION_ACTIVITIES = Table(
    "execution_activities",
    ENGINE,
    Column("number", LongInteger, primary_key=True),
    Column("account", String(128), nullable=False),
    Column("activity_id", String(128), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("amount", ExactDecimal, nullable=False),
    Column("symbol", String(32), nullable=True),
    Column("quantity", ExactDecimal, nullable=True),
    Column("execution_id", String(128), nullable=True),
    Column("note", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)


def sessions(now: datetime = START, days: Sequence[int] = (0, 1, 2, 3, 4)) -> ExchangeSessions:
    """New York is open at `now`, 10:00 on a Monday, and on the given days after it."""
    hours = [
        SessionHours(
            date=(now + timedelta(days=day)).date().isoformat(),
            opens=now + timedelta(days=day, minutes=-30),
            closes=now + timedelta(days=day, hours=6),
        )
        for day in days
    ]
    return ExchangeSessions(
        exchange="XNYS", timezone="America/New_York", computed_at=now, phase=Session.OPEN, sessions=tuple(hours)
    )


def fill(
    sequence: int,
    change: str,
    price: str,
    *,
    fee: str = "0",
    symbol: str = "AAPL",
    strategy: str = "trend",
    execution_id: str | None = None,
    at: datetime = START,
    account: str = "paper",
) -> OrderUpdate:
    """An order that filled at once: `change` shares, sold below zero."""
    quantity = Decimal(change)
    execution = Execution(
        execution_id=execution_id or f"fill-{sequence}",
        quantity=abs(quantity),
        price=Decimal(price),
        fee=Decimal(fee),
        executed_at=at,
    )
    report = OrderReport(
        account=account,
        client_order_id=f"order-{sequence}",
        signal_id=f"signal-{sequence}",
        strategy=strategy,
        symbol=symbol,
        side=Side.BUY if quantity > 0 else Side.SELL,
        state=OrderState.FILLED,
        quantity=abs(quantity),
        filled_quantity=abs(quantity),
        execution=execution,
    )
    return OrderUpdate(
        id=f"update-{sequence}",
        source="execution-engine/0",
        time=at,
        subject=account,
        correlationid=f"chain-{sequence}",
        sequence=sequence,
        incarnation="1.a",
        data=report,
    )


def accepted(sequence: int) -> OrderUpdate:
    """An order that the broker took: nothing to book."""
    update = fill(sequence, "10", "100")
    report = msgspec.structs.replace(update.data, state=OrderState.ACCEPTED, filled_quantity=Decimal(0), execution=None)
    return msgspec.structs.replace(update, data=report)


def marks(at: datetime = START, **prices: str) -> dict[str, Mark]:
    return {symbol: Mark(price=Decimal(price), at=at) for symbol, price in prices.items()}


def engine_account(
    connection: Connection,
    *,
    cash: Decimal = CASH,
    positions: Sequence[tuple[str, str, str]] = (),
    settles: bool = False,
    account: str = "paper",
    at: datetime = START,
) -> None:
    """What the Execution Engine writes at its first start; positions are symbol, shares, average price."""
    held = [{"symbol": s, "quantity": quantity, "average_price": price} for s, quantity, price in positions]
    row = {
        "account": account,
        "broker": "paper",
        "broker_account_id": "paper-1",
        "mode": "paper",
        "settles": settles,
        "currency": "USD",
        "opening_cash": cash,
        "opening_positions": msgspec.json.encode(held),
        "opened_at": at,
    }
    connection.execute(EXECUTION_ACCOUNTS.insert(), row)


def engine_activity(
    connection: Connection, activity_id: str, kind: str, amount: str = "0", *, account: str = "paper", **rest: Any
) -> None:
    """Something that the broker did by itself."""
    row = {
        "account": account,
        "activity_id": activity_id,
        "kind": kind,
        "amount": Decimal(amount),
        "symbol": None,
        "quantity": None,
        "execution_id": None,
        "note": "",
        "at": START,
        "recorded_at": START,
        **rest,
    }
    connection.execute(EXECUTION_ACTIVITIES.insert(), row)


@dataclass
class FixedFeed:
    """Prices and days as the test sets them."""

    days: Days = field(default_factory=lambda: Days(sessions=sessions()))
    prices: dict[str, Mark] = field(default_factory=dict)
    ticks: int = 0
    seen: dict[str, tuple[Mark, Mark]] = field(default_factory=dict)

    def marks(self) -> dict[str, Mark]:
        return self.prices

    def extremes(self) -> dict[str, tuple[Mark, Mark]]:
        return self.seen

    def forget_extremes(self) -> None:
        self.seen = {}


@dataclass
class Parts:
    """`feed` has the calendar and the prices that all parts see."""

    database: Database
    feed: FixedFeed = field(default_factory=FixedFeed)
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.publisher = Publisher(Writer(OUTBOX, SOURCE))
        self.lease = Lease(LEASE, "accounts", "test")
        self.series = Series(CollectorRegistry())

    def terms(self) -> Terms:
        return Terms(now=self.clock.now(), days=self.feed.days, settlement_days=1)

    def fence(self, connection: Connection) -> None:
        self.lease.check(connection)

    @property
    def books(self) -> Books:
        return Books(terms=self.terms, publisher=self.publisher, fence=self.fence, series=self.series)

    async def open(self, **account: Any) -> None:
        """Open an account that the Execution Engine has found."""
        await self.database.run(partial(engine_account, **account))
        await self.database.run(lambda connection: open_accounts(connection, self.terms()))

    async def book(self, *updates: AnyEvent) -> None:
        """Hand the updates to the books as one batch."""
        await self.database.run(partial(self.books.handle, events=updates))

    async def view(self, account: str = "paper") -> View:
        today = self.feed.days.today(self.clock.now())
        (view,) = await self.database.read(partial(read_views, today=today, account=account))
        return view

    async def told(self) -> list[AnyEvent]:
        """Everything in the outbox, in order."""
        events = OUTBOX.events
        statement = select(events.c.event).where(events.c.stream == ALERTS).order_by(events.c.sequence)
        return await self.database.read(lambda c: [decode(bytes(row.event)) for row in c.execute(statement)])


def watch_of(parts: Parts, **changes: Any) -> Watch:
    """A watch that samples once a minute."""
    usual: dict[str, Any] = {
        "terms": parts.terms,
        "feed": parts.feed,
        "storage": parts.database,
        "lease": parts.lease,
        "fence": parts.fence,
        "publisher": parts.publisher,
        "series": parts.series,
        "committed": lambda: None,
        "drained": lambda: True,
        "clock": parts.clock,
        "sample_seconds": 60,
    }
    return Watch(**usual | changes)


@pytest.fixture
async def parts(database: Database) -> Parts:
    """Parts over new tables, with the lease held; no account is open."""
    parts = Parts(database)
    await database.run(METADATA.create_all)
    await database.run(ENGINE.create_all)
    await database.run(parts.publisher.open)
    assert await parts.lease.acquire(database)
    return parts
