"""The Risk Guardian's own numbers at /metrics: what it decided and why, and what the account may still do."""

from collections.abc import Iterable
from decimal import Decimal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from stockbot.events.trading import SignalGenerated
from stockbot.model.risk import loss
from stockbot.model.risk.account import open_orders
from stockbot.model.risk.decide import Approved
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.loss import Loss
from stockbot.model.risk.loss_watch import LossWatch
from stockbot.model.risk.trading_state import TradingState
from stockbot.risk_guardian.docket import Decision
from stockbot.risk_guardian.watch import Seen
from stockbot.runtime.metrics import exemplar_of

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds


class Series:
    """Gauges without a number are absent: what is not known is not zero."""

    def __init__(self, registry: CollectorRegistry, limits: Limits) -> None:
        self._limits = limits
        self._decide(registry)
        self._account(registry)

    def _decide(self, registry: CollectorRegistry) -> None:
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
        for outcome in ("approved", "denied"):
            self._decisions.labels(outcome)

    def _account(self, registry: CollectorRegistry) -> None:
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
        self._loss = Gauge(
            "stockbot_risk_loss_ratio",
            "What was lost as a part of what may be: 1 is the limit, below 0 is a gain.",
            ("account", "limit"),
            registry=registry,
        )

    def count(self, made: Iterable[tuple[SignalGenerated, Decision]]) -> None:
        """Decisions that are committed."""
        for signal, decision in made:
            waited = max(0.0, (decision.inputs.now - signal.time).total_seconds())
            self._seconds.observe(waited, exemplar_of(signal.correlationid))
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
            _set(self._free_cash, watch.free_cash, watch.account)
            _set(self._equity, watch.equity, watch.account)
            self._show_losses(watch)

    def _show_losses(self, watch: LossWatch) -> None:
        daily = loss.of_day(watch.losses, watch.equity, self._limits)
        drawdown = loss.from_peak(watch.losses, watch.equity, self._limits)
        _set(self._loss, _ratio(daily), watch.account, "daily")
        _set(self._loss, _ratio(drawdown), watch.account, "drawdown")


def _ratio(lost: Loss) -> Decimal | None:
    """None where it is not known, and where the limit is zero: any loss is too much then."""
    return lost.amount / lost.limit if lost.amount is not None and lost.limit else None


def _set(gauge: Gauge, value: Decimal | None, *labels: str) -> None:
    if value is None:
        gauge.remove(*labels)
    else:
        gauge.labels(*labels).set(float(value))
