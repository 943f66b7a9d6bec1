"""The fake Alpaca with a quote for AAPL, and an adapter that gives up quickly."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.services.execution_engine.brokers.alpaca_venue import adapter

from stockbot.execution_engine.brokers.alpaca.broker import Alpaca
from stockbot.testing.alpaca import FakeAlpaca, running_alpaca


@pytest.fixture
def fake() -> Iterator[FakeAlpaca]:
    with running_alpaca() as fake:
        fake.control.quote("AAPL", "99.98", "100.02", "100")
        yield fake


@pytest.fixture
async def broker(fake: FakeAlpaca) -> AsyncIterator[Alpaca]:
    broker = adapter(fake.url, seconds=1)
    yield broker
    await broker.close()
