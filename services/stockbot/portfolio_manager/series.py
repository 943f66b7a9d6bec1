"""The Portfolio Manager's own numbers at /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Series:
    """Money in the account's currency."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.booked = Counter("stockbot_portfolio_fills", "Fills that were booked.", registry=registry)
        self.published = Counter(
            "stockbot_portfolio_updates", "States of the portfolio that were published.", registry=registry
        )
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
        self.entries = Gauge("stockbot_ledger_entries", "Entries in the ledger.", registry=registry)
