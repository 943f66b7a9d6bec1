"""What an account can carry: settled cash and held shares, or half of what is at risk."""

from decimal import Decimal
from typing import Any

import pytest
from tests.services.model.fills.scenes import FREE, RULES, order, quote

from stockbot.events.trading import OrderType, Side
from stockbot.model.fills.buying_power import Carrying, judged_price, shortfall
from stockbot.model.fills.funds import Funds, Holding
from stockbot.model.fills.order import WorkingOrder
from stockbot.model.fills.rules import FeeSchedule

LIMIT = {"order_type": OrderType.LIMIT, "limit_price": "100"}
STOP = {"order_type": OrderType.STOP, "stop_price": "100"}


def carrying(cash: str = "1000", position: str = "0", *working: WorkingOrder, **changes: Any) -> Carrying:
    """An account with that cash and position in AAPL, marked at 100 dollars, with orders at 100 dollars working."""
    holding = Holding(symbol="AAPL", quantity=Decimal(position), average_price=Decimal(100))
    facts: dict[str, Any] = {
        "funds": Funds(cash=Decimal(cash), holdings={"AAPL": holding}),
        "price": Decimal(100),
        "working": tuple((other, Decimal(100)) for other in working),
        "marks": {"AAPL": Decimal(100)},
        "date": "2026-03-02",
        "fees": FREE,
    }
    return Carrying(**(facts | changes))


def buy(quantity: int = 10, **changes: Any) -> WorkingOrder:
    return order(Side.BUY, quantity, **changes)


def sell(quantity: int = 10, **changes: Any) -> WorkingOrder:
    return order(Side.SELL, quantity, **changes)


@pytest.mark.parametrize(
    ("wanted", "account", "fits"),
    [
        (buy(10), carrying("1000"), True),
        (buy(10), carrying("999.99"), False),
        (buy(10), carrying("1000", fees=FeeSchedule()), False),  # the fee has to be paid as well
        (buy(5), carrying("1000", "0", buy(6)), False),  # an open buy holds its cash
        (buy(5), carrying("1000", "0", sell(6)), True),
        (buy(1), carrying("1000", price=None), False),  # what it costs is not known
        (sell(10), carrying("0", "10"), True),
        (sell(11), carrying("0", "10"), False),
        (sell(10), carrying("0", "10", sell(1)), False),
        (sell(10, **STOP), carrying("0", "10", sell(10, **LIMIT)), False),  # both may trade
        (sell(10, **STOP), carrying("0", "10", sell(1, **STOP)), False),
        (sell(10), carrying("0", "10", price=None), True),
    ],
)
def test_a_cash_account(wanted: WorkingOrder, account: Carrying, fits: bool) -> None:
    """It pays with free and settled cash, and sells what it holds."""
    assert (shortfall(wanted, account, cash_only=True) is None) is fits


def test_unsettled_proceeds_pay_for_nothing() -> None:
    """They do on the next session's day."""
    funds = Funds(cash=Decimal(1000), unsettled=Decimal(1), unsettled_on="2026-03-02")
    assert shortfall(buy(10), carrying(funds=funds), cash_only=True)
    assert shortfall(buy(10), carrying(funds=funds, date="2026-03-03"), cash_only=True) is None


@pytest.mark.parametrize(
    ("wanted", "account", "fits"),
    [
        (buy(20), carrying("1000"), True),
        (buy(21), carrying("1000"), False),
        (buy(10), carrying("1000", "0", buy(10)), True),
        (buy(10), carrying("1000", "0", buy(11)), False),
        (sell(20), carrying("1000"), True),  # short
        (sell(21), carrying("1000"), False),
        (sell(10), carrying("-900", "10"), True),  # a reduction, whatever the equity
        (sell(11), carrying("-900", "10"), False),  # which a flip is not
        (sell(10, **STOP), carrying("-900", "10", sell(10, **LIMIT)), False),  # both may trade
        (sell(10), carrying("-900", "10", sell(1)), False),
        (buy(10), carrying("1100", "-10"), True),  # closes a short
        (buy(1), carrying("1000", price=None), False),
        (sell(10), carrying("0", "10", price=None), True),
    ],
)
def test_a_margin_account(wanted: WorkingOrder, account: Carrying, fits: bool) -> None:
    """Its equity covers half of what all its orders could leave it with; a reduction always fits."""
    assert (shortfall(wanted, account, cash_only=False) is None) is fits


@pytest.mark.parametrize(
    ("wanted", "price"),
    [
        (buy(), "100.04"),
        (sell(), "99.97"),
        (buy(order_type=OrderType.LIMIT, limit_price="90"), "90"),
        (buy(order_type=OrderType.STOP, stop_price="110"), "110"),
        (buy(order_type=OrderType.STOP_LIMIT, stop_price="110", limit_price="112"), "112"),
        (buy(order_type=OrderType.TRAILING_STOP, trail="3"), "100.04"),
    ],
)
def test_the_price_that_an_order_is_judged_at(wanted: WorkingOrder, price: str) -> None:
    """Its own where it names one, else the market's with slippage."""
    assert judged_price(wanted, quote(), RULES) == Decimal(price)


def test_a_market_order_has_no_price_without_a_quote() -> None:
    """Then nobody knows what it costs."""
    assert judged_price(buy(), None, RULES) is None
