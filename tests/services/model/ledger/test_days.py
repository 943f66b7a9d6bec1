"""Trading days, sessions and closes, known from the gateway or guessed; settlement on top of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stockbot.events.market import ExchangeSessions, Session, SessionHours
from stockbot.model.ledger.days import Close, Days
from stockbot.model.ledger.settlement import settles_on, unsettled

GUESS = Days()


def known(*dates: str, always_open: bool = False) -> Days:
    """Sessions of these dates, from 14:30 to 21:00 UTC."""
    hours = []
    for text in dates:
        day = datetime.fromisoformat(f"{text}T00:00:00+00:00")
        hours.append(
            SessionHours(date=text, opens=day + timedelta(hours=14, minutes=30), closes=day + timedelta(hours=21))
        )
    sessions = ExchangeSessions(
        exchange="XNYS",
        timezone="America/New_York",
        computed_at=datetime(2026, 7, 1, tzinfo=UTC),
        phase=Session.CLOSED,
        always_open=always_open,
        sessions=tuple(hours),
    )
    return Days(sessions=sessions)


WEEK = known("2026-07-01", "2026-07-02", "2026-07-06", "2026-07-07")  # the 3rd is a holiday


@pytest.mark.parametrize(
    ("days", "traded", "settled"),
    [
        (WEEK, "2026-07-01", "2026-07-02"),
        (WEEK, "2026-07-02", "2026-07-06"),
        (GUESS, "2026-07-02", "2026-07-03"),
        (GUESS, "2026-07-03", "2026-07-06"),
        (WEEK, "2026-07-07", "2026-07-08"),  # beyond what is known
        (WEEK, "2026-06-26", "2026-06-29"),  # before what is known
        (known("2026-07-01", always_open=True), "2026-07-04", "2026-07-05"),
        (GUESS, "2026-10-09", "2026-10-13"),  # over Columbus Day, on which the exchange is open
        (GUESS, "2026-10-12", "2026-10-13"),
        (known("2026-11-10", "2026-11-11", "2026-11-12"), "2026-11-10", "2026-11-12"),  # Veterans Day
        (GUESS, "2029-11-09", "2029-11-13"),  # kept on the Monday after
        (known("2026-07-01", always_open=True), "2026-11-10", "2026-11-11"),
    ],
)
def test_the_next_trading_day(days: Days, traded: str, settled: str) -> None:
    """Known sessions count, holidays with them; else weekdays; a market that never closes trades every day."""
    assert settles_on(days, date.fromisoformat(traded), 1) == date.fromisoformat(settled)


def test_more_days_and_none() -> None:
    """Two trading days on from Wednesday with a holiday are Monday; zero days are the same day."""
    assert settles_on(WEEK, date(2026, 7, 1), 2) == date(2026, 7, 6)
    assert settles_on(WEEK, date(2026, 7, 1), 0) == date(2026, 7, 1)


def test_what_is_unsettled() -> None:
    """Only what a later day settles."""
    due = {"2026-07-02": Decimal(5), "2026-07-03": Decimal(7)}
    assert unsettled(due, date(2026, 7, 1)) == 12
    assert unsettled(due, date(2026, 7, 2)) == 7
    assert unsettled(due, date(2026, 7, 3)) == 0


@pytest.mark.parametrize(
    ("days", "now", "session"),
    [
        (WEEK, "2026-07-02T13:00:00+00:00", "2026-07-01"),
        (WEEK, "2026-07-02T15:00:00+00:00", "2026-07-02"),
        (WEEK, "2026-07-04T15:00:00+00:00", "2026-07-02"),
        (GUESS, "2026-07-02T13:29:00+00:00", "2026-07-01"),
        (GUESS, "2026-07-02T13:30:00+00:00", "2026-07-02"),
        (GUESS, "2026-01-05T14:29:00+00:00", "2026-01-02"),  # winter time, before Monday's open
        (GUESS, "2026-07-05T15:00:00+00:00", "2026-07-03"),
    ],
)
def test_the_session_of_a_moment(days: Days, now: str, session: str) -> None:
    """The running or else the last one, in New York's dates, summer and winter."""
    assert days.session_date(datetime.fromisoformat(now)) == session


@pytest.mark.parametrize(
    ("days", "now", "close"),
    [
        (WEEK, "2026-07-01T20:59:00+00:00", None),
        (WEEK, "2026-07-01T21:00:00+00:00", ("2026-07-01", "2026-07-01T21:00:00+00:00")),
        (GUESS, "2026-07-02T19:59:00+00:00", ("2026-07-01", "2026-07-01T20:00:00+00:00")),
        (GUESS, "2026-01-04T12:00:00+00:00", ("2026-01-02", "2026-01-02T21:00:00+00:00")),
        (
            known("2026-07-01", always_open=True),
            "2026-07-04T12:00:00+00:00",
            ("2026-07-03", "2026-07-04T00:00:00+00:00"),
        ),
    ],
)
def test_the_last_close(days: Days, now: str, close: tuple[str, str] | None) -> None:
    """The end of the last session that is over; at a market that never closes midnight in UTC."""
    wanted = None if close is None else Close(date=close[0], at=datetime.fromisoformat(close[1]))
    assert days.last_close(datetime.fromisoformat(now)) == wanted


def test_a_guess_says_that_it_is_one() -> None:
    """The service notes it in its readiness."""
    assert GUESS.is_guess()
    assert not WEEK.is_guess()
