"""The definition of TradingService on a cluster: installed for the tests, and there on an existing one as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import eventually

FILE = Path(__file__).parents[2] / "k8s" / "operator" / "crd.yaml"
PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tradingservices.stockbot.dev"
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
        cluster.kubectl("apply", "--server-side", f"--filename={FILE}")
        try:
            eventually(lambda: is_established(client), "the definition is not established")
            eventually(lambda: client.get(GROUP_VERSION).is_success, "the new kind is not served")
            yield
        finally:
            client.delete(PATH)


def is_established(client: httpx.Client) -> bool:
    """For a moment there are no conditions at all; `kubectl wait` calls that an error."""
    conditions = client.get(PATH).json()["status"].get("conditions") or ()
    return {"Established": "True"}.items() <= {each["type"]: each["status"] for each in conditions}.items()


def check_same(there: httpx.Response) -> None:
    """A person's cluster is not changed under their TradingServices."""
    wanted = yaml.safe_load(FILE.read_text())["spec"]["versions"]
    if there.json()["spec"]["versions"] != wanted:
        pytest.fail(f"the cluster has another version of the definition: kubectl apply --server-side -f {FILE}")
