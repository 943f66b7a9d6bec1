"""What the operator may see, made by hand: TradingServices, Deployments, pods, and everything around them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from stockbot_operator.kube.kinds import DEPLOYMENTS, PODS
from stockbot_operator.kube.objects import (
    Condition,
    Deployment,
    DeploymentSpec,
    DeploymentStatus,
    Material,
    Meta,
    Owner,
    PartialObject,
    Pod,
    PodStatus,
    Resource,
    Slot,
)
from stockbot_operator.names import SERVICE, SHARDS
from stockbot_operator.neighbourhoods import Neighbourhoods
from stockbot_operator.seen import Seen, checked

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
NAMESPACE = "trading"
UID = "uid-of-the-service"
OURS = (Owner(kind="TradingService", name="alerts", uid=UID, controller=True),)
THEIRS = (Owner(kind="Deployment", name="other", uid="another", controller=True),)
TRUE = Condition(type="Ready", status="True")


def resource(name: str = "alerts", type_: str = "AlertManager", *, generation: int = 1, **changes: Any) -> Resource:
    """A TradingService; `annotations`, `status`, `uid` and `version` are its own, everything else is its spec."""
    annotations, status = changes.pop("annotations", {}), changes.pop("status", {})
    meta = Meta(
        name=name,
        namespace=NAMESPACE,
        uid=changes.pop("uid", UID),
        resource_version=changes.pop("version", "1"),
        generation=generation,
        annotations=annotations,
    )
    return Resource(metadata=meta, spec={"type": type_, **changes}, status=status)


def gateway(**changes: Any) -> Resource:
    sets = [{"name": "all", "symbols": ["AAPL"], "providers": ["demo"]}]
    block = {"providers": [{"name": "demo", "type": "Demo"}], "symbolSets": sets}
    return resource("market-data-gateway", "MarketDataGateway", uid="gateway", marketDataGateway=block, **changes)


def seen(
    item: Resource | None = None,
    *,
    owned: Mapping[Slot, PartialObject] | None = None,
    pods: Sequence[Pod] = (),
    materials: Mapping[Slot, Material | None] | None = None,
    peers: Sequence[Resource] = (),
    **changes: Any,
) -> Seen:
    item = item or resource()
    document, complaint = checked(item)
    around = Neighbourhoods()
    for one in (item, *peers):
        around.put(one)
    known = dict(owned or {}) | {(PODS.name, pod.metadata.name): pod for pod in pods}
    values: dict[str, Any] = {"has_service_monitors": False, "open_exchanges": None, "now": NOW} | changes
    return Seen(
        resource=item,
        document=document,
        complaint=complaint,
        owned=known,
        pods=tuple(pods),
        materials=materials or {},
        peers=around.of(NAMESPACE),
        **values,
    )


def deployment(
    name: str = "alerts", *, ready: int = 1, annotations: Mapping[str, str] | None = None, **changes: Any
) -> dict[Slot, PartialObject]:
    """A Deployment of ours under its slot; by default everything in it is ready."""
    owners, conditions = changes.pop("owners", OURS), changes.pop("conditions", ())
    meta = Meta(
        name=name,
        namespace=NAMESPACE,
        uid=f"uid-of-{name}",
        resource_version="5",
        generation=1,
        owner_references=owners,
        annotations=dict(annotations or {}),
    )
    status = DeploymentStatus(
        observed_generation=1,
        replicas=changes.pop("replicas", 1),
        updated_replicas=1,
        ready_replicas=ready,
        conditions=tuple(conditions),
    )
    item = Deployment(metadata=meta, spec=DeploymentSpec(replicas=changes.pop("wanted", 1)), status=status)
    return {(DEPLOYMENTS.name, name): item}


def pod(
    name: str = "alerts-1", *, ready: bool = True, shards: str = "1", deleted: datetime | None = None, **status: Any
) -> Pod:
    meta = Meta(
        name=name,
        namespace=NAMESPACE,
        uid=f"uid-of-{name}",
        labels={SERVICE: "alerts", SHARDS: shards},
        deletion_timestamp=deleted,
    )
    told = {"phase": "Running", "conditions": (TRUE,) if ready else ()} | status
    return Pod(metadata=meta, status=PodStatus(**told))
