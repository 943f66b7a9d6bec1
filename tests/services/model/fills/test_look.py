"""What holds of every order, whatever its terms and whatever the market does."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.services.model.fills.scenes import FREE, RULES, market, order, seen

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.model.fills.fees import fee_of
from stockbot.model.fills.look import Market, look
from stockbot.model.fills.order import WorkingOrder
from stockbot.model.fills.prices import touch_of
from stockbot.model.fills.rules import FeeSchedule
from stockbot.model.fills.terms import NEEDED, flaw, tick_of
from stockbot.testing.clock import START

PRICE = st.decimals("0.5", 200, places=2)


@st.composite
def orders(draw: st.DrawFn) -> WorkingOrder:
    """Any order that the venue takes."""
    kind = draw(st.sampled_from(OrderType))
    prices: dict[str, Any] = {name: draw(PRICE) for name in NEEDED[kind]}
    terms = draw(st.sampled_from(TimeInForce).map(lambda tif: OrderTerms(order_type=kind, time_in_force=tif, **prices)))
    quantity = draw(st.decimals("0.5", 5000, places=1))
    if flaw(quantity, terms) is not None:
        terms = replace(terms, time_in_force=TimeInForce.GTC)
    return replace(order(draw(st.sampled_from(Side))), terms=terms, quantity=quantity)


@st.composite
def markets(draw: st.DrawFn) -> list[Market]:
    """Up to twelve looks, minutes or hours apart, at a market that may be shut, stale, without a book or a volume."""
    shown, volume, at = [], 0, START
    for _ in range(draw(st.integers(1, 12))):
        at += timedelta(minutes=draw(st.integers(1, 300)))
        volume += draw(st.integers(0, 30_000))
        known = {} if draw(st.booleans()) else {"bid": None, "ask": None}
        told = str(volume) if draw(st.integers(0, 9)) else None
        one = market(str(draw(PRICE)), at=at, volume=told, **known)
        shown.append(replace(one, fresh=draw(st.integers(0, 5)) > 0))
    return shown


@given(what=orders(), shown=markets())
def test_a_fill_is_never_worse_than_the_limit(what: WorkingOrder, shown: list[Market]) -> None:
    """Nor is it better than the quote that it was made from, or at a price between ticks."""
    sign = 1 if what.side is Side.SELL else -1
    for one in shown:
        outcome = look(what, one, RULES, FREE)
        what = outcome.order
        for price in [step.fill.price for step in outcome.steps if step.fill is not None]:
            assert what.limit is None or price * sign >= what.limit * sign
            assert price * sign <= touch_of(one.quote, what.side, RULES) * sign
            assert price % tick_of(price) == 0
        if not what.is_open:
            break


@given(what=orders(), shown=markets())
def test_fills_add_up_to_the_filled_quantity(what: WorkingOrder, shown: list[Market]) -> None:
    """Never more than was ordered; value and fees are those of the fills, which are numbered from one."""
    schedule = FeeSchedule()
    outcome = seen(what, *shown, rules=RULES, fees=schedule)
    fills = [step.fill for step in outcome.steps if step.fill is not None]
    after = outcome.order
    assert after.filled == sum(fill.quantity for fill in fills) <= what.quantity
    assert after.value == sum(fill.quantity * fill.price for fill in fills)
    assert after.fees == sum(fill.fee for fill in fills) == fee_of(after.filled, after.value, schedule)
    assert [fill.number for fill in fills] == list(range(1, after.fills + 1))
    assert (after.state is OrderState.FILLED) == (after.filled == what.quantity)
    assert all(fill.quantity > 0 for fill in fills)


@given(what=orders(), shown=markets())
def test_nothing_fills_on_a_stale_quote(what: WorkingOrder, shown: list[Market]) -> None:
    """Whatever the order and whatever the prices say."""
    assert all(step.fill is None for step in seen(what, *(replace(one, fresh=False) for one in shown)).steps)


@given(what=orders(), shown=markets())
def test_the_same_quote_again_changes_nothing(what: WorkingOrder, shown: list[Market]) -> None:
    """A tick that is told twice fills nothing twice, as long as the volume is known."""
    after = seen(what, *shown, rules=RULES).order
    if after.is_open and shown[-1].quote.volume is not None:
        assert look(after, shown[-1], RULES, FREE).order == after
