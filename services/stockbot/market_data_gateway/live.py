"""Live streams to WebSocket clients: a slow client gets the latest of each symbol, never a growing queue."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from stockbot.events.market import Quote


class QuoteSubscription:
    """One client's view: the symbols it asked for, and what it has not been sent yet, one quote a symbol."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self._symbols = frozenset(symbols)
        self._waiting: dict[str, Quote] = {}
        self._filled = asyncio.Event()

    def offer(self, quotes: Sequence[Quote]) -> None:
        """A newer quote takes the place of one that still waits."""
        wanted = {quote.symbol: quote for quote in quotes if not self._symbols or quote.symbol in self._symbols}
        self._waiting.update(wanted)
        if wanted:
            self._filled.set()

    async def next(self) -> tuple[Quote, ...]:
        """Wait for quotes, and take all that wait."""
        await self._filled.wait()
        self._filled.clear()
        taken = tuple(self._waiting.values())
        self._waiting.clear()
        return taken


class Live:
    """All clients that are connected to this shard."""

    def __init__(self) -> None:
        self._subscriptions: set[QuoteSubscription] = set()

    def offer(self, quotes: Sequence[Quote]) -> None:
        for subscription in self._subscriptions:
            subscription.offer(quotes)

    @contextmanager
    def subscribe(self, symbols: Iterable[str]) -> Iterator[QuoteSubscription]:
        """A subscription for as long as the client is there; no symbols means all."""
        subscription = QuoteSubscription(symbols)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
