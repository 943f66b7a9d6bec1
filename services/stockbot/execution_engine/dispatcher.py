"""The dispatcher: sends what is committed, each order at most once, whatever ends the process in between.

SENT is committed under the lease before anything leaves; right before it everything that counts is checked again. So
an order that is SENT in SQL may have left, and is only ever asked for; one that is INTENT certainly has not.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import islice

import structlog
from sqlalchemy import Connection

from stockbot.errors import Unavailable
from stockbot.events.trading import OrderState
from stockbot.execution_engine import order_rows
from stockbot.execution_engine.blotter import Blotter
from stockbot.execution_engine.bookings import Act, Bookings, Said
from stockbot.execution_engine.brokers.protocol import Broker, OrderNotOpen, OrderRefused, OutcomeUnknown
from stockbot.execution_engine.desk import Desk, Holdings
from stockbot.execution_engine.series import Answer
from stockbot.model.orders.acts import begin_replace, bounded, give_up, lose_sight, send, take_back
from stockbot.model.orders.admission import Surroundings, may_leave
from stockbot.model.orders.order import Order
from stockbot.model.risk.book import Book

AT_ONCE = 8
LOOKED_AT = 100  # intents: exits of brackets may wait, and those after them leave all the same
FRESH_SECONDS = 5.0  # as long as the last check of an order may be ago when it leaves
RETRY_SECONDS = 0.5  # after a broker that did not answer
LOOK_SECONDS = 1.0

logger = structlog.stdlib.get_logger(__name__)

Answered = Callable[[Order, Answer, float], None]  # the order, what became of its send, and after how many seconds


class Dispatcher:
    """Tell it when intents were committed. Sends go on in tasks of their own, which a stop waits for."""

    def __init__(
        self,
        desk: Desk,
        bookings: Bookings,
        broker: Broker,
        *,
        send_seconds: float,
        answered: Answered = lambda order, answer, seconds: None,
    ) -> None:
        self._desk = desk
        self._bookings = bookings
        self._broker = broker
        self._send_seconds = send_seconds
        self._answered = answered
        self._woken = asyncio.Event()
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._are_there = True  # intents that may leave now; False: look first whether there are any at all
        self._not_before = 0.0

    @property
    def in_flight(self) -> frozenset[str]:
        """The orders that this process is sending just now."""
        return frozenset(self._sending)

    def intended(self) -> None:
        """Intents were committed."""
        self._are_there = True
        self._woken.set()

    async def step(self) -> None:
        """Send what there is, then wait to be woken, or for a second: the step of a background loop.

        Raises Unavailable.
        """
        self._woken.clear()
        await self.send_some()
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._woken.wait()

    async def send_some(self) -> bool:
        """Mark and send the next intents, as many as there are tasks free for; False where nothing was sent.

        That an order is on its way is told with the broker's answer, or a second later.
        """
        free = AT_ONCE - len(self._sending)
        if free <= 0 or not self._desk.is_at_work() or self._desk.clock.monotonic() < self._not_before:
            return False
        if not self._are_there and not await self._desk.storage.read(_has_intents):
            return False
        self._are_there = False
        checked_at = self._desk.clock.monotonic()
        marked, are_more = await self._desk.storage.run(partial(self._mark, free))
        if are_more:
            self.intended()
        if not marked:
            self._desk.committed()
        for order in marked:
            task = asyncio.create_task(self._send(order, checked_at), name=order.client_order_id)
            self._sending[order.client_order_id] = task
            task.add_done_callback(partial(self._sent, order.client_order_id))
        return bool(marked)

    async def finish(self) -> None:
        """Wait for the sends that are on their way."""
        if self._sending:
            await asyncio.wait(list(self._sending.values()))

    def _sent(self, client_order_id: str, _task: asyncio.Task[None]) -> None:
        self._sending.pop(client_order_id, None)
        if self._are_there:
            self._woken.set()

    def _mark(self, free: int, connection: Connection) -> tuple[list[Order], bool]:
        """Commit which intents leave now, and which never will; and tell whether others may wait behind them."""
        blotter = self._desk.blotter(connection)
        intents = order_rows.in_states(connection, [OrderState.INTENT], limit=LOOKED_AT)
        blotter.load_open({order.symbol for order in intents})
        blotter.load(order.replaces for order in intents if order.replaces is not None)
        around, holdings = self._desk.surroundings(blotter), Holdings(blotter)
        names = [order.client_order_id for order in intents]
        leaving = (
            order.client_order_id
            for place, order in enumerate(intents)
            if self._may_leave(blotter, order, around, holdings.book_of(order, names[place:]))
        )
        marked = list(islice(leaving, free))
        blotter.close()
        is_over = any(blotter.orders[name].state is not OrderState.INTENT for name in names)
        are_more = len(marked) == free or (is_over and len(intents) == LOOKED_AT)
        return [blotter.orders[name] for name in marked], are_more

    def _may_leave(self, blotter: Blotter, order: Order, around: Surroundings, book: Book) -> bool:
        """The exit of a bracket has no end of its own: it waits until it may leave, or its bracket takes it back."""
        refused = may_leave(order, around, book)
        if refused is not None and order.expires_at is None:
            return False
        if refused is not None:
            blotter.act(give_up(order, refused.state, around.now, refused.reason))
            return False
        if order.replaces is not None and not self._begins_replace(blotter, order):
            why = f"{order.replaces}, which it would replace, is not open any more"
            blotter.act(give_up(order, OrderState.REJECTED, around.now, why))
            return False
        return blotter.act(send(bounded(order, blotter.orders.get(order.replaces or "")), around.now))

    def _begins_replace(self, blotter: Blotter, order: Order) -> bool:
        replaced = blotter.orders.get(order.replaces or "")
        return replaced is not None and blotter.act(begin_replace(replaced, order.client_order_id, blotter.now))

    async def _send(self, order: Order, checked_at: float) -> None:
        """Send it, and put what became of it into the bookings, whatever that is."""
        began = self._desk.clock.monotonic()
        answer, said = await self._attempt(order, checked_at)
        self._answered(order, answer, self._desk.clock.monotonic() - began)
        await self._bookings.put(*said)

    async def _attempt(self, order: Order, checked_at: float) -> tuple[Answer, list[Said]]:
        """Never raises: whatever happens to a send is something to book."""
        try:
            return Answer.TAKEN, await self._outcome(order, checked_at)
        except OrderRefused as error:
            return Answer.REFUSED, await self._refused(order, str(error))
        except OrderNotOpen as error:
            return Answer.REFUSED, [_given_up(order, str(error))]
        except OutcomeUnknown as error:
            return Answer.UNKNOWN, [_lost(order, str(error))]
        except Unavailable as error:
            self._not_before = self._desk.clock.monotonic() + RETRY_SECONDS
            logger.warning("order not sent", order=order.client_order_id, reason=str(error))
            return Answer.NOT_SENT, [_taken_back(order)]
        except Exception as error:
            logger.exception("sending failed", order=order.client_order_id)
            return Answer.UNKNOWN, [_lost(order, f"sending failed: {type(error).__name__}")]

    async def _outcome(self, order: Order, checked_at: float) -> list[Said]:
        """Raises as the broker does. A process that was stopped after the check finds that time has gone: not sent.

        The lease's own deadline is looked at last.
        """
        clock = self._desk.clock
        is_over = order.expires_at is not None and order.expires_at <= clock.now()
        if is_over or clock.monotonic() - checked_at > FRESH_SECONDS:
            raise Unavailable("too much time has gone since the order was checked")
        if not self._desk.lease.held():
            raise Unavailable("the lease ran out before the order left")
        try:
            async with asyncio.timeout(self._send_seconds):
                return await self._call(order)
        except TimeoutError as error:
            raise OutcomeUnknown(f"no answer within {self._send_seconds:g} s") from error

    async def _call(self, order: Order) -> list[Said]:
        if order.replaces is None:
            return [await self._broker.submit(order.request())]
        made = await self._broker.replace(order.replaces, order.request())
        with suppress(Unavailable):
            replaced = await self._broker.order(order.replaces)
            return [made] if replaced is None else [replaced, made]
        return [made]

    async def _refused(self, order: Order, why: str) -> list[Said]:
        """A refusal may be about the id: the order is there already, sent before our database was restored."""
        try:
            found = await self._broker.order(order.client_order_id)
        except Unavailable:
            return [_lost(order, why)]
        if found is None:
            return [_given_up(order, why)]
        is_ours = (found.side, found.quantity) == (order.side, order.quantity)
        return [found] if is_ours else [_given_up(order, why), found]


def _has_intents(connection: Connection) -> bool:
    return bool(order_rows.in_states(connection, [OrderState.INTENT], limit=1))


def _given_up(order: Order, why: str) -> Act:
    return Act(order.client_order_id, lambda known, now: give_up(known, OrderState.REJECTED, now, why))


def _lost(order: Order, why: str) -> Act:
    return Act(order.client_order_id, lambda known, now: lose_sight(known, now, why))


def _taken_back(order: Order) -> Act:
    return Act(order.client_order_id, take_back)
