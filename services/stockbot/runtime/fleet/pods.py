"""A pod as an instance: its condition in one word, and why it is not ready. Pure."""

from stockbot.fleet import Condition, Instance
from stockbot.runtime.fleet.objects import ContainerStatus, Ending, Pod, StatusCondition

LONGEST_REASON = 600  # characters: a termination message may be the end of a log


def instance_of(pod: Pod) -> Instance:
    condition, reason = _standing(pod)
    return Instance(
        name=pod.metadata.name,
        condition=condition,
        reason=reason[:LONGEST_REASON],
        since=pod.status.start_time or pod.metadata.creation_timestamp,
        restarts=sum(container.restart_count for container in pod.status.container_statuses),
        place=pod.spec.node_name,
    )


def _standing(pod: Pod) -> tuple[Condition, str]:
    if pod.metadata.deletion_timestamp is not None:
        return Condition.STOPPING, ""
    if pod.status.phase == "Failed":
        return Condition.NOT_READY, pod.status.message or pod.status.reason or "the pod has failed"
    ready = _find(pod, "Ready")
    if ready is not None and ready.status == "True":
        return Condition.READY, ""
    troubles = filter(None, map(_trouble, pod.status.container_statuses))
    return next(troubles, None) or _on_its_way(pod)


def _on_its_way(pod: Pod) -> tuple[Condition, str]:
    scheduled = _find(pod, "PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        return Condition.WAITING, _words(scheduled.reason, scheduled.message)
    if pod.status.phase == "Running":
        return Condition.NOT_READY, "its /readyz says not ready"
    return Condition.STARTING, ""


def _trouble(container: ContainerStatus) -> tuple[Condition, str] | None:
    """Return what keeps a container from running; None for one that runs or is only on its way."""
    waiting, ended = container.state.waiting, container.state.terminated
    crash = ended or container.last_state.terminated
    if waiting is not None and waiting.reason == "CrashLoopBackOff":
        return Condition.RESTARTING, f"{waiting.reason}: {_last_words(crash) or waiting.message}"
    if ended is not None:
        return Condition.RESTARTING, _last_words(ended)
    if waiting is not None and waiting.reason not in ("ContainerCreating", "PodInitializing", ""):
        return Condition.NOT_READY, _words(waiting.reason, waiting.message)
    return None


def _last_words(ending: Ending | None) -> str:
    if ending is None:
        return ""
    code = f"{ending.reason or 'ended'}, exit code {ending.exit_code}"
    return f"{code}: {ending.message.strip()}" if ending.message.strip() else code


def _words(reason: str, message: str) -> str:
    return f"{reason}: {message}" if message else reason


def _find(pod: Pod, kind: str) -> StatusCondition | None:
    return next((one for one in pod.status.conditions if one.type == kind), None)
