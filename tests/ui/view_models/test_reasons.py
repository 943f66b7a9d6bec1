"""Reason codes and numbers in words."""

import pytest

from stockbot.events.trading import Reason
from stockbot.model.risk.checks import CHECKS
from stockbot_console.view_models.reasons import WORDS, code_text, numbers_text, reason_text, reasons_text


def test_every_check_of_risk_has_its_words() -> None:
    """The table here and the table of checks have the same codes."""
    assert set(WORDS) == {check.code for check in CHECKS}


def test_a_reason_is_a_sentence_with_its_numbers() -> None:
    """Large numbers get their separators."""
    cash = Reason(code="NOTIONAL_EXCEEDS_FREE_CASH", detail="needed=37518.20 free=912")
    assert reason_text(cash) == "The free cash does not cover it: needed 37,518.20, free 912"
    tiny = Reason(code="X", detail="a=17249000.0000 b=44671.27150000 c=4.150468 d=30.0 e=1E+3 f=NaN")
    assert reason_text(tiny) == "X: a 17,249,000.00, b 44,671.2715, c 4.1505, d 30.0, e 1,000, f NaN"
    halted = Reason(code="TRADING_HALTED", detail="")
    assert reasons_text([halted, cash]).startswith("Trading is halted; The free cash")


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        ("until=2026-03-02T15:00:00+00:00", "until 15:00:00 UTC"),
        ("silent=portfolio-manager,gateway", "silent portfolio-manager, gateway"),
        ("equity=unknown max_weight=0.25", "equity unknown, max weight 0.25"),
        ("no pairs at all", "no pairs at all"),
        ("", ""),
    ],
)
def test_numbers_of_every_kind_are_written(detail: str, text: str) -> None:
    """Times, lists, unknown ones, and what is not made of pairs."""
    assert numbers_text(detail) == text


def test_a_code_that_is_not_known_is_spelt_out() -> None:
    """A newer service may have checks that this console has not heard of."""
    assert code_text("MOON_TOO_FULL") == "Moon too full"
