"""What the broker tells by itself is booked, and at each connection the gap before it is asked for."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.services.execution_engine.conftest import Floor

from stockbot.errors import Unavailable
from stockbot.events.trading import OrderState
from stockbot.execution_engine.listener import Listener
from stockbot.model.orders.broker import BrokerUpdate


async def test_it_asks_for_the_gap_and_books_what_it_hears(floor: Floor) -> None:
    """Connected is said at once; a fill comes with its order, the fill first."""
    name = await floor.working()
    connected: list[bool] = []
    listener = Listener(floor.desk, floor.bookings, floor.venue, lambda: connected.append(True))
    listening = asyncio.create_task(listener.step())
    floor.venue.fill(name, 10)
    await floor.bookings.step()
    assert (await floor.order(name)).state is OrderState.FILLED
    assert connected == [True]
    listening.cancel()


async def test_a_broker_that_stops_telling_is_not_taken_for_a_quiet_one(floor: Floor) -> None:
    """The end of its updates is an outage, whatever way it ends."""

    async def nothing() -> AsyncIterator[BrokerUpdate]:
        return
        yield

    floor.venue.updates = nothing  # type: ignore[method-assign] # as an adapter with a fault would
    with pytest.raises(Unavailable, match="updates have ended"):
        await Listener(floor.desk, floor.bookings, floor.venue, lambda: None).step()


async def test_nobody_listens_at_an_account_that_is_not_ours(floor: Floor) -> None:
    """Before the account is known to be the right one, nothing that the broker tells is heard."""
    floor.is_right_account = False
    connected: list[bool] = []
    await Listener(floor.desk, floor.bookings, floor.venue, lambda: connected.append(True)).step()
    assert connected == []
