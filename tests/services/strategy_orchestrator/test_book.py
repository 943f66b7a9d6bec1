"""What a strategy holds and has on its way, at a moment of the market."""

from datetime import timedelta
from decimal import Decimal

from stockbot.events.trading import Side
from stockbot.model.strategies.view import WorkingOrder
from stockbot.strategy_orchestrator.book import Line, Undecided, signed
from stockbot.testing.clock import START

MINUTE = timedelta(minutes=1)


def test_a_signal_counts_until_it_expires() -> None:
    """At the very moment of its expiry it may still be approved; after it, it is nothing."""
    line = Line(undecided=[Undecided(Decimal(10), START), Undecided(Decimal(-4), START + MINUTE)])
    assert line.view(START, None).undecided == 6
    assert line.view(START + MINUTE, None).undecided == -4
    assert line.view(START + 2 * MINUTE, None).undecided == 0


def test_a_view_holds_position_orders_and_equity() -> None:
    """Everything that the strategy may know."""
    order = WorkingOrder(client_order_id="a", side=Side.SELL, leaves=Decimal(3))
    view = Line(position=Decimal(5), orders=[order]).view(START, Decimal(1000))
    assert (view.position, view.expected, view.equity) == (Decimal(5), Decimal(2), Decimal(1000))


def test_sales_are_below_zero() -> None:
    """Quantities travel without a sign, beside a side."""
    assert (signed(Side.BUY, Decimal(2)), signed(Side.SELL, Decimal(2))) == (Decimal(2), Decimal(-2))
