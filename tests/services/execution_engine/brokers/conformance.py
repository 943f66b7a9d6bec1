"""What the conformance suite needs of an adapter: a venue that the test can move, and a way to restart the adapter.

Every adapter has a module `<name>_venue.py` here with `opened(folder)`, which `conftest.py` lists. The venue opens with
100,000 dollars or more, no position, a Margin account, and AAPL and MSFT at 100 dollars in an open session.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeVar

from stockbot.events.trading import OrderTerms, OrderType, Side
from stockbot.execution_engine.brokers.protocol import (
    Broker,
    BrokerExecution,
    BrokerOrder,
    BrokerUpdate,
    OrderRequest,
)
from stockbot.testing.clock import START

PATIENCE = 10.0  # seconds that an adapter may need for anything
LONG_AGO = START.replace(year=2000)
LIMIT_90 = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(90))

Result = TypeVar("Result")


class Venue(Protocol):
    """Where the adapter's orders go. `broker` is the adapter, a new object after `restart`."""

    @property
    def broker(self) -> Broker: ...

    async def quote(self, symbol: str, price: str) -> None:
        """The market of the symbol goes to `price`, and nothing trades yet: stops trigger, nothing fills."""
        ...

    async def trade(self, symbol: str, price: str, quantity: int) -> None:
        """The market of the symbol goes to `price`, and each open order that this suits can fill up to `quantity`."""
        ...

    async def restart(self) -> None:
        """End the adapter without a word, as a kill of its process does, and make a new one for the same account."""
        ...


Opened = Callable[[Path], AbstractAsyncContextManager[Venue]]


def request(number: int = 1, **changes: Any) -> OrderRequest:
    """Buy 10 AAPL at market; `changes` are other fields of the request."""
    ordinary: dict[str, Any] = {
        "client_order_id": f"order-{number}",
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(10),
        "terms": OrderTerms(),
    }
    return OrderRequest(**(ordinary | changes))


async def eventually(ask: Callable[[], Awaitable[Result]], holds: Callable[[Result], bool]) -> Result:
    """The first answer of which `holds` is true; asked again until the patience is over."""
    async with asyncio.timeout(PATIENCE):
        while not holds(answer := await ask()):  # noqa: ASYNC110 - a broker elsewhere sets no event here
            await asyncio.sleep(0.01)
    return answer


async def known(broker: Broker, client_order_id: str, holds: Callable[[BrokerOrder], bool]) -> BrokerOrder:
    """The order once `holds` is true of it."""
    found = await eventually(lambda: broker.order(client_order_id), lambda order: order is not None and holds(order))
    assert found is not None
    return found


async def filled(venue: Venue, order: OrderRequest, price: str = "100") -> list[BrokerExecution]:
    """Submit the order, let the market trade at that price until it is filled, and return its executions."""
    await venue.broker.submit(order)
    await venue.trade(order.symbol, price, int(order.quantity))
    await known(venue.broker, order.client_order_id, lambda found: found.filled_quantity == order.quantity)
    return await executions(venue.broker, order.client_order_id)


async def executions(broker: Broker, client_order_id: str) -> list[BrokerExecution]:
    return [one for one in await broker.executions(LONG_AGO) if one.client_order_id == client_order_id]


async def heard(updates: AsyncIterator[BrokerUpdate], ends: Callable[[BrokerUpdate], bool]) -> list[BrokerUpdate]:
    """The updates up to the first of which `ends` is true."""
    found: list[BrokerUpdate] = []
    async with asyncio.timeout(PATIENCE):
        async for update in updates:
            found.append(update)
            if ends(update):
                break
    return found
