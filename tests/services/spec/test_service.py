"""The document as a whole: what is accepted, and the words for what is not."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from stockbot.spec import DEPENDENCIES, PACKAGES, PORTS, ServiceType, TradingService, read_document

Make = Callable[..., dict[str, Any]]
Complaints = Callable[[Any], list[str]]


@pytest.mark.parametrize("type_", list(ServiceType))
def test_full_document_of_every_type(type_: ServiceType, document: Make, common: dict[str, Any]) -> None:
    """A document that sets its type's block and every common field is accepted, and its values are there."""
    read = TradingService.model_validate(document(type_, **common))
    assert read.spec.type is type_
    assert getattr(read.spec, type_.field) is not None
    assert read.spec.rollout.drain_timeout_seconds == 5
    assert read.spec.resources.requests.cpu == "1"


@pytest.mark.parametrize("type_", [type_ for type_ in ServiceType if type_ != "MarketDataGateway"])
def test_smallest_document(type_: ServiceType, document: Make) -> None:
    """A type without required fields needs no block, and everything has a default."""
    given = document(type_)
    given["spec"] = {"type": type_}
    read = TradingService.model_validate(given)
    assert read.spec.replicas == 1
    assert read.spec.bus.secret_ref.name == "stockbot-bus"
    assert read.spec.database.secret_ref.name == "stockbot-database"


