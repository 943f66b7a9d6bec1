"""The engine's comparison with Alpaca behind it, from the first start on."""

import pytest
from tests.services.execution_engine.conftest import Floor, create_all

from stockbot.execution_engine.brokers.alpaca.broker import Alpaca
from stockbot.execution_engine.reconciler import State
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.testing.alpaca import FakeAlpaca


@pytest.fixture
async def floor(database: Database, broker: Alpaca, monkeypatch: pytest.MonkeyPatch) -> Floor:
    """The engine's parts over new tables, not yet started, with the adapter as the broker."""
    monkeypatch.setattr("tests.services.execution_engine.conftest.Venue", lambda clock: broker)
    floor = Floor(database, clock=SystemClock())  # type: ignore[arg-type]  # the fake lives in our time
    await database.run(create_all)
    await database.run(floor.publisher.open)
    assert await floor.lease.acquire(database)
    return floor


async def test_what_was_there_before_the_first_start_counts_once(fake: FakeAlpaca, floor: Floor) -> None:
    """A fill and a deposit of a minute ago are in the opening balance, and are not booked on top of it."""
    fake.control.place(symbol="AAPL", qty="3", side="buy", type="market", time_in_force="day")
    fake.control.move("CSD", 500)
    await floor.reconciler.run()
    await floor.reconciler.run()
    assert (floor.reconciler.state, floor.reconciler.trouble()) == (State.RECONCILED, None)


async def test_what_happens_later_counts_once(fake: FakeAlpaca, floor: Floor) -> None:
    """A fill by hand, a deposit, a split and a bust are booked by the next look, and once."""
    await floor.reconciler.run()
    fake.control.place(symbol="AAPL", qty="3", side="buy", type="market", time_in_force="day")
    fake.control.place(symbol="AAPL", qty="2", side="buy", type="market", time_in_force="day")
    fake.control.move("CSD", 500)
    fake.control.move("SPLIT", symbol="AAPL", qty="5")
    fake.control.bust(fake.control.books().fills[1].execution_id)
    for _ in range(3):
        await floor.reconciler.run()
    assert (floor.reconciler.state, floor.reconciler.trouble()) == (State.RECONCILED, None)
