"""Alpaca's words for orders, in both directions."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.execution_engine.brokers.alpaca.alpaca_words import alpaca_enums
from tests.services.execution_engine.brokers.conformance import request

from stockbot.events.trading import OrderState, OrderTerms, OrderType, TimeInForce
from stockbot.execution_engine.brokers.alpaca.orders import (
    STATES,
    AlpacaOrder,
    broker_order,
    state_of,
    submission,
    text,
)
from stockbot.execution_engine.brokers.alpaca.outcomes import MalformedAnswer, decoded
from stockbot.execution_engine.brokers.protocol import OrderRefused

ORDER: dict[str, Any] = {
    "id": "61e69015-8549-4bfd-b9c3-01e75843f47d",
    "client_order_id": "order-1",
    "created_at": "2026-03-02T15:00:00.361530031Z",
    "updated_at": "2026-03-02T10:00:01.5-05:00",
    "symbol": "AAPL",
    "side": "buy",
    "qty": "10",
    "filled_qty": "0",
    "type": "market",
    "time_in_force": "day",
    "status": "new",
}


def order(**changes: Any) -> AlpacaOrder:
    return decoded(msgspec.json.encode(ORDER | changes), AlpacaOrder)


def test_every_status_of_alpaca_has_a_state() -> None:
    """The list is alpaca-py's own: a new status in a new version of it fails here, not in a session."""
    assert set(STATES) == {status.value for status in alpaca_enums().OrderStatus}


@pytest.mark.parametrize(
    ("status", "filled", "state"),
    [
        ("pending_new", "0", OrderState.SENT),
        ("accepted", "0", OrderState.SENT),
        ("new", "0", OrderState.ACCEPTED),
        ("new", "4", OrderState.PARTIALLY_FILLED),
        ("done_for_day", "0", OrderState.ACCEPTED),
        ("done_for_day", "4", OrderState.PARTIALLY_FILLED),
        ("calculated", "10", OrderState.FILLED),
        ("partially_filled", "4", OrderState.PARTIALLY_FILLED),
        ("pending_cancel", "4", OrderState.PENDING_CANCEL),
        ("replaced", "4", OrderState.CANCELED),
        ("canceled", "4", OrderState.CANCELED),
        ("expired", "0", OrderState.EXPIRED),
        ("rejected", "0", OrderState.REJECTED),
    ],
)
def test_a_status_and_what_is_filled_make_the_state(status: str, filled: str, state: OrderState) -> None:
    """An open order with fills is partially filled, whatever Alpaca's clearing calls it."""
    assert state_of(order(status=status, filled_qty=filled)) is state


def test_an_unknown_status_is_no_guess() -> None:
    """It is named, and nothing is concluded from it."""
    with pytest.raises(MalformedAnswer, match="'teleported'"):
        broker_order(order(status="teleported"))


def test_times_are_read_whatever_their_zone_and_digits() -> None:
    """Nanoseconds and New York time both become the same kind of moment."""
    shown = broker_order(order())
    assert shown is not None
    assert shown.updated_at == datetime(2026, 3, 2, 15, 0, 1, 500000, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"qty": "NaN"},
        {"qty": "Infinity"},
        {"filled_qty": "1E30"},
        {"limit_price": "-1"},
        {"created_at": "2026-03-02T15:00:00"},
        {"client_order_id": "x" * 129},
        {"status": None},
        {"symbol": "S" * 33},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    """Numbers that cannot be counted in, a time without a zone, names that are too long: no order comes of them."""
    with pytest.raises(MalformedAnswer):
        broker_order(order(**changes))


@pytest.mark.parametrize(
    "changes",
    [{"qty": None, "notional": "10"}, {"symbol": "", "side": ""}, {"type": "mleg"}, {"time_in_force": "gtd"}],
    ids=str,
)
def test_an_order_that_our_words_do_not_fit_is_none(changes: dict[str, Any]) -> None:
    """An order by amount of money without a fill, of several legs, or of a new kind is left out, and breaks nothing."""
    assert broker_order(order(**changes)) is None


def test_an_order_by_amount_has_the_shares_that_it_filled() -> None:
    """A person's order for 10 dollars has no quantity until it has a fill."""
    shown = broker_order(order(qty=None, notional="10", filled_qty="0.0551", status="filled"))
    assert shown is not None
    assert (shown.quantity, shown.filled_quantity, shown.state) == (*[Decimal("0.0551")] * 2, OrderState.FILLED)


@pytest.mark.parametrize(
    ("terms", "body"),
    [
        (OrderTerms(), {"type": "market", "time_in_force": "day", "extended_hours": False}),
        (
            OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal("90.50"), extended_hours=True),
            {"type": "limit", "time_in_force": "day", "extended_hours": True, "limit_price": "90.5"},
        ),
        (
            OrderTerms(
                order_type=OrderType.STOP_LIMIT,
                stop_price=Decimal(110),
                limit_price=Decimal("111.00"),
                time_in_force=TimeInForce.GTC,
            ),
            {
                "type": "stop_limit",
                "time_in_force": "gtc",
                "extended_hours": False,
                "stop_price": "110",
                "limit_price": "111",
            },
        ),
        (
            OrderTerms(order_type=OrderType.TRAILING_STOP, trail=Decimal("2.50")),
            {"type": "trailing_stop", "time_in_force": "day", "extended_hours": False, "trail_price": "2.5"},
        ),
        (
            OrderTerms(time_in_force=TimeInForce.OPG),
            {"type": "market", "time_in_force": "opg", "extended_hours": False},
        ),
    ],
    ids=["market", "extended", "stop-limit", "trail", "opening"],
)
def test_terms_in_alpacas_words(terms: OrderTerms, body: dict[str, Any]) -> None:
    """Each kind of order has the fields that Alpaca documents for it, and no others."""
    asked = {"client_order_id": "order-1", "symbol": "AAPL", "side": "buy", "qty": "10"}
    assert submission(request(terms=terms)) == asked | body


def test_a_bracket_is_not_sent_as_one() -> None:
    """Its exits are the engine's: sent along, they would be orders with ids that we did not give."""
    with pytest.raises(OrderRefused, match="of their own"):
        submission(request(terms=OrderTerms(stop_loss=Decimal(90))))


def test_a_bracket_placed_by_hand_shows_its_exits() -> None:
    """A person's bracket at Alpaca has its two prices in its terms."""
    exits = [
        {"type": "limit", "side": "sell", "limit_price": "120"},
        {"type": "stop", "side": "sell", "stop_price": "90"},
    ]
    shown = broker_order(order(order_class="bracket", legs=[ORDER | leg for leg in exits]))
    assert shown is not None
    assert (shown.terms.take_profit, shown.terms.stop_loss) == (Decimal(120), Decimal(90))


@given(st.decimals(min_value=Decimal("1E-9"), max_value=Decimal("1E12"), allow_nan=False, places=9))
def test_a_number_is_written_plainly_and_reads_the_same(number: Decimal) -> None:
    """No exponent and no lost digit, for any quantity and price."""
    assert Decimal(text(number)) == number
    assert "E" not in text(number)