def test_what_a_cluster_writes_is_ignored(document: Make) -> None:
    """A document as `kubectl get -o yaml` prints it equals the one that a person wrote."""
    given = document("Dashboard")
    written = TradingService.model_validate(given)
    given["status"] = {"conditions": [{"type": "Ready"}], "anything": 1}
    given["metadata"] |= {"uid": "1", "resourceVersion": "2", "generation": 3, "managedFields": []}
    assert TradingService.model_validate(given) == written


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"replicas": 3}, ("spec.replicas: 3 is not allowed for RiskGuardian: it is the only writer of its account;"
         " more than 1 is for MarketDataGateway and StrategyOrchestrator")),
        ({"replicas": 2}, ("spec.replicas: 2 is not allowed for RiskGuardian: it is the only writer of its account;"
         " more than 1 is for MarketDataGateway and StrategyOrchestrator")),
        ({"replicas": 0}, "spec.replicas: 0 is not allowed: to stop a service, use suspend: true"),
        ({"replicas": -1}, "spec.replicas: -1 is too small: at least 1"),
        ({"replicas": 65}, "spec.replicas: 65 is too large: at most 64"),
        ({"replicas": "2"}, "spec.replicas: must be a whole number without quotes, not text"),
        ({"replicas": 1.5}, "spec.replicas: must be a whole number without quotes, not a number with a point"),
        ({"replicas": True}, "spec.replicas: must be a whole number without quotes, not true or false"),
        ({"suspend": "true"}, "spec.suspend: must be true or false without quotes, not text"),
        ({"suspend": 1}, "spec.suspend: must be true or false without quotes, not a number"),
        ({"suspend": None}, "spec.suspend: has no value; write true or false without quotes, or delete the line"),
        ({"type": "RiskGuard"}, ("spec.type: \"RiskGuard\" is none of MarketDataGateway, StrategyOrchestrator,"
         " RiskGuardian, ExecutionEngine, PortfolioManager, AlertManager, Dashboard; did you mean RiskGuardian?")),
        ({"type": 5}, ("spec.type: must be one of MarketDataGateway, StrategyOrchestrator,"
         " RiskGuardian, ExecutionEngine, PortfolioManager, AlertManager, Dashboard, not a number")),
        ({"dashboard": {}}, "spec.dashboard: is not allowed for RiskGuardian: delete it, or write type: Dashboard"),
        ({"replica": 1}, "spec.replica: unknown key; did you mean replicas?"),
        ({"imagePullSecret": []}, "spec.imagePullSecret: unknown key; did you mean imagePullSecrets?"),
        ({"dependsOn": "x"}, "spec.dependsOn: must be a list, not text"),
        ({"dependsOn": ["x", "x"]}, 'spec.dependsOn[1]: "x" is there twice; each may stand once'),
        ({"imagePullSecrets": [{"name": "x"}, {"name": "x"}]},
         'spec.imagePullSecrets[1].name: "x" is there twice; each may stand once'),
        ({"scheduling": {"topologySpread": [{"topologyKey": "zone"}, {"topologyKey": "zone", "maxSkew": 2}]}},
         'spec.scheduling.topologySpread[1]: "zone ScheduleAnyway" is there twice; each may stand once'),
        ({"dependsOn": ["x"] * 17}, "spec.dependsOn: has too many entries: at most 16"),
        ({"podMetadata": {"labels": {str(n): "" for n in range(65)}}},
         "spec.podMetadata.labels: has too many entries: at most 64"),
        ({"podMetadata": {"annotations": {str(n): "" for n in range(31)}}},
         "spec.podMetadata.annotations: has too many entries: at most 30"),
        ({"dependsOn": [False]},
         "spec.dependsOn[0]: must be text, but YAML reads true or false; put the value in quotes"),
        ({"image": "a b"}, ('spec.image: "a b" must be an image such as registry.example.com/stockbot:1.0,'
         " without spaces")),
        ({"bus": "redis://:hunter2@bus:6379"}, "spec.bus: must be a map of keys and values, not text"),
        ({"bus": {"secretRef": {"name": "hunter2!", "key": "url"}}}, ("spec.bus.secretRef.name: must be the name of a"
         " Secret (lower-case letters, digits, '-' and '.'), not the secret itself")),
        ({"bus": {"secretRef": {"name": "a"}}}, "spec.bus.secretRef.key: is missing"),
        ({"resources": {"limits": {"cpu": 0.5}}}, ("spec.resources.limits.cpu: 0.5 is a bare number, which may lose"
         ' digits; write "0.5" in quotes')),
        ({"resources": {"limits": {"memory": "1 GB"}}}, ('spec.resources.limits.memory: "1 GB" must be a quantity such'
         ' as "500m", "2" or "256Mi"')),
        ({"resources": {"limits": {"mem": "1Gi"}}}, "spec.resources.limits.mem: unknown key; did you mean memory?"),
        ({"env": [{"name": "A"}]}, "spec.env[0]: needs either value or valueFrom, and not both"),
        ({"env": [{"name": "A", "value": 12345}]}, ("spec.env[0].value: must be text, but YAML reads a number;"
         " put the value in quotes")),
        ({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}, ('spec.env[1].name: "A" is there twice;'
         " each may stand once")),
        ({"env": [{"name": "1A", "value": "1"}]}, ("spec.env[0].name: \"1A\" must be letters, digits and '_',"
         " no digit first")),
        ({"podMetadata": {"labels": {"stockbot.dev/shard": "1"}}}, ('spec.podMetadata.labels["stockbot.dev/shard"]:'
         " is set by the platform; choose a key that is not below stockbot.dev/")),
        ({"podMetadata": {"labels": {"a b": "1"}}}, ('spec.podMetadata.labels: the key "a b" must be a Kubernetes'
         " label's key, for example app.kubernetes.io/part-of")),
        ({"podMetadata": {"labels": {"a": "b c"}}}, ("spec.podMetadata.labels.a: \"b c\" must be a label's value: at"
         " most 63 letters, digits, '-', '_', '.'")),
        ({"rollout": {"drainTimeoutSeconds": 4000}},
         "spec.rollout.drainTimeoutSeconds: 4000 is too large: at most 3600"),
        ({"network": {"ingressFrom": [{}]}}, ("spec.network.ingressFrom[0]: a peer is either ipBlock, or podSelector"
         " and namespaceSelector or one of them")),
        ({"network": {"ingressFrom": [{"ipBlock": {"cidr": "10.0.0.1/8"}}]}},
         ("spec.network.ingressFrom[0].ipBlock.cidr:"
         " must be a range of addresses such as 10.0.0.0/8, with no bit set after the mask")),
        ({"ingress": {"tlsSecretName": "x"}}, ("spec.ingress.host: is missing; an Ingress needs the host name that it"
         " serves")),
    ],
)  # fmt: skip
def test_bad_spec(spec: dict[str, Any], complaint: str, document: Make, complaints: Complaints) -> None:
    """One mistake in the spec is one line with its path, what is wrong and what would be right."""
    given = document("RiskGuardian")
    given["spec"] |= spec
    if spec.get("type"):
        del given["spec"]["riskGuardian"]
    assert complaints(given) == [complaint]


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        ({"name": "Risk_Guardian"}, ("metadata.name: \"Risk_Guardian\" must be at most 40 of lower-case letters, digits"
         " and '-', a letter first and no '-' last")),
        ({"name": "a" * 41}, (f"metadata.name: \"{'a' * 41}\" must be at most 40 of lower-case letters, digits"
         " and '-', a letter first and no '-' last")),
        ({"name": "a-"}, ("metadata.name: \"a-\" must be at most 40 of lower-case letters, digits"
         " and '-', a letter first and no '-' last")),
        ({}, "metadata.name: is missing"),
        ({"name": "a", "lables": {}}, "metadata.lables: unknown key; did you mean labels?"),
        ({"name": "a", "zzz": {}}, "metadata.zzz: unknown key; allowed here: name, namespace, labels, annotations"),
        ({"name": "a", "annotations": {"b": "c" * 262145}}, ("metadata.annotations.b: is too long: at most 262144"
         " characters")),
        ({"name": "a", "annotations": {"b": "c" * 131072, "d": "é" * 65536}}, ("metadata.annotations: the annotations"
         " are too large: at most 262144 bytes, keys and values together")),
        ({"name": "a", "labels": {True: "x"}}, ("metadata.labels: the key must be text, but YAML reads true or false;"
         " put the value in quotes")),
        ("it", "metadata: must be a map of keys and values, not text"),
    ],
)  # fmt: skip
def test_bad_metadata(metadata: Any, complaint: str, document: Make, complaints: Complaints) -> None:
    """One mistake in the metadata is one line."""
    assert complaints(document("Dashboard") | {"metadata": metadata}) == [complaint]


