"""Which exchanges are open now, for roll-outs that wait until they are closed. Loaded only where one waits.

The calendars cost 95 MiB and a second, so the gateway's calendar process computes them, and ends.
"""

import asyncio
import sys
from datetime import datetime

import msgspec
import structlog

from stockbot.events.market import ExchangeSessions, Session
from stockbot.runtime.clock import Clock

log = structlog.stdlib.get_logger(__name__)

PROGRAM = "stockbot.market_data_gateway.calendar_process"
LONGEST_SECONDS = 60.0
RETRY_SECONDS = 60.0


class Calendars:
    """Sessions by exchange, computed again when they no longer reach to now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[str, ExchangeSessions] = {}
        self._failed_at: dict[str, float] = {}
        self._lock = asyncio.Lock()

    async def open_exchanges(self, exchanges: frozenset[str]) -> frozenset[str] | None:
        """Return those that are open now; None where that is not known of one of them."""
        async with self._lock:
            phases = {exchange: await self._phase(exchange) for exchange in sorted(exchanges)}
        if Session.UNKNOWN in phases.values():
            return None
        return frozenset(exchange for exchange, phase in phases.items() if phase is Session.OPEN)

    async def _phase(self, exchange: str) -> Session:
        now = self._clock.now()
        known = self._sessions.get(exchange)
        if known is None or known.phase_at(now) is Session.UNKNOWN:
            known = await self._compute(exchange, now)
        return Session.UNKNOWN if known is None else known.phase_at(now)

    async def _compute(self, exchange: str, now: datetime) -> ExchangeSessions | None:
        failed_at = self._failed_at.get(exchange)
        if failed_at is not None and self._clock.monotonic() - failed_at < RETRY_SECONDS:
            return None
        try:
            self._sessions[exchange] = await _sessions_of(exchange, now)
        except (OSError, TimeoutError, msgspec.DecodeError) as error:
            self._failed_at[exchange] = self._clock.monotonic()
            log.warning("no calendar", exchange=exchange, reason=str(error) or type(error).__name__)
            return None
        return self._sessions[exchange]


async def _sessions_of(exchange: str, now: datetime) -> ExchangeSessions:
    """Ask the calendar process; OSError with its last words where it fails."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROGRAM, exchange, now.isoformat()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            answer, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise OSError(complaint.decode(errors="replace").strip()[-200:])
    return msgspec.json.decode(answer, type=ExchangeSessions)
