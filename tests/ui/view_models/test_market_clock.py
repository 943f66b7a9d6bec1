"""The market clock, over a week of New York with a holiday and a half day."""

from datetime import UTC, datetime, timedelta

import pytest

from stockbot.events.market import ExchangeSessions, Session, SessionHours
from stockbot_console.view_models.market_clock import MarketClock, market_clock, session_opened


def day(date: str, opens: str, closes: str, *, early: bool = False) -> SessionHours:
    return SessionHours(date=date, opens=utc(f"{date}T{opens}"), closes=utc(f"{date}T{closes}"), early_close=early)


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


WEEK = ExchangeSessions(
    exchange="XNYS",
    timezone="America/New_York",
    computed_at=utc("2026-11-25T12:00"),
    phase=Session.OPEN,
    sessions=(
        day("2026-11-25", "14:30", "21:00"),
        day("2026-11-27", "14:30", "18:00", early=True),
        day("2026-11-30", "14:30", "21:00"),
    ),
)


@pytest.mark.parametrize(
    ("now", "word", "detail"),
    [
        ("2026-11-25T14:30", "Open", "closes 16:00 New York, in 6 h 30 min"),
        ("2026-11-25T20:59:30", "Open", "closes 16:00 New York, in 30 s"),
        ("2026-11-25T21:00", "Closed", "opens Fri 27 Nov 09:30 New York, in 1 d, closes early"),
        ("2026-11-27T14:00", "Closed", "opens 09:30 New York, in 30 min, closes early"),
        ("2026-11-27T15:00", "Open", "early close 13:00 New York, in 3 h"),
        ("2026-11-28T15:00", "Closed", "opens Mon 30 Nov 09:30 New York, in 1 d"),
    ],
)
def test_the_clock_says_what_comes_next(now: str, word: str, detail: str) -> None:
    """Open says when it closes, closed when it opens, in the exchange's time and with half days named."""
    clock = market_clock(WEEK, utc(now))
    assert (clock.word, clock.detail, clock.note) == (word, detail, "XNYS")


@pytest.mark.parametrize("now", ["2026-11-25T14:29", "2026-11-30T21:00", "2027-01-04T15:00"])
def test_beyond_the_known_sessions_the_hours_are_unknown(now: str) -> None:
    """Where the sessions do not reach, nothing is claimed, except for an opening that is still to come."""
    clock = market_clock(WEEK, utc(now))
    assert clock.phase is Session.UNKNOWN


def test_without_an_answer_the_hours_are_unknown() -> None:
    """Before the gateway has answered the clock says so."""
    assert market_clock(None, utc("2026-11-25T15:00")).word == "Hours unknown"


def test_the_elapsed_part_of_the_session_is_shown() -> None:
    """Half of the session gone is a half."""
    assert market_clock(WEEK, utc("2026-11-25T17:45")).elapsed == 0.5


def test_a_market_without_hours_is_open_around_the_clock() -> None:
    """The demo market never closes."""
    always = ExchangeSessions(
        exchange="24/7", timezone="UTC", computed_at=WEEK.computed_at, phase=Session.OPEN, always_open=True
    )
    expected = MarketClock(phase=Session.OPEN, word="Open", detail="around the clock", note="24/7")
    assert market_clock(always, utc("2026-11-28T03:00")) == expected


def test_the_last_opening_is_known_after_the_close() -> None:
    """Changes are measured from the last session's start until the next one begins."""
    assert session_opened(WEEK, utc("2026-11-26T12:00")) == utc("2026-11-25T14:30")
    assert session_opened(WEEK, utc("2026-11-25T14:30") - timedelta(microseconds=1)) is None
    assert session_opened(None, utc("2026-11-26T12:00")) is None
