"""When a market trades: round the clock, and in the sessions of an exchange."""

from datetime import UTC, datetime, timedelta

import pytest

from stockbot.events.market import Session, SessionHours
from stockbot.model.trading_hours import ExchangeHours, RoundTheClock, TradingHours

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
TUESDAY = MONDAY + 24 * HOUR


def hours(opens: datetime) -> SessionHours:
    return SessionHours(date=opens.date().isoformat(), opens=opens, closes=opens + 6.5 * HOUR)


EXCHANGE = ExchangeHours([hours(TUESDAY), hours(MONDAY)])


@pytest.mark.parametrize(
    ("at", "latest", "phase"),
    [
        (MONDAY - HOUR, None, Session.UNKNOWN),
        (MONDAY, MONDAY, Session.OPEN),
        (MONDAY + 6.5 * HOUR, MONDAY, Session.CLOSED),
        (TUESDAY - HOUR, MONDAY, Session.CLOSED),
        (TUESDAY + HOUR, TUESDAY, Session.OPEN),
        (TUESDAY + 6.5 * HOUR, TUESDAY, Session.UNKNOWN),
    ],
)
def test_an_exchange_knows_its_latest_session(at: datetime, latest: datetime | None, phase: Session) -> None:
    """The close itself is closed, and outside the known span nothing is known."""
    found = EXCHANGE.latest(at)
    assert (found and found.opens) == latest
    assert EXCHANGE.phase(at) is phase


@pytest.mark.parametrize(
    ("start", "end", "opens"),
    [
        (MONDAY - HOUR, MONDAY, []),
        (MONDAY - HOUR, MONDAY + HOUR, [MONDAY]),
        (MONDAY + 6.5 * HOUR, TUESDAY, []),
        (MONDAY + HOUR, TUESDAY + HOUR, [MONDAY, TUESDAY]),
    ],
)
def test_sessions_that_overlap_a_span(start: datetime, end: datetime, opens: list[datetime]) -> None:
    """Both the span and the sessions end just before their ends."""
    assert [session.opens for session in EXCHANGE.overlapping(start, end)] == opens


def test_a_market_that_never_closes_has_a_session_a_day() -> None:
    """Every day of UTC is one session, and midnight belongs to the new day."""
    always: TradingHours = RoundTheClock()
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert always.phase(midnight) is Session.OPEN
    found = always.latest(midnight)
    assert found is not None
    assert (found.date, found.opens, found.closes) == ("2026-03-02", midnight, midnight + 24 * HOUR)
    spans = [session.date for session in always.overlapping(midnight - HOUR, midnight + 24 * HOUR)]
    assert spans == ["2026-03-01", "2026-03-02"]
    assert always.overlapping(midnight, midnight) == []
