"""The node itself: pods of our image run on it as on anybody's cluster, and nothing of it outlives its owner."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import eventually
from tests.cluster.node import guardian

from stockbot import __version__

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]

OWNER = """
import json, time
from tests.cluster.node import network
from tests.cluster.node.node import Node
with network.private():
    node = Node.start()
    print(json.dumps({"guardian": node.guardian.pid, "folder": str(node.layout.folder)}), flush=True)
    time.sleep(600)
"""
ANYBODY = 1_000_680_000  # such a number OpenShift gives out
NOTHING = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
CANNOT = """
import importlib.util, os, pathlib, shutil, sys
tools = [tool for tool in ("pip", "pip3", "gcc", "cc", "make", "uv") if shutil.which(tool)]
modules = [name for name in ("pip", "setuptools", "hatchling", "ensurepip") if importlib.util.find_spec(name)]
uncompiled = [str(path) for path in pathlib.Path(sys.prefix).rglob("stockbot/cli/*.py")
              if not pathlib.Path(importlib.util.cache_from_source(str(path))).exists()]
try:
    open("/opt/stockbot/written", "w")
    writable = True
except OSError:
    writable = False
print(tools, modules, uncompiled, writable, os.getuid())
"""


@pytest.fixture
def place(cluster: Cluster, namespace: str) -> str:
    """A namespace that holds to the strictest standard for pods."""
    cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    return namespace


def run(cluster: Cluster, namespace: str, command: list[str], **fields: Any) -> None:
    """Run a pod `it` of our image as a user that nobody has heard of."""
    container = {
        "name": "it",
        "image": "stockbot:0.1.0",
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "securityContext": NOTHING,
        "volumeMounts": [{"name": "temporary", "mountPath": "/tmp"}],  # noqa: S108 - the pod's own
        **fields,
    }
    user = {"runAsNonRoot": True, "runAsUser": ANYBODY, "seccompProfile": {"type": "RuntimeDefault"}}
    volumes = [{"name": "temporary", "emptyDir": {}}]
    spec = {"restartPolicy": "Never", "securityContext": user, "containers": [container], "volumes": volumes}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "it", "labels": {"app": "it"}}, "spec": spec}
    cluster.kubectl("-n", namespace, "create", "-f", "-", stdin=json.dumps(pod))


def wait_for(cluster: Cluster, namespace: str, state: str) -> None:
    cluster.kubectl("-n", namespace, "wait", f"--for={state}", "pod/it", "--timeout=60s")


def test_our_image_runs_as_anybody(cluster: Cluster, place: str) -> None:
    """A user without a name, no right at all, nothing to write to: the program starts, and its words are the log."""
    run(cluster, place, ["stockbot", "--version"])
    wait_for(cluster, place, "jsonpath={.status.phase}=Succeeded")
    assert cluster.kubectl("-n", place, "logs", "it") == f"stockbot {__version__}\n"


def test_our_image_has_nothing_to_build_with(cluster: Cluster, place: str) -> None:
    """No compiler, no installer, everything compiled, nothing that can be changed."""
    run(cluster, place, ["python", "-c", CANNOT])
    wait_for(cluster, place, "jsonpath={.status.phase}=Succeeded")
    assert cluster.kubectl("-n", place, "logs", "it") == f"[] [] [] False {ANYBODY}\n"


def test_probes_services_and_exec(cluster: Cluster, place: str) -> None:
    """The bus of our image becomes ready by its probe, answers under its Service's name, and to `kubectl exec`."""
    ports = [{"name": "redis", "containerPort": 6379}]
    probe = {"tcpSocket": {"port": "redis"}, "periodSeconds": 1}
    run(cluster, place, ["valkey-server", "--protected-mode", "no", "--save", ""], ports=ports, readinessProbe=probe)
    cluster.kubectl("-n", place, "expose", "pod", "it", "--port=6379")
    wait_for(cluster, place, "condition=Ready")
    ask = f"import redis; print(redis.Redis('it.{place}.svc').ping())"
    answer = ("-n", place, "exec", "it", "--", "python", "-c", ask)
    eventually(lambda: cluster.kubectl(*answer) == "True\n", "the Service does not lead to the pod")


def test_a_pod_that_breaks_the_standard_is_refused(cluster: Cluster, place: str) -> None:
    """The namespace means it: what our own pods obey is enforced here."""
    with pytest.raises(Exception, match="violates PodSecurity"):
        run(cluster, place, ["stockbot", "--version"], securityContext={"privileged": True})


def test_an_owner_that_is_killed_leaves_nothing(place: str) -> None:
    """SIGKILL of the tests ends every program and container, and removes mounts, control groups and the folder."""
    assert place
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=environment()) as owner:  # noqa: S603
        assert owner.stdout is not None
        started = json.loads(owner.stdout.readline())
        first = psutil.Process(started["guardian"])
        family = [first, *first.children(recursive=True)]
        owner.send_signal(signal.SIGKILL)
    assert len(family) > 9
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []
    folder = Path(started["folder"])
    assert not folder.exists()
    assert str(folder) not in Path("/proc/self/mounts").read_text()
    assert not any(group.exists() for group in guardian.control_groups(folder.name))


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
