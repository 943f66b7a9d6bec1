"""The one thread in which strategies run, and its watchdog.

Python cannot end a thread, so a strategy that never comes back ends the process: `Watchdog` records it in SQL first,
and the next start leaves it out.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import structlog

from stockbot.runtime.clock import Clock

HUNG = 70  # the exit code of a process that ended because of a strategy; EX_SOFTWARE of sysexits.h
LOOK_SECONDS = 0.25
SECONDS_TO_RECORD = 10.0

Result = TypeVar("Result")
Begin = Callable[[str], None]

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Running:
    """Who runs, and since when in monotonic seconds."""

    name: str
    since: float


class StrategyThread:
    """Runs one function after the other; each says by `begin` whose code it calls next."""

    def __init__(self, clock: Clock) -> None:
        self.present: Running | None = None
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "strategies")

    async def run(self, fn: Callable[[Begin], Result]) -> Result:
        return await asyncio.wrap_future(self._thread.submit(self._run, fn))

    def _run(self, fn: Callable[[Begin], Result]) -> Result:
        try:
            return fn(self._begin)
        finally:
            self.present = None

    def _begin(self, name: str) -> None:
        self.present = Running(name, self._clock.monotonic())

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


class Watchdog:
    """`record` is given the name of what hangs and how long it was waited for, and commits it."""

    def __init__(
        self,
        thread: StrategyThread,
        clock: Clock,
        seconds: float,
        record: Callable[[str, float], Awaitable[None]],
        end: Callable[[int], None] = os._exit,
    ) -> None:
        self._strategies = thread
        self._clock = clock
        self._seconds = seconds
        self._record = record
        self._end = end

    async def step(self) -> None:
        """Look once, and wait: the step of a background loop."""
        present = self._strategies.present
        if present is not None and self._clock.monotonic() - present.since > self._seconds:
            await self._give_up(present)
        await self._clock.sleep(LOOK_SECONDS)

    async def _give_up(self, present: Running) -> None:
        """End the process also where nothing could be recorded: the next start then meets the same again."""
        logger.critical("a strategy hangs; the process ends", strategy=present.name, seconds=self._seconds)
        try:
            async with asyncio.timeout(SECONDS_TO_RECORD):
                await self._record(present.name, self._seconds)
        except Exception:
            logger.exception("what hangs could not be recorded", strategy=present.name)
        self._end(HUNG)
