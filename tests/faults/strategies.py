"""What the Strategy Orchestrator is to the fault suite: signals out of an outbox, each a function of its number.

A number means the same signal whenever it is made: after an old database was restored the same ids come again, with
other times and prices, as bars that are decided once more would bring them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, MetaData
from tests.faults.services import SYMBOLS

from stockbot.codec import decode_quote
from stockbot.errors import Unavailable
from stockbot.events.market import Quote
from stockbot.events.streams import SIGNALS, quote_key
from stockbot.events.trading import Intent, Signal, SignalGenerated
from stockbot.model.orders.ids import Origin, client_order_id
from stockbot.runtime.bus import Bus, translated
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer, head, outbox_tables
from stockbot.runtime.relay import Relay
from stockbot.runtime.supervise import Backoff, keep_running

SOURCE = "strategy-orchestrator/0"
STRATEGIES = ("trend", "reversion")
LARGEST_TARGET = 20  # shares
SOON = Backoff(first=0.05, longest=0.3)
PAUSE_SECONDS = 0.25

METADATA = MetaData()
OUTBOX = outbox_tables(METADATA, "faults_")


def signal_id(number: int) -> str:
    return f"signal-{number}"


def number_of(signal: str) -> int:
    return int(signal.removeprefix("signal-"))


def order_id(number: int) -> str:
    """The client order id of the one order that a signal may lead to at the broker."""
    return client_order_id(Origin(strategy=strategy_of(number), signal_id=signal_id(number), leg=0, revision=0))


def strategy_of(number: int) -> str:
    return STRATEGIES[_draw(number) % 2]


def _draw(number: int) -> int:
    """The same for the same number, and nothing that one could guess from it."""
    return int.from_bytes(sha256(str(number).encode()).digest()[:4])


def signal(number: int, account: str, quote: Quote, now: datetime) -> SignalGenerated:
    """Signal `number`, made from that quote at `now`."""
    wanted = Signal(
        strategy=strategy_of(number),
        strategy_version="1",
        account=account,
        symbol=quote.symbol,
        intent=Intent.TARGET,
        target=Decimal(_draw(number) % (LARGEST_TARGET + 1)),
        reference_price=quote.mark,
        reference_time=quote.source_time - timedelta(seconds=5),  # made from a tick that everybody knows
        valid_until=now + timedelta(minutes=10),
        reason=f"signal {number} of a fault test",
        quotes=(quote,),
    )
    return SignalGenerated(
        id=signal_id(number),
        source=SOURCE,
        time=now,
        subject=quote.symbol,
        correlationid=f"chain-{number}",
        data=wanted,
    )


def symbol_of(number: int) -> str:
    return SYMBOLS[number % len(SYMBOLS)]


class Strategies:
    """Commits a signal every quarter of a second while it is `trading`. `highest` is the last number ever made."""

    def __init__(self, bus_url: str, database_url: str, account: str) -> None:
        self.bus = Bus(bus_url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
        self.database = Database.open(database_url)
        self.highest = 0
        self.trading = False
        self._account = account
        self._writer = Writer(OUTBOX, SOURCE)
        self._relay = Relay(
            self.bus,
            self.database,
            OUTBOX,
            stream=SIGNALS,
            source=SOURCE,
            new_incarnation=lambda: uuid4().hex,
        )

    async def prepare(self) -> None:
        """The tables of the outbox, with its head."""
        await self.database.run(METADATA.create_all)
        await self.database.run(lambda connection: self._writer.open(connection, SIGNALS, uuid4().hex))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        loops = [
            asyncio.create_task(
                keep_running("loop", step, clock=self.bus.clock, metrics=self.bus.metrics, backoff=SOON)
            )
            for step in (self.bus.watch, self._relay.step, self._trade)
        ]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops, timeout=5)

    async def close(self) -> None:
        await self.bus.close()
        await self.database.close()

    async def produced(self) -> int:
        """How many signals the database knows of."""
        return (await self.database.read(lambda c: head(c, OUTBOX, SIGNALS, SOURCE))).sequence

    async def _trade(self) -> None:
        if self.trading:
            quotes = await self._quotes()
            self.highest = max(self.highest, await self.database.run(lambda c: self._commit(c, quotes)))
            self._relay.wake()
        await self.bus.clock.sleep(PAUSE_SECONDS)

    async def _quotes(self) -> dict[str, Quote]:
        with translated():
            found = await self.bus.commands.mget([quote_key(symbol) for symbol in SYMBOLS])
        quotes = [decode_quote(document) for document in found if document is not None]
        if len(quotes) < len(SYMBOLS):
            raise Unavailable("the gateway has not told all prices yet")
        return {quote.symbol: quote for quote in quotes}

    def _commit(self, connection: Connection, quotes: dict[str, Quote]) -> int:
        number = head(connection, OUTBOX, SIGNALS, SOURCE).sequence + 1
        made = signal(number, self._account, quotes[symbol_of(number)], now := self.bus.clock.now())
        self._writer.append(connection, SIGNALS, [made], now)
        return number
