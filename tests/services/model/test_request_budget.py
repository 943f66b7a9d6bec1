"""The request budget: never exceeded in any sliding window, and it says when it allows the next request."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.model.request_budget import Budget, Spent, Usage, Window, allowed, next_allowed, pace, used
from stockbot.testing.clock import START as NOW


def usage(*moments: datetime) -> dict[Window, list[Spent]]:
    return {window: [Spent(window.bucket(moment), 1) for moment in moments] for window in Window}


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=each) for each in seconds]


@pytest.mark.parametrize(
    ("budget", "spent", "wanted", "expected"),
    [
        (Budget(), ago(1, 1, 1), 7, 7),
        (Budget(per_minute=5), [], 7, 5),
        (Budget(per_minute=5), ago(1, 30, 59), 7, 2),
        (Budget(per_minute=5), ago(62, 63, 1000), 7, 5),
        (Budget(per_day=3), ago(10, 3600, 86_000), 1, 0),
        (Budget(per_day=3), ago(10, 3600, 86_400 + 301), 1, 1),
        (Budget(per_minute=5, per_day=3), ago(3600), 7, 2),
        (Budget(per_minute=0), [], 1, 0),
    ],
)
def test_how_many_requests_are_allowed(budget: Budget, spent: list[datetime], wanted: int, expected: int) -> None:
    """The tightest window decides, and a request counts until its bucket has left the window."""
    assert allowed(budget, usage(*spent), NOW, wanted) == expected


@pytest.mark.parametrize(
    ("budget", "spent", "seconds"),
    [
        (Budget(), [], 0),
        (Budget(per_minute=2), ago(10), 0),
        (Budget(per_minute=2), ago(10, 20), 41),
        (Budget(per_day=1), ago(600), 86_400 - 600 + 300),
    ],
)
def test_when_the_next_request_is_allowed(budget: Budget, spent: list[datetime], seconds: int) -> None:
    """The oldest bucket that must go decides the moment."""
    assert next_allowed(budget, usage(*spent), NOW) == NOW + timedelta(seconds=seconds)


def test_more_than_the_limit_is_never_allowed() -> None:
    """Three requests at once never fit into a limit of two."""
    assert next_allowed(Budget(per_minute=2), {}, NOW, requests=3) is None


@pytest.mark.parametrize(
    ("budget", "requests", "expected"),
    [
        (Budget(), 10, timedelta()),
        (Budget(per_day=25), 5, timedelta(hours=4.8)),
        (Budget(per_minute=60, per_day=1_000_000), 10, timedelta(seconds=10)),
    ],
)
def test_the_pace_makes_a_budget_last(budget: Budget, requests: int, expected: timedelta) -> None:
    """Rounds at this distance use up the budget just when its window ends."""
    assert pace(budget, requests) == expected


def test_a_bucket_from_the_future_counts() -> None:
    """A clock that was set back does not give requests for free."""
    future = usage(NOW + timedelta(seconds=30))
    assert used(Window.MINUTE, future[Window.MINUTE], NOW) == 1


@given(
    gaps=st.lists(st.floats(0, 40), max_size=60),
    limits=st.builds(Budget, per_minute=st.integers(1, 6), per_day=st.integers(1, 20)),
)
def test_no_sliding_window_ever_holds_more(gaps: list[float], limits: Budget) -> None:
    """Whoever asks first, at whatever moments, never gets more than the limits in any minute or day."""
    now, sent = NOW, list[datetime]()
    for gap in gaps:
        now += timedelta(seconds=gap)
        if allowed(limits, usage(*sent), now, 1):
            sent.append(now)
        for window, limit in limits.limits.items():
            assert sum(now - moment < window.length for moment in sent) <= limit


@given(spent=st.lists(st.floats(0, 90_000), max_size=30), limit=st.integers(1, 5))
def test_the_next_moment_is_true_and_the_first(spent: list[float], limit: int) -> None:
    """At the moment it names a request is allowed, and not a moment before."""
    budget, so_far = Budget(per_minute=limit, per_day=2 * limit), usage(*ago(*spent))
    moment = next_allowed(budget, so_far, NOW)
    assert moment is not None
    assert allowed(budget, so_far, moment, 1) == 1
    assert moment == NOW or _refused_before(budget, so_far, moment)


def _refused_before(budget: Budget, so_far: Usage, moment: datetime) -> bool:
    return allowed(budget, so_far, moment - timedelta(microseconds=1), 1) == 0
