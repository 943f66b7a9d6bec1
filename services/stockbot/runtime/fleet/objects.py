"""The resources of Kubernetes, as far as the page of services reads them; what they do not name is not read.

Decoded by the API client.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from stockbot.runtime.kubernetes import Resource

GROUP = "stockbot.dev"
SERVICE_LABEL = f"{GROUP}/service"
PAUSED, RESTARTED_AT = f"{GROUP}/paused", f"{GROUP}/restartedAt"
CHANGED_BY, CHANGED_BECAUSE = f"{GROUP}/changed-by", f"{GROUP}/changed-because"

TRADING_SERVICES = Resource(GROUP, "v1alpha1", "tradingservices")
PODS = Resource("", "v1", "pods")
EVENTS = Resource("", "v1", "events")


class Metadata(Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    generation: int = 0
    annotations: dict[str, str] = {}


class StatusCondition(Struct, frozen=True, kw_only=True, rename="camel"):
    type: str
    status: str
    reason: str = ""
    message: str = ""
    last_transition_time: datetime | None = None


class Spec(Struct, frozen=True, kw_only=True, rename="camel"):
    type: str
    replicas: int = 1
    suspend: bool = False
    depends_on: tuple[str, ...] = ()
    image: str = ""


class TradingState(Struct, frozen=True, kw_only=True, rename="camel"):
    declared: str = ""
    effective: str = ""


class ServiceStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    """All of it is missing until the operator has looked, and after a restore from a backup."""

    observed_generation: int = 0
    ready_replicas: int = 0
    endpoint: str = ""
    risk_guardian: TradingState = TradingState()
    conditions: tuple[StatusCondition, ...] = ()


class TradingService(Struct, frozen=True, kw_only=True, rename="camel"):
    metadata: Metadata
    spec: Spec
    status: ServiceStatus = ServiceStatus()


class Ending(Struct, frozen=True, kw_only=True, rename="camel"):
    """Why a container is not running; `message` is the end of its log after a crash."""

    reason: str = ""
    message: str = ""
    exit_code: int | None = None


class ContainerState(Struct, frozen=True, kw_only=True, rename="camel"):
    waiting: Ending | None = None
    terminated: Ending | None = None
    running: dict[str, Any] | None = None


class ContainerStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()


class PodStatus(Struct, frozen=True, kw_only=True, rename="camel"):
    phase: str = ""
    reason: str = ""
    message: str = ""
    start_time: datetime | None = None
    conditions: tuple[StatusCondition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()


class PodSpec(Struct, frozen=True, kw_only=True, rename="camel"):
    node_name: str = ""


class Pod(Struct, frozen=True, kw_only=True, rename="camel"):
    metadata: Metadata
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class Involved(Struct, frozen=True, kw_only=True, rename="camel"):
    kind: str = ""
    name: str = ""


class Series(Struct, frozen=True, kw_only=True, rename="camel"):
    count: int = 1
    last_observed_time: datetime | None = None


class Event(Struct, frozen=True, kw_only=True, rename="camel"):
    """Old and new clients write its time in different fields."""

    metadata: Metadata
    involved: Involved = field(name="involvedObject", default=Involved())
    type: str = "Normal"
    reason: str = ""
    message: str = ""
    count: int | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None
    series: Series | None = None
