"""TradingService on a real API server: established, explained, refused in words, scaled, and shown in a table."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.cluster.cluster import Cluster, KubectlFailed
from tests.cluster.namespaces import eventually
from tests.cluster.resource_definition import GROUP_VERSION, PATH
from tests.services.spec.conftest import BLOCKS

Given = dict[str, Any]
Create = Callable[..., Given]

pytestmark = pytest.mark.usefixtures("definition")
STATUS: Given = {
    "observedGeneration": 1,
    "replicas": 2,
    "readyReplicas": 1,
    "selector": "stockbot.dev/service=it",
    "reason": "PodsNotReady",
    "message": "1 of 2 pods is ready",
    "conditions": [
        {
            "type": "Ready",
            "status": "False",
            "reason": "PodsNotReady",
            "message": "1 of 2 pods is ready",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
            "observedGeneration": 1,
        }
    ],
}


@pytest.fixture
def create(cluster: Cluster, namespace: str) -> Create:
    """Create the TradingService `it` of a spec; the server's answer, good or bad."""

    def post(name: str = "it", **spec: Any) -> Given:
        document = {"metadata": {"name": name}, "spec": spec}
        head = {"apiVersion": "stockbot.dev/v1alpha1", "kind": "TradingService"}
        with cluster.client(params={"fieldValidation": "Strict"}) as client:
            answer = client.post(f"{GROUP_VERSION}/namespaces/{namespace}/tradingservices", json=head | document)
        body: Given = answer.json()
        return body

    return post


@pytest.fixture
def patch(cluster: Cluster, namespace: str) -> Create:
    """Merge something into `it`, or into one of its subresources."""

    def send(change: Given, subresource: str = "") -> Given:
        path = f"{GROUP_VERSION}/namespaces/{namespace}/tradingservices/it{subresource}"
        merge = {"Content-Type": "application/merge-patch+json"}
        with cluster.client() as client:
            body: Given = client.patch(path, json=change, headers=merge).json()
        return body

    return send


def test_it_is_established(cluster: Cluster) -> None:
    """The server takes the definition whole: names, structural schema, and no complaint of a deprecated part."""
    with cluster.client() as client:
        conditions = client.get(PATH).json()["status"]["conditions"]
    states = {each["type"]: each["status"] for each in conditions}
    assert states == {"NamesAccepted": "True", "Established": "True"}


def test_explain_reads_like_documentation(cluster: Cluster) -> None:
    """What a limit means, its unit and its default are a command away."""
    eventually(lambda: explained(cluster, "ts.spec.riskGuardian.limits") != "", "the kind is not discovered")
    limits = explained(cluster, "ts.spec.riskGuardian.limits")
    assert "The limits; each one left out has a safe default." in limits
    assert 'in one position: "0.25" is a quarter. Default: "0.25".' in limits
    assert "ENUM: MarketDataGateway StrategyOrchestrator RiskGuardian" in explained(cluster, "ts.spec.type")


def explained(cluster: Cluster, field: str) -> str:
    """Explain a field, all in one line; nothing while the server has not published it."""
    try:
        return " ".join(cluster.kubectl("explain", field).split())
    except KubectlFailed:
        return ""


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"type": "Trader"}, 'supported values: "MarketDataGateway"'),
        ({"type": "MarketDataGateway"}, "marketDataGateway is missing; it says which symbols to serve"),
        (
            {"type": "Dashboard", "riskGuardian": {}},
            "spec.riskGuardian: Invalid value: is not allowed for another type than RiskGuardian: delete it, or write",
        ),
        ({"type": "Dashboard", "replicas": 0}, "0 is not allowed: to stop a service, use suspend: true"),
        (
            {"type": "RiskGuardian", "replicas": 2},
            "spec.replicas: Invalid value: more than 1 is not allowed for this type: it is the only writer",
        ),
        (
            {"type": "RiskGuardian", "riskGuardian": {"limits": {"maxDailyLoss": "1.5"}}},
            "must be a decimal number in quotes, above 0 and at most 1",
        ),
        (
            {"type": "RiskGuardian", "riskGuardian": {"limits": {"maxDayLoss": "0.5"}}},
            'unknown field "spec.riskGuardian.limits.maxDayLoss"',
        ),
        ({"type": "Dashboard", "dependsOn": ["a", "a"]}, 'spec.dependsOn[1]: Duplicate value: "a"'),
        ({"type": "Dashboard", "env": [{"name": "A"}]}, "spec.env[0]: Invalid value: needs either value or valueFrom"),
        (
            {"type": "Dashboard", "podMetadata": {"labels": {"a b": "c"}}},
            "each key must be a Kubernetes label's key, for example app.kubernetes.io/part-of",
        ),
        ({"type": "Dashboard", "ingress": {"className": "x"}}, "host is missing; an Ingress needs the host name"),
        (
            {"type": "AlertManager", "alertManager": {"routes": [{"channels": ["nobody"]}]}},
            "a channel is named that is none of this document",
        ),
    ],
)
def test_a_bad_document_is_refused_in_words(create: Create, spec: Given, words: str) -> None:
    """A person reads which field is wrong and what would be right, and no regular expression."""
    refused = create(**spec)
    assert refused["status"] == "Failure"
    assert words in refused["message"]
    assert "^" not in refused["message"]


