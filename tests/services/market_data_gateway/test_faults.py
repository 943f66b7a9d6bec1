"""A real gateway process whose bus, database and provider break: it stays up, says what is wrong, and recovers."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from prometheus_client import CollectorRegistry

from stockbot.codec import decode_entry
from stockbot.events.market import MarketData
from stockbot.events.streams import alive_key, market_data, quote_key, session_key
from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus import BroadcastReader, Bus, BusUnavailable
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing import provider as wrong
from stockbot.testing.databases import start_postgres
from stockbot.testing.gateway_process import (
    PATIENCE,
    POLL_SECONDS,
    GatewayProcess,
    gateway_document,
    next_message,
    running_gateway,
)
from stockbot.testing.provider import FakeProvider, Misbehaviour
from stockbot.testing.provider_answers import FakeListing, FakeMarket

STREAM = market_data(0)
LIVENESS_BOUND = 20.0  # seconds within which a service is ready again; ten are promised, and far less is usual


def client_of(server: BusServer) -> redis.Redis:
    return redis.Redis.from_url(server.url.get_secret_value(), protocol=2)


def length(server: BusServer) -> int:
    with client_of(server) as client:
        return int(client.xlen(STREAM))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what it waits for happens in another process
            await asyncio.sleep(POLL_SECONDS)


async def ticks_go_on(gateway: GatewayProcess, server: BusServer) -> None:
    """Wait for two more events on the stream, which may have been wiped before."""
    before = length(server)
    await until(lambda: length(server) >= before + 2 or not gateway.is_running())
    assert gateway.is_running()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BusServer]:
    """A bus server of the test's own."""
    server = BusServer.start(tmp_path / "bus")
    yield server
    server.kill()


async def test_a_tick_of_all_symbols_stands_on_the_stream_in_the_documented_shape(
    tmp_path: Path, server: BusServer
) -> None:
    """A raw XREAD gives one CloudEvents JSON in the field `event`: one tick of all symbols at each beat."""
    document = gateway_document(tmp_path, interval=0.2)
    async with running_gateway(document, tmp_path, bus=server) as gateway:
        await gateway.ready()
        await ticks_go_on(gateway, server)
        with client_of(server) as client:
            [[_, entries]] = client.xread({STREAM: "0"})
    events = [decode_entry(fields) for _, fields in entries]
    assert all(list(fields) == [b"event"] for _, fields in entries)
    assert all(isinstance(event, MarketData) and event.source == "market-data-gateway/0" for event in events)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    ticks = [event.data for event in events if isinstance(event, MarketData)]
    assert all([quote.symbol for quote in tick.quotes] == ["AAPL", "MSFT"] for tick in ticks)
    assert {(tick.shard, tick.interval_seconds) for tick in ticks} == {(0, 0.2)}


async def test_a_bus_that_is_killed_and_restarted_leaves_a_counted_gap(tmp_path: Path, server: BusServer) -> None:
    """The watchers go on seeing prices; after the restart the gateway is ready, and readers count what is missing."""
    bus = Bus(server.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    document = gateway_document(tmp_path, interval=0.2)
    async with running_gateway(document, tmp_path, bus=server) as gateway, BroadcastReader(bus, [STREAM]) as reader:
        await gateway.ready()
        while not await reader.read():
            continue
        server.kill()
        assert "bus" in await gateway.not_ready("bus")
        async with gateway.websocket("/ws/market-data") as client:
            before = await next_message(client)
            assert await next_message(client) != before
        await until(lambda: bool(gateway.logged("not published")))
        server.restart()
        async with asyncio.timeout(LIVENESS_BOUND):
            await gateway.ready()
        await ticks_go_on(gateway, server)
        async with asyncio.timeout(PATIENCE):
            while not await _read(reader):
                continue
    assert (bus.metrics.registry.get_sample_value("stockbot_broadcast_gaps_total", {"stream": STREAM}) or 0) > 0
    await bus.close()


async def _read(reader: BroadcastReader) -> bool:
    try:
        return bool(await reader.read())
    except BusUnavailable:
        return False


async def test_a_wiped_bus_is_filled_again(tmp_path: Path, server: BusServer) -> None:
    """After FLUSHALL ticks, last quotes, sessions and the alive key come back; the process stays ready."""
    document = gateway_document(tmp_path, interval=0.2)
    keys = (STREAM, quote_key("AAPL"), session_key("XNYS"), alive_key("market-data-gateway/0"))
    async with running_gateway(document, tmp_path, bus=server) as gateway:
        await gateway.ready()
        with client_of(server) as client:
            await until(lambda: client.exists(*keys) == len(keys))
            client.flushall()
            await until(lambda: client.exists(*keys) == len(keys))
        await gateway.ready()


async def test_without_sql_prices_flow(tmp_path: Path, server: BusServer) -> None:
    """PostgreSQL away at the start, back, killed, back again: prices flow, and /readyz says why."""
    postgres = start_postgres()
    try:
        url = postgres.create_database()
        postgres.kill()
        document = gateway_document(tmp_path, interval=0.2)
        async with running_gateway(document, tmp_path, bus=server, database_url=url) as gateway:
            for _ in range(2):
                assert "database" in await gateway.not_ready("database")
                await ticks_go_on(gateway, server)
                assert (await gateway.get("/api/v1/bars/AAPL", interval="1m")).json()["items"]
                postgres.start()
                await gateway.ready()
                postgres.kill()
    finally:
        postgres.destroy()


async def test_a_database_that_hangs_holds_up_no_price(tmp_path: Path, server: BusServer) -> None:
    """Another process that keeps SQLite's write lock stops neither ticks nor answers."""
    document = gateway_document(tmp_path, interval=0.2)
    async with running_gateway(document, tmp_path, bus=server) as gateway:
        await gateway.ready()
        with _write_lock(tmp_path / "stockbot.db"):
            await ticks_go_on(gateway, server)
            await ticks_go_on(gateway, server)
            assert (await gateway.get("/api/v1/quotes")).json()["items"]
        await gateway.ready()


@contextmanager
def _write_lock(path: Path) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "slow": wrong.slow(60),
    "throttling": wrong.status(429, "1"),
    "failing": wrong.status(500),
    "html": wrong.html,
    "truncated": wrong.broken_json,
    "cut": wrong.cut_short,
    "mistyped": wrong.wrong_types,
    "nan": wrong.not_a_number,
    "empty": wrong.empty,
    "hanging": wrong.hangs,
    "resetting": wrong.resets,
    "forgetful": lambda reply: reply,  # its symbol is no longer listed
}

