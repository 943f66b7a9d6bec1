"""How often a broker is asked about an order that it does not have."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import pytest
from tests.services.execution_engine.conftest import PATIENCE, Floor
from tests.services.execution_engine.venue import Fault

from stockbot.events.trading import OrderState
from stockbot.execution_engine.bookings import Bookings
from stockbot.execution_engine.inquiries import Inquiries
from stockbot.model.orders.broker import BrokerOrder
from stockbot.model.orders.order import Order

WATCHED_SECONDS = 1.0
MOST_ASKED = 4  # at once, and after pauses of 0.5 and 1 s; one more for a slow machine


async def test_not_found_is_no_reason_to_ask_again_at_once(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an inquiry books wakes no inquiry: a broker that lacks an order is asked with growing pauses."""
    floor.venue.faults = [Fault.LOST]
    name = await floor.working()
    inquiries: list[Inquiries] = []
    bookings = Bookings(floor.desk, lambda orders: inquiries[0].lost(_unknown(orders)))
    inquiries.append(Inquiries(floor.desk, bookings, floor.venue, floor.dispatcher, patience=PATIENCE))
    asked: list[str] = []
    ask = floor.venue.order

    async def counted(client_order_id: str) -> BrokerOrder | None:
        asked.append(client_order_id)
        return await ask(client_order_id)

    monkeypatch.setattr(floor.venue, "order", counted)
    with suppress(TimeoutError):
        async with asyncio.timeout(WATCHED_SECONDS):
            await asyncio.gather(_forever(inquiries[0].step), _forever(bookings.step))
    assert set(asked) == {name}
    assert 2 <= len(asked) <= MOST_ASKED


async def test_an_order_that_is_lost_meanwhile_is_asked_for_soon(floor: Floor) -> None:
    """A second order does not wait for the pause that the first one has grown."""
    floor.venue.faults = [Fault.LOST]
    await floor.working()
    await floor.inquiries.step()
    waiting = asyncio.create_task(floor.inquiries.step())
    await asyncio.sleep(0)
    floor.inquiries.lost(["order-of-another"])
    await asyncio.wait_for(waiting, 1)


def _unknown(orders: Sequence[Order]) -> list[str]:
    return [order.client_order_id for order in orders if order.state is OrderState.UNKNOWN]


async def _forever(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        await step()
