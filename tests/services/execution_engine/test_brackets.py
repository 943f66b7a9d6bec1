"""The exits of a bracket at the broker: one at a time, for what was filled, and never more."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.services.execution_engine.conftest import Floor, order_of

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side
from stockbot.model.orders.broker import OrderRequest
from stockbot.testing.events import quote

TERMS = OrderTerms(
    order_type=OrderType.LIMIT, limit_price=Decimal(101), stop_loss=Decimal(90), take_profit=Decimal(110)
)
STOP, PROFIT, STOP_AGAIN = order_of(1, 1, 0), order_of(1, 2, 0), order_of(1, 1, 1)


async def price(floor: Floor, last: str, *, stale: bool = False) -> None:
    """A tick, and everything that follows from it."""
    floor.quotes["AAPL"] = replace(quote("AAPL", last), stale=stale)
    for _ in range(3):
        await floor.brackets.look()
        await floor.send()
        await floor.cancels.cancel_all()
        await floor.hear()


@pytest.fixture
async def bracket(floor: Floor) -> Floor:
    """An entry that filled its ten shares at 100."""
    name = await floor.working(terms=TERMS)
    floor.venue.fill(name, 10)
    await floor.hear()
    await price(floor, "100")
    return floor


async def test_what_was_filled_is_protected_at_the_broker(bracket: Floor) -> None:
    """A stop order of the same decision and chain, good till canceled; the entry itself is a plain order there."""
    stop = await bracket.order(STOP)
    assert (stop.state, stop.quantity, stop.terms.stop_price) == (OrderState.ACCEPTED, Decimal(10), Decimal(90))
    assert (stop.decision_id, stop.correlationid, stop.terms.time_in_force) == ("decision-1", "chain-1", "gtc")
    assert bracket.venue.submitted == [order_of(), STOP]
    assert not bracket.venue.orders[order_of()].terms.is_bracket


async def test_the_stop_makes_way_at_the_profit_and_comes_back(bracket: Floor) -> None:
    """110: the stop is canceled, then the limit is sent; 99: the reverse, for what is left."""
    await price(bracket, "110")
    assert bracket.venue.canceled == [STOP]
    assert (await bracket.order(PROFIT)).terms.limit_price == Decimal(110)
    bracket.venue.fill(PROFIT, 4, "110")
    await bracket.hear()
    await price(bracket, "99")
    again = await bracket.order(STOP_AGAIN)
    assert (again.state, again.quantity) == (OrderState.ACCEPTED, Decimal(6))
    bracket.venue.fill(STOP_AGAIN, 6, "90")
    await bracket.hear()
    await price(bracket, "90")
    assert (await bracket.order(order_of())).bracket_over == "all that was filled is closed"
    assert bracket.venue.shares["AAPL"] == 0
    assert await bracket.alerts() == []


async def test_an_old_price_moves_nothing(bracket: Floor) -> None:
    """A stale quote is no price."""
    await price(bracket, "110", stale=True)
    assert bracket.venue.canceled == []


async def test_an_exit_that_somebody_cancels_stays_away(bracket: Floor) -> None:
    """A person took over: nothing is placed again, and it is said that the shares have no exit."""
    order = await bracket.order(STOP)
    await bracket.database.run(lambda c: bracket.cancels.ask(c, [order], "anna: I watch it myself"))
    await price(bracket, "100")
    await price(bracket, "111")
    assert bracket.venue.submitted == [order_of(), STOP]
    assert await bracket.alerts() == ["execution/unprotected"]


async def test_exits_wait_while_trading_is_halted(floor: Floor) -> None:
    """They are not given up: once it is not halted they leave."""
    name = await floor.working(terms=TERMS)
    floor.venue.fill(name, 10)
    await floor.hear()
    await floor.halt()
    await price(floor, "100")
    assert (await floor.order(STOP)).state is OrderState.INTENT
    await floor.database.run(lambda c: c.exec_driver_sql("UPDATE risk_trading_state SET effective = 'Reducing'"))
    await price(floor, "100")
    assert (await floor.order(STOP)).state is OrderState.ACCEPTED


async def test_a_crash_between_two_steps_changes_nothing(bracket: Floor) -> None:
    """The same step taken again by the next process finds the same exit: its id is the same, and it is there once."""
    before = list(bracket.venue.submitted)
    for _ in range(3):
        await bracket.brackets.look()
        await bracket.send()
    assert bracket.venue.submitted == before


async def test_a_bracket_placed_by_hand_is_the_brokers_own(floor: Floor) -> None:
    """We send no exits for an order that no decision of ours stands behind."""
    floor.venue.take_by_hand(
        OrderRequest(client_order_id="by-hand", symbol="AAPL", side=Side.BUY, quantity=Decimal(5), terms=TERMS)
    )
    floor.venue.fill("by-hand", 5, tells=False)
    await floor.reconciler.run()
    await price(floor, "100")
    assert floor.venue.submitted == ["by-hand"]
