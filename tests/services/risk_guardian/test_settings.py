"""What the Risk Guardian's surroundings tell it."""

import re

import pytest

from stockbot.errors import ConfigurationError
from stockbot.risk_guardian.settings import RiskSettings


@pytest.fixture(autouse=True)
def bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKBOT_BUS_URL", "redis://127.0.0.1:6379/0")


def test_the_lease_lasts_as_long_as_everybodys() -> None:
    """Unset, a dead process keeps its place for 15 seconds."""
    assert RiskSettings.load().lease_seconds == 15.0


@pytest.mark.parametrize("wrong", ["nan", "0", "301", "long"])
def test_what_is_no_time_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """The error names the variable, the value and what would be right."""
    monkeypatch.setenv("STOCKBOT_LEASE_SECONDS", wrong)
    with pytest.raises(ConfigurationError, match=re.escape(f"STOCKBOT_LEASE_SECONDS is '{wrong}', but must be")):
        RiskSettings.load()
