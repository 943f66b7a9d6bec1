"""The whole gateway: what stops it at the start, shards that share the symbols, and the prices of the past."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import SecretStr

import stockbot
from stockbot.codec import decode_entry
from stockbot.errors import ConfigurationError
from stockbot.events.market import MarketData
from stockbot.events.streams import ALERTS, market_data
from stockbot.local.bus_server import BusServer
from stockbot.local.ports import free_port
from stockbot.market_data_gateway.budgets import Meter
from stockbot.market_data_gateway.main import _share_budgets, _symbol_sets, build
from stockbot.market_data_gateway.provider_factory import source_of
from stockbot.runtime.settings import Settings
from stockbot.spec import TradingService, load_documents
from stockbot.testing import provider as wrong
from stockbot.testing.clock import FixedClock
from stockbot.testing.gateway_process import (
    PATIENCE,
    POLL_SECONDS,
    GatewayProcess,
    gateway_document,
    next_message,
    running_gateway,
)
from stockbot.testing.provider import FakeProvider
from stockbot.testing.provider_answers import FakeListing, FakeMarket

REPOSITORY = Path(stockbot.__file__).parents[2]
PRICES = Path(stockbot.__file__).parent / "market_data_gateway" / "prices"
SYMBOLS = ("AAPL", "MSFT", "IBM", "KO", "XOM", "JPM")


@pytest.fixture
async def replay(tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    """The sample of the repository, as a process."""
    async with running_gateway(REPOSITORY / "k8s" / "samples" / "replay.yaml", tmp_path) as gateway:
        await gateway.ready()
        yield gateway


def rows(symbol: str) -> list[dict[str, str]]:
    with (PRICES / f"{symbol}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def day_of(bar: dict[str, Any]) -> str:
    return datetime.fromisoformat(bar["start"]).date().isoformat()


@pytest.mark.parametrize("symbol", ["SPX", "AAPL"])
async def test_a_replay_shows_the_shipped_prices_and_no_future(replay: GatewayProcess, symbol: str) -> None:
    """All daily bars up to the replayed time are exactly the file's rows, and not one more."""
    before = (await replay.get(f"/api/v1/quotes/{symbol}")).json()["source_time"]
    bars = (await replay.get(f"/api/v1/bars/{symbol}", interval="1d", start="1990-01-01", end="2100-01-01")).json()
    after = await replay.until(f"/api/v1/quotes/{symbol}", lambda answer: answer.json()["source_time"] != before)
    shown, shipped = bars["items"], rows(symbol)[: len(bars["items"])]
    assert len(shown) > 200
    assert [day_of(bar) for bar in shown] == [row["date"] for row in shipped]
    for column in ("open", "high", "low", "close", "volume"):
        assert [Decimal(bar[column]) for bar in shown] == [Decimal(row[column]) for row in shipped]
    assert all(bar["complete"] and bar["provider"] == "replay" for bar in shown)
    assert shown[-1]["end"] <= after.json()["source_time"]
    coming = date.fromisoformat(rows(symbol)[len(shown)]["date"])
    assert coming >= datetime.fromisoformat(before).date()


async def test_a_replay_never_says_that_it_is_real(replay: GatewayProcess) -> None:
    """Every place that names the source says that its prices are simulated."""
    [provider] = (await replay.get("/api/v1/providers")).json()["items"]
    assert (provider["type"], provider["simulated"], provider["label"]) == (
        "Replay",
        True,
        "Replay: prices of the past",
    )


