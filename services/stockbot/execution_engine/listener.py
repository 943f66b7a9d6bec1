"""The listener: hears what the broker tells by itself, and says when something may have been missed."""

import asyncio
from collections.abc import Callable

import structlog

from stockbot.errors import Unavailable
from stockbot.execution_engine.bookings import Bookings, parts_of
from stockbot.execution_engine.brokers.protocol import Broker
from stockbot.execution_engine.desk import Desk

IDLE_SECONDS = 0.2
SETTLE_SECONDS = 2.0

logger = structlog.stdlib.get_logger(__name__)


class Listener:
    """`connected` is called at each new connection: what went by before it must be asked for."""

    def __init__(self, desk: Desk, bookings: Bookings, broker: Broker, connected: Callable[[], None]) -> None:
        self._desk = desk
        self._bookings = bookings
        self._broker = broker
        self._connected = connected

    async def step(self) -> None:
        """Listen until the connection ends: the step of a background loop. Raises Unavailable."""
        if not self._desk.is_at_work():
            await self._desk.clock.sleep(IDLE_SECONDS)
            return
        updates = self._broker.updates()
        self._connected()
        asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._connected)  # it may connect only when it is read
        async for update in updates:
            await self._bookings.put(*parts_of(update))
        raise Unavailable("the broker's updates have ended")
