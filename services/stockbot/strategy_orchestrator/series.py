"""The Strategy Orchestrator's own numbers at /metrics."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

from stockbot.events.trading import Signal
from stockbot.model.strategies.lifecycle import State


class Series:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._signals = Counter("stockbot_signals", "Signals committed.", ("strategy", "intent"), registry=registry)
        self._states = Gauge(
            "stockbot_strategy_state", "1 for the state of a strategy.", ("strategy", "state"), registry=registry
        )

    def count(self, signals: Iterable[Signal]) -> None:
        """Signals that are committed."""
        for signal in signals:
            self._signals.labels(signal.strategy, signal.intent.value).inc()

    def show(self, strategy: str, now_in: State) -> None:
        for state in State:
            self._states.labels(strategy, state.value).set(now_in is state)
