"""Everything that a service owns beside its pods."""

from datetime import datetime
from typing import Any

import pytest
import yaml
from tests.operator import sights

from stockbot.spec import load_documents
from stockbot_operator.build import build
from stockbot_operator.builders.blueprint import Manifest
from stockbot_operator.kube.objects import Material, Meta, Pod, PodStatus
from stockbot_operator.names import GATEWAY_SHARDS, SERVICE, SHARDS


def made(item: Any = None, **changes: Any) -> dict[str, Manifest]:
    """What is wanted, by kind; of several of one kind the last."""
    seen = sights.seen(item, **changes)
    assert seen.document is not None, seen.complaint
    return {one["kind"]: one for one in build(seen, seen.document, "stockbot:1")}


def test_every_child_has_the_service_as_its_only_owner() -> None:
    """Garbage collection ends all of it, and no tracking label of Helm's or Argo CD's is copied."""
    for manifest in made(sights.gateway(replicas=2, ingress={"host": "a.example.com"})).values():
        (owner,) = manifest["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"], owner["controller"]) == ("TradingService", "gateway", True)
        assert "blockOwnerDeletion" not in owner
        assert "app.kubernetes.io/instance" not in manifest["metadata"]["labels"]


def test_the_configuration_is_immutable_and_runs(tmp_path: Any) -> None:
    """The ConfigMap's text is a document that `stockbot serve` loads, equal in what the program reads."""
    item = sights.gateway()
    found = made(item)["ConfigMap"]
    assert found["immutable"] is True
    path = tmp_path / "service.yaml"
    path.write_text(found["data"]["service.yaml"])
    (document,) = load_documents(path)
    seen = sights.seen(item)
    assert seen.document is not None
    assert document.spec.market_data_gateway == seen.document.spec.market_data_gateway


def test_the_first_start_knows_the_trading_state() -> None:
    """What is declared at the roll-out is in the text, though not in the name."""
    risk = sights.resource("risk", "RiskGuardian", riskGuardian={"tradingState": "Halted"})
    text = made(risk)["ConfigMap"]["data"]["service.yaml"]
    assert yaml.safe_load(text)["spec"]["riskGuardian"] == {"tradingState": "Halted"}


def test_addresses_of_pods_that_are_not_ready_are_published() -> None:
    """A service that may not trade must still take HALT and cancels."""
    spec = made()["Service"]["spec"]
    assert spec["publishNotReadyAddresses"] is True
    assert spec["ports"] == [{"name": "http", "port": 3005, "targetPort": "http", "protocol": "TCP"}]


def test_the_pods_account_has_no_token() -> None:
    """Its own ServiceAccount carries none; a named one is the person's, and none is made."""
    assert made()["ServiceAccount"]["automountServiceAccountToken"] is False
    assert "ServiceAccount" not in made(sights.resource(serviceAccountName="mine"))


def test_complaint_a_disruption_budget_blocks_a_drain() -> None:
    """One pod alone has none; of several one may always go, and one that does not work holds nothing up."""
    assert "PodDisruptionBudget" not in made()
    spec = made(sights.gateway(replicas=3))["PodDisruptionBudget"]["spec"]
    assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


