"""The harness itself: a real control plane comes up, tells who did what, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.namespaces import eventually

OWNER = """
import json, sys, time
from tests.cluster.control_plane import ControlPlane
plane = ControlPlane.start()
print(json.dumps({"guardian": plane.guardian.pid, "folder": str(plane.layout.folder)}), flush=True)
time.sleep(600)
"""


def test_the_server_is_the_version_that_its_module_names(own_cluster: Cluster) -> None:
    """The server that answers was built from tests/cluster/tools, with its version."""
    modules = (Path(__file__).parent / "tools" / "kubernetes" / "go.mod").read_text()
    with own_cluster.client() as client:
        assert f"k8s.io/kubernetes {client.get('/version').json()['gitVersion']}\n" in modules


def test_controllers_turn_a_deployment_into_pods(cluster: Cluster, namespace: str) -> None:
    """Deployment, ReplicaSet, Pod: the real controllers are at work, and garbage collection is too."""
    deploy = ["-n", namespace, "create", "deployment", "it", "--image=example.com/none:1", "--replicas=2"]
    cluster.kubectl(*deploy)
    pods = f"/api/v1/namespaces/{namespace}/pods"
    with cluster.client() as client:
        eventually(lambda: len(client.get(pods).json()["items"]) == 2, "no pods")
        cluster.kubectl("-n", namespace, "delete", "deployment", "it", "--wait=false")
        eventually(lambda: not client.get(pods).json()["items"], "the pods stay")


def test_a_person_may_do_nothing_until_a_test_lets_them(own_cluster: Cluster, namespace: str) -> None:
    """Authorization is on: tests of rights mean something."""
    secrets = f"/api/v1/namespaces/{namespace}/secrets"
    with own_cluster.as_user("person").client() as person:
        assert person.get(secrets).status_code == 403
        grant = ["-n", namespace, "create", "rolebinding", "it", "--clusterrole=view", "--user=person"]
        own_cluster.kubectl(*grant)
        eventually(lambda: person.get(f"/api/v1/namespaces/{namespace}/pods").is_success, "the role is not granted")
        assert person.get(secrets).status_code == 403


def test_the_audit_log_tells_who_did_what(own_cluster: Cluster, namespace: str) -> None:
    """Each request is one record, by user, from a position on."""
    before = own_cluster.audit_position()
    with own_cluster.as_user("person").client() as person:
        person.get(f"/api/v1/namespaces/{namespace}/configmaps/it")
    eventually(lambda: any(own_cluster.audit(user="person", since=before)), "nothing is recorded")
    (record,) = own_cluster.audit(user="person", since=before)
    assert (record["verb"], record["objectRef"]["resource"], record["responseStatus"]["code"]) == (
        "get",
        "configmaps",
        403,
    )


def test_an_owner_that_is_killed_leaves_no_process(own_cluster: Cluster) -> None:
    """SIGKILL of the tests ends every program and removes the folder; no test can leave a server running."""
    assert own_cluster.is_own
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=environment()) as owner:  # noqa: S603
        assert owner.stdout is not None
        started = json.loads(owner.stdout.readline())
        guardian = psutil.Process(started["guardian"])
        family = [guardian, *guardian.children()]
        owner.send_signal(signal.SIGKILL)
    assert len(family) == 4
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    assert not Path(started["folder"]).exists()


def test_a_guardian_that_is_killed_takes_its_programs_along(own_cluster: Cluster) -> None:
    """Even the guardian's SIGKILL leaves none of them behind."""
    assert own_cluster.is_own
    plane = ControlPlane.start()
    programs = psutil.Process(plane.guardian.pid).children()
    assert len(programs) == 3
    plane.guardian.kill()
    _, alive = psutil.wait_procs(programs, timeout=20)
    plane.stop()
    assert alive == []


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
