"""The Execution Engine's own numbers at /metrics: the orders that work, how the broker answers, and what differs."""

from collections.abc import Mapping
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stockbot.events.trading import OrderState
from stockbot.model.orders.order import ENDED, Order
from stockbot.runtime.metrics import HANDLING_BUCKETS, exemplar_of

WORKING = tuple(state for state in OrderState if state not in ENDED)


class Answer(StrEnum):
    """What became of one send."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # it may be at the broker: asked for until that is known
    NOT_SENT = "not_sent"


class Series:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.drift = Gauge(
            "stockbot_drift",
            "Differences between our books and the broker's that are not resolved.",
            ("kind",),
            registry=registry,
        )
        self._orders = Gauge(
            "stockbot_orders",
            "Orders that have not ended, by state, every five seconds.",
            ("state",),
            registry=registry,
        )
        self._sends = Counter(
            "stockbot_sends", "Orders handed to the broker, by what became of it.", ("answer",), registry=registry
        )
        self._seconds = Histogram(
            "stockbot_send_seconds",
            "Time that the broker took to answer for one order.",
            buckets=HANDLING_BUCKETS,
            registry=registry,
        )
        self._account = Gauge(
            "stockbot_account_info",
            "Always 1: which account is traded, and whether with paper or with live money.",
            ("account", "money"),
            registry=registry,
        )
        for answer in Answer:
            self._sends.labels(answer)

    def name_account(self, account: str, money: str) -> None:
        self._account.labels(account, money).set(1)

    def sent(self, order: Order, answer: Answer, seconds: float) -> None:
        self._sends.labels(answer).inc()
        self._seconds.observe(seconds, exemplar_of(order.correlationid))

    def stand(self, counts: Mapping[OrderState, int]) -> None:
        for state in WORKING:
            self._orders.labels(state).set(counts.get(state, 0))
