"""What a strategy sees of its own position, and what counts as on its way."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from stockbot.events.trading import Side
from stockbot.model.strategies.view import View, WorkingOrder


def order(side: Side, leaves: int) -> WorkingOrder:
    return WorkingOrder(client_order_id=f"{side}-{leaves}", side=side, leaves=Decimal(leaves))


@pytest.mark.parametrize(
    ("position", "orders", "undecided", "expected", "closable"),
    [
        (0, [], 0, 0, 0),
        (100, [], 0, 100, 100),
        (100, [order(Side.BUY, 50)], 0, 150, 100),
        (100, [order(Side.SELL, 30)], 0, 70, 70),
        (100, [order(Side.SELL, 30)], -20, 50, 50),
        (100, [order(Side.SELL, 80)], -80, -60, 0),
        (100, [], 40, 140, 100),
        (-100, [order(Side.BUY, 30), order(Side.SELL, 10)], 0, -80, 70),
        (0, [order(Side.SELL, 30)], 0, -30, 0),
    ],
)
def test_what_is_on_its_way_counts(
    position: int, orders: list[WorkingOrder], undecided: int, expected: int, closable: int
) -> None:
    """Buys add, sells take away, an undecided signal counts like an order; only what reduces is taken off closable."""
    view = View(position=Decimal(position), orders=tuple(orders), undecided=Decimal(undecided))
    assert (view.expected, view.closable) == (Decimal(expected), Decimal(closable))
    assert view.working == view.expected - view.position


def test_the_legs_of_a_bracket_guard_and_are_no_step_anywhere() -> None:
    """The position stays what it is expected to be; its guarded shares are closed once, by whichever leg trades."""
    legs = [replace(order(Side.SELL, leaves), protects="entry") for leaves in (60, 50)]
    view = View(position=Decimal(100), orders=(*legs, order(Side.SELL, 10)))
    assert (view.expected, view.closable) == (Decimal(90), Decimal(30))


def test_no_nan_enters() -> None:
    """A position of NaN would make every comparison false."""
    with pytest.raises(ValueError, match="position"):
        View(position=Decimal("NaN"))
    with pytest.raises(ValueError, match="leaves"):
        order(Side.BUY, 0)
