"""Weighs the bus now and then, for an alert before it is full: one process asks, for all."""

import structlog

from stockbot.alert_manager.counters import Counters
from stockbot.runtime.bus import Bus, BusUnavailable
from stockbot.runtime.bus.memory import memory

EVERY_SECONDS = 15.0

logger = structlog.stdlib.get_logger(__name__)


class Weighing:
    def __init__(self, bus: Bus, counters: Counters) -> None:
        self._bus = bus
        self._counters = counters

    async def step(self) -> None:
        """Ask once, and wait: the step of a background loop."""
        try:
            found = await memory(self._bus)
            if found is not None:
                self._counters.weighed(found)
        except BusUnavailable as error:
            await self._bus.lost(error)
            logger.warning("how full the bus is, is not known", reason=str(error))
        await self._bus.clock.sleep(EVERY_SECONDS)
