"""The operator on a real API server with its real controllers; a stand-in for the kubelets starts the pods."""

import time

import pytest
from tests.cluster.bench_of_services import CHILDREN, SECRETS, Bench, a_service, default_documents
from tests.cluster.kubelet import Kubelet
from tests.cluster.namespaces import eventually
from tests.cluster.operator_fixtures import bench, quiet_bench
from tests.cluster.pod_status import CrashLoopBackOff, ImagePullBackOff, Unschedulable

__all__ = ["bench", "quiet_bench"]

GARBAGE_SECONDS = 90  # the collector learns of a new kind within half a minute


@pytest.fixture
def alerts(bench: Bench) -> Bench:
    """A bench with one service that is ready."""
    bench.apply(a_service())
    bench.until_ready("alerts")
    return bench


def test_the_default_platform_becomes_ready_and_its_deletion_leaves_nothing(bench: Bench) -> None:
    """Seven documents give seven ready services with pods; without the documents the collector takes all away."""
    documents = list(default_documents())
    names = [document["metadata"]["name"] for document in documents]
    bench.apply(*documents)
    bench.until_ready(*names)
    assert len(names) == 7
    assert {pod["metadata"]["labels"]["stockbot.dev/service"] for pod in bench.items("pods")} == set(names)
    assert all(bench.condition(name, "DependenciesReady")["status"] == "True" for name in names)
    for name in names:
        bench.delete("tradingservices", name)
    remaining = (*CHILDREN, "replicasets", "pods")
    eventually(lambda: not any(bench.items(plural) for plural in remaining), "children remain", GARBAGE_SECONDS)
    eventually(lambda: not [one for one in bench.items("leases") if "claim" in one["metadata"]["name"]], "claim stays")


def test_kubectl_get_ts_shows_what_matters(alerts: Bench) -> None:
    """The printer columns are filled from the status."""
    shown = alerts.cluster.kubectl("-n", alerts.namespace, "get", "ts", "--no-headers")
    assert shown.split()[:5] == ["alerts", "AlertManager", "True", "AllReplicasReady", "1"]


def test_decision_2_drift_heals_itself(alerts: Bench) -> None:
    """Edits of children are undone and deleted children come back: server-side apply under one field manager."""
    alerts.patch("deployments", "alerts", {"spec": {"replicas": 5}})
    alerts.patch("services", "alerts", {"spec": {"publishNotReadyAddresses": False}})
    alerts.delete("networkpolicies", "alerts")
    eventually(lambda: alerts.get("deployments", "alerts")["spec"]["replicas"] == 1, "replicas stay")
    eventually(lambda: alerts.get("services", "alerts")["spec"].get("publishNotReadyAddresses"), "service stays")
    eventually(lambda: bool(alerts.get("networkpolicies", "alerts")), "the policy is gone")


def test_a_removed_label_comes_back(alerts: Bench) -> None:
    """A child without our label is out of the watches' sight, and is found by its name."""
    alerts.patch("services", "alerts", {"metadata": {"labels": {"stockbot.dev/service": None}}})
    eventually(lambda: "stockbot.dev/service" in alerts.get("services", "alerts")["metadata"]["labels"], "no label")


