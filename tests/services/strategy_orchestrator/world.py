"""A made-up market whose time a test moves, its gateway, and the orchestrator over both as a real process."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from stockbot.events.market import Bar, MarketData, Quote, Session, Tick
from stockbot.events.streams import market_data
from stockbot.local.bus_server import BusServer
from stockbot.runtime.auth import Role, token_record, write_tokens
from stockbot.runtime.bus import Bus, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.testing.clock import START
from stockbot.testing.fork_server import Forked, ForkServer
from stockbot.testing.gateway import TOKEN, FakeGateway, running
from stockbot.testing.gateway_process import PATIENCE, POLL_SECONDS, GatewayProcess

SYMBOLS = ("AAPL", "MSFT", "KO", "XOM")
STEP = timedelta(seconds=15)
MINUTE = timedelta(minutes=1)
HISTORY = 120  # minutes before START
LENGTH = 3_000  # minutes of the whole market
TRADER = "sbt_of-a-trader-in-a-test"


@dataclass
class Market:
    """Prices on a grid of 15 seconds, the same for every market of one seed; `number` is the present step."""

    symbols: Sequence[str] = SYMBOLS
    seed: int = 7
    number: int = 0
    sequence: int = 0
    incarnation: str = "market"
    stale: bool = False
    _prices: dict[str, list[Decimal]] = field(init=False)

    def __post_init__(self) -> None:
        self._prices = {symbol: self._path(symbol) for symbol in self.symbols}

    def _path(self, symbol: str) -> list[Decimal]:
        chance, price, path = random.Random(f"{self.seed}{symbol}"), 10_000, []
        for _ in range((HISTORY + LENGTH) * 4):
            price = max(1_000, price + chance.randint(-25, 25))
            path.append(Decimal(price) / 100)
        return path

    @property
    def now(self) -> datetime:
        return START + self.number * STEP

    def price(self, symbol: str, number: int) -> Decimal:
        return self._prices[symbol][number + HISTORY * 4]

    def quote(self, symbol: str) -> Quote:
        return Quote(
            symbol=symbol,
            last=self.price(symbol, self.number),
            source_time=self.now,
            receive_time=self.now,
            provider="demo",
            stale=self.stale,
            session=Session.OPEN,
        )

    def tick(self) -> MarketData:
        """The next event of the gateway, at the market's present time."""
        self.sequence += 1
        event_id = f"market-data-gateway/0/{self.incarnation}/{self.sequence}"
        return MarketData(
            id=event_id,
            source="market-data-gateway/0",
            time=START,
            subject="0",
            correlationid=event_id,
            sequence=self.sequence,
            incarnation=self.incarnation,
            data=Tick(shard=0, interval_seconds=5.0, quotes=tuple(map(self.quote, self.symbols))),
        )

    def bars(self, symbol: str) -> list[Bar]:
        """All bars of a minute, those of the future too."""
        return [self._bar(symbol, minute) for minute in range(-HISTORY, LENGTH)]

    def _bar(self, symbol: str, minute: int) -> Bar:
        prices = [self.price(symbol, minute * 4 + n) for n in range(4)]
        start = START + minute * MINUTE
        return Bar(
            symbol=symbol,
            interval="1m",
            start=start,
            end=start + MINUTE,
            open=prices[0],
            high=max(prices),
            low=min(prices),
            close=prices[-1],
            provider="demo",
        )


def strategy(name: str, kind: str, symbols: Sequence[str] = SYMBOLS, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "class": kind,
        "symbols": list(symbols),
        "sizing": {"fixedQuantity": "10"},
        "schedule": {"sessions": "Always"},
        **changes,
    }


TREND = strategy("trend", "MovingAverageCross", parameters={"fast": 2, "slow": 5})
REVERSION = strategy("reversion", "RsiMeanReversion", parameters={"period": 2, "oversold": "40", "overbought": "60"})


def document(
    folder: Path, strategies: Sequence[Mapping[str, Any]] = (TREND, REVERSION), *, replicas: int = 1, **block: Any
) -> Path:
    """Write an orchestrator's document and return its path."""
    path = folder / "orchestrator.yaml"
    spec = {"type": "StrategyOrchestrator", "replicas": replicas}
    path.write_text(
        json.dumps(
            {
                "apiVersion": "stockbot.dev/v1alpha1",
                "kind": "TradingService",
                "metadata": {"name": "strategy-orchestrator"},
                "spec": spec | {"strategyOrchestrator": {"strategies": list(strategies), **block}},
            }
        )
    )
    return path


@dataclass(kw_only=True)
class OrchestratorProcess(GatewayProcess):
    """Started and asked as a gateway is; `forks` starts it fast."""

    forks: ForkServer | None = None
    _forked: Forked | None = field(default=None, init=False)

    def _run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        if self.forks is None:
            super()._run(arguments, environment)
        else:
            self._forked = self.forks.spawn(arguments, log=self.log, environment=environment)

    def _kill(self) -> None:
        if self._forked is None:
            super()._kill()
        else:
            self._forked.kill()

    def is_running(self) -> bool:
        return self._forked is not None or super().is_running()


@dataclass
class World:
    """What an orchestrator lives in: a bus, a database, a gateway, and a market whose ticks a test publishes."""

    folder: Path
    server: BusServer
    database_url: str
    gateway: FakeGateway
    market: Market
    bus: Bus
    database: Database

    def process(
        self, path: Path, shard: int = 0, forks: ForkServer | None = None, **environment: str
    ) -> "OrchestratorProcess":
        tokens = self.folder / "tokens-of-the-orchestrator.json"
        write_tokens(tokens, [token_record("ann", Role.TRADER, TRADER), token_record("vi", Role.VIEWER, "sbt_viewer")])
        own = {
            "STOCKBOT_ENDPOINTS": json.dumps({"MarketDataGateway": self.gateway.url}),
            "STOCKBOT_TOKEN": TOKEN,
            "STOCKBOT_TOKENS_FILE": str(tokens),
            **environment,
        }
        return OrchestratorProcess(
            forks=forks,
            document=path,
            folder=self.folder,
            bus_url=self.server.url.get_secret_value(),
            database_url=self.database_url,
            shard=shard,
            environment=own,
        )

    async def publish(self) -> None:
        await publish(self.bus, market_data(0), [self.market.tick()])

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Repeat the present tick until it holds: a market that stands still goes on quoting."""
        async with asyncio.timeout(PATIENCE):
            while not await holds():
                await self.publish()
                await asyncio.sleep(POLL_SECONDS)

    async def step(self) -> None:
        self.market.number += 1
        await self.publish()


@asynccontextmanager
async def world(folder: Path, database_url: str) -> AsyncIterator[World]:
    await asyncio.to_thread(folder.mkdir)
    market = Market()
    bars = {(symbol, "1m"): market.bars(symbol) for symbol in market.symbols}
    quotes = [replace(market.quote(symbol)) for symbol in market.symbols]
    gateway = FakeGateway(bars=bars, quotes=quotes)
    with BusServer.start(folder / "bus") as server, running(gateway):
        bus = Bus(server.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
        database = Database.open(database_url)
        try:
            yield World(folder, server, database_url, gateway, market, bus, database)
        finally:
            await bus.close()
            await database.close()
