"""What one strategy has won and lost: its session's result and its losing trades in a row. Used by the loss checks.

A trade is a round trip from flat to flat in one symbol; a fill through zero ends one trade and begins the next, and
its fee is split by shares. Only the strategy's own fills count, so one strategy never stops another.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.envelope import Time
from stockbot.events.trading import Execution, OrderReport, Side

_NOTHING = Decimal(0)


class RoundTrip(Struct, frozen=True, kw_only=True):
    """Shares still open (negative when short), and the cash that the trade has brought so far, fees taken off."""

    quantity: Decimal = _NOTHING
    cash: Decimal = _NOTHING


class StrategyRecord(Struct, frozen=True, kw_only=True):
    """Since the session's start: the worth of the positions then and the cash brought. And the streak of losses."""

    session: str | None = None
    start_worth: Decimal | None = _NOTHING
    cash: Decimal = _NOTHING
    trips: dict[str, RoundTrip] = {}
    losses_in_a_row: int = 0
    last_loss_at: Time | None = None


def begin_session(record: StrategyRecord, session: str, marks: Mapping[str, Decimal]) -> StrategyRecord:
    """Start counting anew in a later session; in the running one only while its start has no price yet."""
    if record.session is not None and session <= record.session and record.start_worth is not None:
        return record
    return replace(record, session=session, start_worth=_worth(record, marks), cash=_NOTHING)


def book_fill(record: StrategyRecord, report: OrderReport) -> StrategyRecord:
    """Take the execution that a report brings; each must be given once."""
    execution = report.execution
    if execution is None:
        return record
    traded = execution.quantity if report.side is Side.BUY else -execution.quantity
    trip = record.trips.get(report.symbol, RoundTrip())
    closing = _closing(trip.quantity, traded)
    record = replace(record, cash=record.cash + _brought(execution, traded))
    for part in (closing, traded - closing):
        if part:
            record = _traded(record, report.symbol, part, execution)
    return record


def session_loss(record: StrategyRecord, marks: Mapping[str, Decimal]) -> Decimal | None:
    """What the strategy has lost since the session's start, open positions included; None without a price."""
    worth = _worth(record, marks)
    return None if worth is None or record.start_worth is None else record.start_worth - worth - record.cash


def _traded(record: StrategyRecord, symbol: str, shares: Decimal, execution: Execution) -> StrategyRecord:
    trip = record.trips.get(symbol, RoundTrip())
    trip = RoundTrip(quantity=trip.quantity + shares, cash=trip.cash + _brought(execution, shares))
    if trip.quantity:
        return replace(record, trips={**record.trips, symbol: trip})
    trips = {name: one for name, one in record.trips.items() if name != symbol}
    if trip.cash >= 0:
        return replace(record, trips=trips, losses_in_a_row=0)
    losses = record.losses_in_a_row + 1
    return replace(record, trips=trips, losses_in_a_row=losses, last_loss_at=execution.executed_at)


def _closing(position: Decimal, traded: Decimal) -> Decimal:
    """The part of the shares traded that makes the position smaller."""
    if position * traded >= 0:
        return _NOTHING
    return min(abs(position), abs(traded)).copy_sign(traded)


def _brought(execution: Execution, shares: Decimal) -> Decimal:
    return -shares * execution.price - execution.fee * abs(shares) / execution.quantity


def _worth(record: StrategyRecord, marks: Mapping[str, Decimal]) -> Decimal | None:
    if any(symbol not in marks for symbol in record.trips):
        return None
    return sum((trip.quantity * marks[symbol] for symbol, trip in record.trips.items()), _NOTHING)
