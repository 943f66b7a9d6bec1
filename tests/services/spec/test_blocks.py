"""The blocks of the six types beside the gateway: safe defaults, and the words for what is wrong."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from stockbot.spec.execution_engine import ExecutionEngine
from stockbot.spec.risk_guardian import RiskGuardian, RiskLimits
from stockbot.spec.strategy_orchestrator import StrategyOrchestrator

SECRET = {"secretRef": {"name": "a", "key": "b"}}


def strategy(**changes: Any) -> dict[str, Any]:
    return {"name": "a", "class": "Cross", "symbols": ["KO"], "sizing": {"notional": "100"}, **changes}


def channel(name: str = "chat") -> dict[str, Any]:
    return {"name": name, "url": SECRET}


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("RiskGuardian", {"tradingState": "Stopped"},
     '.tradingState: "Stopped" is none of Active, Reducing, Halted'),
    ("RiskGuardian", {"limits": None}, ".limits: has no value; write a map of keys and values, or delete the line"),
    ("RiskGuardian", {"limits": {"maxDailyLos": "0.1"}},
     ".limits.maxDailyLos: unknown key; did you mean maxDailyLoss?"),
    ("RiskGuardian", {"limits": {"max_daily_loss": "0.1"}},
     ".limits.max_daily_loss: unknown key; did you mean maxDailyLoss?"),
    ("RiskGuardian", {"limits": {"maxDailyLoss": 0.02}},
     '.limits.maxDailyLoss: 0.02 is a bare number, which may lose digits; write "0.02" in quotes'),
    ("RiskGuardian", {"limits": {"maxDailyLoss": "2%"}},
     '.limits.maxDailyLoss: must be a decimal number in quotes, for example "0.25"'),
    ("RiskGuardian", {"limits": {"maxDailyLoss": "NaN"}},
     '.limits.maxDailyLoss: must be a decimal number in quotes, for example "0.25"'),
    ("RiskGuardian", {"limits": {"maxDailyLoss": "2"}},
     '.limits.maxDailyLoss: "2" is out of range: it must be above 0 and at most 1'),
    ("RiskGuardian", {"limits": {"maxOrderNotional": "-1"}},
     '.limits.maxOrderNotional: "-1" is out of range: it must be above 0'),
    ("RiskGuardian", {"limits": {"groups": [{"name": "a", "symbols": ["KO", "KO"]}]}},
     '.limits.groups[0].symbols[1]: "KO" is there twice; each may stand once'),
    ("RiskGuardian", {"limits": {"onDailyLoss": "Active"}},
     '.limits.onDailyLoss: "Active" is none of Reducing, Halted'),
    ("StrategyOrchestrator", {"strategies": [strategy(), strategy()]},
     '.strategies[1].name: "a" is there twice; each may stand once'),
    ("StrategyOrchestrator", {"strategies": [strategy(name="flatten")]},
     '.strategies[0].name: "flatten" is the name of orders that people make; choose another'),
    ("StrategyOrchestrator", {"strategies": [strategy(sizing={})]},
     ".strategies[0].sizing: needs exactly one of fixedQuantity, notional, percentOfEquity, volatilityTarget"),
    ("StrategyOrchestrator", {"strategies": [strategy(sizing={"notional": "1", "percentOfEquity": "1"})]},
     ".strategies[0].sizing: needs exactly one of fixedQuantity, notional, percentOfEquity, volatilityTarget"),
    ("StrategyOrchestrator", {"strategies": [strategy(parameters={"fast": 1.5})]},
     '.strategies[0].parameters.fast: 1.5 is a bare number, which may lose digits; write "1.5" in quotes'),
    ("StrategyOrchestrator", {"strategies": [strategy(parameters={"fast": True})]},
     ".strategies[0].parameters.fast: must be a whole number or text; put it in quotes"),
    ("StrategyOrchestrator", {"strategies": [strategy(parameters={"a-b": 1})]},
     ".strategies[0].parameters: the key \"a-b\" must be letters, digits and '_', no digit first"),
    ("StrategyOrchestrator", {"strategies": [strategy(interval="1 min")]},
     '.strategies[0].interval: "1 min" is none of 1m, 5m, 15m, 1h, 1d'),
    ("StrategyOrchestrator", {"strategies": [strategy(**{"class": "a b"})]},
     '.strategies[0].class: "a b" must be a strategy\'s class, for example MovingAverageCross or my_module:MyStrategy'),
    ("StrategyOrchestrator", {"strategiesFrom": {}}, ".strategiesFrom: needs exactly one of configMapRef and folder"),
    ("StrategyOrchestrator", {"strategiesFrom": {"folder": "own", "configMapRef": {"name": "own"}}},
     ".strategiesFrom: needs exactly one of configMapRef and folder"),
    ("StrategyOrchestrator", {"strategiesFrom": {"folder": "a\nb"}},
     '.strategiesFrom.folder: "a\\nb" must be the path of a folder'),
    ("ExecutionEngine", {"broker": {"type": "Alpaca"}},
     ".broker.alpaca: is missing; Alpaca needs keyId and secretKey, each {secretRef: {name, key}}"),
    ("ExecutionEngine", {"broker": {"alpaca": {"keyId": SECRET, "secretKey": SECRET}}},
     ".broker.alpaca: is not allowed for Paper: delete it, or write type: Alpaca"),
    ("ExecutionEngine", {"broker": {"paper": {"openingBalance": "0"}}},
     '.broker.paper.openingBalance: "0" is out of range: it must be above 0'),
    ("PortfolioManager", {"benchmark": "spy"},
     '.benchmark: "spy" must be a symbol: 1 to 32 of A-Z 0-9 . ^ = -, in capitals'),
    ("AlertManager", {"channels": [channel(), channel()]},
     '.channels[1].name: "chat" is there twice; each may stand once'),
    ("AlertManager", {"channels": [channel()], "routes": [{"channels": ["mail"]}]},
     '.routes[0].channels[0]: "mail" is no channel of this document: chat'),
    ("AlertManager", {"escalation": {"channels": ["mail"]}},
     '.escalation.channels[0]: "mail" is no channel of this document: there are none'),
    ("AlertManager", {"channels": [{"name": "chat", "url": "slack://hunter2"}]},
     ".channels[0].url: must be a map of keys and values, not text"),
    ("Dashboard", {"sessionHours": 0}, ".sessionHours: 0 is too small: at least 1"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "block", "complaint"), BAD)
def test_bad_block(
    type_: str,
    block: dict[str, Any],
    complaint: str,
    document: Callable[..., dict[str, Any]],
    complaints: Callable[[Any], list[str]],
) -> None:
    """One mistake in a block is one line, and no line repeats what may be a secret."""
    own = type_[0].lower() + type_[1:]
    assert complaints(document(type_) | {"spec": {"type": type_, own: block}}) == [f"spec.{own}{complaint}"]


def test_every_limit_has_a_safe_default() -> None:
    """Empty limits are never `no limit`: each one is there, above zero and small."""
    limits = RiskGuardian.model_validate({"limits": {}}).limits
    assert limits == RiskLimits()
    assert limits.max_order_notional == Decimal(25000)
    assert limits.max_daily_loss == Decimal("0.02")
    assert not limits.allow_short
    assert not limits.resume_at_open


def test_declared_state_is_absent_by_default() -> None:
    """Where the document says nothing, only the state set at run time counts."""
    assert RiskGuardian().trading_state is None


def test_the_default_broker_moves_no_money() -> None:
    """Live trading is never a default."""
    assert ExecutionEngine().broker.type == "Paper"
    alpaca = {"type": "Alpaca", "alpaca": {"keyId": SECRET, "secretKey": SECRET}}
    broker = ExecutionEngine.model_validate({"broker": alpaca}).broker
    assert broker.alpaca is not None
    assert broker.alpaca.mode == "Paper"


def test_parameters_are_kept_as_text() -> None:
    """A whole number and its text are the same parameter, as they are for Kubernetes."""
    given = {"strategies": [strategy(parameters={"fast": 10, "slow": "30"})]}
    block = StrategyOrchestrator.model_validate(given)
    assert block.strategies[0].parameters == {"fast": "10", "slow": "30"}
