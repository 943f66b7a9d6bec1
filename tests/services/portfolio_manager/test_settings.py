"""What the Portfolio Manager's surroundings tell it."""

import re

import pytest

from stockbot.errors import ConfigurationError
from stockbot.portfolio_manager.settings import PortfolioSettings


@pytest.fixture(autouse=True)
def bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKBOT_BUS_URL", "redis://127.0.0.1:6379/0")


def test_nothing_has_to_be_set() -> None:
    """New York's sessions, half a minute until a price is stale, everybody's lease."""
    settings = PortfolioSettings.load()
    assert (settings.exchange, settings.stale_seconds, settings.lease_seconds) == ("XNYS", 30.0, 15.0)
    assert settings.account == "paper"


@pytest.mark.parametrize(
    ("variable", "wrong"),
    [("STALE_SECONDS", "0"), ("STALE_SECONDS", "NaN"), ("LEASE_SECONDS", "long"), ("EXCHANGE", "x" * 17)],
)
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, wrong: str) -> None:
    """The error names the variable, the value and what would be right."""
    monkeypatch.setenv(f"STOCKBOT_{variable}", wrong)
    with pytest.raises(ConfigurationError, match=re.escape(f"STOCKBOT_{variable} is '{wrong}', but must be")):
        PortfolioSettings.load()
