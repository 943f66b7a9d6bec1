"""What every broker adapter does, whatever is behind it: the page of `brokers/protocol.py`, line by line."""

import asyncio
from decimal import Decimal
from itertools import pairwise, product

import pytest
from msgspec.structs import replace
from tests.services.execution_engine.brokers.conformance import (
    LIMIT_90,
    LONG_AGO,
    Venue,
    eventually,
    executions,
    filled,
    heard,
    known,
    request,
)

from stockbot.errors import Unavailable
from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.execution_engine.brokers.protocol import OrderNotOpen, OrderRefused

OPEN = {OrderState.SENT, OrderState.ACCEPTED}
ENDED = {OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.REJECTED}
GTC_90 = replace(LIMIT_90, time_in_force=TimeInForce.GTC)
PRICES: dict[OrderType, dict[str, Decimal]] = {
    OrderType.MARKET: {},
    OrderType.LIMIT: {"limit_price": Decimal(90)},
    OrderType.STOP: {"stop_price": Decimal(110)},
    OrderType.STOP_LIMIT: {"stop_price": Decimal(110), "limit_price": Decimal(111)},
    OrderType.TRAILING_STOP: {"trail": Decimal(5)},
}


async def test_an_order_is_accepted_and_filled(venue: Venue) -> None:
    """What was asked comes back, works under our id, and is filled in full by fills that say so."""
    answer = await venue.broker.submit(request())
    assert answer.state in OPEN
    assert (answer.symbol, answer.side, answer.quantity) == ("AAPL", Side.BUY, Decimal(10))
    await venue.trade("AAPL", "100", 10)
    order = await known(venue.broker, "order-1", lambda found: found.state is OrderState.FILLED)
    assert order.filled_quantity == 10
    fills = await executions(venue.broker, "order-1")
    assert sum(fill.quantity for fill in fills) == 10
    assert {fill.broker_order_id for fill in fills} == {order.broker_order_id}


async def test_a_repeated_id_is_refused_and_the_first_order_stays(venue: Venue) -> None:
    """Neither the same order nor another one under its id exists twice, while it works and after it has ended."""
    await venue.broker.submit(request(terms=LIMIT_90))
    with pytest.raises(OrderRefused):
        await venue.broker.submit(request(side=Side.SELL, quantity=Decimal(7)))
    order = await known(venue.broker, "order-1", lambda found: True)
    assert (order.state, order.side, order.quantity) == (OrderState.ACCEPTED, Side.BUY, Decimal(10))
    await venue.trade("AAPL", "89", 10)
    await known(venue.broker, "order-1", lambda found: found.state is OrderState.FILLED)
    with pytest.raises(OrderRefused):
        await venue.broker.submit(request(terms=LIMIT_90))
    assert [one.quantity for one in await venue.broker.positions()] == [10]


async def test_only_an_open_order_can_be_canceled(venue: Venue) -> None:
    """A cancel ends what works; for an order that has ended or never was it says that it is not open."""
    await venue.broker.submit(request(terms=LIMIT_90))
    await venue.broker.cancel("order-1")
    await known(venue.broker, "order-1", lambda found: found.state is OrderState.CANCELED)
    for client_order_id in ("order-1", "never-sent"):
        with pytest.raises(OrderNotOpen):
            await venue.broker.cancel(client_order_id)


async def test_a_partly_filled_order_keeps_its_fills_when_it_is_canceled(venue: Venue) -> None:
    """What was filled stays filled, and nothing of the rest is filled afterwards."""
    await venue.broker.submit(request())
    await venue.trade("AAPL", "100", 4)
    await known(venue.broker, "order-1", lambda found: found.filled_quantity == 4)
    await venue.broker.cancel("order-1")
    await known(venue.broker, "order-1", lambda found: found.state is OrderState.CANCELED)
    await venue.trade("AAPL", "100", 10)
    assert sum(fill.quantity for fill in await executions(venue.broker, "order-1")) == 4
    assert [one.quantity for one in await venue.broker.positions()] == [4]


async def test_a_replace_puts_one_order_in_the_place_of_another(venue: Venue) -> None:
    """The old one ends and names the new one, which works with its own quantity and price."""
    await venue.broker.submit(request(terms=GTC_90))
    better = replace(GTC_90, limit_price=Decimal(95))
    answer = await venue.broker.replace("order-1", request(2, quantity=Decimal(6), terms=better))
    assert (answer.client_order_id, answer.quantity, answer.terms.limit_price) == ("order-2", Decimal(6), Decimal(95))
    old = await known(venue.broker, "order-1", lambda found: found.state is OrderState.CANCELED)
    assert old.replaced_by == "order-2"
    await eventually(venue.broker.open_orders, lambda found: [one.client_order_id for one in found] == ["order-2"])
    await venue.trade("AAPL", "94", 10)
    await known(venue.broker, "order-2", lambda found: found.state is OrderState.FILLED)
    assert [one.quantity for one in await venue.broker.positions()] == [6]


