"""One gateway of two symbols, whose provider, clock, bus and database a test has in its hand."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from stockbot.errors import Unavailable
from stockbot.events.market import Quote
from stockbot.events.streams import ALERTS, market_data
from stockbot.market_data_gateway.api import gateway_api
from stockbot.market_data_gateway.board import Board
from stockbot.market_data_gateway.budgets import Meter
from stockbot.market_data_gateway.exchanges import Exchanges
from stockbot.market_data_gateway.failover import Feed
from stockbot.market_data_gateway.live import Live
from stockbot.market_data_gateway.observer import Observer
from stockbot.market_data_gateway.peers import Peers
from stockbot.market_data_gateway.price_alerts import PriceAlerts
from stockbot.market_data_gateway.provider_health import Healths
from stockbot.market_data_gateway.publisher import Publisher
from stockbot.market_data_gateway.series import Series
from stockbot.market_data_gateway.service import Gateway, SymbolSet, market_time
from stockbot.market_data_gateway.sources import Source
from stockbot.market_data_gateway.tables import METADATA, OUTBOX
from stockbot.market_data_gateway.tick_bars import TickBars
from stockbot.market_data_gateway.websockets import gateway_websockets
from stockbot.model.freshness import FreshnessLimits
from stockbot.model.trading_hours import RoundTheClock
from stockbot.runtime.auth import Authenticator, Role
from stockbot.runtime.bus import Bus, ShardNotes
from stockbot.runtime.database import Database
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer
from stockbot.runtime.web import create_app
from stockbot.testing.bus import SERVERS
from stockbot.testing.clock import FixedClock
from stockbot.testing.databases import sqlite_url
from stockbot.testing.scripted_provider import ScriptedProvider

Result = TypeVar("Result")

SYMBOLS = ("AAPL", "MSFT")
SOURCE = "market-data-gateway/0"


class Storage:
    """A database that is away while a test says so."""

    def __init__(self, database: Database) -> None:
        self.away = False
        self._database = database

    async def run(self, fn: Callable[[Connection], Result]) -> Result:
        self._check()
        return await self._database.run(fn)

    async def read(self, fn: Callable[[Connection], Result]) -> Result:
        self._check()
        return await self._database.read(fn)

    def _check(self) -> None:
        if self.away:
            raise Unavailable("the database is away")


@dataclass
class Parts:
    """Everything of one gateway. `again` makes the next one, as a restart of the process does.

    `elsewhere` are the symbols of other shards, by symbol the shard.
    """

    clock: FixedClock
    bus: Bus
    storage: Storage
    provider: ScriptedProvider
    elsewhere: dict[str, int] = field(default_factory=dict)
    gateway: Gateway = field(init=False)
    observer: Observer = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = self.again()
        self.observer = Observer(self.bus, 1)

    def again(self, incarnation: str = "a") -> Gateway:
        source = Source(
            provider=self.provider,
            type="Scripted",
            label="Scripted",
            meter=Meter(self.storage),
            clock=self.clock,
            jitter=lambda: 0.0,
        )
        sources = {source.name: source}
        feed = Feed("stocks", [source], self.clock, seconds=4.0)
        live = Live()

        def market_now(quote: Quote, now: datetime) -> datetime:
            return market_time(sources, quote, now)

        return Gateway(
            symbol_sets=[
                SymbolSet(name="stocks", exchange="24/7", symbols=SYMBOLS, feed=feed, elsewhere=self.elsewhere)
            ],
            sources=sources,
            shard=0,
            board=Board(SYMBOLS, FreshnessLimits(), market_now),
            peers=Peers(
                self.bus,
                Board(list(self.elsewhere), FreshnessLimits(), market_now),
                owners=self.elsewhere,
                providers=sources,
                streams=[market_data(shard) for shard in set(self.elsewhere.values())],
                live=live,
            ),
            healths=ShardNotes(
                self.bus, Healths, source=SOURCE, shards=len(set(self.elsewhere.values())) + 1, lifetime=30
            ),
            exchanges=Exchanges(["24/7"], self.bus),
            publisher=Publisher(self.bus, source=SOURCE, shard=0, interval_seconds=5.0, incarnation=incarnation),
            tick_bars=TickBars(self.storage, lambda _: RoundTheClock()),
            alerts=PriceAlerts(self.storage, Writer(OUTBOX, SOURCE), 0, lambda: None),
            live=live,
            bus=self.bus,
            series=Series(CollectorRegistry(), shard=0, interval_seconds=5.0),
            interval_seconds=5.0,
        )

    def app(self) -> FastAPI:
        return create_app(
            "market-data-gateway",
            readiness=Readiness(),
            liveness=Liveness(self.clock),
            authenticator=Authenticator(None, Role.VIEWER),
            metrics=self.bus.metrics,
            clock=self.clock,
            routers=[
                gateway_api(self.gateway, self.clock),
                gateway_websockets(self.gateway, self.observer, self.clock),
            ],
        )


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    database = Database.open(sqlite_url(tmp_path))
    await database.run(METADATA.create_all)
    await database.run(lambda connection: Writer(OUTBOX, SOURCE).open(connection, ALERTS, "life"))
    yield Storage(database)
    await database.close()


@pytest.fixture
async def parts(storage: Storage, bus_servers: Callable[[str], str]) -> AsyncIterator[Parts]:
    clock = FixedClock()
    bus = Bus(bus_servers(SERVERS[0]), clock=clock, metrics=Metrics(CollectorRegistry()))
    await bus.commands.flushdb()
    yield Parts(clock, bus, storage, ScriptedProvider())
    await bus.close()


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway's HTTP API, asked in the process."""
    transport = httpx.ASGITransport(parts.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
