"""What-if questions and their answers."""

from typing import Any

import msgspec
import pytest

from stockbot.testing.trading_scenes import judgement
from stockbot_console.answers import Failure
from stockbot_console.guardian_answers import CheckAnswer
from stockbot_console.view_models.checks import check_result, order_of


def answer(*checks: dict[str, Any], **changes: Any) -> CheckAnswer:
    approved = {"approved": True, "reduction": False, "side": "buy", "quantity": "10", "held": "1880.00"}
    return msgspec.convert({**approved, **changes, "checks": checks}, CheckAnswer)


def test_an_order_is_made_of_the_fields() -> None:
    """Symbols are written large, spaces do not count."""
    order = order_of({"symbol": " brk.b ", "side": "sell", "quantity": " 2.5 "})
    assert order == {"symbol": "BRK.B", "side": "sell", "quantity": "2.5"}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"symbol": " "}, "The symbol is missing."),
        ({"side": "hold"}, "The side is missing."),
        ({"quantity": "ten"}, "'ten' is no quantity."),
        ({"quantity": "-1"}, "'-1' is no quantity."),
        ({"quantity": "NaN"}, "'NaN' is no quantity."),
        ({"quantity": ""}, "'' is no quantity."),
    ],
)
def test_a_field_that_is_wrong_is_named(wrong: dict[str, str], reason: str) -> None:
    """Before anybody is asked."""
    order = order_of({"symbol": "AAPL", "side": "buy", "quantity": "1"} | wrong)
    assert isinstance(order, Failure)
    assert order.reason == reason


def test_an_approval_says_what_it_would_hold() -> None:
    """And every check that it passed."""
    shown = check_result(answer(judgement("TRADING_HALTED", detail="state=Active", sentence="It is not Halted.")))
    assert (shown.word, shown.level) == ("WOULD BE APPROVED", "good")
    assert shown.detail == "buy 10, holding 1,880.00 of cash"
    row = shown.rows[0]
    assert (row.word, row.sentence, row.numbers) == ("passes", "It is not Halted", "state Active")


def test_what_speaks_against_an_order_comes_first() -> None:
    """A failed check says what is so, not what should be."""
    failed = judgement("SHORT_NOT_ALLOWED", passed=False, detail="position=-5 allowed=false")
    shown = check_result(answer(judgement("TRADING_HALTED"), failed, approved=False, held=None))
    assert (shown.word, shown.detail) == ("WOULD BE DENIED", "buy 10: 1 check against it")
    assert [row.word for row in shown.rows] == ["fails", "passes"]
    assert shown.rows[0].sentence == "Selling short is not allowed"


def test_a_reduction_is_excused_from_limits() -> None:
    """It is judged, and nothing speaks against it."""
    excused = judgement("LOSS_EXCEEDS_DAILY_LIMIT", passed=False, excused=True)
    shown = check_result(answer(excused, reduction=True, held="0"))
    assert (shown.detail, shown.rows[0].word) == ("buy 10 (a reduction)", "excused")
