"""Every pod template, held to the letter: another one restarts every pod, and needs a line in the changelog.

`STOCKBOT_UPDATE_GOLDEN=1` writes the files anew; then say "restarts pods" in CHANGELOG.md.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.operator import sights

from stockbot_operator.build import build
from stockbot_operator.builders.blueprint import Manifest
from stockbot_operator.kube.objects import Resource

GOLDEN = Path(__file__).parents[1] / "golden"
PLATFORM = Path(__file__).parents[3] / "k8s/platform"
SECRET = {"secretRef": {"name": "keys", "key": "one"}}


def document(name: str) -> Resource:
    """One of the default platform's documents, as the cluster has it."""
    given = yaml.safe_load((PLATFORM / f"{name}.yaml").read_text())
    spec: dict[str, Any] = given["spec"]
    return sights.resource(given["metadata"]["name"], **({"type_": spec["type"]} | without_type(spec)))


def without_type(spec: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key != "type"}


NAMES = [path.stem for path in sorted(PLATFORM.glob("*.yaml")) if "TradingService" in path.read_text()]
CASES = {name: document(name) for name in NAMES} | {
    "everything": sights.resource(
        "everything",
        "StrategyOrchestrator",
        replicas=2,
        image="registry.example.com/stockbot:2",
        serviceAccountName="mine",
        imagePullSecrets=[{"name": "login"}],
        authorities={"secretRef": {"name": "authorities", "key": "ca.crt"}},
        env=[{"name": "PLAIN", "value": "yes"}, {"name": "SECRET", "valueFrom": {"secretKeyRef": SECRET["secretRef"]}}],
        resources={"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        rollout={"drainTimeoutSeconds": 120},
        podMetadata={"labels": {"team": "quant"}, "annotations": {"note": "mine"}},
        scheduling={
            "nodeSelector": {"disk": "fast"},
            "tolerations": [{"key": "trading", "operator": "Exists"}],
            "priorityClassName": "high",
            "topologySpread": [{"topologyKey": "topology.kubernetes.io/zone"}],
            "affinity": {
                "podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]
                }
            },
        },
        strategyOrchestrator={"strategiesFrom": {"configMapRef": {"name": "my-strategies"}}},
        annotations={"stockbot.dev/restartedAt": "2026-11-25T12:00:00Z"},
    ),
}


def templates(item: Resource) -> list[Manifest]:
    seen = sights.seen(item)
    assert seen.document is not None, seen.complaint
    wanted = build(seen, seen.document, "stockbot:0.1.0")
    return [one["spec"]["template"] for one in wanted if one["kind"] == "Deployment"]


@pytest.mark.parametrize("name", CASES)
def test_decision_10_the_pod_template_is_as_it_was(name: str) -> None:
    """Equal documents and images give equal pods, whatever the operator's version."""
    made = yaml.safe_dump_all(templates(CASES[name]), sort_keys=False)
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("STOCKBOT_UPDATE_GOLDEN"):
        path.write_text(made)
    assert made == path.read_text(), "this restarts pods: see the head of this file"


@pytest.mark.parametrize("name", CASES)
def test_restricted_pod_security(name: str) -> None:
    """Not root, nothing writable but two folders, no privilege, no capability, no token."""
    for template in templates(CASES[name]):
        pod, (container,) = template["spec"], template["spec"]["containers"]
        assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        has_own_account = name in {"everything", "dashboard"}  # named in the document: it says itself what it mounts
        assert pod.get("automountServiceAccountToken") is (None if has_own_account else False)


@pytest.mark.parametrize("name", CASES)
def test_nothing_empty_is_sent(name: str) -> None:
    """A null or an empty default would be a field that we own and that the server drops: a write for ever."""
    for template in templates(CASES[name]):
        assert list(voids(template)) in ([], ["emptyDir", "emptyDir"], ["labelSelector", "emptyDir", "emptyDir"])


def voids(value: Any, key: str = "") -> list[str]:
    if value is None or value in ("", [], {}):
        return [key]
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in voids(one, name)]
    return [found for one in value for found in voids(one, key)] if isinstance(value, list) else []


def test_the_grace_is_the_drain_and_a_little_more() -> None:
    """A stopping pod may finish what is in flight, and then has time to end in order."""
    (template, _) = templates(CASES["everything"])
    assert template["spec"]["terminationGracePeriodSeconds"] == 120 + 15


def test_a_crash_says_why_without_a_right_to_read_logs() -> None:
    """The end of the log becomes the termination message."""
    (template,) = templates(CASES["alert-manager"])
    assert template["spec"]["containers"][0]["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_the_trading_state_is_in_no_hash() -> None:
    """A HALT restarts nobody: it is told over HTTP, and the pod's document keeps the value of its start."""
    risk = {"limits": {"maxOpenOrders": 7}}
    active = sights.resource("risk", "RiskGuardian", riskGuardian={**risk, "tradingState": "Active"})
    halted = sights.resource("risk", "RiskGuardian", riskGuardian={**risk, "tradingState": "Halted"})
    absent = sights.resource("risk", "RiskGuardian", riskGuardian=risk)
    assert templates(active) == templates(halted) == templates(absent)
    bare = sights.resource("risk", "RiskGuardian")
    only = sights.resource("risk", "RiskGuardian", riskGuardian={"tradingState": "Halted"})
    assert templates(bare) == templates(only)


def test_only_what_the_program_reads_makes_a_new_configuration() -> None:
    """Who may call the service, and when it is replaced, replaces nobody."""
    network: dict[str, Any] = {"metricsFrom": [{"namespaceSelector": {}}]}
    changed = sights.resource(network=network, rollout={"window": "MarketClosed"}, ingress={"host": "a.example.com"})
    assert templates(changed) == templates(sights.resource())
    assert templates(sights.resource(alertManager={"groupSeconds": 5})) != templates(sights.resource())


def test_what_equals_the_default_is_no_change() -> None:
    """Whether the server fills defaults in or not, the pods are the same."""
    assert templates(sights.resource(alertManager={"groupSeconds": 30})) == templates(sights.resource(alertManager={}))
