"""A real Risk Guardian in a process of its own, with a market and a producer of signals, for tests of faults."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, MetaData
from tests.services.risk_guardian.conftest import PLENTY, portfolio, sessions, signal

from stockbot.codec import encode_quote
from stockbot.events.market import Quote
from stockbot.events.streams import SIGNALS, alive_key, market_data, quote_key, session_key
from stockbot.risk_guardian import store
from stockbot.risk_guardian.main import PACKAGE
from stockbot.risk_guardian.market import Listing
from stockbot.risk_guardian.tables import PREFIX
from stockbot.runtime import migrations
from stockbot.runtime.bus import Bus, publish, publish_state
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer, outbox_tables
from stockbot.runtime.relay import Relay
from stockbot.testing import events
from stockbot.testing.service_process import ServiceProcess, looping

SYMBOLS = ("AAPL", "MSFT")
GATEWAY = "market-data-gateway/0"
PRODUCER = "strategy-orchestrator/0"
BOOKS = "portfolio-manager/0"

METADATA = MetaData()
SIGNALS_OUTBOX = outbox_tables(METADATA, "producer_")


@dataclass(kw_only=True)
class RiskProcess(ServiceProcess):
    """A Risk Guardian with limits out of the way."""

    open_orders: int = 50

    def spec(self) -> Mapping[str, Any]:
        limits = {
            "maxOrdersPerMinute": 100_000,
            "maxOrdersPerMinutePerStrategy": 100_000,
            "maxOpenOrders": self.open_orders,
        }
        return {"type": "RiskGuardian", "riskGuardian": {"limits": limits}}


@dataclass
class World:
    """What surrounds the Risk Guardian: market, sessions, heartbeats, a portfolio, and signals out of an outbox."""

    bus: Bus
    database: Database
    produced: int = 0
    burst: int = 5
    has_books: bool = True
    _ticks: int = 0

    def __post_init__(self) -> None:
        self._writer = Writer(SIGNALS_OUTBOX, PRODUCER)
        self._relay = Relay(
            self.bus,
            self.database,
            SIGNALS_OUTBOX,
            stream=SIGNALS,
            source=PRODUCER,
            new_incarnation=lambda: uuid4().hex,
        )

    async def prepare(self) -> None:
        """The Risk Guardian's tables with two instruments, and the producer's."""
        await migrations.upgrade(self.database, PACKAGE, PREFIX)
        await self.database.run(partial(store.keep_listings, known=LISTINGS))
        await self.database.run(METADATA.create_all)
        await self.database.run(lambda c: self._writer.open(c, SIGNALS, uuid4().hex))

    async def tick(self) -> None:
        """One beat of the gateway, and of a Portfolio Manager unless a test plays it: what they publish, and keys."""
        now, self._ticks = self.bus.clock.now(), self._ticks + 1
        quotes = [events.quote(symbol, "100", at=now) for symbol in SYMBOLS]
        await publish(self.bus, market_data(0), [events.market_data(self._ticks, quotes=quotes, at=now)])
        await self._keys(quotes)
        if self.has_books:
            await self.bus.commands.set(alive_key(BOOKS), b"1", px=60_000)
            await publish_state(self.bus, portfolio(self._ticks, through=0))
        await self.bus.clock.sleep(0.2)

    async def send(self, count: int = 1) -> None:
        """Commit so many signals to the outbox, in one transaction."""
        await self.database.run(partial(self._commit, count=count))
        self._relay.wake()

    async def load(self) -> None:
        """A burst of signals, and a short pause: the step of a background loop."""
        await self.send(self.burst)
        await self.bus.clock.sleep(0.02)

    @asynccontextmanager
    async def running(self, *steps: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """The market and the relay of the signals run, and `steps` beside them."""
        async with self.trading(self._relay.step, *steps):
            yield

    @asynccontextmanager
    async def trading(self, *steps: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """The market runs, and `steps` beside it."""
        async with looping(self.bus, self.bus.watch, self.tick, *steps):
            yield
        await self.database.read(lambda connection: None)  # what had begun is committed, and counted

    def _commit(self, connection: Connection, count: int) -> None:
        now = self.bus.clock.now()
        batch = [
            signal(
                self.produced + number,
                at=now,
                symbol=SYMBOLS[number % 2],
                quantity=Decimal(1 + number % 3),
                valid_until=now + timedelta(minutes=10),
                reference_time=now - timedelta(seconds=5),  # made from a tick that is surely known
            )
            for number in range(1, count + 1)
        ]
        self._writer.append(connection, SIGNALS, batch, now)
        self.produced += count

    async def _keys(self, quotes: list[Quote]) -> None:
        commands, hours = self.bus.commands, sessions(self.bus.clock.now())
        await commands.set(session_key("XNYS"), msgspec.json.encode(hours), px=60_000)
        await commands.set(alive_key(GATEWAY), b"1", px=60_000)
        for quote in quotes:
            await commands.set(quote_key(quote.symbol), encode_quote(quote))


LISTINGS = tuple(Listing(symbol=symbol, exchange="XNYS", average_volume=PLENTY) for symbol in SYMBOLS)


@asynccontextmanager
async def world(bus_url: str, database_url: str) -> AsyncIterator[World]:
    """A world on an own connection to bus and database."""
    bus = Bus(bus_url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    database = Database.open(database_url)
    made = World(bus, database)
    await made.prepare()
    try:
        yield made
    finally:
        await bus.close()
        await database.close()
