"""Paper brokers over a real database, with markets in the hand of the test, and a database that can fail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, MetaData

from stockbot.errors import Unavailable
from stockbot.events.market import ExchangeSessions, Quote, Session
from stockbot.execution_engine.brokers.paper.broker import PaperBroker
from stockbot.execution_engine.brokers.paper.tables import paper_tables
from stockbot.model.fills.hours import hours_of
from stockbot.model.fills.rules import FeeSchedule, FillRules, PaperTerms
from stockbot.runtime.database import Database
from stockbot.testing.clock import FixedClock

METADATA = MetaData()
TABLES = paper_tables(METADATA, "execution_")
NO_FEES = FeeSchedule(per_share=Decimal(0), minimum=Decimal(0))
EXACT = PaperTerms(rules=FillRules(slippage=Decimal(0), latency=timedelta()), fees=NO_FEES)

Result = TypeVar("Result")


class Recorder:
    """Transactions of a real database, counted; `failing` says what happens to the next write.

    `before` does not run it, `after` commits it and says nothing about it: the outcome is not known.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writes = 0
        self.failing: str | None = None

    async def run(self, fn: Callable[[Connection], Result]) -> Result:
        failing, self.failing = self.failing, None
        self.writes += 1
        if failing == "before":
            raise Unavailable("the database is away")
        result = await self.database.run(fn)
        if failing == "after":
            raise Unavailable("the connection broke during the commit")
        return result

    async def read(self, fn: Callable[[Connection], Result]) -> Result:
        return await self.database.read(fn)


@dataclass
class Desk:
    """A database with any number of brokers for one account, and the quotes that they are shown."""

    database: Database
    terms: PaperTerms = EXACT
    simulated: bool = True
    exchange: ExchangeSessions | None = None
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.storage = Recorder(self.database)
        self.quotes: dict[str, Quote] = {}

    def broker(self) -> PaperBroker:
        return PaperBroker(
            storage=self.storage,
            tables=TABLES,
            clock=self.clock,
            account="paper",
            terms=self.terms,
            hours=lambda quote, now: hours_of(quote, now, self.exchange, simulated=self.simulated),
        )

    def quote(self, last: str, *, symbol: str = "AAPL", volume: str | None = None, **changes: Any) -> Quote:
        """A quote of now without a spread; without `volume` nothing bounds what fills."""
        price = Decimal(last)
        facts: dict[str, Any] = {
            "symbol": symbol,
            "bid": price,
            "ask": price,
            "last": price,
            "volume": None if volume is None else Decimal(volume),
            "source_time": self.clock.now(),
            "receive_time": self.clock.now(),
            "provider": "demo",
            "session": Session.OPEN,
        }
        self.quotes[symbol] = Quote(**(facts | changes))
        return self.quotes[symbol]

    async def tick(self, broker: PaperBroker, *quotes: Quote) -> datetime:
        """Show the broker these quotes, now."""
        await broker.see(quotes, self.clock.now())
        return self.clock.now()


@pytest.fixture
async def desk(database: Database) -> Desk:
    """A desk on new tables, on SQLite and on PostgreSQL."""
    await database.run(METADATA.create_all)
    return Desk(database)
