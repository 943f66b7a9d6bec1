"""The Risk Guardian's own numbers at /metrics: what it decided and why, and what the account may still do."""

from collections.abc import Iterable
from decimal import Decimal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stockbot.events.trading import SignalGenerated
from stockbot.model.risk.account import open_orders
from stockbot.model.risk.decide import Approved
from stockbot.model.risk.trading_state import TradingState
from stockbot.risk_guardian.docket import Decision
from stockbot.risk_guardian.watch import Seen

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds


class Series:
    """Gauges without a number are absent: what is not known is not zero."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._decisions = Counter(
            "stockbot_risk_decisions", "Decisions committed, by outcome.", ("outcome",), registry=registry
        )
        self._reasons = Counter(
            "stockbot_risk_denials", "Reasons of the denials committed, by code.", ("code",), registry=registry
        )
        self._seconds = Histogram(
            "stockbot_risk_decision_seconds",
            "From a signal's commit at its source to the commit of its decision.",
            buckets=BUCKETS,
            registry=registry,
        )
        self._open_orders = Gauge(
            "stockbot_risk_open_orders", "Orders that hold cash or shares.", ("account",), registry=registry
        )
        self._free_cash = Gauge(
            "stockbot_risk_free_cash", "Cash that nothing holds, in its currency.", ("account",), registry=registry
        )
        self._equity = Gauge("stockbot_risk_equity", "Equity, in its currency.", ("account",), registry=registry)
        self._state = Gauge(
            "stockbot_risk_trading_state", "1 for the trading state that counts.", ("state",), registry=registry
        )

    def count(self, made: Iterable[tuple[SignalGenerated, Decision]]) -> None:
        """Decisions that are committed."""
        for signal, decision in made:
            self._seconds.observe(max(0.0, (decision.inputs.now - signal.time).total_seconds()))
            if isinstance(decision.answer, Approved):
                self._decisions.labels("approved").inc()
                continue
            self._decisions.labels("denied").inc()
            for reason in decision.answer.denial.reasons:
                self._reasons.labels(reason.code).inc()

    def show(self, seen: Seen) -> None:
        """What the watch has seen in its last round."""
        for state in TradingState:
            self._state.labels(state.value).set(state is seen.state)
        for account in seen.accounts.values():
            self._open_orders.labels(account.name).set(open_orders(account.account.holds))
        for watch in seen.watches:
            _set(self._free_cash, watch.account, watch.free_cash)
            _set(self._equity, watch.account, watch.equity)


def _set(gauge: Gauge, account: str, value: Decimal | None) -> None:
    if value is None:
        gauge.remove(account)
    else:
        gauge.labels(account).set(float(value))
