"""Holds and fills of an account: every report an order can give, each stream ahead of the other, and repeats."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from stockbot.errors import Conflict
from stockbot.events.portfolio import Portfolio, Position
from stockbot.events.trading import Execution, OrderReport, OrderState, Side
from stockbot.model.risk.account import (
    Account,
    Hold,
    apply_order_update,
    apply_portfolio,
    hold,
    open_orders,
    release,
    successor,
)
from stockbot.model.risk.standing import standing
from stockbot.model.risk.valuation import equity, free_cash, lines
from stockbot.testing.clock import START as NOW

MARKS = {"AAPL": Decimal(10)}
KEPT = Hold(
    strategy="trend", symbol="AAPL", side=Side.BUY, quantity=Decimal(100), per_share=Decimal("10.10"), fee=Decimal(1)
)


def portfolio(version: int, through: int, cash: str, shares: str = "0", *, settled: str | None = None) -> Portfolio:
    return Portfolio(
        account="paper",
        version=version,
        through_sequence=through,
        cash=Decimal(cash),
        settled_cash=None if settled is None else Decimal(settled),
        positions=(Position(symbol="AAPL", quantity=Decimal(shares), average_price=Decimal(10), mark=Decimal(10)),),
    )


def report(state: OrderState, *, filled: str = "0", fill: str = "", quantity: str = "100", **other: str) -> OrderReport:
    execution = (
        Execution(execution_id="e", quantity=Decimal(fill), price=Decimal(10), fee=Decimal(1), executed_at=NOW)
        if fill
        else None
    )
    return OrderReport(
        account=other.get("account", "paper"),
        client_order_id=other.get("order", "order-1"),
        decision_id=other.get("decision", "decision-1"),
        strategy="trend",
        symbol="AAPL",
        side=Side(other.get("side", "buy")),
        state=state,
        quantity=Decimal(quantity),
        filled_quantity=Decimal(filled),
        execution=execution,
    )


OPENED = hold(apply_portfolio(Account(name="paper"), portfolio(1, 0, "5000")), "decision-1", KEPT)


def free(account: Account) -> Decimal | None:
    return free_cash(account, lines(account, MARKS))


def test_nothing_is_known_before_the_first_portfolio() -> None:
    """Holds alone tell neither free cash nor equity."""
    account = hold(Account(name="paper"), "decision-1", KEPT)
    assert free(account) is None
    assert equity(account, lines(account, MARKS)) is None


def test_a_hold_is_bound_times_quantity_plus_fee() -> None:
    """An approved order takes its bound, its quantity and the highest fee from what is free."""
    assert free(OPENED) == Decimal(5000) - Decimal("10.10") * 100 - 1


@pytest.mark.parametrize("state", [OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED])
def test_an_order_that_ends_unfilled_frees_everything(state: OrderState) -> None:
    """Cancel, rejection and expiry give back the whole hold, also as an order's first report."""
    assert free(apply_order_update(OPENED, report(state), 1)) == 5000


@pytest.mark.parametrize(
    "state",
    [
        OrderState.INTENT,
        OrderState.SENT,
        OrderState.UNKNOWN,
        OrderState.ACCEPTED,
        OrderState.TRIGGERED,
        OrderState.PENDING_CANCEL,
        OrderState.PENDING_REPLACE,
    ],
)
def test_a_working_order_keeps_its_hold(state: OrderState) -> None:
    """Nothing is freed while the order may still fill: neither a pending cancel nor a silence is an end."""
    assert free(apply_order_update(OPENED, report(state), 1)) == free(OPENED)


def test_a_partial_fill_moves_money_from_hold_to_spent() -> None:
    """The fill's shares leave the hold and its cost is spent; the rest and its fee stay held."""
    account = apply_order_update(OPENED, report(OrderState.PARTIALLY_FILLED, filled="40", fill="40"), 1)
    assert account.holds["order-1"].leaves == 60
    assert free(account) == 5000 - (400 + 1) - Decimal("10.10") * 60
    ended = apply_order_update(account, report(OrderState.CANCELED, filled="40"), 2)
    assert free(ended) == 5000 - 401
    assert not ended.holds


