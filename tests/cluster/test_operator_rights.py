"""The operator with exactly the shipped rights: nothing is missing, and by the audit log nothing is unused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cluster.bench_of_services import Bench, a_service, default_documents
from tests.cluster.kubelet import Kubelet
from tests.cluster.namespaces import eventually
from tests.cluster.operator_fixtures import quiet_bench
from tests.cluster.operator_process import with_token
from tests.cluster.resource_definition import kind_of, known

from stockbot_operator.leadership import CLAIM, LEASE

__all__ = ["quiet_bench"]

MANIFESTS = Path(__file__).parents[2] / "k8s/operator"
LATE_KIND = kind_of("monitoring.coreos.com", "ServiceMonitor", "servicemonitors")


def shipped() -> dict[str, Any]:
    found = yaml.safe_load_all((MANIFESTS / "rbac.yaml").read_text())
    return next(one for one in found if one["kind"] == "ClusterRole")


@pytest.fixture
def limited(quiet_bench: Bench, kubelet: Kubelet, tmp_path: Path) -> Iterator[tuple[Bench, str]]:
    """An operator of one namespace, bound to the shipped role there; and the name of its user."""
    quiet_bench.furnish()
    cluster, namespace = quiet_bench.cluster, quiet_bench.namespace
    cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(shipped()))
    cluster.kubectl("-n", namespace, "create", "serviceaccount", "the-operator")
    cluster.kubectl(
        *("-n", namespace, "create", "rolebinding", "the-operator"),
        *("--clusterrole=stockbot-operator", f"--serviceaccount={namespace}:the-operator"),
    )
    token = cluster.kubectl("-n", namespace, "create", "token", "the-operator").strip()
    quiet_bench.operator.kubeconfig = with_token(cluster, namespace, token, tmp_path / "limited")
    quiet_bench.operator.further = {"RESYNC_SECONDS": "5"}
    quiet_bench.operator.start()
    yield quiet_bench, f"system:serviceaccount:{namespace}:the-operator"
    quiet_bench.operator.stop()


def test_complaint_namespaced_mode_broken_or_rbac_guesswork(limited: tuple[Bench, str]) -> None:
    """A whole life: the platform comes, shards come and go, an Ingress too, children are deleted, all ends."""
    bench, user = limited
    documents = list(default_documents())
    bench.apply(*documents, a_service("extra", "AlertManager", ingress={"host": "a.example.com"}))
    bench.until_ready(*(document["metadata"]["name"] for document in documents), "extra")
    use_every_right(bench)
    with known(bench.cluster, LATE_KIND):
        live_with_service_monitors(bench)
        for item in bench.items("tradingservices"):
            bench.delete("tradingservices", item["metadata"]["name"])
        # A kind that goes takes its objects with it, and a server refuses to have them healed while it does.
        eventually(lambda: not bench.items("servicemonitors"), "monitors stay", 90)
    claims = "stockbot-operator-claim"
    eventually(lambda: not bench.get("leases", claims), "the claim stays", 60)
    records = list(bench.cluster.audit(user=user))
    refused = [one["requestURI"] for one in records if one["responseStatus"]["code"] == 403]
    assert refused == []
    used = {right for record in records if "objectRef" in record for right in rights_used(record)}
    assert rights_of(shipped()) - used == set()


def use_every_right(bench: Bench) -> None:
    """Give up a shard and everything optional, and take away what has to come back."""
    bench.patch("tradingservices", "market-data-gateway", {"spec": {"replicas": 2}}, "scale")
    eventually(lambda: bool(bench.get("poddisruptionbudgets", "market-data-gateway")), "no budget")
    bench.until_ready("market-data-gateway")
    bench.patch("tradingservices", "market-data-gateway", {"spec": {"replicas": 1}}, "scale")
    eventually(lambda: not bench.get("poddisruptionbudgets", "market-data-gateway"), "the budget stays")
    eventually(lambda: not bench.get("deployments", "market-data-gateway-1"), "the shard stays")
    bench.apply(a_service("extra", "AlertManager", serviceAccountName="default"))
    eventually(lambda: not bench.get("ingresses", "extra"), "the Ingress stays")
    eventually(lambda: not bench.get("serviceaccounts", "extra"), "the account stays")
    bench.apply(a_service("extra", "AlertManager", alertManager={"groupSeconds": 5}))
    eventually(lambda: len(bench.items("configmaps", of="extra")) == 1, "the old configuration stays")
    bench.delete("services", "extra")
    eventually(lambda: bool(bench.get("services", "extra")), "the Service is gone")


def live_with_service_monitors(bench: Bench) -> None:
    """The Prometheus operator is installed after ours: every service gets one, and what is done to them is healed."""
    names = {item["metadata"]["name"] for item in bench.items("tradingservices")}
    eventually(lambda: {one["metadata"]["name"] for one in bench.items("servicemonitors")} == names, "not all have one")
    wanted = bench.get("servicemonitors", "extra")["spec"]
    bench.patch("servicemonitors", "extra", {"spec": {"endpoints": []}})
    eventually(lambda: bench.get("servicemonitors", "extra")["spec"] == wanted, "the change stays")
    bench.delete("servicemonitors", "extra")
    eventually(lambda: bool(bench.get("servicemonitors", "extra")), "it does not come back")
    bench.delete("tradingservices", "extra")
    eventually(lambda: not bench.get("servicemonitors", "extra"), "it outlives its service", 90)


def rights_of(role: dict[str, Any]) -> set[tuple[str, str]]:
    return {(resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]}


def rights_used(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a request needed: an apply that made something needed the right to create it as well."""
    target = record["objectRef"]
    name = "/".join(part for part in (target["resource"], target.get("subresource")) if part)
    yield name, record["verb"]
    if record["responseStatus"]["code"] == 201:
        yield name, "create"


