"""A shard that answers for the symbols of another one: what it tells, and how old that is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from tests.services.market_data_gateway.conftest import Parts, Storage

from stockbot.codec import encode_quote
from stockbot.events.market import Quote
from stockbot.events.streams import market_data, quote_key
from stockbot.market_data_gateway.provider_health import Healths
from stockbot.market_data_gateway.providers.protocol import MalformedAnswer
from stockbot.runtime.bus import Bus, ShardNotes, publish
from stockbot.runtime.metrics import Metrics
from stockbot.testing import events
from stockbot.testing.bus import SERVERS
from stockbot.testing.clock import FixedClock
from stockbot.testing.scripted_provider import ScriptedProvider

OTHER = 1
BOTH = ["AAPL", "IBM", "MSFT"]


@pytest.fixture
async def parts(storage: Storage, bus_servers: Callable[[str], str]) -> AsyncIterator[Parts]:
    """Shard 0 of two: IBM is of the other one."""
    clock = FixedClock()
    bus = Bus(bus_servers(SERVERS[0]), clock=clock, metrics=Metrics(CollectorRegistry()))
    await bus.commands.flushdb()
    yield Parts(clock, bus, storage, ScriptedProvider(), {"IBM": OTHER})
    await bus.close()


def quote(symbol: str, last: str = "100", **changes: Any) -> Quote:
    return replace(events.quote(symbol, last, provider="scripted"), **changes)


async def tick(parts: Parts, *quotes: Quote, number: int = 1) -> None:
    """The other shard publishes, and this one reads."""
    await publish(parts.bus, market_data(OTHER), [events.market_data(number, shard=OTHER, quotes=quotes)])
    await parts.gateway.peers.step()


async def listening(parts: Parts) -> None:
    """The reader stands behind what was there before."""
    await parts.gateway.peers.step()


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_all_symbols_are_listed_with_their_shard(client: httpx.AsyncClient) -> None:
    """Whoever is asked names the symbols of the whole document."""
    listed = await items(client, "/api/v1/symbols")
    assert [(each["symbol"], each["shard"], each["providers"]) for each in listed] == [
        ("AAPL", 0, ["scripted"]),
        ("IBM", 1, ["scripted"]),
        ("MSFT", 0, ["scripted"]),
    ]


async def test_quotes_of_the_other_shard_are_told_as_it_published_them(parts: Parts, client: httpx.AsyncClient) -> None:
    """Its own symbols and the other's, each with its own times; the provider is asked for its own alone."""
    parts.provider.quote(quote("AAPL"), quote("MSFT"), quote("IBM", "1"))
    await parts.gateway.beat()
    await listening(parts)
    await tick(parts, quote("IBM", "160"))
    assert [each["symbol"] for each in await items(client, "/api/v1/quotes")] == BOTH
    told = (await client.get("/api/v1/quotes/IBM")).json()
    assert (told["last"], told["source_time"], told["stale"]) == ("160", "2026-03-02T15:00:00Z", False)


async def test_a_shard_that_is_gone_leaves_stale_quotes(parts: Parts, client: httpx.AsyncClient) -> None:
    """Its last quotes grow stale here as they would there, and who watches is told once."""
    await listening(parts)
    await tick(parts, quote("IBM", "160"))
    with parts.gateway.live.subscribe(["IBM"]) as watcher:
        parts.clock.advance(60)
        await parts.gateway.beat()
        assert [(each.symbol, each.stale) for each in await watcher.next()] == [("IBM", True)]
        await parts.gateway.beat()
        assert not watcher._waiting
    assert (await client.get("/api/v1/quotes/IBM")).json()["stale"] is True


async def test_what_the_other_calls_stale_is_stale(parts: Parts, client: httpx.AsyncClient) -> None:
    """The owner knows of its provider what nobody else does."""
    await listening(parts)
    await tick(parts, quote("IBM", stale=True))
    assert (await client.get("/api/v1/quotes/IBM")).json()["stale"] is True


