"""Sessions and trading days of the account's exchange, in New York's dates. Used for settlement, day profit, closes.

They come from the sessions that the gateway publishes. While those are not known, or do not reach far enough, every
weekday counts as a trading day from 09:30 to 16:00 in New York: a holiday then settles a day too early, which is why
the service says so.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from stockbot.events.market import ExchangeSessions
from stockbot.model.risk.session_day import session_date

NEW_YORK = ZoneInfo("America/New_York")
OPENS, CLOSES = time(9, 30), time(16)
SATURDAY = 5
_DAY = timedelta(days=1)


class Close(Struct, frozen=True, kw_only=True):
    """The end of a session: its date at the exchange, and the moment in UTC."""

    date: str
    at: datetime


class Days(Struct, frozen=True, kw_only=True):
    """What is known of the exchange's sessions; None: nothing."""

    sessions: ExchangeSessions | None = None

    def today(self, now: datetime) -> date:
        """The date in New York, or at a market that never closes in UTC."""
        return now.astimezone(UTC if self.always_open else NEW_YORK).date()

    def session_date(self, now: datetime) -> str:
        """The date of the running or else the last session, as the Risk Guardian counts it."""
        known = None if self.sessions is None else session_date(self.sessions, now)
        if known is not None:
            return known
        local = now.astimezone(NEW_YORK)
        day = local.date() if local.time() >= OPENS else local.date() - _DAY
        while day.weekday() >= SATURDAY:
            day -= _DAY
        return day.isoformat()

    def next_trading_day(self, after: date) -> date:
        if self.always_open:
            return after + _DAY
        coming = self._dates_after(after.isoformat())
        if coming is not None:
            return date.fromisoformat(coming)
        day = after + _DAY
        while day.weekday() >= SATURDAY:
            day += _DAY
        return day

    def last_close(self, now: datetime) -> Close | None:
        """The end of the last session that is over; of today or yesterday while sessions are not known."""
        if self.always_open:
            midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
            return Close(date=(midnight.date() - _DAY).isoformat(), at=midnight)
        if self.sessions is not None and self.sessions.sessions:
            over = [session for session in self.sessions.sessions if session.closes <= now]
            return Close(date=over[-1].date, at=over[-1].closes) if over else None
        return _last_weekday_close(now)

    def is_guess(self) -> bool:
        return self.sessions is None

    @property
    def always_open(self) -> bool:
        """A market without sessions, as of crypto currencies."""
        return self.sessions is not None and self.sessions.always_open

    def _dates_after(self, day: str) -> str | None:
        """The first known session after `day`; None where the known ones do not begin by then."""
        known = () if self.sessions is None else self.sessions.sessions
        if not known or known[0].date > day:
            return None
        return next((session.date for session in known if session.date > day), None)


def _last_weekday_close(now: datetime) -> Close:
    day = now.astimezone(NEW_YORK).date()
    while True:
        closes = datetime.combine(day, CLOSES, NEW_YORK).astimezone(UTC)
        if day.weekday() < SATURDAY and closes <= now:
            return Close(date=day.isoformat(), at=closes)
        day -= _DAY
