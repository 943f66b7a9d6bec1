"""The bus: our typed events against the same client with bytes untouched, in interleaved runs.

A producer process, the server and a consumer process, as in production. Both sides of a comparison send the same
bytes, in pipelines of 100, read up to 500 at once and acknowledge each batch with one command.
"""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from tests.bench.result import Result

from stockbot.codec import decode_entry, encode
from stockbot.events.streams import ALERTS, FIELD, market_data
from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus import BroadcastReader, Bus, WorkReader, connect, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing import events

RUNS = 5
EVENTS = 30_000
PIPELINE = 100
GROUP = "bench"
TICKS, QUOTES = 400, 500

Side = Callable[[str], Awaitable[None]]


def a_bus(url: str) -> Bus:
    return Bus(url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))


async def produce_raw(url: str) -> None:
    client = connect(url)
    document = encode(replace(events.service_alert(), sequence=1, incarnation="1.a"))
    for _ in range(EVENTS // PIPELINE):
        pipeline = client.pipeline(transaction=False)
        for _ in range(PIPELINE):
            pipeline.xadd(ALERTS, {FIELD: document})
        await pipeline.execute()
    await client.aclose()


async def consume_raw(url: str) -> None:
    client, seen = connect(url, blocking=True), 0
    while seen < EVENTS:
        for _, entries in await client.xreadgroup(GROUP, "0", {ALERTS: b">"}, count=500, block=1000):
            await client.xack(ALERTS, GROUP, *(entry_id for entry_id, _ in entries))
            seen += len(entries)
    await client.aclose()


async def produce_typed(url: str) -> None:
    bus = a_bus(url)
    for batch in range(EVENTS // PIPELINE):
        first = batch * PIPELINE + 1
        typed = [
            replace(events.service_alert(n), sequence=n, incarnation="1.a") for n in range(first, first + PIPELINE)
        ]
        await publish(bus, ALERTS, typed, keep=EVENTS * 2)
    await bus.close()


async def consume_typed(url: str) -> None:
    bus, seen = a_bus(url), 0
    reader = WorkReader(bus, ALERTS, GROUP, count=500)
    while seen < EVENTS:
        entries = await reader.read()
        seen += len([decode_entry(entry.fields) for entry in entries])
        await reader.acknowledge(entries)
    await bus.close()


async def produce_ticks(url: str) -> None:
    bus = a_bus(url)
    quotes = [events.quote(f"S{n}", str(Decimal(100) + n)) for n in range(QUOTES)]
    for sequence in range(1, TICKS + 1):
        await publish(bus, market_data(0), [events.market_data(sequence, quotes=quotes)], keep=TICKS * 2)
    await bus.close()


async def consume_ticks(url: str) -> None:
    bus, seen = a_bus(url), 0
    reader = BroadcastReader(bus, [market_data(0)], start=b"0-0")
    while seen < TICKS:
        seen += len(await reader.read())
    await bus.close()


def _run(side: Side, url: str, ready: object, go: object) -> None:
    ready.set()  # type: ignore[attr-defined] # an Event of multiprocessing has no public type
    go.wait()  # type: ignore[attr-defined]
    asyncio.run(side(url))  # type: ignore[arg-type] # a coroutine


def seconds(url: str, produce: Side, consume: Side) -> float:
    """Seconds from the first event produced to the last one acknowledged; both processes are up before."""
    asyncio.run(_fresh(url))
    context = multiprocessing.get_context("spawn")
    go = context.Event()
    ready = [context.Event(), context.Event()]
    sides = [
        context.Process(target=_run, args=(side, url, up, go))
        for side, up in zip((produce, consume), ready, strict=True)
    ]
    for process in sides:
        process.start()
    for up in ready:
        up.wait()
    started = time.perf_counter()
    go.set()
    for process in sides:
        process.join()
    return time.perf_counter() - started


async def _fresh(url: str) -> None:
    client = connect(url)
    await client.flushdb()
    await client.xgroup_create(ALERTS, GROUP, id="0", mkstream=True)
    await client.aclose()


def typed_against_raw() -> list[Result]:
    """Typed events produced, consumed and acknowledged, against raw redis-py."""
    raw, typed = [], []
    with tempfile.TemporaryDirectory() as folder, BusServer.start(Path(folder)) as server:
        url = server.url.get_secret_value()
        for _ in range(RUNS):
            raw.append(EVENTS / seconds(url, produce_raw, consume_raw))
            typed.append(EVENTS / seconds(url, produce_typed, consume_typed))
    return [
        Result(
            what="bus: typed event, produced, consumed, acknowledged",
            measured=statistics.median(typed),
            floor=statistics.median(raw),
            unit="events/s",
            budget=0.75,
        )
    ]


def quotes_in_batches() -> list[Result]:
    """Quotes in batched MARKET_DATA, produced and consumed."""
    with tempfile.TemporaryDirectory() as folder, BusServer.start(Path(folder)) as server:
        url = server.url.get_secret_value()
        rates = [TICKS * QUOTES / seconds(url, produce_ticks, consume_ticks) for _ in range(RUNS)]
    return [
        Result(
            what=f"bus: quotes in MARKET_DATA, {QUOTES} a tick",
            measured=statistics.median(rates),
            unit="quotes/s",
            budget=300_000,
        )
    ]
