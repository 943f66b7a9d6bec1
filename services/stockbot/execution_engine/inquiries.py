"""The inquiries: asks the broker for every order of which nobody knows whether it arrived, until it is known.

After an ambiguous answer, and after a process that ended between sending and hearing. Nothing is sent again.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog

from stockbot.errors import Unavailable
from stockbot.execution_engine import order_rows
from stockbot.execution_engine.bookings import Act, Bookings, Said
from stockbot.execution_engine.brokers.protocol import Broker
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.dispatcher import Dispatcher
from stockbot.model.orders.acts import UNDECIDED, lose_sight, not_found
from stockbot.model.orders.order import Order

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 5.0

logger = structlog.stdlib.get_logger(__name__)


class Inquiries:
    """`patience` is how long after a send "not found" is not believed: lease time and send timeout together."""

    def __init__(
        self, desk: Desk, bookings: Bookings, broker: Broker, dispatcher: Dispatcher, *, patience: timedelta
    ) -> None:
        self._desk = desk
        self._bookings = bookings
        self._broker = broker
        self._dispatcher = dispatcher
        self._patience = patience
        self._pause = FIRST_SECONDS
        self._asked: frozenset[str] = frozenset()  # the last time
        self._woken = asyncio.Event()

    def lost(self, client_order_ids: Iterable[str]) -> None:
        """Nobody knows of these whether they arrived: ask soon, but not for those that were asked for just now.

        "Not found" is booked as well, and would else be a reason to ask again at once, as fast as a broker answers.
        """
        if not self._asked.issuperset(client_order_ids):
            self._pause = FIRST_SECONDS
            self._woken.set()

    async def step(self) -> None:
        """Ask for all that is open, and wait: the step of a background loop. Raises Unavailable."""
        self._woken.clear()
        asked = await self.ask() if self._desk.is_at_work() else 0
        self._pause = min(self._pause * 2, LONGEST_SECONDS) if asked else FIRST_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause if asked else LONGEST_SECONDS):
                await self._woken.wait()

    async def ask(self) -> int:
        """Ask for each once; returns how many there were. Raises Unavailable."""
        undecided = await self._desk.storage.read(partial(order_rows.in_states, states=UNDECIDED))
        lost = [
            order
            for order in undecided
            if not order.is_at_broker and order.client_order_id not in self._dispatcher.in_flight
        ]
        self._asked = frozenset(order.client_order_id for order in lost)
        for order in lost:
            await self._bookings.put(await self._answer(order))
        return len(lost)

    async def _answer(self, order: Order) -> Said:
        try:
            found = await self._broker.order(order.client_order_id)
        except Unavailable as error:
            return Act(order.client_order_id, partial(lose_sight, why=str(error)))
        if found is None:
            logger.warning("order not found at the broker", order=order.client_order_id)
            return Act(order.client_order_id, partial(not_found, patience=self._patience))
        return found
