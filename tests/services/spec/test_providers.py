"""The sources of prices: each has its own options and no other's."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from stockbot.spec.providers import PriceProvider, ProviderType

PLACE = "spec.marketDataGateway.providers[0]"
SECRET = {"secretRef": {"name": "alpha", "key": "key"}}


def test_replay_is_read() -> None:
    """A date and a decimal keep their exact values."""
    replay = {"files": ["builtin:", "mine.csv"], "speed": "3600", "start": "2020-02-29"}
    provider = PriceProvider.model_validate({"name": "past", "type": "Replay", "replay": replay})
    assert provider.replay is not None
    assert provider.replay.speed == Decimal(3600)
    assert provider.replay.start == date(2020, 2, 29)
    assert provider.replay.files == ("builtin:", "mine.csv")


def test_simulated_types() -> None:
    """Demo and replay prices are not those of a market now; the others are."""
    assert [type_ for type_ in ProviderType if type_.simulated] == [ProviderType.DEMO, ProviderType.REPLAY]


@pytest.mark.parametrize(
    ("provider", "complaint"),
    [
        ({"type": "Demo", "replay": {}}, ".replay: is not allowed for Demo: delete it, or write type: Replay"),
        ({"type": "Yahoo"}, '.type: "Yahoo" is none of Demo, Replay, YahooFinance, AlphaVantage'),
        ({"type": "AlphaVantage"}, ".alphaVantage: is missing; AlphaVantage needs apiKey: {secretRef: {name, key}}"),
        ({"type": "AlphaVantage", "alphaVantage": {}}, ".alphaVantage.apiKey: is missing"),
        ({"type": "AlphaVantage", "alphaVantage": {"apiKey": "hunter2"}},
         ".alphaVantage.apiKey: must be a map of keys and values, not text"),
        ({"type": "AlphaVantage", "alphaVantage": {"apiKey": SECRET, "entitlement": "real"}},
         '.alphaVantage.entitlement: "real" is none of "", delayed, realtime; did you mean realtime?'),
        ({"type": "YahooFinance", "yahooFinance": {"baseUrl": "https://ann:hunter2@x"}},
         (".yahooFinance.baseUrl: must be"
         " an address that starts with https:// or http:// and holds no user or password")),
        ({"type": "Demo", "demo": {"seed": -1}}, ".demo.seed: -1 is too small: at least 0"),
        ({"type": "Demo", "demo": {"volatility": 0.25}}, (".demo.volatility: 0.25 is a bare number, which may lose"
         ' digits; write "0.25" in quotes')),
        ({"type": "Demo", "demo": {"volatility": "6"}}, ('.demo.volatility: "6" is out of range: it must be above 0 and'
         " at most 5")),
        ({"type": "Replay", "replay": {"start": "2023-02-29"}}, ".replay.start: must be a date such as 2024-01-31"),
        ({"type": "Replay", "replay": {"start": 2023}}, ".replay.start: must be a date such as 2024-01-31"),
        ({"type": "Replay", "replay": {"speed": "0"}}, '.replay.speed: "0" is out of range: it must be above 0'),
        ({"type": "Replay", "replay": {"files": [""]}}, ".replay.files[0]: is too short: at least 1 character"),
        ({"type": "Replay", "replay": {"loop": "no"}}, ".replay.loop: must be true or false without quotes, not text"),
        ({"type": "Demo", "budget": {"perDay": 0}}, ".budget.perDay: 0 is too small: at least 1"),
        ({"type": "Demo", "timeoutSeconds": 0}, ".timeoutSeconds: 0 is too small: at least 0.1"),
    ],
)  # fmt: skip
def test_bad_provider(
    provider: dict[str, Any],
    complaint: str,
    document: Callable[..., dict[str, Any]],
    complaints: Callable[[Any], list[str]],
) -> None:
    """One mistake in a provider is one line, and no line repeats what may be a secret."""
    given = document("MarketDataGateway")
    given["spec"]["marketDataGateway"] = {
        "providers": [{"name": "it", **provider}],
        "symbolSets": [{"name": "a", "symbols": ["KO"], "providers": ["it"]}],
    }
    assert complaints(given) == [PLACE + complaint]
