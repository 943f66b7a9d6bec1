"""The alerts that the loss watch does not make itself, and which of all alerts are news. Pure."""

from collections.abc import Iterable, Mapping

from stockbot.events.alerts import Alert, Severity
from stockbot.events.identity import id_of
from stockbot.events.trading import SignalGenerated
from stockbot.model.risk.trading_state import Change, TradingState, TradingStatus

SEVERITIES = {
    TradingState.ACTIVE: Severity.INFO,
    TradingState.REDUCING: Severity.WARNING,
    TradingState.HALTED: Severity.CRITICAL,
}


def news(told: Mapping[str, Alert], judged: Iterable[Alert]) -> list[Alert]:
    """What to tell: matters that are new, and matters that were told and are over."""
    return [alert for alert in judged if alert.resolved == (alert.fingerprint in told)]


def of_state(status: TradingStatus, change: Change) -> Alert:
    """The trading state changed, or what stands behind it did."""
    state = status.effective
    return Alert(
        fingerprint="risk/trading-state",
        severity=SEVERITIES[state],
        title=f"Trading state is {state}",
        detail=f"by {change.who}: {change.why}"[:2000],
        resolved=state is TradingState.ACTIVE,
        labels={"state": state.value, "who": change.who},
    )


def of_conflict(signal: SignalGenerated, decision_id: str) -> Alert:
    """A signal came again under its id with other content: the first one stands."""
    return Alert(
        fingerprint=id_of("risk/signal-conflict", signal.id),
        severity=Severity.WARNING,
        title=f"Signal {signal.id} came again with other content"[:2000],
        detail=f"decision {decision_id} about the first one stands",
        labels={"strategy": signal.data.strategy, "symbol": signal.data.symbol},
    )


def of_contradiction(account: str, reason: str = "") -> Alert:
    """A portfolio contradicts an earlier one and was not taken over; without a reason it is over."""
    return Alert(
        fingerprint=id_of("risk/portfolio-refused", account),
        severity=Severity.CRITICAL,
        title=f"The portfolio of account {account} was refused",
        detail=reason[:2000],
        resolved=not reason,
        labels={"account": account},
    )


def of_orders_put_aside(count: int) -> Alert:
    """Order updates that could not be read: what the account holds and has spent is not certain."""
    return Alert(
        fingerprint="risk/orders-put-aside",
        severity=Severity.CRITICAL,
        title=f"{count} order updates were put aside: only reductions pass until a person has resolved them",
        resolved=count == 0,
    )
