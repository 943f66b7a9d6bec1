"""What a cluster needs is two commands, those of README, and seven services come up."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster import readme
from tests.cluster.bench_of_services import Bench, default_documents
from tests.cluster.cluster import Cluster
from tests.cluster.kubelet import running
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import OperatorProcess, with_token
from typer.testing import CliRunner

from stockbot.cli.secrets import app

*OPERATOR, SECRETS, PLATFORM, SHOW = readme.without_helm()
NAMESPACE, SYSTEM = "stockbot", "stockbot-system"


@pytest.fixture
def installed(own_cluster: Cluster, tmp_path: Path) -> Iterator[Bench]:
    """The operator's part, by its command; its process runs beside the server with its own account's token."""
    run(own_cluster, *OPERATOR)
    with own_cluster.client() as client, running(own_cluster, NAMESPACE):
        token = own_cluster.kubectl("-n", SYSTEM, "create", "token", "stockbot-operator").strip()
        kubeconfig = with_token(own_cluster, SYSTEM, token, tmp_path / "kubeconfig")
        whole_cluster = {"NAMESPACES": "", "NAMESPACE": ""}
        operator = OperatorProcess(kubeconfig, NAMESPACE, tmp_path / "operator.log", whole_cluster)
        yield Bench(own_cluster, client, NAMESPACE, operator)
        operator.kill()
        own_cluster.kubectl("delete", "namespace", NAMESPACE, SYSTEM, "--wait=false")


def run(cluster: Cluster, *lines: str) -> None:
    """Run them one right after the other in a shell, as a person does who pastes them."""
    path = f"{cluster.kubectl_program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"KUBECONFIG": str(cluster.kubeconfig), "PATH": path}
    done = subprocess.run(  # noqa: S602 - the lines are README's
        "\n".join(("set -e", *lines)),
        shell=True,
        env=environment,
        cwd=readme.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_two_commands_and_seven_services(installed: Bench) -> None:
    """Under the restricted standard all pods are admitted, those of bus and database too; all services are ready."""
    cluster = installed.cluster
    made = CliRunner().invoke(app, []).stdout
    cluster.kubectl("create", "-n", NAMESPACE, "-f", "-", stdin=made)
    installed.operator.start()
    run(cluster, PLATFORM)
    installed.until_ready(*(document["metadata"]["name"] for document in default_documents()))
    assert len(installed.items("replicasets")) == 7, "something started twice"
    for name in ("bus-0", "database-0"):
        eventually(lambda name=name: bool(installed.get("pods", name)), f"{name} is not admitted")  # type: ignore[misc]
    own_pods = f"/api/v1/namespaces/{SYSTEM}/pods"
    eventually(lambda: len(installed.client.get(own_pods).json()["items"]) == 2, "its own pods are not admitted")
    leases = installed.client.get(f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases").json()["items"]
    assert [owner["kind"] for lease in leases for owner in lease["metadata"]["ownerReferences"]] == ["ServiceAccount"]
    user = f"system:serviceaccount:{SYSTEM}:stockbot-operator"
    assert [one["requestURI"] for one in cluster.audit(user=user) if one["responseStatus"]["code"] == 403] == []