async def test_a_replace_that_cannot_be_changes_nothing(venue: Venue) -> None:
    """An order that is not open is not replaced, nor is one by an order that the broker would not take."""
    await venue.broker.submit(request(terms=GTC_90))
    with pytest.raises(OrderRefused):
        await venue.broker.replace("order-1", request(2, terms=replace(GTC_90, limit_price=Decimal("90.001"))))
    assert (await known(venue.broker, "order-1", lambda found: True)).state is OrderState.ACCEPTED
    assert await venue.broker.order("order-2") is None
    await venue.broker.cancel("order-1")
    await known(venue.broker, "order-1", lambda found: found.state is OrderState.CANCELED)
    for client_order_id in ("order-1", "never-sent"):
        with pytest.raises(OrderNotOpen):
            await venue.broker.replace(client_order_id, request(3, terms=GTC_90))


async def test_an_unknown_order_is_none(venue: Venue) -> None:
    """None is said for certain, so that an intent can be known as not sent."""
    assert await venue.broker.order("never-sent") is None


async def test_partial_fills_add_up_to_the_filled_quantity(venue: Venue) -> None:
    """At every moment the executions are as many shares as the order says, each under an id of its own."""
    await venue.broker.submit(request())
    for done in (3, 6, 9, 10):
        await venue.trade("AAPL", "100", 3)
        await known(venue.broker, "order-1", lambda found, done=done: found.filled_quantity == done)  # type: ignore[misc]
        fills = await executions(venue.broker, "order-1")
        assert sum(fill.quantity for fill in fills) == done
        assert len({fill.execution_id for fill in fills}) == len(fills)


async def test_executions_are_the_same_each_time(venue: Venue) -> None:
    """Asked again, and from a moment in between, the same fills have the same ids."""
    await filled(venue, request(1))
    await filled(venue, request(2, symbol="MSFT"))
    first = await venue.broker.executions(LONG_AGO)
    assert await venue.broker.executions(LONG_AGO) == first
    later = await venue.broker.executions(first[-1].executed_at)
    assert first[-1] in later
    assert all(fill in first for fill in later)


async def test_cash_and_positions_follow_the_fills_to_the_cent(venue: Venue) -> None:
    """Through a buy, a partial sale and a flip to short, all that changed is what the executions say.

    A broker may refuse to flip a position by one order; then closing it and opening the other are two.
    """
    before = (await venue.broker.account()).cash
    await filled(venue, request(1))
    await filled(venue, request(2, side=Side.SELL, quantity=Decimal(4)), "104")
    try:
        await filled(venue, request(3, side=Side.SELL, quantity=Decimal(9)), "96")
    except OrderRefused:
        await filled(venue, request(4, side=Side.SELL, quantity=Decimal(6)), "96")
        await filled(venue, request(5, side=Side.SELL, quantity=Decimal(3)), "96")
    fills = await venue.broker.executions(LONG_AGO)
    signed = [(fill, fill.quantity if fill.side is Side.BUY else -fill.quantity) for fill in fills]
    spent = sum(quantity * fill.price + fill.fee for fill, quantity in signed)
    assert (await venue.broker.account()).cash == before - spent
    positions = await venue.broker.positions()
    assert [(one.symbol, one.quantity) for one in positions] == [("AAPL", Decimal(-3))]
    assert positions[0].average_price == fills[-1].price


async def test_a_closed_position_is_not_listed(venue: Venue) -> None:
    """Flat is the absence of a position."""
    await filled(venue, request(1))
    await filled(venue, request(2, side=Side.SELL))
    assert await venue.broker.positions() == []


async def test_updates_tell_the_order_and_its_fills(venue: Venue) -> None:
    """Whoever listens hears of the fill with its execution, the same as `executions` gives, and of the last state."""
    updates = venue.broker.updates()
    listening = asyncio.create_task(heard(updates, lambda update: update.order.state is OrderState.FILLED))
    await asyncio.sleep(0)
    await filled(venue, request())
    told = [update for update in await listening if update.order.client_order_id == "order-1"]
    assert [update.execution for update in told if update.execution] == await executions(venue.broker, "order-1")
    assert told[-1].order.filled_quantity == 10
    assert all(a.order.filled_quantity <= b.order.filled_quantity for a, b in pairwise(told))


async def test_updates_tell_of_a_cancel(venue: Venue) -> None:
    """The end of an order is told as well where it brings no fill."""
    updates = venue.broker.updates()
    listening = asyncio.create_task(heard(updates, lambda update: update.order.state is OrderState.CANCELED))
    await asyncio.sleep(0)
    await venue.broker.submit(request(terms=LIMIT_90))
    await venue.broker.cancel("order-1")
    last = (await listening)[-1]
    assert (last.order.client_order_id, last.execution) == ("order-1", None)


