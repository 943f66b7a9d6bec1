"""The dead man's switch: whether the Risk Guardian is alive, by the key that it writes while it decides.

The key lives for 15 s, so an absent one says that risk has been gone for so long. A bus that does not answer says
nothing: risk counts as gone once it was not seen for 15 s.
"""

import structlog

from stockbot.events.streams import alive_key
from stockbot.runtime.bus import Bus, BusUnavailable, translated

LOOK_SECONDS = 1.0
GONE_SECONDS = 15.0

logger = structlog.stdlib.get_logger(__name__)


class RiskWatch:
    """`source` is the Risk Guardian's service and shard."""

    def __init__(self, bus: Bus, source: str) -> None:
        self.source = source
        self._bus = bus
        self._seen_at: float | None = None
        self._is_absent = True

    def gone(self) -> str | None:
        """Why nothing new may be opened; None while it is alive."""
        if self._seen_at is None:
            return f"{self.source} was not seen yet"
        age = self._bus.clock.monotonic() - self._seen_at
        if self._is_absent or age > GONE_SECONDS:
            return f"{self.source} has shown no sign of life for {GONE_SECONDS:g} s"
        return None

    def follow(self, source: str) -> None:
        """The approvals come from this one."""
        if source != self.source:
            self.source, self._seen_at = source, None

    async def step(self) -> None:
        """Look, and wait: the step of a background loop."""
        try:
            await self.look()
        except BusUnavailable as error:
            await self._bus.lost(error)
            logger.warning("the heartbeat of risk is not known", reason=str(error))
        await self._bus.clock.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Raises BusUnavailable."""
        with translated():
            beat = await self._bus.commands.get(alive_key(self.source))
        self._is_absent = beat is None
        if beat is not None:
            self._seen_at = self._bus.clock.monotonic()
