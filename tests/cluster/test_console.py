"""The console's page of services against a real API server, with exactly the account that k8s/console makes."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.kubelet import Kubelet
from tests.cluster.namespaces import eventually

from stockbot.runtime.clock import SystemClock
from stockbot.runtime.fleet import Change, ClusterFleet, Condition
from stockbot.runtime.kubernetes import Api, Refused, api, of_pod

ROOT = Path(__file__).parents[2]
ACCOUNT = "system:serviceaccount:{}:stockbot-console"
STATUS = {
    "status": {
        "observedGeneration": 1,
        "replicas": 1,
        "readyReplicas": 1,
        "selector": "stockbot.dev/service=market-data-gateway",
        "endpoint": "http://market-data-gateway.stockbot.svc:3001",
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "AllReplicasReady",
                "message": "1 of 1 replicas ready",
                "observedGeneration": 1,
                "lastTransitionTime": "2026-03-02T15:00:00Z",
            }
        ],
    }
}

pytestmark = pytest.mark.usefixtures("definition")


@pytest.fixture
async def fleet(own_cluster: Cluster, namespace: str, tmp_path: Path) -> AsyncIterator[ClusterFleet]:
    """The fleet as a pod of the console sees it: its account's own token, over TLS, with two services there."""
    there = ("-n", namespace)
    own_cluster.kubectl(*there, "apply", "-k", str(ROOT / "k8s/console"))
    for name in ("market-data-gateway", "risk-guardian"):
        own_cluster.kubectl(*there, "apply", "-f", str(ROOT / f"k8s/platform/{name}.yaml"))
    assert own_cluster.certificate is not None
    (tmp_path / "ca.crt").write_text(own_cluster.certificate.read_text())
    (tmp_path / "token").write_text(own_cluster.kubectl(*there, "create", "token", "stockbot-console"))
    (tmp_path / "namespace").write_text(namespace)
    host = urlsplit(own_cluster.url)
    around = {"KUBERNETES_SERVICE_HOST": f"{host.hostname}", "KUBERNETES_SERVICE_PORT": f"{host.port}"}
    opened = ClusterFleet(Api(of_pod(around, tmp_path)), SystemClock())
    yield opened
    await opened.close()


def change(replicas: int | None = None, *, service: str = "market-data-gateway", restart: bool = False) -> Change:
    return Change(service=service, who="ada", why="more symbols", replicas=replicas, restart=restart)


async def test_the_account_sees_services_pods_and_events(
    own_cluster: Cluster, namespace: str, fleet: ClusterFleet, kubelet: Kubelet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page; the resource's own status, the pods of its label, and what happened to them."""
    monkeypatch.setattr(api, "PAGE", 1)
    with own_cluster.client() as client:
        path = f"/apis/stockbot.dev/v1alpha1/namespaces/{namespace}/tradingservices/market-data-gateway/status"
        merge = {"Content-Type": "application/merge-patch+json"}
        client.patch(path, json=STATUS, headers=merge).raise_for_status()
        container = {"name": "service", "image": "example.com/none:1"}
        labels = {"stockbot.dev/service": "market-data-gateway"}
        pod = {"metadata": {"name": "market-data-gateway-1", "labels": labels}, "spec": {"containers": [container]}}
        client.post(f"/api/v1/namespaces/{namespace}/pods", json=pod).raise_for_status()
        event = {
            "metadata": {"name": "market-data-gateway.1"},
            "involvedObject": {"kind": "Pod", "name": "market-data-gateway-1", "namespace": namespace},
            "reason": "Pulled",
            "message": "the image is there",
            "type": "Normal",
            "source": {"component": "kubelet"},
        }
        client.post(f"/api/v1/namespaces/{namespace}/events", json=event).raise_for_status()
        pods = f"/api/v1/namespaces/{namespace}/pods"
        eventually(lambda: client.get(pods).json()["items"][0]["status"]["phase"] == "Running", "the pod does not run")
    gateway, guardian = await fleet.services()
    assert (gateway.condition, gateway.ready, gateway.wanted) == (Condition.READY, 1, 1)
    assert (guardian.name, guardian.condition) == ("risk-guardian", Condition.UNKNOWN)
    (instance,) = await fleet.instances("market-data-gateway")
    assert (instance.name, instance.condition) == ("market-data-gateway-1", Condition.READY)
    assert [one.reason for one in await fleet.happenings("market-data-gateway")] == ["Pulled"]


async def test_to_change_something_is_a_right_of_its_own(
    own_cluster: Cluster, namespace: str, fleet: ClusterFleet
) -> None:
    """Refused with the right that is missing; granted, it is done, and who did it stands in the resource."""
    with pytest.raises(Refused) as caught:
        await fleet.change(change(2))
    told = f"patch on tradingservices.stockbot.dev in the namespace {namespace}, for {ACCOUNT.format(namespace)}."
    assert str(caught.value).endswith(f"The right that is missing: {told}")
    own_cluster.kubectl("-n", namespace, "apply", "-f", str(ROOT / "k8s/console/act.yaml"))
    with own_cluster.client() as client:
        path = f"/apis/stockbot.dev/v1alpha1/namespaces/{namespace}/tradingservices/market-data-gateway"
        await granted(fleet)
        resource = client.get(path).json()
    assert (resource["spec"]["replicas"], resource["metadata"]["generation"]) == (2, 2)
    annotations = resource["metadata"]["annotations"]
    assert (annotations["stockbot.dev/changed-by"], annotations["stockbot.dev/changed-because"]) == (
        "ada",
        "more symbols",
    )
    await fleet.change(change(restart=True))
    with own_cluster.client() as client:
        assert "stockbot.dev/restartedAt" in client.get(path).json()["metadata"]["annotations"]


async def granted(fleet: ClusterFleet) -> None:
    """Scale as soon as the new role counts: the server learns of it within moments."""
    for _ in range(100):
        try:
            return await fleet.change(change(2))
        except Refused:
            await SystemClock().sleep(0.05)
    raise AssertionError("the role is not granted")


async def test_the_definitions_own_rules_hold_for_the_console_too(
    own_cluster: Cluster, namespace: str, fleet: ClusterFleet
) -> None:
    """What the form would never send is refused by the server, with its words."""
    own_cluster.kubectl("-n", namespace, "apply", "-f", str(ROOT / "k8s/console/act.yaml"))
    await granted(fleet)
    with pytest.raises(Refused, match=r"MarketDataGateway and StrategyOrchestrator.*\(422\)"):
        await fleet.change(change(2, service="risk-guardian"))
    with pytest.raises(Refused, match=r"\(404\)"):
        await fleet.change(change(2, service="nobody"))
