"""The day that a daily loss is counted over, and the peak that a drawdown is counted from. Used by the loss checks.

A day is the exchange's session: it begins at the open and lasts until the next one, so a half day, a holiday and the
change to summer time come out right by themselves. The service persists both values, so they survive a restart.
Deposits and withdrawals are neither profit nor loss: every amount is compared with `net_deposits`, all deposits less
all withdrawals so far.
"""

from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct

from stockbot.events.market import ExchangeSessions
from stockbot.model.risk.finite import check_numbers


class SessionDay(Struct, frozen=True, kw_only=True):
    """The exchange's own date, YYYY-MM-DD, and the account at its first valuation in the session."""

    date: str
    equity: Decimal
    net_deposits: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        check_numbers(equity=self.equity, net_deposits=self.net_deposits)


class Peak(Struct, frozen=True, kw_only=True):
    """The highest equity so far, and what had been deposited by then."""

    equity: Decimal
    net_deposits: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        check_numbers(equity=self.equity, net_deposits=self.net_deposits)


def session_date(sessions: ExchangeSessions, now: datetime) -> str | None:
    """The date of the running or else the last session; None where the sessions do not reach to `now`."""
    if sessions.always_open:
        return now.astimezone(UTC).date().isoformat()
    if not sessions.sessions or now >= sessions.sessions[-1].closes:
        return None
    return max((session.date for session in sessions.sessions if session.opens <= now), default=None)


def current_day(
    day: SessionDay | None, *, date: str | None, equity: Decimal | None, net_deposits: Decimal
) -> SessionDay | None:
    """The day as of session `date`: the stored one, or a new one that starts with the equity of now.

    None while a new session's start cannot be told, which every loss check takes for a loss too large.
    """
    if date is None or (day is not None and date <= day.date):
        return day
    return None if equity is None else SessionDay(date=date, equity=equity, net_deposits=net_deposits)


def current_peak(peak: Peak | None, *, equity: Decimal | None, net_deposits: Decimal) -> Peak | None:
    """The peak as of now: it only rises, but for deposits and withdrawals, which it follows."""
    if equity is None or (peak is not None and equity <= peak_equity(peak, net_deposits)):
        return peak
    return Peak(equity=equity, net_deposits=net_deposits)


def peak_equity(peak: Peak, net_deposits: Decimal) -> Decimal:
    """What the peak would be, had all deposits been made by then."""
    return peak.equity + net_deposits - peak.net_deposits


def start_equity(day: SessionDay, net_deposits: Decimal) -> Decimal:
    """What the session would have started with, had its deposits been made before."""
    return day.equity + net_deposits - day.net_deposits
