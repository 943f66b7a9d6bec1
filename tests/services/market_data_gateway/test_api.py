"""The gateway's HTTP API: what it answers, and how it refuses what makes no sense."""

from datetime import timedelta
from typing import Any, Protocol

import httpx
import pytest

from stockbot.events.market import Quote
from stockbot.market_data_gateway.providers.protocol import MalformedAnswer, ProviderUnavailable
from stockbot.market_data_gateway.service import Gateway
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.events import quote
from stockbot.testing.scripted_provider import ScriptedProvider


class Parts(Protocol):
    """What the fixture gives; see conftest."""

    clock: FixedClock
    provider: ScriptedProvider
    gateway: Gateway


def of(symbol: str = "AAPL") -> Quote:
    return quote(symbol, provider="scripted")


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def refusal(client: httpx.AsyncClient, path: str, **parameters: str) -> tuple[int, str]:
    answer = await client.get(path, params=parameters)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


async def test_lists_its_symbols(client: httpx.AsyncClient) -> None:
    """Each symbol with its set, its exchange and its providers in their order."""
    assert await items(client, "/api/v1/symbols") == [
        {"symbol": symbol, "symbol_set": "stocks", "exchange": "24/7", "providers": ["scripted"], "shard": 0}
        for symbol in ("AAPL", "MSFT")
    ]


@pytest.mark.parametrize("path", ["/api/v1/symbols", "/api/v1/quotes"])
async def test_lists_come_in_pages(parts: Parts, client: httpx.AsyncClient, path: str) -> None:
    """The cursor of a page leads to the next one, and the last page has none."""
    parts.provider.quote(of("AAPL"), of("MSFT"))
    await parts.gateway.beat()
    first = (await client.get(path, params={"limit": 1})).json()
    second = (await client.get(path, params={"limit": 1, "cursor": first["next"]})).json()
    assert [page["items"][0]["symbol"] for page in (first, second)] == ["AAPL", "MSFT"]
    assert second["next"] is None


async def test_gives_quotes_with_their_provenance(parts: Parts, client: httpx.AsyncClient) -> None:
    """Prices are text, times are RFC 3339, and a quote is as stale as it is at the moment of the question."""
    parts.provider.quote(of())
    await parts.gateway.beat()
    assert (await client.get("/api/v1/quotes/AAPL")).json() == {
        "symbol": "AAPL",
        "bid": "187.44",
        "ask": "187.46",
        "last": "187.45",
        "volume": "1200",
        "source_time": "2026-03-02T15:00:00Z",
        "receive_time": "2026-03-02T15:00:00Z",
        "provider": "scripted",
        "delayed": False,
        "stale": False,
        "session": "open",
    }
    parts.clock.advance(60)
    assert [each["stale"] for each in await items(client, "/api/v1/quotes")] == [True]


async def test_says_why_there_is_no_quote(parts: Parts, client: httpx.AsyncClient) -> None:
    """An unknown symbol, and a known one that no provider has, are two different answers."""
    assert await refusal(client, "/api/v1/quotes/MSFT") == (
        404,
        "there is no quote of MSFT yet: no provider has answered yet",
    )
    await parts.gateway.beat()
    assert (await refusal(client, "/api/v1/quotes/MSFT"))[1].endswith("yet: scripted: it is not listed")
    assert await refusal(client, "/api/v1/quotes/XXXX") == (
        404,
        "XXXX is not a symbol of this gateway; it has AAPL, MSFT",
    )


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"interval": "7m"}, "query.interval: interval '7m' does not exist: use one of 1m, 5m, 15m, 1h, 1d"),
        ({"interval": "7m", "start": "2026-01-01", "end": "2026-01-02"}, "query.interval: interval '7m' does not"),
        (
            {"start": "2026-01-02", "end": "2026-01-01"},
            "query.start: 2026-01-02 00:00:00+00:00 must lie before the end",
        ),
        ({"start": "2026-01-02", "end": "2026-01-02"}, "must lie before the end"),
        ({"start": "2027-01-02"}, "must lie before the end"),
        ({"start": "yesterday"}, "query.start"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "is no time of a price: give one from 1900 on and before 2200"),
        ({"end": "0001-01-01"}, "query.end: 0001-01-01 00:00:00 is no time of a price"),
        ({"end": "9999-12-31T23:59:59-14:00"}, "is no time of a price"),
        ({"end": "1e18"}, "query.end"),
        ({"start": "nan"}, "query.start"),
        ({"adjustment": "dividends"}, "query.adjustment"),
    ],
)
async def test_refuses_ranges_that_make_no_sense(
    client: httpx.AsyncClient, parameters: dict[str, str], detail: str
) -> None:
    """Each is a 422 that names the parameter and what would be right, and no provider is asked."""
    status, said = await refusal(client, "/api/v1/bars/AAPL", **parameters)
    assert (status, detail in said) == (422, True), said


