"""From a quote to the ledger through all five processes, against processes that only hand an event on and commit.

The gateway ticks, a strategy answers each quote, risk decides, the engine sends to the paper broker, the portfolio
books. The clock starts when the gateway has the quote and stops when the portfolio that has booked the fill arrives.
"""

import asyncio
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from tests.bench import raw_chain
from tests.bench.platform import PATIENCE_SECONDS, platform
from tests.bench.result import Result

from stockbot.errors import ConfigurationError
from stockbot.events.portfolio import PortfolioUpdate
from stockbot.events.streams import ORDERS, PORTFOLIO, SIGNALS
from stockbot.events.trading import OrderState, OrderUpdate, SignalGenerated
from stockbot.local.data_folder import running_bus_url
from stockbot.runtime.bus import BroadcastReader, Bus
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics

FIRST_ORDERS = 20  # not measured: five processes make their statements and fill their caches
ORDERS_MEASURED = 300
P50_BUDGET, P99_BUDGET = 15, 20  # times the floor; docs/decisions.md says why not 2 and 3
# Durable commits on the critical path: orchestrator: signal; risk: decision; engine: intent, sent, the paper broker's
# order and fill, and what is known of both; portfolio: ledger.
COMMITS = (1, 1, 4, 1)
STRATEGY = '''
"""Holds one share after every odd quote and none after every even one."""

from collections.abc import Sequence

from msgspec import Struct

from stockbot.events.market import Bar, Quote
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish


class Nothing(Struct, frozen=True, kw_only=True):
    pass


class Flip(Strategy[Nothing]):
    version = "1"
    Parameters = Nothing

    @classmethod
    def warmup(cls, parameters: Nothing) -> int:
        return 1

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        return ()

    def on_quote(self, quote: Quote, view: View) -> Sequence[Wish]:
        return [Target(fraction=0 if view.expected else 1, reason="a quote came")]
'''


def documents(folder: Path) -> Path:
    """The platform of the bench: one symbol, a tick every 0.2 s, a broker without latency, limits out of the way."""
    own = folder / "strategies"
    own.mkdir()
    (own / "flip.py").write_text(STRATEGY)
    flip = {
        "name": "flip",
        "class": "Flip",
        "symbols": ["AAPL"],
        "sizing": {"fixedQuantity": "1"},
        "schedule": {"sessions": "Always"},
    }
    limits = {
        "maxOrdersPerMinute": 100_000,
        "maxOrdersPerMinutePerStrategy": 100_000,
        "maxConsecutiveLosses": 1000,
        "maxDailyLoss": "1",
        "maxStrategyLoss": "1",
        "maxDrawdown": "1",
    }
    gateway = {
        "tickIntervalSeconds": 0.2,
        "providers": [{"name": "demo", "type": "Demo"}],
        "symbolSets": [{"name": "one", "symbols": ["AAPL"], "providers": ["demo"]}],
    }
    blocks: dict[str, dict[str, Any]] = {
        "market-data-gateway": {"type": "MarketDataGateway", "marketDataGateway": gateway},
        "strategy-orchestrator": {
            "type": "StrategyOrchestrator",
            "strategyOrchestrator": {"strategies": [flip], "strategiesFrom": {"folder": str(own)}},
        },
        "risk-guardian": {"type": "RiskGuardian", "riskGuardian": {"limits": limits}},
        "execution-engine": {
            "type": "ExecutionEngine",
            "executionEngine": {"broker": {"paper": {"latencyMilliseconds": 0, "maxShareOfVolume": "1"}}},
        },
        "portfolio-manager": {"type": "PortfolioManager"},
    }
    made = folder / "documents"
    made.mkdir()
    for name, spec in blocks.items():
        head = {"apiVersion": "stockbot.dev/v1alpha1", "kind": "TradingService", "metadata": {"name": name}}
        (made / f"{name}.yaml").write_text(json.dumps({**head, "spec": spec}))
    return made


class Observer:
    """Pairs the quote of each signal with the first portfolio that has booked its order's fill.

    Orders that the broker did not fill when it accepted them are not counted: too few shares had traded, and waiting
    for the next quote is the market's time.
    """

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self._quoted: dict[str, datetime] = {}
        self._accepted: dict[str, datetime] = {}
        self._filled: dict[int, datetime] = {}

    def see(self, event: object, now: datetime) -> None:
        match event:
            case SignalGenerated(id=signal_id, data=signal):
                self._quoted[signal_id] = signal.quotes[0].receive_time
            case OrderUpdate(data=report, time=at) if report.state is OrderState.ACCEPTED:
                self._accepted[report.signal_id or ""] = at
            case OrderUpdate(sequence=sequence, data=report, time=at) if report.state is OrderState.FILLED:
                signal_id = report.signal_id or ""
                quoted, accepted = self._quoted.pop(signal_id, None), self._accepted.pop(signal_id, None)
                if quoted is not None and accepted == at:
                    self._filled[sequence] = quoted
            case PortfolioUpdate(data=portfolio):
                for sequence in [one for one in self._filled if one <= portfolio.through_sequence]:
                    self.latencies.append((now - self._filled.pop(sequence)).total_seconds())


async def observed(data_folder: Path) -> list[float]:
    bus = Bus(await _bus_url(data_folder), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    observer, deadline = Observer(), time.monotonic() + 4 * PATIENCE_SECONDS
    async with BroadcastReader(bus, [SIGNALS, ORDERS, PORTFOLIO]) as reader:
        while len(observer.latencies) < FIRST_ORDERS + ORDERS_MEASURED:
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {len(observer.latencies)} orders were booked")
            events = await reader.read()
            now = datetime.now(UTC)
            for event in sorted(events, key=lambda one: isinstance(one, PortfolioUpdate)):
                observer.see(event, now)
    await bus.close()
    return sorted(observer.latencies[FIRST_ORDERS:])


async def _bus_url(data_folder: Path) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return running_bus_url(data_folder).get_secret_value()
        except ConfigurationError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


def quote_to_ledger() -> list[Result]:
    """From a quote at the gateway to the portfolio that has booked its fill, through five processes."""
    with tempfile.TemporaryDirectory() as folder:
        made, data_folder = documents(Path(folder)), Path(folder) / "platform"
        with platform(data_folder, made):
            ours = asyncio.run(observed(data_folder))
    floor = raw_chain.latencies(COMMITS, count=ORDERS_MEASURED)
    return [
        _result("p50", statistics.median(ours), statistics.median(floor), budget=P50_BUDGET),
        _result("p99", ours[int(len(ours) * 0.99)], floor[int(len(floor) * 0.99)], budget=P99_BUDGET),
    ]


def _result(name: str, measured: float, floor: float, *, budget: float) -> Result:
    return Result(
        what=f"quote to ledger, {name}",
        measured=measured * 1000,
        floor=floor * 1000,
        unit="ms",
        budget=budget,
        at_most=True,
    )
