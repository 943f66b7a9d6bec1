"""Requests over a bounded number of threads, each within its time."""

import asyncio

import pytest
from tests.services.execution_engine.brokers.alpaca_venue import CREDENTIALS, adapter
from tests.services.execution_engine.brokers.conformance import request

from stockbot.execution_engine.brokers.alpaca import connection
from stockbot.execution_engine.brokers.alpaca.connection import Connection, NoAnswer, NotSent
from stockbot.execution_engine.brokers.protocol import OutcomeUnknown
from stockbot.runtime.clock import SystemClock
from stockbot.testing.alpaca import FakeAlpaca
from stockbot.testing.clock import FixedClock


async def test_a_request_that_no_thread_took_is_certainly_not_sent(
    fake: FakeAlpaca, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All threads hang: those that wait are told that nothing left, and Alpaca saw only the first ones."""
    monkeypatch.setattr(connection, "_GRACE", -0.3)
    fake.control.misbehave("hang", times=connection.ACTING)
    link = Connection(fake.url, CREDENTIALS, SystemClock(), 1.5)
    asked = [link.act("POST", "/orders", {"n": n}) for n in range(connection.ACTING + 2)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in outcomes] == [NoAnswer] * connection.ACTING + [NotSent] * 2
    assert len(fake.control.arrivals()) == connection.ACTING
    link.close()


async def test_a_request_that_was_given_up_does_not_leave_later(fake: FakeAlpaca) -> None:
    """Whoever stops waiting, at a time limit of their own, learns nothing; what no thread had taken never leaves."""
    fake.control.misbehave("hang", times=connection.ACTING, seconds=0.6)
    link = Connection(fake.url, CREDENTIALS, SystemClock(), 3)
    busy = [asyncio.create_task(link.act("POST", "/orders", {"n": n})) for n in range(connection.ACTING)]
    while len(fake.control.arrivals()) < connection.ACTING:  # noqa: ASYNC110 - the fake tells nobody
        await asyncio.sleep(0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await link.act("POST", "/orders", {"n": "late"})
    await asyncio.gather(*busy, return_exceptions=True)
    await asyncio.sleep(0.1)
    assert len(fake.control.arrivals()) == connection.ACTING
    link.close()


class StoodStill(FixedClock):
    """Each look at it is a minute after the last: the process was stopped in between."""

    def monotonic(self) -> float:
        self.advance(60)
        return super().monotonic()


async def test_a_request_whose_time_is_over_is_not_sent(fake: FakeAlpaca) -> None:
    """A process that stood still between the decision and the sending does not send when it goes on."""
    link = Connection(fake.url, CREDENTIALS, StoodStill(), 5)
    with pytest.raises(NotSent, match="was over"):
        await link.act("POST", "/orders", {})
    assert fake.control.arrivals() == []
    link.close()


async def test_slow_questions_do_not_hold_up_a_cancellation(fake: FakeAlpaca) -> None:
    """Questions and acts have threads of their own."""
    fake.control.misbehave("hang", method="GET", path="/v2/", times=20)
    broker = adapter(fake.url, seconds=2)
    slow = [asyncio.create_task(broker.positions()) for _ in range(connection.ASKING * 2)]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(1.5):
        await broker.submit(request())
    await asyncio.gather(*slow, return_exceptions=True)
    await broker.close()


async def test_an_answer_without_an_end_is_none(fake: FakeAlpaca, monkeypatch: pytest.MonkeyPatch) -> None:
    """More bytes than any answer has are not read on; the order's fate is not known."""
    monkeypatch.setattr(connection, "LARGEST_ANSWER", 100)
    broker = adapter(fake.url)
    with pytest.raises(OutcomeUnknown, match="no end"):
        await broker.submit(request())
    await broker.close()


async def test_two_hundred_orders_at_once_are_two_hundred_orders(fake: FakeAlpaca) -> None:
    """Many at once share the threads, and each arrives once."""
    broker = adapter(fake.url, seconds=10)
    await asyncio.gather(*(broker.submit(request(n)) for n in range(200)))
    posts = fake.control.posts()
    assert len(posts) == len({post.client_order_id for post in posts}) == 200
    assert all(post.accepted for post in posts)
    await broker.close()
