"""Documents that the tests of the spec begin with, and what a person is told about a bad one."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from stockbot.errors import ConfigurationError
from stockbot.spec import load_documents

Given = dict[str, Any]

BLOCKS: dict[str, Given] = {
    "MarketDataGateway": {
        "tickIntervalSeconds": 2.5,
        "providers": [
            {"name": "demo", "type": "Demo", "demo": {"seed": 7, "hours": "Exchange", "volatility": "0.3"}},
            {"name": "past", "type": "Replay", "replay": {"start": "2020-02-03", "speed": "0.0000001"}},
            {"name": "yahoo", "type": "YahooFinance", "yahooFinance": {"baseUrl": "http://127.0.0.1:8080/x"}},
            {
                "name": "paid",
                "type": "AlphaVantage",
                "alphaVantage": {
                    "apiKey": {"secretRef": {"name": "alpha", "key": "api.key"}},
                    "entitlement": "realtime",
                },
                "budget": {"perMinute": 5, "perDay": 25},
                "timeoutSeconds": 3,
            },
        ],
        "symbolSets": [
            {
                "name": "made-up",
                "exchange": "24/7",
                "symbols": ["AAPL", "^GSPC"],
                "providers": ["demo", "past"],
            },
            {"name": "real", "symbols": ["ON", "BRK-B", "EURUSD=X"], "providers": ["yahoo", "paid"]},
        ],
    },
    "StrategyOrchestrator": {
        "strategies": [
            {
                "name": "cross",
                "class": "MovingAverageCross",
                "symbols": ["AAPL"],
                "interval": "5m",
                "parameters": {"fast": 10, "slow": "30", "kind": "exponential"},
                "sizing": {"volatilityTarget": {"annual": "0.1"}},
                "schedule": {"sessions": "Extended"},
                "enabled": False,
            },
            {"name": "hold", "class": "mine:Hold", "symbols": ["KO"], "sizing": {"percentOfEquity": "5"}},
        ],
        "strategiesFrom": {"configMapRef": {"name": "my-strategies"}},
    },
    "RiskGuardian": {
        "tradingState": "Reducing",
        "limits": {"maxOrderNotional": "25000", "groups": [{"name": "tech", "symbols": ["AAPL", "MSFT"]}]},
    },
    "ExecutionEngine": {
        "broker": {
            "type": "Alpaca",
            "alpaca": {
                "keyId": {"secretRef": {"name": "alpaca", "key": "id"}},
                "secretKey": {"secretRef": {"name": "alpaca", "key": "secret"}},
                "mode": "Live",
            },
        },
        "collar": {"enabled": False},
    },
    "PortfolioManager": {"benchmark": "SPY", "riskFreeRate": "0"},
    "AlertManager": {
        "channels": [{"name": "chat", "url": {"secretRef": {"name": "chat", "key": "url"}}}],
        "routes": [{"atLeast": "Warning", "channels": ["chat"]}],
        "escalation": {"channels": ["chat"]},
    },
    "Dashboard": {"sessionHours": 8},
}

COMMON: Given = {
    "suspend": True,
    "dependsOn": ["one", "two"],
    "bus": {"secretRef": {"name": "bus", "key": "url"}},
    "image": "registry.example.com/stockbot@sha256:0a",
    "serviceAccountName": "runner",
    "resources": {"requests": {"cpu": 1, "memory": "256Mi"}, "limits": {"ephemeral-storage": "1.5Gi"}},
    "env": [
        {"name": "A", "value": "yes"},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "b", "key": "b"}}},
    ],
    "scheduling": {
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "spot", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]
                }
            },
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 5, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname"}}
                ]
            },
        },
        "topologySpread": [{"topologyKey": "topology.kubernetes.io/zone"}],
    },
    "podMetadata": {"labels": {"team": "desk"}, "annotations": {"example.com/note": "any text: at all\n"}},
    "imagePullSecrets": [{"name": "registry"}],
    "rollout": {"window": "MarketClosed", "drainTimeoutSeconds": 5},
    "network": {
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "egress": {
            "restricted": True,
            "to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
        },
    },
    "ingress": {"host": "desk.example.com", "tlsSecretName": "desk-tls"},
}


@pytest.fixture(scope="session")
def document() -> Callable[..., Given]:
    """Make a good document of a type with its full block; keyword arguments are further keys of the spec."""

    def make(type_: str, **spec: Any) -> Given:
        own = type_[0].lower() + type_[1:]
        return {
            "apiVersion": "stockbot.dev/v1alpha1",
            "kind": "TradingService",
            "metadata": {"name": "it", "namespace": "desk", "labels": {"app": "x"}},
            "spec": {"type": str(type_), own: deepcopy(BLOCKS[type_]), **deepcopy(spec)},
        }

    return make


@pytest.fixture(scope="session")
def common() -> Given:
    """Give every common field of the spec, set to something else than its default."""
    return COMMON


@pytest.fixture
def complaints(tmp_path: Path) -> Callable[[Any], list[str]]:
    """Load a document through a YAML file; the lines that a person reads, without the file's name."""

    def load(given: Any) -> list[str]:
        file = tmp_path / "it.yaml"
        file.write_text(given if isinstance(given, str) else yaml.safe_dump(given))
        with pytest.raises(ConfigurationError) as refused:
            load_documents(file)
        return [line.removeprefix(f"{file}").removeprefix(": ") for line in str(refused.value).splitlines()]

    return load
