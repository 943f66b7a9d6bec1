"""The paper broker: the `Broker` of an account where no money moves.

The Execution Engine calls it as any broker, and hands every tick to `see`. Each call and each tick is one transaction,
in which an order, its fills, the cash and the positions change together; a tick that touches no open order is none.
Where a commit's outcome is not known the book in memory is dropped, the next call reads it again, and whoever listens
to updates is told to ask for the gap.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from functools import cache, partial
from typing import TypeVar

from msgspec.structs import replace

from stockbot.errors import Unavailable
from stockbot.events.market import Quote
from stockbot.execution_engine.brokers.paper.answers import broker_order, broker_update
from stockbot.execution_engine.brokers.paper.quotes import Hours, Quotes
from stockbot.execution_engine.brokers.paper.ripening import Ripening
from stockbot.execution_engine.brokers.paper.store import BookChanged, Shelf
from stockbot.execution_engine.brokers.paper.tables import PaperTables
from stockbot.execution_engine.brokers.paper.updates import Listeners
from stockbot.execution_engine.brokers.paper.venue import Venue
from stockbot.execution_engine.brokers.protocol import (
    Activity,
    BrokerAccount,
    BrokerExecution,
    BrokerOrder,
    BrokerPosition,
    BrokerUpdate,
    Mode,
    OrderRefused,
    OrderRequest,
    OutcomeUnknown,
)
from stockbot.model.fills.book import Book, Change
from stockbot.model.fills.lifetime import has_ended
from stockbot.model.fills.order import WorkingOrder
from stockbot.model.fills.rules import PaperTerms
from stockbot.runtime.clock import Clock
from stockbot.runtime.storage import Transactions

ATTEMPTS = 5  # at writing while another process writes to the same account

Decision = TypeVar("Decision", Change, Change | None)


class PaperBroker:
    """`hours` says which session and which clock count for a quote: `stockbot.model.fills.hours.hours_of`."""

    trouble: str | None = None

    def __init__(
        self,
        *,
        storage: Transactions,
        tables: PaperTables,
        clock: Clock,
        account: str,
        terms: PaperTerms,
        hours: Hours,
    ) -> None:
        self._storage = storage
        self._shelf = Shelf(tables, account)
        self._clock = clock
        self._terms = terms
        self._quotes = Quotes(hours, terms.rules)
        self._book: Book | None = None
        self._turn = asyncio.Lock()
        self._listeners = Listeners()
        self._ripening = Ripening(clock, terms.rules.latency, self._look)

    async def see(self, quotes: Iterable[Quote], now: datetime, may_fill: bool = True) -> None:
        """Take in a tick: every open order of its symbols has a look, if this process may fill. Raises Unavailable."""
        quotes = tuple(quotes)
        self._quotes.take(quotes, now)
        if may_fill:
            await self._look({quote.symbol for quote in quotes}, now)

    async def account(self) -> BrokerAccount:
        book = await self._read()
        return BrokerAccount(
            account_id=f"paper-{self._shelf.account}",
            broker="paper",
            mode=Mode.PAPER,
            settles=self._terms.settles,
            cash=book.funds.cash,
        )

    async def submit(self, order: OrderRequest) -> BrokerOrder:
        change = await self._change(lambda venue, book: venue.accepted(book, order))
        return _answer(change.entered(order.client_order_id))

    async def cancel(self, client_order_id: str) -> None:
        await self._change(lambda venue, book: venue.canceled(book, client_order_id))

    async def replace(self, client_order_id: str, order: OrderRequest) -> BrokerOrder:
        change = await self._change(lambda venue, book: venue.replaced(book, client_order_id, order))
        return _answer(change.entered(order.client_order_id))

    async def order(self, client_order_id: str) -> BrokerOrder | None:
        return await self._storage.read(partial(self._shelf.order, client_order_id=client_order_id))

    async def open_orders(self) -> list[BrokerOrder]:
        return await self._storage.read(self._shelf.open_orders)

    async def executions(self, since: datetime) -> list[BrokerExecution]:
        return await self._storage.read(partial(self._shelf.executions, since=since))

    async def positions(self) -> list[BrokerPosition]:
        holdings = (await self._read()).funds.holdings.values()
        return [
            BrokerPosition(symbol=one.symbol, quantity=one.quantity, average_price=one.average_price)
            for one in holdings
            if one.quantity
        ]

    async def activities(self, since: datetime) -> list[Activity]:
        """Nothing: the paper account gets no dividends and pays no interest."""
        return []

    def updates(self) -> AsyncIterator[BrokerUpdate]:
        return self._listeners.add()

    async def close(self) -> None:
        """End the updates; open orders stay as they are in SQL."""
        await self._ripening.close()
        self._listeners.end("the paper broker is closed")

    def _venue(self, now: datetime) -> Venue:
        return Venue(self._terms, cache(partial(self._quotes.market, now=now)), now)

    async def _read(self) -> Book:
        """The book out of SQL, which tells whether another process has written since."""
        async with self._turn:
            known = await self._loaded()
            found = await self._storage.read(self._shelf.book)
            if found.version != known.version:
                self._doubt("another process has written to the paper account")
            return found

    async def _look(self, symbols: set[str], now: datetime) -> None:
        async with self._turn:
            now = self._quotes.no_earlier(now)
            venue = self._venue(now)
            await self._decide(lambda book: venue.looked(book, self._concerned(book, symbols, now)), now)

    def _concerned(self, book: Book, symbols: set[str], now: datetime) -> list[WorkingOrder]:
        """The open orders of these symbols, and those whose time is over though no quote of theirs has come."""
        return [order for order in book.orders.values() if order.symbol in symbols or self._is_over(order, now)]

    def _is_over(self, order: WorkingOrder, now: datetime) -> bool:
        market = self._quotes.market(order.symbol, now)
        return market is not None and has_ended(order, market.hours.at)

    async def _change(self, decide: Callable[[Venue, Book], Change]) -> Change:
        async with self._turn:
            now = self._quotes.no_earlier(self._clock.now())
            return await self._decide(partial(decide, self._venue(now)), now)

    async def _decide(self, decide: Callable[[Book], Decision], now: datetime) -> Decision:
        """Decide on the book and write it, again while another process was faster."""
        for _ in range(ATTEMPTS):
            book = await self._loaded()
            change = decide(book)
            if change is None or await self._written(book, change, now):
                return change
        raise Unavailable(f"the paper account {self._shelf.account} is written to by another process all the time")

    async def _loaded(self) -> Book:
        """The book; out of SQL where this process has none, or has reason to doubt its own."""
        if self._book is None:
            balance, now = self._terms.opening_balance, self._clock.now()
            try:
                self._book = await self._storage.run(partial(self._shelf.open, opening_balance=balance, now=now))
            except Unavailable as error:
                self.trouble = str(error)
                raise
            self.trouble = None
        return self._book

    async def _written(self, book: Book, change: Change, now: datetime) -> bool:
        """Whether it is in SQL; False where the book was not the newest. Raises OrderRefused, OutcomeUnknown."""
        try:
            await self._storage.run(partial(self._shelf.write, before=book, change=change, now=now))
        except OrderRefused:
            raise
        except BookChanged as error:
            self._doubt(str(error))
            return False
        except Unavailable as error:
            self.trouble = str(error)
            self._doubt(self.trouble)
            raise OutcomeUnknown(f"whether the paper broker wrote it is not known: {error}") from error
        except BaseException:  # a cancelled transaction may still be committed
            self._doubt("a transaction was interrupted")
            raise
        self._book = replace(change.book, version=book.version + 1)
        self._listeners.tell(broker_update(step, now) for step in change.steps)
        for order in change.new:
            self._ripening.add(order.symbol, order.received_at)
        return True

    def _doubt(self, reason: str) -> None:
        """Read the book again before it is used, and let the listeners ask for what they may have missed."""
        self._book = None
        self._listeners.end(reason)


def _answer(order: WorkingOrder) -> BrokerOrder:
    """What is said of an order at once, when it has come."""
    return broker_order(order, order.received_at)
