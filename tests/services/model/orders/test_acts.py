"""What we do to an order ourselves, and that it does not fit every state."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.services.model.orders.conftest import fill, moment, order, said

from stockbot.events.trading import OrderState
from stockbot.model.orders.acts import (
    accept_absence,
    accept_fills,
    ask_cancel,
    begin_replace,
    give_up,
    lose_sight,
    not_found,
    send,
    settle_replace,
    take_back,
)
from stockbot.model.orders.bracket import MAKES_WAY
from stockbot.model.orders.order import Order
from stockbot.model.orders.transitions import take_execution, take_snapshot

S = OrderState
NOW = moment(1)
INTENT = order(own=S.INTENT, sent_at=None)
SENT = order()
UNKNOWN = order(own=S.UNKNOWN)
WORKING = take_snapshot(SENT, said(S.ACCEPTED), NOW).order
ENDED = take_snapshot(WORKING, said(S.CANCELED), NOW).order
FILLED = take_execution(WORKING, fill(1, 10), None, NOW).order
PATIENCE = timedelta(seconds=25)

Act = Callable[[Order], Order | None]
ACTS: dict[str, Act] = {
    "send": lambda one: send(one, NOW),
    "take back": lambda one: take_back(one, NOW),
    "lose sight": lambda one: lose_sight(one, NOW, "no answer"),
    "give up": lambda one: give_up(one, S.REJECTED, NOW, "no"),
    "cancel": lambda one: ask_cancel(one, NOW, "enough"),
    "replace": lambda one: begin_replace(one, "order-2", NOW),
}


@pytest.mark.parametrize(
    ("act", "fits"),
    [
        ("send", {"intent": S.SENT}),
        ("take back", {"sent": S.INTENT}),
        ("lose sight", {"sent": S.UNKNOWN}),
        ("give up", {"intent": S.REJECTED, "sent": S.REJECTED, "unknown": S.REJECTED}),
        (
            "cancel",
            {"intent": S.CANCELED, "sent": S.SENT, "unknown": S.UNKNOWN, "working": S.PENDING_CANCEL},
        ),
        ("replace", {"working": S.PENDING_REPLACE}),
    ],
)
def test_which_act_fits_which_state(act: str, fits: dict[str, OrderState]) -> None:
    """A table of every act and every kind of order; what does not fit changes nothing."""
    orders = {
        "intent": INTENT,
        "sent": SENT,
        "unknown": UNKNOWN,
        "working": WORKING,
        "ended": ENDED,
        "filled": FILLED,
    }
    found = {name: made.state for name, one in orders.items() if (made := ACTS[act](one)) is not None}
    assert found == fits


@pytest.mark.parametrize(
    ("seconds", "seen_before", "state"),
    [(1, False, S.UNKNOWN), (1, True, S.UNKNOWN), (26, False, S.UNKNOWN), (26, True, S.EXPIRED)],
)
def test_not_found_needs_patience_and_a_second_look(seconds: int, seen_before: bool, state: OrderState) -> None:
    """Both, or it may still arrive."""
    one = replace(UNKNOWN, missing_since=moment(0) if seen_before else None)
    found = not_found(one, moment(seconds), patience=PATIENCE)
    assert found is not None
    assert (found.state, found.missing_since is not None) == (state, True)


def test_not_found_says_nothing_about_an_order_that_was_there() -> None:
    """Not found is not canceled."""
    assert not_found(WORKING, moment(60), patience=PATIENCE) is None


@pytest.mark.parametrize(
    ("by", "state", "replaced_by"),
    [
        ({"own": S.SENT}, S.PENDING_REPLACE, None),
        ({"own": S.UNKNOWN}, S.PENDING_REPLACE, None),
        ({"own": S.INTENT}, S.ACCEPTED, None),
        ({"own": S.REJECTED}, S.ACCEPTED, None),
        ({"own": S.EXPIRED}, S.ACCEPTED, None),
        ({"told": S.ACCEPTED}, S.PENDING_REPLACE, "order-2"),
        ({"ending": S.REJECTED}, S.ACCEPTED, None),
    ],
)
def test_what_becomes_of_a_replaced_order(
    by: dict[str, OrderState], state: OrderState, replaced_by: str | None
) -> None:
    """It follows from what is known of the one that shall take its place."""
    replaced = begin_replace(WORKING, "order-2", NOW)
    assert replaced is not None
    after = settle_replace(replaced, order(client_order_id="order-2", **by), NOW) or replaced
    assert (after.state, after.replaced_by) == (state, replaced_by)
    assert settle_replace(WORKING, order(client_order_id="order-2", **by), NOW) is None


def test_a_replacement_that_is_refused_later_leaves_the_order_at_work() -> None:
    """A broker may take it first and refuse it then: the order works on, and may be replaced again."""
    replaced = begin_replace(WORKING, "order-2", NOW)
    assert replaced is not None
    taken = settle_replace(replaced, order(client_order_id="order-2", told=S.ACCEPTED), NOW)
    assert taken is not None
    after = settle_replace(taken, order(client_order_id="order-2", told=S.ACCEPTED, ending=S.REJECTED), NOW)
    assert after is not None
    assert (after.state, after.replaced_by) == (S.ACCEPTED, None)
    assert begin_replace(after, "order-3", NOW) is not None


def test_what_a_person_cancels_is_not_canceled_to_make_way() -> None:
    """The first reason stays, but a bracket's own gives way."""
    making_way = ask_cancel(WORKING, NOW, MAKES_WAY)
    assert making_way is not None
    by_anna = ask_cancel(making_way, NOW, "anna: enough")
    assert by_anna is not None
    after = ask_cancel(by_anna, NOW, "ben: me too")
    assert after is not None
    assert after.cancel_because == "anna: enough"


def test_a_person_may_end_what_the_broker_does_not() -> None:
    """What the broker forgot ends with what is filled; fills that never come are given up."""
    absent = accept_absence(WORKING, NOW, "gone")
    assert absent is not None
    assert absent.state is S.CANCELED
    promised = take_snapshot(WORKING, said(S.FILLED, 10), NOW).order
    settled = accept_fills(promised, NOW, "there are none")
    assert settled is not None
    assert (settled.state, settled.misses_fills) == (S.CANCELED, False)
    assert accept_fills(FILLED, NOW, "all there") is None
    assert accept_absence(ENDED, NOW, "over") is None
