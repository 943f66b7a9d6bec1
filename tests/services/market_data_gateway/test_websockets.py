"""The WebSocket streams over real connections: what comes first, what slow clients lose, who is refused."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Protocol

import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from stockbot.codec import encode
from stockbot.events.streams import ALERTS, FIELD
from stockbot.market_data_gateway import websockets
from stockbot.market_data_gateway.observer import Observer
from stockbot.market_data_gateway.service import Gateway
from stockbot.runtime.bus import Bus
from stockbot.testing.clock import START
from stockbot.testing.events import market_data, quote, service_alert
from stockbot.testing.scripted_provider import ScriptedProvider

PATIENCE = 30
QUOTES = "/ws/market-data"


class Parts(Protocol):
    """What the fixture gives; see conftest."""

    bus: Bus
    provider: ScriptedProvider
    gateway: Gateway
    observer: Observer

    def app(self) -> FastAPI: ...


@pytest.fixture
async def address(parts: Parts) -> AsyncIterator[str]:
    """Serve the app for real, with small buffers, and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        config = uvicorn.Config(parts.app(), log_config=None, timeout_graceful_shutdown=1, ws_per_message_deflate=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([listener]))
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


async def message(client: ClientConnection) -> Any:
    async with asyncio.timeout(PATIENCE):
        return json.loads(await client.recv())


async def subscribed(count: int, subscriptions: set[Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(subscriptions) != count:  # noqa: ASYNC110 - the server has no event for a test
            await asyncio.sleep(0.01)


async def put(parts: Parts, *prices: str) -> None:
    """Beats with AAPL and MSFT at each of the prices."""
    for number, price in enumerate(prices):
        at = START + timedelta(milliseconds=number)
        parts.provider.quote(*(quote(symbol, price, at=at, provider="scripted") for symbol in ("AAPL", "MSFT")))
        await parts.gateway.beat()


async def test_the_first_message_has_all_known_quotes(parts: Parts, address: str) -> None:
    """A new client does not wait for the next beat; then each beat comes."""
    await put(parts, "100.00")
    async with connect(f"{address}{QUOTES}", proxy=None) as client:
        first = await message(client)
        assert [(each["symbol"], each["last"]) for each in first["quotes"]] == [("AAPL", "100.00"), ("MSFT", "100.00")]
        await put(parts, "101.00")
        assert {each["last"] for each in (await message(client))["quotes"]} == {"101.00"}


async def test_a_client_gets_the_symbols_it_asked_for(parts: Parts, address: str) -> None:
    """Names may be separated by commas and spaces; nothing else is sent."""
    await put(parts, "100.00")
    async with connect(f"{address}{QUOTES}?symbols=MSFT,%20MSFT,", proxy=None) as client:
        assert [each["symbol"] for each in (await message(client))["quotes"]] == ["MSFT"]


async def test_a_client_that_does_not_read_is_conflated(parts: Parts, address: str) -> None:
    """It costs one quote a symbol, disturbs no other, and what it reads in the end ends with the latest prices."""
    symbols, beats = [f"S{number}" for number in range(1000)], 40  # 200 KiB each, more than all buffers hold
    async with (
        connect(f"{address}{QUOTES}", proxy=None, max_queue=1, ping_interval=None) as slow,
        connect(f"{address}{QUOTES}", proxy=None) as quick,
    ):
        await subscribed(2, parts.gateway.live._subscriptions)
        for beat in range(1, beats + 1):
            parts.gateway.live.offer([quote(symbol, str(beat)) for symbol in symbols])
            assert [each["last"] for each in (await message(quick))["quotes"]] == [str(beat)] * len(symbols)
        waiting = [len(each._waiting) for each in parts.gateway.live._subscriptions]
        assert sorted(waiting) == [0, len(symbols)]
        received = [int((await message(slow))["quotes"][0]["last"])]
        while received[-1] != beats:
            received.append(int((await message(slow))["quotes"][0]["last"]))
    assert received == sorted(set(received))
    assert len(received) < beats / 2


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"{QUOTES}?symbols=AAPL,XXXX", "no such symbol here: XXXX"),
        (f"{QUOTES}?symbols={'%C3%9C' * 300}", "no such symbol here: ÜÜÜ"),
        ("/ws/events?types=NOISE,SERVICE_ALERT", "no such type of event: NOISE"),
    ],
)
async def test_what_is_unknown_is_refused_with_the_reason(address: str, path: str, reason: str) -> None:
    """The connection is closed by policy, in words that fit into a close frame."""
    async with connect(f"{address}{path}", proxy=None) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await message(client)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, reason in closed.value.rcvd.reason) == (1008, True)


