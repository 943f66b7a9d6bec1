"""A class that is nowhere is told before anybody wonders why a strategy does not trade."""

from typing import Any

import pytest
from tests.operator import sights

from stockbot.model.strategies.catalogue import BUILT_IN
from stockbot.spec.strategy_orchestrator import BUILT_IN_STRATEGIES
from stockbot_operator.conditions import conditions
from stockbot_operator.kube.objects import Material, Meta
from stockbot_operator.outcome import Outcome
from stockbot_operator.references import CONFIG_MAP
from stockbot_operator.unknown_strategies import unknown_strategies

FROM_MAP = {"strategiesFrom": {"configMapRef": {"name": "mine"}}}
MINE = Material(metadata=Meta(name="mine"), data={"mine.py": "import x\n\nclass Mine(Strategy[P]):\n    ...\n"})


def told(class_name: str, *, material: Material | None = None, **changes: Any) -> list[str]:
    strategy = {"name": "one", "class": class_name, "symbols": ["AAPL"], "sizing": {"fixedQuantity": "1"}}
    block = {"strategies": [strategy], **changes.pop("block", {})}
    item = sights.resource("strategies", "StrategyOrchestrator", strategyOrchestrator=block, **changes)
    seen = sights.seen(item, materials={(CONFIG_MAP, "mine"): material})
    assert seen.document is not None, seen.complaint
    return [f"{cause.reason}: {cause.words}" for cause in unknown_strategies(seen)]


def test_the_names_are_those_of_the_catalogue() -> None:
    """What a document may name without a source is what there is."""
    assert frozenset(BUILT_IN) == BUILT_IN_STRATEGIES


def test_a_misspelt_class_is_named_with_its_place_and_the_nearest() -> None:
    """The message is enough to mend it."""
    (words,) = told("MovingAverageCros")
    assert words.startswith('UnknownStrategy: spec.strategyOrchestrator.strategies[0].class is "MovingAverageCros"')
    assert "did you mean MovingAverageCross?" in words


@pytest.mark.parametrize("class_name", ["BuyAndHold", "Mine"])
def test_what_is_built_in_or_in_the_config_map_is_known(class_name: str) -> None:
    """A class of one's own counts once its ConfigMap declares it."""
    assert told(class_name, material=MINE, block=FROM_MAP) == []


def test_a_class_that_the_config_map_lacks_is_unknown() -> None:
    """The ConfigMap is there, and has another class."""
    assert told("Yours", material=MINE, block=FROM_MAP)


def test_what_cannot_be_known_is_not_judged() -> None:
    """An absent ConfigMap has a cause of its own, and an image of one's own may bring any class."""
    assert told("Mine", material=None, block=FROM_MAP) == []
    assert told("Mine", image="mine:1") == []


def test_it_is_a_fault_among_the_conditions() -> None:
    """The service runs its other strategies, and is degraded."""
    strategy = {"name": "one", "class": "Nowhere", "symbols": ["AAPL"], "sizing": {"fixedQuantity": "1"}}
    item = sights.resource("strategies", "StrategyOrchestrator", strategyOrchestrator={"strategies": [strategy]})
    (degraded,) = [one for one in conditions(sights.seen(item), Outcome()) if one.type == "Degraded"]
    assert (degraded.status, degraded.reason) == (True, "UnknownStrategy")
