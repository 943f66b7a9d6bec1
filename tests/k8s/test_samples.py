"""Every document in k8s/samples is one that the platform takes, and there is one for each need that README names."""

from pathlib import Path

import pytest
import yaml

from stockbot.spec import ServiceType, TradingService, load_documents
from stockbot.strategy_orchestrator.own_strategies import load

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "k8s/samples"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.yaml"))
PLATFORM = {one.spec.type: one for one in load_documents(ROOT / "k8s/platform")}


def sample(name: str) -> TradingService:
    (document,) = load_documents(SAMPLES / f"{name}.yaml")
    return document


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_takes_the_place_of_the_platforms_document(name: str) -> None:
    """It is valid, and has the name of the service whose place it takes."""
    document = sample(name)
    assert document.metadata.name == PLATFORM[document.spec.type].metadata.name


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_says_how_to_use_it(name: str) -> None:
    """The comment at its head has the command, or what it is where `stockbot up` alone uses it."""
    head = (SAMPLES / f"{name}.yaml").read_text().partition("apiVersion")[0]
    assert head.startswith("# ")
    assert name in {"replay", "real-data"} or f"-f k8s/samples/{name}.yaml" in head


def test_there_is_one_for_each_need() -> None:
    """What each is about."""
    assert "AMD" in sample("add-a-symbol").spec.market_data_gateway.symbol_sets[1].symbols  # type: ignore[union-attr]
    assert sample("alpaca-paper").spec.execution_engine.broker.account == "alpaca-paper"  # type: ignore[union-attr]
    assert sample("two-shards").spec.replicas == 2
    assert sample("halted").spec.risk_guardian.trading_state == "Halted"  # type: ignore[union-attr]
    assert sample("market-closed").spec.rollout.window == "MarketClosed"
    assert sample("external-postgresql").spec.database.secret_ref.name == "trading-database"


def test_the_own_strategy_is_one_that_runs(tmp_path: Path) -> None:
    """The ConfigMap's file loads without a problem, and has the class that the document names."""
    config_map, document = yaml.safe_load_all((SAMPLES / "own-strategy.yaml").read_text())
    for name, text in config_map["data"].items():
        (tmp_path / name).write_text(text)
    own = load(tmp_path, lambda _: None, {})
    assert own.problems == {}
    (strategy,) = document["spec"]["strategyOrchestrator"]["strategies"]
    assert strategy["class"] in own.kinds
    assert sample("own-strategy").spec.type is ServiceType.STRATEGY_ORCHESTRATOR
