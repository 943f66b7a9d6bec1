"""Which session an order finds, and by which clock. The caller passes in what it knows of the exchange.

The same rule as risk's: a quote of a simulated provider speaks for its own market, its session and its clock, so the
demo market trades round the clock and a replay in its own time. Every other symbol follows its exchange at wall time,
because a real quote still says `open` after the close. Unknown is closed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from stockbot.events.market import ExchangeSessions, Quote, Session, SessionHours
from stockbot.model.trading_hours import RoundTheClock

EXTENDED = (Session.PRE, Session.POST)
_AHEAD = timedelta(days=2)


class MarketHours(Struct, frozen=True, kw_only=True):
    """The time and the phase in one symbol's market, and its sessions: the running or last one first, then more."""

    at: datetime
    phase: Session
    sessions: tuple[SessionHours, ...] = ()
    always_open: bool = False

    def days(self) -> Sequence[SessionHours]:
        """The sessions around `at`; a market that never closes has one for every day of UTC."""
        return RoundTheClock().overlapping(self.at, self.at + _AHEAD) if self.always_open else self.sessions

    def date(self) -> str | None:
        """The exchange's date of the running session, else of the next one; None where it is not known."""
        return next((day.date for day in self.days() if self.at < day.closes), None)


def hours_of(quote: Quote, now: datetime, exchange: ExchangeSessions | None, *, simulated: bool) -> MarketHours:
    """The hours that count for the quote's symbol at `now`; `exchange` is None where its sessions are not known."""
    at = quote.source_time + (now - quote.receive_time) if simulated else now
    if simulated and quote.session is Session.OPEN:
        return MarketHours(at=at, phase=Session.OPEN, always_open=True)
    if exchange is None or (simulated and quote.session not in EXTENDED):
        return MarketHours(at=at, phase=Session.UNKNOWN)
    phase = exchange.phase_at(at)
    if phase is Session.CLOSED and quote.session in EXTENDED:
        phase = quote.session
    return MarketHours(at=at, phase=phase, sessions=exchange.sessions, always_open=exchange.always_open)
