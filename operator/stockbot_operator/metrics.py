"""The numbers that the operator shows at /metrics beside those that every program has."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)  # seconds


class OperatorMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._reconciling(registry)
        self._talking(registry)

    def _reconciling(self, registry: CollectorRegistry) -> None:
        self.reconciles = Counter(
            "stockbot_operator_reconciles", "Reconciliations, by what became of them.", ("result",), registry=registry
        )
        self.reconcile_seconds = Histogram(
            "stockbot_operator_reconcile_seconds", "Time of one reconciliation.", buckets=BUCKETS, registry=registry
        )
        self.queue_depth = Gauge(
            "stockbot_operator_queue_depth", "Resources that wait for a reconciliation now.", registry=registry
        )
        self.queue_seconds = Histogram(
            "stockbot_operator_queue_seconds",
            "Time that a resource waited from the moment it was due.",
            buckets=BUCKETS,
            registry=registry,
        )
        self.conditions = Gauge(
            "stockbot_operator_conditions",
            "TradingServices by condition and its status.",
            ("type", "status"),
            registry=registry,
        )

    def _talking(self, registry: CollectorRegistry) -> None:
        self.api_requests = Counter(
            "stockbot_operator_api_requests", "Requests to the API server.", ("verb",), registry=registry
        )
        self.api_seconds = Histogram(
            "stockbot_operator_api_seconds", "Time of one request.", ("verb",), buckets=BUCKETS, registry=registry
        )
        self.watch_age_seconds = Gauge(
            "stockbot_operator_watch_age_seconds",
            "Time since a watch last said anything, its bookmarks included.",
            ("kind",),
            registry=registry,
        )
        self.leading = Gauge("stockbot_operator_leading", "1 while this process holds the lease.", registry=registry)
