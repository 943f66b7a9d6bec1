"""The gateway's block: names that exist, one set per symbol, simulated prices apart from real ones."""

from collections.abc import Callable
from typing import Any

import pytest

from stockbot.spec import TradingService

BLOCK = "spec.marketDataGateway"
DNS = "lower-case letters, digits and '-', a letter first and no '-' last"

Given = dict[str, Any]


def demo(name: str = "demo") -> Given:
    return {"name": name, "type": "Demo"}


def one_set(**changes: Any) -> Given:
    return {"name": "a", "symbols": ["AAPL"], "providers": ["demo"], **changes}


def test_defaults(document: Callable[..., Given]) -> None:
    """A tick every 5 s, stale after 30 s, on the New York exchange."""
    given = document("MarketDataGateway")
    given["spec"]["marketDataGateway"] = {"providers": [demo()], "symbolSets": [one_set()]}
    block = TradingService.model_validate(given).spec.market_data_gateway
    assert block is not None
    assert (block.tick_interval_seconds, block.stale_after_seconds) == (5, 30)
    assert block.symbol_sets[0].exchange == "XNYS"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"tickIntervalSeconds": 0.05}, ".tickIntervalSeconds: 0.05 is too small: at least 0.1"),
        ({"tickIntervalSeconds": 3601}, ".tickIntervalSeconds: 3601 is too large: at most 3600"),
        ({"tickIntervalSeconds": "5"}, ".tickIntervalSeconds: must be a number without quotes, not text"),
        ({"tickIntervalSeconds": True}, ".tickIntervalSeconds: must be a number without quotes, not true or false"),
        ({"tickIntervalSeconds": float("nan")},
         ".tickIntervalSeconds: nan is not a number to count with; write digits"),
        ({"providers": []}, ".providers: needs at least 1 entry"),
        ({"providers": None}, ".providers: has no value; write a list, or delete the line"),
        ({"providers": [demo(), demo()]}, '.providers[1].name: "demo" is there twice; each may stand once'),
        ({"providers": [demo("My Demo")]}, f'.providers[0].name: "My Demo" must be at most 40 of {DNS}'),
        ({"symbolSets": [one_set(providers=["dem"])]},
         '.symbolSets[0].providers[0]: "dem" is no provider of this document: demo'),
        ({"symbolSets": [one_set(providers=["demo", "demo"])]},
         '.symbolSets[0].providers[1]: "demo" is there twice; each may stand once'),
        ({"symbolSets": [one_set(symbols=["AAPL", "AAPL"])]},
         '.symbolSets[0].symbols[1]: "AAPL" is there twice; each may stand once'),
        ({"symbolSets": [one_set(), one_set(name="b")]},
         '.symbolSets[1].symbols[0]: "AAPL" is in the set a already; keep it in one of them'),
        ({"symbolSets": [one_set(), one_set(symbols=["KO"])]},
         '.symbolSets[1].name: "a" is there twice; each may stand once'),
        ({"symbolSets": [one_set(symbols=["aapl"])]},
         '.symbolSets[0].symbols[0]: "aapl" must be a symbol: 1 to 32 of A-Z 0-9 . ^ = -, in capitals'),
        ({"symbolSets": [one_set(symbols=[True])]},
         ".symbolSets[0].symbols[0]: must be text, but YAML reads true or false; put the value in quotes"),
        ({"symbolSets": [one_set(exchange="NYSE!")]},
         '.symbolSets[0].exchange: "NYSE!" must be an exchange\'s four-letter code, for example XNYS, or 24/7'),
        ({"symbolSets": [one_set(symbol=["KO"])]}, ".symbolSets[0].symbol: unknown key; did you mean symbols?"),
    ],
)  # fmt: skip
def test_bad_block(
    changes: Given, complaint: str, document: Callable[..., Given], complaints: Callable[[Any], list[str]]
) -> None:
    """One mistake in the block is one line with its path, what is wrong and what would be right."""
    given = document("MarketDataGateway")
    given["spec"]["marketDataGateway"] = {"providers": [demo()], "symbolSets": [one_set()], **changes}
    assert complaints(given) == [BLOCK + complaint]


@pytest.mark.parametrize("names", [["demo", "yahoo"], ["yahoo", "past"], ["paid", "demo", "past"]])
def test_simulated_and_real_never_mix(
    names: list[str], document: Callable[..., Given], complaints: Callable[[Any], list[str]]
) -> None:
    """A set whose real provider could be replaced by demo or replay prices is refused, in either order."""
    given = document("MarketDataGateway")
    given["spec"]["marketDataGateway"]["symbolSets"][0]["providers"] = names
    (line,) = complaints(given)
    assert line.startswith(f"{BLOCK}.symbolSets[0].providers: ")
    assert line.endswith("real prices are never replaced by simulated ones; give each a set of its own")


def test_message_of_a_mixed_set_names_both(
    document: Callable[..., Given], complaints: Callable[[Any], list[str]]
) -> None:
    """The message names the two providers and their types."""
    given = document("MarketDataGateway")
    given["spec"]["marketDataGateway"]["symbolSets"][0]["providers"] = ["yahoo", "demo"]
    assert "demo (Demo) is simulated and yahoo (YahooFinance) is real" in complaints(given)[0]


def test_block_is_required(document: Callable[..., Given], complaints: Callable[[Any], list[str]]) -> None:
    """A gateway without its block could serve nothing, and says so."""
    given = document("MarketDataGateway")
    del given["spec"]["marketDataGateway"]
    assert complaints(given) == [f"{BLOCK}: is missing; it says which symbols to serve, and from where"]


def test_shards(document: Callable[..., Given]) -> None:
    """A gateway may have more than one replica."""
    assert TradingService.model_validate(document("MarketDataGateway", replicas=64)).spec.replicas == 64
