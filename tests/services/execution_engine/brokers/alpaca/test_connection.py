"""Requests over a bounded number of threads, each within its time."""

import asyncio

import pytest
from tests.services.execution_engine.brokers.alpaca_venue import CREDENTIALS, adapter
from tests.services.execution_engine.brokers.conformance import request

from stockbot.execution_engine.brokers.alpaca import connection
from stockbot.execution_engine.brokers.alpaca.connection import Connection, NoAnswer, NotSent
from stockbot.execution_engine.brokers.protocol import OutcomeUnknown
from stockbot.testing.alpaca import FakeAlpaca


async def test_a_request_that_no_thread_took_is_certainly_not_sent(
    fake: FakeAlpaca, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All threads hang: those that wait are told that nothing left, and Alpaca saw only the first ones."""
    monkeypatch.setattr(connection, "_GRACE", -0.2)
    fake.control.misbehave("hang", times=connection.ACTING)
    link = Connection(fake.url, CREDENTIALS, 0.5)
    asked = [link.act("POST", "/orders", {"n": n}) for n in range(connection.ACTING + 2)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in outcomes] == [NoAnswer] * connection.ACTING + [NotSent] * 2
    assert len(fake.control.arrivals()) == connection.ACTING
    link.close()


async def test_slow_questions_do_not_hold_up_a_cancellation(fake: FakeAlpaca) -> None:
    """Questions and acts have threads of their own."""
    fake.control.misbehave("hang", method="GET", path="/v2/", times=20)
    broker = adapter(fake.url, seconds=0.5)
    slow = [asyncio.create_task(broker.positions()) for _ in range(connection.ASKING * 2)]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(0.3):
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
