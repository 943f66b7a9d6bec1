"""A flatten closes a position once nothing works in its symbol: what is there then, and not before."""

from decimal import Decimal
from functools import partial

from tests.services.execution_engine.conftest import Floor

from stockbot.events.streams import SIGNALS
from stockbot.events.trading import Flattening, Side, SignalGenerated
from stockbot.execution_engine import account_rows, watch_rows
from stockbot.execution_engine.watch_rows import PendingClose
from stockbot.testing.events import quote


async def ask(floor: Floor) -> None:
    pending = PendingClose(
        correlationid="close-1",
        symbol="AAPL",
        flatten=Flattening.ASKED,
        reason="anna: enough",
        asked_at=floor.clock.now(),
    )
    await floor.database.run(partial(watch_rows.add_closes, wanted=[pending]))


async def asked(floor: Floor) -> list[tuple[Side | None, Decimal | None]]:
    """The closing signals: side and quantity."""
    told = [event.data for event in await floor.told(SIGNALS) if isinstance(event, SignalGenerated)]
    return [(signal.side, signal.quantity) for signal in told]


async def look(floor: Floor, seconds: float = 0) -> None:
    floor.clock.advance(seconds)
    await floor.closes.look()


async def test_it_waits_for_the_cancellations_before_it(floor: Floor) -> None:
    """A working order keeps its shares: the close follows its end, with what was filled until then."""
    floor.quotes["AAPL"] = quote("AAPL", "100")
    floor.venue.fill(await floor.working(1), 10)
    stop = await floor.working(2, side=Side.SELL, quantity=Decimal(6))
    await floor.hear()
    await ask(floor)
    await look(floor, 1)
    assert await asked(floor) == []
    floor.venue.fill(stop, 6)
    await floor.hear()
    await look(floor)
    assert await asked(floor) == []  # risk may not have heard of it yet
    await look(floor, 1)
    assert await asked(floor) == [(Side.SELL, Decimal(4))]
    await look(floor, 1)
    assert len(await asked(floor)) == 1


async def test_it_does_not_wait_for_ever(floor: Floor) -> None:
    """A broker that does not answer a cancellation: after 15 seconds risk is asked all the same."""
    floor.quotes["AAPL"] = quote("AAPL", "100")
    floor.venue.fill(await floor.working(1), 10)
    await floor.working(2, side=Side.SELL)
    await floor.hear()
    await ask(floor)
    await look(floor, 15)
    assert await asked(floor) == [(Side.SELL, Decimal(10))]


async def test_every_holder_closes_its_own(floor: Floor) -> None:
    """Strategies, and shares that a person bought: each has its signal, all of one chain, and is flat after it."""
    floor.quotes["AAPL"] = quote("AAPL", "100")
    floor.venue.fill(await floor.working(1), 10)
    floor.venue.fill(await floor.working(2, strategy="manual", quantity=Decimal(4)), 4)
    await floor.hear()
    await ask(floor)
    await look(floor, 1)
    told = [event for event in await floor.told(SIGNALS) if isinstance(event, SignalGenerated)]
    closes = {"manual": 4, "trend": 10}
    assert {event.data.strategy: event.data.quantity for event in told} == closes
    assert {(event.correlationid, event.data.flatten) for event in told} == {("close-1", Flattening.ASKED)}
    assert len({event.id for event in told}) == len(told)
    for number, (strategy, quantity) in enumerate(closes.items(), start=3):
        name = await floor.working(number, strategy=strategy, side=Side.SELL, quantity=Decimal(quantity))
        floor.venue.fill(name, quantity)
    await floor.hear()
    assert await floor.database.read(partial(account_rows.positions, name="paper")) == {}


async def test_what_is_flat_by_then_needs_no_close(floor: Floor) -> None:
    """Its stop was filled first: there is nothing left to close."""
    floor.quotes["AAPL"] = quote("AAPL", "100")
    await ask(floor)
    await look(floor, 1)
    assert await asked(floor) == []
    assert await floor.database.read(watch_rows.closes) == []


async def test_without_a_price_a_person_hears_of_it(floor: Floor) -> None:
    """A signal is made from a price: a minute without one is an alert."""
    floor.venue.fill(await floor.working(1), 10)
    await floor.hear()
    await ask(floor)
    await look(floor, 30)
    assert await floor.alerts() == []
    await look(floor, 30)
    assert await floor.alerts() == ["execution/unclosed"]
    assert await floor.database.read(watch_rows.closes) == []
