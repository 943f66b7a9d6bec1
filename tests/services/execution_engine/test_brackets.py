"""The exits of a bracket at the broker: one at a time, for what was filled, and never more."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.services.execution_engine.conftest import Floor, order_of

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side
from stockbot.model.orders.broker import OrderRequest
from stockbot.model.orders.closing import to_cancel
from stockbot.testing.events import quote

TERMS = OrderTerms(
    order_type=OrderType.LIMIT, limit_price=Decimal(101), stop_loss=Decimal(90), take_profit=Decimal(110)
)
STOP, PROFIT, STOP_AGAIN = order_of(1, 1, 0), order_of(1, 2, 0), order_of(1, 1, 1)


async def price(floor: Floor, last: str, *, stale: bool = False) -> None:
    """A tick, and everything that follows from it."""
    floor.quotes["AAPL"] = replace(quote("AAPL", last), stale=stale, receive_time=floor.clock.now())
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


async def test_a_price_that_nobody_renews_is_none(bracket: Floor) -> None:
    """Market data has ended at the profit: the limit makes way for the stop again, which works without us."""
    await price(bracket, "110")
    bracket.clock.advance(31)
    for _ in range(3):
        await bracket.brackets.look()
        await bracket.send()
        await bracket.cancels.cancel_all()
        await bracket.hear()
    assert (await bracket.order(STOP_AGAIN)).state is OrderState.ACCEPTED


async def test_shares_that_the_strategy_closes_itself_are_not_closed_twice(bracket: Floor) -> None:
    """Its exit comes in between two exits of the bracket: they wait for it, and there is nothing left for them."""
    bracket.quotes["AAPL"] = quote("AAPL", "110")
    await bracket.brackets.look()
    await bracket.cancels.cancel_all()
    await bracket.hear()
    own = await bracket.working(2, side=Side.SELL, reduction=True)
    await price(bracket, "110")
    assert bracket.venue.submitted == [order_of(), STOP, own]
    bracket.venue.fill(own, 10, "110")
    await bracket.hear()
    await price(bracket, "110")
    assert bracket.venue.shares["AAPL"] == 0
    assert bracket.venue.submitted == [order_of(), STOP, own]
    assert (await bracket.order(order_of())).bracket_over == "all that was filled is closed"


async def test_shares_that_a_person_sold_are_not_closed_again(bracket: Floor) -> None:
    """Sold by hand at the broker: the stop is placed anew for the rest, and is over when nothing is left."""
    request = OrderRequest(
        client_order_id="by-hand", symbol="AAPL", side=Side.SELL, quantity=Decimal(6), terms=OrderTerms()
    )
    bracket.venue.take_by_hand(request)
    bracket.venue.fill("by-hand", 6, "100")
    await bracket.hear()
    await price(bracket, "100")
    await price(bracket, "100")
    assert (await bracket.order(STOP_AGAIN)).quantity == 4
    assert [one.client_order_id for one in await bracket.venue.open_orders()] == [STOP_AGAIN]


async def test_a_person_who_cancels_while_it_makes_way_is_heard(bracket: Floor) -> None:
    """Nothing is placed after it: what a person cancels stays away."""
    bracket.quotes["AAPL"] = quote("AAPL", "110")
    await bracket.brackets.look()
    (order,) = to_cancel([await bracket.order(STOP)])
    await bracket.database.run(lambda c: bracket.cancels.ask(c, [order], "anna: enough"))
    await bracket.cancels.cancel_all()
    await bracket.hear()
    await price(bracket, "110")
    assert bracket.venue.submitted == [order_of(), STOP]


async def test_an_exit_carries_strategy_signal_and_decision(bracket: Floor) -> None:
    """Also as it is told, and as it is filled; the name says the same to who only has the broker's word."""
    bracket.venue.fill(STOP, 10, "90")
    await bracket.hear()
    for told in await bracket.updates(STOP):
        assert (told.data.strategy, told.data.signal_id, told.data.decision_id) == ("trend", "signal-1", "decision-1")


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


async def test_an_exit_that_may_not_leave_waits(floor: Floor) -> None:
    """Another strategy is short of as much, so it would open something while risk is gone: later it leaves."""
    await floor.working(2, side=Side.SELL, strategy="reversion")
    floor.venue.fill(floor.venue.submitted[0], 10)
    name = await floor.working(terms=TERMS)
    floor.venue.fill(name, 10)
    await floor.hear()
    floor.gates = ("risk is gone",)
    await price(floor, "100")
    assert (await floor.order(STOP)).state is OrderState.INTENT
    floor.gates = ()
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