def test_single_writers_and_shards_are_recreated() -> None:
    """Only the console, which writes nothing, may run twice for a moment."""
    assert made()["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}
    assert made(sights.gateway(replicas=2))["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}
    assert made(sights.resource("ui", "Dashboard"))["Deployment"]["spec"]["strategy"]["type"] == "RollingUpdate"


def test_an_ingress_where_a_host_is_named() -> None:
    """Host, path, class and certificate as the document says."""
    assert "Ingress" not in made()
    wanted = {"host": "a.example.com", "path": "/x", "className": "nginx", "tlsSecretName": "tls"}
    spec = made(sights.resource(ingress=wanted))["Ingress"]["spec"]
    assert spec["ingressClassName"] == "nginx"
    assert spec["tls"] == [{"hosts": ["a.example.com"], "secretName": "tls"}]
    assert spec["rules"][0]["http"]["paths"][0]["path"] == "/x"


def test_a_service_monitor_only_where_that_kind_exists() -> None:
    """A cluster without the Prometheus operator is not asked for it."""
    assert "ServiceMonitor" not in made()
    assert made(has_service_monitors=True)["ServiceMonitor"]["spec"]["endpoints"][0]["path"] == "/metrics"


def callers(policy: Manifest) -> list[str]:
    peers = [peer for rule in policy["spec"]["ingress"] for peer in rule["from"]]
    return sorted(one["podSelector"]["matchLabels"].get("stockbot.dev/type", "operator") for one in peers)


def test_the_policy_lets_in_who_calls() -> None:
    """From the table of services; the Risk Guardian also hears the operator, and nobody needs the console."""
    risk = made(sights.resource("risk", "RiskGuardian"))["NetworkPolicy"]
    assert callers(risk) == ["AlertManager", "Dashboard", "operator"]
    assert callers(made(sights.resource("ui", "Dashboard"))["NetworkPolicy"]) == ["AlertManager"]
    assert risk["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 3002}]


def test_declared_peers_are_let_in_too() -> None:
    """An empty selector means everything, and is kept as it is."""
    network = {"ingressFrom": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "metricsFrom": [{"namespaceSelector": {}}]}
    rule = made(sights.resource(network=network))["NetworkPolicy"]["spec"]["ingress"][0]
    assert rule["from"][-2:] == [{"ipBlock": {"cidr": "10.0.0.0/8"}}, {"namespaceSelector": {}}]


def test_egress_is_open_unless_it_is_restricted() -> None:
    """Restricted: DNS, the ports of bus and database as their Secrets name them, what it calls, and `to`."""
    assert made()["NetworkPolicy"]["spec"]["policyTypes"] == ["Ingress"]
    network = {"egress": {"restricted": True, "to": [{"ipBlock": {"cidr": "1.2.3.4/32"}}]}}
    bus = Material(data={"url": "cmVkaXM6Ly9idXM6NzAwMC8w"})  # redis://bus:7000/0
    item = sights.resource("risk", "RiskGuardian", network=network)
    spec = made(item, materials={("Secret", "stockbot-bus"): bus})["NetworkPolicy"]["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    ports = [port["port"] for rule in spec["egress"] for port in rule.get("ports", ())]
    assert ports == [53, 53, 5432, 7000, 3001]
    assert spec["egress"][-1] == {"to": [{"ipBlock": {"cidr": "1.2.3.4/32"}}]}


def environment(item: Any, **changes: Any) -> dict[str, Any]:
    (container,) = made(item, **changes)["Deployment"]["spec"]["template"]["spec"]["containers"]
    names = [one["name"] for one in container["env"]]
    assert len(names) == len(set(names)), "two variables of one name are refused by the server"
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def test_a_document_cannot_redirect_a_service() -> None:
    """Our own variables win over those of `env`."""
    found = environment(sights.resource(env=[{"name": "STOCKBOT_BUS_URL", "value": "redis://mine"}]))
    assert found["STOCKBOT_BUS_URL"] == {"secretKeyRef": {"name": "stockbot-bus", "key": "url"}}


def test_secrets_of_a_block_have_the_names_that_services_look_for() -> None:
    """The broker's keys are where `secret_of` reads them."""
    keys = {name: {"secretRef": {"name": "alpaca", "key": name}} for name in ("keyId", "secretKey")}
    broker = {"type": "Alpaca", "alpaca": {**keys, "mode": "Paper"}}
    found = environment(sights.resource("engine", "ExecutionEngine", executionEngine={"broker": broker}))
    assert found["STOCKBOT_SECRET_ALPACA_KEYID"] == {"secretKeyRef": {"name": "alpaca", "key": "keyId"}}
    assert found["STOCKBOT_ACCOUNT"] == "alpaca-paper"


def test_strategies_know_the_gateways_shards() -> None:
    """The number of streams to read is the gateway's number of replicas."""
    item = sights.resource("strategies", "StrategyOrchestrator")
    assert environment(item, peers=[sights.gateway(replicas=3)])["STOCKBOT_GATEWAY_SHARDS"] == "3"


@pytest.mark.parametrize("edited", ["3", "many"])
def test_a_deleted_engine_or_gateway_restarts_nobody_with_less(edited: str) -> None:
    """What the pods took over is on the Deployment, and stays; what a person wrote there breaks nothing."""
    secret = {"secretRef": {"name": "alpaca", "key": "id"}}
    broker = {"type": "Alpaca", "alpaca": {"keyId": secret, "secretKey": secret, "mode": "Live"}}
    engine = sights.resource("engine", "ExecutionEngine", executionEngine={"broker": broker})
    item = sights.resource("strategies", "StrategyOrchestrator")
    before = made(item, peers=[engine, sights.gateway(replicas=3)])["Deployment"]
    kept = before["metadata"]["annotations"] | ({GATEWAY_SHARDS: edited} if edited != "3" else {})
    alone = made(item, owned=sights.deployment("strategies", annotations=kept))["Deployment"]
    told = {one["name"]: one.get("value") for one in alone["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert told["STOCKBOT_ACCOUNT"] == "alpaca-live"
    assert (alone["spec"]["template"] == before["spec"]["template"]) is (edited == "3")


@pytest.mark.parametrize("shards", ["1", "3"])
def test_shards_of_another_number_end_first(shards: str) -> None:
    """No symbol has two owners: with a pod of another division there, the new one has none."""
    found = made(sights.gateway(replicas=2), pods=[sights.pod(shards=shards)])
    assert found["Deployment"]["spec"]["replicas"] == 0
    assert made(sights.gateway(replicas=2), pods=[sights.pod(shards="2")])["Deployment"]["spec"]["replicas"] == 1


@pytest.mark.parametrize(
    ("phase", "deleted", "replicas"), [("Running", sights.NOW, 0), ("Succeeded", sights.NOW, 1), ("Running", None, 1)]
)
def test_after_a_suspension_what_still_stops_ends_first(phase: str, deleted: datetime | None, replicas: int) -> None:
    """Resumed at once, an account has no second writer beside the one that finishes what is in flight."""
    found = made(owned=sights.deployment(wanted=0), pods=[sights.pod(phase=phase, deleted=deleted)])["Deployment"]
    assert found["spec"]["replicas"] == replicas


@pytest.mark.parametrize(("shards", "replicas"), [("2", 0), ("1", 1), (None, 1)])
def test_pods_of_another_division_end_first_and_strangers_stop_nothing(shards: str | None, replicas: int) -> None:
    """A pod that somebody made with the service's label alone takes no Risk Guardian down."""
    labels = {SERVICE: "alerts"} | ({SHARDS: shards} if shards else {})
    other = Pod(metadata=Meta(name="debug", namespace="trading", labels=labels), status=PodStatus(phase="Running"))
    assert made(pods=[other])["Deployment"]["spec"]["replicas"] == replicas
