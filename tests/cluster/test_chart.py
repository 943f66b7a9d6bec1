"""The chart on a real API server of its own: every manifest is taken, and a release lives its whole life."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cluster.bench_of_services import PATHS, Bench
from tests.cluster.chart_fixtures import (
    ALERTS_ALONE,
    NO_VOLUME,
    SERVICES,
    at_work,
    helm,
    place,
    restricted_namespace,
    server,
)
from tests.cluster.cluster import Cluster, KubectlFailed
from tests.cluster.helm import Helm, HelmFailed, value_files
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import with_token
from tests.cluster.pod_status import Succeeds
from tests.cluster.resource_definition import PATH, kind_of, known

from stockbot.spec.crd import definition

__all__ = ["helm", "place", "server"]

pytestmark = pytest.mark.timeout(240)

LIMIT = "platform.services.riskGuardian.spec.riskGuardian.limits.maxOrderNotional"
MONITORS = kind_of("monitoring.coreos.com", "ServiceMonitor", "servicemonitors")
RULES = kind_of("monitoring.coreos.com", "PrometheusRule", "prometheusrules")
KINDS = "all,secrets,sa,roles,rolebindings,netpol,pdb,pvc,ingress,ts,cronjobs,cm,clusterroles,clusterrolebindings"
HOOK = "stockbot-crd-upgrade"


@pytest.fixture(scope="module")
def furnished(server: Cluster) -> Iterator[Cluster]:
    """Everything that manifests may speak of: our kind, the Prometheus operator's, namespaces of teams."""
    helmed = Path(__file__).parents[2] / "charts/stockbot/crds"
    server.kubectl("apply", "--server-side", f"--filename={helmed}")
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


def test_an_upgrade_undoes_nothing_that_a_person_has_set(server: Cluster, helm: Helm, place: str) -> None:
    """A HALT, a number of shards, and every password outlive an upgrade that changes something else."""
    helm.install()
    server.kubectl("-n", place, "patch", "ts", "risk-guardian", "--type=merge", "-p", json.dumps(spec(HALTED)))
    server.kubectl("-n", place, "scale", "ts", "market-data-gateway", "--replicas=3")
    secrets = contents(server, place)
    helm.upgrade("--set=crds.upgrade=false", f"--set-string={LIMIT}=10000")
    found = json.loads(server.kubectl("-n", place, "get", "ts", "-o", "json"))["items"]
    specs = {one["metadata"]["name"]: one["spec"] for one in found}
    assert specs["risk-guardian"]["riskGuardian"]["tradingState"] == "Halted"
    assert specs["risk-guardian"]["riskGuardian"]["limits"]["maxOrderNotional"] == "10000"
    assert specs["market-data-gateway"]["replicas"] == 3
    assert contents(server, place) == secrets


def test_who_wants_another_limit_than_the_values_is_told(server: Cluster, helm: Helm, place: str) -> None:
    """A limit that a person has patched is not overwritten in silence; whoever insists says so."""
    helm.install()
    own = spec({"riskGuardian": {"limits": {"maxOrderNotional": "5000"}}})
    server.kubectl("-n", place, "patch", "ts", "risk-guardian", "--type=merge", "-p", json.dumps(own))
    with pytest.raises(HelmFailed, match=r"conflict with .kubectl-patch.*\.limits\.maxOrderNotional"):
        helm.upgrade("--set=crds.upgrade=false")
    helm.upgrade("--set=crds.upgrade=false", "--force-conflicts")
    found = json.loads(server.kubectl("-n", place, "get", "ts", "risk-guardian", "-o", "json"))["spec"]
    assert found["riskGuardian"]["limits"]["maxOrderNotional"] == "25000"


HALTED = {"riskGuardian": {"tradingState": "Halted"}}


def spec(content: dict[str, Any]) -> dict[str, Any]:
    return {"spec": content}


def contents(server: Cluster, namespace: str) -> dict[str, Any]:
    found = json.loads(server.kubectl("-n", namespace, "get", "secrets", "-o", "json"))["items"]
    kept = {one["metadata"]["name"]: one["data"] for one in found if one["type"] == "Opaque"}
    assert set(kept) == {"stockbot-bus", "stockbot-database", "stockbot-tokens"}
    return kept


def test_what_opens_a_volume_stays_as_long_as_the_volume(server: Cluster, helm: Helm, place: str) -> None:
    """After an uninstall the database's Secret is there, and a new release of that name takes it up."""
    helm.install()
    first = contents(server, place)["stockbot-database"]
    helm.uninstall()
    names = server.kubectl("-n", place, "get", "secrets", "-o", "name").split()
    assert names == ["secret/stockbot-database"]
    helm.install()
    assert contents(server, place)["stockbot-database"] == first


def test_an_upgrade_brings_the_definition_first(server: Cluster, helm: Helm, place: str) -> None:
    """Values that use a field which the cluster's definition does not know yet: the hook's Job comes before them."""
    helm.install(*ALERTS_ALONE)
    install_older_definition(server)
    with at_work(helm, server) as (bench, _), ThreadPoolExecutor(1) as pool:
        ran = pool.submit(run_hook, bench, helm.folder)
        helm.upgrade(*ALERTS_ALONE, "--set=platform.defaults.rollout.window=MarketClosed", "--timeout=60s")
        assert ran.result(10) == "tradingservices.stockbot.dev: upgraded\n"
        assert bench.service("alert-manager")["spec"]["rollout"]["window"] == "MarketClosed"
        assert bench.get("serviceaccounts", HOOK) == {}
    assert f"{place}-{HOOK}" not in server.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name")


def install_older_definition(server: Cluster) -> None:
    """Take the field away, as a release before it was."""
    older = deepcopy(definition())
    del older["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["rollout"]
    with server.client() as client:
        there = client.get(PATH).json()
        older["metadata"]["resourceVersion"] = there["metadata"]["resourceVersion"]
        client.put(PATH, json=older).raise_for_status()


def run_hook(bench: Bench, folder: Path) -> str:
    """Do what the Job's pod would, with its account's rights and no others; then let the pod have succeeded."""
    pods: list[dict[str, Any]] = []

    def found() -> bool:
        query = {"labelSelector": f"app.kubernetes.io/name={HOOK}"}
        pods[:] = bench.client.get(bench.path("pods"), params=query).json()["items"]
        return bool(pods)

    eventually(found, "the hook has no pod", 80)
    token = bench.cluster.kubectl("-n", bench.namespace, "create", "token", HOOK).strip()
    kubeconfig = with_token(bench.cluster, bench.namespace, token, folder / "hook.kubeconfig")
    command = [sys.executable, "-m", *pods[0]["spec"]["containers"][0]["command"]]
    environment = os.environ | {"KUBECONFIG": str(kubeconfig)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    succeeded = {"status": {"phase": "Succeeded"}}
    bench.patch("pods", pods[0]["metadata"]["name"], succeeded, "status")
    return done.stdout


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
