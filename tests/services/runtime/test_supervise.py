"""A background loop goes on, whatever its body raises, and pauses longer the longer it fails."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from stockbot.runtime.metrics import Metrics
from stockbot.runtime.supervise import Backoff, keep_running
from stockbot.testing.clock import FixedClock


class RecordingClock(FixedClock):
    """Keeps the pauses that were asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await super().sleep(seconds)


def script(*turns: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    """Make a step that plays `turns` in order, and after the last one is cancelled."""
    remaining = iter(turns)

    async def step() -> None:
        turn = next(remaining, None)
        if turn is None:
            raise asyncio.CancelledError
        turn()

    return step


def good() -> None:
    """Do nothing: a turn without trouble."""


def bad() -> None:
    raise ConnectionError("the bus is away")


async def run(step: Callable[[], Awaitable[None]], clock: FixedClock, beats: list[int] | None = None) -> Metrics:
    metrics = Metrics(CollectorRegistry())
    beat = (lambda: beats.append(1)) if beats is not None else (lambda: None)
    with pytest.raises(asyncio.CancelledError):
        await keep_running("relay", step, clock=clock, metrics=metrics, draw=lambda: 1.0, beat=beat)
    return metrics


async def test_heals_after_failures_and_counts_them() -> None:
    """Failures are counted, the pauses double, and a good turn starts them anew."""
    clock = RecordingClock()
    metrics = await run(script(bad, bad, bad, good, bad), clock)
    assert clock.pauses == [0.5, 1.0, 2.0, 0.5]
    assert metrics.registry.get_sample_value("stockbot_loop_failures_total", {"loop": "relay"}) == 4


async def test_starts_the_pauses_anew_after_a_long_run() -> None:
    """A loop that ran for long before it failed is not treated as one that keeps failing."""
    clock = RecordingClock()

    def bad_after_a_while() -> None:
        clock.advance(31)
        bad()

    await run(script(bad, bad, bad_after_a_while), clock)
    assert clock.pauses == [0.5, 1.0, 0.5]


async def test_beats_after_good_and_bad_turns() -> None:
    """A loop that fails and retries is alive."""
    beats: list[int] = []
    await run(script(good, bad, good), FixedClock(), beats)
    assert len(beats) == 3


async def test_gives_way_to_others() -> None:
    """A step that never waits does not keep the rest of the program from running."""
    turns = 0

    async def step() -> None:
        nonlocal turns
        turns += 1

    loop = keep_running("busy", step, clock=FixedClock(), metrics=Metrics(CollectorRegistry()))
    task = asyncio.create_task(loop)
    for _ in range(10):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < turns <= 11


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_pauses_stay_within_their_limits(failures: int, draw: float) -> None:
    """Whatever the number of failures and the draw, a pause is between none and the longest."""
    backoff = Backoff(first=0.5, longest=30)
    assert 0 <= backoff.pause(failures, draw) <= 30
    assert backoff.pause(failures, 1.0) <= backoff.pause(failures + 1, 1.0)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancellation_that_a_step_has_lost_ends_the_loop_all_the_same(fails: bool) -> None:
    """Whatever a library makes of it, good turn or bad, the loop does not go on for ever."""
    begun = asyncio.Event()

    async def step() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        if fails:
            raise ConnectionError("the bus is away")

    loop = asyncio.create_task(
        keep_running("relay", step, clock=FixedClock(), metrics=Metrics(CollectorRegistry()), draw=lambda: 0.0)
    )
    await begun.wait()
    loop.cancel()
    done, _ = await asyncio.wait([loop], timeout=5)
    assert loop in done
    assert loop.cancelled()
