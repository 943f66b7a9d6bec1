"""Upgrades of a release on a real API server: what they bring first, and what they leave as it is."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tests.cluster.bench_of_services import Bench
from tests.cluster.chart_at_work import ALERTS_ALONE, HOOK, LIMIT, at_work
from tests.cluster.cluster import Cluster
from tests.cluster.helm import CHART, Helm, HelmFailed
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import with_token
from tests.cluster.resource_definition import PATH

from stockbot.spec.crd import definition


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


def test_tls_can_be_turned_on_later(server: Cluster, helm: Helm, place: str) -> None:
    """The addresses say it then, and the passwords stay: the database has been made with its own."""
    helm.install()
    before = contents(server, place)
    encrypted = CHART / "ci/encrypted.yaml"
    helm.upgrade(f"--values={encrypted}", "--set=crds.upgrade=false")
    after = contents(server, place)
    for name, asks in (
        ("stockbot-bus", "?ssl_ca_certs=/etc/"),
        ("stockbot-database", "?sslmode=verify-full&sslrootcert=/etc/"),
    ):
        assert after[name]["password"] == before[name]["password"]
        assert asks in b64decode(after[name]["url"]).decode()
    assert after["stockbot-tokens"] == before["stockbot-tokens"]


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
