"""What goes wrong around the operator: kills between writes, a server that refuses, resets, forgets or is slow."""

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from tests.cluster.bench_of_services import CHILDREN, Bench, a_service
from tests.cluster.kubelet import Kubelet
from tests.cluster.namespaces import eventually
from tests.cluster.operator_fixtures import bench, quiet_bench
from tests.cluster.troubled_proxy import TroubledProxy, at_once, none, troubled

__all__ = ["bench", "quiet_bench"]


@pytest.fixture
def proxy(quiet_bench: Bench, kubelet: Kubelet, tmp_path: Path) -> Iterator[TroubledProxy]:
    """An operator that reaches its API server through a proxy which can misbehave."""
    quiet_bench.furnish()
    with troubled(quiet_bench.cluster) as proxy:
        kubeconfig = tmp_path / "through-the-proxy"
        kubeconfig.write_text(through(proxy, quiet_bench))
        quiet_bench.operator.kubeconfig = kubeconfig
        quiet_bench.operator.further = {"REQUEST_SECONDS": f"{REQUEST_SECONDS}"}
        yield proxy
        quiet_bench.operator.kill()


def through(proxy: TroubledProxy, bench: Bench) -> str:
    return f"""
current-context: proxied
contexts: [{{name: proxied, context: {{cluster: proxied, user: admin, namespace: {bench.namespace}}}}}]
clusters: [{{name: proxied, cluster: {{server: "{proxy.url}"}}}}]
users: [{{name: admin, user: {{token: {bench.cluster.token}}}}}]
"""


def fingerprint(bench: Bench) -> dict[str, int]:
    """How many children there are of each kind."""
    return {plural: len(bench.items(plural)) for plural in CHILDREN}


REQUEST_SECONDS = 3
REST_SECONDS = 4
LEASES = 2  # that it writes before anything else
COMPLETE = {
    "deployments": 1,
    "services": 1,
    "configmaps": 1,
    "serviceaccounts": 1,
    "networkpolicies": 1,
    "poddisruptionbudgets": 0,
}


