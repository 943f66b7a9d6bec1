"""Why a service is not ready, in the order in which a person would look. Pure.

What never became a pod is told by the Deployment (quota, pod security); then its deadline; then the pods themselves.
"""

from collections.abc import Iterable, Iterator

from stockbot_operator.kube.objects import Condition, ContainerStatus, Deployment, Pod
from stockbot_operator.outcome import Cause
from stockbot_operator.references import missing, references_of
from stockbot_operator.seen import Seen

PULL_REASONS = frozenset({"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"})
CONFIG_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
LONGEST = 600  # characters of a message that is not ours


def absent_references(seen: Seen) -> Iterator[Cause]:
    """Yield a cause for each Secret, ConfigMap or key that the pods need and that is not there."""
    if seen.document is None:
        return
    told = set()
    for one in missing(references_of(seen.document), seen.materials):
        if seen.materials[one.kind, one.name] is None:
            cause = Cause(f"{one.kind}NotFound", f"{one.kind}NotFound: {one.name}; make it in this namespace")
        else:
            cause = Cause(f"{one.kind}KeyNotFound", f'the {one.kind} {one.name} has no key "{one.key}": add it')
        if cause not in told:
            told.add(cause)
            yield cause


def trouble_of(seen: Seen) -> Cause | None:
    """Return the first cause that Deployments and pods give; None where they are only on their way."""
    deployments = list(seen.deployments.values())
    found = [*_replica_failures(deployments), *_deadlines(deployments, seen.pods), *_of_pods(seen.pods)]
    return found[0] if found else None


def _replica_failures(deployments: Iterable[Deployment]) -> Iterator[Cause]:
    for condition in _conditions(deployments, "ReplicaFailure", "True"):
        yield Cause(_reason_of_failure(condition.message), shortened(condition.message))


def _reason_of_failure(message: str) -> str:
    if "exceeded quota" in message:
        return "QuotaExceeded"
    return "PodSecurityViolation" if "violates PodSecurity" in message else "ReplicaFailure"


def _deadlines(deployments: Iterable[Deployment], pods: Iterable[Pod]) -> Iterator[Cause]:
    for condition in _conditions(deployments, "Progressing", "False"):
        if condition.reason == "ProgressDeadlineExceeded":
            why = next((f": {cause.reason}: {cause.words}" for cause in _of_pods(pods)), "")
            yield Cause(condition.reason, f"the pods did not become ready in time{why}")


def _conditions(deployments: Iterable[Deployment], type_: str, status: str) -> Iterator[Condition]:
    for deployment in deployments:
        yield from (one for one in deployment.status.conditions if (one.type, one.status) == (type_, status))


def _of_pods(pods: Iterable[Pod]) -> Iterator[Cause]:
    for pod in sorted(pods, key=lambda pod: pod.metadata.name):
        if not pod.is_ready and pod.metadata.deletion_timestamp is None:
            yield from _of_pod(pod)


def _of_pod(pod: Pod) -> Iterator[Cause]:
    for condition in pod.status.conditions:
        if condition.type == "PodScheduled" and condition.reason == "Unschedulable":
            yield Cause("Unschedulable", shortened(condition.message))
    for container in pod.status.container_statuses:
        yield from _of_container(container)
    if pod.status.phase == "Failed":
        yield Cause(pod.status.reason or "PodFailed", shortened(pod.status.message or "the pod has failed"))


def _of_container(container: ContainerStatus) -> Iterator[Cause]:
    waiting = container.state.waiting
    if waiting is None:
        return
    if waiting.reason in PULL_REASONS:
        yield Cause("ImagePullBackOff", shortened(waiting.message or waiting.reason))
    elif waiting.reason in CONFIG_REASONS:
        yield Cause(waiting.reason, shortened(waiting.message))
    elif waiting.reason == "CrashLoopBackOff":
        yield Cause("CrashLoopBackOff", _last_words(container))


def _last_words(container: ContainerStatus) -> str:
    """Say how the container ended, with the end of its log: that is where a program says what was wrong."""
    ended = container.last_state.terminated or container.state.terminated
    if ended is None:
        return f"the container has ended {container.restart_count} times"
    said = ended.message.strip() or ended.reason
    return shortened(f"exit code {ended.exit_code} after {container.restart_count} restarts: {said}")


def shortened(message: str) -> str:
    """Keep the end: logs and messages say there what happened."""
    line = " ".join(message.split())
    return line if len(line) <= LONGEST else f"...{line[-LONGEST:]}"
