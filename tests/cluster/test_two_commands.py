"""What a cluster needs is two commands, and seven services come up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.bench_of_services import Bench, default_documents
from tests.cluster.cluster import Cluster, KubectlFailed
from tests.cluster.kubelet import running
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import OperatorProcess, with_token
from typer.testing import CliRunner

from stockbot.cli.secrets import app

ROOT = Path(__file__).parents[2]
NAMESPACE, SYSTEM = "stockbot", "stockbot-system"


@pytest.fixture
def installed(own_cluster: Cluster, tmp_path: Path) -> Iterator[Bench]:
    """The operator's part, by its command; its process runs beside the server with its own account's token."""
    own_cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "k8s/operator"))
    with own_cluster.client() as client, running(own_cluster, NAMESPACE):
        token = own_cluster.kubectl("-n", SYSTEM, "create", "token", "stockbot-operator").strip()
        kubeconfig = with_token(own_cluster, SYSTEM, token, tmp_path / "kubeconfig")
        whole_cluster = {"NAMESPACES": "", "NAMESPACE": ""}
        operator = OperatorProcess(kubeconfig, NAMESPACE, tmp_path / "operator.log", whole_cluster)
        yield Bench(own_cluster, client, NAMESPACE, operator)
        operator.kill()
        own_cluster.kubectl("delete", "namespace", NAMESPACE, SYSTEM, "--wait=false")


def test_two_commands_and_seven_services(installed: Bench) -> None:
    """Under the restricted standard all pods are admitted, those of bus and database too; all services are ready."""
    cluster = installed.cluster
    made = CliRunner().invoke(app, []).stdout
    cluster.kubectl("create", "-n", NAMESPACE, "-f", "-", stdin=made)
    installed.operator.start()

    def is_applied() -> bool:
        try:
            cluster.kubectl("apply", "--server-side", "-n", NAMESPACE, "-k", str(ROOT / "k8s/platform"))
        except KubectlFailed:  # the server serves the new kind a moment after it took its definition
            return False
        return True

    eventually(is_applied, "the platform is not taken")
    installed.until_ready(*(document["metadata"]["name"] for document in default_documents()))
    assert len(installed.items("replicasets")) == 7, "something started twice"
    for name in ("bus-0", "database-0"):
        eventually(lambda name=name: bool(installed.get("pods", name)), f"{name} is not admitted")  # type: ignore[misc]
    own_pods = f"/api/v1/namespaces/{SYSTEM}/pods"
    eventually(lambda: len(installed.client.get(own_pods).json()["items"]) == 2, "its own pods are not admitted")
    assert installed.client.get(f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases").json()["items"]
    user = f"system:serviceaccount:{SYSTEM}:stockbot-operator"
    assert [one["requestURI"] for one in cluster.audit(user=user) if one["responseStatus"]["code"] == 403] == []
