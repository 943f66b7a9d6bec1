"""The chart and the plain manifests in k8s/ say the same: whoever changes one sees here what the other lacks."""

from typing import Any

import pytest
from tests.charts.conftest import Render
from tests.charts.manifests import of_kind, read, without
from tests.cluster.helm import Manifest

from stockbot import __version__

PLAIN = "plain-manifests"
HELMS_OWN = frozenset({"app.kubernetes.io/instance", "app.kubernetes.io/version"})  # and what is not k8s/'s matter
SERVICES = (
    *("market-data-gateway", "risk-guardian", "execution-engine", "portfolio-manager"),
    *("strategy-orchestrator", "alert-manager", "dashboard"),
)


@pytest.fixture(scope="module")
def chart(render: Render) -> list[Manifest]:
    return render(PLAIN)


def spec(manifest: Manifest) -> Any:
    return without(manifest["spec"], HELMS_OWN)


def test_the_operators_deployment(chart: list[Manifest]) -> None:
    """Image, variables, probes, security, resources, spread."""
    (plain,) = of_kind(read("k8s/operator/deployment.yaml"), "Deployment").values()
    expected = spec(plain)
    for labels in (expected["selector"]["matchLabels"], spread(expected)["labelSelector"]["matchLabels"]):
        del labels["app.kubernetes.io/part-of"]  # a release selects by its own name instead
    assert spec(of_kind(chart, "Deployment")["stockbot-operator"]) == expected


def spread(deployment: Any) -> Any:
    return deployment["template"]["spec"]["topologySpreadConstraints"][0]


@pytest.mark.parametrize("values", [PLAIN, "default"])
def test_the_operators_rights(render: Render, values: str) -> None:
    """In a ClusterRole or in Roles, together they are those of k8s/operator, which a test measures."""
    (plain,) = (one for one in read("k8s/operator/rbac.yaml") if one["kind"] == "ClusterRole")
    found = [one for one in render(values) if one["kind"] in {"ClusterRole", "Role"} and is_operators(one)]
    ours = [rule for role in found for rule in role["rules"]]
    assert sorted(map(str, ours)) == sorted(map(str, plain["rules"]))


def is_operators(role: Manifest) -> bool:
    return bool(role["metadata"]["name"] == "stockbot-stockbot-operator")


def test_the_roles_of_people(chart: list[Manifest]) -> None:
    """What view, edit and admin may do with TradingServices."""
    found = of_kind(chart, "ClusterRole")
    for plain in read("k8s/operator/roles-for-people.yaml"):
        ours = found[f"stockbot-{plain['metadata']['name']}"]
        assert ours["rules"] == plain["rules"]
        assert plain["metadata"]["labels"].items() <= ours["metadata"]["labels"].items()


@pytest.mark.parametrize("name", ["bus", "database"])
@pytest.mark.parametrize("kind", ["StatefulSet", "Service"])
def test_bus_and_database(chart: list[Manifest], kind: str, name: str) -> None:
    """The same servers with the same volumes."""
    (plain,) = of_kind(read(f"k8s/platform/{name}.yaml"), kind).values()
    assert spec(of_kind(chart, kind)[name]) == spec(plain)


@pytest.mark.parametrize("name", SERVICES)
def test_the_services(chart: list[Manifest], name: str) -> None:
    """The same documents, but that the chart declares no trading state: an upgrade would undo a person's HALT."""
    (plain,) = read(f"k8s/platform/{name}.yaml")
    plain["spec"].get("riskGuardian", {}).pop("tradingState", None)
    assert of_kind(chart, "TradingService")[name]["spec"] == plain["spec"]


def test_the_consoles_account(render: Render) -> None:
    """What it sees, and what its admins may do where they may."""
    found = of_kind(render("locked-down"), "Role")
    for plain in of_kind(read("k8s/console/see.yaml", "k8s/console/act.yaml"), "Role").values():
        assert found[plain["metadata"]["name"]]["rules"] == plain["rules"]


def test_the_release_of_chart_and_images() -> None:
    """One version for all: pyproject's, the chart's, the plain manifests'."""
    project = (read("charts/stockbot/Chart.yaml"))[0]
    image = read("k8s/operator/deployment.yaml")[0]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == f"stockbot:{project['appVersion']}"
    assert project["version"] == project["appVersion"] == __version__
