"""Which exit of a bracket works, and when it makes way for the other."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.services.model.orders.conftest import order

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.model.orders.bracket import (
    ANEW,
    MAKES_WAY,
    SHORTEST_LIFE,
    STOP_LOSS,
    TAKE_PROFIT,
    MakeWay,
    Over,
    Place,
    Room,
    plan,
    wanted_leg,
)
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


def room(held: int, free: int) -> Room:
    return Room(Decimal(held), Decimal(free))


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
        (TAKE_PROFIT, None, STOP_LOSS),
    ],
)
def test_the_exit_changes_at_the_profit_and_back_in_the_middle(
    current: int | None, price: int | None, leg: int
) -> None:
    """For a long position; a short one is its mirror image. Without a price the stop protects."""
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


def test_shares_that_went_another_way_are_not_closed_again() -> None:
    """The exit is at most what is there, waits for what others close, and is placed anew where it is too large."""
    small = plan(entry(), [], Decimal(100), room(4, 4))
    assert isinstance(small, Place)
    assert small.quantity == 4
    assert plan(entry(), [], Decimal(100), room(10, 0)) is None
    assert plan(entry(), [], Decimal(100), room(0, 0)) == Over("all that was filled is closed")
    assert plan(entry(), [exit_(STOP_LOSS)], Decimal(100), room(4, 4)) == MakeWay("exit-1", ANEW)
    assert plan(entry(), [exit_(STOP_LOSS)], Decimal(100), room(10, 0)) is None
    again = plan(entry(), [exit_(STOP_LOSS, state=S.CANCELED, why=ANEW)], Decimal(108), room(4, 4))
    assert isinstance(again, Place)
    assert (again.leg, again.revision, int(again.quantity)) == (STOP_LOSS, 1, 4)


def test_an_exit_that_shows_up_after_all_makes_way() -> None:
    """It was taken for never sent, and another one works: one of the two is canceled."""
    both = [exit_(STOP_LOSS), exit_(TAKE_PROFIT)]
    assert plan(entry(), both, Decimal(105)) == MakeWay("exit-1", ANEW)
    assert plan(entry(), [exit_(STOP_LOSS, why=MAKES_WAY), both[1]], Decimal(105)) is None


def test_a_stop_whose_time_was_over_is_placed_again() -> None:
    """A broker ends what is good until canceled after 90 days; one that it ends at once is no protection."""
    ended = exit_(STOP_LOSS, state=S.EXPIRED)
    lived = replace(ended, updated_at=ended.created_at + SHORTEST_LIFE)
    again = plan(entry(), [lived], Decimal(105))
    assert isinstance(again, Place)
    assert (again.leg, again.revision, again.terms.stop_price) == (STOP_LOSS, 1, Decimal(90))
    assert isinstance(plan(entry(), [ended], Decimal(105)), Over)


def test_an_exit_of_a_forgotten_past_is_followed_by_the_next() -> None:
    """After a restore the broker knows the id as canceled a day ago: that says nothing about today's protection."""
    canceled = exit_(STOP_LOSS, state=S.CANCELED)
    past = replace(canceled, ended_at=canceled.created_at - timedelta(days=1))
    again = plan(entry(), [past], Decimal(105))
    assert isinstance(again, Place)
    assert (again.leg, again.revision) == (STOP_LOSS, 1)
    assert isinstance(plan(entry(), [replace(canceled, ended_at=canceled.created_at)], Decimal(105)), Over)


def test_parts_of_a_share_are_closed_for_the_day() -> None:
    """No broker takes them good until canceled: the next day's exit follows."""
    part = replace(entry(), filled_quantity=Decimal("2.5"))
    found = plan(part, [], Decimal(100))
    assert isinstance(found, Place)
    assert (found.quantity, found.terms.time_in_force) == (Decimal("2.5"), TimeInForce.DAY)
    waits = replace(exit_(STOP_LOSS), own=S.INTENT, told=None, quantity=found.quantity, terms=found.terms)
    assert plan(part, [waits], Decimal(100)) is None


def test_a_stop_that_is_refused_because_the_price_has_crossed_it_is_closed_at_the_market() -> None:
    """Once: a market order that is refused too ends it."""
    terms = OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(90))
    refused = replace(exit_(STOP_LOSS, state=S.REJECTED), terms=terms)
    found = plan(entry(), [refused], Decimal("89.90"))
    assert isinstance(found, Place)
    assert found.terms.order_type is OrderType.MARKET
    assert isinstance(plan(entry(), [replace(refused, terms=found.terms)], Decimal(89)), Over)


def test_a_stop_that_waited_to_be_sent_while_the_price_crossed_it_becomes_a_market_order() -> None:
    """A broker would refuse it; and back again while that one waits, too."""
    waits = replace(exit_(STOP_LOSS), own=S.INTENT, told=None)
    stop, market = (
        OrderTerms(order_type=OrderType.STOP, time_in_force=TimeInForce.GTC, stop_price=Decimal(90)),
        OrderTerms(),
    )
    assert plan(entry(), [replace(waits, terms=stop)], Decimal(91)) is None
    assert plan(entry(), [replace(waits, terms=stop)], Decimal(89)) == MakeWay("exit-1", ANEW)
    assert plan(entry(), [replace(waits, terms=market)], Decimal(91)) == MakeWay("exit-1", ANEW)


def test_an_exit_that_its_strategy_replaced_is_the_strategys() -> None:
    """While that is on its way nothing happens; afterwards the bracket is over, and nothing is unprotected."""
    assert plan(entry(), [replace(exit_(STOP_LOSS), replacing="other")], Decimal(112)) is None
    replaced = replace(exit_(STOP_LOSS, state=S.CANCELED, why=MAKES_WAY), replaced_by="other")
    found = plan(entry(), [replaced], Decimal(112))
    assert isinstance(found, Over)
    assert found.unprotected == 0


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
