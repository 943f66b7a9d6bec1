"""What a kubelet would write into a pod's status: pure functions from the pod, what it refers to, and its fate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Pod = Mapping[str, Any]
Status = dict[str, Any]
Contents = Mapping[tuple[str, str], frozenset[str]]  # (Secret or ConfigMap, name) -> its keys


@dataclass(frozen=True)
class Runs:
    """All containers run, and are ready where `ready` says so."""

    ready: bool = True


@dataclass(frozen=True)
class Succeeds:
    """All containers have ended well, as those of a Job do."""


@dataclass(frozen=True)
class CrashLoopBackOff:
    """The containers end soon after each start, and leave this termination message."""

    message: str
    exit_code: int = 1
    restarts: int = 5


@dataclass(frozen=True)
class ImagePullBackOff:
    """The image cannot be had."""

    reason: str = "ImagePullBackOff"


@dataclass(frozen=True)
class Unschedulable:
    """No node takes the pod."""

    message: str = "0/3 nodes are available: 3 Insufficient memory."


@dataclass(frozen=True)
class Unconfigured:
    """A container cannot be made, because what its environment refers to is absent."""

    message: str


@dataclass(frozen=True)
class Unmounted:
    """The containers wait for a volume whose Secret or ConfigMap is absent."""

    message: str


Fate = Runs | Succeeds | CrashLoopBackOff | ImagePullBackOff | Unschedulable | Unconfigured | Unmounted


class Reference(NamedTuple):
    """Something that a pod needs before it can start; an empty key means the object alone."""

    kind: str
    name: str
    key: str = ""
    optional: bool = False

    def complaint(self, contents: Contents, namespace: str) -> str | None:
        """What a kubelet says when it is absent."""
        keys = contents.get((self.kind, self.name))
        noun = self.kind.lower()
        if self.optional or (keys is not None and (not self.key or self.key in keys)):
            return None
        if keys is None:
            return f'{noun} "{self.name}" not found'
        return f"couldn't find key {self.key} in {self.kind} {namespace}/{self.name}"


def obstacle(pod: Pod, contents: Contents) -> Unmounted | Unconfigured | None:
    """Say what keeps the pod from starting: volumes are mounted before containers are made."""
    namespace = pod["metadata"]["namespace"]
    for volume, reference in volume_references(pod):
        if complaint := reference.complaint(contents, namespace):
            return Unmounted(f'MountVolume.SetUp failed for volume "{volume}" : {complaint}')
    for reference in environment_references(pod):
        if complaint := reference.complaint(contents, namespace):
            return Unconfigured(complaint)
    return None


def volume_references(pod: Pod) -> Iterator[tuple[str, Reference]]:
    for volume in pod["spec"].get("volumes", ()):
        for source in (volume, *volume.get("projected", {}).get("sources", ())):
            for kind, field, name in (("Secret", "secret", "secretName"), ("ConfigMap", "configMap", "name")):
                if field in source:
                    given = source[field]
                    named = given.get(name) or given["name"]
                    keys = [item["key"] for item in given.get("items", ())] or [""]
                    for key in keys:
                        yield volume["name"], Reference(kind, named, key, given.get("optional", False))


def environment_references(pod: Pod) -> Iterator[Reference]:
    containers = [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]
    for container in containers:
        sources = [variable.get("valueFrom", {}) for variable in container.get("env", ())]
        for source in (*sources, *container.get("envFrom", ())):
            for kind, fields in (
                ("Secret", ("secretKeyRef", "secretRef")),
                ("ConfigMap", ("configMapKeyRef", "configMapRef")),
            ):
                for given in (source[field] for field in fields if field in source):
                    yield Reference(kind, given["name"], given.get("key", ""), given.get("optional", False))


def status_of(pod: Pod, fate: Fate, address: str, now: str) -> Status:
    """The whole status; `now` is when what it says began."""
    if isinstance(fate, Unschedulable):
        scheduled = condition("PodScheduled", "Unschedulable", fate.message, now)
        return {"phase": "Pending", "conditions": [scheduled]}
    ready = fate == Runs(ready=True)
    why = ("", "") if ready else ("ContainersNotReady", unready_message(pod))
    return {
        "phase": phase_of(fate),
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": now,
        "conditions": [
            condition("PodScheduled", "", "", now),
            condition("Initialized", "", "", now),
            condition("ContainersReady", *why, now),
            condition("Ready", *why, now),
        ],
        "containerStatuses": [
            container_status(container, fate, ready=ready, now=now) for container in pod["spec"]["containers"]
        ],
    }


def phase_of(fate: Fate) -> str:
    match fate:
        case Succeeds():
            return "Succeeded"
        case Runs() | CrashLoopBackOff():
            return "Running"
        case _:
            return "Pending"


def condition(type_: str, reason: str, message: str, now: str) -> Status:
    """True without a reason, False with one."""
    stated = {"reason": reason, "message": message} if reason else {}
    return {"type": type_, "status": "False" if reason else "True", "lastTransitionTime": now, **stated}


def unready_message(pod: Pod) -> str:
    names = " ".join(container["name"] for container in pod["spec"]["containers"])
    return f"containers with unready status: [{names}]"


def container_status(container: Mapping[str, Any], fate: Fate, *, ready: bool, now: str) -> Status:
    started = isinstance(fate, Runs | Succeeds)
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": f"{container['image']}@sha256:{'0' * 64}" if started else "",
        "ready": ready,
        "started": isinstance(fate, Runs),
        "restartCount": fate.restarts if isinstance(fate, CrashLoopBackOff) else 0,
        "state": state_of(container, fate, now),
        "lastState": last_state(fate, now),
    }


def state_of(container: Mapping[str, Any], fate: Fate, now: str) -> Status:
    match fate:
        case Runs():
            return {"running": {"startedAt": now}}
        case Succeeds():
            return {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}
        case _:
            return {"waiting": waiting(container, fate)}


def waiting(container: Mapping[str, Any], fate: Fate) -> Status:
    match fate:
        case CrashLoopBackOff():
            words = f"back-off 5m0s restarting failed container={container['name']}"
            return {"reason": "CrashLoopBackOff", "message": words}
        case ImagePullBackOff(reason):
            return {"reason": reason, "message": f'Back-off pulling image "{container["image"]}"'}
        case Unconfigured(message):
            return {"reason": "CreateContainerConfigError", "message": message}
        case _:
            return {"reason": "ContainerCreating"}


def last_state(fate: Fate, now: str) -> Status:
    if not isinstance(fate, CrashLoopBackOff):
        return {}
    ended = {"exitCode": fate.exit_code, "reason": "Error", "message": fate.message}
    return {"terminated": {**ended, "startedAt": now, "finishedAt": now}}