def test_leases_of_others_are_out_of_reach() -> None:
    """A node whose Lease is deleted counts as lost: the operator may change those by whose names it asks, no other."""
    rules = [rule for rule in shipped()["rules"] if "leases" in rule["resources"]]
    assert all(rule.get("resourceNames") == [LEASE, CLAIM] for rule in rules if rule["verbs"] != ["create"])


def test_the_usual_roles_of_a_namespace_cover_tradingservices() -> None:
    """view, edit and admin are aggregated: who may edit the namespace may edit its services, and scale them."""
    found = {
        one["metadata"]["name"]: one for one in yaml.safe_load_all((MANIFESTS / "roles-for-people.yaml").read_text())
    }
    assert set(found) == {"stockbot-view", "stockbot-edit"}
    labels = found["stockbot-edit"]["metadata"]["labels"]
    assert labels == {
        "rbac.authorization.k8s.io/aggregate-to-edit": "true",
        "rbac.authorization.k8s.io/aggregate-to-admin": "true",
    }
    assert ("tradingservices/scale", "patch") in rights_of(found["stockbot-edit"])


def test_a_revoked_permission_is_said_and_its_return_noticed(limited: tuple[Bench, str]) -> None:
    """Without the right to write Deployments the condition says so; with it again the service comes."""
    bench, _ = limited
    role = shipped()
    less = {**role, "rules": [one for one in role["rules"] if "deployments" not in one["resources"]]}
    less["rules"].append({"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]})
    bench.cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(less))
    bench.apply(a_service())
    bench.until("alerts", "Ready", "False", "ApplyForbidden")
    assert "cannot patch resource" in bench.condition("alerts")["message"]
    bench.cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(role))
    bench.until_ready("alerts")


def test_a_secret_that_may_not_be_read_is_a_condition(limited: tuple[Bench, str]) -> None:
    """Without the right to Secrets the status says what the operator cannot read; with it again the service comes."""
    bench, _ = limited
    role = shipped()
    less = {**role, "rules": [one for one in role["rules"] if "secrets" not in one["resources"]]}
    bench.cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(less))
    bench.apply(a_service("blind"))
    bench.until("blind", "Ready", "False", "ReferenceUnreadable")
    bench.cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(role))
    bench.until_ready("blind")
