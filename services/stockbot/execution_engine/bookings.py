"""The bookings: all that the broker says, and what became of our sends, into the blotter in batches.

One queue, one writer: whoever hears something puts it here and is not held up by the database. A batch that cannot be
committed is kept and tried again; what a killed process had not booked yet, the reconciliation finds at the broker.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import structlog
from sqlalchemy import Connection

from stockbot.errors import StockbotError
from stockbot.execution_engine import alerts, watch_rows
from stockbot.execution_engine.blotter import Blotter
from stockbot.execution_engine.desk import Desk
from stockbot.model.orders.broker import BrokerExecution, BrokerOrder, BrokerUpdate
from stockbot.model.orders.order import Order

BATCH = 200
TURN_SECONDS = 1.0
LONGEST_QUEUE = 10_000  # beyond it, those who hear the broker wait

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Act:
    """Something that we did to an order or learnt about a send; None from `decide` where it does not fit any more."""

    client_order_id: str
    decide: Callable[[Order, datetime], Order | None]


Said: TypeAlias = BrokerOrder | BrokerExecution | Act


def parts_of(update: BrokerUpdate) -> list[Said]:
    """An update as what it says: the fill first, so that an order ends with its last fill."""
    return [update.order] if update.execution is None else [update.execution, update.order]


class Bookings:
    """`booked` is called after each commit with the orders that were touched."""

    def __init__(self, desk: Desk, booked: Callable[[Sequence[Order]], None]) -> None:
        self._desk = desk
        self._booked = booked
        self._queue: asyncio.Queue[Said] = asyncio.Queue(LONGEST_QUEUE)
        self._batch: list[Said] = []

    @property
    def is_empty(self) -> bool:
        return self._queue.empty() and not self._batch

    async def put(self, *said: Said) -> None:
        for one in said:
            await self._queue.put(one)

    async def step(self) -> None:
        """Book the next batch: the step of a background loop. Raises Unavailable, and then tries the same again."""
        if not self._batch and not await self._first():
            return
        if not self._desk.is_at_work():
            self._forget()
            return
        while len(self._batch) < BATCH and not self._queue.empty():
            self._batch.append(self._queue.get_nowait())
        await self.book(self._batch)
        self._batch.clear()

    async def _first(self) -> bool:
        """Wait for something to book; False after a while without it, so that the loop is seen to turn."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TURN_SECONDS):
                self._batch.append(await self._queue.get())
        return bool(self._batch)

    async def flush(self) -> None:
        """Book all that is there: before a stop. Raises Unavailable."""
        while not self.is_empty:
            await self.step()

    async def book(self, said: Sequence[Said]) -> None:
        """Book these in one transaction, and return when it is committed. Raises Unavailable.

        What cannot be booked, whoever calls it why, is put aside alone: the comparison shows the difference that it
        leaves, and all else goes on.
        """
        if not said:
            return
        try:
            touched = await self._desk.run(lambda connection: self._write(connection, said))
        except StockbotError:
            raise
        except Exception as error:
            logger.exception("not booked", orders=[one.client_order_id for one in said][:10])
            await self._book_apart(said, error)
        else:
            self._booked(touched)

    async def _book_apart(self, said: Sequence[Said], error: Exception) -> None:
        if len(said) > 1:
            for one in said:
                await self.book([one])
            return
        name, why = said[0].client_order_id, f"{type(error).__name__}: {error}"
        await self._desk.run(lambda connection: self._complain(connection, name, why))

    def _complain(self, connection: Connection, name: str, why: str) -> None:
        blotter = self._desk.blotter(connection)
        if watch_rows.add_trouble(connection, "poison", name, why, blotter.now):
            blotter.alert(alerts.of_poison(name, why))
        blotter.close()

    def _forget(self) -> None:
        """Drop what is not booked: another process owns the account now, and asks the broker itself."""
        self._batch.clear()
        while not self._queue.empty():
            self._queue.get_nowait()

    def _write(self, connection: Connection, said: Sequence[Said]) -> list[Order]:
        blotter = self._desk.blotter(connection)
        names = [one.client_order_id for one in said]
        blotter.load(names)
        blotter.load_fills(one.execution_id for one in said if isinstance(one, BrokerExecution))
        for one in said:
            _enter(blotter, one)
        blotter.close()
        return [blotter.orders[name] for name in dict.fromkeys(names) if name in blotter.orders]


def _enter(blotter: Blotter, said: Said) -> None:
    if isinstance(said, BrokerOrder):
        blotter.snapshot(said)
    elif isinstance(said, BrokerExecution):
        blotter.fill(said)
    elif said.client_order_id in blotter.orders:
        blotter.act(said.decide(blotter.orders[said.client_order_id], blotter.now))