async def test_shards_publish_each_symbol_exactly_once(tmp_path: Path) -> None:
    """Two processes share the symbols, each on its own stream, and each answers for all of them."""
    document = gateway_document(tmp_path, symbols=SYMBOLS, interval=0.2, replicas=2)
    with BusServer.start(tmp_path / "bus") as server:
        async with AsyncExitStack() as stack:
            shards = [await stack.enter_async_context(_shard(document, tmp_path, server, n)) for n in (0, 1)]
            for shard in shards:
                await shard.until("/api/v1/quotes", lambda answer: len(answer.json()["items"]) == len(SYMBOLS))
            told = [(await shard.get("/api/v1/symbols")).json()["items"] for shard in shards]
            history = [await _history(shard) for shard in shards]
            ticks = [await _ticks(server, number) for number in (0, 1)]
            streamed = [await _streamed(shard) for shard in shards]
    own = [{each["symbol"] for each in told[0] if each["shard"] == number} for number in (0, 1)]
    assert told[0] == told[1]
    assert own[0] | own[1] == set(SYMBOLS)
    assert all(own)
    assert history[0] == history[1]
    assert streamed == [set(SYMBOLS), set(SYMBOLS)]
    for number, found in enumerate(ticks):
        assert found
        assert {event.source for event in found} == {f"market-data-gateway/{number}"}
        assert all({each.symbol for each in event.data.quotes} == own[number] for event in found)


async def _history(shard: GatewayProcess) -> dict[str, Any]:
    """The bars of an hour of every symbol."""
    span = {"interval": "5m", "start": "2026-03-02T15:00", "end": "2026-03-02T16:00"}
    found = {symbol: (await shard.get(f"/api/v1/bars/{symbol}", **span)).json()["items"] for symbol in SYMBOLS}
    assert all(len(bars) == 12 for bars in found.values())
    return found


async def _streamed(shard: GatewayProcess) -> set[str]:
    """The symbols of whose new ticks a watcher of this shard hears."""
    async with shard.websocket("/ws/market-data") as client:
        await next_message(client)
        heard: set[str] = set()
        while heard != set(SYMBOLS):
            heard |= {each["symbol"] for each in (await next_message(client))["quotes"]}
    return heard


@asynccontextmanager
async def _shard(document: Path, folder: Path, server: BusServer, number: int) -> AsyncIterator[GatewayProcess]:
    """One shard of a document, ready."""
    gateway = GatewayProcess(document=document, folder=folder, bus_url=_url(server), shard=number)
    gateway.start()
    try:
        await gateway.ready()
        yield gateway
    finally:
        await gateway.close()


async def _ticks(server: BusServer, shard: int) -> list[MarketData]:
    with redis.Redis.from_url(_url(server), protocol=2) as client:
        await _until(lambda: bool(client.xlen(market_data(shard))))
        entries = client.xrange(market_data(shard))
    return [event for _, fields in entries if isinstance(event := decode_entry(fields), MarketData)]


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what it waits for happens in another process
            await asyncio.sleep(POLL_SECONDS)


async def test_stale_prices_are_one_alert_on_the_stream_and_good_ones_resolve_it(tmp_path: Path) -> None:
    """A provider that fails and comes back: raised once, resolved once, through the outbox to the bus."""
    listings = {"AAPL": FakeListing(price=101.5)}
    async with FakeProvider(FakeMarket(now=datetime.now().astimezone(), listings=listings)) as fake:
        yahoo = {"name": "yahoo", "type": "YahooFinance", "yahooFinance": {"baseUrl": fake.url}}
        document = gateway_document(tmp_path, providers=[yahoo], symbols=["AAPL"], interval=0.5, stale_after=4)
        with BusServer.start(tmp_path / "bus") as server, redis.Redis.from_url(_url(server), protocol=2) as client:
            async with running_gateway(document, tmp_path, bus=server) as gateway:
                await gateway.ready()
                fake.misbehave(wrong.html)
                assert "AAPL" in await gateway.not_ready("prices")
                await _until(lambda: client.xlen(ALERTS) == 1)
                fake.behave()
                await gateway.ready()
                await _until(lambda: client.xlen(ALERTS) >= 2)
            told = [json.loads(fields[b"event"])["data"] for _, fields in client.xrange(ALERTS)]
    assert [(each["fingerprint"], each["resolved"]) for each in told] == [
        ("prices-stale/stocks/0", False),
        ("prices-stale/stocks/0", True),
    ]


def _url(server: BusServer) -> str:
    return server.url.get_secret_value()


