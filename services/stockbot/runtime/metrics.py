"""The numbers that every program shows at /metrics. Bus, worker, web and supervision count in them.

One `Metrics` per program, each on its own registry: nothing is global, so a test makes a fresh one.
What they are for, with the alerts and dashboards that read them, stands in docs/monitoring.md.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector

from stockbot import __version__

HANDLING_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
LONGEST_EXEMPLAR = 128  # characters of its names and values together, by OpenMetrics
HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds

disable_created_metrics()  # type: ignore[no-untyped-call] # a start time beside each counter doubles the page


class Metrics:
    """All series of one program. Durations are in seconds, ages in seconds, lags in events."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._events(registry)
        self._streams(registry)
        self._program(registry)

    def _events(self, registry: CollectorRegistry) -> None:
        self.events = Counter(
            "stockbot_events",
            "Events that went in or out, by type and what became of them.",
            ("direction", "type", "result"),
            registry=registry,
        )
        self.handling_seconds = Histogram(
            "stockbot_handling_seconds",
            "Time to handle one batch of a stream, its commit included.",
            ("stream",),
            buckets=HANDLING_BUCKETS,
            registry=registry,
        )
        self.dead_letters = Counter(
            "stockbot_dead_letters", "Events put aside with a reason.", ("stream",), registry=registry
        )

    def _streams(self, registry: CollectorRegistry) -> None:
        self.stream_lag = Gauge(
            "stockbot_stream_lag",
            "Events of a stream that this program has not read.",
            ("stream",),
            registry=registry,
        )
        self.stream_pending = Gauge(
            "stockbot_stream_pending",
            "Events read and not yet acknowledged.",
            ("stream", "group"),
            registry=registry,
        )
        self.oldest_unacknowledged_seconds = Gauge(
            "stockbot_oldest_unacknowledged_seconds",
            "Age of the oldest event that a group has not acknowledged.",
            ("stream", "group"),
            registry=registry,
        )
        self.broadcast_gaps = Counter(
            "stockbot_broadcast_gaps",
            "Broadcast events missed, by their sequence numbers.",
            ("stream",),
            registry=registry,
        )
        self.bus_reconnects = Counter(
            "stockbot_bus_reconnects",
            "Times that the connection to the bus was made anew.",
            registry=registry,
        )

    def _program(self, registry: CollectorRegistry) -> None:
        self.heartbeat_timestamp_seconds = Gauge(
            "stockbot_heartbeat_timestamp_seconds",
            "When this process last told the bus that it is alive, in seconds of Unix time.",
            ("source",),
            registry=registry,
        )
        self.build_info = Gauge(
            "stockbot_build_info",
            "Always 1: which version of which service.",
            ("version", "service"),
            registry=registry,
        )
        self.loop_failures = Counter(
            "stockbot_loop_failures", "Times that a background loop raised.", ("loop",), registry=registry
        )
        self.http_requests = Counter(
            "stockbot_http_requests",
            "Requests answered, by the route's template.",
            ("method", "route", "status"),
            registry=registry,
        )
        self.http_seconds = Histogram(
            "stockbot_http_seconds",
            "Time to answer a request, by the route's template and status.",
            ("route", "status"),
            buckets=HTTP_BUCKETS,
            registry=registry,
        )
        ProcessCollector(registry=registry)

    def name_build(self, service: str) -> None:
        self.build_info.labels(__version__, service).set(1)


def exemplar_of(correlationid: str) -> dict[str, str] | None:
    """What leads from a bucket of a histogram to the explain view; None for an id that is too long to be one."""
    exemplar = {"correlationid": correlationid}
    return exemplar if sum(map(len, (*exemplar, *exemplar.values()))) <= LONGEST_EXEMPLAR else None
