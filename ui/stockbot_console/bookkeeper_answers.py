"""What the Portfolio Manager's API answers, decoded at this edge. Used by client, state and the view models."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct


class Account(Struct, frozen=True, kw_only=True):
    """An account's money in its currency, as of `as_of`, UTC. None where a price is missing to tell.

    `drawdown` is the fall from the peak as a fraction, zero or above.
    """

    account: str
    broker: str = ""
    mode: str = ""
    currency: str = "USD"
    cash: Decimal
    settled_cash: Decimal | None = None
    unsettled_cash: Decimal | None = None
    positions_value: Decimal | None = None
    equity: Decimal | None = None
    net_deposits: Decimal
    realised: Decimal
    unrealised: Decimal | None = None
    fees: Decimal = Decimal(0)
    dividends: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    day_profit: Decimal | None = None
    day_start_equity: Decimal | None = None
    drawdown: Decimal | None = None
    version: int
    through_sequence: int
    as_of: datetime


class Holding(Struct, frozen=True, kw_only=True):
    """A position; `strategy` is None for the whole account's. Quantity is below zero when short.

    `stale`: the mark is too old to trade on.
    """

    account: str
    strategy: str | None = None
    symbol: str
    quantity: Decimal
    average_price: Decimal
    mark: Decimal | None = None
    marked_at: datetime | None = None
    stale: bool = False
    value: Decimal | None = None
    unrealised: Decimal | None = None
    realised: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)


class Trade(Struct, frozen=True, kw_only=True):
    """An entry matched to its exit; `profit` is after `fees`. The chains are those of the first and the last fill."""

    number: int
    account: str
    strategy: str
    symbol: str
    direction: Literal["long", "short"]
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    opened_at: datetime
    closed_at: datetime
    profit: Decimal
    fees: Decimal
    return_fraction: Decimal | None = None
    signal_ids: tuple[str, ...] = ()
    correlationid: str
    closing_correlationid: str = ""


class EntryLine(Struct, frozen=True, kw_only=True):
    """One side of a ledger entry; the amounts of an entry add up to zero."""

    ledger_account: str
    symbol: str | None = None
    strategy: str | None = None
    amount: Decimal
    quantity: Decimal | None = None


class Entry(Struct, frozen=True, kw_only=True):
    number: int
    entry_id: str
    kind: str
    account: str
    at: datetime
    booked_at: datetime
    memo: str = ""
    correlationid: str | None = None
    lines: tuple[EntryLine, ...] = ()


class EquityPoint(Struct, frozen=True, kw_only=True):
    at: datetime
    equity: Decimal
    cash: Decimal | None = None
    net_deposits: Decimal = Decimal(0)
    drawdown: Decimal | None = None
    kind: str = "sample"  # or close: the end of a session


class EquityNow(Struct, frozen=True, kw_only=True):
    equity: Decimal | None = None
    at: datetime | None = None


class Equity(Struct, frozen=True, kw_only=True):
    """The curve, the oldest point first."""

    account: str
    currency: str = "USD"
    points: tuple[EquityPoint, ...] = ()
    now: EquityNow | None = None


class Statistic(Struct, frozen=True, kw_only=True):
    """One number of the performance, its unit, and what it says in a sentence."""

    value: Decimal | None = None
    unit: str = "ratio"  # fraction, money, ratio, count or days
    sentence: str = ""


class MonthReturn(Struct, frozen=True, kw_only=True):
    month: str  # 2026-11
    return_fraction: Decimal | None = None


class DayReturn(Struct, frozen=True, kw_only=True):
    date: date
    return_fraction: Decimal | None = None


class Performance(Struct, frozen=True, kw_only=True):
    account: str
    samples: int = 0
    statistics: dict[str, Statistic] = {}
    monthly: tuple[MonthReturn, ...] = ()
    daily: tuple[DayReturn, ...] = ()
