"""The day of a daily loss on the real calendar of New York: summer time, a half day, holidays, and deposits."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from stockbot.market_data_gateway.sessions import exchange_sessions
from stockbot.model.risk.session_day import (
    Peak,
    SessionDay,
    current_day,
    current_peak,
    peak_equity,
    session_date,
    start_equity,
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "date"),
    [
        ("2026-03-06T14:29:59", "2026-03-05"),  # winter: New York opens at 14:30 UTC
        ("2026-03-06T14:30:00", "2026-03-06"),
        ("2026-03-08T12:00:00", "2026-03-06"),  # Sunday, the clocks have changed
        ("2026-03-09T13:29:59", "2026-03-06"),
        ("2026-03-09T13:30:00", "2026-03-09"),  # summer: 13:30 UTC
        ("2026-10-30T13:30:00", "2026-10-30"),
        ("2026-11-02T14:29:59", "2026-10-30"),  # winter again
        ("2026-11-02T14:30:00", "2026-11-02"),
        ("2026-11-26T16:00:00", "2026-11-25"),  # Thanksgiving
        ("2026-11-27T14:30:00", "2026-11-27"),  # a half day
        ("2026-11-27T20:00:00", "2026-11-27"),  # closed since 18:00 UTC: still the same day
        ("2026-11-30T14:30:00", "2026-11-30"),
        ("2026-12-25T16:00:00", "2026-12-24"),
    ],
)
def test_a_day_is_the_exchange_s_session(now: str, date: str) -> None:
    """The day begins at the open in New York, whatever UTC says, and lasts until the next open."""
    assert session_date(exchange_sessions("XNYS", moment(now)), moment(now)) == date


def test_sessions_that_do_not_reach_to_now_tell_no_date() -> None:
    """An answer that is too old, or empty, is unknown and not yesterday."""
    sessions = exchange_sessions("XNYS", moment("2026-03-06T15:00:00"))
    assert session_date(sessions, moment("2026-04-06T15:00:00")) is None
    assert session_date(sessions, moment("2026-03-06T14:00:00")) is None
    assert session_date(replace(sessions, sessions=()), moment("2026-03-06T15:00:00")) is None


def test_an_answer_of_some_days_ago_still_tells_today() -> None:
    """Sessions that were computed before the weekend know Monday's date, up to the last close that they have."""
    friday = exchange_sessions("XNYS", moment("2026-03-06T15:00:00"))
    assert session_date(friday, moment("2026-03-09T15:00:00")) == "2026-03-09"
    last = friday.sessions[-1]
    assert session_date(friday, last.closes - timedelta(microseconds=1)) == last.date
    assert session_date(friday, last.closes) is None


def test_a_market_that_never_closes_has_days_of_utc() -> None:
    """Round the clock the day changes at midnight UTC."""
    now = moment("2026-03-06T23:59:59")
    assert session_date(exchange_sessions("24/7", now), now) == "2026-03-06"


MONDAY = SessionDay(date="2026-03-02", equity=Decimal(1000))


def test_a_day_starts_with_the_equity_of_its_first_valuation() -> None:
    """A new session starts a new day; within the session, and after a restart, the stored day stays."""
    started = current_day(None, date="2026-03-02", equity=Decimal(1000), net_deposits=Decimal(0))
    assert started == MONDAY
    assert current_day(MONDAY, date="2026-03-02", equity=Decimal(900), net_deposits=Decimal(0)) is MONDAY
    tuesday = current_day(MONDAY, date="2026-03-03", equity=Decimal(900), net_deposits=Decimal(5))
    assert tuesday == SessionDay(date="2026-03-03", equity=Decimal(900), net_deposits=Decimal(5))


def test_a_day_never_goes_back() -> None:
    """A clock that jumps back, or sessions that are unknown, leave the stored day alone."""
    assert current_day(MONDAY, date="2026-02-27", equity=Decimal(1), net_deposits=Decimal(0)) is MONDAY
    assert current_day(MONDAY, date=None, equity=Decimal(1), net_deposits=Decimal(0)) is MONDAY


def test_a_day_cannot_start_without_a_value() -> None:
    """Where a new session's equity is unknown there is no day, so that no old start is taken for the new one."""
    assert current_day(MONDAY, date="2026-03-03", equity=None, net_deposits=Decimal(0)) is None
    assert current_day(None, date=None, equity=Decimal(1), net_deposits=Decimal(0)) is None


def test_deposits_move_start_and_peak() -> None:
    """What was put in or taken out since then is neither profit nor loss."""
    peak = Peak(equity=Decimal(1000), net_deposits=Decimal(100))
    assert start_equity(MONDAY, Decimal(250)) == 1250
    assert start_equity(replace(MONDAY, net_deposits=Decimal(200)), Decimal(250)) == 1050
    assert peak_equity(peak, Decimal(250)) == 1150
    assert peak_equity(peak, Decimal(-400)) == 500


def test_a_peak_only_rises() -> None:
    """A higher equity is the new peak, a lower one or a deposit is not; an unknown one changes nothing."""
    first = current_peak(None, equity=Decimal(1000), net_deposits=Decimal(0))
    assert first == Peak(equity=Decimal(1000))
    assert current_peak(first, equity=Decimal(999), net_deposits=Decimal(0)) is first
    assert current_peak(first, equity=Decimal(1100), net_deposits=Decimal(100)) is first
    assert current_peak(first, equity=None, net_deposits=Decimal(0)) is first
    assert current_peak(first, equity=Decimal(1001), net_deposits=Decimal(0)) == Peak(equity=Decimal(1001))
    assert current_peak(None, equity=None, net_deposits=Decimal(0)) is None
