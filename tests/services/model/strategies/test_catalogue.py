"""What is built in, how it is found and described, and what a person's own class must be."""

from collections.abc import Sequence
from typing import Any

import jsonschema
import msgspec
import pytest
from msgspec import Struct

from stockbot.errors import ConfigurationError
from stockbot.events.market import Bar
from stockbot.model.strategies.catalogue import BUILT_IN, Kind, checked, describe, find
from stockbot.model.strategies.moving_average_cross import MovingAverageCross
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Wish


class Own(MovingAverageCross):
    """One's own."""


class Loose(Struct):
    period: int = 1


class WithoutWarmup(Strategy[Loose]):
    version = "1"

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        return ()


class WithoutVersion(MovingAverageCross):
    version = 1  # type: ignore[assignment]  # the mistake


class LooseParameters(MovingAverageCross):
    Parameters = Loose  # type: ignore[assignment]  # the mistake


def test_what_is_built_in() -> None:
    """The six that the documentation lists."""
    assert list(BUILT_IN) == [
        "BollingerReversion",
        "BuyAndHold",
        "DonchianBreakout",
        "MovingAverageCross",
        "RsiMeanReversion",
        "TimeSeriesMomentum",
    ]


@pytest.mark.parametrize("kind", BUILT_IN.values())
def test_forms_can_be_made_of_a_description(kind: Kind) -> None:
    """There is a text, and a JSON schema in which every parameter has a description, a default and a type."""
    shown = describe(checked(kind))
    assert shown.name == kind.__name__
    assert len(shown.text.splitlines()) == 1
    jsonschema.Draft202012Validator.check_schema(shown.parameters)
    jsonschema.validate(msgspec.to_builtins(kind.Parameters()), shown.parameters)
    (properties,) = [part["properties"] for part in shown.parameters["$defs"].values() if "properties" in part]
    for one in properties.values():
        assert {"description", "default"} <= one.keys()


@pytest.mark.parametrize("kind", BUILT_IN.values())
def test_the_source_of_the_rule_is_named(kind: Kind) -> None:
    """The module says where the strategy is defined, with the year."""
    module = __import__(kind.__module__, fromlist=["__doc__"])
    assert any(str(year) in str(module.__doc__) for year in range(1970, 2020))


def test_one_finds_a_strategy_by_the_name_of_its_class() -> None:
    """Built in or one's own; a built-in name cannot be taken by another class."""
    assert find("MovingAverageCross") is MovingAverageCross
    assert find("Own", {"Own": Own}) is Own
    assert find("MovingAverageCross", {"MovingAverageCross": Own}) is MovingAverageCross


@pytest.mark.parametrize(
    ("name", "words"),
    [("MovingAverageCros", "did you mean MovingAverageCross?"), ("?", "there are BollingerReversion, BuyAndHold")],
)
def test_a_name_that_does_not_exist(name: str, words: str) -> None:
    """The nearest name is offered, or all of them."""
    with pytest.raises(ConfigurationError) as refused:
        find(name)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (7, "7 is not a class made from Strategy"),
        (Loose, "Loose is not a class made from Strategy"),
        (WithoutWarmup, "WithoutWarmup has no warmup"),
        (WithoutVersion, 'needs a version, a text such as "1", not 1'),
        (LooseParameters, "needs Parameters, a frozen msgspec Struct"),
    ],
)
def test_what_ones_own_class_lacks(kind: Any, words: str) -> None:
    """It is said in words before an instance is made."""
    with pytest.raises(ConfigurationError) as refused:
        checked(kind)
    assert words in str(refused.value)


def test_ones_own_class_that_keeps_the_contract() -> None:
    """It is given back as it is."""
    assert checked(Own) is Own
