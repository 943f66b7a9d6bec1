"""One account through orders, portfolios and days."""

from decimal import Decimal

from tests.services.risk_guardian.conftest import CASH, order_update, portfolio

from stockbot.events.portfolio import Position
from stockbot.events.trading import OrderState, Side
from stockbot.model.risk.account import Account
from stockbot.model.risk.valuation import equity, free_cash, lines
from stockbot.risk_guardian.account_state import AccountState, as_of, losses, take_order_update, take_portfolio

MARKS = {"AAPL": Decimal(100)}
BOUGHT = order_update(1, state=OrderState.FILLED, filled=10, fill=(10, "100"))
BOOKED = portfolio(
    2,
    through=1,
    cash=CASH - 1000,
    positions=(Position(symbol="AAPL", quantity=Decimal(10), average_price=Decimal(100)),),
)


def opened() -> AccountState:
    return take_portfolio(
        AccountState(account=Account(name="paper")), portfolio(1, through=0).data, "portfolio-manager/0"
    )


def with_order(state: AccountState) -> AccountState:
    return take_order_update(state, BOUGHT.data, BOUGHT.sequence, date="2026-03-02", marks=MARKS)


def with_booking(state: AccountState) -> AccountState:
    return take_portfolio(state, BOOKED.data, BOOKED.source)


def test_both_orders_of_arrival_end_the_same() -> None:
    """The fill first or the portfolio first: cash is spent once, and the account is worth what it was."""
    one, other = with_booking(with_order(opened())), with_order(with_booking(opened()))
    for state in (one, other):
        of_lines = lines(state.account, MARKS)
        assert free_cash(state.account, of_lines) == CASH - 1000
        assert equity(state.account, of_lines) == CASH
    assert one.account == other.account


def test_the_same_update_again_changes_nothing() -> None:
    """What was applied is known by its number, in the account and in the strategy's record."""
    once = with_order(opened())
    assert with_order(once) is once
    assert with_booking(with_booking(once)) == with_booking(once)


def test_a_portfolio_names_who_vouches_for_it() -> None:
    """Before the first portfolio nobody does; one that was taken over has its own source."""
    assert AccountState(account=Account(name="paper")).portfolio_source is None
    assert opened().portfolio_source == "portfolio-manager/0"


def test_day_and_peak_follow_the_session() -> None:
    """A session's first valuation starts its day; a loss leaves day and peak; the next session starts another day."""
    first = as_of(with_order(opened()), lines(with_order(opened()).account, MARKS), date="2026-03-02", marks=MARKS)
    lower = {"AAPL": Decimal(90)}
    fallen = as_of(first, lines(first.account, lower), date="2026-03-02", marks=lower)
    assert (fallen.day, fallen.peak) == (first.day, first.peak)
    following = as_of(fallen, lines(fallen.account, lower), date="2026-03-03", marks=lower)
    assert following.day is not None
    assert (following.day.date, following.day.equity) == ("2026-03-03", CASH - 100)
    assert following.peak == first.peak


def test_a_strategy_loses_its_own_money_alone() -> None:
    """What one strategy lost since the session's start is its own; one that never traded has lost nothing."""
    state = with_order(opened())
    sold = order_update(2, state=OrderState.FILLED, side=Side.SELL, filled=10, fill=(10, "90"), order="order-2")
    state = take_order_update(state, sold.data, sold.sequence, date="2026-03-02", marks=MARKS)
    assert losses(state, "trend", MARKS).strategy_loss == Decimal(100)
    assert losses(state, "trend", MARKS).losses_in_a_row == 1
    assert losses(state, "other", MARKS).strategy_loss == 0
