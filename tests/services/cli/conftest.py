"""A real bus with a few events on it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import redis

from stockbot.codec import encode
from stockbot.events import AnyEvent
from stockbot.events.alerts import Alert, ServiceAlert, Severity
from stockbot.events.market import MarketData, Quote, Tick
from stockbot.events.streams import ALERTS, FIELD, market_data
from stockbot.local.bus_server import BusServer

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def tick(number: int, *symbols: str) -> MarketData:
    """The quotes of the symbols, `number` seconds after noon; a symbol's price is 100 and its place."""
    time = NOON + timedelta(seconds=number)
    quotes = tuple(
        Quote(
            symbol=symbol,
            last=Decimal(100 + place),
            source_time=time,
            receive_time=time,
            provider="demo",
            stale=place == 1,
        )
        for place, symbol in enumerate(symbols)
    )
    return MarketData(
        id=f"tick-{number}",
        source="market-data-gateway/0",
        time=time,
        subject="0",
        correlationid=f"tick-{number}",
        data=Tick(shard=0, interval_seconds=5, quotes=quotes),
    )


def alert(title: str) -> ServiceAlert:
    return ServiceAlert(
        id=f"alert-{title}",
        source="market-data-gateway/0",
        time=NOON,
        subject="AAPL",
        correlationid="c",
        data=Alert(fingerprint="f", severity=Severity.WARNING, title=title),
    )


def append(client: redis.Redis, stream: str, event: AnyEvent, milliseconds: int) -> None:
    """Append with a time of its own: entries of one millisecond have no order among streams."""
    client.xadd(stream, {FIELD: encode(event)}, id=f"{milliseconds}-0")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BusServer]:
    with BusServer.start(tmp_path_factory.mktemp("bus")) as running:
        yield running


@pytest.fixture
def client(server: BusServer) -> Iterator[redis.Redis]:
    """A connection to a bus that is empty."""
    with redis.Redis.from_url(server.url.get_secret_value(), protocol=2) as connected:
        connected.flushall()
        yield connected


@pytest.fixture
def bus_url(client: redis.Redis, server: BusServer) -> str:
    """The address of a bus with two ticks, an alert between them, and one entry that is no event."""
    append(client, market_data(0), tick(0, "AAPL", "MSFT"), 1001)
    append(client, ALERTS, alert("prices are old"), 1002)
    append(client, market_data(0), tick(5, "AAPL"), 1003)
    client.xadd(ALERTS, {FIELD: b'{"type": "NO_SUCH\x1b[31m"}'})
    return server.url.get_secret_value()
