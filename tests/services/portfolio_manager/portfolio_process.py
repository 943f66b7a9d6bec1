"""A real Portfolio Manager in a process of its own, with a producer of order updates, for tests of faults."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, MetaData
from tests.services.portfolio_manager.conftest import ENGINE, engine_account, fill, sessions

from stockbot.codec import encode_quote
from stockbot.events.streams import ORDERS, market_data, quote_key, session_key
from stockbot.events.trading import OrderUpdate
from stockbot.portfolio_manager.main import PACKAGE
from stockbot.portfolio_manager.tables import PREFIX
from stockbot.runtime import migrations
from stockbot.runtime.bus import Bus, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer, outbox_tables
from stockbot.runtime.relay import Relay
from stockbot.testing import events
from stockbot.testing.service_process import ServiceProcess, looping

SYMBOLS = ("AAPL", "MSFT", "KO")
STRATEGIES = ("trend", "fade")
REPEATED = 0.02  # the part of fills that come twice
ENGINE_SOURCE = "execution-engine/0"

METADATA = MetaData()
ORDERS_OUTBOX = outbox_tables(METADATA, "producer_")


@dataclass(kw_only=True)
class PortfolioProcess(ServiceProcess):
    """A Portfolio Manager that samples each second."""

    block: Mapping[str, object] = field(default_factory=dict)

    def spec(self) -> Mapping[str, Any]:
        return {"type": "PortfolioManager", "portfolioManager": {"equitySampleSeconds": 1, **self.block}}


@dataclass
class World:
    """What surrounds the Portfolio Manager: prices, sessions, and order updates out of an outbox."""

    bus: Bus
    database: Database
    seed: int = 1
    produced: list[OrderUpdate] = field(default_factory=list)
    burst: int = 5
    _ticks: int = 0

    def __post_init__(self) -> None:
        self._writer = Writer(ORDERS_OUTBOX, ENGINE_SOURCE)
        self._relay = Relay(
            self.bus,
            self.database,
            ORDERS_OUTBOX,
            stream=ORDERS,
            source=ENGINE_SOURCE,
            new_incarnation=lambda: uuid4().hex,
        )

    async def prepare(self) -> None:
        """The Portfolio Manager's tables, and the producer's."""
        await migrations.upgrade(self.database, PACKAGE, PREFIX)
        await self.database.run(METADATA.create_all)
        await self.database.run(lambda c: self._writer.open(c, ORDERS, uuid4().hex))

    async def open_account(self, **account: object) -> None:
        """The Execution Engine starts for the first time."""
        await self.database.run(ENGINE.create_all)
        await self.database.run(partial(engine_account, **account))  # type: ignore[arg-type] # as its keywords

    async def tick(self) -> None:
        """One beat of the gateway: quotes, their keys, the sessions."""
        now, self._ticks = self.bus.clock.now(), self._ticks + 1
        quotes = [events.quote(symbol, "100", at=now) for symbol in SYMBOLS]
        await publish(self.bus, market_data(0), [events.market_data(self._ticks, quotes=quotes, at=now)])
        commands = self.bus.commands
        await commands.set(session_key("XNYS"), msgspec.json.encode(sessions(now)), px=60_000)
        for quote in quotes:
            await commands.set(quote_key(quote.symbol), encode_quote(quote))
        await self.bus.clock.sleep(0.2)

    async def send(self, *updates: OrderUpdate) -> None:
        """Commit these to the outbox, in one transaction."""
        await self.database.run(partial(self._commit, updates=list(updates)))
        self._relay.wake()

    async def load(self) -> None:
        """A burst of random fills, and a short pause: the step of a background loop."""
        first = len(self.produced) + 1
        await self.send(*[random_fill(number, self.seed) for number in range(first, first + self.burst)])
        await self.bus.clock.sleep(0.02)

    @asynccontextmanager
    async def running(self, *steps: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """The market and the relay run, and `steps` beside them."""
        async with looping(self.bus, self.bus.watch, self._relay.step, self.tick, *steps):
            yield
        await self.database.read(lambda connection: None)  # what had begun is committed, and counted

    def _commit(self, connection: Connection, updates: list[OrderUpdate]) -> None:
        self.produced += self._writer.append(connection, ORDERS, updates, self.bus.clock.now())


def random_fill(number: int, seed: int) -> OrderUpdate:
    """Some shares of some symbol by some strategy, with a fee or a fraction; at times the one before again."""
    chance = random.Random(f"{seed}/{number}")
    if number > 1 and chance.random() < REPEATED:
        again = random_fill(number - 1, seed)
        return replace(fill(number, "1", "1"), data=again.data)
    shares = Decimal(chance.randint(1, 400)) / chance.choice((1, 1, 4))
    return fill(
        number,
        str(shares if chance.random() < 0.5 else -shares),
        str(Decimal(chance.randint(9_000, 11_000)) / 100),
        fee=str(Decimal(chance.randint(0, 150)) / 100),
        symbol=chance.choice(SYMBOLS),
        strategy=chance.choice(STRATEGIES),
    )


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
