"""Keeps a background loop going whatever its body raises, with growing pauses. Programs run theirs in it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from stockbot.errors import Unavailable
from stockbot.runtime.clock import Clock
from stockbot.runtime.metrics import Metrics

log = structlog.stdlib.get_logger(__name__)

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Backoff:
    """Pauses in seconds: at most `first` after one failure, doubling with each further one to `longest`."""

    first: float = 0.5
    longest: float = 5.0  # so that everything is back within seconds of the bus or the database

    def pause(self, failures: int, draw: float) -> float:
        """Return the pause after `failures` (1 or more) in a row; `draw` in [0, 1) spreads it over the range.

        Full jitter, from "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
        """
        doublings = min(failures - 1, 32)  # enough for every sane limit, and no overflow
        return draw * min(self.longest, self.first * 2.0**doublings)


def _report(error: Exception, **facts: object) -> None:
    """What is merely not available now needs its reason, not a traceback every second."""
    if isinstance(error, Unavailable):
        log.warning("background loop waits", reason=str(error), **facts)
    else:
        log.error("background loop failed", exc_info=error, **facts)


async def keep_running(
    name: str,
    step: Step,
    *,
    clock: Clock,
    metrics: Metrics,
    backoff: Backoff = Backoff(),
    draw: Callable[[], float] = random.random,
    beat: Callable[[], None] = lambda: None,
) -> None:
    """Run `step` for ever; it may be one turn of a loop or the whole loop. Only cancellation ends it.

    A step that returns, or that ran for longer than the longest pause, starts the pauses anew. After each,
    good or bad, `beat` is called: it says that the loop turns, not that all is well.
    """
    failures = 0
    metrics.loop_failures.labels(name)  # from zero on, so that the first failure is seen to be one more
    while True:
        started = clock.monotonic()
        try:
            await step()
            failures = 0
            await asyncio.sleep(0)  # a step that never waits must not keep all others from running
        except Exception as error:  # noqa: BLE001 - whatever a step raises, the loop goes on, and says so
            if clock.monotonic() - started > backoff.longest:
                failures = 0
            failures += 1
            pause = backoff.pause(failures, draw())
            metrics.loop_failures.labels(name).inc()
            _report(error, loop=name, failures=failures, again_in_seconds=round(pause, 3))
            await clock.sleep(pause)
        if is_cancelled():
            raise asyncio.CancelledError
        beat()


def is_cancelled() -> bool:
    """Tell whether somebody has cancelled this task and a library has lost it, as Python 3.11's wait_for does."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
