"""From a quote to the decision about the signal that a strategy makes of it: both services as processes, on SQLite.

The floor is measured in the same run: the same three hops over streams and the same two durable commits by redis-py
and sqlite3 alone.
"""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.result import Result
from tests.services.risk_guardian.conftest import portfolio
from tests.services.risk_guardian.risk_process import SYMBOLS, RiskProcess, World, cancelled, until, world
from tests.services.strategy_orchestrator.world import OrchestratorProcess, document, strategy

from stockbot.codec import decode_entry
from stockbot.events.streams import APPROVALS, FIELD, alive_key
from stockbot.events.trading import OrderApproved
from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus import connect, publish_state
from stockbot.runtime.clock import SystemClock
from stockbot.testing.databases import sqlite_url
from stockbot.testing.gateway import TOKEN, FakeGateway, running

TICKS, COLD = 120, 10  # ticks that are measured, and those before them that find everything cold
ENTRY = b"q" * 500
EVERY_QUOTE = """
from msgspec import Struct
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.wishes import Enter

class Nothing(Struct, frozen=True):
    pass

class EveryQuote(Strategy[Nothing]):
    version = "1"
    Parameters = Nothing

    @classmethod
    def warmup(cls, parameters):
        return 0

    def on_bar(self, bar, view):
        return ()

    def on_quote(self, quote, view):
        return [Enter(fraction=1.0, reason="a quote")]
"""


def quote_to_decision() -> list[Result]:
    """From a quote on the bus over a strategy's signal to the decision on the bus, beside raw hops and commits."""
    with tempfile.TemporaryDirectory() as folder, BusServer.start(Path(folder) / "bus") as server:
        url = server.url.get_secret_value()
        ours = sorted(asyncio.run(_latencies(url, Path(folder))))
        raw = sorted(asyncio.run(_raw_latencies(url, Path(folder))))
    return [
        Result(
            what=f"quote to decision, {name}, beside three raw hops and two commits",
            measured=_at(ours, part),
            floor=_at(raw, part),
            unit="ms",
        )
        for name, part in (("p50", 0.5), ("p99", 0.99))
    ]


def _at(latencies: list[float], part: float) -> float:
    """That quantile in milliseconds."""
    return latencies[int(len(latencies) * part)] * 1000


async def _latencies(url: str, folder: Path) -> list[float]:
    """Seconds from each quote's receipt to the arrival of the approval of its signal."""
    found: list[float] = []
    async with world(url, sqlite_url(folder)) as around, _services(url, folder, around):
        client, after = connect(url, blocking=True), b"0"
        async with around.trading():
            while len(found) < (COLD + TICKS) * len(SYMBOLS):
                for _, entries in await client.xread({APPROVALS: after}, count=100, block=1000):
                    found += [_seconds(fields or {}) for _, fields in entries]
                    after = entries[-1][0]
        await client.aclose()
    return found[COLD * len(SYMBOLS) :]


def _seconds(fields: dict[bytes, bytes]) -> float:
    event = decode_entry(fields)
    assert isinstance(event, OrderApproved)
    return (SystemClock().now() - event.data.signal.quotes[0].receive_time).total_seconds()


@asynccontextmanager
async def _services(url: str, folder: Path, around: World) -> AsyncIterator[None]:
    """Both services, once the first quote has led to an approval."""
    own = folder / "own"
    own.mkdir()
    (own / "every_quote.py").write_text(EVERY_QUOTE)
    strategies = [strategy("every-quote", "EveryQuote", SYMBOLS, sizing={"fixedQuantity": "1"})]
    risk = RiskProcess(folder=folder, bus_url=url, database_url=sqlite_url(folder), open_orders=1_000)
    with running(FakeGateway(unquoted=[*SYMBOLS], bars={(symbol, "1m"): [] for symbol in SYMBOLS})) as gateway:
        orchestrator = OrchestratorProcess(
            document=document(folder, strategies, strategiesFrom={"folder": str(own)}),
            folder=folder,
            bus_url=url,
            database_url=sqlite_url(folder),
            environment={
                "STOCKBOT_ENDPOINTS": json.dumps({"MarketDataGateway": gateway.url}),
                "STOCKBOT_TOKEN": TOKEN,
            },
        )
        risk.start()
        orchestrator.start()
        try:
            async with around.trading():
                await around.bus.commands.set(alive_key("portfolio-manager/0"), b"1")
                await publish_state(around.bus, portfolio(1, 0))
                await until(lambda: _is_approving(around), "a first approval")
            yield
        finally:
            risk.kill()
            await orchestrator.close()


async def _is_approving(around: World) -> bool:
    return bool(await around.bus.commands.xlen(APPROVALS))


async def _raw_latencies(url: str, folder: Path) -> list[float]:
    """Seconds for the same way by redis-py and sqlite3 alone: quote, commit, signal, commit, decision."""
    client, reader, found = connect(url), connect(url, blocking=True), []
    hops = [asyncio.create_task(_hop(url, folder / f"hop-{number}.db", number)) for number in (0, 1)]
    after = b"0"
    for _ in range(COLD + TICKS):
        started = time.perf_counter()
        await client.xadd("raw:0", {FIELD: ENTRY})
        ((_, entries),) = await reader.xread({"raw:2": after}, count=1, block=10_000)
        after = entries[-1][0]
        found.append(time.perf_counter() - started)
    await cancelled(hops)
    for each in (client, reader):
        await each.aclose()
    return found[COLD:]


async def _hop(url: str, file: Path, number: int) -> None:
    """Read an entry, commit a row, send an entry on; until it is canceled."""
    reader, client, after = connect(url, blocking=True), connect(url), b"0"
    rows = sqlite3.connect(file, isolation_level=None)
    rows.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE entries (entry BLOB);")
    try:
        while True:
            for _, entries in await reader.xread({f"raw:{number}": after}, count=1, block=1000):
                rows.execute("INSERT INTO entries VALUES (?)", ((entries[0][1] or {})[FIELD],))
                await client.xadd(f"raw:{number + 1}", {FIELD: ENTRY})
                after = entries[-1][0]
    finally:
        rows.close()
        await asyncio.gather(reader.aclose(), client.aclose())