@pytest.mark.parametrize(("order_type", "time_in_force"), list(product(OrderType, TimeInForce)))
async def test_every_kind_of_order_is_taken_or_refused(
    venue: Venue, order_type: OrderType, time_in_force: TimeInForce
) -> None:
    """An order of any type and time in force exists afterwards as it was asked for, or was refused and does not."""
    terms = OrderTerms(order_type=order_type, time_in_force=time_in_force, **PRICES[order_type])  # type: ignore[arg-type]
    try:
        await venue.broker.submit(request(terms=terms))
    except OrderRefused:
        assert await venue.broker.order("order-1") is None
    else:
        order = await known(venue.broker, "order-1", lambda found: True)
        assert order.terms == terms
        assert order.state in OPEN | {OrderState.CANCELED, OrderState.EXPIRED}


@pytest.mark.parametrize("order_type", [OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT])
@pytest.mark.parametrize("time_in_force", [TimeInForce.DAY, TimeInForce.GTC])
async def test_the_usual_orders_are_taken(venue: Venue, order_type: OrderType, time_in_force: TimeInForce) -> None:
    """No adapter refuses what strategies send every day."""
    terms = OrderTerms(order_type=order_type, time_in_force=time_in_force, **PRICES[order_type])  # type: ignore[arg-type]
    assert (await venue.broker.submit(request(terms=terms))).state in OPEN


@pytest.mark.parametrize(
    "terms",
    [
        OrderTerms(order_type=OrderType.LIMIT),
        OrderTerms(order_type=OrderType.STOP),
        OrderTerms(order_type=OrderType.STOP_LIMIT, stop_price=Decimal(110)),
        OrderTerms(order_type=OrderType.TRAILING_STOP),
        OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal("90.001")),
        OrderTerms(order_type=OrderType.MARKET, extended_hours=True),
    ],
    ids=["limit", "stop", "stop-limit", "trail", "tick", "extended"],
)
async def test_an_order_that_makes_no_sense_is_refused(venue: Venue, terms: OrderTerms) -> None:
    """A missing price, a price between ticks, a market order in extended hours: refused in words, and no order."""
    with pytest.raises(OrderRefused, match=r"\w{3}"):
        await venue.broker.submit(request(terms=terms))
    assert await venue.broker.order("order-1") is None


async def test_an_order_that_nobody_could_pay_is_refused(venue: Venue) -> None:
    """The account's buying power bounds what is taken."""
    with pytest.raises(OrderRefused):
        await venue.broker.submit(request(quantity=Decimal(100_000_000)))
    assert await venue.broker.open_orders() == []


async def test_a_stop_waits_for_its_price(venue: Venue) -> None:
    """Below its stop price a buy stop does nothing; once the market is there it fills."""
    stop = OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(110), time_in_force=TimeInForce.GTC)
    await venue.broker.submit(request(terms=stop))
    await venue.trade("AAPL", "109", 10)
    assert (await known(venue.broker, "order-1", lambda found: True)).state in OPEN
    await venue.trade("AAPL", "111", 10)
    await known(venue.broker, "order-1", lambda found: found.state is OrderState.FILLED)


async def test_a_limit_is_never_passed(venue: Venue) -> None:
    """A buy above its limit waits, and no fill is dearer than the limit."""
    await venue.broker.submit(request(terms=LIMIT_90))
    await venue.trade("AAPL", "91", 10)
    assert await executions(venue.broker, "order-1") == []
    await venue.trade("AAPL", "90", 10)
    await known(venue.broker, "order-1", lambda found: found.state is OrderState.FILLED)
    assert all(fill.price <= 90 for fill in await executions(venue.broker, "order-1"))


async def test_a_restarted_adapter_sees_the_same(venue: Venue) -> None:
    """Account, positions, executions, open and ended orders are at the broker, not in the adapter."""
    await filled(venue, request(1))
    await venue.broker.submit(request(2, terms=GTC_90))
    before = await _everything(venue)
    await venue.restart()
    assert await _everything(venue) == before
    with pytest.raises(OrderRefused):
        await venue.broker.submit(request(1))
    await venue.trade("AAPL", "89", 10)
    await known(venue.broker, "order-2", lambda found: found.state is OrderState.FILLED)


async def test_close_ends_the_updates(venue: Venue) -> None:
    """Who listens when the adapter is closed is told so, and does not wait for ever."""
    updates = venue.broker.updates()
    listening = asyncio.create_task(heard(updates, lambda update: False))
    await asyncio.sleep(0)
    await venue.broker.close()
    with pytest.raises(Unavailable):
        await listening


async def _everything(venue: Venue) -> list[object]:
    broker = venue.broker
    return [
        await broker.account(),
        await broker.positions(),
        await broker.executions(LONG_AGO),
        await broker.open_orders(),
        await broker.order("order-1"),
        await broker.activities(LONG_AGO),
    ]
