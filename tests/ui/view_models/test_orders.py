"""Orders as rows and in words, and which of them a page shows."""

from datetime import UTC
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from stockbot.events.trading import OrderState, OrderTerms, OrderType, TimeInForce
from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import orders
from stockbot_console.engine_answers import Order
from stockbot_console.view_models.orders import (
    LEVELS,
    MEANINGS,
    Choice,
    choice_of,
    filled_text,
    order_row,
    order_title,
    terms_text,
)

PRICE = Decimal("187.5")


def made(place: int = 2, **changes: Any) -> Order:
    return msgspec.convert(orders(START)[place] | changes, Order)


def test_every_state_has_a_level_and_a_meaning() -> None:
    """None of the twelve is shown without both."""
    assert set(LEVELS) == set(MEANINGS) == set(OrderState)


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (OrderTerms(), "market"),
        (OrderTerms(order_type=OrderType.LIMIT, limit_price=PRICE), "limit 187.50"),
        (
            OrderTerms(order_type=OrderType.LIMIT, limit_price=PRICE, time_in_force=TimeInForce.GTC),
            "limit 187.50, gtc",
        ),
        (OrderTerms(order_type=OrderType.STOP, stop_price=PRICE), "stop 187.50"),
        (
            OrderTerms(order_type=OrderType.STOP_LIMIT, stop_price=PRICE, limit_price=Decimal(187)),
            "stop 187.50, limit 187.00",
        ),
        (OrderTerms(order_type=OrderType.TRAILING_STOP, trail=Decimal("1.2")), "trailing stop 1.20"),
        (
            OrderTerms(stop_loss=Decimal(180), take_profit=Decimal(200), extended_hours=True),
            "market, extended hours, stop loss 180.00, take profit 200.00",
        ),
    ],
)
def test_terms_are_written_as_a_trader_says_them(terms: OrderTerms, text: str) -> None:
    """Every type with its prices; a day order does not say that it is one."""
    assert terms_text(terms) == text


def test_a_row_says_what_became_of_the_order() -> None:
    """State, what is filled of how much, the average, and why."""
    row = order_row(made(5), UTC)
    assert (row["state"], row["level"], row["filled"], row["price"]) == ("REJECTED", "bad", "0 / 10", "—")
    assert row["meaning"] == "refused: not enough shares to sell"
    assert order_row(made(3), UTC)["state"] == "CANCEL ASKED"
    assert order_title(made()) == "sell 10 AAPL"
    assert filled_text(made()) == "10 of 10 at 187.45"


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        (("", "", ""), Choice()),
        (("all", " aapl ", "trend"), Choice(ended=True, symbol="AAPL", strategy="trend")),
        (("nonsense", "", ""), Choice()),
    ],
)
def test_the_choice_is_read_from_the_address(typed: tuple[str, str, str], choice: Choice) -> None:
    """As people type it."""
    assert choice_of(*typed) == choice


def test_the_address_keeps_what_is_not_changed() -> None:
    """One filter may be taken off while the others stay."""
    choice = Choice(ended=True, symbol="BRK.B", strategy="a b")
    assert choice.address() == "/orders?state=all&symbol=BRK.B&strategy=a+b"
    assert choice.address(symbol="") == "/orders?state=all&strategy=a+b"
    assert Choice().address() == "/orders"
