"""What kube-linter, polaris and kubescape are known to check, held by every pod and Role that the chart makes.

Left out on purpose, each with its reason: a limit of processor time (it would slow a trading service down for nothing),
pull policy Always (a tag of ours never changes), a priority class (a matter of the cluster; every component takes one).
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.charts.conftest import Render
from tests.charts.manifests import SETS, of_kind, pods
from tests.cluster.helm import Manifest

Pod = dict[str, Any]
Container = dict[str, Any]
PRIVATE = re.compile(r"password|token|secret|key", re.IGNORECASE)


def every_container(held: Callable[[Container], object]) -> Callable[[Pod, Pod], object]:
    return lambda _, spec: all(held(one) for one in [*spec["containers"], *spec.get("initContainers", ())])


def security(container: Container) -> Any:
    return container.get("securityContext", {})


def probed(container: Container, probe: str) -> bool:
    return "ports" not in container or probe in container  # what ends by itself is not probed


def ports_exist(container: Container) -> bool:
    """A probe that names a port names one that there is."""
    named = {port["name"] for port in container.get("ports", ())}
    probes = [container.get(kind, {}) for kind in ("livenessProbe", "readinessProbe", "startupProbe")]
    asked = [found["port"] for probe in probes for found in (probe.get("httpGet"), probe.get("tcpSocket")) if found]
    return set(asked) <= named


def image_is_fixed(container: Container) -> bool:
    image = container["image"]
    return "@sha256:" in image or (":" in image.rpartition("/")[2] and not image.endswith(":latest"))


def secrets_by_reference(container: Container) -> bool:
    return not any(PRIVATE.search(one["name"]) and "value" in one for one in container.get("env", ()))


def has_resources(container: Container) -> bool:
    given = container["resources"]
    return {"cpu", "memory"} <= given["requests"].keys() and "memory" in given["limits"]


CHECKS: dict[str, Callable[[Pod, Pod], object]] = {
    # kube-linter's names, else polaris's, else kubescape's
    "run-as-non-root": lambda _, spec: spec["securityContext"]["runAsNonRoot"],
    "linuxHardening": lambda _, spec: spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"},
    "no-read-only-root-fs": every_container(lambda one: security(one)["readOnlyRootFilesystem"]),
    "privilege-escalation-container": every_container(lambda one: security(one)["allowPrivilegeEscalation"] is False),
    "privileged-container": every_container(lambda one: "privileged" not in security(one)),
    "drop-net-raw-capability": every_container(lambda one: security(one)["capabilities"] == {"drop": ["ALL"]}),
    "host-network, host-pid, host-ipc": lambda _, spec: not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(),
    "sensitive-host-mounts, docker-sock": lambda _, spec: all("hostPath" not in one for one in spec.get("volumes", ())),
    "hostPortSet": every_container(lambda one: all("hostPort" not in port for port in one.get("ports", ()))),
    "unsafe-sysctls": lambda _, spec: "sysctls" not in spec["securityContext"],
    "latest-tag, tagNotSpecified": every_container(image_is_fixed),
    "unset-cpu-requirements, unset-memory-requirements": every_container(has_resources),
    "no-liveness-probe": every_container(lambda one: probed(one, "livenessProbe")),
    "no-readiness-probe": every_container(lambda one: probed(one, "readinessProbe")),
    "liveness-port, readiness-port": every_container(ports_exist),
    "ssh-port": every_container(lambda one: all(port["containerPort"] != 22 for port in one.get("ports", ()))),
    "env-var-secret": every_container(secrets_by_reference),
    "duplicate-env-var": every_container(lambda one: is_unique([each["name"] for each in one.get("env", ())])),
    "default-service-account": lambda _, spec: (
        spec.get("serviceAccountName") or not spec["automountServiceAccountToken"]
    ),
    "deprecated-service-account-field": lambda _, spec: "serviceAccount" not in spec,
    "C-0053 service links": lambda _, spec: spec["enableServiceLinks"] is False,
    "required-label": lambda metadata, _: (
        {"app.kubernetes.io/name", "app.kubernetes.io/instance"} <= metadata["labels"].keys()
    ),
}


def is_unique(names: list[str]) -> bool:
    return len(names) == len(set(names))


@pytest.mark.parametrize("check", CHECKS)
def test_every_pod(render: Render, check: str) -> None:
    """The check holds for each pod of each set of values."""
    for values in SETS:
        for name, metadata, spec in pods(render(values)):
            assert CHECKS[check](metadata, spec), f"{values}: {name}: {check}"


@pytest.mark.parametrize("values", SETS)
def test_what_stands_together(render: Render, values: str) -> None:
    """Selectors find pods, ports and accounts are there, Jobs end, more than one is spread and has a budget."""
    manifests = render(values)
    found = list(pods(manifests))
    for service in of_kind(manifests, "Service").values():  # dangling-service, invalid-target-ports
        chosen = [
            spec for _, metadata, spec in found if service["spec"]["selector"].items() <= metadata["labels"].items()
        ]
        ports = {port["name"] for spec in chosen for one in spec["containers"] for port in one.get("ports", ())}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports, service["metadata"]["name"]
    for one in manifests:
        assert not list(alone(one)), one["metadata"]["name"]
    accounts = {*of_kind(manifests, "ServiceAccount"), None}
    assert {spec.get("serviceAccountName") for _, _, spec in found} <= accounts  # non-existent-service-account
    budgets = [one["spec"]["selector"]["matchLabels"] for one in of_kind(manifests, "PodDisruptionBudget").values()]
    for one in of_kind(manifests, "Deployment").values():  # no-anti-affinity, missingPodDisruptionBudget
        assert one["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert one["spec"]["replicas"] == 1 or one["spec"]["selector"]["matchLabels"] in budgets


def finds_its_pods(spec: dict[str, Any]) -> bool:
    """mismatching-selector."""
    return bool(spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items())


def alone(manifest: Manifest) -> Iterator[str]:
    """Yield what one manifest lacks by itself."""
    spec = manifest.get("spec", {})
    if manifest["kind"] in {"Deployment", "StatefulSet"} and not finds_its_pods(spec):
        yield "selector"
    if manifest["kind"] == "Job" and not {"ttlSecondsAfterFinished", "activeDeadlineSeconds"} <= spec.keys():
        yield "end"
    if manifest["kind"] == "PodDisruptionBudget" and spec.get("maxUnavailable") != 1:  # pdb-max-unavailable
        yield "room for a drain"


@pytest.mark.parametrize("values", SETS)
def test_rights(render: Render, values: str) -> None:
    """No wildcard, nobody impersonates, executes or grants; no ClusterRole reads Secrets or is the cluster's admin."""
    manifests = render(values)
    for role in [*of_kind(manifests, "ClusterRole").values(), *of_kind(manifests, "Role").values()]:
        for rule in role["rules"]:
            words = {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
            assert not words & {"*", "pods/exec", "impersonate", "bind", "escalate", "nodes/proxy", "roles"}
            assert role["kind"] == "Role" or "secrets" not in rule["resources"]
    for binding in of_kind(manifests, "ClusterRoleBinding").values():
        assert binding["roleRef"]["name"] in of_kind(manifests, "ClusterRole")
        assert all(subject["kind"] == "ServiceAccount" for subject in binding["subjects"])


@pytest.mark.parametrize("values", [name for name in SETS if name != "smallest"])
def test_every_server_is_behind_a_policy(render: Render, values: str) -> None:
    """missingNetworkPolicy: each pod with a port is chosen by a NetworkPolicy."""
    manifests = render(values)
    chosen = [one["spec"]["podSelector"]["matchLabels"] for one in of_kind(manifests, "NetworkPolicy").values()]
    for name, metadata, spec in pods(manifests):
        if any("ports" in one for one in spec["containers"]):
            assert any(labels.items() <= metadata["labels"].items() for labels in chosen), name


def test_no_user_id_is_named_where_the_cluster_gives_them_out(render: Render) -> None:
    """OpenShift's random ids, and the restricted standard's non-root."""
    for name, _, spec in pods(render("openshift")):
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & spec["securityContext"].keys(), name


def test_no_secret_stands_in_a_manifest_but_in_secrets(render: Render) -> None:
    """What a generated Secret holds is nowhere else."""
    manifests = render()
    encoded = {value for one in of_kind(manifests, "Secret").values() for value in one["data"].values()}
    assert len(encoded) == 8
    others = str([one for one in manifests if one["kind"] != "Secret"])
    assert not any(value in others or b64decode(value).decode() in others for value in encoded)
