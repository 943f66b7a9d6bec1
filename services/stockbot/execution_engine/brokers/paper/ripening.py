"""Wakes the paper broker when the latency of new orders is over, so that none of them waits for the next tick."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from stockbot.errors import StockbotError
from stockbot.runtime.clock import Clock

logger = structlog.stdlib.get_logger(__name__)


class Ripening:
    """`look` is called with the symbols of all orders that have become ripe. The first to come is the first ripe."""

    def __init__(self, clock: Clock, latency: timedelta, look: Callable[[set[str], datetime], Awaitable[None]]) -> None:
        self._clock = clock
        self._latency = latency
        self._look = look
        self._waiting: deque[tuple[datetime, str]] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, symbol: str, accepted_at: datetime) -> None:
        if self._latency:
            self._waiting.append((accepted_at + self._latency, symbol))
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._waiting:
            await self._sleep_until(self._waiting[0][0])
            now = self._clock.now()
            await self._wake(self._ripe(now), now)

    async def _sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(left)

    def _ripe(self, now: datetime) -> set[str]:
        symbols = set()
        while self._waiting and self._waiting[0][0] <= now:
            symbols.add(self._waiting.popleft()[1])
        return symbols

    async def _wake(self, symbols: set[str], now: datetime) -> None:
        """What cannot be written now is looked at again with the next tick."""
        try:
            await self._look(symbols, now)
        except StockbotError as error:
            logger.warning("new paper orders wait for the next tick", reason=str(error))
