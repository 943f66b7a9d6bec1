"""What the Risk Guardian's surroundings tell it."""

import re
from decimal import Decimal

import pytest

from stockbot.errors import ConfigurationError
from stockbot.risk_guardian.settings import RiskSettings


@pytest.fixture(autouse=True)
def bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKBOT_BUS_URL", "redis://127.0.0.1:6379/0")


def test_without_a_balance_it_waits_for_a_portfolio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset and empty mean the same; the lease lasts as long as everybody's."""
    monkeypatch.setenv("STOCKBOT_PAPER_OPENING_BALANCE", "")
    settings = RiskSettings.load()
    assert (settings.paper_opening_balance, settings.lease_seconds) == (None, 15.0)


def test_a_balance_is_a_decimal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cents stay cents."""
    monkeypatch.setenv("STOCKBOT_PAPER_OPENING_BALANCE", "2500.10")
    assert RiskSettings.load().paper_opening_balance == Decimal("2500.10")


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-1", "0", "much", "1E+20"])
def test_what_is_no_amount_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """The error names the variable, the value and what would be right."""
    monkeypatch.setenv("STOCKBOT_PAPER_OPENING_BALANCE", wrong)
    with pytest.raises(
        ConfigurationError, match=re.escape(f"STOCKBOT_PAPER_OPENING_BALANCE is '{wrong}', but must be")
    ):
        RiskSettings.load()
