"""The hours that a symbol's prices come in, from the sessions that the gateway publishes.

A market whose quotes contradict the exchange's sessions keeps none: a simulated one that never sleeps, or a replay.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from stockbot.events.market import ExchangeSessions, Quote, Session, SessionHours
from stockbot.events.streams import session_key
from stockbot.model.trading_hours import ExchangeHours, RoundTheClock, TradingHours
from stockbot.runtime.bus import Bus, translated

REFRESH_SECONDS = 5.0

logger = structlog.stdlib.get_logger(__name__)

ROUND_THE_CLOCK = RoundTheClock()


class KnownHours:
    """An exchange's hours as they are known now; the same object all the time."""

    def __init__(self, sessions: ExchangeSessions) -> None:
        self.sessions = sessions
        self._hours = ExchangeHours(sessions.sessions)

    def update(self, sessions: ExchangeSessions) -> None:
        """Sessions that are over stay known: bars of the last one may still be asked for."""
        known = {session.opens: session for session in (*self.sessions.sessions, *sessions.sessions)}
        self.sessions, self._hours = sessions, ExchangeHours(known.values())

    def latest(self, at: datetime) -> SessionHours | None:
        return self._hours.latest(at)

    def overlapping(self, start: datetime, end: datetime) -> Sequence[SessionHours]:
        return self._hours.overlapping(start, end)

    def phase(self, at: datetime) -> Session:
        return self._hours.phase(at)


class Calendars:
    """`exchange_of` comes from the gateway; without it and without sessions markets count as open all the time."""

    def __init__(self, bus: Bus) -> None:
        self.exchange_of: Mapping[str, str] = {}
        self._bus = bus
        self._known: dict[str, KnownHours] = {}
        self._refreshed_at: float | None = None

    def hours(self, quote: Quote) -> TradingHours:
        known = self._known.get(self.exchange_of.get(quote.symbol, ""))
        return ROUND_THE_CLOCK if known is None or not _agree(known.sessions, quote) else known

    def upcoming(self, symbol: str) -> Sequence[SessionHours]:
        known = self._known.get(self.exchange_of.get(symbol, ""))
        return () if known is None else known.sessions.sessions

    async def refresh(self) -> None:
        """Read the sessions of all exchanges, now and then; raises BusUnavailable."""
        now = self._bus.clock.monotonic()
        exchanges = sorted(set(self.exchange_of.values()))
        if not exchanges or (self._refreshed_at is not None and now - self._refreshed_at < REFRESH_SECONDS):
            return
        with translated():
            documents = await self._bus.commands.mget([session_key(exchange) for exchange in exchanges])
        self._refreshed_at = now
        for exchange, document in zip(exchanges, documents, strict=True):
            if document is not None:
                self._learn(exchange, document)

    def _learn(self, exchange: str, document: bytes) -> None:
        try:
            sessions = msgspec.json.decode(document, type=ExchangeSessions)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            logger.warning("malformed sessions", exchange=exchange, reason=str(error))
            return
        if exchange in self._known:
            self._known[exchange].update(sessions)
        else:
            self._known[exchange] = KnownHours(sessions)


def _agree(sessions: ExchangeSessions, quote: Quote) -> bool:
    if sessions.always_open:
        return False
    phase = sessions.phase_at(quote.source_time)
    return phase is Session.OPEN or (phase is Session.CLOSED and quote.session is not Session.OPEN)
