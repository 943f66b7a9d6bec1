"""How the books stand beside the broker's."""

from datetime import UTC
from typing import Any

import msgspec
import pytest

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import drift, reconciliation
from stockbot_console.answers import Failure
from stockbot_console.engine_answers import Drain, Reconciliation
from stockbot_console.view_models.reconciliations import Standing, standing

SERVING = Drain(state="serving")


def shown(*drifts: dict[str, Any], drain: Drain | Failure = SERVING, **changes: Any) -> Standing:
    told = msgspec.convert(reconciliation(START, *drifts) | changes, Reconciliation)
    return standing(told, drain, UTC)


@pytest.mark.parametrize(
    ("state", "word", "level"),
    [
        ("reconciled", "RECONCILED", "good"),
        ("running", "RECONCILING", "warning"),
        ("failed", "FAILED", "bad"),
        ("never", "NOT YET", "warning"),
    ],
)
def test_each_state_has_a_word(state: str, word: str, level: str) -> None:
    """And a level."""
    told = shown(state=state)
    assert (told.word, told.level) == (word, level)


def test_drift_is_named_on_both_sides() -> None:
    """Reconciled books that differ are not called reconciled."""
    told = shown(drift(START))
    assert (told.word, told.level) == ("1 DRIFT", "bad")
    row = told.drifts[0]
    assert (row.kind, row.subject, row.ours, row.brokers) == ("position", "KO", "120", "121")


@pytest.mark.parametrize(
    ("drain", "words", "count"),
    [
        (SERVING, "Orders are taken on.", 0),
        (Drain(state="draining", in_flight=("a", "b")), "No new order is taken on while", 2),
        (Failure(reason="down", remedy=""), "Whether orders are taken on is not known.", 0),
    ],
)
def test_the_intake_is_said(drain: Drain | Failure, words: str, count: int) -> None:
    """With how many are in flight."""
    told = shown(drain=drain)
    assert told.intake.startswith(words)
    assert told.in_flight == count
