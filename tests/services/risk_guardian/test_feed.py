"""Ticks and keys of a real bus as a market."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from tests.services.risk_guardian.conftest import sessions

from stockbot.codec import encode_quote
from stockbot.events.streams import alive_key, market_data, quote_key, session_key
from stockbot.local.ports import free_port
from stockbot.risk_guardian.feed import Feed
from stockbot.risk_guardian.instruments import Instruments
from stockbot.risk_guardian.market import Listing
from stockbot.runtime.bus import Bus, publish
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.testing import events
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.databases import sqlite_url

GATEWAY = "market-data-gateway/0"


@pytest.fixture
async def instruments(tmp_path: Path) -> AsyncIterator[Instruments]:
    """AAPL and MSFT on XNYS, as if the gateway had told them."""
    database = Database.open(sqlite_url(tmp_path))
    made = Instruments(None, database, FixedClock())
    made.listings = {symbol: Listing(symbol=symbol, exchange="XNYS") for symbol in ("AAPL", "MSFT")}
    yield made
    await database.close()


@pytest.fixture
async def clocked(bus_url: str) -> AsyncIterator[Bus]:
    """A bus whose clock stands still."""
    bus = Bus(bus_url, clock=FixedClock(), metrics=Metrics(CollectorRegistry()))
    yield bus
    await bus.close()


def feed_of(bus: Bus, instruments: Instruments, *vouching: str) -> Feed:
    return Feed(bus, instruments, lambda: vouching, shards=2)


async def test_ticks_are_the_market(clocked: Bus, instruments: Instruments) -> None:
    """A quote of any shard is there once it is read, with the time at which market data last came."""
    feed = feed_of(clocked, instruments)
    await feed.read()
    at = START + timedelta(seconds=1)
    for shard, symbol in enumerate(("AAPL", "MSFT")):
        tick = events.market_data(1, shard=shard, quotes=[events.quote(symbol, at=at)], at=at)
        await publish(clocked, market_data(shard), [tick])
    while len(feed.market().quotes) < 2:
        await feed.read()
    assert feed.market().heard_at == at
    assert feed.market().marks() == {"AAPL": events.quote().mark, "MSFT": events.quote().mark}


async def test_a_market_does_not_change_while_it_is_used(clocked: Bus, instruments: Instruments) -> None:
    """A batch sees one moment, whatever comes meanwhile."""
    feed = feed_of(clocked, instruments)
    before = feed.market()
    feed._take([events.quote()])
    assert (before.quotes, set(feed.market().quotes)) == ({}, {"AAPL"})


async def test_at_start_the_last_quotes_and_sessions_are_read(clocked: Bus, instruments: Instruments) -> None:
    """The keys say what was before the first tick; an older quote replaces no newer one, and garbage is no quote."""
    await clocked.commands.set(session_key("XNYS"), msgspec.json.encode(sessions()))
    await clocked.commands.set(quote_key("AAPL"), encode_quote(events.quote()))
    await clocked.commands.set(quote_key("MSFT"), b"{")
    feed = feed_of(clocked, instruments)
    await feed.look()
    seen = feed.market()
    assert (set(seen.quotes), seen.sessions) == ({"AAPL"}, {"XNYS": sessions()})
    assert seen.heard_at == START
    feed._take([events.quote(last="1", at=START - timedelta(seconds=1))])
    assert feed.market().quotes["AAPL"].last == events.quote().last


async def test_it_is_warm_once_keys_and_gateway_were_asked(clocked: Bus, instruments: Instruments) -> None:
    """Signals wait for this after a start: sessions and last quotes are read, and the gateway has had its turn."""
    feed = feed_of(clocked, instruments)
    warm = [feed.is_warm]
    await feed.look()
    warm.append(feed.is_warm)
    await instruments.step()
    warm.append(feed.is_warm)
    assert warm == [False, False, True]


async def test_sessions_that_are_gone_or_garbage_are_unknown(clocked: Bus, instruments: Instruments) -> None:
    """What the bus no longer says is not believed any more: unknown is closed."""
    feed = feed_of(clocked, instruments)
    await clocked.commands.set(session_key("XNYS"), msgspec.json.encode(sessions()))
    await feed.look()
    await clocked.commands.set(session_key("XNYS"), b"?")
    await feed.look()
    assert feed.market().sessions == {}


async def test_a_service_without_its_heartbeat_is_silent(clocked: Bus, instruments: Instruments) -> None:
    """The gateway that was heard of, and who vouches for a portfolio, must be alive."""
    feed = feed_of(clocked, instruments, "portfolio-manager/0")
    await feed.read()
    await publish(clocked, market_data(0), [events.market_data()])
    await feed.read()
    await clocked.commands.set(alive_key(GATEWAY), b"1")
    await feed.look()
    assert feed.market().silent == ("portfolio-manager/0",)
    await clocked.commands.delete(alive_key(GATEWAY))
    await clocked.commands.set(alive_key("portfolio-manager/0"), b"1")
    await feed.look()
    assert feed.market().silent == (GATEWAY,)


async def test_a_shard_that_is_no_more_is_not_missed(clocked: Bus, instruments: Instruments) -> None:
    """While two shards have the symbols both must be alive; once one has them all, the other may be gone."""
    feed = feed_of(clocked, instruments)
    await feed.read()
    await publish(clocked, market_data(0), [events.market_data(1, quotes=[events.quote("AAPL")])])
    await publish(clocked, market_data(1), [events.market_data(1, shard=1, quotes=[events.quote("MSFT")])])
    while len(feed.market().quotes) < 2:
        await feed.read()
    await clocked.commands.set(alive_key(GATEWAY), b"1")
    await feed.look()
    assert feed.market().silent == ("market-data-gateway/1",)
    both = [events.quote("AAPL"), events.quote("MSFT")]
    await publish(clocked, market_data(0), [events.market_data(2, quotes=both)])
    await feed.read()
    await feed.look()
    assert feed.market().silent == ()


async def test_without_the_bus_nobody_is_alive(instruments: Instruments) -> None:
    """A heartbeat that cannot be read counts as gone."""
    bus = Bus(f"redis://127.0.0.1:{free_port()}/0", clock=FixedClock(), metrics=Metrics(CollectorRegistry()))
    feed = feed_of(bus, instruments, GATEWAY)
    await feed.look()
    assert feed.market().silent == (GATEWAY,)
    await bus.close()
