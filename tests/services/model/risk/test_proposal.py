"""Signals as orders: side and quantity out of a target, lots and ticks, the collar, and the bounds of each type."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from stockbot.events.trading import Intent, OrderTerms, OrderType, Side
from stockbot.model.risk.account import Hold
from stockbot.model.risk.inputs import Costs, DecisionInputs
from stockbot.model.risk.proposal import propose
from stockbot.model.risk.reservation import cash_per_share, highest_fee, price_bounds
from stockbot.testing.clock import START as NOW

Make = Callable[..., DecisionInputs]


@pytest.mark.parametrize(
    ("own", "target", "side", "quantity"),
    [
        (0, 10, "buy", 10),
        (4, 10, "buy", 6),
        (14, 10, "sell", 4),
        (10, 0, "sell", 10),
        (10, -5, "sell", 15),
        (-5, 10, "buy", 15),
        (10, 10, "buy", 0),
    ],
)
def test_a_target_becomes_what_is_missing(make: Make, own: int, target: int, side: str, quantity: int) -> None:
    """The order is the difference of the target and the strategy's position plus its working orders."""
    signal = {"intent": Intent.TARGET, "target": Decimal(target), "side": None, "quantity": None}
    order = propose(make({"signal": signal, "standing": {"own": Decimal(own)}}))
    assert (order.side, order.quantity) == (Side(side), Decimal(quantity))


@pytest.mark.parametrize("intent", [Intent.ENTER, Intent.EXIT])
def test_a_quantity_is_taken_as_it_is(make: Make, intent: Intent) -> None:
    """Where a quantity is asked for, a target beside it and what the strategy owns do not matter."""
    signal = {"intent": intent, "side": Side.SELL, "quantity": Decimal(7), "target": Decimal(3)}
    order = propose(make({"signal": signal, "standing": {"own": Decimal(5)}}))
    assert (order.side, order.quantity) == (Side.SELL, Decimal(7))


@pytest.mark.parametrize(
    ("wanted", "lot", "position", "quantity"),
    [
        ("10.9", "1", "0", "10"),
        ("0.9", "1", "0", "0"),
        ("250", "100", "0", "200"),
        ("10.123", "0.01", "0", "10.12"),
        ("10.5", "1", "10.5", "10.5"),  # all of it: no odd rest is left behind
        ("10.5", "1", "11", "10"),
    ],
)
def test_quantities_are_rounded_toward_zero(make: Make, wanted: str, lot: str, position: str, quantity: str) -> None:
    """A quantity is cut to whole lots, but for the order that closes the whole rest of a position."""
    changes: dict[str, Any] = {
        "instrument": {"lot": Decimal(lot)},
        "standing": {"book": {"position": Decimal(position)}},
    }
    order = propose(make(changes, {"signal": {"side": Side.SELL, "quantity": Decimal(wanted)}}))
    assert order.quantity == Decimal(quantity)


@pytest.mark.parametrize(
    ("side", "limit", "tick", "price"),
    [
        ("buy", "10.019", "0.01", "10.01"),
        ("sell", "10.011", "0.01", "10.02"),
        ("buy", "10.01", "0.01", "10.01"),
        ("sell", "10.01", "0.01", "10.01"),
        ("buy", "10.07", "0.05", "10.05"),
        ("sell", "10.06", "0.05", "10.10"),
        ("buy", "0.004", "0.01", "0.004"),
    ],
)
def test_prices_are_rounded_to_the_safe_side(make: Make, side: str, limit: str, tick: str, price: str) -> None:
    """A buy never pays more and a sell never takes less than was asked for."""
    terms = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(limit))
    order = propose(make({"signal": {"side": Side(side), "terms": terms}, "instrument": {"tick": Decimal(tick)}}))
    assert order.terms.limit_price == Decimal(price)


@pytest.mark.parametrize(("side", "bound"), [("buy", "101"), ("sell", "99")])
def test_a_market_order_leaves_with_a_collar(make: Make, side: str, bound: str) -> None:
    """A market order becomes a limit order at the reference price plus or minus the collar, and holds that bound."""
    order = propose(make({"signal": {"side": Side(side), "terms": OrderTerms()}, "costs": {"collar": Decimal("0.01")}}))
    assert (order.terms.order_type, order.terms.limit_price) == (OrderType.LIMIT, Decimal(bound))
    assert Decimal(bound) in (order.bounds.low, order.bounds.high)


