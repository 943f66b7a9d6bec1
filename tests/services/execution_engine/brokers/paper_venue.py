"""The paper broker on SQLite as a venue of the conformance suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import MetaData

from stockbot.events.market import Quote, Session
from stockbot.execution_engine.brokers.paper.broker import PaperBroker
from stockbot.execution_engine.brokers.paper.tables import paper_tables
from stockbot.model.fills.hours import hours_of
from stockbot.model.fills.rules import FillRules, PaperTerms
from stockbot.runtime.database import Database
from stockbot.testing.clock import FixedClock
from stockbot.testing.databases import sqlite_url

METADATA = MetaData()
TABLES = paper_tables(METADATA, "execution_")
AT_ONCE = PaperTerms(rules=FillRules(latency=timedelta()))
MILLION = Decimal(1_000_000)


class PaperVenue:
    """A market that never closes, in the hand of the test; every quote is a second after the one before."""

    def __init__(self, database: Database, terms: PaperTerms = AT_ONCE) -> None:
        self.clock = FixedClock()
        self._database = database
        self._terms = terms
        self._quotes: dict[str, Quote] = {}
        self.broker = self._made()

    async def quote(self, symbol: str, price: str) -> None:
        await self._see(symbol, price, Decimal(0))

    async def trade(self, symbol: str, price: str, quantity: int) -> None:
        await self._see(symbol, price, quantity / self._terms.rules.max_share_of_volume)

    async def restart(self) -> None:
        self.broker = self._made()
        await self.broker.see(self._quotes.values(), self.clock.now())

    async def open(self) -> None:
        for symbol in ("AAPL", "MSFT"):
            await self.quote(symbol, "100")
            await self.quote(symbol, "100")  # a second one, so that it is known that nothing traded

    def _made(self) -> PaperBroker:
        return PaperBroker(
            storage=self._database,
            tables=TABLES,
            clock=self.clock,
            account="paper",
            terms=self._terms,
            hours=lambda quote, now: hours_of(quote, now, None, simulated=True),
        )

    async def _see(self, symbol: str, price: str, traded: Decimal) -> None:
        self.clock.advance(1)
        now, before = self.clock.now(), self._quotes.get(symbol)
        volume = traded + ((before and before.volume) or MILLION)
        self._quotes[symbol] = Quote(
            symbol=symbol,
            bid=Decimal(price),
            ask=Decimal(price),
            last=Decimal(price),
            volume=volume,
            source_time=now,
            receive_time=now,
            provider="demo",
            session=Session.OPEN,
        )
        await self.broker.see([self._quotes[symbol]], now)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[PaperVenue]:
    database = Database.open(sqlite_url(folder))
    await database.run(METADATA.create_all)
    venue = PaperVenue(database)
    await venue.open()
    yield venue
    await venue.broker.close()
    await database.close()
