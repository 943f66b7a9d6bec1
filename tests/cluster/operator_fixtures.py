"""Fixtures: a bench of services, and the operator at work on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.bench_of_services import Bench
from tests.cluster.cluster import Cluster
from tests.cluster.kubelet import Kubelet
from tests.cluster.operator_process import OperatorProcess


@pytest.fixture
def quiet_bench(own_cluster: Cluster, definition: None, namespace: str, tmp_path: Path) -> Iterator[Bench]:
    """A namespace and an operator that has not been started, and no kubelet."""
    operator = OperatorProcess(own_cluster.kubeconfig, namespace, tmp_path / "operator.log")
    with own_cluster.client() as client:
        yield Bench(own_cluster, client, namespace, operator)
    operator.kill()


@pytest.fixture
def bench(quiet_bench: Bench, kubelet: Kubelet) -> Bench:
    """A namespace with its Secrets, a kubelet, and an operator at work."""
    quiet_bench.furnish()
    quiet_bench.operator.start()
    return quiet_bench
