"""Whether an approval becomes an intent, and whether an intent may still leave. Pure.

`Approved` is what the rest of the Execution Engine takes: only `admit` makes one, out of everything that speaks for
and against it at one moment. A forged, altered, repeated or expired event does not get past it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec import Struct

from stockbot.events.trading import Approval, Flattening, OrderState
from stockbot.model.orders.order import Order
from stockbot.model.risk.book import Book
from stockbot.model.risk.reduction import is_reduction
from stockbot.model.risk.trading_state import TradingState

APPROVED = "approved"
_SEAL: Final = object()


class Decision(Struct, frozen=True, kw_only=True):
    """What the decision's row says. Its digest is the one of the approval that risk published."""

    outcome: str
    digest: str | None
    expires_at: datetime | None


class Surroundings(Struct, frozen=True, kw_only=True):
    """What counts for every order at this moment. `gates` are reasons why nothing that adds risk may leave."""

    now: datetime
    trading_state: TradingState
    gates: tuple[str, ...] = ()
    is_reconciled: bool = True  # whether positions are known at all


@dataclass(frozen=True)
class Approved:
    """An approval that was checked against its decision and everything else, in the transaction that uses it."""

    approval: Approval
    reduction: bool
    _seal: object

    def __post_init__(self) -> None:
        if self._seal is not _SEAL:
            raise TypeError("only admit() makes an Approved")


class Refused(Struct, frozen=True):
    """It ends before it begins: EXPIRED or REJECTED, and why."""

    state: OrderState
    reason: str


class Forged(Struct, frozen=True):
    """No decision stands behind it: it makes no order at all, and a person must hear of it."""

    reason: str


def admit(
    approval: Approval, digest: str, decision: Decision | None, around: Surroundings, book: Book
) -> Approved | Refused | Forged:
    """Judge an approval; `book` is its symbol with our position and working orders."""
    forged = _forged(digest, decision)
    if forged is not None:
        return Forged(forged)
    if _has_expired(approval, decision, around.now):
        return Refused(OrderState.EXPIRED, f"its approval ended at {approval.expires_at.isoformat()}")
    reduction = around.is_reconciled and is_reduction(book, approval.side, approval.quantity)
    against = _against(around, reduction=reduction, flatten=approval.signal.flatten or None)
    against = against or _no_longer(excused=approval.reduction, reduction=reduction)
    if against is not None:
        return Refused(OrderState.REJECTED, against)
    return Approved(approval, reduction, _SEAL)


def may_leave(order: Order, around: Surroundings, book: Book) -> Refused | None:
    """Judge an intent right before it is sent; `book` is without it. None lets it go."""
    if order.expires_at is not None and order.expires_at <= around.now:
        return Refused(OrderState.EXPIRED, f"its approval ended at {order.expires_at.isoformat()}")
    reduction = around.is_reconciled and is_reduction(book, order.side, order.quantity)
    against = _against(around, reduction=reduction, flatten=order.flatten)
    excused = order.reduction and order.expires_at is not None  # what an exit closes, its bracket knows
    against = against or _no_longer(excused=excused, reduction=reduction)
    return None if against is None else Refused(OrderState.REJECTED, against)


def _no_longer(*, excused: bool, reduction: bool) -> str | None:
    """No limit of risk stands behind an order that was excused from all of them: it closes, or it does not leave."""
    return "it was approved as a reduction, and is none any more" if excused and not reduction else None


def _forged(digest: str, decision: Decision | None) -> str | None:
    if decision is None:
        return "there is no such decision"
    if decision.outcome != APPROVED:
        return f"the decision is {decision.outcome}"
    return None if decision.digest == digest else "the decision is about something else"


def _has_expired(approval: Approval, decision: Decision | None, now: datetime) -> bool:
    ends = [approval.expires_at, decision.expires_at if decision else None]
    return any(end is not None and end <= now for end in ends)


def _against(around: Surroundings, *, reduction: bool, flatten: Flattening | None) -> str | None:
    """Halted lets nothing pass but an admin's flatten; everything else lets reductions pass."""
    if around.trading_state is TradingState.HALTED:
        return None if reduction and flatten is Flattening.CONFIRMED else "the trading state is Halted"
    if reduction:
        return None
    if around.trading_state is TradingState.REDUCING:
        return "the trading state is Reducing, and this is no reduction"
    return None if not around.gates else f"{'; '.join(around.gates)}: only reductions leave"
