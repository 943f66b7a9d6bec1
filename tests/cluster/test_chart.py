"""The chart on a real API server of its own: every manifest is taken, and a release lives its whole life."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cluster import resource_definition
from tests.cluster.bench_of_services import PATHS, Bench
from tests.cluster.chart_at_work import ALERTS_ALONE, HOOK, LIMIT, NO_VOLUME, SERVICES, at_work, restricted_namespace
from tests.cluster.cluster import Cluster, KubectlFailed
from tests.cluster.helm import Helm, value_files
from tests.cluster.namespaces import eventually
from tests.cluster.pod_status import Succeeds
from tests.cluster.resource_definition import kind_of, known

pytestmark = pytest.mark.timeout(240)

MONITORS = kind_of("monitoring.coreos.com", "ServiceMonitor", "servicemonitors")
RULES = kind_of("monitoring.coreos.com", "PrometheusRule", "prometheusrules")
KINDS = "all,secrets,sa,roles,rolebindings,netpol,pdb,pvc,ingress,ts,cronjobs,cm,clusterroles,clusterrolebindings"


@pytest.fixture(scope="module")
def furnished(server: Cluster) -> Iterator[Cluster]:
    """Everything that manifests may speak of: our kind, the Prometheus operator's, namespaces of teams."""
    resource_definition.install(server)
    for name in ("team-one", "team-two"):
        server.kubectl("create", "namespace", name)
    with known(server, MONITORS), known(server, RULES):
        yield server


@pytest.mark.parametrize("values", value_files(), ids=lambda path: path.stem)
def test_every_manifest_is_accepted(furnished: Cluster, helm: Helm, values: Path) -> None:
    """A server looks at each as if it were to keep it: unknown fields, wrong types, its own rules."""
    manifests = helm.template(f"--values={values}")
    furnished.kubectl("-n", helm.namespace, "create", "serviceaccount", "stockbot-console")  # of the pod of `helm test`
    given = yaml.safe_dump_all(manifests)
    out = furnished.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", "-o", "name", stdin=given)
    assert len(out.split()) == len(manifests)


def test_a_misspelt_field_would_not_be_accepted(furnished: Cluster, place: str) -> None:
    """The test above would notice."""
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [], "selektor": {}}}
    with pytest.raises(KubectlFailed, match="selektor"):
        furnished.kubectl(
            *("-n", place, "apply", "--dry-run=server", "--validate=strict", "-f", "-"), stdin=yaml.safe_dump(wrong)
        )


def test_a_release_lives_its_whole_life(server: Cluster, helm: Helm, place: str) -> None:
    """Install, seven Ready, a changed limit, back again, uninstall: each touches what it must and nothing else."""
    helm.install(NO_VOLUME)
    with at_work(helm, server) as (bench, kubelet):
        kubelet.declare(Succeeds(), {"app.kubernetes.io/name": HOOK})
        kubelet.declare(Succeeds(), {"app.kubernetes.io/name": "stockbot-test"})
        bench.until_ready(*SERVICES)
        before = generations(bench)
        helm.upgrade(NO_VOLUME, f"--set-string={LIMIT}=10000")
        eventually(lambda: limit(bench) == "10000", "the limit stays")
        eventually(lambda: changed(before, bench, "pods") != set(), "no pod is replaced")
        bench.until_ready(*SERVICES)
        assert {name.partition("-")[0] for name in changed(before, bench)} == {
            "tradingservices/risk",
            "deployments/risk",
            "pods/risk",
        }
        helm.run("rollback", "stockbot", "1")
        eventually(lambda: limit(bench) == "25000", "the limit does not come back")
        bench.until_ready(*SERVICES)
        helm.run("test", "stockbot")
        assert refusals(server, place) == []
        helm.uninstall()
        eventually(lambda: left(bench) == [], f"something stays: {left(bench)}")


def generations(bench: Bench) -> dict[str, Any]:
    """Name what a person would see changed or restarted: with its generation, else its content."""
    found: dict[str, Any] = {}
    for plural in ("tradingservices", "deployments", "statefulsets", "secrets", "pods"):
        group = PATHS.get(plural, PATHS["deployments"])
        for item in bench.client.get(f"{group}/namespaces/{bench.namespace}/{plural}").json()["items"]:
            if item.get("type") != "helm.sh/release.v1":
                mark = item["metadata"]["uid"] if plural == "pods" else item["metadata"].get("generation")
                found[f"{plural}/{item['metadata']['name']}"] = mark or item.get("data")
    return found


def changed(before: dict[str, Any], bench: Bench, plural: str = "") -> set[str]:
    after = generations(bench)
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return {name for name in names if name.startswith(plural)}


def limit(bench: Bench) -> Any:
    return bench.service("risk-guardian")["spec"]["riskGuardian"]["limits"]["maxOrderNotional"]


def left(bench: Bench) -> list[str]:
    """What is in the namespace that no namespace has of itself, and what the release made in the cluster."""
    out = bench.cluster.kubectl("-n", bench.namespace, "get", "--ignore-not-found", "-o=name", KINDS)
    of_itself = {"serviceaccount/default", "configmap/kube-root-ca.crt"}
    names = [name for name in out.split() if name not in of_itself]
    return [name for name in names if not name.startswith("clusterrole") or bench.namespace in name]


def refusals(server: Cluster, namespace: str) -> list[str]:
    user = f"system:serviceaccount:{namespace}:stockbot-operator"
    return [one["requestURI"] for one in server.audit(user=user) if one["responseStatus"]["code"] == 403]


def test_two_releases_side_by_side(server: Cluster, helm: Helm, place: str) -> None:
    """Each has its namespace and its operator; one goes without the other's notice, and comes again by another name."""
    with restricted_namespace(server) as elsewhere:
        other = Helm(helm.folder, server.kubeconfig, elsewhere)
        helm.install(*ALERTS_ALONE)
        other.install(*ALERTS_ALONE)
        with at_work(helm, server) as (first, _), at_work(other, server) as (second, _):
            first.until_ready("alert-manager")
            second.until_ready("alert-manager")
            before = generations(second)
            helm.uninstall()
            eventually(lambda: left(first) == [], "something stays")
            assert changed(before, second) == set()
        helm.install(*ALERTS_ALONE, release="desk")
        with at_work(helm, server, "desk-stockbot-operator") as (again, _):
            again.until_ready("alert-manager")
