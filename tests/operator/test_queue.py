"""The queue: each key once, one worker on a key, failures later and later."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.queue import LONGEST, Queue, backoff

A, B = ("trading", "a"), ("trading", "b")


class Time:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def queue(time: Time) -> Queue:
    return Queue(time, OperatorMetrics(CollectorRegistry()), lambda: 0.0)


async def test_decision_1_a_key_is_there_once_whatever_changed(queue: Queue) -> None:
    """However often a key is added, it is taken once."""
    for _ in range(5):
        queue.add(A)
    queue.add(B)
    assert [await queue.take(), await queue.take()] == [A, B]
    assert len(queue) == 2


async def test_no_two_workers_have_one_key(queue: Queue) -> None:
    """A key that is added while a worker has it comes again after that one, not beside it."""
    queue.add(A)
    taken = await queue.take()
    queue.add(A)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.take(), 0.01)
    queue.done(taken)
    assert await asyncio.wait_for(queue.take(), 1) == A


async def test_the_earlier_time_counts(queue: Queue, time: Time) -> None:
    """What is due later does not put off what is due now, and is brought forward by it."""
    queue.add(A, after=60)
    queue.add(A)
    queue.add(A, after=300)
    assert await asyncio.wait_for(queue.take(), 1) == A


async def test_failures_come_later_and_later(queue: Queue, time: Time) -> None:
    """A failing key is not a hot loop, and a success forgets its failures."""
    pauses = []
    for _ in range(4):
        queue.add(A)
        await queue.take()
        pauses.append(queue.failed(A))
        time.now += pauses[-1]
    assert pauses == [1, 2, 4, 8]
    assert await queue.take() == A
    queue.done(A)
    queue.add(A)
    await queue.take()
    assert queue.failed(A) == 1


async def test_a_change_does_not_shorten_the_pause_of_a_failure(queue: Queue, time: Time) -> None:
    """What was added during a failing run waits with it: otherwise its own events would make it a hot loop."""
    queue.add(A)
    await queue.take()
    queue.add(A)
    queue.failed(A)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.take(), 0.01)
    time.now = 1.0
    assert await asyncio.wait_for(queue.take(), 1) == A


async def test_the_server_may_ask_for_a_longer_pause(queue: Queue) -> None:
    """Retry-After counts where it is longer than ours."""
    queue.add(A)
    await queue.take()
    assert queue.failed(A, at_least=30) == 30


@pytest.mark.parametrize(
    ("failures", "draw", "pause"), [(1, 0, 1), (1, 0.99, 0.505), (2, 0, 2), (9, 0, 256), (50, 0, LONGEST)]
)
def test_backoff(failures: int, draw: float, pause: float) -> None:
    """From one second to five minutes, less up to half at random."""
    assert backoff(failures, draw) == pytest.approx(pause)
