"""The alerts that the Execution Engine raises. Pure."""

from stockbot.events.alerts import Alert, Severity
from stockbot.events.identity import id_of
from stockbot.model.orders.bracket import Over
from stockbot.model.orders.order import Order
from stockbot.model.orders.reconciliation import Drift, DriftKind
from stockbot.model.orders.transitions import Trouble, TroubleKind

TITLES = {
    TroubleKind.IMPOSSIBLE: "An impossible transition of order {order} was not applied",
    TroubleKind.LATE_FILL: "A fill came after order {order} had ended",
    TroubleKind.OVERFILL: "Order {order} was filled with more than its quantity",
    TroubleKind.ADOPTED: "Order {order} is at the broker after all",
}


def of_trouble(order: Order, trouble: Trouble) -> Alert:
    """The broker said something about an order that should not be."""
    return Alert(
        fingerprint=id_of(f"execution/{trouble.kind}", order.client_order_id),
        severity=Severity.CRITICAL,
        title=TITLES[trouble.kind].format(order=order.client_order_id),
        detail=trouble.reason[:2000],
        labels={"symbol": order.symbol, "strategy": order.strategy, "order": order.client_order_id},
    )


def of_forgery(decision_id: str, reason: str) -> Alert:
    """An ORDER_APPROVED that no decision stands behind: no order was made."""
    return Alert(
        fingerprint=id_of("execution/forged", decision_id),
        severity=Severity.CRITICAL,
        title=f"An approval of decision {decision_id} was not followed: it is not one for this platform"[:2000],
        detail=reason[:2000],
    )


def of_bracket(entry: Order, over: Over) -> Alert:
    """A bracket has ended with shares that none of its orders closes."""
    return Alert(
        fingerprint=id_of("execution/unprotected", entry.client_order_id),
        severity=Severity.WARNING if over.on_purpose else Severity.CRITICAL,
        title=f"The position of bracket {entry.client_order_id} in {entry.symbol} has no exit any more",
        detail=f"{over.unprotected} shares are left: {over.reason}"[:2000],
        labels={"symbol": entry.symbol, "strategy": entry.strategy, "order": entry.client_order_id},
    )


def of_drift(drift: Drift) -> Alert:
    """Our books and the broker's differ."""
    return Alert(
        fingerprint=_drift_fingerprint(drift.kind, drift.subject),
        severity=Severity.CRITICAL,
        title=f"{drift.kind} {drift.subject} differs from the broker: only reductions are sent until it is resolved",
        detail=f"ours={drift.ours} brokers={drift.brokers}"[:2000],
        labels={"kind": drift.kind, "subject": drift.subject},
    )


def of_drift_gone(kind: DriftKind, subject: str) -> Alert:
    return Alert(
        fingerprint=_drift_fingerprint(kind, subject),
        severity=Severity.INFO,
        title=f"{kind} {subject} is as at the broker again",
        resolved=True,
    )


def of_unclosed(symbol: str, reason: str) -> Alert:
    """A flatten could not ask for the close of a position."""
    return Alert(
        fingerprint=id_of("execution/unclosed", symbol),
        severity=Severity.CRITICAL,
        title=f"{symbol} was not closed by the flatten",
        detail=reason,
        labels={"symbol": symbol},
    )


def of_risk(gone: str | None) -> Alert:
    """The Risk Guardian is gone, or back."""
    return Alert(
        fingerprint="execution/risk-guardian-gone",
        severity=Severity.CRITICAL if gone else Severity.INFO,
        title="The Risk Guardian is gone: nothing new is opened" if gone else "The Risk Guardian is back",
        detail=gone or "",
        resolved=gone is None,
    )


def of_wrong_account(reason: str | None) -> Alert:
    """The broker's account is not the one that this platform was started with."""
    return Alert(
        fingerprint="execution/wrong-account",
        severity=Severity.CRITICAL if reason else Severity.INFO,
        title="The broker's account is another one: nothing is sent"
        if reason
        else "The broker's account is the right one",
        detail=reason or "",
        resolved=reason is None,
    )


def _drift_fingerprint(kind: DriftKind, subject: str) -> str:
    return id_of("execution/drift", kind, subject)
