"""The stand-in for a kubelet writes what a kubelet writes, on pods that real controllers made."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.kubelet import Kubelet
from tests.cluster.namespaces import eventually
from tests.cluster.pod_status import CrashLoopBackOff, Fate, ImagePullBackOff, Runs, Unschedulable

Given = dict[str, Any]

PLAIN: Given = {"name": "main", "image": "example.com/none:1"}
NEEDS_KEY: Given = PLAIN | {"env": [{"name": "URL", "valueFrom": {"secretKeyRef": {"name": "bus", "key": "url"}}}]}


@pytest.fixture
def deploy(own_cluster: Cluster, namespace: str) -> Callable[..., None]:
    """Create a Deployment of one pod."""

    def create(container: Given = PLAIN, volumes: tuple[Given, ...] = ()) -> None:
        labels = {"app": "it"}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [container], "volumes": list(volumes)}}
        spec = {"selector": {"matchLabels": labels}, "template": pod}
        body = {"metadata": {"name": "it"}, "spec": spec}
        with own_cluster.client() as client:
            client.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", json=body).raise_for_status()

    return create


@pytest.fixture
def pod_status(own_cluster: Cluster, namespace: str) -> Callable[[], Given]:
    """Read the status of the only pod; empty before there is one."""

    def read() -> Given:
        with own_cluster.client() as client:
            pods = client.get(f"/api/v1/namespaces/{namespace}/pods").json()["items"]
        return pods[0]["status"] if pods else {}

    return read


def waits_for(status: Given, reason: str) -> bool:
    states = [container["state"] for container in status.get("containerStatuses", ())]
    return [state.get("waiting", {}).get("reason") for state in states] == [reason]


def available(cluster: Cluster, namespace: str) -> int:
    with cluster.client() as client:
        deployment = client.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/it").json()
    return int(deployment["status"].get("availableReplicas", 0))


def test_pods_become_ready(own_cluster: Cluster, namespace: str, kubelet: Kubelet, deploy: Callable[..., None]) -> None:
    """A Deployment becomes available, and its pods have addresses."""
    deploy()
    eventually(lambda: available(own_cluster, namespace) == 1, "never available")
    with own_cluster.client() as client:
        (pod,) = client.get(f"/api/v1/namespaces/{namespace}/pods").json()["items"]
    assert pod["status"]["phase"] == "Running"
    assert pod["status"]["podIP"].startswith("10.244.")
    assert "nodeName" not in pod["spec"]
    assert kubelet


@pytest.mark.usefixtures("kubelet")
def test_an_absent_secret_is_waited_for(
    own_cluster: Cluster, namespace: str, deploy: Callable[..., None], pod_status: Callable[[], Given]
) -> None:
    """Without its Secret, and without its key, a container is not configured; with them it starts by itself."""
    deploy(NEEDS_KEY)
    eventually(lambda: waits_for(pod_status(), "CreateContainerConfigError"), "no refusal")
    assert pod_status()["containerStatuses"][0]["state"]["waiting"]["message"] == 'secret "bus" not found'
    create = ("-n", namespace, "create", "secret", "generic", "bus")
    own_cluster.kubectl(*create, "--from-literal=other=x")
    missing = f"couldn't find key url in Secret {namespace}/bus"
    eventually(lambda: missing in str(pod_status()), "the missing key is not named")
    assert available(own_cluster, namespace) == 0
    own_cluster.kubectl("-n", namespace, "delete", "secret", "bus")
    own_cluster.kubectl(*create, "--from-literal=url=x")
    eventually(lambda: available(own_cluster, namespace) == 1, "never available")


@pytest.mark.usefixtures("kubelet")
def test_an_absent_volume_is_waited_for(
    own_cluster: Cluster, namespace: str, deploy: Callable[..., None], pod_status: Callable[[], Given]
) -> None:
    """Without the ConfigMap of a volume the pod stays as it is made, and an Event says why."""
    deploy(volumes=({"name": "documents", "configMap": {"name": "it-0a1b"}},))
    eventually(lambda: waits_for(pod_status(), "ContainerCreating"), "no refusal")
    events = ("-n", namespace, "get", "events", "-o", "jsonpath={.items[*].message}")
    eventually(lambda: 'configmap "it-0a1b" not found' in own_cluster.kubectl(*events), "no Event says so")
    own_cluster.kubectl("-n", namespace, "create", "configmap", "it-0a1b")
    eventually(lambda: available(own_cluster, namespace) == 1, "never available")


@pytest.mark.usefixtures("kubelet")
def test_a_running_pod_keeps_running_without_its_secret(
    own_cluster: Cluster, namespace: str, deploy: Callable[..., None], kubelet: Kubelet
) -> None:
    """A Secret is read at the start of a container; its removal stops nothing."""
    own_cluster.kubectl("-n", namespace, "create", "secret", "generic", "bus", "--from-literal=url=x")
    deploy(NEEDS_KEY)
    eventually(lambda: available(own_cluster, namespace) == 1, "never available")
    own_cluster.kubectl("-n", namespace, "delete", "secret", "bus")
    kubelet.declare(Runs(ready=False), {"app": "it"})
    eventually(lambda: available(own_cluster, namespace) == 0, "it stays ready")
    kubelet.recover()
    eventually(lambda: available(own_cluster, namespace) == 1, "never available again")


@pytest.mark.parametrize(
    ("fate", "said"),
    [
        (CrashLoopBackOff("the database refuses the password"), "the database refuses the password"),
        (ImagePullBackOff(), 'Back-off pulling image "example.com/none:1"'),
        (Unschedulable(), "3 Insufficient memory"),
        (Runs(ready=False), "containers with unready status: [main]"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_declared_fates(
    fate: Fate,
    said: str,
    own_cluster: Cluster,
    namespace: str,
    kubelet: Kubelet,
    deploy: Callable[..., None],
    pod_status: Callable[[], Given],
) -> None:
    """A pod fails as the test declares it, in the words of a kubelet, and recovers when the test says so."""
    kubelet.declare(fate, {"app": "it"})
    deploy()
    eventually(lambda: said in str(pod_status()), "it does not fail")
    assert available(own_cluster, namespace) == 0
    kubelet.recover()
    eventually(lambda: available(own_cluster, namespace) == 1, "it does not recover")
