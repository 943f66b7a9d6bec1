"""Fixtures for tests on a real API server, shared by the session or the module's own, and what stands on them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster import existing, namespaces, programs, resource_definition
from tests.cluster.chart_at_work import restricted_namespace
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.helm import Helm
from tests.cluster.kubelet import Kubelet, running

from stockbot.testing.databases import unavailable


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Share one cluster in the session; without its programs the test is skipped, and fails where CI=true."""
    try:
        if os.environ.get("STOCKBOT_TEST_CLUSTER") == "existing":
            with existing.current_context() as cluster:
                yield cluster
            return
    except programs.Unavailable as reason:
        unavailable(str(reason))
    yield from _plane()


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A server of the module's own that has no definition of ours: the one that tests share must keep its own."""
    if os.environ.get("STOCKBOT_TEST_CLUSTER") == "existing":
        pytest.skip("installs the definition itself: unset STOCKBOT_TEST_CLUSTER")
    yield from _plane()


def _plane() -> Iterator[Cluster]:
    try:
        plane = ControlPlane.start()
    except programs.Unavailable as reason:
        unavailable(str(reason))
    try:
        yield plane.cluster
    finally:
        plane.stop()


@pytest.fixture
def own_cluster(cluster: Cluster) -> Cluster:
    """The harness's own control plane; the test is skipped on an existing cluster."""
    if not cluster.is_own:
        pytest.skip("does what only the harness's own control plane may suffer: unset STOCKBOT_TEST_CLUSTER")
    return cluster


@pytest.fixture(scope="session")
def definition(cluster: Cluster) -> Iterator[None]:
    """Have the cluster know TradingService."""
    with resource_definition.installed(cluster):
        yield


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """Make a namespace for one test, and remove it afterwards with all that is in it."""
    with namespaces.temporary(cluster) as name:
        yield name


@pytest.fixture
def kubelet(own_cluster: Cluster, namespace: str) -> Iterator[Kubelet]:
    """Run the namespace's pods, as far as the API shows; `declare` makes them fail."""
    with running(own_cluster, namespace) as kubelet:
        yield kubelet


@pytest.fixture
def place(server: Cluster) -> Iterator[str]:
    """A namespace of `server` under the strictest standard for pods."""
    with restricted_namespace(server) as name:
        yield name


@pytest.fixture
def helm(server: Cluster, place: str, tmp_path: Path) -> Helm:
    return Helm(tmp_path, server.kubeconfig, place)
