"""The watchdog: who is too long in a strategy's own code is recorded, and the process ends."""

import asyncio
import threading
from typing import Self

import pytest

from stockbot.strategy_orchestrator.strategy_thread import HUNG, StrategyThread, Watchdog
from stockbot.testing.clock import FixedClock

RECORDED = [("trend", 5.0)]


class Hanging:
    """A strategy that comes back when the test says so."""

    def __init__(self, clock: FixedClock) -> None:
        self.thread = StrategyThread(clock)
        self.ended: list[int] = []
        self.recorded: list[tuple[str, float]] = []
        self._begun, self._released = threading.Event(), threading.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.thread.run(self._hang))
        await asyncio.to_thread(self._begun.wait)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._released.set()
        await self._task
        await self.thread.close()

    def _hang(self, begin: object) -> None:
        assert callable(begin)
        begin("trend")
        self._begun.set()
        self._released.wait()

    async def record(self, name: str, seconds: float) -> None:
        self.recorded.append((name, seconds))

    async def fail_to_record(self, name: str, seconds: float) -> None:
        raise OSError("the database is away")


@pytest.mark.parametrize(("after", "recorded"), [(4.9, []), (5.1, RECORDED)])
async def test_a_strategy_that_takes_too_long_is_recorded(after: float, recorded: list[tuple[str, float]]) -> None:
    """Up to its limit nothing happens; behind it the process ends with a code of its own."""
    clock = FixedClock()
    async with Hanging(clock) as hanging:
        watchdog = Watchdog(hanging.thread, clock, 5.0, hanging.record, hanging.ended.append)
        clock.advance(after)
        await watchdog.step()
        assert hanging.recorded == recorded
        assert hanging.ended == [HUNG] * len(recorded)


async def test_the_process_ends_even_if_nothing_can_be_recorded() -> None:
    """A hanging strategy with the database away must not stay for ever."""
    clock = FixedClock()
    async with Hanging(clock) as hanging:
        clock.advance(6)
        await Watchdog(hanging.thread, clock, 5.0, hanging.fail_to_record, hanging.ended.append).step()
        assert hanging.ended == [HUNG]


async def test_nobody_is_watched_between_two_turns() -> None:
    """What has come back is forgotten, also after an error."""
    clock = FixedClock()
    thread = StrategyThread(clock)

    def fail(begin: object) -> None:
        assert callable(begin)
        begin("trend")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await thread.run(fail)
    assert thread.present is None
    await thread.close()