async def test_quotes_of_before_the_start_are_known(parts: Parts, client: httpx.AsyncClient) -> None:
    """The last quote of its key is told until the first tick comes."""
    await parts.bus.commands.set(quote_key("IBM"), encode_quote(quote("IBM", "159")))
    await listening(parts)
    assert (await client.get("/api/v1/quotes/IBM")).json()["last"] == "159"


async def test_says_which_shard_gives_no_quote(parts: Parts, client: httpx.AsyncClient) -> None:
    """A symbol of the document without a price is another matter than an unknown one."""
    await listening(parts)
    missing, unknown = await client.get("/api/v1/quotes/IBM"), await client.get("/api/v1/quotes/XXXX")
    assert (missing.status_code, missing.json()["detail"]) == (
        404,
        "there is no quote of IBM yet: shard 1, which asks for it, has published none",
    )
    assert unknown.json()["detail"] == "XXXX is not a symbol of this gateway; it has AAPL, IBM, MSFT"


async def test_an_older_division_and_an_older_document_are_passed_over(parts: Parts) -> None:
    """A shard that has not been replaced yet gives neither quotes of our symbols nor of a provider that is none."""
    parts.provider.quote(quote("AAPL", "100"))
    await parts.gateway.beat()
    await listening(parts)
    await tick(parts, quote("AAPL", "1"), quote("IBM", provider="of-before"))
    told = {each.symbol: str(each.last) for each in parts.gateway.quotes(parts.clock.now())}
    assert told == {"AAPL": "100"}


async def test_watchers_get_the_ticks_of_all_shards(parts: Parts) -> None:
    """A client of this shard hears of the other's symbols as they come."""
    await listening(parts)
    with parts.gateway.live.subscribe([]) as watcher:
        parts.provider.quote(quote("AAPL"), quote("MSFT"))
        await parts.gateway.beat()
        await tick(parts, quote("IBM", "161"))
        async with asyncio.timeout(10):
            assert sorted(each.symbol for each in await watcher.next()) == BOTH


async def test_history_of_the_others_symbols_is_asked_of_the_provider(
    parts: Parts, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bars are the provider's, whoever asks it."""
    asked: list[str] = []

    async def bars(symbol: str, *query: Any) -> tuple[()]:
        asked.append(symbol)
        return ()

    monkeypatch.setattr(parts.provider, "bars", bars)
    assert (await client.get("/api/v1/bars/IBM?interval=1h")).status_code == 200
    assert asked == ["IBM"]


async def test_readiness_is_of_the_own_symbols(parts: Parts) -> None:
    """What the other shard lacks is no trouble of this one."""
    parts.provider.quote(quote("AAPL"), quote("MSFT"))
    await parts.gateway.beat()
    assert parts.gateway.trouble() is None
    assert parts.gateway.degraded() is None


async def test_providers_are_told_of_every_shard(parts: Parts, client: httpx.AsyncClient) -> None:
    """The worst state counts; a shard that says nothing is named as such, and without the bus all others are."""
    [alone] = await items(client, "/api/v1/providers")
    assert [(each["shard"], each["state"]) for each in alone["shards"]] == [(0, "healthy"), (1, "unknown")]
    parts.provider.error = MalformedAnswer("not JSON")
    for _ in range(3):
        await parts.gateway.beat()
    broken = await parts.gateway._own_health(parts.clock.now())
    notes = ShardNotes(parts.bus, Healths, source="market-data-gateway/1", shards=2, lifetime=30)
    await notes.tell(broken)
    parts.gateway = parts.again()
    told = (await parts.gateway.providers(parts.clock.now()))[0]
    assert (told.state, told.breaker, told.last_error) == ("down", "open", "not JSON")
    assert [(each.shard, each.state) for each in told.shards] == [(0, "healthy"), (1, "down")]


async def test_each_shard_tells_the_others_of_its_providers(parts: Parts) -> None:
    """After each beat, for as long as it goes on."""
    await parts.gateway.beat()
    await parts.gateway.publish()
    notes = ShardNotes(parts.bus, Healths, source="market-data-gateway/1", shards=2, lifetime=30)
    said = (await notes.of_others())[0]
    assert said is not None
    assert [each.name for each in said] == ["scripted"]
