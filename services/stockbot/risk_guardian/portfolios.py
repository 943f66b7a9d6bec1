"""Reads the state stream of portfolios, and at start and after trouble the latest ones that are kept as keys."""

from functools import partial

from stockbot.errors import Unavailable
from stockbot.events.portfolio import PortfolioUpdate
from stockbot.events.streams import PORTFOLIO
from stockbot.risk_guardian.books import Books
from stockbot.runtime.bus import BroadcastReader, Bus, LatestWins, read_state
from stockbot.runtime.lease import Lease
from stockbot.runtime.storage import Transactions

IDLE_SECONDS = 0.5


class PortfolioReader:
    """Takes over what is news; only while the lease is held."""

    def __init__(self, bus: Bus, storage: Transactions, books: Books, lease: Lease) -> None:
        self._bus = bus
        self._storage = storage
        self._books = books
        self._lease = lease
        self._reader = BroadcastReader(bus, [PORTFOLIO])
        self._latest = LatestWins()
        self._caught_up = False

    async def step(self) -> None:
        """Read and take over: the step of a background loop; after a failure everything kept is read again."""
        if not self._lease.held():
            self._caught_up = False
            await self._bus.clock.sleep(IDLE_SECONDS)
            return
        try:
            await self._read()
        except Unavailable:
            self._caught_up = False
            raise

    async def _read(self) -> None:
        events = await self._reader.read()
        if not self._caught_up:
            self._latest = LatestWins()
            events = [*await read_state(self._bus), *events]
            self._caught_up = True
        for event in events:
            if isinstance(event, PortfolioUpdate) and self._latest.offer(event):
                await self._storage.run(partial(self._books.take_portfolio, update=event))