def test_decision_5_never_what_is_not_ours(bench: Bench) -> None:
    """A person's object of a wanted name stays as it is; the service says NameConflict, and goes on without it."""
    spec = {"ports": [{"port": 80}], "selector": {"app": "mine"}}
    before = bench.create("services", {"metadata": {"name": "alerts"}, "spec": spec})
    bench.apply(a_service())
    bench.until("alerts", "Degraded", "True", "NameConflict")
    assert bench.get("services", "alerts")["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert "the Service alerts exists and is not ours" in bench.condition("alerts")["message"]
    bench.delete("services", "alerts")
    bench.until_ready("alerts", seconds=90)


def test_a_foreign_deployment_is_not_taken_over(bench: Bench) -> None:
    """Deleting the TradingService afterwards leaves a person's Deployment alone."""
    labels = {"app": "mine"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "mine", "image": "mine:1"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    before = bench.create("deployments", {"metadata": {"name": "alerts"}, "spec": spec})
    bench.apply(a_service())
    bench.until("alerts", "Ready", "False", "NameConflict")
    after = bench.get("deployments", "alerts")
    assert after["spec"] == before["spec"]
    assert "ownerReferences" not in after["metadata"]


def test_complaint_reconcile_does_not_work_from_an_empty_status(alerts: Bench) -> None:
    """A resource restored from a backup has no status: it comes back, and no pod is replaced."""
    before = alerts.items("pods", of="alerts")[0]["metadata"]["uid"]
    alerts.patch("tradingservices", "alerts", {"status": None}, "status")
    alerts.until_ready("alerts")
    assert alerts.service("alerts")["status"]["endpoint"] == f"http://alerts.{alerts.namespace}.svc:3005"
    assert [pod["metadata"]["uid"] for pod in alerts.items("pods", of="alerts")] == [before]


def test_decision_4_no_writes_at_rest(alerts: Bench) -> None:
    """Silent at rest: nothing is written in a minute, and nothing asked but watches and the lease."""
    time.sleep(3)
    position = alerts.cluster.audit_position()
    time.sleep(60)
    assert alerts.writes(position) == []
    asked = [record["verb"] for record in alerts.cluster.audit(user="admin", since=position)]
    assert set(asked) <= {"watch", "update"}


def test_decision_3_no_finalizers_and_no_annotations_of_a_framework(alerts: Bench) -> None:
    """Deletion hangs on nobody: neither the resource nor a child carries a finalizer or a handler's state."""
    for plural in (*CHILDREN, "tradingservices"):
        for item in alerts.items(plural):
            assert "finalizers" not in item["metadata"]
            assert "kopf" not in str(item["metadata"].get("annotations", {}))
            owners = item["metadata"].get("ownerReferences", [])
            assert all("blockOwnerDeletion" not in owner for owner in owners)


def test_complaint_objects_stuck_deleting_after_an_uninstall(alerts: Bench) -> None:
    """After an uninstall everything can be deleted, in any order."""
    alerts.operator.kill()
    alerts.delete("tradingservices", "alerts")
    eventually(lambda: not alerts.service("alerts"), "the resource hangs")
    eventually(lambda: not any(alerts.items(plural) for plural in CHILDREN), "children remain", GARBAGE_SECONDS)


def test_decision_6_dependencies_are_information(bench: Bench) -> None:
    """A service whose dependency is absent comes up all the same, says so, and sees it come."""
    strategies = a_service("strategies", "StrategyOrchestrator")
    bench.apply(strategies)
    bench.until_ready("strategies")
    bench.until("strategies", "DependenciesReady", "False", "DependencyNotFound")
    gateway = next(one for one in default_documents() if one["spec"]["type"] == "MarketDataGateway")
    bench.apply(gateway)
    bench.until("strategies", "DependenciesReady", "True")


def test_what_a_secret_lacks_is_said_in_words(quiet_bench: Bench, kubelet: Kubelet) -> None:
    """Without the bus's Secret the reason is SecretNotFound with its name; once it is there all is well."""
    for name in ("stockbot-database", "stockbot-tokens"):
        quiet_bench.put_secret(name, {"url": "postgresql://d/x", "tokens.json": "[]", "service": "s", "operator": "o"})
    quiet_bench.operator.start()
    quiet_bench.apply(a_service())
    quiet_bench.until("alerts", "Ready", "False", "SecretNotFound")
    assert "SecretNotFound: stockbot-bus" in quiet_bench.condition("alerts")["message"]
    quiet_bench.put_secret("stockbot-bus", {"url": "redis://bus:6379/0"})
    quiet_bench.until_ready("alerts")
    quiet_bench.until("alerts", "Degraded", "False")


def test_a_deleted_secret_takes_no_running_pod_down(alerts: Bench) -> None:
    """It is said, the pod goes on with what the Secret held, and the same Secret again is no restart."""
    (before,) = [pod["metadata"]["uid"] for pod in alerts.items("pods", of="alerts")]
    alerts.delete("secrets", "stockbot-bus")
    alerts.until("alerts", "Degraded", "True", "SecretNotFound")
    alerts.until("alerts", "Progressing", "True", "WaitingForSecret")
    time.sleep(1)
    alerts.put_secret("stockbot-bus", SECRETS["stockbot-bus"])
    alerts.until("alerts", "Degraded", "False")
    alerts.until("alerts", "Progressing", "False", "Complete")
    assert [pod["metadata"]["uid"] for pod in alerts.items("pods", of="alerts")] == [before]


def test_complaint_two_restarts_for_one_change(alerts: Bench) -> None:
    """A changed Secret, a changed document and a wanted restart make one new ReplicaSet each."""
    before = len(alerts.items("replicasets", of="alerts"))
    alerts.patch("secrets", "stockbot-bus", {"stringData": {"url": "redis://elsewhere:6379/0"}})
    eventually(lambda: len(alerts.items("replicasets", of="alerts")) == before + 1, "no restart for the Secret")
    alerts.apply(a_service(alertManager={"groupSeconds": 5}))
    eventually(lambda: len(alerts.items("replicasets", of="alerts")) == before + 2, "no restart for the document")
    alerts.patch(
        "tradingservices", "alerts", {"metadata": {"annotations": {"stockbot.dev/restartedAt": "2026-11-25T12:00:00Z"}}}
    )
    eventually(lambda: len(alerts.items("replicasets", of="alerts")) == before + 3, "no restart when asked for")
    alerts.until_ready("alerts")
    time.sleep(2)
    assert len(alerts.items("replicasets", of="alerts")) == before + 3


def test_old_configurations_are_pruned_when_no_pod_uses_them(alerts: Bench) -> None:
    """Each configuration is an immutable ConfigMap of its own; the old one goes after the old pod."""
    (before,) = alerts.items("configmaps", of="alerts")
    assert before["immutable"] is True
    alerts.apply(a_service(alertManager={"groupSeconds": 5}))

    def is_replaced() -> bool:
        names = [one["metadata"]["name"] for one in alerts.items("configmaps", of="alerts")]
        return len(names) == 1 and names != [before["metadata"]["name"]]

    eventually(is_replaced, "the old ConfigMap stays")


def test_suspend_keeps_everything_but_the_pods(alerts: Bench) -> None:
    """A suspended service has no pod, is Ready for `helm --wait`, and comes back."""
    alerts.patch("tradingservices", "alerts", {"spec": {"suspend": True}})
    alerts.until("alerts", "Suspended", "True")
    alerts.until("alerts", "Ready", "True", "Suspended")
    eventually(lambda: not alerts.items("pods", of="alerts"), "the pod stays")
    assert alerts.get("services", "alerts")
    alerts.patch("tradingservices", "alerts", {"spec": {"suspend": False}})
    alerts.until("alerts", "Ready", "True", "AllReplicasReady")


def test_paused_means_hands_off(alerts: Bench) -> None:
    """Under the annotation nothing is healed; without it everything is."""
    alerts.patch("tradingservices", "alerts", {"metadata": {"annotations": {"stockbot.dev/paused": "true"}}})
    alerts.until("alerts", "Progressing", "False", "Paused")
    alerts.delete("networkpolicies", "alerts")
    time.sleep(2)
    assert not alerts.get("networkpolicies", "alerts")
    alerts.patch("tradingservices", "alerts", {"metadata": {"annotations": {"stockbot.dev/paused": None}}})
    eventually(lambda: bool(alerts.get("networkpolicies", "alerts")), "nothing is healed")


def test_scale_goes_through_the_scale_subresource_and_no_symbol_has_two_owners(bench: Bench) -> None:
    """Two shards never run beside one that owns all symbols; the status counts truly, as an autoscaler reads it."""
    gateway = next(one for one in default_documents() if one["spec"]["type"] == "MarketDataGateway")
    name = gateway["metadata"]["name"]
    bench.apply(gateway)
    bench.until_ready(name)
    bench.patch("tradingservices", name, {"spec": {"replicas": 2}}, "scale")
    divisions = []

    def are_both_ready() -> bool:
        pods = [pod["metadata"] for pod in bench.items("pods", of=name)]
        divisions.append({pod["labels"]["stockbot.dev/shards"] for pod in pods if "deletionTimestamp" not in pod})
        return int(bench.service(name)["status"]["readyReplicas"]) == 2

    eventually(are_both_ready, "the shards are not ready")
    assert all(len(division) <= 1 for division in divisions)
    scale = bench.client.get(bench.path("tradingservices", name) + "/scale").json()
    assert scale["status"] == {"replicas": 2, "selector": f"stockbot.dev/service={name}"}
    assert bench.get("poddisruptionbudgets", name)["spec"]["maxUnavailable"] == 1
    bench.patch("tradingservices", name, {"spec": {"replicas": 1}}, "scale")
    eventually(lambda: not bench.get("deployments", f"{name}-1"), "the second shard stays")
    bench.until_ready(name)


@pytest.mark.parametrize(
    ("fate", "reason", "words"),
    [
        (ImagePullBackOff(), "ImagePullBackOff", "stockbot:0.1.0"),
        (CrashLoopBackOff("no database there", exit_code=2), "CrashLoopBackOff", "no database there"),
        (Unschedulable(), "Unschedulable", "Insufficient memory"),
    ],
)
def test_causes_in_words(
    bench: Bench,
    kubelet: Kubelet,
    fate: ImagePullBackOff | CrashLoopBackOff | Unschedulable,
    reason: str,
    words: str,
) -> None:
    """The condition says what a person would find out with four commands, and nothing stale when it is over."""
    kubelet.declare(fate, {"stockbot.dev/service": "alerts"})
    bench.apply(a_service())
    bench.until("alerts", "Ready", "False", reason)
    assert words in bench.condition("alerts")["message"]
    kubelet.recover()
    bench.until_ready("alerts")
    bench.until("alerts", "Degraded", "False")


def test_a_quota_is_named(bench: Bench) -> None:
    """What never became a pod is told by the Deployment."""
    path = f"/api/v1/namespaces/{bench.namespace}/resourcequotas"
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    assert bench.client.post(path, json=quota).is_success
    bench.apply(a_service())
    bench.until("alerts", "Ready", "False", "QuotaExceeded")
    assert "exceeded quota" in bench.condition("alerts")["message"]


def test_restricted_pod_security_admits_every_pod(bench: Bench) -> None:
    """In a namespace that enforces the restricted standard the whole platform runs."""
    enforced = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    answer = bench.client.patch(
        f"/api/v1/namespaces/{bench.namespace}", json=enforced, headers={"Content-Type": "application/merge-patch+json"}
    )
    assert answer.is_success
    documents = list(default_documents())
    bench.apply(*documents)
    bench.until_ready(*(document["metadata"]["name"] for document in documents))


def test_events_on_transitions_only(alerts: Bench) -> None:
    """A service that became ready has told so once."""

    def told() -> list[str]:
        about = [one for one in alerts.items("events") if one["involvedObject"]["kind"] == "TradingService"]
        return [one["reason"] for one in about]

    eventually(lambda: bool(told()), "nothing is told")
    time.sleep(2)
    assert told() == ["AllReplicasReady"]


def test_complaint_the_operator_fights_the_autoscaler(bench: Bench) -> None:
    """The number of shards is whoever's who scales: the operator owns no field of the spec, and leaves it be."""
    gateway = next(one for one in default_documents() if one["spec"]["type"] == "MarketDataGateway")
    name = gateway["metadata"]["name"]
    bench.apply(gateway)
    bench.until_ready(name)
    bench.patch("tradingservices", name, {"spec": {"replicas": 3}}, "scale")
    eventually(lambda: bench.service(name)["status"]["readyReplicas"] == 3, "the shards are not ready")
    time.sleep(2)
    found = bench.service(name)
    assert found["spec"]["replicas"] == 3
    ours = [one for one in found["metadata"]["managedFields"] if one["manager"] == "stockbot-operator"]
    assert [one["subresource"] for one in ours] == ["status"]


def test_complaint_a_spec_change_is_silently_not_applied(alerts: Bench) -> None:
    """What the server refuses is a condition with the server's own words, and the pods go on as they were."""
    impossible = {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}
    alerts.apply(a_service(resources=impossible))
    alerts.until("alerts", "Degraded", "True", "ApplyRejected")
    found = alerts.condition("alerts")
    assert found["status"] == "False"
    assert "must be less than or equal to memory limit" in found["message"]
    assert alerts.service("alerts")["status"]["readyReplicas"] == 1
    alerts.apply(a_service())
    alerts.until_ready("alerts")
