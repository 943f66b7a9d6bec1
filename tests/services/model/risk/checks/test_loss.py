"""Losses: the end of a cooldown, and deposits that are no profit."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from stockbot.model.risk.decide import Approved, Denied, decide
from stockbot.model.risk.inputs import DecisionInputs
from stockbot.testing.clock import START as NOW

Make = Callable[..., DecisionInputs]


def ago(seconds: float) -> Any:
    return NOW - timedelta(seconds=seconds)


def test_a_cooldown_ends(make: Make) -> None:
    """A strategy that lost too often in a row may trade again to the second when its wait is over."""
    lost = {"losses": {"losses_in_a_row": 5, "last_loss_at": ago(3600)}}
    assert isinstance(decide(make(lost)), Approved)
    assert isinstance(decide(make(lost, {"losses": {"last_loss_at": ago(3599)}})), Denied)


def test_deposits_are_no_profit(make: Make) -> None:
    """A deposit of the day hides no loss, and a withdrawal makes none."""
    deposit = {"losses": {"net_deposits": Decimal(5000)}, "standing": {"equity": Decimal(102_000)}}
    withdrawal = {"losses": {"net_deposits": Decimal(-5000)}, "standing": {"equity": Decimal(95_000)}}
    assert isinstance(decide(make(deposit)), Denied)
    assert isinstance(decide(make(withdrawal)), Approved)
