"""`/ws/events`: one reader of all streams for all clients of this process, running only while somebody watches.

A client that is too slow loses the oldest events of its queue, and is told how many.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog

from stockbot.codec import type_of
from stockbot.events import AnyEvent
from stockbot.events.streams import PORTFOLIO, WORK, all_market_data
from stockbot.runtime.bus import BroadcastReader, Bus, BusUnavailable
from stockbot.runtime.supervise import Backoff, keep_running

LONGEST_QUEUE = 1_000
PAUSE = Backoff(longest=1.0)

logger = structlog.stdlib.get_logger(__name__)


class EventSubscription:
    """One client's queue of events of the types it asked for; no types means all."""

    def __init__(self, types: Iterable[str]) -> None:
        self._types = frozenset(types)
        self._waiting: deque[AnyEvent] = deque(maxlen=LONGEST_QUEUE)
        self._dropped = 0
        self._filled = asyncio.Event()

    def offer(self, events: Sequence[AnyEvent]) -> None:
        wanted = [event for event in events if not self._types or type_of(event) in self._types]
        self._dropped += max(0, len(self._waiting) + len(wanted) - LONGEST_QUEUE)
        self._waiting.extend(wanted)
        if wanted:
            self._filled.set()

    async def next(self) -> tuple[list[AnyEvent], int]:
        """Wait for events; all that wait, and how many were dropped before them."""
        await self._filled.wait()
        self._filled.clear()
        taken, dropped = list(self._waiting), self._dropped
        self._waiting.clear()
        self._dropped = 0
        return taken, dropped


class Observer:
    """Reads every stream while it has subscribers; `shards` is the number of market-data streams."""

    def __init__(self, bus: Bus, shards: int) -> None:
        self._bus = bus
        self._streams = (*all_market_data(shards), *WORK, PORTFOLIO)
        self._subscriptions: set[EventSubscription] = set()
        self._reading: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def subscribe(self, types: Iterable[str]) -> AsyncIterator[EventSubscription]:
        """A subscription from now on, for as long as the client is there."""
        subscription = EventSubscription(types)
        self._subscriptions.add(subscription)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(), name="events observer")
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            await self._rest_if_nobody_watches()

    async def _rest_if_nobody_watches(self) -> None:
        if self._subscriptions or self._reading is None:
            return
        self._reading.cancel()
        self._reading = None

    async def _read(self) -> None:
        """Whatever a read raises, the next one is tried soon: those who watch stay subscribed."""
        async with BroadcastReader(self._bus, self._streams) as reader:
            hand_on = partial(self._hand_on, reader)
            await keep_running(
                "events observer", hand_on, clock=self._bus.clock, metrics=self._bus.metrics, backoff=PAUSE
            )

    async def _hand_on(self, reader: BroadcastReader) -> None:
        try:
            events = await reader.read()
        except BusUnavailable as error:
            logger.warning("the observer waits for the bus", reason=str(error))
            await self._bus.clock.sleep(PAUSE.longest)
            return
        for subscription in self._subscriptions:
            subscription.offer(events)