def test_either_stream_may_come_first() -> None:
    """Orders first or portfolio first: the end is the same, and in between nothing spent is free."""
    filled, booked = report(OrderState.FILLED, filled="100", fill="100"), portfolio(2, 1, "3999", "100")
    orders_first = apply_order_update(OPENED, filled, 1)
    portfolio_first = apply_portfolio(OPENED, booked)
    assert free(orders_first) == 3999
    assert free(portfolio_first) == 3999 - Decimal("10.10") * 100 - 1
    ends = apply_portfolio(orders_first, booked), apply_order_update(portfolio_first, filled, 1)
    assert ends[0] == ends[1]
    assert free(ends[0]) == 3999
    assert equity(ends[0], lines(ends[0], MARKS)) == 4999


def test_equity_counts_unbooked_fills() -> None:
    """Equity is cash + sum(quantity x mark) before and after the portfolio has booked the fill."""
    account = apply_order_update(OPENED, report(OrderState.FILLED, filled="100", fill="100"), 1)
    assert equity(account, lines(account, MARKS)) == 4999


def test_repeats_and_older_states_change_nothing() -> None:
    """An update that was applied, or an older version of the portfolio, is passed over."""
    accepted = apply_order_update(OPENED, report(OrderState.ACCEPTED), 1)
    once = apply_order_update(accepted, report(OrderState.PARTIALLY_FILLED, filled="40", fill="40"), 2)
    assert apply_order_update(once, report(OrderState.PARTIALLY_FILLED, filled="40", fill="40"), 2) is once
    assert apply_order_update(once, report(OrderState.CANCELED), 1) is once
    assert apply_portfolio(once, portfolio(1, 9, "1")) is once


def test_a_newer_version_replaces_the_state_at_the_same_sequence() -> None:
    """A dividend or a new mark makes a version of its own, with no order booked; it is taken over."""
    account = apply_portfolio(OPENED, portfolio(2, 0, "5010"))
    assert free(account) == 5010 - Decimal("10.10") * 100 - 1


def test_an_end_does_not_free_what_is_still_to_be_told() -> None:
    """An order reported as filled or canceled keeps its hold for fills whose execution has not come."""
    silent = apply_order_update(OPENED, report(OrderState.FILLED, filled="100"), 1)
    assert free(silent) == free(OPENED)
    told = apply_order_update(silent, report(OrderState.FILLED, filled="100", fill="100"), 2)
    assert free(told) == 3999
    canceled = apply_order_update(OPENED, report(OrderState.CANCELED, filled="30"), 1)
    assert canceled.holds["order-1"].leaves == 30


def test_an_order_that_was_filled_before_its_approval_holds_nothing() -> None:
    """After a restore risk approves again what the broker filled long ago: once that is told, the hold is over."""
    told = apply_order_update(OPENED, replace(report(OrderState.FILLED, filled="100"), adopted=True), 1)
    assert told.holds == {}
    working = apply_order_update(OPENED, replace(report(OrderState.ACCEPTED, filled="30"), adopted=True), 1)
    assert working.holds["order-1"].leaves == 70


def test_a_fill_after_the_end_is_spent() -> None:
    """A late execution of a canceled order takes its cost from what is free."""
    canceled = apply_order_update(OPENED, report(OrderState.CANCELED), 1)
    late = apply_order_update(canceled, report(OrderState.CANCELED, filled="10", fill="10"), 2)
    assert free(late) == 5000 - 101


def test_a_replace_to_fewer_shares_frees_the_difference() -> None:
    """A smaller order holds less; a larger one than approved holds more, until it is explained."""
    assert apply_order_update(OPENED, report(OrderState.ACCEPTED, quantity="60"), 1).holds["order-1"].leaves == 60
    assert apply_order_update(OPENED, report(OrderState.ACCEPTED, quantity="150"), 1).holds["order-1"].leaves == 150


def test_a_replacing_order_holds_beside_the_replaced_one() -> None:
    """Until the old order's end is known both count; afterwards only the new one does."""
    first = apply_order_update(OPENED, report(OrderState.PENDING_REPLACE), 1)
    both = apply_order_update(first, report(OrderState.ACCEPTED, order="order-2"), 2)
    assert both.holds.keys() == {"order-1", "order-2"}
    assert apply_order_update(both, report(OrderState.CANCELED), 3).holds.keys() == {"order-2"}


