"""The benchmark's closes from a gateway that speaks real HTTP on loopback, and may answer anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import httpx
import msgspec
import pytest

from stockbot.events.market import Bar
from stockbot.portfolio_manager.benchmark import KEPT_SECONDS, Benchmark
from stockbot.testing.clock import START, FixedClock


def bar(day: int, close: str) -> Bar:
    price, start = Decimal(close), START + timedelta(days=day)
    return Bar(
        symbol="SPY",
        interval="1d",
        start=start,
        end=start + timedelta(hours=6),
        open=price,
        high=price,
        low=price,
        close=price,
        provider="demo",
    )


@asynccontextmanager
async def gateway(*answers: bytes, status: str = "200 OK") -> AsyncIterator[tuple[httpx.AsyncClient, list[str]]]:
    """A server that gives these bodies in turn, the last one for ever; and what it was asked."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = answers[min(len(asked), len(answers) - 1)]
        asked.append(head.split(b" ")[1].decode())
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client, asked


def page(*bars: Bar, after: str | None = None) -> bytes:
    return msgspec.json.encode({"items": bars, "next": after})


async def test_closes_by_date_in_pages_and_kept() -> None:
    """All pages are read; within five minutes nobody is asked again; a bar that still runs is left out."""
    running = msgspec.structs.replace(bar(2, "30"), complete=False)
    clock = FixedClock()
    async with gateway(page(bar(0, "10"), after="c"), page(bar(1, "11.5"), running)) as (client, asked):
        benchmark = Benchmark(client, "SPY", clock)
        for _ in range(2):
            found = await benchmark.closes(START, START + timedelta(days=2))
        assert found.by_date == {"2026-03-02": 10.0, "2026-03-03": 11.5}
        assert found.missing is None
        assert len(asked) == 2
        assert "cursor=c" in asked[1]
        clock.advance(KEPT_SECONDS + 1)
        await benchmark.closes(START, START + timedelta(days=2))
        assert len(asked) > 2


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{}", "200 OK"), (b"\xff", "200 OK"), (b"no", "503 Service Unavailable"), (page(), "200 OK")],
)
async def test_whatever_it_answers_there_is_a_reason(body: bytes, status: str) -> None:
    """Performance is told without the benchmark, and says why."""
    async with gateway(body, status=status) as (client, _):
        found = await Benchmark(client, "SPY", FixedClock()).closes(START, START + timedelta(days=2))
    assert found.by_date == {}
    assert "SPY" in (found.missing or "")


async def test_without_a_gateway_it_says_so() -> None:
    """Nobody listens, or nobody said where: both are reasons."""
    for client in (None, httpx.AsyncClient(base_url="http://127.0.0.1:9", trust_env=False)):
        benchmark = Benchmark(client, "SPY", FixedClock())
        assert (await benchmark.closes(START, START)).missing
        await benchmark.close()
