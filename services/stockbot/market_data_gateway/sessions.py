"""The sessions of exchanges, from exchange-calendars. Used by the gateway and for its simulated prices.

The library brings pandas, some 100 MB and half a second: it is imported at the first call only. A market
that never closes needs neither.
"""

import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from stockbot.errors import ConfigurationError
from stockbot.events.market import ExchangeSessions, Session, SessionHours
from stockbot.model.trading_hours import ExchangeHours, RoundTheClock, TradingHours

ALWAYS_OPEN = "24/7"
DAYS_AHEAD = 10
_DAYS_BACK = 15  # the longest holidays are shorter, so the last session is among these days

_log = logging.getLogger(__name__)


def exchange_sessions(exchange: str, now: datetime, days: int = DAYS_AHEAD) -> ExchangeSessions:
    """Return the running or last session at `now` and those of the coming `days`.

    A midday break makes two sessions of one date. Where the calendar ends sooner so do the sessions, and
    `phase_at` answers unknown from there on. Raises ConfigurationError for an unknown exchange and for a
    calendar that has ended.
    """
    if exchange == ALWAYS_OPEN:
        return _always_open(now)
    first, last = now.date() - timedelta(days=_DAYS_BACK), now.date() + timedelta(days=days)
    calendar = _calendar(exchange, first.year, last.year)
    known = [part for hours in _sessions(calendar, first, last) for part in _without_break(calendar, hours)]
    _check_horizon(exchange, calendar, now, last)
    started = sum(session.opens <= now for session in known)
    found = ExchangeSessions(
        exchange=exchange,
        timezone=str(calendar.tz),
        computed_at=now,
        phase=Session.UNKNOWN,
        sessions=tuple(known[max(0, started - 1) :]),
    )
    return msgspec.structs.replace(found, phase=found.phase_at(now))


def trading_hours(exchange: str, first: date, last: date) -> TradingHours:
    """Return the sessions from `first` to `last`, both included, midday breaks not taken out.

    Raises ConfigurationError for an unknown exchange.
    """
    if exchange == ALWAYS_OPEN:
        return RoundTheClock()
    return ExchangeHours(_sessions(_calendar(exchange, first.year, last.year), first, last))


def time_zone(exchange: str, day: date) -> ZoneInfo:
    """Return the time zone in which the exchange writes its dates. Raises ConfigurationError if unknown."""
    return ZoneInfo("UTC" if exchange == ALWAYS_OPEN else str(_calendar(exchange, day.year, day.year).tz))


def _always_open(now: datetime) -> ExchangeSessions:
    return ExchangeSessions(exchange=ALWAYS_OPEN, timezone="UTC", computed_at=now, phase=Session.OPEN, always_open=True)


def _check_horizon(exchange: str, calendar: Any, now: datetime, wanted: date) -> None:
    ends = calendar.bound_max()
    if ends is not None and ends.date() < now.date():
        raise ConfigurationError(_ended(exchange, ends.date()))
    if ends is not None and ends.date() < wanted:
        _log.warning(_ended(exchange, ends.date()))


def _sessions(calendar: Any, first: date, last: date) -> Iterator[SessionHours]:
    early = {label.date() for label in calendar.early_closes}
    for label, opens, closes in zip(calendar.sessions, calendar.opens, calendar.closes, strict=True):
        if first <= label.date() <= last:
            yield SessionHours(
                date=label.date().isoformat(),
                opens=_utc(opens),
                closes=_utc(closes),
                early_close=label.date() in early,
            )


def _without_break(calendar: Any, hours: SessionHours) -> tuple[SessionHours, ...]:
    if not calendar.session_has_break(hours.date):
        return (hours,)
    starts, ends = calendar.session_break_start(hours.date), calendar.session_break_end(hours.date)
    replace = msgspec.structs.replace
    return replace(hours, closes=_utc(starts)), replace(hours, opens=_utc(ends))


def _utc(moment: Any) -> datetime:
    converted: datetime = moment.to_pydatetime(warn=False)
    return converted.replace(tzinfo=UTC)


@lru_cache(maxsize=32)
def _calendar(exchange: str, first_year: int, last_year: int) -> Any:
    """Return the calendar of whole years, at most as far as it is recorded."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # how it uses pandas is not ours
        import exchange_calendars  # type: ignore[import-untyped]  # noqa: PLC0415 - costs 100 MB, see above
        from exchange_calendars.errors import InvalidCalendarName  # type: ignore[import-untyped]  # noqa: PLC0415

        try:
            usual = exchange_calendars.get_calendar(exchange)
            ends = usual.bound_max()
            if ends is not None and ends.year < first_year:
                raise ConfigurationError(_ended(exchange, ends.date()))
            start, end = date(first_year, 1, 1), date(last_year, 12, 31)
            return type(usual)(start=_within(usual, start), end=_within(usual, end))
        except InvalidCalendarName as error:
            known = exchange_calendars.get_calendar_names(include_aliases=True)
            raise ConfigurationError(_unknown(exchange, known)) from error
        except (NotImplementedError, ValueError) as error:
            raise ConfigurationError(
                f"exchange-calendars cannot compute the calendar of {exchange}: {error}"
            ) from error


def _within(calendar: Any, day: date) -> date:
    earliest, latest = calendar.bound_min(), calendar.bound_max()
    if earliest is not None:
        day = max(day, earliest.date())
    return day if latest is None else min(day, latest.date())


def _ended(exchange: str, ends: date) -> str:
    return f"the calendar of {exchange} in exchange-calendars ends on {ends}: install a newer release of it"


def _unknown(exchange: str, known: list[str]) -> str:
    near = get_close_matches(exchange.upper(), known, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"exchange {exchange!r} is unknown. {meant}Right are market codes such as XNYS, or {ALWAYS_OPEN}."
