"""Whatever happens in whatever order: a broker that is restarted again and again does what one that never stops does.

And what it does is what a second bookkeeper makes of its fills alone, to the cent.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.services.execution_engine.brokers.conformance import LONG_AGO
from tests.services.execution_engine.brokers.paper.conftest import METADATA, Desk

from stockbot.errors import StockbotError
from stockbot.events.trading import OrderTerms, OrderType, Side, TimeInForce
from stockbot.execution_engine.brokers.paper.broker import PaperBroker
from stockbot.execution_engine.brokers.protocol import BrokerExecution, OrderRequest
from stockbot.model.fills.fees import fee_of
from stockbot.model.fills.rules import FillRules, PaperTerms
from stockbot.model.fills.terms import NEEDED
from stockbot.runtime.database import Database
from stockbot.testing.databases import sqlite_url

SYMBOLS = ("AAPL", "MSFT")
TERMS = PaperTerms(rules=FillRules(latency=timedelta(milliseconds=500)))
PRICE = st.decimals("90", "110", places=2)
ORDER_IDS = st.integers(1, 8).map(lambda number: f"order-{number}")


@dataclass(frozen=True)
class Tick:
    """Seconds since the one before; for each symbol a price and the shares traded."""

    seconds: int
    prices: tuple[Decimal, ...]
    traded: int


@dataclass(frozen=True)
class Cancel:
    client_order_id: str


@dataclass(frozen=True)
class Replace:
    client_order_id: str
    order: OrderRequest


class Restart:
    """The process ends and begins again."""


Event = Tick | OrderRequest | Cancel | Replace | Restart


@st.composite
def orders(draw: st.DrawFn) -> OrderRequest:
    kind = draw(st.sampled_from(OrderType))
    prices: dict[str, Any] = {name: draw(PRICE) for name in NEEDED[kind]}
    if "trail" in prices:
        prices["trail"] = draw(st.decimals("0.5", 5, places=2))
    time_in_force = draw(st.sampled_from([TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]))
    side = draw(st.sampled_from(Side))
    return OrderRequest(
        client_order_id=draw(ORDER_IDS),
        symbol=draw(st.sampled_from(SYMBOLS)),
        side=side,
        quantity=Decimal(draw(st.integers(1, 800))),
        terms=OrderTerms(order_type=kind, time_in_force=time_in_force, **prices),
    )


TICKS = st.builds(Tick, seconds=st.integers(1, 4000), prices=st.tuples(PRICE, PRICE), traded=st.integers(0, 6000))
EVENTS = st.lists(
    st.one_of(TICKS, TICKS, orders(), st.builds(Cancel, ORDER_IDS), st.builds(Replace, ORDER_IDS, orders()))
    | st.builds(Restart),
    min_size=15,
    max_size=40,
)
LIVES = settings(max_examples=25, phases=(Phase.generate,))  # two databases each: shrinking takes minutes
START_TICK = Tick(seconds=1, prices=(Decimal(100), Decimal(100)), traded=100)


def patient(desk: Desk) -> PaperBroker:
    """A broker whose new orders look with the next tick: the test alone moves time."""
    broker = desk.broker()
    broker._ripening.add = lambda symbol, accepted_at: None  # type: ignore[method-assign]
    return broker


async def lived(folder: str, events: Sequence[Event]) -> list[object]:
    """All that the account is after these events, as SQL has it and as the broker tells it."""
    database = Database.open(sqlite_url(Path(folder)))
    await database.run(METADATA.create_all)
    desk = Desk(database, TERMS)
    broker, volume = patient(desk), 0
    for event in [START_TICK, START_TICK, *events]:
        if isinstance(event, Restart):
            await broker.close()
            broker = patient(desk)
            await desk.tick(broker, *desk.quotes.values())
        elif isinstance(event, Tick):
            volume += event.traded
            await shown(desk, broker, event, volume)
        else:
            await asked(broker, event)
    found = await state(desk, broker)
    await broker.close()
    await database.close()
    return found


async def shown(desk: Desk, broker: PaperBroker, tick: Tick, volume: int) -> None:
    desk.clock.advance(tick.seconds)
    prices = zip(SYMBOLS, tick.prices, strict=True)
    await desk.tick(broker, *(desk.quote(str(price), symbol=symbol, volume=str(volume)) for symbol, price in prices))


async def asked(broker: PaperBroker, event: OrderRequest | Cancel | Replace) -> None:
    """A refusal is an answer, too."""
    try:
        if isinstance(event, OrderRequest):
            await broker.submit(event)
        elif isinstance(event, Cancel):
            await broker.cancel(event.client_order_id)
        else:
            await broker.replace(event.client_order_id, event.order)
    except StockbotError:
        return


async def state(desk: Desk, broker: PaperBroker) -> list[object]:
    """What the broker says, after it was compared with what a broker that reads all of it anew says."""
    found = [await told(one) for one in (broker, desk.broker())]
    assert found[0] == found[1]
    return found[0]


async def told(broker: PaperBroker) -> list[object]:
    book = await broker._read()
    by_id = [await broker.order(f"order-{number}") for number in range(1, 9)]
    return [replace(book, version=0), await broker.account(), await broker.executions(LONG_AGO), by_id]


@LIVES
@given(events=EVENTS)
def test_restarts_change_nothing(events: list[Event]) -> None:
    """Orders, fills, cash and positions are the same with restarts and without."""
    without = [event for event in events if not isinstance(event, Restart)]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        assert asyncio.run(lived(one, events)) == asyncio.run(lived(other, without))


@LIVES
@given(events=EVENTS)
def test_the_account_is_what_its_fills_say(events: list[Event]) -> None:
    """A second bookkeeper who sees the fills alone has the same cash, the same shares and the same fees."""
    with tempfile.TemporaryDirectory() as folder:
        book, account, fills, orders = asyncio.run(lived(folder, events))
    cash, shares = Decimal(100_000), dict.fromkeys(SYMBOLS, Decimal(0))
    for fill in fills:  # type: ignore[attr-defined]
        signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
        cash, shares[fill.symbol] = cash - signed * fill.price - fill.fee, shares[fill.symbol] + signed
    assert account.cash == cash  # type: ignore[attr-defined]
    assert {symbol: book.funds.position(symbol) for symbol in SYMBOLS} == shares  # type: ignore[attr-defined]
    for order in [order for order in orders if order]:  # type: ignore[attr-defined]
        mine = [fill for fill in fills if fill.client_order_id == order.client_order_id]  # type: ignore[attr-defined]
        assert_whole(order.filled_quantity, order.quantity, mine)


def assert_whole(filled: Decimal, quantity: Decimal, fills: list[BrokerExecution]) -> None:
    value = sum((fill.quantity * fill.price for fill in fills), Decimal(0))
    assert filled == sum(fill.quantity for fill in fills) <= quantity
    assert sum(fill.fee for fill in fills) == fee_of(filled, value, TERMS.fees)
    assert len({fill.execution_id for fill in fills}) == len(fills)