@pytest.mark.parametrize("name", ["a" * 41, "1st", "a.b"])
def test_a_name_that_fits_no_label_is_refused(create: Create, name: str) -> None:
    """A name becomes part of labels and host names, so it is shorter than Kubernetes would allow."""
    refused = create(name=name, type="Dashboard")
    assert "metadata.name must be at most 40 of lower-case letters, digits and '-'" in refused["message"]


def test_a_symbol_in_two_sets_is_refused(create: Create) -> None:
    """The one rule that would be too dear to check by searching lists."""
    gateway = BLOCKS["MarketDataGateway"]
    sets = [gateway["symbolSets"][0], gateway["symbolSets"][1] | {"symbols": ["AAPL"]}]
    refused = create(type="MarketDataGateway", marketDataGateway=gateway | {"symbolSets": sets})
    assert "a symbol is in two symbol sets; keep it in one of them" in refused["message"]


def test_the_largest_gateway_is_not_too_dear(create: Create) -> None:
    """A document at its bounds stays below what a server spends on one rule."""
    demo = {"name": "demo", "type": "Demo"}
    sets = [
        {"name": f"set-{number}", "symbols": [f"S{number}.{index}" for index in range(1000)], "providers": ["demo"]}
        for number in range(12)
    ]
    made = create(type="MarketDataGateway", marketDataGateway={"providers": [demo], "symbolSets": sets})
    assert made.get("status") != "Failure", made["message"]


def test_the_largest_alert_manager_is_not_too_dear(create: Create) -> None:
    """The same for every route naming as many channels as it may."""
    names = [f"channel-{number}" for number in range(32)]
    channels = [{"name": name, "url": {"secretRef": {"name": "chat", "key": "url"}}} for name in names]
    routes = [{"channels": names[16:]}] * 64
    made = create(type="AlertManager", alertManager={"channels": channels, "routes": routes})
    assert made.get("status") != "Failure", made["message"]


def test_the_type_never_changes(create: Create, patch: Create) -> None:
    """Another type would be another service under the same name."""
    assert create(type="Dashboard")["metadata"]["generation"] == 1
    refused = patch({"spec": {"type": "AlertManager"}})
    assert "never changes: delete the TradingService" in refused["message"]
    assert patch({"spec": {"suspend": True}})["metadata"]["generation"] == 2


def test_defaults_are_filled_in(create: Create) -> None:
    """Who reads the resource sees every limit that counts; what says nothing is not written."""
    spec = create(type="RiskGuardian", riskGuardian={})["spec"]
    assert spec["riskGuardian"]["limits"]["maxOrderNotional"] == "25000"
    assert spec["bus"] == {"secretRef": {"name": "stockbot-bus", "key": "url"}}
    assert spec["replicas"] == 1
    assert not spec.keys() & {"image", "env", "resources", "scheduling", "podMetadata", "imagePullSecrets"}


def test_scale(cluster: Cluster, namespace: str, create: Create, patch: Create) -> None:
    """`kubectl scale` and autoscalers work, within the same rules."""
    create(type="StrategyOrchestrator")
    patch({"status": STATUS}, "/status")
    with cluster.client() as client:
        scale = client.get(f"{GROUP_VERSION}/namespaces/{namespace}/tradingservices/it/scale").json()
    assert scale["spec"]["replicas"] == 1
    assert scale["status"] == {"replicas": 2, "selector": "stockbot.dev/service=it"}
    assert patch({"spec": {"replicas": 3}}, "/scale")["spec"]["replicas"] == 3
    assert "to stop a service, use suspend: true" in patch({"spec": {"replicas": 0}}, "/scale")["message"]


def test_status_is_a_subresource(create: Create, patch: Create) -> None:
    """A status is written apart from the spec, raises no generation, and a bad one is refused."""
    create(type="StrategyOrchestrator")
    assert "status" not in patch({"status": STATUS})
    written = patch({"status": STATUS}, "/status")
    assert written["status"] == STATUS
    assert written["metadata"]["generation"] == 1
    twice = {"status": {"conditions": [*STATUS["conditions"], *STATUS["conditions"]]}}
    assert "Duplicate value" in patch(twice, "/status")["message"]


def test_the_table(cluster: Cluster, namespace: str, create: Create, patch: Create) -> None:
    """`kubectl get ts` shows type, readiness, reason, pods and age; the category lists them too."""
    create(type="StrategyOrchestrator", image="example.com/stockbot:1")
    patch({"status": STATUS}, "/status")
    eventually(lambda: printed(cluster, namespace, "ts") != [], "the kind is not discovered")
    head, row = printed(cluster, namespace, "ts")
    assert head.split() == ["NAME", "TYPE", "READY", "REASON", "REPLICAS", "AGE"]
    assert row.split()[:5] == ["it", "StrategyOrchestrator", "False", "PodsNotReady", "2"]
    assert "example.com/stockbot:1" in printed(cluster, namespace, "ts", "--output=wide")[1]
    assert printed(cluster, namespace, "stockbot", "--output=name") == ["tradingservice.stockbot.dev/it"]


def printed(cluster: Cluster, namespace: str, *what: str) -> list[str]:
    try:
        return cluster.kubectl("--namespace", namespace, "get", *what).splitlines()
    except KubectlFailed:
        return []
