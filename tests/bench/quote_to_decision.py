"""From a quote to the decision about the signal that a strategy makes of it: both services as processes, on SQLite.

The floor is measured in the same run: as many hops over streams and as many durable commits by processes that do
nothing else.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench import raw_chain
from tests.bench.result import Result
from tests.services.risk_guardian.conftest import portfolio
from tests.services.risk_guardian.risk_process import SYMBOLS, RiskProcess, World, world
from tests.services.strategy_orchestrator.world import OrchestratorProcess, document, strategy

from stockbot.codec import decode_entry
from stockbot.events.streams import APPROVALS, alive_key
from stockbot.events.trading import OrderApproved
from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus import connect, publish_state
from stockbot.runtime.clock import SystemClock
from stockbot.testing.databases import sqlite_url
from stockbot.testing.gateway import TOKEN, FakeGateway, running
from stockbot.testing.service_process import until

COMMITS = (1, 1)  # the orchestrator's signal, risk's decision
TICKS, COLD = 120, 10  # ticks that are measured, and those before them that find everything cold
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
    raw = raw_chain.latencies(COMMITS, count=TICKS)
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
                "STOCKBOT_GATEWAY_SHARDS": "1",
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
