"""What is asked before orders are canceled and everything is closed."""

import msgspec

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import orders
from stockbot_console.engine_answers import CancelAll, Close, Flatten, Order
from stockbot_console.view_models.order_questions import (
    LISTED,
    cancel_all_question,
    cancel_question,
    flatten_question,
)

OPEN = tuple(msgspec.convert(one, Order) for one in orders(START) if one["is_open"])


def test_a_cancel_says_that_it_is_only_asked_for() -> None:
    """The order may be filled before."""
    question = cancel_question(OPEN[1])
    assert question.title == "Cancel buy 10 TSLA"
    assert "filled 4 of 10 at 175.31" in question.effects[0]
    assert "may be filled" in question.effects[1]


def test_cancel_all_names_the_orders() -> None:
    """Those of the preview, and a word has to be typed."""
    question = cancel_all_question(CancelAll(dry_run=True, orders=OPEN))
    assert question.title == "Cancel 3 orders"
    assert question.listed[0] == "buy 10 MSFT, limit 417.15 (trend)"
    assert question.word == "CANCEL"


def test_a_long_preview_is_counted() -> None:
    """A dialog is no list of a hundred orders."""
    question = cancel_all_question(CancelAll(dry_run=True, orders=OPEN * 10))
    assert len(question.listed) == LISTED + 1
    assert question.listed[-1] == "and 18 more"


def test_flatten_says_what_is_closed_and_that_trading_is_halted() -> None:
    """Both kinds of orders are named."""
    close = msgspec.convert({"symbol": "AAPL", "strategy": "trend", "side": "sell", "quantity": "110"}, Close)
    preview = Flatten(dry_run=True, cancels=OPEN[:1], closes=(close,))
    question = flatten_question(preview, halted=True)
    assert question.listed == ("cancel buy 10 MSFT", "sell 110 AAPL (trend)")
    assert any("halted" in effect for effect in question.effects)
    assert not any("halted" in effect for effect in flatten_question(preview, halted=False).effects)
