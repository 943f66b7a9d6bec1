"""The circuit breaker: when it opens, for how long, and what closes it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.model.circuit_breaker import (
    Breaker,
    BreakerLimits,
    BreakerState,
    after_failure,
    after_refusal,
    after_success,
)
from stockbot.testing.clock import START as NOW

LIMITS = BreakerLimits(failures=3, open_for=timedelta(seconds=10), longest=timedelta(seconds=60), spread=0.2)


def failed(breaker: Breaker, times: int, jitter: float = 0.0) -> Breaker:
    for _ in range(times):
        breaker = after_failure(breaker, now=NOW, jitter=jitter, limits=LIMITS)
    return breaker


@pytest.mark.parametrize(
    ("failures", "state"),
    [(0, BreakerState.CLOSED), (2, BreakerState.CLOSED), (3, BreakerState.OPEN), (9, BreakerState.OPEN)],
)
def test_it_opens_after_so_many_failures_in_a_row(failures: int, state: BreakerState) -> None:
    """Three failures in a row open it, two do not."""
    assert failed(Breaker(), failures).state(NOW) is state


def test_it_is_half_open_after_its_time_and_closes_with_a_success() -> None:
    """When the time is over one question is allowed; a good answer forgives everything."""
    breaker = failed(Breaker(), 3)
    assert breaker.state(NOW + timedelta(seconds=9.9)) is BreakerState.OPEN
    assert breaker.state(NOW + timedelta(seconds=10)) is BreakerState.HALF_OPEN
    assert after_success() == Breaker()


@pytest.mark.parametrize(("openings", "seconds"), [(1, 10), (2, 20), (3, 40), (4, 60), (50, 60)])
def test_each_opening_in_a_row_lasts_longer(openings: int, seconds: int) -> None:
    """A failed probe opens it again at once, for twice the time, up to the longest."""
    breaker, now = failed(Breaker(), 3), NOW
    for _ in range(openings - 1):
        assert breaker.open_until is not None
        now = breaker.open_until
        breaker = after_failure(breaker, now=now, jitter=0.0, limits=LIMITS)
    assert breaker.open_until == now + timedelta(seconds=seconds)


def test_a_late_failure_prolongs_nothing() -> None:
    """An answer to an earlier question, failing while it is open, does not move the end."""
    assert failed(Breaker(), 5).open_until == failed(Breaker(), 3).open_until


def test_a_refused_key_opens_it_for_the_longest_time() -> None:
    """One refusal is enough, because asking again cannot help."""
    breaker = after_refusal(Breaker(), now=NOW, jitter=0.0, limits=LIMITS)
    assert breaker.open_until == NOW + LIMITS.longest


@given(openings=st.integers(0, 1000), jitter=st.floats(0, 1, exclude_max=True))
def test_no_opening_outlasts_the_limit(openings: int, jitter: float) -> None:
    """However often it has opened, it ends within the longest time plus its spread."""
    breaker = after_failure(Breaker(failures=99, openings=openings), now=NOW, jitter=jitter, limits=LIMITS)
    assert breaker.open_until is not None
    assert LIMITS.open_for <= breaker.open_until - NOW <= LIMITS.longest * (1 + LIMITS.spread)
