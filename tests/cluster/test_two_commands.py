"""What a cluster needs is two commands, and seven services come up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.bench_of_services import Bench, default_documents
from tests.cluster.cluster import Cluster, KubectlFailed
from tests.cluster.kubelet import running
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import OperatorProcess
from typer.testing import CliRunner

from stockbot.cli.secrets import app

ROOT = Path(__file__).parents[2]
NAMESPACE = "stockbot"


@pytest.fixture
def installed(own_cluster: Cluster, tmp_path: Path) -> Iterator[Bench]:
    """The operator's part, by its command; its process runs beside the server, as no pod can here."""
    own_cluster.kubectl("apply", "--server-side", "-k", str(ROOT / "k8s/operator"))
    with own_cluster.client() as client, running(own_cluster, NAMESPACE):
        operator = OperatorProcess(own_cluster.kubeconfig, NAMESPACE, tmp_path / "operator.log")
        yield Bench(own_cluster, client, NAMESPACE, operator)
        operator.kill()
        own_cluster.kubectl("delete", "namespace", NAMESPACE, "stockbot-system", "--wait=false")


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
    for name in ("bus-0", "database-0"):
        eventually(lambda name=name: bool(installed.get("pods", name)), f"{name} is not admitted")  # type: ignore[misc]
    system = installed.client.get("/apis/apps/v1/namespaces/stockbot-system/deployments/stockbot-operator").json()
    assert system["spec"]["replicas"] == 2

    def are_admitted() -> bool:
        pods = installed.client.get("/api/v1/namespaces/stockbot-system/pods").json()["items"]
        return len(pods) == 2

    eventually(are_admitted, "the operator's own pods are not admitted")
