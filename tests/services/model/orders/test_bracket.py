"""Which exit of a bracket works, and when it makes way for the other."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.model.orders.conftest import order

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side
from stockbot.model.orders.bracket import MAKES_WAY, STOP_LOSS, TAKE_PROFIT, MakeWay, Over, Place, plan, wanted_leg
from stockbot.model.orders.order import Order

S = OrderState
BOTH = OrderTerms(stop_loss=Decimal(90), take_profit=Decimal(110))


def entry(filled: int = 10, side: Side = Side.BUY, terms: OrderTerms = BOTH) -> Order:
    return order(terms=terms, side=side, filled_quantity=Decimal(filled), told=S.ACCEPTED, ending=S.CANCELED)


def exit_(leg: int, *, filled: int = 0, state: OrderState = S.ACCEPTED, why: str | None = None) -> Order:
    """An exit of ten shares; with an end it is over."""
    ending: dict[str, Any] = {} if state is S.ACCEPTED else {"ending": state}
    return order(
        client_order_id=f"exit-{leg}", leg=leg, side=Side.SELL, told=S.ACCEPTED, cancel_because=why,
        filled_quantity=Decimal(filled), told_filled=Decimal(filled), **ending,
    )  # fmt: skip


STOPPED = exit_(STOP_LOSS, state=S.CANCELED, why=MAKES_WAY)
LIMITED = exit_(TAKE_PROFIT, state=S.CANCELED, why=MAKES_WAY, filled=4)


@pytest.mark.parametrize(
    ("current", "price", "leg"),
    [
        (None, None, STOP_LOSS),
        (None, 100, STOP_LOSS),
        (None, 110, TAKE_PROFIT),
        (STOP_LOSS, 109, STOP_LOSS),
        (STOP_LOSS, 110, TAKE_PROFIT),
        (TAKE_PROFIT, 109, TAKE_PROFIT),
        (TAKE_PROFIT, 101, TAKE_PROFIT),
        (TAKE_PROFIT, 100, STOP_LOSS),
        (TAKE_PROFIT, None, TAKE_PROFIT),
    ],
)
def test_the_exit_changes_at_the_profit_and_back_in_the_middle(
    current: int | None, price: int | None, leg: int
) -> None:
    """For a long position; a short one is its mirror image."""
    assert wanted_leg(entry(), current, None if price is None else Decimal(price)) == leg
    mirrored = OrderTerms(stop_loss=Decimal(110), take_profit=Decimal(90))
    short = entry(side=Side.SELL, terms=mirrored)
    assert wanted_leg(short, current, None if price is None else Decimal(200 - price)) == leg


@pytest.mark.parametrize(
    ("exits", "price", "expected"),
    [
        ([], 100, (STOP_LOSS, 0, 10, OrderType.STOP)),
        ([], 111, (TAKE_PROFIT, 0, 10, OrderType.LIMIT)),
        ([], 89, (STOP_LOSS, 0, 10, OrderType.MARKET)),  # a stop would be refused
        ([STOPPED], 108, (TAKE_PROFIT, 0, 10, OrderType.LIMIT)),
        ([STOPPED], 99, (STOP_LOSS, 1, 10, OrderType.STOP)),
        ([STOPPED, LIMITED], 99, (STOP_LOSS, 1, 6, OrderType.STOP)),
        ([STOPPED, LIMITED], 112, (TAKE_PROFIT, 1, 6, OrderType.LIMIT)),
    ],
)
def test_the_next_exit_closes_what_is_left(
    exits: list[Order], price: int, expected: tuple[int, int, int, OrderType]
) -> None:
    """One is placed where none works, for the shares that no exit has closed yet."""
    found = plan(entry(), exits, Decimal(price))
    assert isinstance(found, Place)
    assert (found.leg, found.revision, int(found.quantity), found.terms.order_type) == expected
    assert found.side is Side.SELL


def test_one_makes_way_before_the_other_is_sent() -> None:
    """And it is asked once: until it has ended nothing else happens."""
    assert plan(entry(), [exit_(STOP_LOSS)], Decimal(110)) == MakeWay("exit-1")
    assert plan(entry(), [exit_(STOP_LOSS, why=MAKES_WAY)], Decimal(110)) is None
    assert plan(entry(), [exit_(STOP_LOSS)], Decimal(100)) is None
    assert plan(entry(), [exit_(TAKE_PROFIT)], Decimal(95)) == MakeWay("exit-2")


@pytest.mark.parametrize(
    ("last", "unprotected", "on_purpose"),
    [
        (exit_(STOP_LOSS, filled=10), 0, False),
        (exit_(STOP_LOSS, state=S.CANCELED, why="anna: by hand"), 10, True),
        (exit_(STOP_LOSS, state=S.CANCELED), 10, False),
        (exit_(STOP_LOSS, state=S.REJECTED), 10, False),
    ],
)
def test_when_a_bracket_is_over(last: Order, unprotected: int, on_purpose: bool) -> None:
    """Closed, or ended by somebody else: then it is not put there again, and what is left is named."""
    found = plan(entry(), [last], Decimal(100))
    assert isinstance(found, Over)
    assert (int(found.unprotected), found.on_purpose) == (unprotected, on_purpose)


@pytest.mark.parametrize(
    ("terms", "leg"),
    [(OrderTerms(stop_loss=Decimal(90)), STOP_LOSS), (OrderTerms(take_profit=Decimal(110)), TAKE_PROFIT)],
)
def test_with_one_price_its_exit_works_from_the_start(terms: OrderTerms, leg: int) -> None:
    """And it never makes way."""
    one = entry(terms=terms)
    for price in (None, Decimal(95), Decimal(120)):
        assert wanted_leg(one, None, price) == leg
        assert plan(one, [exit_(leg)], price) is None


@given(st.lists(st.integers(80, 120), max_size=30))
def test_never_two_at_once_and_never_more_than_was_filled(prices: list[int]) -> None:
    """Whatever the price does: at most one exit works, and together they close what the entry filled."""
    exits: list[Order] = []
    for price in prices:
        found = plan(entry(), exits, Decimal(price))
        if isinstance(found, Place):
            assert not any(one.is_open for one in exits)
            exits.append(
                order(client_order_id=f"exit-{len(exits)}", leg=found.leg, revision=found.revision, told=S.ACCEPTED)
            )
            assert found.quantity == 10
        elif isinstance(found, MakeWay):
            ended = {"cancel_because": MAKES_WAY, "ending": S.CANCELED}
            exits[-1] = order(client_order_id=exits[-1].client_order_id, leg=exits[-1].leg, told=S.ACCEPTED, **ended)
    assert len({(one.leg, one.client_order_id) for one in exits}) == len(exits)