def test_the_legs_of_a_bracket_are_alternatives() -> None:
    """Stop loss and take profit close the same shares: together they reserve them once, and take no cash for it."""
    account = apply_order_update(OPENED, report(OrderState.FILLED, filled="100", fill="100"), 1)
    for number, leg in enumerate(("stop", "profit"), start=2):
        account = apply_order_update(account, report(OrderState.ACCEPTED, order=leg, side="sell"), number)
    line = lines(account, MARKS)["AAPL"]
    assert line.book.leaves(Side.SELL) == 100
    assert line.lowest == line.committed == 0
    assert open_orders(account.holds) == 1
    assert free(account) == 3999
    one = apply_order_update(account, report(OrderState.CANCELED, order="profit", side="sell"), 4)
    assert lines(one, MARKS)["AAPL"].book.leaves(Side.SELL) == 100


def test_a_leg_is_no_step_toward_a_target() -> None:
    """What a strategy owns is not less because it is guarded; a leg that is replaced stays a leg."""
    account = apply_order_update(OPENED, report(OrderState.FILLED, filled="100", fill="100"), 1)
    account = apply_order_update(account, report(OrderState.ACCEPTED, order="stop", side="sell"), 2)
    assert own(account) == 100
    account = hold(account, "decision-2", replace(KEPT, side=Side.SELL, replaces="stop"))
    account = apply_order_update(
        account, report(OrderState.ACCEPTED, order="new", side="sell", decision="decision-2"), 3
    )
    assert own(account) == 100
    account = apply_order_update(account, report(OrderState.CANCELED, order="stop", side="sell"), 4)
    assert own(account) == 100
    assert account.holds.keys() == {"new"}


def test_an_order_and_its_replacement_count_once() -> None:
    """A target is not overshot in the moment in which both are known, nor are there two open orders."""
    account = apply_order_update(OPENED, report(OrderState.ACCEPTED), 1)
    account = hold(account, "decision-2", replace(KEPT, per_share=Decimal("10.40"), replaces="order-1"))
    assert (open_orders(account.holds), successor(account, "order-1")) == (1, "decision-2")
    assert own(account) == 100
    assert free(account) == 5000 - Decimal("10.40") * 100 - 1
    both = apply_order_update(account, report(OrderState.ACCEPTED, order="order-2", decision="decision-2"), 2)
    assert (open_orders(both.holds), successor(both, "order-1")) == (1, None)
    assert own(both) == 100


def own(account: Account) -> Decimal:
    return standing(account, lines(account, MARKS), symbol="AAPL", strategy="trend").own


def test_an_order_that_risk_never_approved_is_held_at_the_mark() -> None:
    """An order placed by hand at the broker takes cash too: its shares at the mark with the gap allowance."""
    account = apply_portfolio(Account(name="paper"), portfolio(1, 0, "5000"))
    account = apply_order_update(account, report(OrderState.PARTIALLY_FILLED, filled="40", fill="10"), 5)
    assert account.holds["order-1"].leaves == 60
    assert free(account) == 5000 - 101 - 60 * Decimal("11.0")
    unpriced = replace(account, portfolio=replace(portfolio(1, 0, "5000"), positions=()), fills=())
    assert free_cash(unpriced, lines(unpriced, {})) is None


def test_settled_cash_alone_is_free_where_the_account_has_it() -> None:
    """In a cash account proceeds are not free before they are settled, booked or not."""
    account = apply_portfolio(Account(name="paper"), portfolio(1, 0, "5000", "100", settled="3000"))
    sold = apply_order_update(account, report(OrderState.FILLED, filled="100", fill="100", side="sell"), 1)
    assert free(account) == 3000
    assert free(sold) == 2999
    assert free(apply_portfolio(sold, portfolio(2, 1, "5999", "0", settled="2999"))) == 2999


def test_contradictions_are_refused() -> None:
    """A second hold of one decision, another account's update and a portfolio that unbooks are conflicts."""
    with pytest.raises(Conflict, match="holds something already"):
        hold(OPENED, "decision-1", KEPT)
    with pytest.raises(Conflict, match="account other"):
        apply_order_update(OPENED, report(OrderState.ACCEPTED, account="other"), 1)
    with pytest.raises(Conflict, match="account other"):
        apply_portfolio(OPENED, replace(portfolio(2, 0, "1"), account="other"))
    with pytest.raises(Conflict, match="booked through order update 3"):
        apply_portfolio(apply_portfolio(OPENED, portfolio(2, 4, "1")), portfolio(3, 3, "1"))


def test_a_release_frees_one_decision() -> None:
    """What a decision holds can be let go by its name, and an unknown name frees nothing."""
    assert free(release(OPENED, "decision-1")) == 5000
    assert release(OPENED, "decision-2") == OPENED
