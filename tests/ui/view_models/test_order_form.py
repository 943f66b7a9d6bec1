"""A manual order, made from what a person typed."""

from typing import Any

import pytest

from stockbot_console.answers import Failure
from stockbot_console.view_models.order_form import manual_order, order_text, what_if_of

FIELDS = {
    "symbol": " aapl ",
    "side": "buy",
    "quantity": "10",
    "order_type": "market",
    "time_in_force": "day",
    "reason": "news",
}


def made(**changes: Any) -> dict[str, object]:
    order = manual_order(FIELDS | changes)
    assert not isinstance(order, Failure)
    return order


def test_a_market_order_needs_no_price() -> None:
    """And prices that stand in the fields of other types are left out."""
    order = made(limit_price="187.5", trail="")
    assert order == {
        "symbol": "AAPL",
        "side": "buy",
        "quantity": "10",
        "order_type": "market",
        "time_in_force": "day",
        "extended_hours": False,
        "reason": "news",
    }


def test_a_bracket_is_sent_and_is_no_part_of_the_what_if_question() -> None:
    """Risk judges the closing orders when they are made."""
    order = made(order_type="stop_limit", stop_price="180", limit_price="179", stop_loss="170", extended_hours="yes")
    assert order["stop_loss"] == "170"
    assert set(what_if_of(order)) == {
        "symbol", "side", "quantity", "order_type", "time_in_force", "extended_hours", "stop_price", "limit_price",
    }  # fmt: skip
    assert order_text(order) == (
        "buy 10 AAPL, stop limit, limit price 179, stop price 180, stop loss 170, day, extended hours"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"symbol": " "}, "The symbol is missing."),
        ({"side": "hold"}, "The side is missing."),
        ({"order_type": "iceberg"}, "The type is missing."),
        ({"time_in_force": ""}, "The time in force is missing."),
        ({"reason": "  "}, "The reason is missing or too long."),
        ({"reason": "x" * 501}, "The reason is missing or too long."),
        ({"quantity": "-1"}, "'-1' is no quantity."),
        ({"quantity": "NaN"}, "'NaN' is no quantity."),
        ({"order_type": "limit"}, "Limit price '' is no price."),
        ({"order_type": "trailing_stop", "trail": "0"}, "Trail, in price '0' is no price."),
        ({"take_profit": "much"}, "Take profit 'much' is no price."),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, str], reason: str) -> None:
    """Before anybody is asked."""
    order = manual_order(FIELDS | changes)
    assert isinstance(order, Failure)
    assert order.reason == reason
    assert order.remedy
