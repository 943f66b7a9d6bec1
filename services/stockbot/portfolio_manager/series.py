"""The Portfolio Manager's own numbers at /metrics."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stockbot.events.trading import OrderState, OrderUpdate
from stockbot.runtime.metrics import HANDLING_BUCKETS, exemplar_of


class Series:
    """Money in the account's currency. Updates are noted in their transaction and counted once it is committed."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._noted: dict[str, tuple[OrderUpdate, datetime]] = {}
        self._bookings(registry)
        self._accounts(registry)

    def _bookings(self, registry: CollectorRegistry) -> None:
        self.booked = Counter("stockbot_portfolio_fills", "Fills that were booked.", registry=registry)
        self.published = Counter(
            "stockbot_portfolio_updates", "States of the portfolio that were published.", registry=registry
        )
        self.entries = Gauge("stockbot_ledger_entries", "Entries in the ledger.", registry=registry)
        self._updates = Counter(
            "stockbot_order_updates", "Order updates taken in, by the order's state.", ("state",), registry=registry
        )
        self._seconds = Histogram(
            "stockbot_booking_seconds",
            "From an order update's commit at the Execution Engine to its commit in the ledger.",
            buckets=HANDLING_BUCKETS,
            registry=registry,
        )
        for state in OrderState:
            self._updates.labels(state)

    def _accounts(self, registry: CollectorRegistry) -> None:
        self.equity = Gauge("stockbot_portfolio_equity", "Equity at the last prices.", ("account",), registry=registry)
        self.cash = Gauge("stockbot_portfolio_cash", "Cash, settled or not.", ("account",), registry=registry)
        self.net_deposits = Gauge(
            "stockbot_portfolio_net_deposits", "All deposits less all withdrawals.", ("account",), registry=registry
        )
        self.realised = Gauge(
            "stockbot_portfolio_realised", "Profit of closed shares, before fees.", ("account",), registry=registry
        )
        self.fees = Gauge("stockbot_portfolio_fees", "Fees paid so far.", ("account",), registry=registry)
        self.positions = Gauge(
            "stockbot_portfolio_positions", "Symbols with a position.", ("account",), registry=registry
        )

    def note(self, updates: Iterable[OrderUpdate], now: datetime) -> None:
        """By their ids, so that a batch which is tried again counts once."""
        self._noted |= {update.id: (update, now) for update in updates}

    def count(self) -> None:
        """What was noted is committed."""
        for update, now in self._noted.values():
            self._updates.labels(update.data.state).inc()
            waited = max(0.0, (now - update.time).total_seconds())
            self._seconds.observe(waited, exemplar_of(update.correlationid))
        self._noted = {}