def test_the_collar_follows_the_latest_price(make: Make) -> None:
    """The quote bounds the order, unless the signal was made from a later price or there is no quote."""
    market: dict[str, Any] = {
        "signal": {"terms": OrderTerms(), "reference_price": Decimal(90)},
        "costs": {"collar": Decimal("0.1")},
    }
    assert propose(make(market)).terms.limit_price == 110
    assert propose(make(market, {"quote": None})).terms.limit_price == 99
    assert propose(make(market, {"quote": {"source_time": NOW.replace(minute=0, hour=14)}})).terms.limit_price == 99


def test_without_a_collar_a_market_order_stays_one(make: Make) -> None:
    """Where the collar is off nothing bounds the price, and the gap allowance is held."""
    order = propose(make({"signal": {"terms": OrderTerms()}, "costs": {"collar": None}}))
    assert order.terms.order_type is OrderType.MARKET
    assert order.hold.per_share == 110


@pytest.mark.parametrize(
    ("side", "terms", "low", "high"),
    [
        ("buy", OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(95)), "95", "95"),
        ("sell", OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(95)), "95", "100"),
        ("sell", OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(110)), "110", "110"),
        ("buy", OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(120)), "100", "132"),
        ("sell", OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(80)), "72", "100"),
        (
            "buy",
            OrderTerms(order_type=OrderType.STOP_LIMIT, stop_price=Decimal(120), limit_price=Decimal(121)),
            "100",
            "121",
        ),
        ("buy", OrderTerms(order_type=OrderType.TRAILING_STOP, trail=Decimal(20)), "100", "132"),
        ("sell", OrderTerms(order_type=OrderType.TRAILING_STOP, trail=Decimal(20)), "72", "100"),
        ("buy", OrderTerms(), "100", "110"),
        ("sell", OrderTerms(), "90", "100"),
    ],
)
def test_what_an_order_may_fill_at(side: str, terms: OrderTerms, low: str, high: str) -> None:
    """A limit is a bound; a stop may gap through its trigger by the allowance."""
    bounds = price_bounds(terms, Side(side), Decimal(100))
    assert (bounds.low, bounds.high) == (Decimal(low), Decimal(high))


def test_the_cash_of_one_share() -> None:
    """A bought share keeps its price; a share sold short keeps 150 % of its value less the least proceeds."""
    bounds = price_bounds(OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(99)), Side.SELL, Decimal(100))
    assert cash_per_share(bounds, Side.SELL) == 51
    assert cash_per_share(price_bounds(OrderTerms(), Side.BUY, Decimal(100)), Side.BUY) == 110


def test_the_highest_fee_is_at_least_the_minimum() -> None:
    """Fees go by share, and no order is cheaper than the minimum."""
    costs = Costs(fee_per_share=Decimal("0.005"), minimum_fee=Decimal(1))
    assert highest_fee(Decimal(100), costs) == 1
    assert highest_fee(Decimal(1000), costs) == 5


def test_the_order_is_judged_with_itself_working(make: Make) -> None:
    """The line after the trade has the order beside those that work already; the line before has not."""
    earlier = Hold(strategy="other", symbol="AAPL", side=Side.BUY, quantity=Decimal(5), per_share=Decimal(100))
    order = propose(make({"standing": {"book": {"working": (earlier,)}}}))
    assert order.before.highest == 500
    assert order.after.highest == 1500


@pytest.mark.parametrize("price", ["1E-12", "1E15"])
def test_a_collar_stays_within_what_can_be_counted(make: Make, price: str) -> None:
    """At the smallest and the largest price a collar makes no order that cannot be written down."""
    prices = {"reference_price": Decimal(price), "terms": OrderTerms()}
    for side in Side:
        changes = {
            "signal": {**prices, "side": side},
            "quote": {"last": Decimal(price)},
            "costs": {"collar": Decimal("0.01")},
        }
        assert propose(make(changes)).terms.limit_price is not None
