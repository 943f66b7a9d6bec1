"""Signals with their why, and the decisions that followed."""

from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from stockbot.events.trading import Intent, Side, Signal
from stockbot.testing.clock import START
from stockbot.testing.trading_scenes import DENIED, decision, signal
from stockbot_console.guardian_answers import Verdict
from stockbot_console.journal import Journal, recorded
from stockbot_console.orchestrator_answers import SignalEntry
from stockbot_console.view_models.signals import (
    SHOWN,
    denial_row,
    indicator_text,
    signal_row,
    signal_rows,
    wish_text,
)


def entry(signal_id: str = "s1", **changes: Any) -> SignalEntry:
    return msgspec.convert(signal(signal_id, START, **changes), SignalEntry)


def verdict(*reasons: Any) -> Verdict:
    return msgspec.convert(decision(1, signal("s1", START), *reasons), Verdict, from_attributes=True)


def test_a_signal_says_why() -> None:
    """Wish, reason, indicators, and the price with its time are there."""
    row = signal_row(entry(), None, UTC)
    assert (row.symbol, row.wish, row.side) == ("AAPL", "buy 10", "buy")
    assert row.reason == "the fast average crossed above the slow one"
    assert row.indicators == (("fast", "187.20"), ("slow", "186.90"))
    assert row.reference == "187.45, 15:00:00 UTC"
    assert (row.decision.word, row.decision.level) == ("NO DECISION", "waiting")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "buy 10"),
        ({"intent": Intent.EXIT, "side": Side.SELL, "quantity": Decimal("2500.50")}, "sell 2,500.5 to exit"),
        ({"intent": Intent.TARGET, "target": Decimal(100)}, "target 100"),
        ({"intent": Intent.TARGET, "target": Decimal(-40)}, "target \N{MINUS SIGN}40"),
        ({"intent": Intent.TARGET, "target": Decimal("0.0")}, "target 0 (flat)"),
    ],
)
def test_what_is_wished_is_written(changes: dict[str, Any], text: str) -> None:
    """Quantities and targets, long, short and flat."""
    wished: Signal = entry(**changes).signal
    assert wish_text(wished) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (1234.5, "1,234.50"), (-3.14159, "-3.14"), (0.00123, "0.00123")]
)
def test_indicators_are_short_and_small_ones_are_not_lost(value: float, text: str) -> None:
    """Two places from one on, three digits below."""
    assert indicator_text(value) == text


def test_an_approval_says_how_much() -> None:
    """Risk may approve what a target came to."""
    shown = signal_row(entry(), verdict(), UTC).decision
    assert (shown.word, shown.level, shown.detail, shown.reasons) == ("APPROVED", "good", "buy 10", ())


def test_a_denial_says_every_reason() -> None:
    """Each reason is a sentence; the list of denials has the code beside it."""
    shown = signal_row(entry(), verdict(*DENIED), UTC).decision
    assert (shown.word, shown.level, len(shown.reasons)) == ("DENIED", "bad", 2)
    row = denial_row(verdict(*DENIED), entry(), UTC)
    assert (row.symbol, row.strategy, row.wish) == ("AAPL", "trend", "buy 10")
    assert [code for code, _ in row.codes] == ["NOTIONAL_EXCEEDS_FREE_CASH", "POSITION_EXCEEDS_MAX_WEIGHT"]
    assert denial_row(verdict(*DENIED), None, UTC).wish == ""


def test_the_newest_signals_of_a_strategy_come_first() -> None:
    """Of many signals the last ones are shown, and none of another strategy."""
    made = [
        msgspec.structs.replace(entry(f"s{number}"), made_at=START + timedelta(seconds=number)) for number in range(90)
    ]
    other = entry("other", strategy="reversion")
    rows = signal_rows(recorded(Journal(), [*made, other], []), "trend", UTC)
    assert list(rows)[:2] == ["s89", "s88"]
    assert len(rows) == SHOWN
