"""The sessions of the exchanges that the document names, kept current and published as cache keys.

All others read `stockbot:session:{exchange}` instead of loading calendars; without it they hold the exchange closed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from stockbot.events.market import ExchangeSessions, Session
from stockbot.events.streams import session_key
from stockbot.market_data_gateway.calendar_process import sessions_of
from stockbot.runtime.bus import Bus, BusUnavailable, translated

RECOMPUTE = timedelta(hours=1)
RETRY = timedelta(minutes=1)
PUBLISH_SECONDS = 5.0  # what a wiped bus has forgotten is back as soon as its prices are
LIFETIME_MILLISECONDS = 24 * 3600 * 1000

logger = structlog.stdlib.get_logger(__name__)


class Exchanges:
    """Sessions by exchange. `trouble` names the exchanges whose calendar cannot be computed."""

    def __init__(self, exchanges: Iterable[str], bus: Bus) -> None:
        self.sessions: dict[str, ExchangeSessions] = {}
        self.problems: dict[str, str] = dict.fromkeys(exchanges, "its sessions are not computed yet")
        self._exchanges = tuple(self.problems)
        self._tried_at: dict[str, datetime] = {}
        self._bus = bus

    def trouble(self) -> str | None:
        """A check of readiness: None when all calendars are known."""
        return "; ".join(f"{name}: {problem}" for name, problem in self.problems.items()) or None

    def phase(self, exchange: str, at: datetime) -> Session:
        """The phase at `at`, a time in that market; unknown is treated as closed."""
        known = self.sessions.get(exchange)
        return known.phase_at(at) if known is not None else Session.UNKNOWN

    async def step(self) -> None:
        """Compute what is out of date, publish, and wait: the step of a background loop."""
        now = self._bus.clock.now()
        for exchange in self._out_of_date(now):
            await self._compute(exchange, now)
        try:
            await self._publish(now)
        except BusUnavailable as error:
            await self._bus.lost(error)
            logger.warning("sessions not published", reason=str(error))
        await self._bus.clock.sleep(PUBLISH_SECONDS)

    def current(self, now: datetime) -> Mapping[str, ExchangeSessions]:
        """The sessions with their phase as of `now`."""
        return {
            exchange: msgspec.structs.replace(sessions, phase=sessions.phase_at(now))
            for exchange, sessions in self.sessions.items()
        }

    def _out_of_date(self, now: datetime) -> Sequence[str]:
        return [
            exchange
            for exchange in self._exchanges
            if exchange not in self._tried_at or not timedelta(0) <= now - self._tried_at[exchange] < RECOMPUTE
        ]

    async def _compute(self, exchange: str, now: datetime) -> None:
        self._tried_at[exchange] = now
        try:
            self.sessions[exchange] = await sessions_of(exchange, now)
        except Exception as error:  # one exchange's calendar must not take the others with it
            self.problems[exchange] = str(error)
            self._tried_at[exchange] = now - RECOMPUTE + RETRY
            logger.exception("no calendar", exchange=exchange)
        else:
            self.problems.pop(exchange, None)

    async def _publish(self, now: datetime) -> None:
        with translated():
            for exchange, sessions in self.current(now).items():
                document = msgspec.json.encode(sessions)
                await self._bus.commands.set(session_key(exchange), document, px=LIFETIME_MILLISECONDS)