@pytest.mark.parametrize("path", [QUOTES, "/ws/events"])
async def test_a_stranger_is_refused(address: str, path: str) -> None:
    """A page of another origin, which shows no token, is not connected."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"{address}{path}", proxy=None, additional_headers={"Origin": "https://evil.example"}):
            pass
    assert refused.value.response.status_code == 401


async def test_a_client_that_goes_is_forgotten_quietly(parts: Parts, address: str) -> None:
    """However it goes, politely or by a broken connection, while we send or not, nothing is left and nothing fails."""
    with structlog.testing.capture_logs() as logged:
        for number in range(20):
            client = await connect(f"{address}{QUOTES}", proxy=None)
            await subscribed(1, parts.gateway.live._subscriptions)
            await put(parts, f"{number + 1}.00")
            if number % 2:
                client.transport.abort()
            else:
                await client.close()
            await put(parts, f"{number + 2}.00")
            await subscribed(0, parts.gateway.live._subscriptions)
    assert [entry for entry in logged if entry["log_level"] in {"error", "critical"}] == []


async def test_whatever_a_client_sends_is_passed_over(parts: Parts, address: str) -> None:
    """Text and bytes from a client change nothing."""
    await put(parts, "100.00")
    async with connect(f"{address}{QUOTES}", proxy=None) as client:
        await message(client)
        await client.send("hello")
        await client.send(b"\x00\xff")
        await put(parts, "101.00")
        assert {each["last"] for each in (await message(client))["quotes"]} == {"101.00"}


async def next_alert(parts: Parts, client: ClientConnection) -> Any:
    """Append alerts until one arrives: reading begins a moment after the connection."""
    for number in range(1, 10_000):
        event = replace(service_alert(number), sequence=number, incarnation=str(id(client)))
        await parts.bus.commands.pipeline(transaction=False).xadd(ALERTS, {FIELD: encode(event)}).execute()
        try:
            return json.loads(await asyncio.wait_for(client.recv(), 0.05))
        except TimeoutError:
            continue
    raise AssertionError


async def test_events_come_as_they_stand_on_the_bus(parts: Parts, address: str) -> None:
    """One event a message, of the types asked for; the next client after the last one is served as well."""
    for _ in range(2):
        async with connect(f"{address}/ws/events?types=SERVICE_ALERT,RISK_ALERT", proxy=None) as client:
            event = await next_alert(parts, client)
            assert (event["type"], event["specversion"], event["source"]) == (
                "SERVICE_ALERT",
                "1.0",
                "market-data-gateway/0",
            )
            [subscription] = parts.observer._subscriptions
            subscription.offer([market_data(1)])
            assert not any(waiting.subject == "0" for waiting in subscription._waiting)
        await subscribed(0, parts.observer._subscriptions)
        assert parts.observer._reading is None


async def test_a_slow_client_of_events_is_told_what_was_dropped(parts: Parts, address: str) -> None:
    """Before the events that are left it reads how many are missing."""
    async with connect(f"{address}/ws/events?types=MARKET_DATA", proxy=None) as client:
        await subscribed(1, parts.observer._subscriptions)
        [subscription] = parts.observer._subscriptions
        subscription.offer([market_data(number) for number in range(1, 1501)])
        assert await message(client) == {"dropped": 500}
        assert [(await message(client))["sequence"] for _ in range(1000)] == list(range(501, 1501))


async def test_an_error_of_ours_is_not_swallowed(parts: Parts, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that fails for a reason of its own is logged as an error, and the client is let go."""

    def broken(_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(websockets, "encode", broken)
    with structlog.testing.capture_logs() as logged:
        async with connect(f"{address}/ws/events", proxy=None) as client:
            await subscribed(1, parts.observer._subscriptions)
            [subscription] = parts.observer._subscriptions
            subscription.offer([market_data(1)])
            with pytest.raises(ConnectionClosed):
                await message(client)
    assert [entry for entry in logged if entry["log_level"] == "error"]
