"""The history of an order."""

from datetime import UTC

import msgspec

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import details, executions, orders
from stockbot_console.engine_answers import OrderDetail
from stockbot_console.view_models.order_steps import fill_rows, timeline, total_text

ORDER = orders(START)[4]
FILLS = [one for one in reversed(executions(START)) if one["client_order_id"] == ORDER["client_order_id"]]
DETAIL = msgspec.convert(
    {"order": ORDER, "executions": FILLS} | msgspec.to_builtins(details(START)[ORDER["client_order_id"]]),
    OrderDetail,
    strict=False,
)


def test_each_step_says_how_long_after_the_one_before() -> None:
    """From the intent to the last fill, with whose word it is."""
    steps = timeline(DETAIL, UTC)
    assert [(step.word, step.after) for step in steps] == [
        ("INTENT", ""),
        ("SENT", "3 ms"),
        ("ACCEPTED", "38 ms"),
        ("PART FILLED", "83 ms"),
        ("FILLED", "210 ms"),
    ]
    assert [step.source for step in steps][1:3] == ["Execution Engine", "broker"]
    assert steps[3].filled == "4 of 10 filled"
    assert total_text(DETAIL.timeline) == "334 ms"


def test_a_state_of_a_later_version_is_shown_as_it_is() -> None:
    """A word that this console does not know does not take the page away."""
    step = msgspec.structs.replace(DETAIL.timeline[0], state="LENT")
    shown = timeline(msgspec.structs.replace(DETAIL, timeline=(step,)), UTC)
    assert (shown[0].word, shown[0].level) == ("LENT", "idle")


def test_fills_say_price_fee_and_when_they_were_booked() -> None:
    """To the millisecond."""
    rows = fill_rows(DETAIL.executions, UTC)
    assert [row.text for row in rows] == ["buy 4 at 187.44", "buy 6 at 187.47"]
    assert (rows[0].fee, rows[0].booked_after) == ("0.35", "4 ms")


def test_an_order_without_history_has_no_length() -> None:
    """Nothing is made up."""
    assert total_text(()) == ""