def test_what_other_programs_write_into_the_metadata(document: Make) -> None:
    """Any number of labels, an annotation's key in capitals and a generated name are a cluster's matter."""
    labels = {f"label-{number}": "" for number in range(1000)}
    metadata = {"name": "it-x7k2p", "generateName": "it-", "labels": labels, "annotations": {"Example.com/note": "x"}}
    assert read_document(document("Dashboard") | {"metadata": metadata}, "it").metadata.labels == labels


def test_all_complaints_at_once(document: Make, complaints: Complaints) -> None:
    """Several mistakes are several lines, so that a person mends them in one go."""
    given = document("RiskGuardian", replicas="2", sespend=True)
    given["spec"]["riskGuardian"]["limits"]["maxDailyLos"] = "0.1"
    assert complaints(given) == [
        "spec.replicas: must be a whole number without quotes, not text",
        "spec.riskGuardian.limits.maxDailyLos: unknown key; did you mean maxDailyLoss?",
        "spec.sespend: unknown key; did you mean suspend?",
    ]


def test_many_complaints_are_counted(document: Make, complaints: Complaints) -> None:
    """A document that is wrong all over prints a page at most."""
    given = document("Dashboard", **{f"zzz{n}": 1 for n in range(50)})
    assert len(complaints(given)) == 21
    assert complaints(given)[-1].endswith("and 30 more")


def test_a_document_never_changes(document: Make) -> None:
    """What was read stays as it was: a service decides by the document that it was started with."""
    read = TradingService.model_validate(document("Dashboard"))
    with pytest.raises(ValidationError, match="frozen"):
        read.spec.replicas = 2  # type: ignore[misc]  # the type checker refuses it too


def test_facts_of_every_type() -> None:
    """Every type has its own port and module, and depends on others only."""
    assert set(PORTS) == set(PACKAGES) == set(DEPENDENCIES) == set(ServiceType)
    assert len(set(PORTS.values())) == len(set(PACKAGES.values())) == len(ServiceType)
    assert PACKAGES[ServiceType.RISK_GUARDIAN] == "stockbot.risk_guardian.main"
    assert PACKAGES[ServiceType.DASHBOARD] == "stockbot_console.main"
    assert all(type_ not in others for type_, others in DEPENDENCIES.items())
