"""Brackets at the paper broker: what an entry filled is closed once, at whichever price comes first."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.services.execution_engine.brokers.conformance import request
from tests.services.execution_engine.brokers.paper.conftest import Desk

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.execution_engine.brokers.paper.broker import PaperBroker
from stockbot.execution_engine.brokers.protocol import OrderRefused
from stockbot.model.fills.brackets import exit_id

BRACKET = OrderTerms(stop_loss=Decimal(95), take_profit=Decimal(110))
LOSS, PROFIT = exit_id("order-1", "stop_loss"), exit_id("order-1", "take_profit")


async def entered(desk: Desk, terms: OrderTerms = BRACKET, side: Side = Side.BUY) -> PaperBroker:
    """A broker with 10 AAPL filled at 100 dollars and the two exits working."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    await broker.submit(request(terms=terms, side=side))
    return broker


async def shown(desk: Desk, broker: PaperBroker, price: str, volume: str | None = None) -> None:
    desk.clock.advance(1)
    await desk.tick(broker, desk.quote(price, volume=volume))


async def states(broker: PaperBroker) -> list[tuple[OrderState, int]]:
    """State and filled shares of the stop and of the limit."""
    found = [await broker.order(client_order_id) for client_order_id in (LOSS, PROFIT)]
    return [(order.state, int(order.filled_quantity)) for order in found if order is not None]


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("94", [(OrderState.FILLED, 10), (OrderState.CANCELED, 0)]),
        ("111", [(OrderState.CANCELED, 0), (OrderState.FILLED, 10)]),
        ("100", [(OrderState.ACCEPTED, 0), (OrderState.ACCEPTED, 0)]),
    ],
)
@pytest.mark.parametrize("side", Side)
async def test_one_exit_cancels_the_other(
    desk: Desk, side: Side, price: str, expected: list[tuple[OrderState, int]]
) -> None:
    """Whichever price comes first closes the position, long or short, and the other order is over."""
    short = side is Side.SELL
    terms = replace(BRACKET, stop_loss=Decimal(110), take_profit=Decimal(95)) if short else BRACKET
    broker = await entered(desk, terms, side)
    await shown(desk, broker, price)
    await shown(desk, broker, price)
    assert await states(broker) == (expected[::-1] if short else expected)
    closed = price != "100"
    assert (await broker.positions() == []) is closed


async def test_what_one_exit_has_traded_the_other_does_not(desk: Desk) -> None:
    """After a part of the profit was taken the stop closes the rest and no share more."""
    broker = await entered(desk)
    await shown(desk, broker, "100", "1000")
    await shown(desk, broker, "110", "1040")  # a tenth of 40
    assert await states(broker) == [(OrderState.ACCEPTED, 0), (OrderState.PARTIALLY_FILLED, 4)]
    await shown(desk, broker, "90", "2000")
    assert await states(broker) == [(OrderState.CANCELED, 6), (OrderState.CANCELED, 4)]
    assert await broker.positions() == []


async def test_an_exit_never_opens_a_position(desk: Desk) -> None:
    """When somebody else has closed the position, the exits close nothing any more."""
    broker = await entered(desk)
    await broker.submit(request(2, side=Side.SELL))
    await shown(desk, broker, "90")
    await shown(desk, broker, "120")
    assert [state for state, _ in await states(broker)] == [OrderState.CANCELED, OrderState.CANCELED]
    assert await broker.positions() == []


async def test_the_part_of_an_entry_that_was_filled_is_protected(desk: Desk) -> None:
    """An entry that is canceled half way leaves exits for what it has filled; one without a fill leaves none."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100", volume="1000"))
    terms = replace(BRACKET, order_type=OrderType.LIMIT, limit_price=Decimal(98), time_in_force=TimeInForce.GTC)
    await broker.submit(request(terms=terms))
    await broker.submit(request(2, terms=terms))
    await broker.cancel("order-2")
    await shown(desk, broker, "98", "1030")
    assert await states(broker) == []
    await broker.cancel("order-1")
    assert [order.quantity for order in await broker.open_orders()] == [3, 3]


async def test_a_replaced_exit_stays_in_its_bracket(desk: Desk) -> None:
    """A stop that was moved closer still ends with the other exit."""
    broker = await entered(desk)
    closer = OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(99), time_in_force=TimeInForce.GTC)
    await broker.replace(LOSS, request(2, side=Side.SELL, terms=closer))
    await shown(desk, broker, "111")
    order = await broker.order("order-2")
    assert order is not None
    assert (order.state, await broker.positions()) == (OrderState.CANCELED, [])


async def test_the_exits_survive_a_restart(desk: Desk) -> None:
    """A protective stop is at the broker, whoever is away; it fills at the first quote seen."""
    broker = await entered(desk)
    await broker.close()
    again = desk.broker()
    await shown(desk, again, "80")
    assert await states(again) == [(OrderState.FILLED, 10), (OrderState.CANCELED, 0)]
    assert (await again.executions(desk.clock.now()))[-1].price == 80


@pytest.mark.parametrize(
    "terms",
    [
        replace(BRACKET, stop_loss=Decimal(111)),
        replace(BRACKET, stop_loss=Decimal("95.001")),
        replace(BRACKET, order_type=OrderType.LIMIT, limit_price=Decimal(100), extended_hours=True),
    ],
)
async def test_a_bracket_that_makes_no_sense_is_refused(desk: Desk, terms: OrderTerms) -> None:
    """A loss above the profit, a price between ticks, a session without stops."""
    broker = desk.broker()
    await desk.tick(broker, desk.quote("100"))
    with pytest.raises(OrderRefused):
        await broker.submit(request(terms=terms))
