"""The closes of a flatten: each becomes a signal for every holder once nothing works in its symbol any more.

A working order keeps the shares that it may close, so risk would refuse a close beside it. What is closed is the
position of that moment: an order may still have been filled before its cancellation.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection

from stockbot.events.identity import id_of
from stockbot.events.market import Quote
from stockbot.events.trading import Intent, OrderTerms
from stockbot.execution_engine import account_rows, alerts, order_rows, watch_rows
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.signals import signal_of
from stockbot.execution_engine.watch_rows import PendingClose
from stockbot.model.orders.closing import Close, may_close, to_close

LOOK_SECONDS = 0.25  # while closes wait
IDLE_SECONDS = 1.0
GIVEN_UP = timedelta(minutes=1)  # without any price


class Closes:
    """`wake` it when closes were committed."""

    def __init__(self, desk: Desk, quotes: Callable[[], Mapping[str, Quote]]) -> None:
        self._desk = desk
        self._quotes = quotes
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def step(self) -> None:
        """Close what may be closed, and wait: the step of a background loop. Raises Unavailable."""
        self._woken.clear()
        waiting = await self.look() if self._desk.lease.held() else 0
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS if waiting else IDLE_SECONDS):
                await self._woken.wait()

    async def look(self) -> int:
        """Ask for every close that is due; returns how many waited. Raises Unavailable."""
        waiting = await self._desk.storage.read(watch_rows.closes)
        if waiting:
            await self._desk.run(self._close_all)
        return len(waiting)

    def _close_all(self, connection: Connection) -> None:
        self._desk.fence(connection)
        now = self._desk.clock.now()
        for close in watch_rows.closes(connection):
            is_working, last_word = order_rows.last_word(connection, close.symbol)
            if may_close(close.asked_at, now, is_working=is_working, last_word=last_word):
                self._close(connection, close, now)

    def _close(self, connection: Connection, close: PendingClose, now: datetime) -> None:
        quote = self._quotes().get(close.symbol)
        if quote is None and now - close.asked_at < GIVEN_UP:
            return
        watch_rows.drop_close(connection, close.correlationid)
        if quote is None:
            alert = alerts.of_unclosed(close.symbol, "no price has come to make the signal from")
            self._desk.publisher.tell_alerts(connection, [alert], now)
            return
        held = account_rows.positions(connection, self._desk.account)
        for wanted in to_close(held, symbol=close.symbol):
            self._tell(connection, close, wanted, quote, now)

    def _tell(self, connection: Connection, close: PendingClose, wanted: Close, quote: Quote, now: datetime) -> None:
        signal = signal_of(
            account=self._desk.account,
            strategy=wanted.strategy,
            quote=quote,
            side=wanted.side,
            quantity=wanted.quantity,
            intent=Intent.EXIT,
            terms=OrderTerms(),
            flatten=close.flatten,
            reason=close.reason,
            now=now,
        )
        signal_id = id_of("signal", close.correlationid, wanted.strategy)
        self._desk.publisher.tell_signal(connection, signal_id, signal, now, correlationid=close.correlationid)