HALVES = (list(MISBEHAVIOURS)[::2], list(MISBEHAVIOURS)[1::2])  # a document has room for twelve sets of symbols


def symbol_of(name: str) -> str:
    return name.upper()


@pytest.mark.parametrize("names", HALVES)
async def test_a_provider_that_misbehaves_in_every_way_costs_its_own_prices_only(
    tmp_path: Path, names: list[str]
) -> None:
    """Each source breaks in its own way: quotes stay and grow stale, every place says why, and all come back."""
    async with AsyncExitStack() as stack:
        fakes = {name: await stack.enter_async_context(_fake(name)) for name in names}
        gateway = await stack.enter_async_context(running_gateway(_document_of(fakes, tmp_path), tmp_path))
        assert (await _fresh(gateway, set(fakes))).status_code == 200
        before = {quote["symbol"]: quote["last"] for quote in (await gateway.get("/api/v1/quotes")).json()["items"]}
        for name, fake in fakes.items():
            fake.market.listings = {} if name == "forgetful" else fake.market.listings
            fake.misbehave(MISBEHAVIOURS[name])
        stale = await _fresh(gateway, set())
        assert {quote["symbol"]: quote["last"] for quote in stale.json()["items"] if quote["provider"] != "demo"} == {
            symbol: last for symbol, last in before.items() if symbol != "CALM"
        }
        readiness = (await gateway.get("/readyz")).json()
        assert readiness["ready"]  # one symbol is fresh
        assert all(symbol_of(name) in str(readiness["degraded"]) for name in fakes)
        providers = {item["name"]: item for item in (await gateway.get("/api/v1/providers")).json()["items"]}
        assert providers["demo"]["state"] == "healthy"
        assert [name for name in fakes if not providers[name]["last_error"]] == []
        broken = ("slow", "failing", "html", "truncated", "cut", "empty", "hanging", "resetting")
        assert [name for name in broken if name in names and providers[name]["state"] == "healthy"] == []
        for name, fake in fakes.items():
            fake.market.now = datetime.now(UTC)
            fake.market.listings = _listings(name)
            fake.behave()
        await _fresh(gateway, set(fakes))
        assert await gateway.stop() == 0
        assert not gateway.logged("feed failed")


def _listings(name: str) -> dict[str, FakeListing]:
    return {symbol_of(name): FakeListing(price=101.5)}


def _fake(name: str) -> FakeProvider:
    return FakeProvider(FakeMarket(now=datetime.now(UTC), listings=_listings(name)))


def _document_of(fakes: dict[str, FakeProvider], folder: Path) -> Path:
    yahoo: list[dict[str, Any]] = [
        {"name": name, "type": "YahooFinance", "timeoutSeconds": 0.5, "yahooFinance": {"baseUrl": fake.url}}
        for name, fake in fakes.items()
    ]
    sets = [{"name": name, "symbols": [symbol_of(name)], "providers": [name]} for name in fakes]
    return gateway_document(
        folder,
        providers=[{"name": "demo", "type": "Demo"}, *yahoo],
        symbol_sets=[{"name": "calm", "symbols": ["CALM"], "providers": ["demo"]}, *sets],
        interval=1.0,
        stale_after=2.0,
    )


async def _fresh(gateway: GatewayProcess, names: set[str]) -> Any:
    """Wait until exactly the quotes of these sources, and the calm one, are fresh."""
    wanted = {symbol_of(name) for name in names} | {"CALM"}

    def holds(answer: Any) -> bool:
        return answer.status_code == 200 and {q["symbol"] for q in answer.json()["items"] if not q["stale"]} == wanted

    return await gateway.until("/api/v1/quotes", holds)
