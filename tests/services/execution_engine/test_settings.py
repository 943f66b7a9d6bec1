"""Settings and documents that a person must mend are named in words, before anything starts."""

import pytest

from stockbot.errors import ConfigurationError
from stockbot.execution_engine.main import build, gateway_of, money_of
from stockbot.execution_engine.settings import ExecutionSettings
from stockbot.spec import TradingService, read_document
from stockbot.spec.execution_engine import Broker

KEYS = {
    "keyId": {"secretRef": {"name": "alpaca", "key": "key"}},
    "secretKey": {"secretRef": {"name": "alpaca", "key": "secret"}},
}


@pytest.mark.parametrize(("name", "value"), [("LEASE_SECONDS", "0"), ("SEND_SECONDS", "-1"), ("RISK_SOURCE", "")])
def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The variable, its value and what would be right; an empty one is as if it were not set."""
    monkeypatch.setenv("STOCKBOT_BUS_URL", "redis://127.0.0.1:6379/0")
    monkeypatch.setenv(f"STOCKBOT_{name}", value)
    if not value:
        assert ExecutionSettings.load().risk_source == "risk-guardian/0"
        return
    with pytest.raises(ConfigurationError, match=f"STOCKBOT_{name} is '{value}', but must be seconds"):
        ExecutionSettings.load()


@pytest.mark.parametrize(
    ("block", "money"),
    [
        (Broker(), "paper"),
        (Broker.model_validate({"type": "Alpaca", "alpaca": KEYS}), "paper"),
        (Broker.model_validate({"type": "Alpaca", "alpaca": KEYS | {"mode": "Live"}}), "live"),
    ],
)
def test_every_log_line_says_whether_money_moves(block: Broker, money: str) -> None:
    """Only Alpaca's live account is live."""
    assert money_of(block) == money


def test_a_missing_secret_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alpaca without its keys: the variable that is missing is named, and nothing of a secret."""
    monkeypatch.delenv("STOCKBOT_SECRET_ALPACA_KEY", raising=False)
    settings = ExecutionSettings.model_validate(
        {"bus_url": "redis://127.0.0.1:6379/0", "database_url": "sqlite:////tmp/none.db"}
    )
    with pytest.raises(ConfigurationError, match="STOCKBOT_SECRET_ALPACA_KEY"):
        build(settings, _document())


async def test_the_gateway_is_asked_where_it_is_known() -> None:
    """With its address and our token; without an address not at all."""
    base = {"bus_url": "redis://127.0.0.1:6379/0", "token": "sbt_x"}
    assert gateway_of(ExecutionSettings.model_validate(base)) is None
    known = base | {"endpoints": {"MarketDataGateway": "http://127.0.0.1:3001"}}
    client = gateway_of(ExecutionSettings.model_validate(known))
    assert client is not None
    assert client.headers["authorization"] == "Bearer sbt_x"
    await client.aclose()


def _document() -> TradingService:
    broker = {"type": "Alpaca", "alpaca": KEYS}
    given = {
        "apiVersion": "stockbot.dev/v1alpha1",
        "kind": "TradingService",
        "metadata": {"name": "execution-engine"},
        "spec": {"type": "ExecutionEngine", "executionEngine": {"broker": broker}},
    }
    return read_document(given, "a test")
