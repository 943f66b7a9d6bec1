"""Tells the broker's updates to whoever listens. A listener that does not keep up is cut off, and asks for the gap."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from weakref import WeakSet

from stockbot.errors import Unavailable
from stockbot.execution_engine.brokers.protocol import BrokerUpdate

MOST_WAITING = 10_000


class Listener(AsyncIterator[BrokerUpdate]):
    """What happened since it was made; raises Unavailable once the updates have ended."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[BrokerUpdate | str] = asyncio.Queue()
        self._ended: str | None = None

    def tell(self, update: BrokerUpdate) -> None:
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait(update)
        else:
            self.end(f"{MOST_WAITING} updates are waiting and nobody takes them")

    def end(self, reason: str) -> None:
        if self._ended is None:
            self._ended = reason
            self._waiting.put_nowait(reason)

    async def __anext__(self) -> BrokerUpdate:
        if self._ended is not None and self._waiting.empty():
            raise Unavailable(self._ended)
        update = await self._waiting.get()
        if isinstance(update, str):
            raise Unavailable(update)
        return update


class Listeners:
    """All who listen now; one that is forgotten by its owner is forgotten here."""

    def __init__(self) -> None:
        self._all: WeakSet[Listener] = WeakSet()

    def add(self) -> Listener:
        listener = Listener()
        self._all.add(listener)
        return listener

    def tell(self, updates: Iterable[BrokerUpdate]) -> None:
        for update in updates:
            for listener in list(self._all):
                listener.tell(update)

    def end(self, reason: str) -> None:
        """After this every listener has a gap, or there is nothing more to hear."""
        for listener in list(self._all):
            listener.end(reason)
        self._all = WeakSet()
