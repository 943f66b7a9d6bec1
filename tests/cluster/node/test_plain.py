"""The plain manifests on real pods, without Helm: the commands of README."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster import programs, readme
from tests.cluster.chart_at_work import SERVICES
from tests.cluster.helm import Helm
from tests.cluster.node import network
from tests.cluster.node.node import Node
from tests.cluster.node.release import Release

from stockbot.testing.databases import unavailable

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(400)]

PLAIN = shlex.quote(str(Path(__file__).with_name("plain")))  # k8s/ with the images of this machine
OPERATOR, *WAITS, SECRETS, PLATFORM, SHOW = readme.without_helm()


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
    helm = Helm(tmp_path, fresh.cluster.kubeconfig, "stockbot")
    helm.shell(OPERATOR.replace("k8s", PLAIN))
    helm.shell("; ".join((*WAITS, SECRETS)))
    helm.shell(PLATFORM.replace("k8s", PLAIN))
    release = Release(fresh, helm)
    release.wait_until_ready()
    release.trade()
    assert helm.shell(SHOW).count("AllReplicasReady") == len(SERVICES)
