"""The Alert Manager's own numbers at /metrics."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stockbot.alert_manager.delivery_rows import Receipt
from stockbot.events.alerts import Severity
from stockbot.model.alerts.poison import PutAside
from stockbot.runtime.bus.memory import Memory

BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)  # seconds


class Counters:
    """`watchdog` is a dead man's switch: alert from outside when it stops moving."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._alerts(registry)
        self._watch(registry)

    def _alerts(self, registry: CollectorRegistry) -> None:
        self._open = Gauge(
            "stockbot_open_alerts", "Alerts that are not over, by severity.", ("severity",), registry=registry
        )
        self._deliveries = Counter(
            "stockbot_alert_deliveries",
            "Deliveries of alerts that were tried, by channel and result.",
            ("channel", "result"),
            registry=registry,
        )
        self._seconds = Histogram(
            "stockbot_alert_delivery_seconds",
            "Time that a channel took to take or to refuse a message.",
            ("channel",),
            buckets=BUCKETS,
            registry=registry,
        )
        self._pending = Gauge(
            "stockbot_alert_pending_deliveries", "Deliveries that wait, by channel.", ("channel",), registry=registry
        )

    def _watch(self, registry: CollectorRegistry) -> None:
        self._quiet = Gauge("stockbot_quiet_services", "Services that the watchdog finds not well.", registry=registry)
        self._dead_letters = Gauge(
            "stockbot_unresolved_dead_letters",
            "Events put aside that nobody has resolved, of all services, by who put them aside and their stream.",
            ("consumer", "stream"),
            registry=registry,
        )
        self._used = Gauge("stockbot_bus_used_bytes", "Memory that the bus uses.", registry=registry)
        self._limit = Gauge(
            "stockbot_bus_limit_bytes",
            "Memory that the bus may use, at which it refuses every write; 0 where it has no limit.",
            registry=registry,
        )
        self._watchdog = Gauge(
            "stockbot_watchdog_timestamp_seconds",
            "When the watchdog last looked at everything, in seconds of Unix time: it must move.",
            registry=registry,
        )

    def carried(self, receipt: Receipt, seconds: float) -> None:
        result = "failed" if receipt.reason else "delivered"
        self._deliveries.labels(receipt.channel, result).inc(len(receipt.delivery_ids))
        self._seconds.labels(receipt.channel).observe(seconds)

    def stand(self, open_alerts: Mapping[str, int], pending: Mapping[str, int], channels: Iterable[str]) -> None:
        for severity in Severity:
            self._open.labels(severity).set(open_alerts.get(severity, 0))
        for channel in channels:
            self._pending.labels(channel).set(pending.get(channel, 0))

    def put_aside(self, found: Iterable[PutAside]) -> None:
        """What nobody has resolved; a stream of which everything is resolved has no series any more."""
        self._dead_letters.clear()
        for one in found:
            self._dead_letters.labels(one.consumer, one.stream).set(one.count)

    def weighed(self, memory: Memory) -> None:
        self._used.set(memory.used)
        self._limit.set(memory.limit)

    def looked(self, at: datetime, not_well: int) -> None:
        self._watchdog.set(at.timestamp())
        self._quiet.set(not_well)
