"""The definition of TradingService on a cluster: installed for the tests, and there on an existing one as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import eventually

FILE = Path(__file__).parents[2] / "k8s" / "operator" / "crd.yaml"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PATH = f"{DEFINITIONS}/tradingservices.stockbot.dev"
GROUP_VERSION = "/apis/stockbot.dev/v1alpha1"


@contextmanager
def installed(cluster: Cluster) -> Iterator[None]:
    """Install it, and remove it again; one that was there before must be this one, and stays."""
    with cluster.client() as client:
        there = client.get(PATH)
        if there.is_success:
            check_same(there)
            yield
            return
        try:
            install(cluster)
            yield
        finally:
            client.delete(PATH)


def install(cluster: Cluster) -> None:
    """Apply it, and wait until the server serves the kind: a moment before, its name is not known yet."""
    cluster.kubectl("apply", "--server-side", f"--filename={FILE}")
    with cluster.client() as client:
        wait_until_served(client, yaml.safe_load(FILE.read_text()))


def wait_until_served(client: httpx.Client, manifest: dict[str, Any]) -> None:
    """Both: a server answers for a kind that it has yet to call established, and the other way round."""
    spec = manifest["spec"]
    definition = f"{DEFINITIONS}/{manifest['metadata']['name']}"
    resources = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
    eventually(lambda: is_established(client.get(definition).json()), "the definition is not established")
    eventually(lambda: client.get(resources).is_success, "the kind is not served")


def is_established(definition: dict[str, Any]) -> bool:
    """For a moment there are no conditions at all; `kubectl wait` calls that an error."""
    conditions = definition["status"].get("conditions") or ()
    return {"Established": "True"}.items() <= {each["type"]: each["status"] for each in conditions}.items()


def check_same(there: httpx.Response) -> None:
    """A person's cluster is not changed under their TradingServices."""
    wanted = yaml.safe_load(FILE.read_text())["spec"]["versions"]
    if there.json()["spec"]["versions"] != wanted:
        pytest.fail(f"the cluster has another version of the definition: kubectl apply --server-side -f {FILE}")


def kind_of(group: str, kind: str, plural: str) -> dict[str, Any]:
    """Define a kind of somebody else, with no more of a schema than a server asks for."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }


@contextmanager
def known(cluster: Cluster, manifest: dict[str, Any]) -> Iterator[None]:
    """Have the cluster know somebody else's kind for a while."""
    path = f"{DEFINITIONS}/{manifest['metadata']['name']}"
    with cluster.client() as client:
        client.post(DEFINITIONS, json=manifest).raise_for_status()
        try:
            wait_until_served(client, manifest)
            yield
        finally:
            client.delete(path)
            eventually(lambda: client.get(path).status_code == httpx.codes.NOT_FOUND, "the definition stays")
