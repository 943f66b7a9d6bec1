"""The sessions of real exchanges: holidays, half days, daylight saving, midday breaks, calendars that end."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from stockbot.errors import ConfigurationError
from stockbot.events.market import Session
from stockbot.market_data_gateway.sessions import exchange_sessions, time_zone, trading_hours


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spans(exchange: str, now: str, days: int = 10) -> list[tuple[str, str]]:
    found = exchange_sessions(exchange, utc(now), days).sessions
    return [(f"{s.opens:%m-%d %H:%M}", f"{s.closes:%m-%d %H:%M}") for s in found]


def test_a_running_session_comes_first_and_ten_days_follow() -> None:
    """On a Monday in session: that Monday, then the weekdays up to ten days ahead."""
    found = exchange_sessions("XNYS", utc("2026-03-02T15:00"))
    assert (found.phase, found.timezone, found.always_open) == (Session.OPEN, "America/New_York", False)
    dates = [session.date for session in found.sessions]
    assert dates == [f"2026-03-{day:02}" for day in (2, 3, 4, 5, 6, 9, 10, 11, 12)]


def test_before_the_opening_the_last_session_comes_first() -> None:
    """At a weekend it is Friday's; so the phase is known to be closed."""
    found = exchange_sessions("XNYS", utc("2026-03-07T12:00"))
    assert found.sessions[0].date == "2026-03-06"
    assert found.phase is Session.CLOSED
    assert found.phase_at(utc("2026-03-09T13:30")) is Session.OPEN


def test_thanksgiving_has_no_session_and_its_friday_half_a_day() -> None:
    """The Friday after closes at 13:00 in New York, which is 18:00 UTC, and is marked as an early close."""
    found = exchange_sessions("XNYS", utc("2025-11-27T16:00"), 2)
    assert found.phase is Session.CLOSED
    assert [(s.date, s.early_close) for s in found.sessions] == [("2025-11-26", False), ("2025-11-28", True)]
    assert spans("XNYS", "2025-11-27T16:00", 2)[1] == ("11-28 14:30", "11-28 18:00")


@pytest.mark.parametrize(
    ("exchange", "now", "opens"),
    [
        ("XNYS", "2026-03-06T12:00", ["03-05 14:30", "03-06 14:30", "03-09 13:30"]),
        ("XNYS", "2025-10-31T12:00", ["10-30 13:30", "10-31 13:30", "11-03 14:30"]),
        ("XLON", "2026-03-27T07:00", ["03-26 08:00", "03-27 08:00", "03-30 07:00"]),
    ],
)
def test_openings_follow_the_exchanges_own_clock(exchange: str, now: str, opens: list[str]) -> None:
    """Across a change to or from summer time the opening moves by an hour of UTC."""
    assert [start for start, _ in spans(exchange, now, 3)] == opens


def test_a_midday_break_makes_two_sessions() -> None:
    """In Tokyo the market is closed between 11:30 and 12:30."""
    assert spans("XTKS", "2026-03-03T03:00", 0) == [("03-03 00:00", "03-03 02:30"), ("03-03 03:30", "03-03 06:30")]
    assert exchange_sessions("XTKS", utc("2026-03-03T03:00")).phase is Session.CLOSED


def test_a_market_round_the_clock_is_always_open() -> None:
    """24/7 has no sessions to wait for."""
    found = exchange_sessions("24/7", utc("2026-03-07T12:00"))
    assert (found.always_open, found.phase, found.timezone) == (True, Session.OPEN, "UTC")


def test_a_market_round_the_clock_needs_no_calendar() -> None:
    """Pandas is not loaded for it, nor by importing the module: it costs some 100 MB."""
    program = (
        "import sys; from datetime import datetime, UTC; from stockbot.market_data_gateway import sessions;"
        "sessions.exchange_sessions('24/7', datetime.now(UTC));"
        "sys.exit('pandas' in sys.modules or 'exchange_calendars' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - our own program


@pytest.mark.parametrize(("wrong", "meant"), [("NYSEE", "NYSE"), ("XNSY", "XNYS"), ("????", "such as XNYS, or 24/7")])
def test_an_unknown_exchange_gets_suggestions(wrong: str, meant: str) -> None:
    """A misspelt code names those that look like it."""
    with pytest.raises(ConfigurationError, match=f"exchange '.*' is unknown.*{meant}"):
        exchange_sessions(wrong, utc("2026-03-02T15:00"))


def test_where_the_calendar_ends_the_phase_becomes_unknown(caplog: pytest.LogCaptureFixture) -> None:
    """Ten days before its last recorded year ends the sessions stop there, which is said, and nothing is guessed."""
    last = date(int(_last_year("XSHG")), 12, 31)
    now = datetime(last.year, 12, 28, 2, 0, tzinfo=UTC)
    found = exchange_sessions("XSHG", now)
    assert found.phase_at(now + timedelta(days=9)) is Session.UNKNOWN
    assert f"the calendar of XSHG in exchange-calendars ends on {last}: install a newer release" in caplog.text


def test_a_calendar_that_has_ended_is_an_error_that_says_so() -> None:
    """After its last recorded year a calendar is no longer used."""
    year = int(_last_year("XSHG")) + 1
    with pytest.raises(ConfigurationError, match=f"ends on {year - 1}-12-31: install a newer release"):
        exchange_sessions("XSHG", datetime(year, 2, 2, tzinfo=UTC))


def _last_year(exchange: str) -> str:
    """The library records this calendar a few years ahead and more with each release."""
    with pytest.raises(ConfigurationError) as caught:
        exchange_sessions(exchange, datetime(2300, 1, 1, tzinfo=UTC))
    return str(caught.value).split("ends on ")[1][:4]


def test_hours_over_years_have_one_session_a_day() -> None:
    """Decades of sessions for replay, breaks not taken out: New York had 252 in 2008, half days among them."""
    hours = trading_hours("XNYS", date(2008, 1, 1), date(2008, 12, 31))
    found = hours.overlapping(utc("2008-01-01T00:00"), utc("2009-01-01T00:00"))
    assert len(found) == 253
    assert [s.date for s in found if s.early_close] == ["2008-07-03", "2008-11-28", "2008-12-24"]
    assert (
        len(trading_hours("XTKS", date(2026, 3, 3), date(2026, 3, 3)).overlapping(utc("2026-03-03"), utc("2026-03-04")))
        == 1
    )


def test_the_time_zone_is_the_exchanges() -> None:
    """Times without an offset in a file are read in this zone."""
    day = date(2026, 3, 2)
    assert (time_zone("XNYS", day).key, time_zone("24/7", day).key) == ("America/New_York", "UTC")
