"""When a market trades, as plain times. Made from a calendar, used by bars and by simulated prices."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from stockbot.events.market import Session, SessionHours

_DAY = timedelta(days=1)


class TradingHours(Protocol):
    def latest(self, at: datetime) -> SessionHours | None:
        """Return the running session, else the last one before `at`; None where none is known."""

    def overlapping(self, start: datetime, end: datetime) -> Sequence[SessionHours]:
        """Return the sessions with at least a moment in [start, end), oldest first."""

    def phase(self, at: datetime) -> Session:
        """Return open or closed at `at`; unknown before the first and after the last known session."""


class RoundTheClock:
    """A market that never closes: every day of UTC is one session."""

    def latest(self, at: datetime) -> SessionHours:
        opens = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
        return SessionHours(date=opens.date().isoformat(), opens=opens, closes=opens + _DAY)

    def overlapping(self, start: datetime, end: datetime) -> Sequence[SessionHours]:
        first = self.latest(start).opens
        return [self.latest(first + n * _DAY) for n in range(-((first - end) // _DAY))]

    def phase(self, at: datetime) -> Session:
        return Session.OPEN


class ExchangeHours:
    """The sessions of an exchange over a known span, which may be in any order and must not overlap."""

    def __init__(self, sessions: Iterable[SessionHours]) -> None:
        self._sessions = sorted(sessions, key=lambda session: session.opens)
        self._opens = [session.opens for session in self._sessions]
        self._closes = [session.closes for session in self._sessions]

    def latest(self, at: datetime) -> SessionHours | None:
        known = bisect_right(self._opens, at)
        return self._sessions[known - 1] if known else None

    def overlapping(self, start: datetime, end: datetime) -> Sequence[SessionHours]:
        return self._sessions[bisect_right(self._closes, start) : bisect_left(self._opens, end)]

    def phase(self, at: datetime) -> Session:
        session = self.latest(at)
        if session is None or at >= self._closes[-1]:
            return Session.UNKNOWN
        return Session.OPEN if at < session.closes else Session.CLOSED
