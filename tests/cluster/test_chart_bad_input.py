"""The chart where something is missing or forbidden: a release is refused whole, or says what it waits for."""

import json
import shlex
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from tests.cluster import resource_definition
from tests.cluster.bench_of_services import Bench
from tests.cluster.chart_at_work import ALERTS_ALONE, at_work
from tests.cluster.cluster import Cluster
from tests.cluster.helm import CHART, ROOT, Helm, HelmFailed
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import with_token
from tests.cluster.pod_status import Succeeds

from stockbot.runtime.auth import Principal, Role, find_principal, parse_tokens


def test_wrong_values_leave_nothing_behind(server: Cluster, helm: Helm, place: str) -> None:
    """The schema speaks first: no object, no release."""
    with pytest.raises(HelmFailed, match="additional properties 'persistance' not allowed"):
        helm.install("--set=bus.persistance.enabled=true")
    assert helm.run("list", "--short") == ""
    assert server.kubectl("-n", place, "get", "all,secrets", "-o", "name", "--ignore-not-found") == ""


def test_no_prometheus_operator(helm: Helm) -> None:
    """The cluster lacks the kinds: refused with what to do, before anything is made."""
    with pytest.raises(
        HelmFailed, match=r"does not know monitoring\.coreos\.com/v1: install the Prometheus operator first"
    ):
        helm.install("--set=metrics.serviceMonitor.enabled=true")
    assert helm.run("list", "--short") == ""


def test_a_secret_that_is_not_there(server: Cluster, helm: Helm) -> None:
    """Each service says which, and goes on by itself when somebody makes it."""
    helm.install(*ALERTS_ALONE, "--set=database.enabled=false,database.existingSecret=my-database")
    with at_work(helm, server) as (bench, _):
        bench.until("alert-manager", "Ready", "False", "SecretNotFound")
        assert "my-database" in bench.condition("alert-manager")["message"]
        bench.put_secret("my-database", {"url": "postgresql://me:secret@database.example.com/stockbot"})
        bench.until_ready("alert-manager")


def test_no_storage_class(server: Cluster, helm: Helm, place: str) -> None:
    """The claim says so in an Event, and the notes tell where to look."""
    notes = helm.install()
    assert "kubectl -n " + place + " describe pvc data-database-0" in notes

    def says() -> bool:
        events = json.loads(server.kubectl("-n", place, "get", "events", "-o", "json"))["items"]
        about = [one["message"] for one in events if one["involvedObject"]["name"] == "data-database-0"]
        return any("no storage class is set" in message for message in about)

    eventually(says, "the claim says nothing")


@pytest.fixture
def owner(server: Cluster, place: str, tmp_path: Path) -> Helm:
    """Somebody who may do everything in one namespace and nothing elsewhere; the definition is there already."""
    resource_definition.install(server)
    server.kubectl("-n", place, "create", "serviceaccount", "owner")
    grant = ("create", "rolebinding", "owner", "--clusterrole=cluster-admin", f"--serviceaccount={place}:owner")
    server.kubectl("-n", place, *grant)
    token = server.kubectl("-n", place, "create", "token", "owner").strip()
    return Helm(tmp_path, with_token(server, place, token, tmp_path / "owner.kubeconfig"), place)


def test_an_install_without_rights_in_the_cluster(server: Cluster, owner: Helm) -> None:
    """With the values for it, all is made and all works, an upgrade too."""
    values = (f"--values={CHART}/ci/namespaced.yaml", "--skip-crds")
    owner.install(*ALERTS_ALONE, *values)
    with at_work(owner, server) as (bench, _):
        bench.until_ready("alert-manager")
        owner.upgrade(*ALERTS_ALONE, *values, "--set=platform.defaults.suspend=true")
        bench.until("alert-manager", "Ready", "True", "Suspended")


def test_what_needs_rights_in_the_cluster_is_named(owner: Helm) -> None:
    """Without the values for it, the server's words name the kind and the scope."""
    with pytest.raises(HelmFailed, match=r"clusterroles.rbac.authorization.k8s.io.* at the cluster scope"):
        owner.install(*ALERTS_ALONE, "--skip-crds")


def test_the_notes_are_commands_that_work(server: Cluster, helm: Helm, place: str) -> None:
    """Those for the uninstall, in their order: suspend, wait, uninstall; and the one that reads the token."""
    notes = helm.install(*ALERTS_ALONE)
    with at_work(helm, server) as (bench, kubelet):
        kubelet.declare(Succeeds(), {"app.kubernetes.io/name": "stockbot-test"})
        bench.until_ready("alert-manager")
        commands = [line.strip() for line in notes.splitlines() if line.strip().startswith(("kubectl", "helm"))]
        shown = helm.shell(next(one for one in commands if "stockbot-tokens" in one))
        assert shown.startswith("sbt_")
        for command in commands[-3:]:
            helm.shell(command)
        assert bench.items("tradingservices") == []
        assert pods(bench) == []


def test_the_lines_that_let_somebody_in_work(server: Cluster, helm: Helm, place: str, tmp_path: Path) -> None:
    """Those of docs/install.md, as they stand there: the Secret then knows the token that they printed."""
    helm.install(*ALERTS_ALONE)
    shown = (ROOT / "docs/install.md").read_text().split("\n```\n")
    lines = next(block for block in shown if "stockbot tokens add" in block).replace("-n stockbot", f"-n {place}")
    before = f"cd {shlex.quote(str(tmp_path))}; PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH"
    token = helm.shell(f"{before}\n{lines}").splitlines()[0]
    found = json.loads(server.kubectl("-n", place, "get", "secret", "stockbot-tokens", "-o", "json"))["data"]
    records = parse_tokens(b64decode(found["tokens.json"]), Path("tokens.json"))
    assert find_principal(records, token) == Principal("ann", Role.TRADER)
    assert find_principal(records, b64decode(found["admin"]).decode()) == Principal("admin", Role.ADMIN)


def pods(bench: Bench) -> list[str]:
    found = bench.client.get(bench.path("pods"), params={"labelSelector": "stockbot.dev/type"}).json()["items"]
    return [one["metadata"]["name"] for one in found]
