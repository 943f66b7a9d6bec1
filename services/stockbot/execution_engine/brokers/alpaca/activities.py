"""Account activities in Alpaca's words and in ours: fills, and what moved cash or shares and was none. Pure.

An activity's id is `<time in New York>::<uuid>`. Its uuid names a fill here; `stream` proves at run time whether the
trade_updates stream calls fills by the same name.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from stockbot.events.envelope import Name, Symbol, Time
from stockbot.events.trading import Side
from stockbot.execution_engine.brokers.alpaca.outcomes import Answer, MalformedAnswer
from stockbot.execution_engine.brokers.protocol import Activity, ActivityKind, BrokerExecution

ZERO = Decimal(0)
NEW_YORK = ZoneInfo("America/New_York")
FILL = "FILL"
BUST, CORRECT = "trade_bust", "trade_correct"
LONGEST_NOTE = 1000
LATE = timedelta(days=5)  # a movement that has a day and no time may be booked so long after that day
_STAMP = "%Y%m%d%H%M%S"

KINDS = {
    **dict.fromkeys(("CSD", "CSW", "JNLC", "JNL", "ACATC", "TRANS"), ActivityKind.DEPOSIT),
    **dict.fromkeys(("FEE", "CFEE", "PTC", "DIVFEE", "REG", "TAF", "WH"), ActivityKind.FEE),
    **dict.fromkeys(("INT", "INTNRA", "INTTW", "INTPNL", "SWP"), ActivityKind.INTEREST),
    **dict.fromkeys(("ACATS", "JNLS"), ActivityKind.TRANSFER),
}


class AlpacaFill(Answer, frozen=True, kw_only=True):
    id: Name
    type: str
    transaction_time: Time
    order_id: Name
    symbol: Symbol
    side: str
    qty: Decimal
    price: Decimal
    cum_qty: Decimal = ZERO
    previous_execution_id: Name | None = None


class TakenBack(Struct, frozen=True, kw_only=True):
    """An execution that does not count any more; shares and price where the message says them of that one."""

    execution_id: str
    why: str
    symbol: str
    side: Side
    qty: Decimal | None = None
    price: Decimal | None = None
    at: datetime


class AlpacaMovement(Answer, frozen=True, kw_only=True):
    id: Name
    activity_type: str
    date: str | None = None
    created_at: Time | None = None
    net_amount: Decimal = ZERO
    symbol: Annotated[str, Meta(max_length=32)] | None = None
    qty: Decimal | None = None
    price: Decimal | None = None
    description: str = ""
    status: str = "executed"


def execution_id_of(activity_id: str) -> str:
    return activity_id.rpartition("::")[2]


def execution(fill: AlpacaFill, client_order_id: str) -> BrokerExecution | None:
    """Return the fill in our words; None for the taking back of one. Alpaca charges its fees apart, by the day."""
    if fill.type == BUST:
        return None
    try:
        return BrokerExecution(
            execution_id=execution_id_of(fill.id),
            client_order_id=client_order_id,
            broker_order_id=fill.order_id,
            symbol=fill.symbol,
            side=side_of(fill.side),
            quantity=fill.qty,
            price=fill.price,
            executed_at=fill.transaction_time,
        )
    except ValueError as error:
        raise MalformedAnswer(f"Alpaca's fill {fill.id}: {error}") from None


def taken_back(fill: AlpacaFill) -> TakenBack | None:
    """Return what a fill takes back: a bust all of an earlier one, a correction too before it counts itself."""
    if fill.type not in {BUST, CORRECT}:
        return None
    if not fill.previous_execution_id:
        raise MalformedAnswer(f"Alpaca's fill {fill.id} is a {fill.type} and does not say of which execution")
    is_bust = fill.type == BUST
    return TakenBack(
        execution_id=fill.previous_execution_id,
        why=fill.type,
        symbol=fill.symbol,
        side=side_of(fill.side),
        qty=abs(fill.qty) if is_bust else None,
        price=fill.price if is_bust else None,
        at=fill.transaction_time,
    )


def bust(taken: TakenBack, fills: Mapping[str, AlpacaFill]) -> Activity:
    """Return the taking back, with the cash and the shares that it moves; `fills` are known ones by execution id.

    Its id is that of what it takes back, so it is booked once, wherever it was heard of.
    """
    original = fills.get(taken.execution_id)
    qty, price = (taken.qty, taken.price) if original is None else (original.qty, original.price)
    sign = 1 if taken.side is Side.BUY else -1
    is_known = qty is not None and price is not None
    try:
        return Activity(
            activity_id=f"bust:{taken.execution_id}",
            kind=ActivityKind.BUST,
            amount=sign * qty * price if qty is not None and price is not None else ZERO,
            symbol=taken.symbol,
            quantity=-sign * qty if qty is not None else None,
            execution_id=taken.execution_id,
            note=f"Alpaca: {taken.why}" + ("" if is_known else " of a fill that it does not list"),
            at=taken.at,
        )
    except ValueError as error:
        raise MalformedAnswer(f"Alpaca's {taken.why} of {taken.execution_id}: {error}") from None


def activity(movement: AlpacaMovement) -> Activity | None:
    """Return the movement in our words; None for one that was canceled or moved nothing."""
    shares = movement.qty or ZERO
    if movement.status == "canceled" or (movement.net_amount == ZERO and shares == ZERO):
        return None
    kind = kind_of(movement)
    note = f"{movement.activity_type}: {movement.description}".rstrip(": ")
    try:
        return Activity(
            activity_id=movement.id,
            kind=kind,
            amount=shares * (movement.price or ZERO) if kind is ActivityKind.TRANSFER else movement.net_amount,
            symbol=movement.symbol or None,
            quantity=shares if kind in (ActivityKind.SPLIT, ActivityKind.TRANSFER) else None,
            note=note[:LONGEST_NOTE],
            at=time_of(movement),
        )
    except ValueError as error:
        raise MalformedAnswer(f"Alpaca's activity {movement.id}: {error}") from None


def kind_of(movement: AlpacaMovement) -> ActivityKind:
    """Return what a movement is booked as.

    Shares that were transferred are worth what Alpaca says; where it says nothing, the ledger asks a person.
    A type that is not known here is never left out, or cash and shares would be wrong: shares count as a split, and
    cash as a deposit or withdrawal, which is no profit; the note names the type.
    """
    name = movement.activity_type
    if name in KINDS:
        return KINDS[name]
    if name.startswith("DIV"):
        return ActivityKind.DIVIDEND
    has_shares = bool(movement.symbol) and movement.qty not in (None, ZERO)
    return ActivityKind.SPLIT if has_shares else ActivityKind.DEPOSIT


def time_of(movement: AlpacaMovement) -> datetime:
    """Return when it happened: as said, else by its id; where that has no time of day, the day's start."""
    if movement.created_at is not None:
        return movement.created_at
    stamp = movement.id.partition("::")[0]
    try:
        local = datetime.strptime(stamp[:14], _STAMP).replace(tzinfo=NEW_YORK)
        return (local + timedelta(milliseconds=int(stamp[14:17] or 0))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedAnswer(f"Alpaca's activity {movement.id!r} does not say when it happened") from None


def is_since(movement: AlpacaMovement, since: datetime) -> bool:
    """Tell whether it may be new at or after `since`.

    What has a day and no time, such as a deposit or yesterday's fees, may have been booked later on that day or days
    after it: it is told again until that is over. It keeps its id, and its `at` is the day's start.
    """
    has_time = movement.created_at is not None or movement.id[8:14] != "000000"
    return time_of(movement) >= (since if has_time else since - LATE)


def side_of(word: str) -> Side:
    """Return the side of a fill; Alpaca says sell_short where a sale opened a short position."""
    return Side.BUY if word == "buy" else Side.SELL if word in {"sell", "sell_short"} else Side(word)
