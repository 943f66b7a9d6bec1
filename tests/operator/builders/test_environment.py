"""The environment of a container is what its program reads: each service's own settings load it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.operator import sights

from stockbot.alert_manager.settings import AlertSettings
from stockbot.risk_guardian.settings import RiskSettings
from stockbot.runtime.settings import Settings
from stockbot.spec import ServiceType
from stockbot.strategy_orchestrator.settings import OrchestratorSettings
from stockbot_operator.build import blueprint_of
from stockbot_operator.builders.environment import environment

PLATFORM = Path(__file__).parents[3] / "k8s/platform"
SECRETS = {"stockbot-bus": "redis://bus:6379/0", "stockbot-database": "postgresql://database/x"}
KINDS: dict[ServiceType, type[Settings]] = {
    ServiceType.ALERT_MANAGER: AlertSettings,
    ServiceType.RISK_GUARDIAN: RiskSettings,
    ServiceType.STRATEGY_ORCHESTRATOR: OrchestratorSettings,
}


def documents() -> list[dict[str, Any]]:
    found = [one for path in sorted(PLATFORM.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text())]
    return [one for one in found if one["kind"] == "TradingService"]


def value_of(variable: dict[str, Any]) -> str:
    """What a kubelet puts in."""
    source = variable.get("valueFrom", {})
    if "fieldRef" in source:
        return "a-pod-1"
    return SECRETS.get(source["secretKeyRef"]["name"], "a-secret") if source else variable.get("value", "")


@pytest.mark.parametrize("document", documents(), ids=lambda one: one["metadata"]["name"])
def test_the_services_settings_load_it(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable of ours is known to the program, and says what it should."""
    spec = dict(document["spec"])
    seen = sights.seen(sights.resource(document["metadata"]["name"], spec.pop("type"), **spec))
    assert seen.document is not None
    made = environment(blueprint_of(seen, seen.document, "stockbot:1"), 0)
    kind = KINDS.get(seen.document.spec.type, Settings)
    unknown = {one["name"] for one in made} - {f"STOCKBOT_{name.upper()}" for name in kind.model_fields}
    assert unknown == set()
    for variable in made:
        monkeypatch.setenv(variable["name"], value_of(variable))
    settings = kind.load()
    assert (settings.host, settings.instance, settings.environment) == ("0.0.0.0", "a-pod-1", "trading")  # noqa: S104
    assert settings.require_database_url() == SECRETS["stockbot-database"]
