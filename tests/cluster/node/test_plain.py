"""The plain manifests on real pods, without Helm: the commands at the head of k8s/operator/kustomization.yaml."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster import programs
from tests.cluster.helm import Helm
from tests.cluster.node import network
from tests.cluster.node.node import Node
from tests.cluster.node.release import Release

from stockbot.testing.databases import unavailable

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(400)]

PLAIN = Path(__file__).with_name("plain")
KIND = "crd/tradingservices.stockbot.dev"


@pytest.fixture
def fresh() -> Iterator[Node]:
    """A node that has never seen a chart."""
    try:
        with network.private():
            node = Node.start()
            try:
                yield node
            finally:
                node.stop()
    except programs.Unavailable as reason:
        unavailable(str(reason))


def test_operator_and_platform_by_kubectl_alone(fresh: Node, tmp_path: Path) -> None:
    """Operator, Secrets, platform, as they are in k8s/: seven services are ready, and a share is bought."""
    kubectl = fresh.cluster.kubectl
    kubectl("apply", "--server-side", "-k", str(PLAIN / "operator"))
    kubectl("wait", "--for=jsonpath={.status.acceptedNames.kind}=TradingService", KIND, "--timeout=30s")
    kubectl("wait", "--for=condition=Established", KIND, "--timeout=30s")
    secrets = subprocess.run([sys.executable, "-m", "stockbot", "secrets"], capture_output=True, text=True, check=True)
    kubectl("create", "-n", "stockbot", "-f", "-", stdin=secrets.stdout)
    kubectl("apply", "--server-side", "-n", "stockbot", "-k", str(PLAIN / "platform"))
    release = Release(fresh, Helm(tmp_path, fresh.cluster.kubeconfig, "stockbot"))
    release.wait_until_ready()
    release.trade()
