"""Cancellations: asked for by people and strategies, never gated, and repeated until the order has ended.

`Cancels.handle` is the handler of stockbot:signals, which takes cancellations and leaves everything else to risk.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

import structlog
from sqlalchemy import Connection

from stockbot.errors import Unavailable
from stockbot.events import AnyEvent
from stockbot.events.trading import Intent, Signal, SignalGenerated
from stockbot.execution_engine import order_rows
from stockbot.execution_engine.blotter import Source
from stockbot.execution_engine.bookings import Bookings
from stockbot.execution_engine.brokers.protocol import Broker, OrderNotOpen
from stockbot.execution_engine.desk import Desk
from stockbot.model.orders.acts import ask_cancel
from stockbot.model.orders.order import Order

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 5.0  # an order that a cancellation was asked for and that has not ended is asked for again

logger = structlog.stdlib.get_logger(__name__)


class Cancels:
    """`wake` it when a cancellation was committed."""

    def __init__(self, desk: Desk, bookings: Bookings, broker: Broker) -> None:
        self._desk = desk
        self._bookings = bookings
        self._broker = broker
        self._woken = asyncio.Event()
        self._asked_at: dict[str, float] = {}

    def wake(self) -> None:
        self._woken.set()

    def handle(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        """Take a batch of signals: a strategy may cancel its own orders; every other intent is risk's."""
        asked = [event for event in events if isinstance(event, SignalGenerated) and event.data.intent is Intent.CANCEL]
        if not asked:
            return
        blotter = self._desk.blotter(connection)
        blotter.load(event.data.order for event in asked if event.data.order is not None)
        for event in asked:
            order = blotter.orders.get(event.data.order or "")
            if order is None or not _is_own(order, event.data):
                logger.warning("not canceled: no order of its own", signal=event.id, order=event.data.order)
            else:
                why = f"{event.data.strategy}: {event.data.reason}"[:2000]
                blotter.act(ask_cancel(order, blotter.now, why))
        blotter.close()

    def ask(self, connection: Connection, orders: Iterable[Order], why: str) -> list[Order]:
        """Commit that a person wants these canceled; returns them as they are then."""
        blotter = self._desk.blotter(connection)
        names = [order.client_order_id for order in orders]
        blotter.load(names)
        for name in names:
            blotter.act(ask_cancel(blotter.orders[name], blotter.now, why), Source.PERSON)
        blotter.close()
        return [blotter.orders[name] for name in names]

    async def step(self) -> None:
        """Ask the broker for what is to be canceled, or wait: the step of a background loop. Raises Unavailable."""
        self._woken.clear()
        if self._desk.is_at_work():
            await self.cancel_all()
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._woken.wait()

    async def cancel_all(self) -> None:
        """One question for each that is due; one that fails keeps no other from being asked. Raises Unavailable."""
        found = await self._desk.storage.read(order_rows.open_orders)
        due = {name: order for name, order in found.items() if order.cancel_because is not None and order.is_at_broker}
        self._asked_at = {name: at for name, at in self._asked_at.items() if name in due}
        now = self._desk.clock.monotonic()
        for name in due:
            if now - self._asked_at.get(name, -AGAIN_SECONDS) >= AGAIN_SECONDS:
                await self._cancel(name)
                self._asked_at[name] = now

    async def _cancel(self, client_order_id: str) -> None:
        try:
            await self._ask(client_order_id)
        except Unavailable as error:
            logger.warning("not canceled yet", order=client_order_id, reason=str(error))
        except Exception:
            logger.exception("canceling failed", order=client_order_id)

    async def _ask(self, client_order_id: str) -> None:
        try:
            await self._broker.cancel(client_order_id)
        except OrderNotOpen:
            found = await self._broker.order(client_order_id)
            if found is not None:
                await self._bookings.put(found)


def _is_own(order: Order, signal: Signal) -> bool:
    """What a person closes in a strategy's name is not the strategy's to cancel."""
    return order.flatten is None and (order.strategy, order.account) == (signal.strategy, signal.account)
