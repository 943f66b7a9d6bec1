"""A Risk Guardian's parts over a real database, with a market that the test has in its hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from stockbot.codec import decode
from stockbot.events import AnyEvent
from stockbot.events.market import ExchangeSessions, Session, SessionHours
from stockbot.events.portfolio import Portfolio, PortfolioUpdate
from stockbot.events.trading import Execution, OrderReport, OrderState, OrderUpdate, Side, SignalGenerated
from stockbot.model.risk.limits import Limits
from stockbot.risk_guardian.books import Books
from stockbot.risk_guardian.desk import Desk
from stockbot.risk_guardian.limits import limits_of
from stockbot.risk_guardian.market import Listing, Market
from stockbot.risk_guardian.publisher import Publisher
from stockbot.risk_guardian.tables import LEASE, METADATA, OUTBOX
from stockbot.risk_guardian.watch import Watch
from stockbot.runtime.database import Database
from stockbot.runtime.lease import Lease
from stockbot.runtime.outbox import Writer
from stockbot.spec.risk_guardian import RiskLimits
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.events import quote
from stockbot.testing.samples import SIGNAL

SOURCE = "risk-guardian/0"
CASH = Decimal(100_000)
PLENTY = Decimal(1_000_000_000)


def sessions(now: datetime = START) -> ExchangeSessions:
    """New York is open at `now`, a Monday, and again the next day."""
    hours = [
        SessionHours(
            date=(now + timedelta(days=day)).date().isoformat(),
            opens=now + timedelta(days=day, minutes=-30),
            closes=now + timedelta(days=day, hours=6),
        )
        for day in range(3)
    ]
    return ExchangeSessions(
        exchange="XNYS", timezone="America/New_York", computed_at=now, phase=Session.OPEN, sessions=tuple(hours)
    )


def market(now: datetime = START, **prices: str) -> Market:
    """AAPL and MSFT at 100 dollars, fresh, with New York open; `prices` are others by symbol."""
    quotes = {
        symbol: quote(symbol, price, at=now) for symbol, price in ({"AAPL": "100", "MSFT": "100"} | prices).items()
    }
    return Market(
        now=now,
        quotes=quotes,
        listings={symbol: Listing(symbol=symbol, exchange="XNYS", average_volume=PLENTY) for symbol in quotes},
        sessions={"XNYS": sessions()},
        heard_at=now,
    )


def signal(number: int = 1, *, at: datetime = START, **changes: Any) -> SignalGenerated:
    """Buy 10 AAPL at market; `changes` are other fields of the signal."""
    ordinary = {
        "reference_price": Decimal(100),
        "reference_time": at,
        "valid_until": at + timedelta(minutes=2),
        "quotes": (),
    }
    data = replace(SIGNAL, **(ordinary | changes))
    return SignalGenerated(
        id=f"signal-{number}",
        source="strategy-orchestrator/0",
        time=at,
        subject=data.symbol,
        correlationid=f"chain-{number}",
        causationid="tick-1",
        data=data,
    )


def order_update(
    sequence: int,
    *,
    state: OrderState,
    side: Side = Side.BUY,
    quantity: int = 10,
    filled: int = 0,
    fill: tuple[int, str] | None = None,
    decision_id: str | None = None,
    order: str = "order-1",
    symbol: str = "AAPL",
    strategy: str = "trend",
) -> OrderUpdate:
    """One report about an order; `fill` is the quantity and the price of the execution that it brings."""
    execution = fill and Execution(
        execution_id=f"fill-{sequence}", quantity=Decimal(fill[0]), price=Decimal(fill[1]), executed_at=START
    )
    report = OrderReport(
        account="paper",
        client_order_id=order,
        decision_id=decision_id,
        strategy=strategy,
        symbol=symbol,
        side=side,
        state=state,
        quantity=Decimal(quantity),
        filled_quantity=Decimal(filled),
        execution=execution or None,
    )
    return OrderUpdate(
        id=f"update-{sequence}",
        source="execution-engine/0",
        time=START,
        subject=order,
        correlationid="chain-1",
        sequence=sequence,
        data=report,
    )


def portfolio(version: int, through: int, cash: Decimal = CASH, **changes: Any) -> PortfolioUpdate:
    """The paper account's state, from a Portfolio Manager."""
    state = Portfolio(account="paper", version=version, through_sequence=through, cash=cash, **changes)
    return PortfolioUpdate(
        id=f"portfolio-{version}",
        source="portfolio-manager/0",
        time=START,
        subject="paper",
        correlationid=f"portfolio-{version}",
        sequence=version,
        incarnation="1.a",
        data=state,
    )


@dataclass
class Parts:
    """`market` is what all parts see; `fence` what happens where the lease is asked for."""

    database: Database
    market: Market = field(default_factory=market)
    limits: Limits = field(default_factory=lambda: limits_of(RiskLimits()))
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.publisher = Publisher(Writer(OUTBOX, SOURCE))
        self.lease = Lease(LEASE, "accounts", "test")

    def fence(self, connection: Connection) -> None:
        self.lease.check(connection)

    @property
    def desk(self) -> Desk:
        return Desk(limits=self.limits, market=lambda: self.market, publisher=self.publisher, fence=self.fence)

    @property
    def books(self) -> Books:
        return Books(market=lambda: self.market, publisher=self.publisher, fence=self.fence)

    def watch(self) -> Watch:
        return Watch(
            limits=self.limits,
            market=lambda: self.market,
            publisher=self.publisher,
            storage=self.database,
            lease=self.lease,
            fence=self.fence,
            committed=lambda: None,
            clock=self.clock,
        )

    async def decide(self, *signals: AnyEvent) -> None:
        """Hand the signals to the desk as one batch."""
        await self.database.run(partial(self.desk.handle, events=signals))

    async def report(self, *updates: AnyEvent) -> None:
        await self.database.run(partial(self.books.handle_orders, events=updates))

    async def book(self, update: PortfolioUpdate) -> None:
        await self.database.run(partial(self.books.take_portfolio, update=update))

    async def told(self, stream: str) -> list[AnyEvent]:
        """Everything in the outbox for a stream, in order."""
        events = OUTBOX.events
        statement = select(events.c.event).where(events.c.stream == stream).order_by(events.c.sequence)
        return await self.database.read(lambda c: [decode(bytes(row.event)) for row in c.execute(statement)])


@pytest.fixture
async def parts(database: Database) -> Parts:
    """Parts over new tables, with the lease held and an account of 100,000 dollars."""
    parts = Parts(database)
    await database.run(METADATA.create_all)
    await database.run(parts.publisher.open)
    assert await parts.lease.acquire(database)
    await parts.book(portfolio(0, through=0))
    return parts
