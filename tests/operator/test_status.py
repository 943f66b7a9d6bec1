"""The status: truthful, in words, written only when it differs."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.operator import sights

from stockbot_operator.kube.objects import Condition, ContainerState, ContainerStatus, Material, Terminated, Waiting
from stockbot_operator.outcome import Cause, Outcome, Told
from stockbot_operator.rollout import Waits
from stockbot_operator.status import Status, status_of, transitions

NOTHING = Outcome()


def condition(status: Status, type_: str) -> dict[str, Any]:
    return next(one for one in status["conditions"] if one["type"] == type_)


def reasons(status: Status) -> dict[str, tuple[str, str]]:
    return {one["type"]: (one["status"], one["reason"]) for one in status["conditions"]}


def test_a_ready_service() -> None:
    """All six conditions, the counts, the selector of /scale, and the address."""
    status = status_of(sights.seen(owned=sights.deployment(), pods=[sights.pod()]), NOTHING)
    assert reasons(status) == {
        "Ready": ("True", "AllReplicasReady"),
        "Available": ("True", "ReplicaReady"),
        "Progressing": ("False", "Complete"),
        "DependenciesReady": ("True", "AllReady"),
        "Degraded": ("False", "AsExpected"),
        "Suspended": ("False", "Running"),
    }
    assert (status["replicas"], status["readyReplicas"]) == (1, 1)
    assert status["selector"] == "stockbot.dev/service=alerts"
    assert status["endpoint"] == "http://alerts.trading.svc:3005"
    assert (status["reason"], status["message"]) == ("AllReplicasReady", "1 of 1 replicas ready")


def test_complaint_hot_loops_from_status_writes() -> None:
    """Later the same is the same, to the byte: so it is not written again."""
    before = status_of(sights.seen(owned=sights.deployment()), NOTHING)
    item = sights.resource(status=before)
    later = sights.seen(item, owned=sights.deployment(), now=sights.NOW + timedelta(hours=5))
    assert status_of(later, NOTHING) == before


def test_a_time_changes_when_its_condition_flips() -> None:
    """Another reason keeps the time, another status takes a new one."""
    before = status_of(sights.seen(), NOTHING)
    later = sights.NOW + timedelta(minutes=5)
    item = sights.resource(status=before)
    not_ready = sights.seen(item, pods=[sights.pod(ready=False)], now=later)
    assert condition(status_of(not_ready, NOTHING), "Ready")["reason"] == "NotReady"
    assert condition(status_of(not_ready, NOTHING), "Ready")["lastTransitionTime"] == "2026-11-25T12:00:00Z"
    ready = sights.seen(item, owned=sights.deployment(), now=later)
    assert condition(status_of(ready, NOTHING), "Ready")["lastTransitionTime"] == "2026-11-25T12:05:00Z"


def test_every_condition_says_which_generation_it_judged() -> None:
    """`kubectl wait` after a change does not believe what was said before it."""
    status = status_of(sights.seen(sights.resource(generation=7)), NOTHING)
    assert status["observedGeneration"] == 7
    assert {one["observedGeneration"] for one in status["conditions"]} == {7}


def test_a_deployment_that_was_not_looked_at_yet_is_not_ready() -> None:
    """Old pods do not make a new generation ready."""
    stale = sights.deployment()
    slot = ("Deployment", "alerts")
    stale[slot] = replace(stale[slot], metadata=replace(stale[slot].metadata, generation=2))
    assert condition(status_of(sights.seen(owned=stale), NOTHING), "Ready")["status"] == "False"


def test_an_old_pod_that_is_still_there_does_not_make_the_new_one_ready() -> None:
    """The console is replaced while the old pod serves: with a new one that does not start it is not Complete."""
    rolling = sights.deployment(replicas=2)  # one of them updated, and one ready: the old one
    status = status_of(sights.seen(owned=rolling), NOTHING)
    assert reasons(status)["Progressing"] == ("True", "RollingOut")
    assert reasons(status)["Ready"][0] == "False"


def test_suspended_is_ready_for_helm() -> None:
    """Ready=True with the reason Suspended: or `helm --wait` hangs."""
    status = status_of(sights.seen(sights.resource(suspend=True), owned=sights.deployment(ready=0, wanted=0)), NOTHING)
    assert reasons(status)["Ready"] == ("True", "Suspended")
    assert reasons(status)["Suspended"] == ("True", "Suspended")
    assert reasons(status)["Available"] == ("False", "Suspended")


def test_decision_7_the_rules_of_the_document_run_in_reconcile_too() -> None:
    """The same rules as in the definition run here: a server without them changes nothing."""
    status = status_of(sights.seen(sights.resource(replicas=3), owned=sights.deployment()), NOTHING)
    assert reasons(status)["Ready"] == ("False", "InvalidSpec")
    assert "only writer of its account" in condition(status, "Ready")["message"]


def test_a_problem_of_ours_is_not_ready_and_degraded() -> None:
    """A conflict of names is said where people look first."""
    outcome = Outcome(problems=(Cause("NameConflict", "the Service alerts exists and is not ours"),))
    told = reasons(status_of(sights.seen(owned=sights.deployment()), outcome))
    assert told["Ready"] == ("False", "NameConflict")
    assert told["Degraded"] == ("True", "NameConflict")


def test_a_missing_secret_is_named_first() -> None:
    """Before what the pod says of it: SecretNotFound with the name, and what to do."""
    seen = sights.seen(materials={("Secret", "stockbot-bus"): None}, owned=sights.deployment(ready=0))
    status = status_of(seen, NOTHING)
    assert reasons(status)["Ready"] == ("False", "SecretNotFound")
    assert "SecretNotFound: stockbot-bus" in condition(status, "Ready")["message"]


def test_a_missing_key_is_named() -> None:
    """The Secret is there and lacks the key that the document names."""
    seen = sights.seen(materials={("Secret", "stockbot-bus"): Material(data={"uri": "eA=="})})
    assert 'stockbot-bus has no key "url"' in condition(status_of(seen, NOTHING), "Ready")["message"]


def waiting(reason: str, message: str = "", *, last: Terminated | None = None) -> dict[str, Any]:
    ended = ContainerState(terminated=last)
    state = ContainerState(waiting=Waiting(reason=reason, message=message))
    return {"container_statuses": (ContainerStatus(restart_count=4, state=state, last_state=ended),)}


UNSCHEDULABLE = Condition(type="PodScheduled", status="False", reason="Unschedulable", message="0/3 nodes")


@pytest.mark.parametrize(
    ("pod", "reason", "words"),
    [
        (waiting("ImagePullBackOff", "no such image"), "ImagePullBackOff", "no such image"),
        (waiting("ErrImagePull", "no such image"), "ImagePullBackOff", "no such image"),
        (waiting("CreateContainerConfigError", "no key"), "CreateContainerConfigError", "no key"),
        (
            waiting("CrashLoopBackOff", last=Terminated(exit_code=2, message="BUS_URL is missing\n")),
            "CrashLoopBackOff",
            "exit code 2 after 4 restarts: BUS_URL is missing",
        ),
        ({"conditions": (UNSCHEDULABLE,), "phase": "Pending"}, "Unschedulable", "0/3 nodes"),
        ({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}, "Evicted", "low on memory"),
    ],
)
def test_causes_of_pods_in_words(pod: dict[str, Any], reason: str, words: str) -> None:
    """What four commands would tell is in the condition."""
    seen = sights.seen(owned=sights.deployment(ready=0), pods=[sights.pod(ready=False, **pod)])
    found = condition(status_of(seen, NOTHING), "Ready")
    assert (found["reason"], words in found["message"]) == (reason, True)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('pods "a" is forbidden: exceeded quota: none', "QuotaExceeded"),
        ('pods "a" is forbidden: violates PodSecurity "restricted:latest"', "PodSecurityViolation"),
        ("a webhook refused", "ReplicaFailure"),
    ],
)
def test_the_deployment_speaks_before_the_pods(message: str, reason: str) -> None:
    """Where no pod could be made there are none to look at."""
    failure = Condition(type="ReplicaFailure", status="True", message=message)
    seen = sights.seen(
        owned=sights.deployment(ready=0, conditions=[failure]),
        pods=[sights.pod(ready=False, **waiting("ImagePullBackOff"))],
    )
    assert reasons(status_of(seen, NOTHING))["Ready"] == ("False", reason)


def test_a_deadline_names_the_cause_behind_it() -> None:
    """ProgressDeadlineExceeded alone helps nobody."""
    late = Condition(type="Progressing", status="False", reason="ProgressDeadlineExceeded")
    seen = sights.seen(
        owned=sights.deployment(ready=0, conditions=[late]),
        pods=[sights.pod(ready=False, **waiting("ImagePullBackOff", "no such image"))],
    )
    status = status_of(seen, NOTHING)
    assert reasons(status)["Ready"] == ("False", "ProgressDeadlineExceeded")
    assert reasons(status)["Progressing"] == ("False", "ProgressDeadlineExceeded")
    assert "ImagePullBackOff: no such image" in condition(status, "Ready")["message"]


def test_complaint_stale_error_conditions() -> None:
    """What was degraded and is well again says nothing of before."""
    before = status_of(sights.seen(materials={("Secret", "stockbot-bus"): None}), NOTHING)
    seen = sights.seen(sights.resource(status=before), owned=sights.deployment())
    status = status_of(seen, NOTHING)
    assert reasons(status)["Degraded"] == ("False", "AsExpected")
    assert "SecretNotFound" not in str(status)


def test_progress_that_waits_and_hands_off() -> None:
    """A roll-out that waits is progress; a paused service makes none."""
    waits = Outcome(waits=Waits("the roll-out waits until XNYS is closed"))
    assert reasons(status_of(sights.seen(), waits))["Progressing"] == ("True", "WaitingForMarketClose")
    assert reasons(status_of(sights.seen(), Outcome(is_paused=True)))["Progressing"] == ("False", "Paused")
    other = sights.seen(sights.gateway(replicas=2), pods=[sights.pod(shards="1")])
    assert reasons(status_of(other, NOTHING))["Progressing"] == ("True", "WaitingForPods")


READY = {"conditions": [{"type": "Ready", "status": "True"}]}


@pytest.mark.parametrize(
    ("peers", "told"),
    [
        ([], ("False", "DependencyNotFound")),
        ([sights.gateway()], ("False", "DependencyNotReady")),
        ([sights.gateway(status=READY)], ("True", "AllReady")),
    ],
)
def test_dependencies(peers: list[Any], told: tuple[str, str]) -> None:
    """The only gateway of the namespace is what an orchestrator depends on."""
    seen = sights.seen(sights.resource("strategies", "StrategyOrchestrator"), peers=peers)
    assert reasons(status_of(seen, NOTHING))["DependenciesReady"] == told


def test_named_dependencies() -> None:
    """`dependsOn` adds names to those of the type."""
    seen = sights.seen(sights.resource(dependsOn=["billing"]))
    found = condition(status_of(seen, NOTHING), "DependenciesReady")
    assert found["message"] == "there is no TradingService billing in this namespace"


def test_what_the_risk_guardian_answered() -> None:
    """Its answer is in the status, and stays while it does not answer; then the service is degraded."""
    risk = sights.resource("risk-guardian", "RiskGuardian", riskGuardian={"tradingState": "Reducing"})
    owned = sights.deployment("risk-guardian")
    status = status_of(sights.seen(risk, owned=owned), Outcome(told=Told(declared="Reducing", effective="Halted")))
    assert status["riskGuardian"] == {"declared": "Reducing", "effective": "Halted"}
    risk = sights.resource("risk-guardian", "RiskGuardian", riskGuardian={"tradingState": "Reducing"}, status=status)
    later = status_of(sights.seen(risk, owned=owned), Outcome(told=Told(trouble="no answer")))
    assert later["riskGuardian"] == status["riskGuardian"]
    assert reasons(later)["Degraded"] == ("True", "DeclaredStateNotTold")
    assert reasons(later)["Ready"] == ("True", "AllReplicasReady")


def test_only_changes_are_transitions() -> None:
    """Nothing has happened where status and reason are as before."""
    status = status_of(sights.seen(owned=sights.deployment()), NOTHING)
    assert len(transitions(status, {})) == 6
    assert transitions(status, status) == []
