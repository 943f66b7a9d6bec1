"""The six conditions of a TradingService: what each says, and why. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from stockbot.spec import DEPENDENCIES, TradingService
from stockbot_operator.build import pods_that_end_first
from stockbot_operator.causes import absent_references, trouble_of
from stockbot_operator.kube.objects import Deployment
from stockbot_operator.names import deployment_name
from stockbot_operator.outcome import Cause, Outcome
from stockbot_operator.seen import Seen
from stockbot_operator.topology import is_ready
from stockbot_operator.unknown_strategies import unknown_strategies


@dataclass(frozen=True)
class Statement:
    """One condition without its times."""

    type: str
    status: bool
    reason: str
    message: str


def conditions(seen: Seen, outcome: Outcome) -> list[Statement]:
    """Return all of them, in the order in which people read them."""
    faults = list(_faults(seen, outcome))
    return [
        _ready(seen, outcome, faults),
        _available(seen),
        _progressing(seen, outcome),
        _dependencies(seen),
        _degraded(faults),
        _suspended(seen),
    ]


def is_complete(deployment: Deployment) -> bool:
    """Tell whether the Deployment runs what it was last told to, and that is ready."""
    status, wanted = deployment.status, deployment.spec.replicas
    is_seen = status.observed_generation >= deployment.metadata.generation
    is_replaced = status.updated_replicas >= wanted and status.replicas <= status.updated_replicas
    return is_seen and is_replaced and status.ready_replicas >= wanted


def ready_replicas(seen: Seen) -> int:
    return sum(deployment.status.ready_replicas for deployment in seen.deployments.values())


def _faults(seen: Seen, outcome: Outcome) -> Iterator[Cause]:
    """Yield everything that a person should see to, the most telling first."""
    if seen.complaint is not None:
        yield Cause("InvalidSpec", seen.complaint)
    yield from outcome.problems
    yield from absent_references(seen)
    yield from unknown_strategies(seen)
    trouble = None if _is_suspended(seen) else trouble_of(seen)
    if trouble is not None:
        yield trouble
    if outcome.told is not None and outcome.told.trouble is not None and ready_replicas(seen):
        yield Cause("DeclaredStateNotTold", f"the Risk Guardian was not told the trading state: {outcome.told.trouble}")


def _ready(seen: Seen, outcome: Outcome, faults: list[Cause]) -> Statement:
    own = [fault for fault in faults if seen.complaint is not None or fault in outcome.problems]
    if own:
        return Statement("Ready", False, own[0].reason, own[0].words)
    if _is_suspended(seen):
        return Statement("Ready", True, "Suspended", "the service is suspended, as its document says")
    if _is_running(seen):
        return Statement("Ready", True, "AllReplicasReady", _count(seen))
    if faults:
        return Statement("Ready", False, faults[0].reason, faults[0].words)
    return Statement("Ready", False, *_on_its_way(seen))


def _on_its_way(seen: Seen) -> tuple[str, str]:
    running = [pod for pod in seen.pods if pod.status.phase == "Running" and pod.metadata.deletion_timestamp is None]
    if running:
        return "NotReady", f"{_count(seen)}; GET /readyz of a pod says what it waits for"
    return "Starting", _count(seen)


def _available(seen: Seen) -> Statement:
    if _is_suspended(seen):
        return Statement("Available", False, "Suspended", "the service is suspended")
    if ready_replicas(seen):
        return Statement("Available", True, "ReplicaReady", _count(seen))
    return Statement("Available", False, "NoReplicaReady", _count(seen))


def _progressing(seen: Seen, outcome: Outcome) -> Statement:
    if outcome.is_paused:
        return Statement("Progressing", False, "Paused", "the annotation stockbot.dev/paused keeps the operator away")
    if outcome.waits is not None:
        return Statement("Progressing", True, outcome.waits.reason, outcome.waits.words)
    if seen.document is not None and not _is_suspended(seen) and (pods := [*pods_that_end_first(seen, seen.document)]):
        return Statement("Progressing", True, "WaitingForPods", f"these pods have to end first: {', '.join(pods)}")
    if any(one.reason == "ProgressDeadlineExceeded" for one in _deployment_conditions(seen)):
        return Statement("Progressing", False, "ProgressDeadlineExceeded", "the pods did not become ready in time")
    if not _is_suspended(seen) and not _is_running(seen):
        return Statement("Progressing", True, "RollingOut", _count(seen))
    return Statement("Progressing", False, "Complete", "nothing is being replaced")


def _dependencies(seen: Seen) -> Statement:
    """Say which services it needs and does not have ready; nothing waits for them."""
    if seen.document is None:
        return Statement("DependenciesReady", False, "InvalidSpec", "what it depends on is not known")
    troubles = list(_missing_dependencies(seen, seen.document))
    if troubles:
        return Statement("DependenciesReady", False, troubles[0].reason, "; ".join(one.words for one in troubles))
    return Statement("DependenciesReady", True, "AllReady", "every service that it depends on is ready")


def _missing_dependencies(seen: Seen, document: TradingService) -> Iterator[Cause]:
    for type_ in DEPENDENCIES[document.spec.type]:
        resource = seen.peers.only(type_)
        if resource is None:
            count = seen.peers.count(type_)
            reason = "DependencyAmbiguous" if count else "DependencyNotFound"
            yield Cause(reason, f"there are {count} TradingServices of type {type_} in this namespace, not one")
        elif not is_ready(resource):
            yield Cause("DependencyNotReady", f"{resource.metadata.name} is not ready")
    for name in document.spec.depends_on:
        named = seen.peers.by_name.get(name)
        if named is None:
            yield Cause("DependencyNotFound", f"there is no TradingService {name} in this namespace")
        elif not is_ready(named):
            yield Cause("DependencyNotReady", f"{name} is not ready")


def _degraded(faults: list[Cause]) -> Statement:
    if not faults:
        return Statement("Degraded", False, "AsExpected", "nothing is wrong")
    return Statement("Degraded", True, faults[0].reason, "; ".join(dict.fromkeys(fault.words for fault in faults)))


def _suspended(seen: Seen) -> Statement:
    if _is_suspended(seen):
        return Statement("Suspended", True, "Suspended", "spec.suspend is true")
    return Statement("Suspended", False, "Running", "spec.suspend is false")


def _is_suspended(seen: Seen) -> bool:
    return seen.document is not None and seen.document.spec.suspend


def _is_running(seen: Seen) -> bool:
    """Tell whether each shard's Deployment is there, and complete."""
    if seen.document is None:
        return False
    found = seen.deployments
    names = [deployment_name(seen.key[1], shard) for shard in range(seen.document.spec.replicas)]
    return all(name in found and found[name].spec.replicas > 0 and is_complete(found[name]) for name in names)


def _deployment_conditions(seen: Seen) -> Iterator[Cause]:
    for deployment in seen.deployments.values():
        yield from (Cause(one.reason, one.message) for one in deployment.status.conditions if one.type == "Progressing")


def _count(seen: Seen) -> str:
    wanted = 1 if seen.document is None else seen.document.spec.replicas
    return f"{ready_replicas(seen)} of {wanted} replicas ready"
