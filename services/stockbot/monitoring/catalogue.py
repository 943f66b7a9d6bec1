"""Every metric that a part of the platform shows, out of the classes that show it: nothing is listed twice.

For docs/monitoring.md, and for the tests that hold every rule and every panel to metrics that exist.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from stockbot.alert_manager.counters import Counters
from stockbot.execution_engine.series import Series as Execution
from stockbot.market_data_gateway.series import Series as Gateway
from stockbot.model.risk.limits import Limits
from stockbot.portfolio_manager.series import Series as Portfolio
from stockbot.risk_guardian.series import Series as Risk
from stockbot.runtime.health import Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.readiness_series import ReadinessSeries
from stockbot.strategy_orchestrator.series import Series as Orchestrator
from stockbot_operator.metrics import OperatorMetrics

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric as its class names it; `series` are its names at /metrics."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str

    @property
    def series(self) -> tuple[str, ...]:
        return tuple(f"{self.name}{suffix}" for suffix in SUFFIXES.get(self.kind, ("",)))


def _everywhere(registry: CollectorRegistry) -> None:
    Metrics(registry)
    ReadinessSeries(Readiness(), registry)


PARTS: dict[str, Callable[[CollectorRegistry], object]] = {
    "Every service, the console and the operator": _everywhere,
    "Market Data Gateway": lambda registry: Gateway(registry, shard=0, interval_seconds=5.0),
    "Strategy Orchestrator": Orchestrator,
    "Risk Guardian": lambda registry: Risk(registry, Limits()),
    "Execution Engine": Execution,
    "Portfolio Manager": Portfolio,
    "Alert Manager": Counters,
    "Operator": OperatorMetrics,
}


class _Noting(CollectorRegistry):
    """Remembers who registers."""

    def __init__(self) -> None:
        super().__init__()
        self.collectors: list[Collector] = []

    def register(self, collector: Collector) -> None:
        self.collectors.append(collector)
        super().register(collector)


def metrics_of(part: str) -> list[Metric]:
    """The metrics that a part adds, by name."""
    registry = _Noting()
    PARTS[part](registry)
    found = [metric for collector in registry.collectors for metric in _described(collector)]
    return sorted(found, key=lambda metric: metric.name)


def catalogue() -> dict[str, Metric]:
    """All metrics by the names of their series."""
    return {series: metric for part in PARTS for metric in metrics_of(part) for series in metric.series}


def _described(collector: Collector) -> Iterator[Metric]:
    describe = getattr(collector, "describe", collector.collect)
    for family in describe():
        yield Metric(
            name=family.name, kind=family.type, labels=_labels(collector, family), meaning=family.documentation
        )


def _labels(collector: Collector, family: Family) -> tuple[str, ...]:
    """The client has no public name for them."""
    noted: tuple[str, ...] = getattr(collector, "_labelnames", getattr(family, "_labelnames", ()))
    return tuple(noted)
