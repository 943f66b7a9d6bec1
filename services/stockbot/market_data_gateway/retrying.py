"""Trying one request again within its time: a short pause with jitter, or the pause that the source asks for.

Used by the gateway's sources. What a second try cannot help (a refused key, an unknown symbol, an answer that
is not JSON) is not tried again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from stockbot.market_data_gateway.providers.protocol import (
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
)
from stockbot.runtime.clock import Clock

Answer = TypeVar("Answer")

RETRIES = 2
_FIRST_PAUSE = 0.25  # seconds; it doubles


def pause_before_retry(error: ProviderError, retries: int, jitter: float, remaining: float) -> float | None:
    """Seconds to wait before trying again; None: give up.

    `jitter` is in [0, 1), `remaining` seconds are left.
    """
    wanted = _wanted_pause(error, retries, jitter)
    if retries >= RETRIES or wanted is None or wanted >= remaining:
        return None
    return wanted


async def with_retries(
    attempt: Callable[[], Awaitable[Answer]], *, clock: Clock, deadline: float, jitter: Callable[[], float]
) -> Answer:
    """Return the first answer that comes before `deadline`, which is in the clock's monotonic seconds.

    Raises the last ProviderError; ProviderUnavailable when an attempt did not end in time.
    """
    retries = 0
    while True:
        try:
            return await _in_time(attempt, deadline - clock.monotonic())
        except ProviderError as error:
            pause = pause_before_retry(error, retries, jitter(), deadline - clock.monotonic())
            if pause is None:
                raise
        retries += 1
        await clock.sleep(pause)


async def _in_time(attempt: Callable[[], Awaitable[Answer]], seconds: float) -> Answer:
    try:
        async with asyncio.timeout(max(seconds, 0)):
            return await attempt()
    except TimeoutError:
        raise ProviderUnavailable(f"no answer within {seconds:.1f} s") from None


def _wanted_pause(error: ProviderError, retries: int, jitter: float) -> float | None:
    if isinstance(error, ProviderThrottled):
        return None if error.retry_after is None else error.retry_after + _FIRST_PAUSE * jitter
    if isinstance(error, ProviderUnavailable):
        return _FIRST_PAUSE * float(2**retries) * (0.5 + jitter)
    return None
