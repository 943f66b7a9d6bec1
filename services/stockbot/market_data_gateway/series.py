"""The gateway's own numbers at /metrics: how many symbols have a fresh price, when a tick last left, who answers."""

from collections.abc import Collection, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge

from stockbot.market_data_gateway.sources import Source
from stockbot.model.circuit_breaker import BreakerState


class Series:
    """Numbers of this shard's symbols alone: together the shards have all of the document."""

    def __init__(self, registry: CollectorRegistry, *, shard: int, interval_seconds: float) -> None:
        self._shard = str(shard)
        self._prices(registry)
        self._providers(registry)
        self._interval.labels(self._shard).set(interval_seconds)

    def _prices(self, registry: CollectorRegistry) -> None:
        self._symbols = Gauge(
            "stockbot_symbols",
            "Symbols by whether their last price may be acted on.",
            ("symbol_set", "freshness"),
            registry=registry,
        )
        self._published_at = Gauge(
            "stockbot_tick_timestamp_seconds",
            "When a tick of prices last reached the bus, in seconds of Unix time.",
            ("shard",),
            registry=registry,
        )
        self._interval = Gauge(
            "stockbot_tick_interval_seconds", "Time between two ticks, by the document.", ("shard",), registry=registry
        )

    def _providers(self, registry: CollectorRegistry) -> None:
        self._down = Gauge(
            "stockbot_provider_down",
            "1 while a provider has failed so often that it is not asked.",
            ("provider",),
            registry=registry,
        )
        self._answered_at = Gauge(
            "stockbot_provider_success_timestamp_seconds",
            "When a provider last answered, in seconds of Unix time.",
            ("provider",),
            registry=registry,
        )

    def price(self, symbol_set: str, symbols: Collection[str], stale: Collection[str]) -> None:
        """`stale` may have symbols of other sets."""
        old = sum(symbol in stale for symbol in symbols)
        self._symbols.labels(symbol_set, "stale").set(old)
        self._symbols.labels(symbol_set, "fresh").set(len(symbols) - old)

    def ask(self, sources: Iterable[Source], now: datetime) -> None:
        for source in sources:
            self._down.labels(source.name).set(source.breaker.state(now) is BreakerState.OPEN)
            if source.last_success is not None:
                self._answered_at.labels(source.name).set(source.last_success.timestamp())

    def published(self, now: datetime) -> None:
        self._published_at.labels(self._shard).set(now.timestamp())
