"""Retries: how long to wait, when to give up, and never beyond the deadline."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    MalformedAnswer,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    UnsupportedRequest,
)
from stockbot.market_data_gateway.retrying import pause_before_retry, with_retries
from stockbot.testing.clock import FixedClock

DOWN = ProviderUnavailable("down")


@pytest.mark.parametrize(
    ("error", "retries", "jitter", "remaining", "pause"),
    [
        (DOWN, 0, 0.5, 5.0, 0.25),
        (DOWN, 1, 0.5, 5.0, 0.5),
        (DOWN, 2, 0.5, 5.0, None),
        (DOWN, 0, 0.5, 0.25, None),
        (ProviderThrottled("wait", retry_after=2), 0, 0.0, 5.0, 2.0),
        (ProviderThrottled("wait", retry_after=60), 0, 0.0, 5.0, None),
        (ProviderThrottled("wait"), 0, 0.0, 5.0, None),
        (MalformedAnswer("web page"), 0, 0.0, 5.0, None),
        (UnsupportedRequest("symbol"), 0, 0.0, 5.0, None),
        (AccessRefused("key"), 0, 0.0, 5.0, None),
    ],
)
def test_the_pause_before_a_retry(
    error: ProviderError, retries: int, jitter: float, remaining: float, pause: float | None
) -> None:
    """Only what another try can mend is tried again, no sooner than asked and only within the time left."""
    assert pause_before_retry(error, retries, jitter, remaining) == pause


def failing(*errors: ProviderError) -> tuple[Callable[[], Awaitable[str]], list[ProviderError]]:
    left = list(errors)

    async def attempt() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return attempt, left


async def test_the_third_attempt_may_succeed() -> None:
    """Two failures in a row are forgiven within the deadline."""
    attempt, left = failing(DOWN, DOWN)
    clock = FixedClock()
    deadline = clock.monotonic() + 5
    assert await with_retries(attempt, clock=clock, deadline=deadline, jitter=lambda: 0.5) == "answer"
    assert left == []
    assert clock.monotonic() < deadline


async def test_the_last_error_comes_out() -> None:
    """After the last attempt its own error is told."""
    attempt, _ = failing(DOWN, DOWN, ProviderUnavailable("still down"))
    clock = FixedClock()
    with pytest.raises(ProviderUnavailable, match="still down"):
        await with_retries(attempt, clock=clock, deadline=clock.monotonic() + 5, jitter=lambda: 0.5)


async def test_an_attempt_that_never_ends_is_cut() -> None:
    """An attempt without an answer ends at the deadline and says so."""
    clock = FixedClock()
    with pytest.raises(ProviderUnavailable, match="no answer within"):
        await with_retries(asyncio.Event().wait, clock=clock, deadline=clock.monotonic() + 0.05, jitter=lambda: 0.5)
