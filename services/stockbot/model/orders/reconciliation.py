"""Our books beside the broker's: what is different once everything that the broker told is booked. Pure.

Two looks must agree before a difference counts as drift: between our question about fills and the one about cash
something may have been filled.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from stockbot.model.orders.broker import BrokerPosition
from stockbot.model.orders.order import Order

CENT = Decimal("0.01")
NOTHING = Decimal(0)


class DriftKind(StrEnum):
    ORDER = "order"
    EXECUTION = "execution"
    POSITION = "position"
    CASH = "cash"


class Drift(Struct, frozen=True, order=True):
    """One difference: what of, what we have, what the broker has."""

    kind: DriftKind
    subject: str
    ours: str
    brokers: str

    @property
    def matter(self) -> tuple[object, ...]:
        """What makes it the same difference at another look: numbers may both have moved meanwhile."""
        if self.kind in (DriftKind.POSITION, DriftKind.CASH):
            return self.kind, self.subject, Decimal(self.brokers) - Decimal(self.ours)
        return self.kind, self.subject, self.ours, self.brokers


def agreed(first: Iterable[Drift], second: Iterable[Drift]) -> list[Drift]:
    """What both looks see, as the second one sees it."""
    seen = {drift.matter for drift in first}
    return [drift for drift in second if drift.matter in seen]


def position_drifts(ours: Mapping[str, Decimal], brokers: Iterable[BrokerPosition]) -> list[Drift]:
    """The symbols of which the broker has another number of shares; one that is not there is none."""
    theirs = {position.symbol: position.quantity for position in brokers}
    return [
        Drift(DriftKind.POSITION, symbol, _text(ours.get(symbol, NOTHING)), _text(theirs.get(symbol, NOTHING)))
        for symbol in sorted({*ours, *theirs})
        if ours.get(symbol, NOTHING) != theirs.get(symbol, NOTHING)
    ]


def cash_drifts(account: str, ours: Decimal, brokers: Decimal) -> list[Drift]:
    """A difference of a cent and more."""
    return [Drift(DriftKind.CASH, account, _text(ours), _text(brokers))] if abs(ours - brokers) >= CENT else []


def order_drifts(absent: Iterable[Order], working: Iterable[Order]) -> list[Drift]:
    """Orders that the broker had and now does not know, and those of which it says more filled than it has fills."""
    unknown = [Drift(DriftKind.ORDER, order.client_order_id, order.state, "unknown") for order in absent]
    unfilled = [
        Drift(
            DriftKind.EXECUTION,
            order.client_order_id,
            _text(order.filled_quantity),
            _text(max(order.told_filled, order.filled_quantity)) if order.ending is None else order.ending,
        )
        for order in working
        if order.misses_fills
    ]
    return sorted(unknown + unfilled)


def _text(number: Decimal) -> str:
    return format(number, "f")
