"""Fixtures: the operator on a bench of services, and the definition of the resource."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.bench_of_services import Bench
from tests.cluster.cluster import Cluster
from tests.cluster.kubelet import Kubelet
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import OperatorProcess

DEFINITION = Path(__file__).parents[2] / "k8s/operator/crd.yaml"


def make_known(cluster: Cluster) -> None:
    """Apply the definition and wait until the server serves the kind."""
    cluster.kubectl("apply", "--server-side", "-f", str(DEFINITION))
    with cluster.client() as client:
        eventually(lambda: client.get("/apis/stockbot.dev/v1alpha1/tradingservices").is_success, "it is not served")


@pytest.fixture(scope="session")
def known_kind(cluster: Cluster) -> None:
    """Let the server know TradingServices."""
    make_known(cluster)


@pytest.fixture
def quiet_bench(own_cluster: Cluster, known_kind: None, namespace: str, tmp_path: Path) -> Iterator[Bench]:
    """A namespace and an operator that has not been started, and no kubelet."""
    operator = OperatorProcess(own_cluster.kubeconfig, namespace, tmp_path / "operator.log")
    with own_cluster.client() as client:
        yield Bench(own_cluster, client, namespace, operator)
    operator.kill()


@pytest.fixture
def bench(quiet_bench: Bench, kubelet: Kubelet) -> Bench:
    """A namespace with its Secrets, a kubelet, and an operator at work."""
    quiet_bench.put_secrets()
    quiet_bench.operator.start()
    return quiet_bench