async def test_a_watcher_sees_prices_of_a_real_process(tmp_path: Path) -> None:
    """From the document to the socket: the first message has every symbol, and the next has newer prices."""
    document = gateway_document(tmp_path, interval=0.2)
    async with running_gateway(document, tmp_path) as gateway:
        await gateway.ready()
        async with gateway.websocket("/ws/market-data") as client:
            first, second = await next_message(client), await next_message(client)
        assert {each["symbol"] for each in first["quotes"]} == {"AAPL", "MSFT"}
        assert second["quotes"][0]["source_time"] > first["quotes"][0]["source_time"]
        assert await gateway.stop() == 0


def settings(tmp_path: Path, **more: Any) -> Settings:
    return Settings(
        bus_url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"),
        database_url=SecretStr(f"sqlite:///{tmp_path}/stockbot.db"),
        **more,
    )


def document(path: Path) -> TradingService:
    [found] = load_documents(path)
    return found


def test_refuses_a_shard_that_the_document_does_not_have(tmp_path: Path) -> None:
    """A shard without symbols of its own is a mistake of a person, and is told as one."""
    with pytest.raises(ConfigurationError, match=r"STOCKBOT_SHARD is 2, but the document has 2 replicas"):
        build(settings(tmp_path, shard=2), document(gateway_document(tmp_path, replicas=2)))


def test_refuses_to_share_a_replay(tmp_path: Path) -> None:
    """Each process has a replay's clock of its own: two shards would show two different days."""
    replay = {"name": "past", "type": "Replay"}
    with pytest.raises(ConfigurationError, match=r"the provider past is a Replay, .* set replicas to 1"):
        build(settings(tmp_path), document(gateway_document(tmp_path, providers=[replay], replicas=2)))


def test_a_source_knows_how_many_shards_ask_it(tmp_path: Path) -> None:
    """A budget is paced for those that have symbols of it, whichever of them this is."""
    sets = [
        {"name": "one", "symbols": ["AAPL", "KO"], "providers": ["a"]},  # both of the first shard
        {"name": "two", "symbols": ["IBM", "GOOG"], "providers": ["b"]},
    ]
    providers = [{"name": name, "type": "Demo"} for name in ("a", "b")]
    path = gateway_document(tmp_path, providers=providers, symbol_sets=sets, replicas=2)
    block = document(path).spec.market_data_gateway
    assert block is not None
    for shard in (0, 1):
        clock = FixedClock()
        sources = {each.name: source_of(each, exchanges={}, clock=clock, meter=Meter(None)) for each in block.providers}  # type: ignore[arg-type]
        _share_budgets(_symbol_sets(block, sources, clock, shards=2, shard=shard), shard)
        assert {name: each.sharing for name, each in sources.items()} == {"a": 1, "b": 2}


def test_refuses_a_missing_key(tmp_path: Path) -> None:
    """The message names the variable that must hold the key."""
    sample = document(REPOSITORY / "k8s" / "samples" / "real-data.yaml")
    with pytest.raises(ConfigurationError, match="set the environment variable STOCKBOT_SECRET_ALPHA_VANTAGE_KEY"):
        build(settings(tmp_path), sample)


def test_refuses_a_database_in_a_folder_that_is_gone(tmp_path: Path) -> None:
    """One line that names the folder, and no half started program."""
    with pytest.raises(ConfigurationError, match=r"make the folder .*gone writable"):
        build(settings(tmp_path / "gone"), document(gateway_document(tmp_path)))


@pytest.mark.parametrize("name", ["platform/market-data-gateway.yaml", "samples/replay.yaml", "samples/real-data.yaml"])
async def test_every_shipped_document_makes_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing is connected before the program runs, and its steps of the stop work without that."""
    monkeypatch.setenv("STOCKBOT_SECRET_ALPHA_VANTAGE_KEY", "demo")
    program = build(settings(tmp_path), document(REPOSITORY / "k8s" / name))
    assert (program.name, program.port) == ("market-data-gateway", 3001)
    for step in program.on_stop:
        await step()
