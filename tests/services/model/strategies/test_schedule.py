"""The gate between a strategy and the sessions, and when signals expire."""

from datetime import UTC, datetime, timedelta

import pytest

from stockbot.events.market import Session, SessionHours
from stockbot.model.strategies.schedule import Sessions, may_signal, valid_until
from stockbot.spec import strategy_orchestrator as spec

FRIDAY_CLOSE = datetime(2026, 3, 6, 21, 0, tzinfo=UTC)


def session(day: int, *, hours: float = 6.5) -> SessionHours:
    opens = datetime(2026, 3, day, 14, 30, tzinfo=UTC)
    return SessionHours(date=opens.date().isoformat(), opens=opens, closes=opens + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("sessions", "open_in"),
    [
        (Sessions.REGULAR, {Session.OPEN}),
        (Sessions.EXTENDED, {Session.PRE, Session.OPEN, Session.POST}),
        (Sessions.ALWAYS, set(Session)),
    ],
)
def test_which_phases_open_the_gate(sessions: Sessions, open_in: set[Session]) -> None:
    """Every phase of the day, for every schedule; an unknown one counts as closed."""
    assert {phase for phase in Session if may_signal(sessions, phase)} == open_in


def test_the_names_are_those_of_the_document() -> None:
    """The shell converts by value."""
    assert [one.value for one in Sessions] == [one.value for one in spec.Sessions]


def test_a_signal_lives_two_intervals() -> None:
    """Two minutes for bars of a minute, and another number where asked for."""
    assert valid_until(FRIDAY_CLOSE, "1m") == FRIDAY_CLOSE + timedelta(minutes=2)
    assert valid_until(FRIDAY_CLOSE, "1h", count=3) == FRIDAY_CLOSE + timedelta(hours=3)


def test_a_day_is_a_session() -> None:
    """A signal from Friday's bar lives to the close of Tuesday, half days as they are, weekends not counted."""
    coming = [session(6), session(9), session(10, hours=3.5), session(11)]
    assert valid_until(FRIDAY_CLOSE, "1d", coming) == coming[2].closes


def test_unknown_sessions_count_as_days() -> None:
    """Where the coming sessions are not known far enough, two days of 24 hours: too short rather than too long."""
    assert valid_until(FRIDAY_CLOSE, "1d", [session(6), session(9)]) == FRIDAY_CLOSE + timedelta(days=2)