async def test_refuses_bars_of_a_symbol_it_does_not_have(client: httpx.AsyncClient) -> None:
    """The answer names the symbols there are."""
    assert await refusal(client, "/api/v1/bars/XXXX") == (
        404,
        "XXXX is not a symbol of this gateway; it has AAPL, MSFT",
    )


async def test_times_without_a_zone_are_utc(
    parts: Parts, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A naive time and the same moment in another zone ask for the same bars."""
    asked: list[tuple[Any, ...]] = []

    async def bars(*query: Any) -> tuple[()]:
        asked.append(query)
        return ()

    monkeypatch.setattr(parts.provider, "bars", bars)
    for start, end in (("2026-03-02T10:00", "2026-03-02T12:00"), ("2026-03-02T05:00-05:00", "2026-03-02T13:00+01:00")):
        answer = await client.get("/api/v1/bars/AAPL", params={"interval": "1h", "start": start, "end": end})
        assert answer.json() == {"items": [], "next": None}
    assert asked[0] == asked[1]
    assert asked[0][2:4] == (START.replace(hour=10), START.replace(hour=12))


async def test_without_a_range_the_last_bars_come(
    parts: Parts, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred intervals up to now, which in a replay is the replayed time, before its first quote as well."""
    asked: list[tuple[Any, ...]] = []

    async def bars(*query: Any) -> tuple[()]:
        asked.append(query)
        return ()

    parts.provider.behind = timedelta(days=1000)
    monkeypatch.setattr(parts.provider, "bars", bars)
    await client.get("/api/v1/bars/AAPL", params={"interval": "1h"})
    now = START - timedelta(days=1000)
    assert now - timedelta(hours=200) <= asked[0][2] < asked[0][3]
    assert now < asked[0][3] < now + timedelta(seconds=1)


async def test_says_when_no_provider_has_the_bars(parts: Parts, client: httpx.AsyncClient) -> None:
    """A provider that is away is a 503 with its reason: another try may help."""
    parts.provider.error = ProviderUnavailable("HTTP 500")
    assert await refusal(client, "/api/v1/bars/AAPL") == (503, "no bars of AAPL: scripted: HTTP 500")


async def test_shows_the_providers_health(parts: Parts, client: httpx.AsyncClient) -> None:
    """State, breaker and last error of each provider, and the sets that ask it."""
    parts.provider.error = MalformedAnswer("not JSON")
    for _ in range(3):
        await parts.gateway.beat()
    [shown] = await items(client, "/api/v1/providers")
    assert {
        key: shown[key] for key in ("name", "type", "state", "breaker", "last_error", "symbol_sets", "simulated")
    } == {
        "name": "scripted",
        "type": "Scripted",
        "state": "down",
        "breaker": "open",
        "last_error": "not JSON",
        "symbol_sets": ["stocks"],
        "simulated": False,
    }


async def test_shows_the_sessions(parts: Parts, client: httpx.AsyncClient) -> None:
    """The sessions of every exchange, with their phase as of now."""
    assert await items(client, "/api/v1/session") == []
    await parts.gateway.exchanges.step()
    [shown] = await items(client, "/api/v1/session")
    assert (shown["exchange"], shown["phase"], shown["always_open"]) == ("24/7", "open", True)


async def test_a_stranger_is_refused(client: httpx.AsyncClient) -> None:
    """Without a token, and from anywhere else than this machine, the API does not answer."""
    answer = await client.get("/api/v1/quotes", headers={"host": "stockbot.example"})
    assert answer.status_code == 401