def test_killed_between_any_two_writes_it_goes_on_from_there(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """After each write of the first reconciliation it is killed once; the next start ends at the same place."""
    for number in range(1, 9):
        live_through_a_kill(quiet_bench, proxy, f"alerts-{number}", number)
    assert fingerprint(quiet_bench) == {kind: 8 * count for kind, count in COMPLETE.items()}


def live_through_a_kill(bench: Bench, proxy: TroubledProxy, name: str, number: int) -> None:
    """Kill it after its so many writes for a new service, and let another one finish."""
    writes = itertools.count(1)

    def wrote() -> None:
        if next(writes) == number + LEASES:
            bench.operator.kill()

    proxy.wrote = wrote
    bench.apply(a_service(name))
    bench.operator.launch()
    process = bench.operator.process
    assert process is not None
    eventually(lambda: process.poll() is not None or bool(bench.service(name).get("status")), "no end")
    proxy.wrote = lambda: None
    bench.operator.kill()
    bench.operator.start()
    bench.until_ready(name)
    bench.operator.kill()


@pytest.mark.parametrize("status", [409, 429, 500, 503, 0])
def test_refused_writes_come_again(quiet_bench: Bench, proxy: TroubledProxy, status: int) -> None:
    """Conflicts, throttling, errors and resets of every second write delay it, and change nothing else."""
    count = 0

    def trouble(request: web.Request) -> int | None:
        nonlocal count
        if request.method == "GET" or "leases" in request.path:
            return None
        count += 1
        return status if count % 2 else None

    quiet_bench.operator.start()
    proxy.trouble = trouble
    quiet_bench.apply(a_service())
    eventually(lambda: proxy.refused > 2, "nothing was refused")
    proxy.trouble = none
    quiet_bench.until_ready("alerts", seconds=90)
    assert fingerprint(quiet_bench) == COMPLETE


def test_a_broken_server_is_no_reason_to_run_hot(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """While every write fails there are a few attempts, later and later."""
    quiet_bench.operator.start()
    proxy.trouble = lambda request: 500 if request.method == "PATCH" else None
    quiet_bench.apply(a_service())
    time.sleep(10)
    assert 2 <= proxy.refused <= 8
    proxy.trouble = none
    quiet_bench.until_ready("alerts")


def test_watches_whose_history_is_gone_list_anew(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """410 Gone: what happened meanwhile is found by listing, deletions as well."""
    quiet_bench.operator.start()
    quiet_bench.apply(a_service(), a_service("other"))
    quiet_bench.until_ready("alerts", "other")
    proxy.trouble = lambda request: 410 if "watch" in request.query else None
    quiet_bench.operator.kill()
    quiet_bench.operator.launch()
    eventually(lambda: proxy.refused > 5, "nothing was refused")
    quiet_bench.delete("networkpolicies", "alerts")
    quiet_bench.delete("tradingservices", "other")
    proxy.trouble = none
    eventually(lambda: bool(quiet_bench.get("networkpolicies", "alerts")), "nothing is healed")
    eventually(lambda: not quiet_bench.items("deployments", of="other"), "children remain", 90)


def test_watches_that_fall_silent_are_given_up(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """Connections that stand and say nothing: Kopf's watch and ours begin anew, and nothing is missed."""
    quiet_bench.operator.further = {"SILENCE_SECONDS": "4"}
    quiet_bench.operator.start()
    quiet_bench.apply(a_service())
    quiet_bench.until_ready("alerts")
    proxy.silence()
    quiet_bench.delete("services", "alerts")
    quiet_bench.apply(a_service("other"))
    eventually(lambda: bool(quiet_bench.get("services", "alerts")), "nothing is healed", 20)
    quiet_bench.until_ready("other", seconds=20)


def test_an_object_made_between_look_and_write_is_left_as_it_was(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """A person is quicker by a moment: what was added to their object is taken back, and it is a conflict."""
    spec = {"ports": [{"name": "mine", "port": 80}], "selector": {"app": "mine"}}
    before = quiet_bench.create("services", {"metadata": {"name": "alerts"}, "spec": spec})
    proxy.trouble = lambda request: (
        404 if request.method == "GET" and request.path.endswith("services/alerts") else None
    )
    quiet_bench.operator.start()
    quiet_bench.apply(a_service())
    quiet_bench.until("alerts", "Degraded", "True", "NameConflict")
    after = quiet_bench.get("services", "alerts")
    assert after["spec"] == before["spec"]
    assert not {"labels", "ownerReferences", "annotations"} & set(after["metadata"])


def test_a_lost_server_is_found_again(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """Every connection is reset for a while; afterwards it leads again and heals what was done meanwhile."""
    quiet_bench.operator.start()
    quiet_bench.apply(a_service())
    quiet_bench.until_ready("alerts")
    proxy.trouble = lambda _request: 0
    time.sleep(8)
    quiet_bench.delete("services", "alerts")
    proxy.trouble = none
    eventually(lambda: bool(quiet_bench.get("services", "alerts")), "nothing is healed")


def applies(bench: Bench, since: int) -> Counter[str]:
    """How often the operator has applied each child since a position of the audit log."""
    writes = (write.partition("?") for write in bench.writes(since))
    paths = (path for path, _, query in writes if "fieldManager=stockbot-operator" in query)
    return Counter(path.rpartition(f"{bench.namespace}/")[2] for path in paths if path.startswith("patch"))


def children_of(counts: Counter[str]) -> Counter[str]:
    return Counter({path: count for path, count in counts.items() if not path.endswith("/status")})


def rests(bench: Bench) -> bool:
    """Nothing is written for a while."""
    since = bench.cluster.audit_position()
    time.sleep(REST_SECONDS)
    return not applies(bench, since)


def test_answers_that_are_slow_but_in_time_cost_time_alone(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """Half a second for every answer: each child is still written once, its status a few times, and then nothing."""
    proxy.delay = lambda _request: 0.5
    quiet_bench.operator.start()
    since = quiet_bench.cluster.audit_position()
    quiet_bench.apply(a_service())
    quiet_bench.until_ready("alerts")
    assert fingerprint(quiet_bench) == COMPLETE
    assert rests(quiet_bench)
    counts = applies(quiet_bench, since)
    assert sorted(children_of(counts).values()) == [1] * sum(COMPLETE.values())
    assert counts["tradingservices/alerts/status"] <= 4


def test_a_change_that_our_own_write_overtakes_is_acted_on(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """Unpaused right before "paused" is written: the answer tells of it first, and the watch's word comes late."""
    quiet_bench.operator.start()
    quiet_bench.apply(a_service())
    quiet_bench.until_ready("alerts")
    assert rests(quiet_bench)

    written: list[str] = []

    def unpause_before(request: web.Request) -> None:
        if request.method == "PATCH" and request.path.endswith("/alerts/status"):
            written.append(request.path)
            if len(written) == 1:
                pause(quiet_bench, None)

    proxy.trouble, proxy.lag = unpause_before, 1.0
    pause(quiet_bench, "true")
    eventually(lambda: len(written) > 1, "what was asked meanwhile is not looked at", 20)
    quiet_bench.until("alerts", "Progressing", "False", "Complete", seconds=20)


def pause(bench: Bench, word: str | None) -> None:
    bench.patch("tradingservices", "alerts", {"metadata": {"annotations": {"stockbot.dev/paused": word}}})


def test_answers_that_come_too_late_change_nothing_twice(quiet_bench: Bench, proxy: TroubledProxy) -> None:
    """The write is done and nobody hears of it: it is looked for again, and what is there does not change."""
    late = {"services", "deployments"}

    def delay(request: web.Request) -> float:
        plural = request.path.split("/")[-2]
        if request.method != "PATCH" or plural not in late:
            return 0.0
        late.remove(plural)
        return 2.0 * REQUEST_SECONDS

    quiet_bench.operator.start()
    proxy.delay = delay
    since = quiet_bench.cluster.audit_position()
    quiet_bench.apply(a_service())
    quiet_bench.until_ready("alerts")
    assert not late
    assert fingerprint(quiet_bench) == COMPLETE
    assert rests(quiet_bench)
    assert max(children_of(applies(quiet_bench, since)).values()) <= 2
    assert quiet_bench.get("deployments", "alerts")["metadata"]["generation"] == 1
    assert len(quiet_bench.items("replicasets")) == 1


def test_a_server_whose_answers_are_all_too_late_is_no_reason_to_run_hot(
    quiet_bench: Bench, proxy: TroubledProxy
) -> None:
    """A few attempts, later and later; once answers come in time again, everything is there and unchanged."""
    quiet_bench.operator.start()
    proxy.delay = lambda request: 2.0 * REQUEST_SECONDS if request.method == "PATCH" else 0.0
    since = quiet_bench.cluster.audit_position()
    quiet_bench.apply(a_service())
    time.sleep(11)  # the fourth attempt is after 9 s without pauses, and after 12.5 s with the shortest ones
    assert 2 <= sum(applies(quiet_bench, since).values()) <= 3, "as often as requests may time out"
    proxy.delay = at_once
    quiet_bench.until_ready("alerts")
    assert fingerprint(quiet_bench) == COMPLETE
    assert rests(quiet_bench)


def test_an_object_that_may_not_be_made_is_said_and_the_rest_is_made(bench: Bench) -> None:
    """A quota keeps the Service out: that is a condition, and everything else is there."""
    quota = {"metadata": {"name": "no-services"}, "spec": {"hard": {"services": "0"}}}
    path = f"/api/v1/namespaces/{bench.namespace}/resourcequotas"
    assert bench.client.post(path, json=quota).is_success
    eventually(lambda: "used" in bench.client.get(f"{path}/no-services").json().get("status", {}), "no quota")
    bench.apply(a_service())
    bench.until("alerts", "Degraded", "True", "QuotaExceeded")
    eventually(lambda: bool(bench.get("deployments", "alerts")), "the rest is not made")
    bench.client.delete(f"{path}/no-services")
    bench.until_ready("alerts", seconds=90)


def test_complaint_an_operator_upgrade_restarts_all_workloads(bench: Bench) -> None:
    """A new process applies everything once, and no object changes: the same apply is no change."""
    bench.apply(a_service())
    bench.until_ready("alerts")
    time.sleep(1)
    before = {plural: versions(bench, plural) for plural in CHILDREN}
    bench.operator.stop()
    bench.operator.start()
    eventually(bench.operator.is_leading, "it does not lead")
    time.sleep(3)
    assert {plural: versions(bench, plural) for plural in CHILDREN} == before


def versions(bench: Bench, plural: str) -> list[str]:
    return [item["metadata"]["resourceVersion"] for item in bench.items(plural)]


def test_deleting_the_namespace_leaves_nothing_hanging(bench: Bench) -> None:
    """No finalizer of ours holds the namespace up, and the operator does not fight its end."""
    bench.apply(a_service())
    bench.until_ready("alerts")
    path = f"/api/v1/namespaces/{bench.namespace}"
    for pod in bench.items("pods"):
        bench.client.delete(bench.path("pods", pod["metadata"]["name"]), params={"gracePeriodSeconds": "0"})
    bench.client.delete(path)
    eventually(lambda: not any(bench.items(plural) for plural in ("tradingservices", *CHILDREN)), "it hangs", 60)
